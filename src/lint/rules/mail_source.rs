//! The source of a message as mail servers transfer it: headers at the top, or text that is still quoted-printable.

use memchr::memmem;

use crate::diagnostic::{Diagnostic, Level};
use crate::lint::{Check, Context, Rewrite, Rule, When};
use crate::parse::document::Document;
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
    checks: &[Check::Template(check)],
};

/// Headers that every message has; two of them at the top of a text are no coincidence.
const HEADERS: [&str; 5] = ["mime-version", "content-type", "received", "message-id", "date"];

/// How many header lines are read.
const LINES: usize = 500;

fn check(cx: &Context<'_>, found: &mut Vec<Diagnostic>) {
    found.extend(finding(cx.document));
}

/// The finding about the source of a message; any other finding would be misleading.
pub(crate) fn finding(document: &Document) -> Option<Diagnostic> {
    let bytes = document.source().bytes();
    let found = if let Some(end) = headers(bytes) {
        RULE.at(Span::new(0, end), "this is the source of a message, with its headers")
            .help("keep only the body of the message, as an email program shows its HTML")
    } else {
        let span = quoted_printable(bytes)?;
        RULE.at(span, "this is the source of a message, still encoded as quoted-printable")
            .help("decode it first, or copy the HTML from an email program")
    };
    Some(found)
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
        if let Some(known) = HEADERS.iter().position(|known| known.as_bytes().eq_ignore_ascii_case(name)) {
            seen[known] = true;
        }
    }
    None
}

/// The first attribute whose `=` is written as `=3D`, if there is also a soft line break or another such code.
fn quoted_printable(bytes: &[u8]) -> Option<Span> {
    let mut codes = memmem::find_iter(bytes, b"=3D");
    let first = codes.find(|at| name_before(bytes, *at) > 0)?;
    let is_code = |rest: &[u8]| {
        matches!(rest, [_, b'\n', ..] | [_, b'\r', b'\n', ..])
            || matches!(rest, [_, a, b, ..] if is_digit(*a) && is_digit(*b))
    };
    let is_other = |at: usize| at != first && is_code(&bytes[at..]);
    let has_other = memchr::memchr_iter(b'=', bytes).any(is_other);
    has_other.then(|| Span::new(first - name_before(bytes, first), first + 3))
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
