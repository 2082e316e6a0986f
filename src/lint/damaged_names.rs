//! Names in damaged brackets that no dialect knows: `%5Bsrnumbr%5D`, `[srnumbr<!-- x -->]`. They are parts of no document,
//! since most of what looks like them is text.

use crate::lint::Context;
use crate::parse::document::{Flaw, Part, Place};
use crate::parse::{damaged_name, is_array};
use crate::span::Span;

/// A name in brackets that are damaged, or in capitals.
pub(super) struct DamagedName {
    pub span: Span,
    pub place: Place,
    pub name: String,
    pub flaws: Vec<Flaw>,
}

impl DamagedName {
    /// What is wrong with it, besides its name, as the end of a sentence.
    pub(super) fn damage(&self, cx: &Context<'_>) -> &'static str {
        let has = |flaw| self.flaws.contains(&flaw);
        match () {
            () if has(Flaw::SplitByTags) && has_tags(cx.slice(self.span)) => ", with formatting inside it",
            () if has(Flaw::SplitByTags) => ", with a comment inside it",
            () if has(Flaw::PercentEncoded) || has(Flaw::CharacterReferences) => ", which an editor has encoded",
            () if has(Flaw::Invisible) => ", with an invisible character in it",
            () => "",
        }
    }

    /// Whether nothing but the placeholder is lost when it is written anew.
    pub(super) fn is_replaceable(&self, cx: &Context<'_>) -> bool {
        !self.flaws.contains(&Flaw::SplitByTags) || !has_tags(cx.slice(self.span))
    }
}

/// The shortest name; shorter words are near many others.
const SHORTEST: usize = 6;

/// All of them that a reader would see, in order.
pub(super) fn damaged_names(cx: &Context<'_>) -> Vec<DamagedName> {
    let bytes = cx.bytes();
    let source = cx.document.source();
    let mut places = cx.places();
    let mut found = Vec::new();
    let mut from = 0;
    for bracket in source.brackets(|byte| matches!(byte, b'[' | b'%' | b'&')) {
        // Nearly all of these bytes are no bracket, or are in a part of the template or in a style sheet.
        if bracket < from || !may_open(&bytes[bracket..]) || cx.part_at(bracket).is_some() {
            continue;
        }
        let (place, _, limit) = places.at(bracket);
        if !place.is_visible() {
            continue;
        }
        // `\[` is a bracket that an editor has escaped.
        let escaped = bracket.checked_sub(1).filter(|before| *before >= from && bytes[*before] == b'\\');
        let read = |at: usize| damaged_name(source, at).map(|found| (at, found));
        let Some((at, (end, name, flaws))) = escaped.and_then(read).or_else(|| read(bracket)) else { continue };
        let span = Span::new(at, end);
        if name.chars().count() < SHORTEST || flaws.is_empty() && !is_capital(&name) || !is_apart(cx, span) {
            continue;
        }
        if end > limit || is_array(bytes, at, end, place) {
            continue;
        }
        // Other rules check what is in a link of the portal.
        let links = cx.document.links();
        let link = links.get(links.partition_point(|link| link.span.end <= span.start));
        if link.is_some_and(|link| link.span.covers(span) && cx.portal_link(*link).is_some()) {
            continue;
        }
        from = end;
        found.push(DamagedName { span, place, name, flaws });
    }
    found
}

/// Whether a text may begin with a bracket, as such or encoded.
fn may_open(text: &[u8]) -> bool {
    match text {
        [b'[', ..] => true,
        [b'%', b'5', b'b' | b'B', ..] | [b'%', b'2', b'5', b'5', b'b' | b'B', ..] => true,
        [b'&', b'a', b'm', b'p', b';', rest @ ..] | [b'&', rest @ ..] => match rest {
            [b'#', digits @ ..] => {
                let digits = digits.strip_prefix(b"x").or_else(|| digits.strip_prefix(b"X")).unwrap_or(digits);
                let zeros = digits.iter().take(8).take_while(|digit| **digit == b'0').count();
                matches!(digits[zeros..], [b'9', b'1', ..] | [b'5', b'b' | b'B', ..])
            }
            [b'l' | b'L', b'b' | b'B' | b's' | b'S', ..] => true,
            _ => false,
        },
        _ => false,
    }
}

/// `SRNUMBR`, `SRNumbr`: a word of a text has one capital at most.
fn is_capital(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_alphanumeric()) && name.bytes().filter(u8::is_ascii_uppercase).count() > 1
}

/// Whether no part of the template is at a place.
fn is_apart(cx: &Context<'_>, span: Span) -> bool {
    let is_around = |part: &Part| part.span.end > span.start;
    cx.document.parts_in(span).is_empty() && !cx.part_at(span.start as usize).is_some_and(is_around)
}

/// Whether a span contains tags, and not just comments.
fn has_tags(bytes: &[u8]) -> bool {
    memchr::memchr_iter(b'<', bytes).any(|at| !bytes[at..].starts_with(b"<!--") || bytes[at..].starts_with(b"<!--["))
}
