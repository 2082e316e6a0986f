//! Collects the tags of a template, and the addresses and scripts in them, in one walk.

use crate::html::scan::{self, Attribute, Region, RegionKind};
use crate::span::Span;

/// The tags, addresses and scripts of a template, each in order.
#[derive(Debug, Default)]
pub(super) struct Tags {
    pub all: Vec<Tag>,
    pub addresses: Vec<Address>,
    /// The first attribute of each tag that begins with `on` and has a value, which may be a script.
    pub handlers: Vec<(Tag, Attribute)>,
}

/// A start or end tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tag {
    /// From `<` to after `>`.
    pub span: Span,
    /// Its name as written.
    pub name: Span,
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

impl Tags {
    /// Walks over the tags of a template.
    pub fn of(bytes: &[u8], regions: &[Region]) -> Tags {
        let is_tag = |region: &&Region| matches!(region.kind, RegionKind::StartTag | RegionKind::EndTag);
        let count = regions.iter().filter(is_tag).count();
        let mut tags = Tags { all: Vec::with_capacity(count), ..Tags::default() };
        for (index, region) in regions.iter().enumerate() {
            let is_end = match region.kind {
                RegionKind::StartTag => false,
                RegionKind::EndTag => true,
                _ => continue,
            };
            let tag = Tag {
                span: region.span,
                name: scan::tag_name(bytes, region.span),
                region: index as u32, // a region has a byte at least
                is_end,
                conditional: region.conditional,
                is_suspect: is_suspect(bytes.get(region.span.range()).unwrap_or_default()),
            };
            tags.all.push(tag);
            if !is_end {
                tags.add_attributes(bytes, tag);
            }
        }
        tags
    }

    fn add_attributes(&mut self, bytes: &[u8], tag: Tag) {
        let mut has_handler = false;
        for attribute in scan::attributes(bytes, tag.span) {
            let Some(value) = attribute.value else { continue };
            let name = bytes.get(attribute.name.range()).unwrap_or_default();
            if is_address(name) {
                let element = bytes.get(tag.name.range()).unwrap_or_default();
                let leads = may_lead(element) && name.eq_ignore_ascii_case(b"href");
                self.addresses.push(Address { tag, name: attribute.name, value, leads });
            } else if !has_handler && matches!(name, [b'o' | b'O', b'n' | b'N', ..]) {
                has_handler = true;
                self.handlers.push((tag, attribute));
            }
        }
    }
}

fn is_suspect(tag: &[u8]) -> bool {
    match tag {
        [_, inside @ .., b'>'] => memchr::memchr2(b'<', b'>', inside).is_some(),
        _ => true,
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
fn may_lead(element: &[u8]) -> bool {
    let is_shape = matches!(element, [first, b':', ..] if b"vow".contains(&first.to_ascii_lowercase()));
    is_shape || element.eq_ignore_ascii_case(b"a") || element.eq_ignore_ascii_case(b"area")
}
