//! The counts of a run, and the sentence that reports them.

use super::destination::Destination;
use super::operation::Operation;
use crate::paths::show;
use crate::wording::count;

/// What was done with templates, in numbers.
#[derive(Clone, Copy, Default)]
pub struct TransformSummary {
    pub read: usize,
    pub changed: usize,
    pub expanded: usize,
    pub linked: usize,
    pub corrected: usize,
    pub translated: usize,
    pub problems: usize,
    pub with_problems: usize,
    pub failed: usize,
    pub written: usize,
    /// Files that keep settings or comments that only psalink understands.
    pub not_for_psa: usize,
}

impl TransformSummary {
    /// Adds what another job did.
    pub fn add(&mut self, more: TransformSummary) {
        self.read += more.read;
        self.changed += more.changed;
        self.expanded += more.expanded;
        self.linked += more.linked;
        self.corrected += more.corrected;
        self.translated += more.translated;
        self.problems += more.problems;
        self.with_problems += more.with_problems;
        self.failed += more.failed;
        self.written += more.written;
        self.not_for_psa += more.not_for_psa;
    }

    /// `2 macros expanded, 1 link corrected`
    pub fn changes(&self, destination: &Destination) -> String {
        let would = matches!(destination, Destination::Diff | Destination::Check);
        let mut parts = Vec::new();
        if self.expanded > 0 {
            let verb = if would { "to expand" } else { "expanded" };
            parts.push(format!("{} {verb}", count(self.expanded, "macro", "macros")));
        }
        if self.linked > 0 {
            let verb = if would { "to link" } else { "linked" };
            parts.push(format!("{} {verb}", count(self.linked, "ticket number", "ticket numbers")));
        }
        if self.corrected > 0 {
            let verb = if would { "to correct" } else { "corrected" };
            parts.push(format!("{} {verb}", count(self.corrected, "link", "links")));
        }
        if self.translated > 0 {
            let verb = if would { "to translate" } else { "translated" };
            parts.push(format!("{} {verb}", count(self.translated, "placeholder", "placeholders")));
        }
        if parts.is_empty() { "nothing to change".to_owned() } else { parts.join(", ") }
    }

    /// The line that ends a run.
    pub fn line(&self, operation: &Operation, destination: &Destination, dialect: Option<&str>) -> String {
        let mut line = match (self.read, operation) {
            (0, _) if self.failed == 0 => "nothing to do".to_owned(),
            (_, Operation::Rewrite) => self.rewritten(destination),
            (_, Operation::Translate { .. }) => self.translated(destination),
        };
        if self.failed > 0 {
            line += &format!("; {} failed", self.failed);
        }
        if let (Destination::Folder(folder), 1..) = (destination, self.written) {
            let folder = dialect.map_or_else(|| folder.clone(), |dialect| folder.join(dialect));
            line += &format!("; {} written to `{}`", count(self.written, "file", "files"), show(&folder));
        }
        line
    }

    /// `2 files read, 1 changed: 2 macros expanded; 1 problem in 1 file`
    fn rewritten(&self, destination: &Destination) -> String {
        let mut line = format!("{} read", count(self.read, "file", "files"));
        if self.changed > 0 {
            let verb =
                if matches!(destination, Destination::Diff | Destination::Check) { "would change" } else { "changed" };
            line += &format!(", {} {verb}: {}", self.changed, self.changes(destination));
        } else if self.read > self.failed {
            line += ", nothing to change";
        }
        if self.problems > 0 {
            let (problems, files) = (count(self.problems, "problem", "problems"), self.with_problems);
            line += &format!("; {problems} in {}", count(files, "file", "files"));
        }
        line
    }

    /// `3 files: 14 placeholders translated in 2 files, 2 not translated`
    fn translated(&self, destination: &Destination) -> String {
        let mut line = format!("{}: ", count(self.read, "file", "files"));
        let files = count(self.changed, "file", "files");
        line += &match (self.changed, self.translated) {
            (0, _) => "nothing to translate".to_owned(),
            (_, 0) if matches!(destination, Destination::Diff | Destination::Check) => {
                format!("the PSA to change in {files}")
            }
            (_, 0) => format!("the PSA changed in {files}"),
            _ => format!("{} in {files}", self.changes(destination)),
        };
        match self.problems {
            0 => {}
            1 => line += ", 1 not translated",
            problems => line += &format!(", {problems} not translated"),
        }
        line
    }
}
