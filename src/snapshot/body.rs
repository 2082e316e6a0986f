//! The recorded content of a message, as lines that people read in a diff, and how to read it back.
//!
//! A line that is not indented is a mark. All content of a message is indented, so that none of it looks like a mark.
//! Passwords and tokens in links are masked, since a record goes into git; the hash of the message tells when one
//! changes.

use super::damaged::damaged;
use super::record::Record;
use super::shown;
use crate::error::Error;
use crate::render::rendered::{LeftOver, RenderedLink};
use crate::secret::mask;

/// The sections, in order.
const SECTIONS: [&str; 7] = ["Subject", "Links", "Placeholders filled", "Left unchanged", "Findings", "Text", "HTML"];

/// A section that used to have a different name, and that name.
const OLD_NAME: (&str, &str) = ("Left unchanged", "Left as it stands");

/// The last line; a file without it was cut short.
const END: &str = "== End ==";

/// Precedes every non-empty line of a message.
const INDENT: &str = "  ";

/// Marks a section as empty.
const NONE: &str = "none";

/// Marks the text as generated from the HTML.
const MADE: &str = "made of the HTML";

const PROBLEM: &str = "problem: ";
const WHY: &str = "why: ";
const ARROW: &str = " -> ";

/// The content of a body, as displayed, so that old and new are compared alike.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Body {
    pub(super) subject: Option<String>,
    pub(super) links: Vec<RecordedLink>,
    pub(super) filled: Vec<String>,
    pub(super) left: Vec<RecordedLeftOver>,
    pub(super) findings: Vec<String>,
    pub(super) is_text_made: bool,
    pub(super) text: Vec<String>,
    pub(super) html: Option<Vec<String>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct RecordedLink {
    pub(super) text: String,
    pub(super) url: String,
    pub(super) problem: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct RecordedLeftOver {
    pub(super) text: String,
    pub(super) reason: String,
}

impl Body {
    pub(super) fn of(record: &Record) -> Body {
        let rendered = &record.rendered;
        let link = |link: &RenderedLink| RecordedLink {
            text: or(shown::words(&mask(&link.text)), "(picture)"),
            url: or(shown::address(&mask(&link.url)), "(no address)"),
            problem: link.problem.as_deref().map(|problem| or(shown::words(&mask(problem)), "(no reason given)")),
        };
        let left = |left: &LeftOver| RecordedLeftOver {
            text: entry(&mask(&left.text)),
            reason: left.reason.message().to_owned(),
        };
        Body {
            subject: rendered.subject.as_deref().map(|subject| shown::line(&mask(subject)).into_owned()),
            links: rendered.links.iter().map(link).collect(),
            filled: rendered.filled.iter().map(|name| entry(name)).collect(),
            left: rendered.left.iter().map(left).collect(),
            findings: record.findings.iter().map(|finding| or(shown::words(&mask(finding)), "(empty)")).collect(),
            is_text_made: rendered.is_text_made,
            text: shown::lines(&mask(&rendered.text)),
            html: rendered.html.as_deref().map(|html| shown::lines(&mask(html))),
        }
    }

    pub(super) fn write(&self) -> String {
        let mut out = String::new();
        let mut section = |index: usize, note: Option<&str>, lines: &mut dyn Iterator<Item = String>| {
            out.push_str(&mark(index, note));
            out.push('\n');
            for line in lines {
                if !line.is_empty() {
                    out.push_str(INDENT);
                    out.push_str(&line);
                }
                out.push('\n');
            }
            out.push('\n');
        };
        let none = |is_none: bool| is_none.then_some(NONE);
        let mut subject = self.subject.iter().filter(|subject| !subject.is_empty()).cloned();
        section(0, none(self.subject.is_none()), &mut subject);
        let mut links = self.links.iter().flat_map(|RecordedLink { text, url, problem }| {
            let problem = problem.as_ref().map(|problem| format!("{INDENT}{PROBLEM}{problem}"));
            [format!("{text}{ARROW}{url}")].into_iter().chain(problem)
        });
        section(1, none(self.links.is_empty()), &mut links);
        section(2, none(self.filled.is_empty()), &mut self.filled.iter().cloned());
        let mut left = self
            .left
            .iter()
            .flat_map(|RecordedLeftOver { text, reason }| [text.clone(), format!("{INDENT}{WHY}{reason}")]);
        section(3, none(self.left.is_empty()), &mut left);
        section(4, none(self.findings.is_empty()), &mut self.findings.iter().cloned());
        section(5, self.is_text_made.then_some(MADE), &mut self.text.iter().cloned());
        section(6, none(self.html.is_none()), &mut self.html.iter().flatten().cloned());
        out.push_str(END);
        out
    }

    /// Reads a body that comes after that many lines of a file.
    pub(super) fn read(name: &str, text: &str, before: usize) -> Result<Body, Error> {
        let mut sections = Sections { name, lines: text.split('\n').collect(), at: 0, before };
        // In order of appearance.
        let [subject, links, filled, left, findings, made, html] = [
            sections.next(0)?,
            sections.next(1)?,
            sections.next(2)?,
            sections.next(3)?,
            sections.next(4)?,
            sections.next(5)?,
            sections.next(6)?,
        ];
        sections.end()?;
        let wrong = |line: &SectionLine<'_>, reason: &str| damaged(name, Some(line.number), reason);
        if let Some(second) = subject.1.get(1).filter(|line| !line.text.is_empty()) {
            return Err(wrong(second, "a subject has only one line"));
        }
        let mut body = Body {
            subject: subject.0.is_none().then(|| subject.1.first().map_or("", |line| line.text).to_owned()),
            filled: filled.1.iter().filter(|line| !line.text.is_empty()).map(|line| line.text.to_owned()).collect(),
            findings: findings.1.iter().filter(|line| !line.text.is_empty()).map(|line| line.text.to_owned()).collect(),
            is_text_made: made.0.is_some(),
            text: made.1.iter().map(|line| line.text.to_owned()).collect(),
            html: html.0.is_none().then(|| html.1.iter().map(|line| line.text.to_owned()).collect()),
            ..Body::default()
        };
        for line in links.1.iter().filter(|line| !line.text.is_empty()) {
            match (line.text.strip_prefix(INDENT), body.links.last_mut()) {
                (Some(detail), Some(link)) => {
                    let problem = detail.strip_prefix(PROBLEM);
                    link.problem = Some(problem.ok_or_else(|| wrong(line, "`problem: …` belongs here"))?.to_owned());
                }
                _ => {
                    let link = line.text.rsplit_once(ARROW);
                    let (text, url) = link.ok_or_else(|| wrong(line, "a link is written `text -> address`"))?;
                    body.links.push(RecordedLink { text: text.to_owned(), url: url.to_owned(), problem: None });
                }
            }
        }
        for line in left.1.iter().filter(|line| !line.text.is_empty()) {
            match (line.text.strip_prefix(INDENT), body.left.last_mut()) {
                (Some(detail), Some(left)) => {
                    let reason = detail.strip_prefix(WHY);
                    left.reason = reason.ok_or_else(|| wrong(line, "`why: …` belongs here"))?.to_owned();
                }
                _ => body.left.push(RecordedLeftOver { text: line.text.to_owned(), reason: String::new() }),
            }
        }
        Ok(body)
    }

    /// The marks of the sections: the line, counted from 0, and the name.
    pub(super) fn marks(text: &str) -> Vec<(usize, &'static str)> {
        let mut next = SECTIONS.iter().peekable();
        let mut marks = Vec::new();
        for (index, line) in text.lines().enumerate() {
            if let Some(section) = next.peek()
                && note(line, section).is_some()
            {
                marks.extend(next.next().map(|section| (index, *section)));
            }
        }
        marks
    }
}

/// A line of a section, without its indentation.
struct SectionLine<'a> {
    text: &'a str,
    /// Its number in the file, counted from 1.
    number: usize,
}

struct Sections<'a> {
    name: &'a str,
    lines: Vec<&'a str>,
    at: usize,
    before: usize,
}

impl<'a> Sections<'a> {
    /// The note in the mark of the next section, and its lines.
    fn next(&mut self, index: usize) -> Result<(Option<&'a str>, Vec<SectionLine<'a>>), Error> {
        let note = self.mark(index)?;
        let mut lines = Vec::new();
        while let Some(&line) = self.lines.get(self.at) {
            let text = match line.strip_prefix(INDENT) {
                Some(text) => text,
                None if line.trim_start().is_empty() => "",
                None => break,
            };
            self.at += 1;
            lines.push(SectionLine { text, number: self.before + self.at });
        }
        // The empty line before the next mark.
        if lines.last().is_some_and(|line| line.text.is_empty()) {
            lines.pop();
        }
        if note == Some(NONE)
            && let Some(line) = lines.iter().find(|line| !line.text.is_empty())
        {
            return Err(damaged(self.name, Some(line.number), "this section is marked `none` but is not empty"));
        }
        Ok((note, lines))
    }

    fn mark(&mut self, index: usize) -> Result<Option<&'a str>, Error> {
        let expected = mark(index, None);
        let line = self.line(&expected)?;
        let Some(note) = note(line, SECTIONS[index]) else { return Err(self.unexpected(&expected)) };
        self.at += 1;
        match (note, index) {
            (None, _) | (Some(NONE), 0..=4 | 6) | (Some(MADE), 5) => Ok(note),
            (Some(note), _) => {
                let reason = format!("`({note})` has no meaning here; the line should be `{expected}`");
                Err(damaged(self.name, Some(self.before + self.at), &reason))
            }
        }
    }

    fn end(&self) -> Result<(), Error> {
        match self.line(END)? == END {
            true => match self.lines.iter().skip(self.at + 1).position(|line| !line.trim().is_empty()) {
                None => Ok(()),
                Some(more) => {
                    let line = self.before + self.at + 2 + more;
                    Err(damaged(self.name, Some(line), &format!("nothing may follow `{END}`")))
                }
            },
            false => Err(self.unexpected(END)),
        }
    }

    fn line(&self, expected: &str) -> Result<&'a str, Error> {
        let rest = self.lines.iter().skip(self.at).all(|line| line.trim().is_empty());
        match self.lines.get(self.at) {
            Some(line) if !rest => Ok(line),
            _ if self.at == 0 => Err(damaged(self.name, None, "it is cut off: there is nothing below its header")),
            _ => Err(damaged(self.name, None, &format!("it is cut off: the line `{expected}` is missing"))),
        }
    }

    fn unexpected(&self, expected: &str) -> Error {
        let line = self.lines.get(self.at).map_or("", |line| line.trim_end());
        let is_last = self.lines.iter().skip(self.at + 1).all(|line| line.trim().is_empty());
        let reason = if is_last && expected.starts_with(line) {
            "it is cut off in this line".to_owned()
        } else if line.starts_with("== ") {
            format!("the line `{expected}` is missing before this one")
        } else {
            "a line of the message must be indented by two spaces, and this one is not".to_owned()
        };
        damaged(self.name, Some(self.before + self.at + 1), &reason)
    }
}

fn mark(index: usize, note: Option<&str>) -> String {
    let section = SECTIONS[index];
    match note {
        Some(note) => format!("== {section} ({note}) =="),
        None => format!("== {section} =="),
    }
}

/// The note in a line, if the line is the mark of a section.
fn note<'a>(line: &'a str, section: &str) -> Option<Option<&'a str>> {
    let inside = line.trim_end().strip_prefix("== ")?.strip_suffix(" ==")?;
    let of_old = || inside.strip_prefix(OLD_NAME.1).filter(|_| section == OLD_NAME.0);
    let rest = inside.strip_prefix(section).or_else(of_old)?;
    match rest {
        "" => Some(None),
        _ => rest.strip_prefix(" (")?.strip_suffix(')').map(Some),
    }
}

/// A text as an entry of a list, which must begin with a visible character.
fn entry(text: &str) -> String {
    or(shown::line(text.trim()).into_owned(), "(empty)")
}

fn or(text: String, instead: &str) -> String {
    if text.is_empty() { instead.to_owned() } else { text }
}
