//! How much a check found.

use crate::diagnostic::{Level, Safety};

/// How much a check found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Templates that were checked.
    pub files: usize,
    /// Links that cannot work, or that reveal something.
    pub errors: usize,
    /// Findings that a customer would notice.
    pub warnings: usize,
    /// Findings that are good to know.
    pub notes: usize,
    /// How many of these `--fix` fixes.
    pub fixable: usize,
}

impl Totals {
    /// Counts one finding.
    pub(super) fn count(&mut self, level: Level, fix: Option<Safety>) {
        match level {
            Level::Error => self.errors += 1,
            Level::Warning => self.warnings += 1,
            Level::Note => self.notes += 1,
        }
        self.fixable += usize::from(fix == Some(Safety::Safe));
    }

    /// Adds what was found elsewhere.
    pub(super) fn add(&mut self, more: Totals) {
        self.files += more.files;
        self.errors += more.errors;
        self.warnings += more.warnings;
        self.notes += more.notes;
        self.fixable += more.fixable;
    }
}
