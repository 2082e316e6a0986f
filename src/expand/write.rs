//! What a macro becomes, depending on where it is.

use std::borrow::Cow;
use std::sync::Arc;

use super::arguments::Checked;
use super::in_address::encoded;
use super::neighbours::is_whole_value;
use super::{Expansion, INVALID_BYTE};
use crate::expand::look::{Branch, Look};
use crate::html::open_elements::Surroundings;
use crate::html::scan::Quote;
use crate::interned::intern;
use crate::lint::rules::{macro_not_expandable, unquoted_placeholder};
use crate::parse::deep_link::{self, Ampersand};
use crate::parse::document::{AttributePlace, AttributeRole, Part, PartKind, Piece, Place};
use crate::source::edit::Edit;
use crate::span::Span;

impl<'v> Expansion<'_, '_, 'v> {
    /// Writes a macro whose words are correct.
    pub(super) fn write(&mut self, part: &Part, checked: &Checked<'v>, around: Surroundings) {
        let wrong = checked.text.as_ref().filter(|_| part.place == Place::Text).and_then(|text| {
            let lower = text.text.to_ascii_lowercase();
            let in_comment = part.conditional || checked.look == Look::Button;
            let ends_comment = in_comment && (lower.contains("--") && lower.contains('>') || lower.contains("<!"));
            let has_anchor = ["<a ", "<a>", "</a", "<a\t", "<a\n"].iter().any(|tag| lower.contains(tag));
            if ends_comment {
                Some(macro_not_expandable::ends_comment(part.span))
            } else {
                has_anchor.then(|| macro_not_expandable::around_anchor(part.span))
            }
        });
        if let Some(diagnostic) = wrong {
            self.rewritten.diagnostics.push(diagnostic);
            return;
        }
        let ampersand = self.settings.ampersand;
        let url = deep_link::escape(&checked.url, ampersand);
        let text = match part.place {
            Place::PlainText => {
                let text = checked.text.as_ref().map_or(Cow::Borrowed(checked.command.text.as_str()), |text| {
                    Cow::Owned(htmlize::unescape(&*text.text).into_owned())
                });
                checked.look.text(&checked.url, &text).into()
            }
            Place::Attribute(attribute) => {
                if let Some(diagnostic) = self.around(part.span, attribute) {
                    self.rewritten.diagnostics.push(diagnostic);
                    return;
                }
                if self.leads_astray(part, checked, attribute.value) {
                    return;
                }
                let url = if self.is_in_parameter(part.span, attribute) { &encoded(&checked.url) } else { &url };
                match self.attribute_text(part, attribute, url) {
                    Some(text) => text.into(),
                    None => return,
                }
            }
            Place::Text if around.anchor.is_none() && !around.takes_no_link => {
                let branch = if part.conditional {
                    Branch::Outlook
                } else if around.revealed {
                    Branch::Others
                } else {
                    Branch::Everyone
                };
                if let Some(piece) = checked.text.as_ref().filter(|text| text.text.contains(INVALID_BYTE)) {
                    return self.around_bytes(part, piece, checked, &url);
                }
                self.html(part, checked, &url, branch)
            }
            _ => url.into(),
        };
        let can_be_clicked = match part.place {
            Place::Text => around.anchor.is_none() && !around.takes_no_link,
            Place::Attribute(attribute) => {
                attribute.role == AttributeRole::Link && is_whole_value(self.document, part.span, attribute)
            }
            _ => false,
        };
        self.has_ticket_link |= checked.opens_ticket && can_be_clicked && !part.conditional;
        self.push(part.span, text, checked.url.clone());
    }

    /// The HTML for a macro in text.
    pub(super) fn html(&mut self, part: &Part, checked: &Checked<'_>, url: &str, branch: Branch) -> Arc<str> {
        if !self.writes {
            // Callers only check whether there is a tag.
            return intern("<");
        }
        let write = || {
            let text = checked.text.as_ref().map_or_else(
                || deep_link::escape(&checked.command.text, Ampersand::Escaped),
                |text| text.text.to_string(),
            );
            checked.look.html(url, &text, &self.settings.color, branch)
        };
        match self.macros.find_mut(self.document, part) {
            Some(known) => known.html(branch).get_or_insert_with(|| write().into()).clone(),
            None => write().into(),
        }
    }

    /// Writes a link whose text contains invalid bytes: the tags go around them, and they stay.
    pub(super) fn around_bytes(&mut self, part: &Part, piece: &Piece, checked: &Checked<'_>, url: &str) {
        let html = checked.look.html(url, "\0", &self.settings.color, Branch::Everyone);
        let Some((before, after)) = html.split_once('\0').filter(|_| checked.look == Look::Link) else {
            self.rewritten.diagnostics.push(macro_not_expandable::has_invalid_bytes(piece.span));
            return;
        };
        let (before, after) = (before.to_owned(), after.to_owned());
        self.has_ticket_link |= checked.opens_ticket && !part.conditional;
        self.rewritten.edits.push(Edit::new(Span { start: part.span.start, end: piece.span.start }, before));
        self.expanded(part.span, checked.url.clone());
        self.rewritten.edits.push(Edit::new(Span { start: piece.span.end, end: part.span.end }, after));
    }

    /// The text for an attribute; an unquoted value that it would break gets quotes.
    pub(super) fn attribute_text(&mut self, part: &Part, attribute: AttributePlace, url: &str) -> Option<String> {
        if self.is_beside_damage(attribute.value) {
            self.rewritten.diagnostics.push(macro_not_expandable::beside_damage(part.span));
            return None;
        }
        let quote = match attribute.quote {
            Quote::Single => '\'',
            Quote::Double => '"',
            Quote::None => {
                let bytes = self.document.source().bytes();
                let ends =
                    bytes.get(part.span.end as usize).is_none_or(|byte| byte.is_ascii_whitespace() || *byte == b'>');
                if attribute.value.start == part.span.start && ends {
                    return Some(format!("\"{url}\""));
                }
                let is_whole = attribute.value.covers(part.span) && !url.contains([' ', '\'', '`', '=', '"']);
                if !is_whole && attribute.value.covers(part.span) {
                    let Span { start, end } = attribute.value;
                    if self.quoted.replace(attribute.value) == Some(attribute.value) {
                        return Some(url.to_owned());
                    }
                    self.rewritten.edits.push(Edit::new(Span { start, end: start }, "\""));
                    self.rewritten.edits.push(Edit::new(Span { start: end, end }, "\""));
                } else if !is_whole {
                    self.rewritten.diagnostics.push(unquoted_placeholder::of_macro(part.span));
                    return None;
                }
                return Some(url.to_owned());
            }
        };
        if url.contains(quote) {
            self.rewritten.diagnostics.push(macro_not_expandable::holds_quote(part.span, quote));
            return None;
        }
        Some(url.to_owned())
    }

    /// Whether a value contains a damaged placeholder beside something that is not damaged.
    pub(super) fn is_beside_damage(&mut self, value: Span) -> bool {
        if let Some((known, is_damaged)) = self.damaged
            && known == value
        {
            return is_damaged;
        }
        let parts = self.document.parts_in(value);
        let is_damaged = parts.len() > 1 && parts.iter().any(|part| matches!(part.kind, PartKind::Malformed(_)));
        self.damaged = Some((value, is_damaged));
        is_damaged
    }
}
