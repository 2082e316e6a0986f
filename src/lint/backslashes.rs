//! Markup in which a program has put backslashes: `<\\/a>`, `<br\\/>`, `\\u003cbr\\u003e`.

use crate::diagnostic::{Diagnostic, Safety};
use crate::html::elements::is_known;
use crate::lint::code_elements::CodeElements;
use crate::lint::{Context, Rule};
use crate::parse::document::Place;
use crate::source::edit::Edit;
use crate::span::Span;

/// The length of the longest element name.
const LONGEST: usize = 12;

/// What a backslash is part of, with the edit that makes it what was meant.
struct Backslashed {
    span: Span,
    edit: Edit,
    message: &'static str,
    safety: Safety,
}

const END_TAG: &str = "the slash of this end tag is escaped, so it ends nothing and the customer sees it as text";
const TAG: &str = "a program has put a backslash into this tag, so no program reads it";
const COMMENT: &str = "a program has put a backslash into this comment, so the customer sees it as text";
const CODE: &str = "a program has written this character as a code, so the customer sees the code";

/// Reports the first of them, with a fix for all of them.
pub(super) fn check(cx: &Context<'_>, rule: &Rule, found: &mut Vec<Diagnostic>) {
    let bytes = cx.bytes();
    let mut places = cx.places();
    let mut code = CodeElements::new(cx);
    let mut first: Option<Backslashed> = None;
    let mut edits: Vec<Edit> = Vec::new();
    let mut safety = Safety::Safe;
    let mut from = 0;
    for at in memchr::memchr_iter(b'\\', bytes) {
        if at < from {
            continue;
        }
        let Some(next) = in_tag(bytes, at).or_else(|| character(cx, at)) else { continue };
        let place = places.at(next.span.start as usize).0;
        let is_seen = place == Place::Text || next.message == TAG && place == Place::Markup;
        if !is_seen || code.are_around(cx, at) {
            continue;
        }
        from = next.edit.span.end as usize;
        safety = safety.min(next.safety);
        edits.push(next.edit.clone());
        first = first.or(Some(next));
    }
    let Some(first) = first else { return };
    let title = match (first.message, edits.len()) {
        (CODE, 1) => "write the character",
        (CODE, _) => "write the characters",
        (_, 1) => "delete the backslash",
        (END_TAG, _) => "delete the backslashes of all end tags",
        _ => "delete the backslashes of all tags",
    };
    found.push(rule.at(first.span, first.message).help(title).fix(title, safety, edits));
}

/// `<\\/a>`, `<\\!--`, `<br\\/>`.
fn in_tag(bytes: &[u8], at: usize) -> Option<Backslashed> {
    let count = bytes[at..].iter().take(4).take_while(|byte| **byte == b'\\').count();
    let rest = &bytes[at + count..];
    let edit = Edit::delete(Span::new(at, at + count));
    let tag = |start, length: usize, message| {
        let span = Span::new(start, at + count + length);
        Some(Backslashed { span, edit: edit.clone(), message, safety: Safety::Safe })
    };
    if bytes[..at].ends_with(b"<") {
        if rest.starts_with(b"!--") {
            return tag(at - 1, 3, COMMENT);
        }
        let name = rest.strip_prefix(b"/")?;
        let length = name.iter().take(LONGEST).take_while(|byte| byte.is_ascii_alphanumeric()).count();
        let is_tag = name.get(length) == Some(&b'>') && is_known(&name[..length].to_ascii_lowercase());
        return is_tag.then(|| tag(at - 1, length + 2, END_TAG)).flatten();
    }
    if !rest.starts_with(b"/>") {
        return None;
    }
    let before = &bytes[at.saturating_sub(LONGEST)..at].trim_ascii_end();
    let name = before.iter().rposition(|byte| *byte == b'<').map(|open| &before[open + 1..])?;
    let is_tag = is_known(&name.to_ascii_lowercase());
    is_tag.then(|| tag(at - name.len() - 1, 2, TAG)).flatten()
}

/// `\\u003c`: a character as JSON writes it.
fn character(cx: &Context<'_>, at: usize) -> Option<Backslashed> {
    let bytes = cx.bytes();
    let length = match bytes.get(at + 1)? {
        b'u' => 6,
        // `\x3c`, of the characters of markup alone.
        b'x' => 4,
        _ => return None,
    };
    let code = bytes.get(at..at + length)?;
    let digits =
        std::str::from_utf8(&code[2..]).ok().filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))?;
    let read = u32::from_str_radix(digits, 16).ok().and_then(char::from_u32).filter(|read| !read.is_control())?;
    // `C:\\u0041` is a path.
    let is_path = at.checked_sub(1).is_some_and(|before| b":\\/".contains(&bytes[before]));
    let source = cx.document.source();
    let can_be_written = read.is_ascii() || source.is_utf8() || source.lacks(&read.to_string()).is_none();
    if is_path || cx.part_at(at).is_some() || b"[]".contains(&u8::try_from(read).unwrap_or_default()) || !can_be_written
    {
        return None;
    }
    if length == 4 && !"<>&\"'".contains(read) {
        return None;
    }
    let span = Span::new(at, at + length);
    // Markup that was meant to be seen may have been escaped this way.
    let safety = if "<>&".contains(read) { Safety::Suggested } else { Safety::Safe };
    Some(Backslashed { span, edit: Edit::new(span, read.to_string()), message: CODE, safety })
}
