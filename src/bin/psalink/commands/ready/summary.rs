//! The counts of a run, and the sentence that reports them.

use psalink::session::FinishWork;

use crate::paths::show;
use crate::transform::destination::Destination;
use crate::wording::count;

/// What was done with templates. All numbers except those in `work` count files.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReadySummary {
    pub read: usize,
    pub changed: usize,
    /// Files of messages that are not ready.
    pub stopped: usize,
    /// The findings that stop them.
    pub problems: usize,
    /// Sources that are ready, but cannot be shown as a diff.
    pub sources: usize,
    pub failed: usize,
    pub written: usize,
    pub work: WorkCounts,
}

/// How many changes of each kind were made.
#[derive(Clone, Copy, Debug, Default)]
pub struct WorkCounts {
    expanded: usize,
    linked: usize,
    corrected: usize,
    fixed: usize,
    settings: usize,
    comments: usize,
}

impl ReadySummary {
    /// Adds the counts of another job.
    pub fn add(&mut self, more: ReadySummary) {
        self.read += more.read;
        self.changed += more.changed;
        self.stopped += more.stopped;
        self.problems += more.problems;
        self.sources += more.sources;
        self.failed += more.failed;
        self.written += more.written;
        self.work.add(more.work);
    }

    /// `3 files read, 2 changed: 2 macros expanded; 1 file not ready: 1 problem; 2 files written to `out``
    pub fn line(&self, destination: &Destination, dialect: Option<&str>) -> String {
        if self.read == 0 && self.failed == 0 {
            return "nothing to do: no templates found (.html, .htm, .txt, .j2)".to_owned();
        }
        let is_shown = matches!(destination, Destination::Diff | Destination::Check);
        let mut line = format!("{} read", count(self.read, "file", "files"));
        let ready = self.read.saturating_sub(self.stopped + self.failed);
        if self.changed > 0 {
            let verb = if is_shown { "would change" } else { "changed" };
            line += &format!(", {} {verb}: {}", self.changed, self.work.words(destination));
        } else if ready > 0 && ready > self.sources {
            line += match (ready, ready == self.read) {
                (1, true) => ", nothing to change: it is ready",
                (_, true) => ", nothing to change: all are ready",
                _ => ", nothing else to change",
            };
        }
        if self.sources > 0 {
            let sources = count(self.sources, "source (.j2) is", "sources (.j2) are");
            line += &format!("; {sources} ready to be built with `-o DIR`");
        }
        if self.stopped > 0 {
            let files = count(self.stopped, "file is", "files are");
            line += &format!("; {files} not ready: {}", count(self.problems, "problem", "problems"));
        }
        if self.failed > 0 {
            line += &format!("; {} failed", self.failed);
        }
        if let (Destination::Folder(folder), 1..) = (destination, self.written) {
            let folder = dialect.map_or_else(|| folder.clone(), |dialect| folder.join(dialect));
            line += &format!("; {} written to `{}`", count(self.written, "file", "files"), show(&folder));
        }
        line
    }
}

impl WorkCounts {
    /// Counts the changes to one message.
    pub fn of(work: &FinishWork) -> WorkCounts {
        WorkCounts {
            expanded: work.expanded,
            linked: work.linked,
            corrected: work.corrected,
            fixed: work.fixed.values().sum(),
            settings: work.settings,
            comments: work.comments,
        }
    }

    fn add(&mut self, more: WorkCounts) {
        self.expanded += more.expanded;
        self.linked += more.linked;
        self.corrected += more.corrected;
        self.fixed += more.fixed;
        self.settings += more.settings;
        self.comments += more.comments;
    }

    /// `2 macros expanded, 1 finding fixed`
    pub fn words(&self, destination: &Destination) -> String {
        let is_shown = matches!(destination, Destination::Diff | Destination::Check);
        let mut parts: Vec<String> = [
            (self.expanded, "macro", "macros", "expanded", "to expand"),
            (self.linked, "ticket number", "ticket numbers", "linked", "to link"),
            (self.corrected, "link", "links", "corrected", "to correct"),
            (self.fixed, "finding", "findings", "fixed", "to fix"),
            (self.comments, "allow comment", "allow comments", "removed", "to remove"),
        ]
        .into_iter()
        .filter(|(number, ..)| *number > 0)
        .map(|(number, one, many, done, to_do)| {
            format!("{} {}", count(number, one, many), if is_shown { to_do } else { done })
        })
        .collect();
        if self.settings > 0 {
            let verb = if is_shown { "to remove" } else { "removed" };
            parts.push(format!("settings {verb} from {}", count(self.settings, "file", "files")));
        }
        if parts.is_empty() { "nothing to change".to_owned() } else { parts.join(", ") }
    }
}
