//! One walk over a template: the tags that rules ask about, the addresses and scripts in them, and the markers between
//! them.

use std::cell::OnceCell;

use crate::html::element::{Element, Elements};
use crate::html::scan::{self, Attribute, Region, RegionKind};
use crate::span::Span;

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
    /// Its element.
    pub element: Element,
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

/// The start tags that a rule asks about where it asks for no name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TagKind {
    /// Those that lead somewhere when they are clicked, and those that may have swallowed others.
    Leading,
    /// Those with a value that is perhaps not in double quotes.
    Unquoted,
    /// Those of elements that hardly any message has.
    Unknown,
}

/// What rules ask about, each list in order. Most tags are in none.
#[derive(Debug, Default)]
pub(super) struct Walk {
    /// The start tags of the elements that rules ask about, the ends of links, and all tags that are suspect.
    tags: Vec<Tag>,
    /// The elements of those tags.
    elements: Elements,
    /// The start tags in which a value is perhaps not in double quotes.
    pub unquoted: Vec<Tag>,
    /// The start tags of elements that hardly any message has.
    pub unknown: Vec<Tag>,
    /// The start tags that may have an attribute whose value is an address or a script.
    with_address_or_script: Vec<Tag>,
    attributes: OnceCell<Attributes>,
    /// The indices of the regions that are neither text nor tags.
    pub markers: Vec<u32>,
}

/// The attributes that rules ask about, each list in order.
#[derive(Debug, Default)]
struct Attributes {
    addresses: Vec<Address>,
    handlers: Vec<(Tag, Attribute)>,
}

/// The elements that rules ask about.
const ASKED: Elements = Elements::of(&[
    Element::A,
    Element::Area,
    Element::Article,
    Element::Base,
    Element::Center,
    Element::Div,
    Element::Form,
    Element::Html,
    Element::Iframe,
    Element::Img,
    Element::Link,
    Element::Math,
    Element::Meta,
    Element::Noembed,
    Element::Noframes,
    Element::Plaintext,
    Element::Prefixed,
    Element::Script,
    Element::Section,
    Element::Style,
    Element::Svg,
    Element::Textarea,
    Element::Title,
    Element::Xmp,
]);

/// Those, and elements that hardly any message has.
const WANTED: Elements = ASKED.with(Element::Other);

/// The elements that lead somewhere when they are clicked, Outlook's shapes among them.
pub(super) const LEADING: Elements = Elements::of(&[Element::A, Element::Area, Element::Prefixed]);

impl Tag {
    /// The tag in a region, if it is one.
    pub fn of(bytes: &[u8], region: &Region, index: usize) -> Option<Tag> {
        let is_end = match region.kind {
            RegionKind::StartTag => false,
            RegionKind::EndTag => true,
            _ => return None,
        };
        let start = region.span.start + 1 + u32::from(is_end);
        let name = match region.element.name_length() {
            Some(length) => Span { start, end: start + length as u32 },
            None => scan::tag_name(bytes, region.span),
        };
        Some(Tag {
            span: region.span,
            name,
            region: index as u32, // each region has at least one byte
            is_end,
            conditional: region.conditional,
            is_suspect: region.suspect,
            element: region.element,
        })
    }

    /// Whether it is one of some elements.
    pub fn is_any(&self, elements: Elements) -> bool {
        elements.contains(self.element)
    }
}

impl Walk {
    /// Walks over the regions of a template.
    pub fn of(bytes: &[u8], regions: &[Region]) -> Walk {
        let mut walk = Walk::default();
        for (index, region) in regions.iter().enumerate() {
            match region.kind {
                RegionKind::Text => {}
                RegionKind::StartTag => {
                    if !region.hints.is_empty() || WANTED.contains(region.element) || region.suspect {
                        walk.start_tag(bytes, region, index);
                    }
                }
                RegionKind::EndTag => {
                    if region.suspect || region.element == Element::A {
                        walk.tags.extend(Tag::of(bytes, region, index));
                    }
                }
                _ => walk.markers.push(index as u32),
            }
        }
        walk
    }

    /// The start tags of some elements that rules ask about, and the ends of links among them.
    pub fn of_elements(&self, elements: Elements) -> impl Iterator<Item = &Tag> {
        let tags = if self.elements.meet(elements) { self.tags.as_slice() } else { &[] };
        tags.iter().filter(move |tag| tag.is_any(elements))
    }

    /// The start tags of the elements that rules ask about, the ends of links, and all tags that are suspect.
    pub fn tags(&self) -> &[Tag] {
        &self.tags
    }

    /// The addresses in attributes.
    pub fn addresses(&self, bytes: &[u8]) -> &[Address] {
        &self.attributes(bytes).addresses
    }

    /// The first attribute of each tag that begins with `on` and has a value, which may be a script.
    pub fn handlers(&self, bytes: &[u8]) -> &[(Tag, Attribute)] {
        &self.attributes(bytes).handlers
    }

    fn attributes(&self, bytes: &[u8]) -> &Attributes {
        self.attributes.get_or_init(|| {
            let mut found = Attributes::default();
            self.with_address_or_script.iter().for_each(|tag| found.add(bytes, *tag));
            found
        })
    }

    fn start_tag(&mut self, bytes: &[u8], region: &Region, index: usize) {
        let Some(tag) = Tag::of(bytes, region, index) else { return };
        if tag.is_any(ASKED) || tag.is_suspect {
            self.elements.add(tag.element);
            self.tags.push(tag);
        }
        if tag.element == Element::Other {
            self.unknown.push(tag);
        }
        if region.hints.tells_other_quotes() {
            self.unquoted.push(tag);
        }
        if region.hints.tells_address_or_script() {
            self.with_address_or_script.push(tag);
        }
    }
}

impl Attributes {
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
