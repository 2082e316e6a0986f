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
    let mut from = 0;
    for mark in source.brackets(|byte| MARKS.contains(&byte)) {
        if mark < from {
            continue;
        }
        let in_text = known.around(bytes, from, mark);
        if in_text.is_none() && !known.may_be_in_address(bytes, mark) {
            continue;
        }
        let (place, _, _) = places.at(mark);
        let is_address = matches!(place, Place::Attribute(at) if at.role != AttributeRole::Other);
        let in_address = || known.in_address(bytes, from, mark).filter(|_| is_address);
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
