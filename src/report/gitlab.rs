//! Findings as a GitLab Code Quality report, which merge requests show.

use std::io::{self, BufWriter, Write};

use serde::Serialize;

use crate::diagnostic::Level;
use crate::error::Error;
use crate::report::fingerprint::fingerprint;
use crate::report::{Cut, Located, Report, escaped_json, path};

/// Writes the findings as a Code Quality report.
///
/// A file that could not be checked is included as a blocker; without it, the report would look better than it is.
///
/// # Errors
///
/// An error of the writer.
///
/// ```
/// use psalink::{Diagnostic, Source, SourceKind, Span};
/// use psalink::report::{self, Report};
/// let source = Source::from_text("./mail.html", "<p>[dd:tikcet]</p>\n", SourceKind::Html);
/// let mut report = Report::default();
/// report.add(&source, &[Diagnostic::error("unknown-command", Span::new(7, 13), "no command `tikcet`")]);
/// let mut out = Vec::new();
/// report::gitlab::write(&report, &mut out)?;
/// let json: serde_json::Value = serde_json::from_slice(&out)?;
/// assert_eq!(json[0]["location"]["path"], "mail.html");
/// assert_eq!(json[0]["severity"], "major");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn write(report: &Report, out: impl Write) -> io::Result<()> {
    let errors = report.errors.iter().filter_map(Issue::of_error);
    let issues: Vec<Issue> =
        errors.chain(report.findings.iter().map(Issue::of)).chain(report.cut.iter().map(Issue::of_cut)).collect();
    let mut out = BufWriter::new(out);
    escaped_json::write_pretty(&mut out, &issues)?;
    out.write_all(b"\n")?;
    out.flush()
}

/// <https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format>
#[derive(Serialize)]
struct Issue {
    description: String,
    check_name: &'static str,
    fingerprint: String,
    severity: &'static str,
    location: Location,
}

#[derive(Serialize)]
struct Location {
    path: String,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: usize,
    end: usize,
}

impl Issue {
    fn of(found: &Located) -> Issue {
        let path = path::plain(&found.path);
        Issue {
            description: description(found),
            check_name: found.rule,
            fingerprint: fingerprint([path.as_bytes(), found.fingerprint.as_bytes()]),
            severity: match found.level {
                Level::Error => "major",
                Level::Warning => "minor",
                Level::Note => "info",
            },
            location: Location { path, lines: Lines { begin: found.start.line, end: found.end.line } },
        }
    }

    /// How many more places there are, as a separate issue at the first of them.
    fn of_cut(cut: &Cut) -> Issue {
        let path = path::plain(&cut.path);
        let line = cut.start.line;
        Issue {
            description: cut.text(),
            check_name: cut.rule,
            fingerprint: fingerprint([path.as_bytes(), cut.rule.as_bytes(), b"more"]),
            severity: "info",
            location: Location { path, lines: Lines { begin: line, end: line } },
        }
    }

    fn of_error(error: &Error) -> Option<Issue> {
        let path = path::plain(error.path()?);
        let line = error.place().map_or(1, |(line, _)| line);
        Some(Issue {
            description: error.detail().to_owned(),
            check_name: "psalink",
            fingerprint: fingerprint([path.as_bytes(), error.detail().as_bytes()]),
            severity: "blocker",
            location: Location { path, lines: Lines { begin: line, end: line } },
        })
    }
}

/// The message and what to do, on the one line that GitLab shows.
fn description(found: &Located) -> String {
    let help = found.help.as_ref().map(|help| format!(" ({help})")).unwrap_or_default();
    format!("{}{help}", found.message).replace(['\r', '\n'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    #[test]
    fn files_that_could_not_be_read_block() {
        let errors = vec![
            Error::new(ErrorKind::Config, "unknown key").at("psalink.yaml").at_place(3, 1),
            Error::new(ErrorKind::Usage, "no templates"),
        ];
        let mut out = Vec::new();
        write(&Report { errors, ..Report::default() }, &mut out).unwrap();
        let json: serde_json::Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(json.as_array().unwrap().len(), 1);
        assert_eq!(json[0]["severity"], "blocker");
        assert_eq!(json[0]["location"]["lines"]["begin"], 3);
    }

    #[test]
    fn nothing_found_is_an_empty_list() {
        let mut out = Vec::new();
        write(&Report::default(), &mut out).unwrap();
        assert_eq!(out, b"[]\n");
    }
}
