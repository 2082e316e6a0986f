//! The counts of a check, and the sentence that reports them.

use std::collections::BTreeMap;

use psalink::{Diagnostic, Level, Safety};

use crate::wording::count;

/// What a check found, and what was done about it, in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LintSummary {
    pub files: usize,
    pub errors: usize,
    pub warnings: usize,
    pub notes: usize,
    /// Findings that `--fix` fixes.
    pub fixable: usize,
    /// Findings that only `--unsafe-fixes` fixes.
    pub unsafe_fixable: usize,
    /// Files with an error or a warning.
    pub with_findings: usize,
    /// Findings that were fixed.
    pub fixed: usize,
    /// Findings for which allow comments were written.
    pub allowed: usize,
    /// Files that were changed, or would be.
    pub changed: usize,
    pub failed: usize,
}

impl LintSummary {
    /// Counts the findings of one file.
    pub fn count(&mut self, findings: &[Diagnostic]) {
        for finding in findings {
            match finding.level {
                Level::Error => self.errors += 1,
                Level::Warning => self.warnings += 1,
                Level::Note => self.notes += 1,
            }
            match finding.fix.as_ref().map(|fix| fix.safety) {
                Some(Safety::Safe) => self.fixable += 1,
                Some(Safety::Suggested) => self.unsafe_fixable += 1,
                _ => {}
            }
        }
        self.with_findings += usize::from(findings.iter().any(|finding| finding.level > Level::Note));
    }

    /// Adds what was found in other files.
    pub fn add(&mut self, more: &LintSummary) {
        self.files += more.files;
        self.errors += more.errors;
        self.warnings += more.warnings;
        self.notes += more.notes;
        self.fixable += more.fixable;
        self.unsafe_fixable += more.unsafe_fixable;
        self.with_findings += more.with_findings;
        self.fixed += more.fixed;
        self.allowed += more.allowed;
        self.changed += more.changed;
        self.failed += more.failed;
    }

    /// The line that ends a run.
    pub fn line(&self, is_diff: bool, takes_unsafe: bool) -> String {
        if self.files == 0 && self.failed == 0 {
            return "nothing to check".to_owned();
        }
        if self.files == 0 {
            return format!("nothing checked: {} failed", count(self.failed, "file", "files"));
        }
        let mut line = format!("{} checked", count(self.files, "file", "files"));
        if self.fixed > 0 {
            let verb = if is_diff { "can be fixed" } else { "fixed" };
            line += &format!(
                ", {} {verb} in {}",
                count(self.fixed, "finding", "findings"),
                count(self.changed, "file", "files")
            );
        }
        if self.allowed > 0 {
            let findings = count(self.allowed, "finding", "findings");
            line += &format!(", {findings} allowed in {}", count(self.changed, "file", "files"));
        }
        let levels =
            [(self.errors, "error", "errors"), (self.warnings, "warning", "warnings"), (self.notes, "note", "notes")];
        let parts: Vec<String> = levels
            .into_iter()
            .filter(|(times, ..)| *times > 0)
            .map(|(times, singular, plural)| count(times, singular, plural))
            .collect();
        line += &match parts.is_empty() {
            true if self.fixed + self.allowed > 0 => "; nothing left".to_owned(),
            true => ", nothing found".to_owned(),
            false => format!(": {}", parts.join(", ")),
        };
        if self.with_findings > 0 {
            line += &format!(" in {}", count(self.with_findings, "file", "files"));
        }
        if self.failed > 0 {
            line += &format!("; {} failed", self.failed);
        }
        if self.fixable > 0 && !is_diff {
            line += &format!("; `--fix` fixes {}", self.fixable);
        }
        if self.unsafe_fixable > 0 && !is_diff && !takes_unsafe {
            let more = if self.fixable > 0 { " more" } else { "" };
            line += &format!("; `--unsafe-fixes` fixes {}{more}", self.unsafe_fixable);
        }
        line
    }
}

/// How often each rule was found, the most frequent first.
pub fn statistics(rules: &BTreeMap<&'static str, (usize, usize)>) -> String {
    let mut rows: Vec<(&str, usize, usize)> =
        rules.iter().map(|(rule, &(times, fixable))| (*rule, times, fixable)).collect();
    rows.sort_by_key(|&(rule, times, _)| (std::cmp::Reverse(times), rule));
    let mut out = String::new();
    for (rule, times, fixable) in rows {
        let summary = psalink::lint::rule(rule).map(|rule| rule.summary).unwrap_or_default();
        let mark = match fixable {
            0 => String::new(),
            _ if fixable == times => " [fix]".to_owned(),
            _ => format!(" [fix: {fixable}]"),
        };
        out.push_str(&format!("{times:>6}  {rule}: {summary}{mark}\n"));
    }
    out
}
