//! What is around a macro in the address of a link, and what the macro becomes inside the address of another site.
//!
//! ```text
//! href="BEFORE[dd:ticket]AFTER": both empty, `&name=value` after it, or a parameter of another site's address
//! ```

use super::Expansion;
use crate::diagnostic::Diagnostic;
use crate::invisible::is_invisible;
use crate::lint::glued::is_noise;
use crate::lint::is_word_of_html;
use crate::lint::rules::{macro_not_expandable, scheme_before_placeholder};
use crate::parse::deep_link::{Label, label, opens_pages, percent_decode};
use crate::parse::document::{AttributePlace, AttributeRole, Part, PartKind};
use crate::span::Span;

/// What an address in front of a macro makes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Front {
    /// Nothing: the macro is the address.
    Nothing,
    /// The macro is a value, or the end of one, in the query of another address.
    Parameter,
    /// Another rule reports what is in front of it.
    Reported,
    /// It would become part of the address of another site, or of a mailbox.
    Address,
    /// Text that may be deleted without a thought.
    Words,
    /// Any other text.
    Other,
}

/// The longest text in front of a macro or after it that is read. An address may contain thousands of macros.
const LONGEST: usize = 2048;

impl Expansion<'_, '_, '_> {
    /// What is wrong with the text next to a macro in an address.
    pub(super) fn around(&self, span: Span, attribute: AttributePlace) -> Option<Diagnostic> {
        let value = attribute.value;
        let before = Span { start: value.start, end: span.start.max(value.start) };
        let after = Span { start: span.end.min(value.end), end: value.end };
        if self.document.source().bytes().get(before.range()).is_some_and(|before| before.ends_with(b"://")) {
            return Some(scheme_before_placeholder::before_macro(span));
        }
        if attribute.role == AttributeRole::Other || !value.covers(span) || before.len() > LONGEST {
            return None;
        }
        // What is longer neither means nothing nor begins with anything else.
        let is_cut = after.len() > LONGEST;
        let after = Span { end: after.end.min(after.start.saturating_add(LONGEST as u32)), ..after };
        let [text_before, text_after] = [before, after].map(|side| {
            // Another rule reports invisible characters.
            let text = htmlize::unescape_attribute(self.document.text(side)).replace(is_invisible, "");
            text.trim().to_owned()
        });
        let front = self.front(before, &text_before);
        // Another rule reports quotes around it, or in front of it.
        let are_quotes = |text: &str| !text.is_empty() && text.chars().all(|next| matches!(next, '"' | '\'' | '\\'));
        let means_nothing = |text: &str, is_before| !text.is_empty() && is_noise(text, is_before);
        if means_nothing(&text_before, true) && !are_quotes(&text_before) {
            return Some(macro_not_expandable::beside_noise(span, &self.document.text(before), before));
        }
        let is_quoted = are_quotes(&text_before) && are_quotes(&text_after);
        if means_nothing(&text_after, false) && !is_cut && !is_quoted && front != Front::Parameter {
            return Some(macro_not_expandable::beside_noise(span, &self.document.text(after), after));
        }
        if attribute.role != AttributeRole::Link {
            return None;
        }
        let words = |is_sure| Some(macro_not_expandable::after_words(span, &text_before, before, is_sure));
        match front {
            Front::Words => return words(true),
            Front::Other => return words(false),
            Front::Address => return Some(macro_not_expandable::in_other_address(span)),
            Front::Nothing | Front::Parameter | Front::Reported => {}
        }
        let goes_on = match front {
            Front::Parameter => {
                !text_after.is_empty() && !text_after.starts_with(['&', '#']) && !ends_word(&text_before, &text_after)
            }
            Front::Reported => false,
            _ => !text_after.is_empty() && !is_parameter(&text_after),
        };
        goes_on.then(|| macro_not_expandable::before_text(span, &text_after))
    }

    /// Whether a macro is in a parameter of another address.
    pub(super) fn is_in_parameter(&self, span: Span, attribute: AttributePlace) -> bool {
        let before = Span { start: attribute.value.start, end: span.start.max(attribute.value.start) };
        if attribute.role != AttributeRole::Link || before.is_empty() || before.len() > LONGEST {
            return false;
        }
        let text = htmlize::unescape_attribute(self.document.text(before));
        self.front(before, text.trim()) == Front::Parameter
    }

    fn front(&self, before: Span, text: &str) -> Front {
        if text.is_empty() {
            return Front::Nothing;
        }
        if let Some(front) = of_parameter(text) {
            return front;
        }
        // A word of HTML, quotes, or another macro, about which there is a finding already.
        let is_reported = is_word_of_html(text) || text.starts_with(['"', '\'', '\\', '\u{201c}', '<', '(']);
        let is_macro = |part: &Part| matches!(part.kind, PartKind::LinkMacro(_) | PartKind::BrokenMacro(_));
        if is_reported || self.document.parts_in(before).iter().any(is_macro) || opens_pages(text) {
            return Front::Reported;
        }
        let spaced = htmlize::unescape_attribute(self.document.text(before));
        match label(&percent_decode(&spaced)) {
            Some(Label::Words) => Front::Words,
            _ => Front::Other,
        }
    }
}

/// What the address of a page or a mailbox in front of a macro makes of it; `None` if the text is not such an address.
fn of_parameter(before: &str) -> Option<Front> {
    let lower = before.to_ascii_lowercase();
    let is_mailbox = lower.starts_with("mailto:");
    if !is_mailbox && !["https://", "http://", "//"].iter().any(|scheme| lower.starts_with(scheme)) {
        return None;
    }
    let Some((_, query)) = lower.split_once('?').filter(|_| !lower.contains('#')) else { return Some(Front::Address) };
    let pair = query.rsplit('&').next().unwrap_or_default();
    let Some((key, value)) = pair.split_once('=').filter(|(key, _)| !key.is_empty()) else {
        return Some(Front::Address);
    };
    // Only the text of a message may contain more than the link.
    let is_right = if is_mailbox { key == "body" } else { value.is_empty() };
    Some(if is_right { Front::Parameter } else { Front::Address })
}

/// Whether the text of a message goes on with another word: `body=[dd:ticket]%0AThank you`.
fn ends_word(before: &str, after: &str) -> bool {
    before.to_ascii_lowercase().starts_with("mailto:")
        && percent_decode(after).starts_with(|next: char| next.is_whitespace() || ")>\"".contains(next))
}

/// Whether a text begins with another parameter of the link.
fn is_parameter(text: &str) -> bool {
    let pair = text.strip_prefix('&').and_then(|rest| rest.split('&').next()).unwrap_or_default();
    pair.split_once('=').is_some_and(|(key, _)| !key.is_empty()) && !text.contains(['#', '?'])
}

/// A link as the value of a parameter; placeholders stay as they are.
pub(super) fn encoded(url: &str) -> String {
    let mut out = String::with_capacity(url.len() * 2);
    let mut in_token = false;
    for character in url.chars() {
        in_token = character == '[' || in_token && character != ']';
        let is_kept = in_token || character == ']' || character.is_ascii_alphanumeric() || "-._~".contains(character);
        match is_kept {
            true => out.push(character),
            false => out.extend(character.to_string().bytes().map(|byte| format!("%{byte:02X}"))),
        }
    }
    out
}
