//! Findings as test results in JUnit XML, which most CI systems show.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::{self, BufWriter, Write};

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use crate::diagnostic::Level;
use crate::error::Error;
use crate::report::{Cut, Located, Report, path};
use crate::visible::is_obeyed;

/// Writes the findings as test results: a suite for each file, with a case for each finding.
///
/// A file without findings has a passing case, so that a clean run shows something. A note is also a passing case, with
/// its text. A file that could not be checked is a case with an error.
///
/// # Errors
///
/// An error of the writer.
///
/// ```
/// use psalink::{Source, SourceKind};
/// use psalink::report::{self, Report};
/// let mut report = Report::default();
/// report.add(&Source::from_text("mail.html", "<p>Hello</p>\n", SourceKind::Html), &[]);
/// let mut out = Vec::new();
/// report::junit::write(&report, &mut out)?;
/// let xml = String::from_utf8(out)?;
/// assert!(xml.contains(r#"<testcase name="psalink lint" classname="mail.html" file="mail.html"/>"#), "{xml}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn write(report: &Report, out: impl Write) -> io::Result<()> {
    let suites = suites(report);
    let totals = suites
        .iter()
        .map(Suite::counts)
        .fold([0; 3], |sum, counts| [sum[0] + counts[0], sum[1] + counts[1], sum[2] + counts[2]]);
    let mut out = Writer::new_with_indent(BufWriter::new(out), b' ', 2);
    out.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let element = out.create_element("testsuites").with_attribute(("name", "psalink"));
    let element = with_counts(element, totals);
    if suites.is_empty() {
        element.write_empty()?;
    } else {
        element.write_inner_content(|out| suites.iter().try_for_each(|suite| suite.write(out)))?;
    }
    let mut out = out.into_inner();
    out.write_all(b"\n")?;
    out.flush()
}

/// One file, and what was found in it.
struct Suite<'a> {
    path: String,
    findings: Vec<&'a Located>,
    error: Option<&'a Error>,
    /// The findings that are only counted.
    cut: Vec<&'a Cut>,
}

fn suites(report: &Report) -> Vec<Suite<'_>> {
    let mut of_file: HashMap<&str, Vec<&Located>> = HashMap::new();
    for found in &report.findings {
        of_file.entry(&found.path).or_default().push(found);
    }
    let mut cut_of: HashMap<&str, Vec<&Cut>> = HashMap::new();
    for cut in &report.cut {
        cut_of.entry(&cut.path).or_default().push(cut);
    }
    let checked = report.files.iter().map(|file| Suite {
        path: path::plain(file),
        findings: of_file.remove(file.as_str()).unwrap_or_default(),
        error: None,
        cut: cut_of.remove(file.as_str()).unwrap_or_default(),
    });
    let failed = |error| Suite {
        path: Error::path(error).map(path::plain).unwrap_or_else(|| "psalink".to_owned()),
        findings: Vec::new(),
        error: Some(error),
        cut: Vec::new(),
    };
    checked.chain(report.errors.iter().map(failed)).collect()
}

type Element<'a, W> = quick_xml::writer::ElementWriter<'a, W>;

fn with_counts<W: Write>(element: Element<'_, W>, counts: [usize; 3]) -> Element<'_, W> {
    let [tests, failures, errors] = counts.map(|count| count.to_string());
    element
        .with_attribute(("tests", tests.as_str()))
        .with_attribute(("failures", failures.as_str()))
        .with_attribute(("errors", errors.as_str()))
}

impl Suite<'_> {
    /// The numbers of tests, failures and errors.
    fn counts(&self) -> [usize; 3] {
        let failures = self.findings.iter().filter(|found| found.level > Level::Note).count();
        [self.findings.len().max(1), failures, usize::from(self.error.is_some())]
    }

    fn write<W: Write>(&self, out: &mut Writer<W>) -> io::Result<()> {
        let element = out.create_element("testsuite").with_attribute(("name", xml(&self.path).as_ref()));
        with_counts(element, self.counts()).write_inner_content(|out| {
            let mut times: HashMap<&str, usize> = HashMap::new();
            for found in &self.findings {
                let before = times.entry(found.rule).or_default();
                *before += 1;
                self.write_finding(out, found, *before)?;
            }
            match self.error {
                Some(error) => self.write_error(out, error),
                None if self.findings.is_empty() => self.case(out, "psalink lint").write_empty().map(drop),
                None => Ok(()),
            }?;
            if self.cut.is_empty() {
                return Ok(());
            }
            let more: Vec<String> = self.cut.iter().map(|cut| cut.text()).collect();
            out.create_element("system-out").write_text_content(BytesText::new(&xml(&more.join("\n")))).map(drop)
        })?;
        Ok(())
    }

    fn case<'a, W: Write>(&self, out: &'a mut Writer<W>, name: &str) -> Element<'a, W> {
        let path = xml(&self.path);
        out.create_element("testcase")
            .with_attribute(("name", name))
            .with_attribute(("classname", path.as_ref()))
            .with_attribute(("file", path.as_ref()))
    }

    /// A case keeps its name when lines are added or removed, so that it can be followed from run to run.
    fn write_finding<W: Write>(&self, out: &mut Writer<W>, found: &Located, time: usize) -> io::Result<()> {
        let name = if time == 1 { found.rule.to_owned() } else { format!("{} ({time})", found.rule) };
        let level = found.level.name();
        let (line, column) = (found.start.line, found.start.column);
        let text = format!("{}:{line}:{column}: {level}[{}]: {}", self.path, found.rule, found.text());
        let line = line.to_string();
        self.case(out, &name).with_attribute(("line", line.as_str())).write_inner_content(|out| {
            let element = if found.level > Level::Note {
                out.create_element("failure")
                    .with_attribute(("message", xml(&found.message).as_ref()))
                    .with_attribute(("type", level))
            } else {
                out.create_element("system-out")
            };
            element.write_text_content(BytesText::new(&xml(&text))).map(drop)
        })?;
        Ok(())
    }

    fn write_error<W: Write>(&self, out: &mut Writer<W>, error: &Error) -> io::Result<()> {
        let text = error.to_string();
        self.case(out, "psalink lint").write_inner_content(|out| {
            out.create_element("error")
                .with_attribute(("message", xml(error.detail()).as_ref()))
                .with_attribute(("type", "error"))
                .write_text_content(BytesText::new(&xml(&text)))
                .map(drop)
        })?;
        Ok(())
    }
}

/// A text without characters that XML cannot contain, not even as references, or that a terminal would obey; special characters are escaped when it is
/// written.
fn xml(text: &str) -> Cow<'_, str> {
    let is_forbidden = |character: char| {
        is_obeyed(character) && !matches!(character, '\t' | '\n' | '\r') || matches!(character, '\u{FFFE}' | '\u{FFFF}')
    };
    if text.contains(is_forbidden) { Cow::Owned(text.replace(is_forbidden, "\u{FFFD}")) } else { Cow::Borrowed(text) }
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
    fn no_character_breaks_the_xml() {
        assert_eq!(
            xml("a\0\u{1b}[1m\tb\u{FFFF}\r\né😀\u{7f}\u{9b}"),
            "a\u{FFFD}\u{FFFD}[1m\tb\u{FFFD}\r\né😀\u{FFFD}\u{FFFD}"
        );
        let source = Source::from_text("<a & \"b\">.html", "[x]", SourceKind::Html);
        let mut report = Report::default();
        report.add(
            &source,
            &[Diagnostic::error("unknown-command", Span::new(0, 3), "no `<b title=\"]]>\u{8}\">` & so\non")],
        );
        let out = written(&report);
        let mut reader = quick_xml::Reader::from_str(&out);
        let mut message = None;
        loop {
            match reader.read_event().unwrap() {
                Event::Start(start) if start.name().as_ref() == "failure" => {
                    let attribute = start.try_get_attribute("message").unwrap().unwrap();
                    message =
                        Some(attribute.normalized_value(quick_xml::XmlVersion::Implicit1_0).unwrap().into_owned());
                }
                Event::Eof => break,
                _ => {}
            }
        }
        assert_eq!(message.unwrap(), "no `<b title=\"]]>\u{FFFD}\">` & so\non");
    }

    #[test]
    fn notes_pass_and_unreadable_files_do_not() {
        let source = Source::from_text("a.html", "[x][x]", SourceKind::Html);
        let mut report = Report::default();
        let finding = |at| Diagnostic::note("unexpected-host", Span::new(at, at + 3), "it");
        report.add(&source, &[finding(0), finding(3)]);
        report.errors.push(Error::new(ErrorKind::Encoding, "half a character").at("b.html"));
        let out = written(&report);
        assert!(out.contains("<testsuites name=\"psalink\" tests=\"3\" failures=\"0\" errors=\"1\">"), "{out}");
        assert!(out.contains("<testcase name=\"unexpected-host (2)\" classname=\"a.html\""), "{out}");
        assert!(
            out.contains("<error message=\"half a character\" type=\"error\">`b.html`: half a character</error>"),
            "{out}"
        );
    }
}
