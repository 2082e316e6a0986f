//! What a run did, counted, and the sentence that says so.

use crate::plan::Mode;
use crate::write::show;

/// What was done with templates.
#[derive(Clone, Copy, Default)]
pub struct Tally {
    pub read: usize,
    pub changed: usize,
    pub expanded: usize,
    pub corrected: usize,
    pub problems: usize,
    pub with_problems: usize,
    pub failed: usize,
    pub written: usize,
}

impl Tally {
    /// Adds what another job did.
    pub fn add(&mut self, more: Tally) {
        self.read += more.read;
        self.changed += more.changed;
        self.expanded += more.expanded;
        self.corrected += more.corrected;
        self.problems += more.problems;
        self.with_problems += more.with_problems;
        self.failed += more.failed;
        self.written += more.written;
    }

    /// `2 macros expanded, 1 link corrected`
    pub fn work(&self, mode: &Mode) -> String {
        let would = matches!(mode, Mode::Diff | Mode::Check);
        let mut parts = Vec::new();
        if self.expanded > 0 {
            let verb = if would { "to expand" } else { "expanded" };
            parts.push(format!("{} {verb}", count(self.expanded, "macro", "macros")));
        }
        if self.corrected > 0 {
            let verb = if would { "to correct" } else { "corrected" };
            parts.push(format!("{} {verb}", count(self.corrected, "link", "links")));
        }
        if parts.is_empty() { "nothing to change".to_owned() } else { parts.join(", ") }
    }

    /// The line that ends a run.
    pub fn summary(&self, mode: &Mode, dialect: Option<&str>) -> String {
        let mut line = match self.read {
            0 if self.failed == 0 => "nothing to do: no template (.html, .htm, .txt) was found".to_owned(),
            read => format!("{} read", count(read, "file", "files")),
        };
        if self.changed > 0 {
            let verb = if matches!(mode, Mode::Diff | Mode::Check) { "would change" } else { "changed" };
            line += &format!(", {} {verb}: {}", self.changed, self.work(mode));
        } else if self.read > self.failed {
            line += ", nothing to change";
        }
        if self.problems > 0 {
            let (problems, files) = (count(self.problems, "problem", "problems"), self.with_problems);
            line += &format!("; {problems} in {}", count(files, "file", "files"));
        }
        if self.failed > 0 {
            line += &format!("; {} failed", self.failed);
        }
        if let (Mode::Folder(folder), 1..) = (mode, self.written) {
            let folder = dialect.map_or_else(|| folder.clone(), |dialect| folder.join(dialect));
            line += &format!("; {} written to `{}`", count(self.written, "file", "files"), show(&folder));
        }
        line
    }
}

/// `1 file`, `2 files`
pub fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}
