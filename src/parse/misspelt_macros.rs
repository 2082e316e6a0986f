//! Link macros whose first word or brackets are misspelled: `[dd&#58;ticket]`, `[dd ticket]`, `{dd:ticket}`.

use std::borrow::Cow;

use crate::html::elements::is_block;
use crate::parse::document::{MacroFlaw, Place};
use crate::span::Span;
use crate::vocabulary::Vocabulary;

/// The length of the longest such macro.
const LIMIT: usize = 200;

/// Brackets that people write instead of square ones.
const PAIRS: [(&str, &str); 9] = [
    ("{", "}"),
    ("(", ")"),
    ("<", ">"),
    ("&lt;", "&gt;"),
    ("&#123;", "&#125;"),
    ("&lbrace;", "&rbrace;"),
    ("&lcub;", "&rcub;"),
    ("【", "】"),
    ("［", "］"),
];

/// A macro in square brackets whose first word is not exactly `dd:`: where it ends, and what is wrong with it.
pub(super) fn misspelt_macro_at(bytes: &[u8], at: usize, vocabulary: &Vocabulary) -> Option<(usize, MacroFlaw)> {
    let window = &bytes[at + 1..bytes.len().min(at + LIMIT)];
    let first = window.first()?;
    let is_prefix = |target: &crate::vocabulary::Target| {
        target.prefix.as_bytes().first().is_some_and(|byte| byte.eq_ignore_ascii_case(first))
    };
    if !matches!(first, b' ' | b'&' | b'%' | b'<') && !vocabulary.targets().iter().any(is_prefix) {
        return None;
    }
    let inside = &window[..memchr::memchr2(b'[', b']', window)?];
    if window[inside.len()] == b'[' {
        return None;
    }
    let text = std::str::from_utf8(inside).ok()?;
    let end = at + inside.len() + 2;
    flaw_of(text, vocabulary)
        .or_else(|| {
            let read = without_tags(text);
            let is_split = read.len() < text.len();
            let read = decoded(&read);
            let is_macro = is_split || read != text;
            let flaw = if is_split { MacroFlaw::SplitByTags } else { MacroFlaw::Encoded };
            let spaced = || flaw_of(&read.replace('\u{a0}', " "), vocabulary).filter(|_| is_macro);
            (is_macro && starts_macro(read.trim_start(), vocabulary)).then_some(flaw).or_else(spaced)
        })
        .map(|flaw| (end, flaw))
}

/// How many bytes around a macro are searched for a matching bracket.
const NEAR: usize = 300;

/// What is wrong with a macro after another `[`, and where it ends. Brackets around a sentence are right: `[[dd:ticket]
/// or call us]`.
pub(super) fn doubled_macro(bytes: &[u8], end: usize) -> Option<(usize, MacroFlaw)> {
    if bytes.get(end) == Some(&b']') {
        return Some((end + 1, MacroFlaw::Doubled));
    }
    let near = &bytes[end..bytes.len().min(end + NEAR)];
    let near = &near[..block_tags(near).next().unwrap_or(near.len())];
    is_unmatched(near.iter(), b']', b'[').then_some((end, MacroFlaw::ExtraBracket))
}

/// Whether a second `]` follows a macro without a matching bracket before the macro.
pub(super) fn has_extra_bracket(bytes: &[u8], at: usize, end: usize) -> bool {
    if bytes.get(end) != Some(&b']') {
        return false;
    }
    let near = &bytes[at.saturating_sub(NEAR)..at];
    let near = &near[block_tags(near).last().unwrap_or(0)..];
    is_unmatched(near.iter().rev(), b'[', b']')
}

/// The positions of tags that end a paragraph; brackets before and after such a tag do not match each other.
fn block_tags(bytes: &[u8]) -> impl Iterator<Item = usize> + '_ {
    memchr::memchr_iter(b'<', bytes).filter(|at| {
        let name = bytes[at + 1..].strip_prefix(b"/").unwrap_or(&bytes[at + 1..]);
        let length = name.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
        is_block(&name[..length])
    })
}

/// Whether there is no matching bracket; any bracket pairs in between are skipped.
fn is_unmatched<'a>(mut bytes: impl Iterator<Item = &'a u8>, matching: u8, other: u8) -> bool {
    let mut depth = 0_usize;
    !bytes.any(|byte| {
        if *byte == other {
            depth += 1;
        } else if *byte == matching {
            if depth == 0 {
                return true;
            }
            depth -= 1;
        }
        false
    })
}

/// What is wrong with the beginning of a macro, given its plain text.
fn flaw_of(text: &str, vocabulary: &Vocabulary) -> Option<MacroFlaw> {
    let inner = text.trim_start();
    vocabulary.targets().iter().find_map(|target| {
        let rest = after(inner, &target.prefix)?;
        let is_spaced = inner.len() < text.len() || rest.starts_with(' ');
        let colon = |character: char| matches!(character, ';' | '.' | '=' | '/' | '|' | '\u{ff1a}');
        let flaw = match rest.trim_start().strip_prefix(colon) {
            Some(_) => MacroFlaw::NoColon,
            None if is_spaced => MacroFlaw::Spaces,
            None => return None,
        };
        let rest = rest.trim_start().trim_start_matches(colon).trim_start_matches(':').trim_start();
        target.command(first_word(rest)).map(|_| flaw)
    })
}

/// Whether a text starts with `dd:` and the name of something that a link can open.
fn starts_macro(text: &str, vocabulary: &Vocabulary) -> bool {
    vocabulary.targets().iter().any(|target| {
        let rest = after(text, &target.prefix).and_then(|rest| rest.trim_start().strip_prefix(':'));
        rest.is_some_and(|rest| target.command(first_word(rest.trim_start())).is_some())
    })
}

fn after<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let head = text.get(..prefix.len()).filter(|head| head.eq_ignore_ascii_case(prefix))?;
    Some(&text[head.len()..])
}

fn first_word(text: &str) -> &str {
    text.split(|character: char| !(character.is_alphanumeric() || matches!(character, '_' | '-')))
        .next()
        .unwrap_or_default()
}

fn without_tags(text: &str) -> Cow<'_, str> {
    if !text.contains('<') {
        return Cow::Borrowed(text);
    }
    let mut in_tag = false;
    let is_text = |character: &char| {
        let was_in_tag = in_tag;
        in_tag = *character == '<' || in_tag && *character != '>';
        !in_tag && !was_in_tag
    };
    Cow::Owned(text.chars().filter(is_text).collect())
}

fn decoded(text: &str) -> Cow<'_, str> {
    let read = htmlize::unescape(text);
    match read.contains("%3A") || read.contains("%3a") {
        true => Cow::Owned(read.replacen("%3A", ":", 1).replacen("%3a", ":", 1)),
        false => read,
    }
}

/// A macro in other brackets around `dd:`, or without its first bracket.
pub(super) fn other_brackets_at(
    bytes: &[u8],
    from: usize,
    at: usize,
    place: Place,
    vocabulary: &Vocabulary,
) -> Option<Span> {
    let before = bytes.get(from.max(at.saturating_sub(8))..at)?;
    let before = before.trim_ascii_end();
    let pair = PAIRS.iter().find(|(open, _)| before.ends_with(open.as_bytes()));
    let is_tag = pair.is_some_and(|(open, _)| *open == "<");
    if !(place.is_visible() || is_tag && place == Place::Markup) {
        return None;
    }
    let window = &bytes[at..bytes.len().min(at + LIMIT)];
    let stop = window.iter().position(|byte| b"[]<>{}()\r\n".contains(byte)).unwrap_or(window.len());
    let text = std::str::from_utf8(&window[..stop]).ok()?;
    if !starts_macro(text, vocabulary) {
        return None;
    }
    match pair {
        Some((open, close)) => {
            let until = window.len().min(stop + close.len());
            let mut end = at + memchr::memmem::find(&window[..until], close.as_bytes())? + close.len();
            let mut start = from.max(at.saturating_sub(8)) + before.len() - open.len();
            // `{{dd:ticket}}`
            while start >= from + open.len()
                && bytes[start - open.len()..].starts_with(open.as_bytes())
                && bytes[end..].starts_with(close.as_bytes())
            {
                start -= open.len();
                end += close.len();
            }
            Some(Span::new(start, end))
        }
        // With a word before it, it is something else: `add:ticket]`.
        None => {
            let before = &bytes[from..at];
            let is_alone = !before.last().is_some_and(|byte| byte.is_ascii_alphanumeric() || b"[;/_-.".contains(byte));
            (is_alone && window.get(stop) == Some(&b']')).then(|| Span::new(at, at + stop + 1))
        }
    }
}
