//! The settings at the top of a template: its subject, its dialect, who reads it, its text-only body.
//!
//! ```text
//! Source --FrontMatter::read--> FrontMatter, whose span ends where the body begins
//! ```

mod foreign;
mod rows;

use serde::Deserialize;

use self::foreign::{Foreign, foreign, is_foreign};
pub(crate) use self::rows::fenced;
use self::rows::{KEYS, after_key, is_fence, lines};
use crate::error::{Error, ErrorKind};
use crate::source::decoded;
use crate::source::{Source, SourceKind};
use crate::span::Span;
use crate::vocabulary::Vocabulary;
use crate::yaml::{self, Step};

/// Settings between two lines of `---` at the start of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrontMatter {
    /// Everything up to the first byte of the body.
    pub span: Span,
    /// The subject and where it is.
    pub subject: Option<(String, Span)>,
    /// The lines of the text-only body.
    pub text: Option<Span>,
    /// The dialect that the template is written in.
    pub dialect: Option<String>,
    /// Where the dialect is, without quotes; `None` if it is written in a rare YAML style.
    pub dialect_span: Option<Span>,
    /// The event that sends the message.
    pub context: Option<String>,
    /// Who reads the mail.
    pub audience: Option<Audience>,
    /// The layout that the template is put into.
    pub layout: Option<String>,
}

/// Who reads a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Audience {
    /// People at the customer.
    Customer,
    /// The MSP's own people.
    Internal,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FrontMatterSettings {
    subject: Option<String>,
    dialect: Option<String>,
    context: Option<String>,
    audience: Option<Audience>,
    layout: Option<String>,
    text: Option<String>,
}

impl FrontMatter {
    /// Reads the settings of a template, if it has any.
    ///
    /// # Errors
    ///
    /// A mistake in the YAML, with its line and column in the file.
    ///
    /// ```
    /// use psalink::document::FrontMatter;
    /// use psalink::{Source, SourceKind};
    /// let html = "---\nsubject: Ticket #[srnumber]: update\n---\n<p>Hello</p>";
    /// let source = Source::from_text("mail.html", html, SourceKind::Html);
    /// let settings = FrontMatter::read(&source)?.ok_or("none")?;
    /// assert_eq!(settings.subject.ok_or("none")?.0, "Ticket #[srnumber]: update");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn read(source: &Source) -> Result<Option<FrontMatter>, Error> {
        let bytes = source.bytes();
        let bom = if bytes.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
        if source.kind() == SourceKind::Subject || !bytes[bom..].starts_with(b"---") {
            return Ok(None);
        }
        let Some((rows, end)) = fenced(bytes, bom) else { return Ok(None) };
        // A message may start with a line of dashes; settings start with a key.
        let has_key = rows.iter().find_map(|row| {
            let row = bytes[row.range()].trim_ascii();
            (!row.is_empty() && !row.starts_with(b"#")).then(|| begins_settings(row))
        });
        if has_key == Some(false) || is_foreign(bytes, &rows) {
            return Ok(None);
        }
        let span = Span::new(bom, end);

        let (yaml, mut subject) = without_plain_subject(source, &rows)?;
        // In other forms of YAML, a colon in the text would be a mistake that is hard to understand.
        if let Some(index) = rows.iter().position(|row| after_key(&bytes[row.range()], b"text").is_some())
            && has_text(bytes, &rows[index..])
        {
            block_of(source, &rows, &yaml)?;
        }
        let settings: FrontMatterSettings = yaml::read_names(source.name(), &yaml, ErrorKind::Config, &|word| {
            Vocabulary::builtin().begins_meaning(word)
        })?;
        if let Some(quoted) = settings.subject {
            let on_row = |row: &Span| {
                let rest = after_key(&bytes[row.range()], b"subject")?;
                Some(Span::new(row.end as usize - rest.len(), row.end as usize))
            };
            let span = rows.iter().find_map(on_row).or_else(|| place_of(source, &rows, &yaml, "subject", &quoted));
            subject = Some((quoted, span.unwrap_or(Span::new(bom, bom))));
        }
        let text = settings.text.map(|_| block_of(source, &rows, &yaml)).transpose()?;
        Ok(Some(FrontMatter {
            span,
            subject,
            text,
            dialect_span: settings.dialect.as_deref().and_then(|dialect| value_of(source, &rows, "dialect", dialect)),
            dialect: settings.dialect,
            context: settings.context,
            audience: settings.audience,
            layout: settings.layout,
        }))
    }

    /// Whether nothing is set.
    pub(crate) fn is_empty(&self) -> bool {
        let texts = [&self.dialect, &self.context, &self.layout];
        texts.into_iter().all(Option::is_none)
            && self.subject.is_none()
            && self.text.is_none()
            && self.audience.is_none()
    }

    /// The text-only body without its indentation, with the line endings of the file.
    pub fn text_body(&self, source: &Source) -> Option<String> {
        let block = source.text(self.text?).into_owned();
        let indent = block
            .lines()
            .find(|line| !line.trim().is_empty())
            .map_or(0, |line| line.len() - line.trim_start_matches(' ').len());
        let lines = block.split_inclusive('\n').map(|line| {
            let cut = line.len() - line.trim_start_matches(' ').len();
            &line[cut.min(indent)..]
        });
        Some(lines.collect())
    }
}

/// Lines that were meant as settings and are sent as part of the mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unread {
    /// The line of dashes above them.
    pub fence: Span,
    /// Why they are not recognized.
    pub reason: UnreadReason,
}

/// Why settings are not recognized.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UnreadReason {
    /// There is no closing line of `---`, but perhaps a line that was meant as one.
    NeverClosed(Option<Span>),
    /// Something is above them, even if only a space.
    NotFirst,
    /// There are other settings above them.
    Second,
    /// They belong to another program.
    Foreign,
    /// Their keys have capital letters.
    Capital,
}

/// Lines at the top of a template that were meant as settings, but are not recognized.
pub(crate) fn unread(source: &Source, settings: Option<&FrontMatter>) -> Option<Unread> {
    let bytes = source.bytes();
    let bom = if bytes.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
    let first = settings.map_or(bom, |settings| settings.span.end as usize);
    let is_html = source.kind() == SourceKind::Html;
    let start = match source.kind() {
        SourceKind::Html => behind_comments(bytes, first),
        SourceKind::Text => first + blank(&bytes[first..]),
        SourceKind::Subject => return None,
    };
    if settings.is_none()
        && let Some(foreign) = foreign(bytes, bom, is_html)
    {
        let reason = match foreign {
            Foreign::Program => UnreadReason::Foreign,
            Foreign::Capital => UnreadReason::Capital,
        };
        return Some(Unread { fence: Span::new(bom, bom + 3), reason });
    }
    let mut rows = lines(bytes, start);
    let (fence, _) = rows.next().filter(|(row, _)| bytes[row.range()].trim_ascii_end() == b"---")?;
    let is_meant = |row: &[u8]| match key_of(row) {
        Some(key) => KEYS.contains(&key),
        None => begins_settings(row),
    };
    let mut rows = rows.map(|(row, _)| (row, bytes[row.range()].trim_ascii()));
    // A message may begin with a line of dashes.
    rows.find(|(_, row)| !row.is_empty() && !row.starts_with(b"#")).filter(|(_, row)| is_meant(row))?;
    let rows: Vec<(Span, &[u8])> =
        rows.filter(|(_, row)| *row == b"..." || row.len() > 1 && row.iter().all(|byte| *byte == b'-')).collect();
    let is_closed = rows.iter().any(|(span, _)| is_fence(&bytes[span.range()]));
    let reason = match (is_closed, start == first) {
        (true, _) if settings.is_some() => UnreadReason::Second,
        (true, false) => UnreadReason::NotFirst,
        (false, is_first) if is_first || is_html => UnreadReason::NeverClosed(rows.first().map(|(row, _)| *row)),
        // An empty line and a line of dashes are nothing unusual in a text.
        _ => return None,
    };
    Some(Unread { fence, reason })
}

/// The error about a subject on the lines below its key.
fn block_subject(source: &Source, line: usize) -> Error {
    let detail = "a subject is one line; write it after `subject:`, without `>` or `|`";
    Error::new(ErrorKind::Config, detail).at(source.name()).at_place(line, 1)
}

/// The first offset that is neither white space nor part of a comment of HTML.
fn behind_comments(bytes: &[u8], mut at: usize) -> usize {
    loop {
        at += blank(&bytes[at..]);
        let Some(inside) = bytes[at..].strip_prefix(b"<!--") else { return at };
        let Some(end) = memchr::memmem::find(inside, b"-->") else { return at };
        at = bytes.len() - inside.len() + end + 3;
    }
}

/// The rows as YAML, and the subject if it has no quotes: in YAML, ` #` would begin a comment and `[` a list.
fn without_plain_subject(source: &Source, rows: &[Span]) -> Result<(String, Option<(String, Span)>), Error> {
    let bytes = source.bytes();
    let mut yaml = String::from("\n");
    let mut subject = None;
    let mut subjects = 0;
    for (index, row) in rows.iter().enumerate() {
        let text = &bytes[row.range()];
        let value = after_key(text, b"subject");
        subjects += usize::from(value.is_some());
        if subjects > 1 {
            let error = Error::new(ErrorKind::Config, "duplicate key `subject`").at(source.name());
            return Err(error.at_place(index + 2, 1));
        }
        match value.map(<[u8]>::trim_ascii_start) {
            Some([b'>' | b'|', after @ ..])
                if after.trim_ascii_end().iter().all(|byte| b"+-123456789".contains(byte)) =>
            {
                return Err(block_subject(source, index + 2));
            }
            Some(rest) if !rest.is_empty() && !rest.starts_with(b"\"") && !rest.starts_with(b"'") => {
                let start = row.end as usize - rest.len();
                let span = Span::new(start, start + rest.trim_ascii_end().len());
                subject = Some((source.text(span).into_owned(), span));
            }
            // These end a line for YAML, but not for any editor.
            _ => yaml.push_str(&source.decode(text).replace(['\u{85}', '\u{2028}', '\u{2029}'], " ")),
        }
        yaml.push('\n');
    }
    Ok((yaml, subject))
}

/// The length of the leading white space in bytes.
fn blank(bytes: &[u8]) -> usize {
    bytes.len() - bytes.trim_ascii_start().len()
}

/// Whether the key of the first row has a value, on its line or below it.
fn has_text(bytes: &[u8], rows: &[Span]) -> bool {
    let mut rows = rows.iter().map(|row| &bytes[row.range()]);
    let value = rows.next().and_then(|row| row.splitn(2, |byte| *byte == b':').nth(1)).unwrap_or_default().trim_ascii();
    let below = rows.find(|row| !row.trim_ascii().is_empty());
    match value {
        b"~" | b"null" => false,
        [] | [b'#', ..] => below.is_some_and(|row| row.starts_with(b" ")),
        _ => true,
    }
}

/// The lines of `text: |`.
fn block_of(source: &Source, rows: &[Span], yaml: &str) -> Result<Span, Error> {
    let bytes = source.bytes();
    let head = |(index, row): (usize, &Span)| Some((index, after_key(&bytes[row.range()], b"text")?));
    let head = rows.iter().enumerate().find_map(head);
    let Some((index, _)) = head.filter(|(_, value)| value.trim_ascii_start().starts_with(b"|")) else {
        let detail = "write the text-only body as a block, which keeps its lines: `text: |`, with the text indented on \
                      the lines below";
        let error = Error::new(ErrorKind::Config, detail).at(source.name());
        let place = head.map(|(index, _)| (index + 2, 1)).or_else(|| yaml::locate(yaml, &[Step::Name("text")]));
        return Err(match place {
            Some((line, column)) => error.at_place(line, column),
            None => error,
        });
    };
    let inside = |row: &&Span| {
        let row = &bytes[row.range()];
        row.trim_ascii().is_empty() || row.starts_with(b" ")
    };
    let lines = rows[index + 1..].iter().take_while(inside).count();
    let start = rows.get(index + 1).map_or(rows[index].end, |row| row.start);
    // The block includes the end of its last line.
    let last = rows[index + lines];
    let end = bytes[last.end as usize..]
        .iter()
        .position(|&byte| byte == b'\n')
        .map_or(last.end as usize, |at| last.end as usize + at + 1);
    Ok(Span::new(start as usize, end.max(start as usize)))
}

/// Where the value of a key is, if it is written as it reads.
fn value_of(source: &Source, rows: &[Span], key: &str, value: &str) -> Option<Span> {
    let bytes = source.bytes();
    let (row, rest) = rows.iter().find_map(|row| Some((row, after_key(&bytes[row.range()], key.as_bytes())?)))?;
    let rest = rest.trim_ascii_start();
    let quote = matches!(rest.first(), Some(b'"' | b'\''));
    let rest = if quote { &rest[1..] } else { rest };
    // A comment may follow.
    let ends = |after: Option<&u8>| after.is_none_or(|byte| byte.is_ascii_whitespace() || b"\"'".contains(byte));
    let is_written = !value.is_empty() && rest.starts_with(value.as_bytes()) && ends(rest.get(value.len()));
    let start = row.end as usize - rest.len();
    is_written.then(|| Span::new(start, start + value.len()))
}

/// Where YAML found the value of a key that does not begin a line: the value itself if it is written as it reads,
/// otherwise the rest of its line.
fn place_of(source: &Source, rows: &[Span], yaml: &str, key: &str, value: &str) -> Option<Span> {
    let (line, column) = yaml::locate(yaml, &[Step::Key(key)])?;
    let row = rows.get(line.checked_sub(2)?)?;
    let mut start = row.start as usize;
    for _ in 1..column {
        let rest = &source.bytes()[start..row.end as usize];
        start += if rest.is_empty() { 0 } else { decoded::character_len(source, rest) };
    }
    let rest = &source.bytes()[start..row.end as usize];
    let quote = usize::from(matches!(rest.first(), Some(b'"' | b'\'')));
    let is_written = !value.is_empty() && rest[quote..].starts_with(value.as_bytes());
    Some(match is_written {
        true => Span::new(start + quote, start + quote + value.len()),
        false => Span::new(start, row.end as usize),
    })
}

/// The key of `key: value`.
pub(crate) fn key_of(row: &[u8]) -> Option<&[u8]> {
    let at = row.iter().position(|&byte| byte == b':')?;
    let key = &row[..at];
    if !key.is_empty() && key.iter().all(|byte| byte.is_ascii_lowercase() || *byte == b'_') {
        return Some(key);
    }
    // In any other form, only psalink's keys count: a message may begin with quoted words.
    KEYS.into_iter().find(|known| after_key(row, known).is_some())
}

/// Whether a row, without white space around it, may begin settings.
pub(crate) fn begins_settings(row: &[u8]) -> bool {
    let in_braces = || row.strip_prefix(b"{").and_then(|row| key_of(row.trim_ascii_start()));
    // `? subject`, with the value on the next line
    let explicit = row.strip_prefix(b"? ").map(<[u8]>::trim_ascii);
    key_of(row).is_some() || in_braces().or(explicit).is_some_and(|key| KEYS.contains(&key))
}

#[cfg(test)]
mod tests;
