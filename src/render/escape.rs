//! How to write a value in place of its placeholder, so that the reader sees its exact characters.

use crate::html::escape::escape_into;
use crate::html::scan::Quote;
use crate::parse::document::{AttributePlace, AttributeRole, Document, Part, Place};
use crate::vocabulary::ValueKind;

/// How to write a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Escape {
    /// As it is.
    Raw,
    /// With HTML's special characters as references.
    Html,
    /// As part of an address.
    Percent,
}

/// How far back an address may begin.
const ADDRESS_LIMIT: usize = 2048;

/// How to write a value of some kind in place of a part.
pub(super) fn escape_of(document: &Document, part: &Part, kind: ValueKind, value: &str) -> Escape {
    let is_markup = matches!(kind, ValueKind::Html | ValueKind::HtmlLink);
    match part.place {
        _ if is_markup => Escape::Raw,
        Place::PlainText | Place::Subject => match in_address(document, part, kind, value) {
            true => Escape::Percent,
            false => Escape::Raw,
        },
        Place::Attribute(AttributePlace {
            role: AttributeRole::Link | AttributeRole::Address, value: whole, ..
        }) => {
            // A value may contain thousands of placeholders, so it is not read again up to each of them.
            let before = &document.source().bytes()[whole.start as usize..part.span.start as usize];
            match before.iter().all(u8::is_ascii_whitespace) && is_address(kind, value) {
                true => Escape::Html,
                false => Escape::Percent,
            }
        }
        Place::Text | Place::Rcdata if in_address(document, part, kind, value) => Escape::Percent,
        _ => Escape::Html,
    }
}

/// Whether a value breaks out of its attribute: an unquoted attribute at a space, and any attribute at its own quote if
/// the value is markup.
pub(super) fn breaks_out(part: &Part, kind: ValueKind, value: &str) -> bool {
    let Place::Attribute(AttributePlace { role, quote, .. }) = part.place else { return false };
    let is_markup = matches!(kind, ValueKind::Html | ValueKind::HtmlLink);
    match quote {
        Quote::Double => is_markup && value.contains('"'),
        Quote::Single => is_markup && value.contains('\''),
        // In an address, a space is written as `%20`.
        Quote::None => {
            value.contains(|character: char| character.is_ascii_whitespace() || is_markup && character == '>')
                && (is_markup || role == AttributeRole::Other)
        }
    }
}

impl Escape {
    pub(super) fn write(self, value: &str, out: &mut String) {
        match self {
            Escape::Raw => out.push_str(value),
            Escape::Html => escape_into(value, out),
            Escape::Percent => out.extend(percent_encoding::utf8_percent_encode(value, IN_ADDRESS)),
        }
    }
}

/// What may appear anywhere in an address, including `@`, so that `mailto:` stays readable.
const IN_ADDRESS: &percent_encoding::AsciiSet =
    &percent_encoding::NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'@');

/// Whether a value is a whole address.
fn is_address(kind: ValueKind, value: &str) -> bool {
    let has_scheme = ["http://", "https://", "mailto:", "tel:"]
        .iter()
        .any(|scheme| value.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)));
    kind == ValueKind::Url || has_scheme
}

/// Whether a part is in an address that is written as text.
fn in_address(document: &Document, part: &Part, kind: ValueKind, value: &str) -> bool {
    let links = document.links();
    let before = links.partition_point(|link| link.span.start <= part.span.start);
    if before.checked_sub(1).is_some_and(|index| links[index].span.covers(part.span)) {
        return links[before - 1].span.start != part.span.start || !is_address(kind, value);
    }
    let end = part.span.start as usize;
    let bytes = &document.source().bytes()[end.saturating_sub(ADDRESS_LIMIT)..end];
    let start = bytes.iter().rposition(|byte| byte.is_ascii_whitespace() || b"<>\"'(".contains(byte));
    let written = &bytes[start.map_or(0, |at| at + 1)..];
    memchr::memmem::find(written, b"://").is_some() || written.starts_with(b"mailto:")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_escape_keeps_the_text() {
        let value = "R&D <ops> \"x\" 'y' é /?#[]@";
        let write = |escape: Escape| {
            let mut out = String::new();
            escape.write(value, &mut out);
            out
        };
        assert_eq!(write(Escape::Raw), value);
        assert_eq!(htmlize::unescape(write(Escape::Html)), value);
        let encoded = write(Escape::Percent);
        assert_eq!(percent_encoding::percent_decode_str(&encoded).decode_utf8().unwrap(), value);
        assert!(!encoded.contains(['<', '"', '\'', ' ', '&', '#', '[', '?']), "{encoded}");
    }
}
