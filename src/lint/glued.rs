//! Placeholders with something else attached where a link needs just a number: `ticket_id=[srnumber].`

use std::borrow::Cow;

use crate::lint::address_markup;
use crate::lint::placeholders::with_brackets;
use crate::parse::deep_link::{DeepLink, Field, percent_decode};
use crate::parse::document::{Document, Flaw, Part, Place};
use crate::source::edit::Edit;
use crate::span::Span;
use crate::vocabulary::{Command, Param, ParamKind};

/// The number of a record: a placeholder with something else attached.
#[derive(Debug)]
pub(crate) struct Glued<'a> {
    /// The parameter that takes the number.
    pub param: &'a Param,
    /// Its value.
    pub value: &'a Field,
    parts: &'a [Part],
}

/// Every number in a link that contains a placeholder but is not just that placeholder.
pub(crate) fn in_link<'a>(document: &'a Document, link: &'a DeepLink, command: &'a Command) -> Vec<Glued<'a>> {
    let is_id = |param: &&Param| param.kind == ParamKind::Id;
    let values = command.params.iter().filter(is_id).filter_map(|param| Some((param, link.value(&param.name)?)));
    let glued = values.filter_map(|(param, value)| {
        let parts = document.parts_in(value.span);
        let is_alone = match parts {
            [] => true,
            // One that is never closed may go on, and is reported by its own rule.
            parts if parts.iter().any(is_open) => true,
            // Brackets around it are part of its own damage.
            [part] => with_brackets(document, part, link.at.span).covers(value.span),
            _ => false,
        };
        (!is_alone).then_some(Glued { param, value, parts })
    });
    glued.collect()
}

/// A number whose placeholder comes after a `#`, which ends the parameters: `ticket_id=#[srnumber]`. Returns the
/// parameter, the span of the `#`, and the placeholder.
pub(crate) fn after_hash<'a>(
    document: &'a Document,
    link: &DeepLink,
    command: &'a Command,
) -> Option<(&'a Param, Span, &'a Part)> {
    let last = link.params.iter().rfind(|param| !param.key.text.is_empty())?;
    let param = command.param(&last.key.text).filter(|param| param.kind == ParamKind::Id)?;
    let value = last.value.as_ref().filter(|value| value.text.is_empty())?;
    let rest = link.fragment.as_ref()?.span;
    let part = document.parts_in(rest).first().filter(|part| part.span.start == rest.start)?;
    Some((param, Span { start: value.span.start, end: rest.start }, part))
}

fn is_open(part: &Part) -> bool {
    part.spelling().is_some_and(|spelling| spelling.flaws.contains(&Flaw::NeverClosed))
}

impl Glued<'_> {
    /// The placeholder, and the edits that leave it alone, where what is glued to it means nothing.
    pub(crate) fn alone(&self, document: &Document, link: &DeepLink) -> Option<(Span, Vec<Edit>)> {
        let [part] = self.parts else { return None };
        let token = with_brackets(document, part, link.at.span);
        let before = Span { start: self.value.span.start, end: token.start.max(self.value.span.start) };
        let after = Span { start: token.end.min(self.value.span.end), end: self.value.span.end };
        let means_nothing = |span: Span, is_before: bool| {
            let text = document.text(span);
            let text = match link.at.place {
                Place::PlainText | Place::Subject => text,
                _ => Cow::Owned(htmlize::unescape_attribute(text).into_owned()),
            };
            is_noise(&text, is_before)
        };
        if !means_nothing(before, true) || !means_nothing(after, false) {
            return None;
        }
        let edits = [before, after].into_iter().filter(|span| !span.is_empty());
        Some((part.span, edits.map(|span| Edit::new(span, "")).collect()))
    }
}

/// The placeholder in the value of a link macro, if what is attached to it means nothing.
pub(crate) fn token_in(value: &str) -> Option<&str> {
    let (open, close) = (value.find('[')?, value.rfind(']')?);
    let token = value.get(open..=close)?;
    let is_one = token.matches(['[', ']']).count() == 2;
    (is_one && is_noise(&value[..open], true) && is_noise(&value[close + 1..], false)).then_some(token)
}

/// The first tag in a value after percent-decoding: `<b>`.
pub(crate) fn first_tag(value: &str) -> Option<String> {
    let text = percent_decode(value);
    let first = address_markup::in_address(text.as_bytes(), Span::new(0, text.len())).first()?.span;
    text.get(first.range()).map(str::to_owned)
}

/// A text without its tags.
fn without_tags(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for tag in address_markup::in_address(text.as_bytes(), Span::new(0, text.len())).iter().filter(|tag| tag.is_whole) {
        out.push_str(text.get(done..tag.span.start as usize).unwrap_or_default());
        done = tag.span.end as usize;
    }
    out + text.get(done..).unwrap_or_default()
}

/// Whether a text has neither letters nor digits after percent-decoding and without its tags: only spaces, punctuation
/// and invisible characters. Before a placeholder, `3D` is the rest of an encoded `=` in the source of a message.
pub(crate) fn is_noise(text: &str, is_before: bool) -> bool {
    let text = without_tags(&percent_decode(text));
    let text = match text.get(text.len().saturating_sub(2)..) {
        Some(end) if is_before && end.eq_ignore_ascii_case("3D") => &text[..text.len() - 2],
        _ => &*text,
    };
    // Korean fillers count as letters, but are invisible.
    let is_filler = |character: char| matches!(character, '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}');
    text.chars().all(|character| {
        is_filler(character) || !character.is_alphanumeric() && character != char::REPLACEMENT_CHARACTER
    })
}
