//! The name and the attributes of a tag.

use super::classes::{NAME, SLASH, SPACE, TAG_NAME, UNQUOTED, find, skip};
use crate::span::Span;

/// How the value of an attribute is quoted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quote {
    /// `"`
    Double,
    /// `'`
    Single,
    /// Not at all, or there is no value.
    None,
}

/// An attribute as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// Its name, in its original case.
    pub name: Span,
    /// Its value without the quotes; `None` if there is no `=`.
    pub value: Option<Span>,
    /// The quotes around the value.
    pub quote: Quote,
}

/// The attributes of a [`StartTag`](super::RegionKind::StartTag) or [`EndTag`](super::RegionKind::EndTag), in order,
/// including duplicates.
///
/// ```
/// use psalink::Span;
/// use psalink::html::scan::attributes;
///
/// let tag = b"<a href='x' download>";
/// let names: Vec<_> = attributes(tag, Span::new(0, tag.len())).map(|a| &tag[a.name.range()]).collect();
/// assert_eq!(names, [&b"href"[..], b"download"]);
/// ```
pub fn attributes(bytes: &[u8], tag: Span) -> Attributes<'_> {
    Attributes { input: bytes.get(..tag.end as usize).unwrap_or(bytes), at: tag_name(bytes, tag).end as usize }
}

/// The same for a tag whose name is known.
pub(crate) fn attributes_after(bytes: &[u8], tag: Span, name: Span) -> Attributes<'_> {
    Attributes { input: bytes.get(..tag.end as usize).unwrap_or(bytes), at: name.end as usize }
}

/// The name of a [`StartTag`](super::RegionKind::StartTag) or [`EndTag`](super::RegionKind::EndTag).
pub fn tag_name(bytes: &[u8], tag: Span) -> Span {
    let input = bytes.get(..tag.end as usize).unwrap_or(bytes);
    let mut start = tag.start as usize + 1;
    if input.get(start) == Some(&b'/') {
        start += 1;
    }
    let start = start.min(input.len());
    Span::new(start, skip(input, start, TAG_NAME))
}

/// The attributes of a tag, see [`attributes`].
#[derive(Clone, Debug)]
pub struct Attributes<'a> {
    /// Ends where the tag must end.
    pub(super) input: &'a [u8],
    /// The position after the tag's name, then after each attribute, and finally after the tag.
    pub(super) at: usize,
}

impl Iterator for Attributes<'_> {
    type Item = Attribute;

    #[inline(always)]
    fn next(&mut self) -> Option<Attribute> {
        let input = self.input;
        let start = skip(input, self.at, SPACE | SLASH);
        let first = match input.get(start) {
            None => {
                self.at = input.len();
                return None;
            }
            Some(b'>') => {
                self.at = start + 1;
                return None;
            }
            Some(first) => *first,
        };
        // Here a `=` begins a name, and so does any quote.
        let end = skip(input, start + usize::from(first == b'='), NAME);
        let name = Span::new(start, end);
        let equals = skip(input, end, SPACE);
        if input.get(equals) != Some(&b'=') {
            self.at = equals;
            return Some(Attribute { name, value: None, quote: Quote::None });
        }
        let start = skip(input, equals + 1, SPACE);
        let (quote, start, end) = match input.get(start) {
            Some(b'"') => (Quote::Double, start + 1, find(input, start + 1, b'"')),
            Some(b'\'') => (Quote::Single, start + 1, find(input, start + 1, b'\'')),
            // A slash does not end it: `<a href=x/>` is not self-closing.
            _ => (Quote::None, start, skip(input, start, UNQUOTED)),
        };
        self.at = end + usize::from(quote != Quote::None);
        Some(Attribute { name, value: Some(Span::new(start, end)), quote })
    }
}
