//! How many messages match their records and how many do not, and the summary line.

use super::mode::TestMode;
use crate::wording::count;

/// How many messages are in each state.
#[derive(Default)]
pub struct Counts {
    pub same: usize,
    pub changed: usize,
    pub new: usize,
    pub recorded: usize,
    pub unreadable: usize,
    /// Templates that could not be filled in.
    pub failed: usize,
    /// Files that could not be written or deleted.
    pub unwritten: usize,
}

impl Counts {
    /// The line that ends a run; `None` if there was nothing to do, which has already been reported.
    pub fn line(&self, mode: &TestMode) -> Option<String> {
        let mails = self.same + self.changed + self.new + self.recorded + self.unreadable;
        if mails == 0 {
            let failed = count(self.failed, "template", "templates");
            return (self.failed > 0).then(|| format!("{failed} could not be filled in"));
        }
        let parts = [
            (self.same, "as recorded"),
            (self.recorded, "newly recorded"),
            (self.changed, "changed"),
            (self.new, "new"),
            (self.unreadable, "with an unreadable record"),
        ];
        let parts: Vec<String> = parts
            .into_iter()
            .filter(|(times, _)| *times > 0)
            .map(|(times, state)| format!("{times} {state}"))
            .collect();
        let mut line = format!("{}: {}", count(mails, "message", "messages"), parts.join(", "));
        if self.failed > 0 {
            line += &format!("; {} could not be filled in", count(self.failed, "template", "templates"));
        }
        if self.changed + self.new + self.unreadable > 0 {
            line += "; ";
            line += match mode {
                TestMode::Check(hint) => hint,
                _ => "run `psalink test --review` to go through them, or `--accept` to record them all",
            };
        }
        Some(line)
    }
}
