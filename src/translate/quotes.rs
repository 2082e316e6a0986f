//! The quotes around a placeholder, which a new name may need or break.

use super::left;
use crate::diagnostic::Diagnostic;
use crate::html::scan::Quote;
use crate::parse::document::{Document, Part, Place};
use crate::source::SourceKind;
use crate::source::edit::Edit;
use crate::span::Span;

/// Keeps track of quotes in one template; questions must come in order.
pub(super) struct Quotes<'a> {
    document: &'a Document,
    /// The last unquoted value that was checked, and whether it can be quoted.
    unquoted: Option<(Span, bool)>,
    /// The last value that was given quotes.
    quoted: Option<Span>,
}

impl<'a> Quotes<'a> {
    pub(super) fn new(document: &'a Document) -> Quotes<'a> {
        Quotes { document, unquoted: None, quoted: None }
    }

    /// Why a placeholder cannot be written in place of a span, if it cannot.
    pub(super) fn refuse(&mut self, part: &Part, span: Span, token: &str) -> Option<Diagnostic> {
        let source = self.document.source();
        // A PSA does not recognize a placeholder that contains a character reference.
        if !token.is_ascii() && source.decode(&source.encode(token)) != token {
            return Some(left::lacks_characters(span, token, source.encoding()));
        }
        if self.runs_on(part) {
            return Some(left::without_quotes(span, token));
        }
        let has_quote = token.contains(['"', '\'']);
        let is_in_macro = span != part.span;
        let breaks = match part.place {
            _ if is_in_macro && has_quote => true,
            Place::Attribute(attribute) if attribute.quote == Quote::None && !is_in_macro && token.contains(' ') => {
                has_quote || !self.takes_quotes(attribute.value)
            }
            Place::Attribute(_) => has_quote,
            // A subject in the settings at the top may be quoted.
            Place::Subject => has_quote && source.kind() == SourceKind::Html,
            _ => false,
        };
        breaks.then(|| left::breaks_quotes(span, token))
    }

    /// The quotes that an unquoted value needs, so that the space in a new name does not cut it off.
    pub(super) fn around(&mut self, part: &Part, token: &str) -> Vec<Edit> {
        match part.place {
            Place::Attribute(attribute)
                if attribute.quote == Quote::None && attribute.value.covers(part.span) && token.contains(' ') =>
            {
                if self.quoted.replace(attribute.value) == Some(attribute.value) {
                    return Vec::new();
                }
                let Span { start, end } = attribute.value;
                vec![Edit::new(Span { start, end: start }, "\""), Edit::new(Span { start: end, end }, "\"")]
            }
            _ => Vec::new(),
        }
    }

    /// Whether an unquoted value ends inside this placeholder and something directly follows it. With a name without a
    /// space, that would become part of the value.
    fn runs_on(&self, part: &Part) -> bool {
        let Place::Attribute(attribute) = part.place else { return false };
        let bytes = self.document.source().bytes();
        let next = bytes.get(part.span.end as usize);
        attribute.quote == Quote::None
            && part.span.end > attribute.value.end
            && next.is_some_and(|byte| !byte.is_ascii_whitespace() && *byte != b'>')
    }

    fn takes_quotes(&mut self, value: Span) -> bool {
        if let Some((known, takes)) = self.unquoted
            && known == value
        {
            return takes;
        }
        // A placeholder with a space has already cut off the value.
        let is_cut = self.document.parts_in(value).last().is_some_and(|part| part.span.end > value.end);
        let takes = !is_cut && !self.document.source().bytes()[value.range()].contains(&b'"');
        self.unquoted = Some((value, takes));
        takes
    }
}
