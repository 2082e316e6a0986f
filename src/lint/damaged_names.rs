//! Names in damaged brackets that no dialect knows: `%5Bsrnumbr%5D`, `[srnumbr<!-- x -->]`. They are parts of no document,
//! since most of what looks like them is text.

use crate::lint::Context;
use crate::lint::names::{DamagedName, DamagedNames, OtherBrackets};
use crate::lint::other_brackets;
use crate::parse::document::{Flaw, Part, Place};
use crate::parse::{damaged_name, is_array};
use crate::span::Span;

impl DamagedName {
    /// What is wrong with it, besides its name, as the end of a sentence.
    pub(super) fn damage(&self, cx: &Context<'_>) -> &'static str {
        let has = |flaw| self.flaws.contains(&flaw);
        match () {
            () if has(Flaw::SplitByTags) && has_tags(cx.slice(self.span)) => ", with formatting inside it",
            () if has(Flaw::SplitByTags) => ", with a comment inside it",
            () if has(Flaw::PercentEncoded) || has(Flaw::CharacterReferences) => ENCODED,
            () if has(Flaw::LookAlike) => ", with a character in it that only looks like the right one",
            () if has(Flaw::Invisible) => ", with an invisible character in it",
            () => "",
        }
    }

    /// Whether nothing but the placeholder is lost when it is written anew.
    pub(super) fn is_replaceable(&self, cx: &Context<'_>) -> bool {
        !self.flaws.contains(&Flaw::SplitByTags) || !has_tags(cx.slice(self.span))
    }
}

/// How encoded brackets are called at the end of a sentence.
pub(super) const ENCODED: &str = ", which an editor has encoded";

/// The longest name.
const LONGEST: usize = 98;

/// The shortest name; shorter words are near many others.
const SHORTEST: usize = 6;

/// In how many places of a file a name in other brackets is looked for.
const TRIES: usize = 10_000;

/// The names in a template, found on first use.
pub(super) fn damaged_names<'c>(cx: &'c Context<'_>) -> &'c DamagedNames {
    cx.damaged_names.get_or_init(|| Search { names: DamagedNames::default(), tries: 0 }.all(cx))
}

struct Search {
    names: DamagedNames,
    tries: usize,
}

impl Search {
    fn all(mut self, cx: &Context<'_>) -> DamagedNames {
        self.of_encoded(cx);
        self.of_brackets(cx);
        self.of_quoted_printable(cx);
        self.of_characters(cx);
        let Search { mut names, .. } = self;
        names.other.sort_by_key(|found| found.span);
        names.other.dedup_by(|later, earlier| later.span.start < earlier.span.end);
        names
    }

    /// After a bracket, or a byte that may be a part of an encoded one.
    fn of_encoded(&mut self, cx: &Context<'_>) {
        let bytes = cx.bytes();
        let mut places = cx.places();
        let mut from = 0;
        for at in cx.document.source().brackets(|byte| matches!(byte, b'[' | b'%' | b'&')) {
            // Nearly all of these bytes are not a bracket, or are in a part of the template or in a style sheet.
            let may_be_other = || may_open_other(&bytes[at..]);
            let closing = closing_length(&bytes[at..]);
            let may_be = closing > 0 || may_open(&bytes[at..]) || may_be_other();
            if at < from || !may_be || cx.part_at(at).is_some() {
                continue;
            }
            let (place, _, limit) = places.at(at);
            if !place.is_visible() {
                continue;
            }
            if closing > 0 {
                let end = self.push(cx, |cx| other_brackets::at_closing(cx, at, closing, from, place));
                from = from.max(end);
                continue;
            }
            if let Some(found) = damaged_at(cx, at, from, limit, place) {
                from = found.span.end as usize;
                self.names.damaged.push(found);
            } else if bytes[at] != b'[' {
                from = from.max(self.push(cx, |cx| other_brackets::at_opening(cx, at, limit, place)));
            }
        }
    }

    /// After `{` and an escape, and before `]`.
    fn of_brackets(&mut self, cx: &Context<'_>) {
        let bytes = cx.bytes();
        let mut places = cx.places();
        let mut from = 0;
        for at in cx.document.source().brackets(|byte| matches!(byte, b'{' | b']' | b'\\')) {
            let before = at.checked_sub(1).map(|before| bytes[before]);
            let after = bytes.get(at + 1).copied().unwrap_or_default();
            let may_be = match bytes[at] {
                b'{' => {
                    (after.is_ascii_alphabetic() || after == b' ')
                        && !before.is_some_and(|before| b"{$#%".contains(&before))
                }
                b']' => before.is_some_and(|before| !before.is_ascii_whitespace()),
                _ => matches!(after, b'u' | b'x'),
            };
            if at < from || !may_be || cx.part_at(at).is_some() {
                continue;
            }
            let (place, _, limit) = places.at(at);
            if !place.is_visible() {
                continue;
            }
            let end = self.push(cx, |cx| match bytes[at] {
                b']' => other_brackets::at_closing(cx, at, 1, from, place),
                _ => other_brackets::at_opening(cx, at, limit, place),
            });
            from = from.max(end);
        }
    }

    /// `=5Bsrnumber=5D`: a mail server encodes its messages like this.
    fn of_quoted_printable(&mut self, cx: &Context<'_>) {
        let mut places = cx.places();
        for at in memchr::memmem::find_iter(cx.bytes(), b"=5B") {
            let (place, _, limit) = places.at(at);
            if place.is_visible() {
                self.push(cx, |cx| other_brackets::at_opening(cx, at, limit, place));
            }
        }
    }

    /// After brackets that are beyond ASCII.
    fn of_characters(&mut self, cx: &Context<'_>) {
        let bytes = cx.bytes();
        if !cx.document.source().is_utf8() || cx.is_ascii(Span::new(0, bytes.len())) {
            return;
        }
        self.of_opening(cx, memchr::memchr3_iter(0xC2, 0xE2, 0xE3, bytes));
        self.of_opening(cx, memchr::memchr_iter(0xEF, bytes));
    }

    fn of_opening(&mut self, cx: &Context<'_>, positions: impl Iterator<Item = usize>) {
        let bytes = cx.bytes();
        let mut places = cx.places();
        for at in positions {
            let character = bytes[at..bytes.len().min(at + 3)].utf8_chunks().next().map_or("", |chunk| chunk.valid());
            if !character.starts_with(other_brackets::is_opening) {
                continue;
            }
            let (place, _, limit) = places.at(at);
            if place.is_visible() {
                self.push(cx, |cx| other_brackets::at_opening(cx, at, limit, place));
            }
        }
    }

    /// Keeps a name in other brackets, unless another rule looks at it; returns its end.
    fn push(&mut self, cx: &Context<'_>, find: impl FnOnce(&Context<'_>) -> Option<OtherBrackets>) -> usize {
        self.tries += 1;
        let found = if self.tries > TRIES { None } else { find(cx) };
        let Some(found) = found.filter(|found| is_apart(cx, found.span) && !is_in_portal_link(cx, found.span)) else {
            return 0;
        };
        let end = found.span.end as usize;
        self.names.other.push(found);
        end
    }
}

/// A name in damaged square brackets at a byte, or one byte earlier.
fn damaged_at(cx: &Context<'_>, at: usize, from: usize, limit: usize, place: Place) -> Option<DamagedName> {
    let bytes = cx.bytes();
    // `\[` is a bracket that an editor has escaped.
    let escaped = at.checked_sub(1).filter(|before| *before >= from && bytes[*before] == b'\\');
    let read = |at: usize| damaged_name(cx.document.source(), at).map(|found| (at, found));
    let Some((at, (end, name, flaws))) = escaped.and_then(read).or_else(|| read(at)) else {
        return other_sign(cx, at, place);
    };
    let span = Span::new(at, end);
    if name.chars().count() < SHORTEST || flaws.is_empty() && !is_capital(&name) || !is_apart(cx, span) {
        return None;
    }
    let is_other = end > limit || is_array(bytes, at, end, place) || is_in_portal_link(cx, span);
    (!is_other).then_some(DamagedName { span, place, name, flaws })
}

/// `[Ticket|ID]`, `[%srnumber%]`: a name with signs in it or around it that no name has.
fn other_sign(cx: &Context<'_>, at: usize, place: Place) -> Option<DamagedName> {
    let bytes = cx.bytes();
    let window = bytes.get(at + 1..bytes.len().min(at + LONGEST)).filter(|_| bytes[at] == b'[')?;
    let length = window.iter().position(|byte| b"[]<>\"\r\n".contains(byte)).filter(|at| window[*at] == b']')?;
    let name = std::str::from_utf8(&window[..length]).ok()?;
    let span = Span::new(at, at + length + 2);
    let is_name = length >= SHORTEST && name.contains(|sign: char| !sign.is_alphanumeric());
    cx.dialect().seen_as(name, &cx.settings.language).filter(|_| is_name && is_apart(cx, span))?;
    let is_other = is_array(bytes, at, span.end as usize, place) || is_in_portal_link(cx, span);
    (!is_other).then(|| DamagedName { span, place, name: name.to_owned(), flaws: Vec::new() })
}

/// Whether a span is in a link of the portal, which other rules check.
fn is_in_portal_link(cx: &Context<'_>, span: Span) -> bool {
    let links = cx.document.links();
    let link = links.get(links.partition_point(|link| link.span.end <= span.start));
    link.is_some_and(|link| link.span.covers(span) && cx.portal_link(*link).is_some())
}

/// The length of an encoded `]` at the start of a text.
fn closing_length(text: &[u8]) -> usize {
    const FORMS: [&[u8]; 6] = [b"%5D", b"%5d", b"&#93;", b"&rsqb;", b"&rbrack;", b"&#x5d;"];
    FORMS.iter().find(|form| text.starts_with(form)).map_or(0, |form| form.len())
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

/// Whether a text may begin with an encoded bracket of another kind, or with one that is encoded in another way.
fn may_open_other(text: &[u8]) -> bool {
    match text {
        [b'%', b'2', b'5', ..] => true,
        [b'%', b'5' | b'7', b'b' | b'B', ..] | [b'%', b'3', b'c' | b'C', ..] | [b'%', b'E' | b'e', ..] => true,
        [b'&', rest @ ..] => {
            let rest = rest.strip_prefix(b"amp;").unwrap_or(rest);
            if !matches!(rest.first(), Some(b'#' | b'l' | b'L' | b'p')) {
                return false;
            }
            let length = rest.iter().take(10).position(|byte| *byte == b';').map_or(0, |at| at + 1);
            let written = std::str::from_utf8(&rest[..length]).unwrap_or_default();
            let read = htmlize::unescape(format!("&{written}"));
            read.starts_with(|character| character == '%' || other_brackets::is_opening(character))
        }
        _ => false,
    }
}

/// `SRNUMBR`, `SRNumbr`, `Contact-FirstName`: a word of a text has one capital at most.
fn is_capital(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
        && name.bytes().filter(u8::is_ascii_uppercase).count() > 1
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
