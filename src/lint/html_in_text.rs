//! Finds HTML in text that no program reads as HTML.

use std::collections::HashSet;

use crate::html::elements::is_known;

/// The length of the longest named character reference.
const LONGEST: usize = 34;

/// The length of the longest tag that is recognized.
pub(super) const TAG: usize = 300;

/// Elements whose tags count even if they are never closed. The names of others may be words to be replaced: `Your
/// <code>`.
#[rustfmt::skip]
pub(super) const ALONE: [&str; 22] = [
    "br", "div", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "html", "img", "li",
    "o:p", "ol", "p", "span", "strong", "tbody", "td", "th", "tr", "ul",
];

/// The tags in a text, and whether they make all of it HTML.
#[derive(Debug, Default)]
pub(super) struct Tags {
    closed: HashSet<Vec<u8>>,
    /// The position and length of the first tag, if there are several.
    pub fragment: Option<(usize, usize)>,
}

impl Tags {
    /// Searches a text once.
    pub(super) fn of(text: &[u8]) -> Tags {
        let all = || {
            memchr::memchr_iter(b'<', text).filter_map(|at| {
                let length = tag(&text[at..])?;
                Some((at, length, name_of(&text[at..at + length])))
            })
        };
        let is_end = |at: usize| text[at..].starts_with(b"</");
        let closed = all().filter(|(at, ..)| is_end(*at)).map(|(.., name)| name).collect();
        let mut tags = Tags { closed, fragment: None };
        let count =
            all().filter(|(at, length, name)| name != b"br" && tags.is_tag(&text[*at..at + length])).take(3).count();
        if count > 2 && !tags.closed.is_empty() {
            tags.fragment =
                all().find(|(at, length, _)| tags.is_tag(&text[*at..at + length])).map(|(at, length, _)| (at, length));
        }
        tags
    }

    /// Whether what looks like a tag is one.
    pub(super) fn is_tag(&self, written: &[u8]) -> bool {
        let name = name_of(written);
        written.starts_with(b"</")
            || written.contains(&b'=')
            || written.ends_with(b"/>")
            || ALONE.iter().any(|known| known.as_bytes() == name)
            || self.closed.contains(&name)
    }
}

/// The name of a tag, in lowercase.
fn name_of(written: &[u8]) -> Vec<u8> {
    let inside = written.iter().skip_while(|byte| b"</".contains(byte));
    inside.take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b':').map(u8::to_ascii_lowercase).collect()
}

/// The length of the first tag, if the text is a whole HTML document.
pub(super) fn document(bytes: &[u8]) -> Option<usize> {
    let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let skipped = bytes.len() - text.trim_ascii_start().len();
    let text = text.trim_ascii_start();
    let starts = |head: &[u8]| text.get(..head.len()).is_some_and(|start| start.eq_ignore_ascii_case(head));
    let is_document = starts(b"<!doctype html") || starts(b"<html>") || starts(b"<html ");
    is_document.then(|| skipped + memchr::memchr(b'>', text).map_or(text.len(), |end| end + 1))
}

/// The length of a valid character reference that ends in `;`.
pub(super) fn reference(text: &[u8]) -> Option<usize> {
    let window = &text[..text.len().min(LONGEST)];
    let end = memchr::memchr(b';', window)? + 1;
    let written = std::str::from_utf8(&window[..end]).ok().filter(|written| written.starts_with('&'))?;
    let is_name = |character: char| character.is_ascii_alphanumeric() || character == '#';
    let is_one = written[1..end - 1].chars().all(is_name) && !htmlize::unescape(written).ends_with(';');
    is_one.then_some(end)
}

/// The length of a tag that is escaped: `&lt;br&gt;`.
pub(super) fn escaped_tag(text: &[u8]) -> Option<usize> {
    const SIGNS: [(&[u8], &[u8]); 3] = [(b"&lt;", b"&gt;"), (b"&#60;", b"&#62;"), (b"&amp;lt;", b"&amp;gt;")];
    let (open, close) = SIGNS.into_iter().find(|(open, _)| text.starts_with(open))?;
    let inside = &text[open.len()..text.len().min(TAG)];
    let length = memchr::memmem::find(inside, close)?;
    let written = std::str::from_utf8(&inside[..length]).ok()?;
    let read = format!("<{}>", htmlize::unescape(written));
    (tag(read.as_bytes()) == Some(read.len())).then_some(open.len() + length + close.len())
}

/// The length of a tag of a known element; its attributes, if it has any, must have values.
pub(super) fn tag(text: &[u8]) -> Option<usize> {
    let window = &text[..text.len().min(TAG)];
    let inside = window.strip_prefix(b"<")?;
    let name_at = usize::from(inside.first() == Some(&b'/'));
    let stop = inside.iter().position(|byte| matches!(byte, b'<' | b'>')).filter(|stop| inside[*stop] == b'>')?;
    let inside = inside.get(name_at..stop)?;
    let length = inside.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
    let (name, rest) = inside.split_at(length);
    let rest = rest.trim_ascii_end().strip_suffix(b"/").unwrap_or(rest).trim_ascii();
    let is_apart = inside.get(length).is_none_or(|byte| byte.is_ascii_whitespace() || *byte == b'/');
    let has_attributes = rest.is_empty() || rest.contains(&b'=') && rest[0].is_ascii_alphabetic();
    (is_apart && has_attributes && is_known(&name.to_ascii_lowercase())).then_some(stop + 2)
}
