//! Ticket placeholders that become links without a macro: whole addresses, and bare numbers in text.

use super::Expansion;
use super::neighbours::{is_glued, is_whole_value};
use crate::config::settings::Bare;
use crate::error::Error;
use crate::expand::look::{Branch, Look};
use crate::expand::reply_markers::ReplyMarkers;
use crate::html::open_elements::OpenElements;
use crate::lint::{foreign_placeholder as foreign, html_in_attribute};
use crate::parse::deep_link::{self, in_link};
use crate::parse::document::{AttributePlace, AttributeRole, Flaw, Part, PartKind};
use crate::span::Span;
use crate::vocabulary::ValueKind;

impl<'a> Expansion<'a, '_, '_> {
    /// Replaces a placeholder that is the whole address of a link with the address of the ticket.
    pub(super) fn whole_address(&mut self, part: &Part, attribute: AttributePlace) -> Result<(), Error> {
        if attribute.role != AttributeRole::Link || in_link(self.document, part.span).is_some() {
            return Ok(());
        }
        let is_whole = is_whole_value(self.document, part.span, attribute);
        let Some(spelling) = part.spelling().filter(|_| is_whole) else { return Ok(()) };
        let vocabulary = self.vocabulary;
        let dialect = self.settings.dialect(vocabulary);
        let Some(known) = spelling.known_in(self.settings.dialect) else { return Ok(()) };
        let placeholder = dialect.placeholder(known);
        if placeholder.kind == ValueKind::HtmlLink {
            self.rewritten.diagnostics.push(html_in_attribute(part));
            return Ok(());
        }
        let repairable = !spelling.flaws.iter().any(|flaw| matches!(flaw, Flaw::NeverClosed | Flaw::WrongCase));
        if !dialect.identifies_ticket(known) || !repairable || foreign(vocabulary, self.settings, part).is_some() {
            return Ok(());
        }
        let Some(url) = self.ticket_link()? else { return Ok(()) };
        let escaped = deep_link::escape(&url, self.settings.ampersand);
        if let Some(text) = self.attribute_text(part, attribute, &escaped) {
            self.has_ticket_link |= !part.conditional;
            self.push(part.span, text.into(), url);
        }
        Ok(())
    }

    /// Links bare ticket numbers in text. Returns the `<a>` around one that could not be linked.
    pub(super) fn bare(&mut self, parts: &[&'a Part]) -> Result<Option<Span>, Error> {
        let vocabulary = self.vocabulary;
        let dialect = self.settings.dialect(vocabulary);
        let mut open_elements = OpenElements::new(self.document);
        let mut markers = None;
        let mut inside = None;
        for part in parts {
            let PartKind::Placeholder(spelling) = &part.kind else { continue };
            let Some(known) = spelling.known_in(self.settings.dialect) else { continue };
            let right_language = known.languages & dialect.language_bit(&self.settings.language) != 0;
            if !dialect.identifies_ticket(known) || !right_language || in_link(self.document, part.span).is_some() {
                continue;
            }
            let first = self.settings.bare == Bare::First;
            if first && part.conditional {
                continue;
            }
            let around = open_elements.at(part.span.start as usize);
            if around.anchor.is_some() {
                inside = inside.or(around.anchor);
                continue;
            }
            if around.hidden || around.takes_no_link || first && around.revealed || is_glued(self.document, part.span) {
                continue;
            }
            let markers = markers.get_or_insert_with(|| ReplyMarkers::new(self.document));
            if markers.are_around(part.span.start as usize) {
                continue;
            }
            let Some(url) = self.ticket_link()? else { return Ok(inside) };
            let escaped = deep_link::escape(&url, self.settings.ampersand);
            let text = self.document.text(part.span).into_owned();
            let html = Look::Link.html(&escaped, &text, &self.settings.color, Branch::Everyone);
            self.push(part.span, html.into(), url);
            if first {
                break;
            }
        }
        Ok(inside)
    }

    /// The link to the message's ticket, with the dialect's own placeholder; `None` if the dialect has none.
    pub(super) fn ticket_link(&self) -> Result<Option<String>, Error> {
        let vocabulary = self.vocabulary;
        let Some(token) = self.settings.token(vocabulary, "ticket.id") else { return Ok(None) };
        for target in vocabulary.targets() {
            for command in &target.commands {
                let Some(param) = command.params.iter().find(|param| param.means.as_deref() == Some("ticket.id"))
                else {
                    continue;
                };
                let host = self.checker().host(target, self.settings.client, None)?;
                let token = format!("[{token}]");
                return Ok(Some(deep_link::build(
                    target,
                    self.settings.client,
                    &host,
                    &command.name,
                    &[(&param.name, &token)],
                )));
            }
        }
        Ok(None)
    }
}
