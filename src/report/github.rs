//! Findings as annotations in a GitHub Actions run.

use std::fmt::Write as _;
use std::io::{self, BufWriter, Write};

use crate::diagnostic::Level;
use crate::error::Error;
use crate::report::{Cut, Located, Report, path};
use crate::visible::visible;

/// Writes the findings as workflow commands, which GitHub Actions shows next to the lines of a pull request.
///
/// GitHub shows the first ten of each level per step, and all of them in the log.
///
/// # Errors
///
/// An error of the writer.
///
/// ```
/// use psalink::{Diagnostic, Source, SourceKind, Span};
/// use psalink::report::{self, Report};
/// let source = Source::from_text("mail.html", "<p>[dd:tikcet]</p>\n", SourceKind::Html);
/// let finding = Diagnostic::error("unknown-command", Span::new(7, 13), "no command `tikcet`").help("100% sure?");
/// let mut report = Report::default();
/// report.add(&source, &[finding]);
/// let mut out = Vec::new();
/// report::github::write(&report, &mut out)?;
/// assert_eq!(
///     String::from_utf8(out)?,
///     "::error file=mail.html,line=1,endLine=1,col=8,endColumn=14,title=psalink (unknown-command)\
///      ::no command `tikcet`%0Ahelp: 100%25 sure?\n"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn write(report: &Report, out: impl Write) -> io::Result<()> {
    let mut out = BufWriter::new(out);
    for error in &report.errors {
        out.write_all(of_error(error).as_bytes())?;
    }
    for found in &report.findings {
        out.write_all(of_finding(found).as_bytes())?;
    }
    for cut in &report.cut {
        out.write_all(of_cut(cut).as_bytes())?;
    }
    out.flush()
}

fn of_finding(found: &Located) -> String {
    let command = match found.level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "notice",
    };
    let (start, end) = (found.start, found.end);
    let mut line = format!("::{command} file={},line={}", property(&path::plain(&found.path)), start.line);
    let _ = write!(line, ",endLine={}", end.line);
    // GitHub rejects columns for a range of several lines.
    if start.line == end.line {
        let _ = write!(line, ",col={},endColumn={}", start.column, end.column);
    }
    let title = format!("psalink ({})", found.rule);
    let _ = writeln!(line, ",title={}::{}", property(&title), data(&found.text()));
    line
}

fn of_cut(cut: &Cut) -> String {
    let (file, title) = (property(&path::plain(&cut.path)), format!("psalink ({})", cut.rule));
    format!("::notice file={file},line={},title={}::{}\n", cut.start.line, property(&title), data(&cut.text()))
}

fn of_error(error: &Error) -> String {
    let file = error.path().map(|path| format!("file={},", property(&path::plain(path))));
    format!("::error {}title=psalink::{}\n", file.unwrap_or_default(), data(error.detail()))
}

/// A text as the message of a command, which ends with the line.
fn data(text: &str) -> String {
    let lines = text.split('\n').map(|line| visible(line.strip_suffix('\r').unwrap_or(line)).replace('%', "%25"));
    lines.collect::<Vec<String>>().join("%0A")
}

/// A text as a property of a command, which also ends at a comma or two colons.
fn property(text: &str) -> String {
    visible(text).replace('%', "%25").replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Diagnostic, ErrorKind, Source, SourceKind, Span};

    fn written(report: &Report) -> String {
        let mut out = Vec::new();
        write(report, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_would_end_a_command_is_escaped() {
        assert_eq!(data("a: b, 100%\r\n::error::c"), "a: b, 100%25%0A::error::c");
        assert_eq!(data("a\r::error::b\u{1b}[31m"), "a ::error::b␛[31m");
        assert_eq!(property("a: b, 100%\n\u{7}"), "a%3A b%2C 100%25 ␇");
    }

    #[test]
    fn a_finding_over_several_lines_has_no_columns() {
        let source = Source::from_text("./a,b.html", "<p>[x\ny]", SourceKind::Html);
        let mut report = Report::default();
        report.add(&source, &[Diagnostic::note("unclosed-placeholder", Span::new(3, 8), "it")]);
        assert_eq!(
            written(&report),
            "::notice file=a%2Cb.html,line=1,endLine=2,title=psalink (unclosed-placeholder)::it\n"
        );
    }

    #[test]
    fn files_that_could_not_be_read_are_named() {
        let errors = vec![
            Error::new(ErrorKind::Encoding, "half a character").at("a.html"),
            Error::new(ErrorKind::Usage, "no templates"),
        ];
        let report = Report { errors, ..Report::default() };
        assert_eq!(
            written(&report),
            "::error file=a.html,title=psalink::half a character\n::error title=psalink::no templates\n"
        );
    }
}
