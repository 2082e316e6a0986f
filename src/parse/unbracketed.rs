//! Link macros whose square brackets were lost: `http://dd:ticket`, `%3C%3Cdd:ticket%3E%3E`, `&#171;dd:ticket&#187;`.

use pest::Parser as _;

use super::deep_link::percent_decode;
use crate::parse::document::{AttributePlace, AttributeRole, Place};
use crate::parse::grammar::{Macros, Rule};
use crate::span::Span;

/// The longest address that may be such a macro.
const LIMIT: usize = 400;

/// How far before a macro encoded signs may begin.
const NEAR: usize = 48;

/// Opening signs and what closes them; any other sign of [`MARKS`] closes itself.
const PAIRS: [(char, char); 9] = [
    ('<', '>'),
    ('(', ')'),
    ('{', '}'),
    ('[', ']'),
    ('\u{ab}', '\u{bb}'),
    ('\u{2039}', '\u{203a}'),
    ('\u{3010}', '\u{3011}'),
    ('\u{201c}', '\u{201d}'),
    ('\u{2018}', '\u{2019}'),
];

/// Signs that programs write on both sides of a placeholder.
const MARKS: &str = "#%$@*|~^?=_-\"'`";

/// A macro that is all of an address, apart from signs around it and a scheme that an editor put in front; in square
/// brackets.
pub(crate) fn macro_in_address(address: &str) -> Option<String> {
    if address.len() > LIMIT || !address.contains([':', '%']) {
        return None;
    }
    let text = percent_decode(&htmlize::unescape_attribute(address));
    let is_sign = |character: char| {
        MARKS.contains(character)
            || "/\\.,;:!&".contains(character)
            || character.is_whitespace()
            || PAIRS
                .iter()
                .any(|(open, close)| !"[]".contains(character) && (*open == character || *close == character))
    };
    let mut text = text.trim_matches(is_sign);
    for scheme in ["https", "http"] {
        let rest = text.get(scheme.len()..).filter(|_| text[..scheme.len()].eq_ignore_ascii_case(scheme));
        if let Some(rest) = rest.filter(|rest| rest.starts_with([':', '/'])) {
            text = rest.trim_start_matches(is_sign);
        }
    }
    as_macro(text)
}

/// The span of an address that is only a macro without its brackets, around the position of the macro.
pub(super) fn whole_address(bytes: &[u8], from: usize, place: Place) -> Option<Span> {
    let Place::Attribute(AttributePlace { value, role: AttributeRole::Link, .. }) = place else { return None };
    let written = bytes.get(value.range()).filter(|written| written.len() <= LIMIT)?;
    let text = std::str::from_utf8(written).ok()?;
    let start = value.start as usize + text.len() - text.trim_start().len();
    let span = Span::new(start, start + text.trim().len());
    (start >= from && macro_in_address(text).is_some()).then_some(span)
}

/// A macro between signs that are written as character references, given the position of its first word.
pub(super) fn between_references(bytes: &[u8], from: usize, at: usize) -> Option<Span> {
    let before = bytes.get(from.max(at.saturating_sub(NEAR))..at)?;
    if before.last() != Some(&b';') {
        return None;
    }
    let (mut start, mut closing) = (before.len(), Vec::new());
    while let Some((sign, length)) = last_reference(&before[..start]) {
        let Some(close) = counterpart(sign) else { break };
        closing.push(close);
        start -= length;
    }
    if closing.is_empty() {
        return None;
    }
    let window = &bytes[at..bytes.len().min(at + LIMIT)];
    let text = window.utf8_chunks().next()?.valid();
    let end = text.match_indices('&').find_map(|(end, _)| {
        let mut rest = &text[end..];
        for close in &closing {
            let length = rest.strip_prefix('&')?.find(';')? + 2;
            rest = (htmlize::unescape(&rest[..length]).chars().eq([*close])).then(|| &rest[length..])?;
        }
        as_macro(&htmlize::unescape(&text[..end])).map(|_| text.len() - rest.len())
    })?;
    Some(Span::new(at - (before.len() - start), at + end))
}

/// The sign that a character reference at the end of a text stands for, and the length of the reference.
fn last_reference(text: &[u8]) -> Option<(char, usize)> {
    let near = &text[text.len().saturating_sub(12)..];
    let length = near.len() - memchr::memrchr(b'&', near.strip_suffix(b";")?)?;
    let written = std::str::from_utf8(&text[text.len() - length..]).ok()?;
    let read = htmlize::unescape(written);
    let mut characters = read.chars();
    let sign = characters.next().filter(|_| length > 2)?;
    characters.next().is_none().then_some((sign, length))
}

/// What closes an opening sign.
fn counterpart(sign: char) -> Option<char> {
    // In a text, quotes are the author's.
    if "_-\"'`\u{201c}\u{2018}".contains(sign) {
        return None;
    }
    let pair = PAIRS.iter().find(|(open, _)| *open == sign).map(|(_, close)| *close);
    pair.or_else(|| MARKS.contains(sign).then_some(sign))
}

/// A macro between signs that are written as character references, in square brackets.
pub(super) fn without_references(text: &str) -> Option<String> {
    let read = htmlize::unescape(text);
    let is_sign =
        |character: char| counterpart(character).is_some() || PAIRS.iter().any(|(_, close)| *close == character);
    as_macro(read.trim_matches(is_sign))
}

/// A text in square brackets, if that is a macro.
pub(super) fn as_macro(inside: &str) -> Option<String> {
    let right = format!("[{}]", inside.trim());
    Macros::parse(Rule::link_macro, &right).is_ok_and(|pairs| pairs.as_str().len() == right.len()).then_some(right)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_macros_without_brackets() {
        for address in [
            "dd:ticket",
            "http://dd:ticket",
            "https://dd:ticket/",
            "//dd:ticket",
            "dd%3Aticket",
            "%3C%3Cdd:ticket%3E%3E",
            "%23%23dd:ticket%23%23",
            "HTTP:dd:ticket",
            "dd:ticket%20action=chat",
            "&quot;dd:ticket&quot;",
        ] {
            assert!(macro_in_address(address).is_some_and(|right| right.starts_with("[dd:ticket")), "{address}");
        }
        for other in ["https://dd.example/ticket", "add:ticket/x/y", "https://x.example/?u=dd:ticket", "dd:"] {
            assert_eq!(macro_in_address(other), None, "{other}");
        }
    }

    #[test]
    fn finds_macros_between_references() {
        let text = b"a &#171;dd:ticket&#187; b";
        assert_eq!(between_references(text, 0, 8), Some(Span::new(2, 23)));
        assert_eq!(between_references(b"a&nbsp;dd:ticket&nbsp;b", 0, 7), None);
        assert_eq!(between_references(b"a &#171;dd:ticket b", 0, 8), None);
        assert_eq!(without_references("&#60;&#60;dd:ticket&#62;&#62;").as_deref(), Some("[dd:ticket]"));
    }
}
