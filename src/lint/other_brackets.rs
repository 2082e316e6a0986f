//! Names in brackets of another kind, or in square brackets that are encoded in a way that the parser does not look for:
//! `{srnumber}`, `［srnumber］`, `&#37;5Bsrnumber&#37;5D`, `srnumber]`.

use crate::diagnostic::{Diagnostic, Safety};
use crate::lint::names::{How, OtherBrackets};
use crate::lint::{Context, placeholders};
use crate::parse::document::{AttributeRole, Place};
use crate::parse::is_array;
use crate::source::layers::Layers;
use crate::source::look_alike;
use crate::span::Span;
use crate::vocabulary::{Shape, ValueKind};

impl OtherBrackets {
    /// The finding about it, with the edits that write it correctly. In another vendor's link, only the number of a record
    /// is certainly meant for the PSA.
    pub(super) fn write(&self, cx: &Context<'_>, finding: Diagnostic, safety: Safety) -> Diagnostic {
        let found = self.right.as_deref().and_then(|right| Some((right, cx.dialect().find(right)?)));
        let Some((right, known)) = found else {
            return finding.help(format!("{} has no such placeholder: write its own", cx.dialect().title));
        };
        let is_id = matches!(cx.dialect().placeholder(known).kind, ValueKind::Id | ValueKind::Number);
        let is_foreign = matches!(self.place, Place::Attribute(at) if at.role != AttributeRole::Other);
        let safety = if is_foreign && !is_id { safety.min(Safety::Suggested) } else { safety };
        let right = format!("[{right}]");
        let title = format!("write `{right}`");
        finding.help(title.clone()).fix(title, safety, placeholders::write(self.place, self.span, right))
    }
}

/// The longest name with its brackets, as it may be encoded.
const LIMIT: usize = 400;

/// The longest name.
const NAME: usize = 98;

/// The shortest name of one word; shorter ones are words of a text.
pub(super) const SHORTEST: usize = 6;

/// The brackets in which a name may be, each with what closes it.
const PAIRS: [(char, char); 8] =
    [('[', ']'), ('{', '}'), ('<', '>'), ('«', '»'), ('‹', '›'), ('「', '」'), ('《', '》'), ('(', ')')];

/// A bracket as it looks.
fn seen(character: char) -> char {
    look_alike::ascii(character).unwrap_or(character)
}

/// Whether a character is an opening bracket, or looks like one.
pub(super) fn is_opening(character: char) -> bool {
    let character = seen(character);
    PAIRS.iter().any(|(open, _)| *open == character)
}

/// The name in brackets that begin at a byte.
pub(super) fn at_opening(cx: &Context<'_>, at: usize, limit: usize, place: Place) -> Option<OtherBrackets> {
    let source = cx.document.source();
    let window = cx.bytes().get(at..limit.min(at + LIMIT))?;
    // Neither a tag nor the end of a line is in a name.
    let stop = window.iter().skip(1).position(|byte| b"<>\"\r\n".contains(byte)).map_or(window.len(), |stop| stop + 1);
    let layers = Layers::of(source, Span::new(at, at + stop));
    let text = layers.text();
    let first = text.chars().next()?;
    let (open, close) = PAIRS.into_iter().find(|(open, _)| *open == seen(first))?;
    let count = text.chars().take_while(|character| *character == first).count();
    let inside = count * first.len_utf8();
    let is_closing = |character| {
        let character = seen(character);
        character == close || character == ']' || open == '[' && matches!(character, '}' | ')')
    };
    let Some(length) = text[inside..].find(is_closing) else {
        return if open == '[' && count == 1 { never_closed(cx, &layers, inside, place) } else { None };
    };
    let name = text[inside..inside + length].trim();
    let closing = text[inside + length..].chars().take(count);
    let end = inside + length + closing.take_while(|next| seen(*next) == close).map(char::len_utf8).sum::<usize>();
    let end = end.max(inside + length + text[inside + length..].chars().next()?.len_utf8());
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    let name = look_alike::as_ascii(&name).unwrap_or(name);
    let is_square = open == '[';
    // A single `{` may be half of another product's, and `((` or `[[` are reported otherwise.
    if count > 3 || !is_square && (count > 1 && open == '{' || name.len() > NAME) {
        return None;
    }
    let right = known(cx, &name);
    if right.is_none() && !(is_square && may_be_misspelt(&name)) {
        // What closes it may belong to another one.
        return if is_square { never_closed(cx, &layers, inside, place) } else { None };
    }
    let span = layers.span(0..end);
    // The name of a parameter, which another site reads.
    if is_array(cx.bytes(), at, span.end as usize, place) {
        return None;
    }
    let is_encoded = !first.is_ascii() || cx.slice(span).first() != Some(&(first as u8));
    let how = match () {
        () if !is_square => How::Other,
        () if !first.is_ascii() => How::LookAlike,
        () if is_encoded => How::Encoded,
        () => return None,
    };
    // In a sentence, parentheses are parentheses.
    let is_address = matches!(place, Place::Attribute(at) if at.role != AttributeRole::Other);
    (open != '(' || is_address).then_some(OtherBrackets { span, place, name, right, how })
}

/// `%5Bsrnumber is open`: an encoded bracket before a known name, and no second one.
fn never_closed(cx: &Context<'_>, layers: &Layers, start: usize, place: Place) -> Option<OtherBrackets> {
    let text = &layers.text()[start..];
    let is_letter = |character: char| character.is_alphanumeric() || matches!(character, '_' | '-');
    let ends = text.char_indices().filter(|(_, character)| !is_letter(*character)).map(|(end, _)| end);
    let ends: Vec<usize> = ends.chain([text.len()]).take_while(|end| *end <= NAME).collect();
    let end = ends.into_iter().rev().find(|end| {
        let name = &text[..*end];
        cx.dialect().find(name).is_some_and(|found| is_name(cx, name, found.placeholder))
    })?;
    let name = text[..end].to_owned();
    let span = layers.span(0..start + end);
    Some(OtherBrackets { span, place, right: Some(name.clone()), name, how: How::NoLast })
}

/// The name before a `]` that nothing opens: `srnumber]`, `Ticket: ID]`, `srnumber%5D`.
pub(super) fn at_closing(
    cx: &Context<'_>,
    at: usize,
    length: usize,
    from: usize,
    place: Place,
) -> Option<OtherBrackets> {
    let bytes = cx.bytes();
    let from = match place {
        Place::Attribute(attribute) => from.max(attribute.value.start as usize),
        _ => from,
    };
    let before = bytes.get(from.max(at.saturating_sub(3 * NAME))..at)?;
    // Something else opens it, or a part of the template ends before it.
    let stop = before.iter().rposition(|byte| b"[]<>{}()\r\n".contains(byte));
    if stop.is_some_and(|stop| matches!(before[stop], b'[' | b'{' | b'(' | b']')) || is_opened(before) {
        return None;
    }
    let before = &before[stop.map_or(0, |stop| stop + 1)..];
    let before = &before[before.len().saturating_sub(NAME)..];
    let text = std::str::from_utf8(before).ok()?;
    let is_letter = |character: char| character.is_alphanumeric() || matches!(character, '_' | '-');
    let is_start = |index: usize| !text[..index].ends_with(is_letter) && text[index..].starts_with(char::is_alphabetic);
    let mut starts = text.char_indices().map(|(index, _)| index).filter(|index| is_start(*index));
    let start = starts.find(|start| {
        let name = &text[*start..];
        cx.dialect().find(name).is_some_and(|found| is_name(cx, name, found.placeholder))
    })?;
    let span = Span::new(at - (text.len() - start), at + length);
    let name = text[start..].to_owned();
    Some(OtherBrackets { span, place, right: Some(name.clone()), name, how: How::NoFirst })
}

/// Whether an encoded bracket is open at the end of a text.
fn is_opened(before: &[u8]) -> bool {
    [&b"%5B"[..], b"%5b", b"&#91;", b"&lbrack;", b"&lsqb;", b"=5B"]
        .iter()
        .any(|open| memchr::memmem::rfind(before, open).is_some())
}

/// Whether a name is so much one of a PSA that it is not a word of a text.
fn is_name(cx: &Context<'_>, name: &str, placeholder: u32) -> bool {
    let known = cx.dialect().placeholders().get(placeholder as usize);
    let exists = known.is_some_and(|known| known.use_instead.is_none() && !known.is_pattern());
    exists && (cx.dialect().shape == Shape::Set || name.len() >= SHORTEST)
}

/// The right spelling of a name that a PSA knows, first that of the template.
pub(super) fn known(cx: &Context<'_>, name: &str) -> Option<String> {
    if name.len() < SHORTEST && !name.contains(':') {
        return None;
    }
    let own = cx.dialect().find_folded(name).filter(|(found, _)| is_name(cx, name, found.placeholder));
    let seen = || cx.dialect().seen_as(name, &cx.settings.language).filter(|_| name.contains(':')).map(str::to_owned);
    let others = || {
        cx.vocabulary.dialects().iter().find_map(|dialect| {
            let found = dialect.find(name)?;
            let exists = dialect.placeholder(found).use_instead.is_none() && !dialect.placeholder(found).is_pattern();
            exists.then(|| name.to_owned())
        })
    };
    own.map(|(_, right)| right).or_else(seen).or_else(others)
}

/// Whether it is worth looking for a name that is close.
fn may_be_misspelt(name: &str) -> bool {
    let is_word = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    name.chars().count() >= SHORTEST && name.starts_with(char::is_alphabetic) && (is_word || name.contains(": "))
}
