//! One walk over a template: the tags that rules ask about, the addresses and scripts in them, and the markers between
//! them.

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
    /// Which of the names that rules ask about it has.
    names: Names,
}

/// A set of the names that rules ask about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Names(u32);

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
}

/// What rules ask about, each list in order. Most tags are in none.
#[derive(Debug, Default)]
pub(super) struct Walk {
    /// The start tags with one of the names that rules ask about, the ends of links, and all tags that are suspect.
    tags: Vec<Tag>,
    /// The names of those start tags.
    names: Names,
    /// The start tags in which a value is perhaps not in double quotes.
    pub unquoted: Vec<Tag>,
    pub addresses: Vec<Address>,
    /// The first attribute of each tag that begins with `on` and has a value, which may be a script.
    pub handlers: Vec<(Tag, Attribute)>,
    /// The indices of the regions that are neither text nor tags.
    pub markers: Vec<u32>,
}

/// The names that rules ask about.
#[rustfmt::skip]
const NAMES: [&str; 24] = [
    "a", "area", "article", "base", "center", "div", "form", "html", "iframe", "img", "link", "math",
    "meta", "noembed", "noframes", "plaintext", "script", "section", "style", "svg", "textarea", "title", "v:", "xmp",
];

/// The elements that lead somewhere when they are clicked; Outlook's shapes are named `v:`.
pub(super) const LEADING: Names = Names::of(&["a", "area", "v:"]);

impl Names {
    /// The set of some of the names.
    pub const fn of(names: &[&str]) -> Names {
        let mut set = 0;
        let mut next = 0;
        while next < names.len() {
            let mut known = 0;
            while !is_same(NAMES[known].as_bytes(), names[next].as_bytes()) {
                known += 1;
            }
            set |= 1 << known;
            next += 1;
        }
        Names(set)
    }

    /// Whether two sets have a name in common.
    pub fn meet(self, other: Names) -> bool {
        self.0 & other.0 != 0
    }

    /// The set of a name as written, empty if no rule asks about it.
    fn of_written(name: &[u8]) -> Names {
        let is_shape = matches!(name, [b'v' | b'V', b':', ..]);
        let name = if is_shape { &name[..2] } else { name };
        let mut candidates = name.first().map_or(0, |first| BY_FIRST_LETTER[usize::from(first & 31)]);
        while candidates != 0 {
            let known = candidates.trailing_zeros();
            if NAMES.get(known as usize).is_some_and(|known| name.eq_ignore_ascii_case(known.as_bytes())) {
                return Names(1 << known);
            }
            candidates &= candidates - 1;
        }
        Names(0)
    }
}

const fn is_same(a: &[u8], b: &[u8]) -> bool {
    let mut at = 0;
    while at < a.len() && at < b.len() && a[at] == b[at] {
        at += 1;
    }
    at == a.len() && at == b.len()
}

/// For each first letter, the names that begin with it.
const BY_FIRST_LETTER: [u32; 32] = {
    let mut names = [0; 32];
    let mut next = 0;
    while next < NAMES.len() {
        names[(NAMES[next].as_bytes()[0] & 31) as usize] |= 1 << next;
        next += 1;
    }
    names
};

/// For each second letter, a bit for each first one. After `a`, the second one is whatever ends the name.
const LETTERS: [u32; 32] = {
    let mut second_letters = [0; 32];
    let mut next = 0;
    while next < NAMES.len() {
        if let [first, second, ..] = NAMES[next].as_bytes() {
            second_letters[(*second & 31) as usize] |= 1 << (*first & 31);
        }
        next += 1;
    }
    let mut ends: &[u8] = b" >/\t\n\x0C\r";
    while let [end, rest @ ..] = ends {
        second_letters[(*end & 31) as usize] |= 1 << (b'a' & 31);
        ends = rest;
    }
    second_letters
};

/// A quick test, which most names fail.
#[inline(always)]
fn may_matter(bytes: &[u8], name: usize) -> bool {
    let letters = bytes.get(name..).and_then(|rest| rest.first_chunk());
    letters.is_none_or(|[first, second]| LETTERS[usize::from(second & 31)] >> (first & 31) & 1 != 0)
}

impl Tag {
    /// The tag in a region, if it is one.
    pub fn of(bytes: &[u8], region: &Region, index: usize) -> Option<Tag> {
        let is_end = match region.kind {
            RegionKind::StartTag => false,
            RegionKind::EndTag => true,
            _ => return None,
        };
        let name = scan::tag_name(bytes, region.span);
        Some(Tag {
            span: region.span,
            name,
            region: index as u32, // each region has at least one byte
            is_end,
            conditional: region.conditional,
            is_suspect: region.suspect,
            names: Names::of_written(bytes.get(name.range()).unwrap_or_default()),
        })
    }

    /// Whether it has one of some names.
    pub fn has_name(&self, names: Names) -> bool {
        self.names.meet(names)
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
                    let name = region.span.start as usize + 1;
                    if !region.hints.is_empty() || may_matter(bytes, name) || region.suspect {
                        walk.start_tag(bytes, region, index);
                    }
                }
                RegionKind::EndTag => {
                    let is_link = bytes.get(region.span.start as usize + 2).is_some_and(|first| first | 0x20 == b'a');
                    if region.suspect || is_link {
                        walk.end_tag(bytes, region, index);
                    }
                }
                _ => walk.markers.push(index as u32),
            }
        }
        walk
    }

    /// The start tags with one of some names, and the ends of links among them.
    pub fn named(&self, names: Names) -> impl Iterator<Item = &Tag> {
        let tags = if self.names.meet(names) { self.tags.as_slice() } else { &[] };
        tags.iter().filter(move |tag| tag.has_name(names))
    }

    /// The start tags with one of the names that rules ask about, the ends of links, and all tags that are suspect.
    pub fn tags(&self) -> &[Tag] {
        &self.tags
    }

    fn start_tag(&mut self, bytes: &[u8], region: &Region, index: usize) {
        let Some(tag) = Tag::of(bytes, region, index) else { return };
        self.names.0 |= tag.names.0;
        if tag.names != Names::default() || tag.is_suspect {
            self.tags.push(tag);
        }
        if region.hints.tells_other_quotes() {
            self.unquoted.push(tag);
        }
        if region.hints.tells_address_or_script() {
            self.attributes(bytes, tag);
        }
    }

    fn end_tag(&mut self, bytes: &[u8], region: &Region, index: usize) {
        const LINK: Names = Names::of(&["a"]);
        let tag = Tag::of(bytes, region, index).filter(|tag| tag.is_suspect || tag.has_name(LINK));
        self.tags.extend(tag);
    }

    fn attributes(&mut self, bytes: &[u8], tag: Tag) {
        let mut has_handler = false;
        for attribute in scan::attributes_after(bytes, tag.span, tag.name) {
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
