//! An attribute in curly quotes, which mail programs do not treat as quotes.

use crate::diagnostic::{Diagnostic, Level, Safety};
use crate::html::scan::Quote;
use crate::lint::{Check, Context, Rewrite, Rule, Tag, TagKind, When};
use crate::source::decoded::{Decoded, References};
use crate::source::edit::Edit;
use crate::span::Span;

/// The quotes around an attribute are curly.
pub const RULE: Rule = Rule {
    name: "smart-quoted-attribute",
    level: Level::Error,
    also: &[],
    when: When::On,
    rewrite: Rewrite::Leaves,
    summary: "the quotes around an attribute are curly, so they become part of its value",
    page: include_str!("../../../fixtures/rules/smart-quoted-attribute.md"),
    checks: &[Check::Tags(TagKind::Unquoted, check)],
};

fn check(cx: &Context<'_>, tag: &Tag, found: &mut Vec<Diagnostic>) {
    if cx.is_ascii(tag.span) {
        return;
    }
    let mut text = None;
    let mut done = 0;
    for attribute in cx.attributes(tag).filter(|attribute| attribute.quote == Quote::None) {
        let Some(value) = attribute.value.filter(|_| attribute.name.start >= done) else { continue };
        let is_curly = cx.slice(value).first().is_some_and(|byte| !byte.is_ascii());
        // The quotes inside a link macro may be curly.
        if !is_curly || cx.part_at(value.start as usize).is_some() {
            continue;
        }
        let text = text.get_or_insert_with(|| Decoded::new(cx.document.source(), tag.span, References::None));
        let Some((quoted, edits)) = quoted(cx, text, value) else { continue };
        // If a quote is never closed, everything after it may be its value.
        done = if edits.is_some() { quoted.end } else { tag.span.end };
        let name = cx.document.text(attribute.name).into_owned();
        let finding = RULE
            .at(quoted, format!("the quotes around the value of `{name}` are curly, so they become part of it"))
            .help("replace them with straight quotes");
        found.push(match edits {
            Some(edits) => finding.fix("replace them with straight quotes", Safety::Safe, edits),
            None => finding,
        });
    }
}

/// A value in curly quotes, including the quotes, and the edits that straighten them if it is clear which quotes are
/// meant.
fn quoted(cx: &Context<'_>, tag: &Decoded, value: Span) -> Option<(Span, Option<Vec<Edit>>)> {
    let start = tag.range(value).start;
    let mut characters = tag.text()[start..].char_indices().map(|(at, character)| (start + at, character));
    let place = |(at, character): (usize, char)| tag.span(at..at + character.len_utf8());
    let straighten = |character: (usize, char)| straight(character.1, cx.slice(place(character)));
    let opening = characters.next()?;
    let quote = straighten(opening)?;
    let ends = |at: usize| {
        let rest = &tag.text()[at..];
        rest.is_empty() || rest.starts_with(|next: char| next.is_ascii_whitespace() || next == '>') || rest == "/>"
    };
    let closes = |character: &(usize, char)| {
        (character.1 == quote || straighten(*character) == Some(quote)) && ends(character.0 + character.1.len_utf8())
    };
    let Some(closing) = characters.find(|character| closes(character)) else { return Some((value, None)) };
    let (open, close) = (place(opening), place(closing));
    let quoted = Span { start: open.start, end: close.end };
    if tag.text()[opening.0..closing.0].contains(quote) {
        return Some((quoted, None));
    }
    // Includes the byte before it, since another rule may want to insert quotes in the same place.
    let head = Span { start: open.start - 1, end: open.end };
    let before = cx.document.text(Span { start: head.start, end: open.start });
    Some((quoted, Some(vec![Edit::new(head, format!("{before}{quote}")), Edit::new(close, quote.to_string())])))
}

/// The straight quote that a curly one stands for. Some files contain Windows-1252 bytes without declaring it.
fn straight(character: char, bytes: &[u8]) -> Option<char> {
    match (character, bytes) {
        ('“' | '”' | '„' | '‟' | '\u{93}' | '\u{94}', _) | ('\u{fffd}', [0x93 | 0x94]) => Some('"'),
        ('‘' | '’' | '‚' | '‛' | '\u{91}' | '\u{92}', _) | ('\u{fffd}', [0x91 | 0x92]) => Some('\''),
        _ => None,
    }
}
