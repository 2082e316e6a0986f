//! Collects the tags of a template, and the addresses and scripts in them.

use crate::html::element::Element;
use crate::html::scan::{self, Attribute, Region, RegionKind};
use crate::span::Span;

/// A start or end tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tag {
    /// From `<` to after `>`.
    pub span: Span,
    /// Its name as written.
    pub name: Span,
    /// Its element.
    pub element: Element,
    /// Its index among the document's regions.
    pub region: u32,
    /// `</a>`.
    pub is_end: bool,
    /// Whether only Outlook sees it.
    pub conditional: bool,
    /// Whether it contains `<` or `>`, or has no end. Few tags do, and only they can have swallowed others.
    pub is_suspect: bool,
}

/// An attribute value that holds an address: `href`, `src`, `background` and similar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    /// The tag that it is in.
    pub tag: Tag,
    /// The name of the attribute.
    pub name: Span,
    /// Its value without quotes.
    pub value: Span,
    /// Whether a click opens it: `href` of `a`, of `area` and of Outlook's shapes.
    pub leads: bool,
}

/// The attributes that rules ask about, each in order.
#[derive(Debug, Default)]
pub(super) struct TagAttributes {
    pub addresses: Vec<Address>,
    /// The first attribute of each tag that begins with `on` and has a value, which may be a script.
    pub handlers: Vec<(Tag, Attribute)>,
}

/// The tags of a template.
pub(super) fn tags(bytes: &[u8], regions: &[Region]) -> Vec<Tag> {
    let mut tags = Vec::with_capacity(regions.iter().filter(|region| region.is_tag()).count());
    tags.extend((0..regions.len()).filter_map(|index| Tag::of(bytes, regions, index)));
    tags
}

impl Tag {
    /// The tag that is one of the regions.
    pub(super) fn of(bytes: &[u8], regions: &[Region], index: usize) -> Option<Tag> {
        let region = regions.get(index).filter(|region| region.is_tag())?;
        let is_end = region.kind == RegionKind::EndTag;
        let start = region.span.start + 1 + u32::from(is_end);
        let name = match region.element.name_length() {
            Some(length) => Span { start, end: start + length as u32 },
            None => scan::tag_name(bytes, region.span),
        };
        let (conditional, is_suspect) = (region.conditional, region.suspect);
        // Each region has at least one byte.
        let region_index = index as u32;
        Some(Tag {
            span: region.span,
            name,
            element: region.element,
            region: region_index,
            is_end,
            conditional,
            is_suspect,
        })
    }
}

impl TagAttributes {
    /// Walks over the attributes of the start tags.
    pub fn of(bytes: &[u8], tags: &[Tag]) -> TagAttributes {
        let mut found = TagAttributes::default();
        tags.iter().filter(|tag| !tag.is_end).for_each(|tag| found.add(bytes, *tag));
        found
    }

    fn add(&mut self, bytes: &[u8], tag: Tag) {
        let mut has_handler = false;
        for attribute in scan::attributes_after(bytes, tag.span, tag.name) {
            let Some(value) = attribute.value else { continue };
            let name = bytes.get(attribute.name.range()).unwrap_or_default();
            if is_address(name) {
                let leads = may_lead(bytes, &tag) && name.eq_ignore_ascii_case(b"href");
                self.addresses.push(Address { tag, name: attribute.name, value, leads });
            } else if !has_handler && matches!(name, [b'o' | b'O', b'n' | b'N', ..]) {
                has_handler = true;
                self.handlers.push((tag, attribute));
            }
        }
    }
}

/// Whether the value of an attribute with that name is an address.
fn is_address(name: &[u8]) -> bool {
    let is = |known: &[u8]| name.eq_ignore_ascii_case(known);
    match name.len() {
        3 => is(b"src"),
        4 => is(b"href") || is(b"data"),
        6 => is(b"action") || is(b"poster"),
        10 => is(b"background") || is(b"formaction") || is(b"xlink:href"),
        _ => false,
    }
}

/// Whether a click on such an element leads somewhere.
fn may_lead(bytes: &[u8], tag: &Tag) -> bool {
    match tag.element {
        Element::A | Element::Area => true,
        Element::Prefixed => bytes.get(tag.name.start as usize).is_some_and(|first| b"vowVOW".contains(first)),
        _ => false,
    }
}
