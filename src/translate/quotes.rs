//! The quotes around a placeholder, which a new name may need or break.

use super::left;
use crate::diagnostic::Diagnostic;
use crate::html::scan::Quote;
use crate::parse::document::{Document, Part, Place};
use crate::source::SourceKind;
use crate::source::edit::Edit;
use crate::span::Span;

/// Looks after the quotes of one template; the questions come in its order.
pub(super) struct Quotes<'a> {
    document: &'a Document,
    /// The value without quotes that was looked at last, and whether quotes can be put around it.
    unquoted: Option<(Span, bool)>,
    /// The value that gained quotes last.
    quoted: Option<Span>,
}

impl<'a> Quotes<'a> {
    pub(super) fn new(document: &'a Document) -> Quotes<'a> {
        Quotes { document, unquoted: None, quoted: None }
    }

    /// Why a placeholder cannot be written over a span of a part, where it cannot.
    pub(super) fn refuse(&mut self, part: &Part, span: Span, token: &str) -> Option<Diagnostic> {
        let source = self.document.source();
        // A PSA does not know a placeholder with a character reference in it.
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

    /// The quotes that a value without any needs around it, so that the space of a new name does not cut it.
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

    /// Whether a value without quotes ends inside this placeholder, and more is written directly behind it: a name
    /// without a space would make that a part of the value, with all that is in it.
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
        // A placeholder with a space has cut the value already.
        let is_cut = self.document.parts_in(value).last().is_some_and(|part| part.span.end > value.end);
        let takes = !is_cut && !self.document.source().bytes()[value.range()].contains(&b'"');
        self.unquoted = Some((value, takes));
        takes
    }
}
