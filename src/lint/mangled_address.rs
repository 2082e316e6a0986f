//! Addresses that were pasted with a tag around them or twice, and mailboxes whose beginning is damaged:
//! `<a href=https://…`, `mailto:mailto:…`.

use std::ops::Range;

use crate::lint::{Context, Tag};
use crate::nearest::near;
use crate::source::decoded::{Decoded, References};
use crate::source::edit::Edit;
use crate::span::Span;

/// What is wrong with an address, and the edits that leave the right one, if it is clear which that is.
pub(super) struct Mangled {
    pub message: &'static str,
    pub help: &'static str,
    pub edits: Option<Vec<Edit>>,
}

/// The longest address that is looked at.
const LONGEST: usize = 4096;

const BEGINNING: &str = "the beginning of this address is damaged, so the link leads nowhere";
const AROUND: &str = "what is around this address became part of it, so the link leads nowhere";
const SEVERAL: &str = "two addresses became one, so the link leads nowhere";

/// An address as it should be: what is written before a range of the text.
struct Right {
    message: &'static str,
    before: &'static str,
    kept: Option<Range<usize>>,
}

/// What is wrong with an address without the white space around it.
pub(super) fn of(cx: &Context<'_>, value: Span, tag: &Tag) -> Option<Mangled> {
    if value.len() > LONGEST || !tag.is_suspect && is_plain(cx.slice(value)) {
        return None;
    }
    let decoded = Decoded::new(cx.document.source(), value, References::Attribute);
    let text = decoded.text();
    let Right { message, before, kept } =
        mailbox(text).or_else(|| phone(text)).or_else(|| pasted_tag(text)).or_else(|| after(text))?;
    let edits = kept.map(|kept| {
        let first = decoded.span(0..kept.start);
        let first = Span { start: value.start, end: first.end.max(value.start) };
        let last = Span { start: decoded.span(kept.clone()).end, end: value.end };
        let edits = [Edit::new(first, before), Edit::delete(last)];
        edits.into_iter().filter(|edit| !edit.span.is_empty() || !edit.text.is_empty()).collect()
    });
    let help = if message == BEGINNING { "write its beginning correctly" } else { "write the address alone" };
    Some(Mangled { message, help, edits })
}

/// Whether an address begins as it should and has nothing in it that belongs elsewhere; most do.
fn is_plain(text: &[u8]) -> bool {
    let begins = |start: &str| text.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start.as_bytes()));
    let rest = match () {
        () if begins("https://") => &text[8..],
        () if begins("http://") => &text[7..],
        () if begins("mailto:") => {
            let rest = &text[7..];
            let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"?[{%&".contains(byte);
            let end = rest.iter().position(|byte| b":/".contains(byte)).unwrap_or(rest.len());
            let is_again = rest.get(end) == Some(&b':') && !rest[..end].iter().any(|byte| b"@?".contains(byte));
            return rest.first().is_none_or(is_name) && !is_again && memchr::memchr(b' ', rest).is_none();
        }
        // `#`, `[srnumber]`, `{{…}}`, `/page`, `.` and the like are other rules' business.
        () => {
            return !text.first().is_some_and(|first| first.is_ascii_alphabetic() || *first == b'&' || *first >= 0x80);
        }
    };
    let begins_host = rest.first().is_some_and(|first| first.is_ascii_alphanumeric() || b"[{%*".contains(first))
        && !rest.get(..4).is_some_and(|head| head.eq_ignore_ascii_case(b"http"));
    let has_quote = || memchr::memchr_iter(b'&', rest).any(|at| matches!(rest.get(at + 1), Some(b'q' | b'#' | b'g')));
    let is_twice = || text.len().is_multiple_of(2) && text[..text.len() / 2] == text[text.len() / 2..];
    begins_host && memchr::memchr3(b' ', b'"', b'\'', rest).is_none() && !has_quote() && !is_twice()
}

/// `email: a@b.example`, `mailto:mailto:a@b.example`, `mailto://a@b.example`.
fn mailbox(text: &str) -> Option<Right> {
    let at = text.find('@')?;
    let head = &text[..at];
    let start = head.rfind([':', ';', '/', '\\', ' ', '：'])?;
    let start = start + head[start..].chars().next()?.len_utf8();
    let words: String =
        head[..start].chars().filter(|character| character.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    let word = words.strip_prefix("mailto").filter(|rest| !rest.is_empty()).unwrap_or(&words);
    let is_mail = matches!(word, "email" | "mail" | "mailto") || near(word, ["mailto"], |_| 1, false).is_some();
    let is_right = head[..start].eq_ignore_ascii_case("mailto:");
    let box_end = text[at..].find('?').map_or(text.len(), |end| at + end);
    let mailbox = &text[start..box_end];
    let is_box =
        mailbox.len() > at - start + 1 && !mailbox.contains([' ', '/', '"', '<']) && mailbox.matches('@').count() == 1;
    (is_mail && !is_right && is_box).then_some(Right {
        message: BEGINNING,
        before: "mailto:",
        kept: Some(start..text.len()),
    })
}

/// `tel:tel:+1555`
fn phone(text: &str) -> Option<Right> {
    let scheme = ["tel:", "sms:", "cid:"].into_iter().find(|scheme| find(text, scheme) == Some(0))?;
    let rest = text[scheme.len()..].trim_start();
    let start = text.len() - rest.len();
    (find(rest, scheme) == Some(0)).then_some(Right { message: BEGINNING, before: "", kept: Some(start..text.len()) })
}

/// `<a href=https://…`: the whole tag was pasted.
fn pasted_tag(text: &str) -> Option<Right> {
    let name = ["<a ", "<img "].into_iter().find(|name| find(text, name) == Some(0))?;
    let word = if name == "<a " { "href=" } else { "src=" };
    let start = name.len() + find(&text[name.len()..], word)? + word.len();
    let start = start + usize::from(text[start..].starts_with(['"', '\'']));
    let length = text[start..].find(['"', '\'', ' ', '>', '<']).unwrap_or(text.len() - start);
    let address = &text[start..start + length];
    let is_whole = ["https://", "http://", "mailto:"].iter().any(|scheme| find(address, scheme) == Some(0));
    is_whole.then_some(Right { message: AROUND, before: "", kept: Some(start..start + length) })
}

/// What comes after an address: the rest of its tag, or the same address again.
fn after(text: &str) -> Option<Right> {
    let is_whole = |text: &str| ["https://", "http://", "mailto:"].iter().any(|scheme| find(text, scheme) == Some(0));
    if !is_whole(text) {
        return None;
    }
    let right = |kept| Some(Right { message: AROUND, before: "", kept });
    let half = text.len() / 2;
    if text.len().is_multiple_of(2) && text.is_char_boundary(half) && text[..half] == text[half..] {
        return right(Some(0..half));
    }
    let at = text.find(['"', '\'', ' ', '>'])?;
    let (address, rest) = text.split_at(at);
    let inside = rest.trim_start_matches(['"', '\'']);
    let words = inside.trim_start();
    let is_quoted = inside.len() < rest.len();
    if is_whole(words.trim_start_matches([',', ';', '|', ' '])) && !is_quoted {
        let again = words.trim_start_matches([',', ';', '|', ' ']);
        // A query may hold a text with an address in it.
        let is_same = again == address;
        return (is_same || !address.contains('?')).then(|| Right {
            message: SEVERAL,
            before: "",
            kept: is_same.then_some(0..at),
        });
    }
    let is_attribute = words.len() < inside.len() && is_attribute(words);
    let is_end = inside.starts_with('>') && (is_quoted || find(inside, "</a").is_some());
    if is_attribute || is_end {
        return right(Some(0..at));
    }
    // A query may compare two values.
    (inside.starts_with('>') && !address.contains(['?', '#'])).then(|| right(None)).flatten()
}

/// `target=_blank`, and other attributes that a link has.
fn is_attribute(text: &str) -> bool {
    const NAMES: [&str; 8] = ["target", "class", "style", "rel", "title", "id", "name", "href"];
    let name = text.split(|character: char| !(character.is_ascii_alphanumeric() || character == '-')).next();
    let name = name.unwrap_or_default();
    let is_known = NAMES.iter().any(|known| name.eq_ignore_ascii_case(known)) || find(name, "data-") == Some(0);
    is_known && text[name.len()..].trim_start().starts_with('=')
}

/// Where a text is in another one, in any case.
fn find(text: &str, word: &str) -> Option<usize> {
    let (text, word) = (text.as_bytes(), word.as_bytes());
    text.windows(word.len()).position(|window| window.eq_ignore_ascii_case(word))
}
