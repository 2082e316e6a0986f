//! The source of a message as mail servers transfer it: headers at the top, or text that is still quoted-printable.

use memchr::memmem;

use crate::diagnostic::{Diagnostic, Level};
use crate::lint::{Check, Rewrite, Rule, When};
use crate::parse::document::Document;
use crate::source::SourceKind;
use crate::span::Span;

/// The file is the source of a message, not a template.
pub const RULE: Rule = Rule {
    name: "mail-source",
    level: Level::Error,
    also: &[],
    when: When::On,
    rewrite: Rewrite::Leaves,
    summary: "the file is the source of a message, still encoded or with its headers",
    page: include_str!("../../../fixtures/rules/mail-source.md"),
    checks: &[Check::First(finding)],
};

/// Headers that every message has, each with texts that its value contains. Two of them at the top of a text are not
/// there by chance.
const HEADERS: [(&str, &[&str]); 6] = [
    ("mime-version", &["1.0"]),
    ("content-type", &["/"]),
    ("content-transfer-encoding", &["quoted-printable", "base64", "7bit", "8bit", "binary"]),
    ("received", &["from ", "by "]),
    ("message-id", &["@"]),
    ("date", &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]),
];

/// How many header lines are read.
const LINES: usize = 500;

/// The finding about the source of a message; any other finding would be misleading.
pub(crate) fn finding(document: &Document) -> Option<Diagnostic> {
    let bytes = document.source().bytes();
    let found = if let Some(span) = encoded_subject(document) {
        RULE.at(span, "this subject is still encoded, as mail servers pass it on").help("write it as people read it")
    } else if let Some(end) = headers(bytes) {
        RULE.at(Span::new(0, end), "this is the source of a message, with its headers")
            .help("keep only the body of the message, as an email program shows its HTML")
    } else {
        // The scanner has looked at the attributes of a template with regions.
        let may_be_encoded = document.regions().is_empty() || document.summary().has_odd_value;
        let span = may_be_encoded.then(|| quoted_printable(bytes)).flatten()?;
        RULE.at(span, "this is the source of a message, still encoded as quoted-printable")
            .help("decode it first, or copy the HTML from an email program")
    };
    Some(found)
}

/// `=?UTF-8?Q?Ticket?=`, in a file that is a subject.
fn encoded_subject(document: &Document) -> Option<Span> {
    let bytes = document.source().bytes();
    let text = bytes.trim_ascii();
    let inside = text.strip_prefix(b"=?").filter(|_| document.source().kind() == SourceKind::Subject)?;
    let mut pieces = inside.splitn(3, |byte| *byte == b'?');
    let (charset, form, rest) = (pieces.next()?, pieces.next()?, pieces.next()?);
    let is_charset =
        !charset.is_empty() && charset.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_*".contains(byte));
    let is_form = matches!(form, b"Q" | b"q" | b"B" | b"b");
    let start = bytes.len() - bytes.trim_ascii_start().len();
    (is_charset && is_form && memmem::find(rest, b"?=").is_some()).then(|| Span::new(start, start + text.len()))
}

/// The end of the first line, if the headers of a message are at the top.
fn headers(bytes: &[u8]) -> Option<usize> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let mut seen = [false; HEADERS.len()];
    let mut first = None;
    for (index, line) in bytes.split(|byte| *byte == b'\n').take(LINES).enumerate() {
        let text = line.trim_ascii_end();
        if text.is_empty() {
            return first.filter(|_| seen.iter().filter(|seen| **seen).count() >= 2);
        }
        first = first.or(Some(text.len()));
        let is_rest = index > 0 && line.first().is_some_and(|byte| matches!(byte, b' ' | b'\t'));
        // The line before a message's headers in a mailbox file.
        if is_rest || index == 0 && text.starts_with(b"From ") {
            continue;
        }
        let colon = memchr::memchr(b':', text)?;
        let name = &text[..colon];
        if name.is_empty() || !name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-') {
            return None;
        }
        if let Some(known) = HEADERS.iter().position(|(known, _)| known.as_bytes().eq_ignore_ascii_case(name)) {
            seen[known] |= is_value(&text[colon + 1..], HEADERS[known]);
        }
    }
    None
}

/// Whether a value is one that a mail server writes, and not the words of a text: `Received: 2 packages`.
fn is_value(value: &[u8], (name, words): (&str, &[&str])) -> bool {
    let value = value[..value.len().min(200)].to_ascii_lowercase();
    let holds = |word: &&str| memmem::find(&value, word.as_bytes()).is_some();
    // A date has a day and a time.
    words.iter().any(holds) && (name != "date" || holds(&":") && value.iter().any(u8::is_ascii_digit))
}

/// The first attribute whose `=` is written as `=3D`, if there is also a soft line break or another such code.
fn quoted_printable(bytes: &[u8]) -> Option<Span> {
    let mut codes = memmem::find_iter(bytes, b"=3D");
    let first = codes.find(|at| name_before(bytes, *at) > 0 && is_in_tag(bytes, *at))?;
    let is_code = |rest: &[u8]| {
        matches!(rest, [_, b'\n', ..] | [_, b'\r', b'\n', ..])
            || matches!(rest, [_, a, b, ..] if is_digit(*a) && is_digit(*b))
    };
    let is_other = |at: usize| at != first && is_code(&bytes[at..]);
    let has_other = memchr::memchr_iter(b'=', bytes).any(is_other);
    has_other.then(|| Span::new(first - name_before(bytes, first), first + 3))
}

/// Whether a tag is open at a byte.
fn is_in_tag(bytes: &[u8], at: usize) -> bool {
    let near = &bytes[at.saturating_sub(4096)..at];
    memchr::memrchr2(b'<', b'>', near).is_some_and(|bracket| near[bracket] == b'<')
}

fn is_digit(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'A'..=b'F')
}

/// The length of the attribute name that ends here, with a space before it.
fn name_before(bytes: &[u8], at: usize) -> usize {
    let before = &bytes[at.saturating_sub(40)..at];
    let length = before.iter().rev().take_while(|byte| byte.is_ascii_alphabetic() || b"-:".contains(byte)).count();
    let is_apart = length < before.len() && before[before.len() - length - 1].is_ascii_whitespace();
    if is_apart { length } else { 0 }
}
