//! Findings and links, written for their readers; one file per format.
//!
//! ```text
//! [Diagnostic] --full, concise--> text for a terminal
//! [Diagnostic] --locate--> [Located] --> Report --json, sarif, github, gitlab, junit--> one document for all templates
//! [LinkChange] --links--> a table for the client
//! ```

pub mod concise;
pub mod full;
pub mod github;
pub mod gitlab;
pub mod json;
pub mod junit;
pub mod links;
pub mod preview;
pub mod sarif;

mod cut;
mod escaped_json;
mod fingerprint;
mod frame;
mod located;
mod path;
mod totals;
mod wrap;

use std::fmt;
use std::str::FromStr;

pub use cut::{Cut, MOST, first_of_each};
pub use located::{Located, LocatedEdit, LocatedFix, locate};
pub use totals::Totals;
pub use wrap::wrap;

use crate::diagnostic::Diagnostic;
use crate::error::{Error, ErrorKind};
use crate::nearest::hint;
use crate::source::Source;

/// The format of findings.
///
/// ```
/// use psalink::report::Format;
/// assert_eq!("sarif".parse::<Format>()?, Format::Sarif);
/// let error = "jsno".parse::<Format>().unwrap_err();
/// assert_eq!(error.to_string(), "there is no format `jsno`; did you mean `json`?");
/// # Ok::<(), psalink::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// Code frames, for people at a terminal: [`full::write`].
    Full,
    /// One per line: [`concise::write`].
    Concise,
    /// For programs: [`json::write`].
    Json,
    /// For code scanners and editors: [`sarif::write`].
    Sarif,
    /// GitHub Actions annotations: [`github::write`].
    Github,
    /// GitLab Code Quality: [`gitlab::write`].
    Gitlab,
    /// Test results, which most CI systems show: [`junit::write`].
    Junit,
}

impl Format {
    /// All formats.
    pub const ALL: [Format; 7] =
        [Format::Full, Format::Concise, Format::Json, Format::Sarif, Format::Github, Format::Gitlab, Format::Junit];

    /// The name on the command line: `full`, `concise`, `json`, `sarif`, `github`, `gitlab`, `junit`.
    pub fn name(self) -> &'static str {
        match self {
            Format::Full => "full",
            Format::Concise => "concise",
            Format::Json => "json",
            Format::Sarif => "sarif",
            Format::Github => "github",
            Format::Gitlab => "gitlab",
            Format::Junit => "junit",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Format {
    type Err = Error;

    fn from_str(name: &str) -> Result<Format, Error> {
        let names = || Format::ALL.into_iter().map(Format::name);
        if let Some(format) = Format::ALL.into_iter().find(|format| format.name() == name) {
            return Ok(format);
        }
        let hint = hint(name, "formats", names());
        Err(Error::new(ErrorKind::Usage, format!("there is no format `{name}`; {hint}")))
    }
}

/// What a check of many templates found, ready to be written as one document.
///
/// ```
/// use psalink::{Diagnostic, Source, SourceKind, Span};
/// use psalink::report::{self, Report};
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
    /// The templates that were checked, including those without findings.
    pub files: Vec<String>,
    /// What was found in them, file by file.
    pub findings: Vec<Located>,
    /// Findings that are only counted.
    pub cut: Vec<Cut>,
    /// Files that could not be checked, and why.
    pub errors: Vec<Error>,
}

impl Report {
    /// Adds a template that was checked.
    pub fn add(&mut self, source: &Source, diagnostics: &[Diagnostic]) {
        self.files.push(source.name().to_owned());
        self.findings.extend(locate(source, diagnostics));
    }

    /// How much was found, including what is only counted.
    pub fn totals(&self) -> Totals {
        let mut totals = Totals { files: self.files.len(), ..Totals::default() };
        for found in &self.findings {
            totals.count(found.level, found.fix.as_ref().map(|fix| fix.safety));
        }
        self.cut.iter().for_each(|cut| totals.add(cut.totals));
        totals
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_have_names() {
        for format in Format::ALL {
            assert_eq!(format.to_string().parse::<Format>().unwrap(), format);
        }
        let error = "checkstyle".parse::<Format>().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage);
        assert!(
            error.to_string().ends_with("known formats: full, concise, json, sarif, github, gitlab, junit"),
            "{error}"
        );
        let error = "gitlub".parse::<Format>().unwrap_err();
        assert!(error.to_string().contains("did you mean `github` or `gitlab`?"), "{error}");
    }
}
