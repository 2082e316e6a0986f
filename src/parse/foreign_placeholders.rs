//! Other products' placeholders in a document, where a reader would see them.

use crate::parse::document::{AttributeRole, Document, PartKind, Place};
use crate::parse::places::Places;
use crate::span::Span;
use crate::vocabulary::foreign_syntax::{ForeignSyntax, MARKS};

/// A placeholder that only another product fills in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ForeignPlaceholder {
    /// Its bytes.
    pub span: Span,
    /// The products that would fill it in.
    pub product: &'static str,
    /// Whether it counts only as a part of an address.
    pub is_for_addresses: bool,
}

/// Attributes whose text a reader sees or hears.
const SHOWN: [&[u8]; 3] = [b"alt", b"title", b"aria-label"];

/// The longest address that is looked at as a whole.
const LONGEST: usize = 2048;

/// The placeholders of other products, in order; none in a source that psalink itself composes.
pub(crate) fn foreign_placeholders(document: &Document) -> Vec<ForeignPlaceholder> {
    let source = document.source();
    let mut found = Vec::new();
    if source.name().ends_with(".j2") {
        return found;
    }
    let bytes = source.bytes();
    let known = ForeignSyntax::builtin();
    let mut places = Places::new(source, document.regions(), document.front_matter());
    let [first, second, third, fourth] = *MARKS;
    let mut marks = memchr::memchr3_iter(first, second, third, bytes).peekable();
    let mut others = memchr::memchr_iter(fourth, bytes).peekable();
    let mut from = 0;
    while let Some(mark) = match (marks.peek(), others.peek()) {
        (Some(mark), Some(other)) if other < mark => others.next(),
        (Some(_), _) => marks.next(),
        (None, _) => others.next(),
    } {
        if mark < from {
            continue;
        }
        let in_text = known.around(bytes, from, mark);
        if in_text.is_none() && !known.may_be_in_address(bytes, mark) {
            continue;
        }
        let (place, _, _) = places.at(mark);
        let is_address = matches!(place, Place::Attribute(at) if at.role != AttributeRole::Other);
        let in_address = || known.in_address(bytes, from, mark).filter(|_| is_address && !is_pattern(bytes, place));
        let Some((start, end, form)) = in_text.or_else(in_address) else { continue };
        let is_read = match place {
            Place::Attribute(at) => {
                let name = bytes.get(at.name.range()).unwrap_or_default();
                let is_shown = SHOWN.iter().any(|shown| name.eq_ignore_ascii_case(shown));
                (is_address || is_shown) && end <= at.value.end as usize
            }
            place => place.is_visible(),
        };
        let span = Span::new(start, end);
        from = end;
        // A link macro in braces is reported as a macro.
        let is_macro = |kind: &PartKind| matches!(kind, PartKind::LinkMacro(_) | PartKind::BrokenMacro(_));
        if is_read && !document.parts_in(span).iter().any(|part| is_macro(&part.kind)) {
            found.push(ForeignPlaceholder { span, product: form.product(), is_for_addresses: form.is_for_addresses() });
        }
    }
    found
}

/// Whether an address is a pattern that shows how addresses are built, with other names in braces:
/// `https://hooks.example/{account}/{region}`.
fn is_pattern(bytes: &[u8], place: Place) -> bool {
    let Place::Attribute(at) = place else { return false };
    let address = bytes.get(at.value.range()).unwrap_or_default();
    let address = &address[..address.len().min(LONGEST)];
    let known = ForeignSyntax::builtin();
    let mut names = memchr::memchr_iter(b'{', address).filter_map(|open| {
        let length = memchr::memchr(b'}', &address[open..])?;
        let is_name = length > 1 && address[open + 1..open + length].iter().all(|byte| byte.is_ascii_alphanumeric());
        (is_name && address.get(open.wrapping_sub(1)) != Some(&b'{')).then_some(open)
    });
    names.any(|open| known.in_address(address, 0, open).is_none())
}
