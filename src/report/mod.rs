//! Findings and links, written for their readers; one file for each format.

pub mod concise;
pub mod full;
pub mod github;
pub mod gitlab;
pub mod json;
pub mod junit;
pub mod links;

mod fingerprint;
mod located;
mod path;

pub use located::{Located, LocatedEdit, LocatedFix, locate};

use crate::diagnostic::{Diagnostic, Level, Safety};
use crate::error::Error;
use crate::source::Source;

/// What a check of many templates has found, ready to be written in one piece.
///
/// ```
/// use psalink::{Diagnostic, Source, SourceKind, Span, report::{self, Report}};
/// let source = Source::from_text("mail.html", "<p>[dd:tikcet]</p>\n", SourceKind::Html);
/// let finding = Diagnostic::error("unknown-command", Span::new(7, 13), "DeskDirector links have no command `tikcet`");
/// let mut report = Report::default();
/// report.add(&source, &[finding]);
/// assert_eq!(report.totals().errors, 1);
/// let mut out = Vec::new();
/// report::github::write(&report, &mut out)?;
/// assert!(out.starts_with(b"::error file=mail.html,line=1,"));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct Report {
    /// The templates that were checked, those without a finding too.
    pub files: Vec<String>,
    /// What was found in them, one file after the other.
    pub findings: Vec<Located>,
    /// Files that could not be checked, and why.
    pub errors: Vec<Error>,
}

impl Report {
    /// Adds a template that was checked.
    pub fn add(&mut self, source: &Source, diagnostics: &[Diagnostic]) {
        self.files.push(source.name().to_owned());
        self.findings.extend(locate(source, diagnostics));
    }

    /// How much was found.
    pub fn totals(&self) -> Totals {
        let count = |is: &dyn Fn(&Located) -> bool| self.findings.iter().filter(|it| is(it)).count();
        Totals {
            files: self.files.len(),
            errors: count(&|it| it.level == Level::Error),
            warnings: count(&|it| it.level == Level::Warning),
            notes: count(&|it| it.level == Level::Note),
            fixable: count(&|it| it.fix.as_ref().is_some_and(|fix| fix.safety == Safety::Safe)),
        }
    }
}

/// How much a check has found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Templates that were checked.
    pub files: usize,
    /// Links that cannot work, or that give something away.
    pub errors: usize,
    /// What a customer would notice.
    pub warnings: usize,
    /// What is worth knowing.
    pub notes: usize,
    /// How many of all these `--fix` mends.
    pub fixable: usize,
}
