//! Which elements are open at a byte: links, hidden blocks, buttons. Questions come in ascending order.

use std::sync::OnceLock;

use aho_corasick::packed;

use crate::html::element::{Element, Elements};
use crate::html::elements::{is_block, is_void};
use crate::html::scan::{self, Region, RegionKind};
use crate::parse::document::Document;
use crate::span::Span;

/// What is around a byte of HTML text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Surroundings {
    /// The `<a>` around it, for a browser or for Outlook, which differ in conditional comments.
    pub anchor: Option<Span>,
    /// Whether it is inside an element in which links do not work: `button`, `select`, `option`, an Outlook shape with
    /// `href`.
    pub takes_no_link: bool,
    /// Whether it is inside an element that no reader sees; never set by [`OpenElements::of_links`].
    pub hidden: bool,
    /// Whether it is between markers that hide it from Outlook.
    pub revealed: bool,
}

/// Goes through a document's tags once.
pub(crate) struct OpenElements<'d> {
    document: &'d Document,
    next: usize,
    /// The open `<a>` for a browser, and for Outlook.
    anchors: [Option<Span>; 2],
    linkless: Option<OpenElement>,
    hidden: Option<OpenElement>,
    /// Whether one of the two is open, so that every tag matters.
    is_inside: bool,
    revealed: bool,
    /// The next position of a word that may hide an element; past the end if hidden elements do not matter.
    next_hint: usize,
}

/// An open element for which only the end matters.
#[derive(Clone, Copy)]
struct OpenElement {
    name: Span,
    depth: u32,
}

impl<'d> OpenElements<'d> {
    /// Open elements without `hidden`, which would take a search through the whole template.
    pub(crate) fn of_links(document: &'d Document) -> OpenElements<'d> {
        OpenElements { next_hint: usize::MAX, ..OpenElements::new(document) }
    }

    pub(crate) fn new(document: &'d Document) -> OpenElements<'d> {
        OpenElements {
            document,
            next: 0,
            anchors: [None; 2],
            linkless: None,
            hidden: None,
            is_inside: false,
            revealed: false,
            next_hint: 0,
        }
    }

    /// What is around the byte at `offset`, which must not be before the previous one.
    pub(crate) fn at(&mut self, offset: usize) -> Surroundings {
        let document = self.document;
        let regions = document.regions.get(self.next..).unwrap_or_default();
        let passed = regions.partition_point(|region| region.span.end as usize <= offset);
        for region in &regions[..passed] {
            let matters = match region.kind {
                RegionKind::Text => false,
                RegionKind::StartTag => self.is_inside || MATTER.contains(region.element) || self.has_hint(region.span),
                RegionKind::EndTag => self.is_inside || MATTER.contains(region.element),
                _ => true,
            };
            if matters {
                self.pass(region);
                self.is_inside = self.hidden.is_some() || self.linkless.is_some();
            }
        }
        self.next += passed;
        Surroundings {
            anchor: self.anchors[0].or(self.anchors[1]),
            takes_no_link: self.linkless.is_some(),
            hidden: self.hidden.is_some(),
            revealed: self.revealed,
        }
    }

    /// The `<a href>` that is still open for a browser at the end of the template.
    pub(crate) fn unclosed(mut self) -> Option<Span> {
        self.at(usize::MAX);
        self.anchors[0]
    }

    fn pass(&mut self, region: &Region) {
        let bytes = self.document.source.bytes();
        let Region { kind, span, conditional, element, .. } = *region;
        match kind {
            RegionKind::RevealedOpen => self.revealed = true,
            RegionKind::RevealedClose => self.revealed = false,
            RegionKind::StartTag | RegionKind::EndTag => {
                let name = scan::tag_name(bytes, span);
                let text = &bytes[name.range()];
                if element == Element::A {
                    let open = (kind == RegionKind::StartTag).then_some(span);
                    // Only Outlook sees the inside of a conditional comment, and it skips what is revealed to others.
                    if !conditional {
                        self.anchors[0] = open;
                    }
                    if conditional || !self.revealed {
                        self.anchors[1] = open;
                    }
                    if kind == RegionKind::EndTag {
                        return;
                    }
                }
                if kind == RegionKind::StartTag {
                    self.open(span, name);
                } else {
                    close(&mut self.linkless, bytes, text);
                    close(&mut self.hidden, bytes, text);
                }
            }
            _ => {}
        }
    }

    fn open(&mut self, tag: Span, name: Span) {
        let bytes = self.document.source.bytes();
        let text = &bytes[name.range()];
        if let Some(open) = &mut self.linkless {
            deepen(open, bytes, text);
        } else if takes_no_link(bytes, tag, text) && stays_open(bytes, tag, text) {
            self.linkless = Some(OpenElement { name, depth: 1 });
        }
        // A block closes an open paragraph, with or without an end tag.
        let ends_paragraph = |open: &OpenElement| bytes[open.name.range()].eq_ignore_ascii_case(b"p") && is_block(text);
        match &mut self.hidden {
            Some(open) if !ends_paragraph(open) => deepen(open, bytes, text),
            _ => {
                let hides = self.is_hidden(tag) && stays_open(bytes, tag, text);
                self.hidden = hides.then_some(OpenElement { name, depth: 1 });
            }
        }
    }

    /// Whether a tag hides its element from all readers.
    fn is_hidden(&mut self, tag: Span) -> bool {
        let bytes = self.document.source.bytes();
        self.has_hint(tag) && hides(bytes, tag)
    }

    /// Whether a tag contains a word that may hide an element.
    #[inline]
    fn has_hint(&mut self, tag: Span) -> bool {
        if self.next_hint < tag.start as usize {
            self.next_hint = hiding_word(self.document.source.bytes(), tag.start as usize);
        }
        tag.contains(self.next_hint)
    }
}

/// The few elements that matter: links, and those in which links do not work.
const MATTER: Elements =
    Elements::of(&[Element::A, Element::Button, Element::Select, Element::Option, Element::Prefixed]);

/// Elements in which links do not work.
fn takes_no_link(bytes: &[u8], tag: Span, name: &[u8]) -> bool {
    match name.len() {
        6 if [&b"button"[..], b"select", b"option"].iter().any(|known| name.eq_ignore_ascii_case(known)) => true,
        3.. if name[1] == b':' => {
            scan::attributes(bytes, tag).any(|attribute| bytes[attribute.name.range()].eq_ignore_ascii_case(b"href"))
        }
        _ => false,
    }
}

/// Whether an element stays open after its start tag.
fn stays_open(bytes: &[u8], tag: Span, name: &[u8]) -> bool {
    let is_closed = name.contains(&b':') && bytes[tag.range()].ends_with(b"/>");
    !is_void(name) && !is_closed
}

/// The next position of a word that may hide an element.
fn hiding_word(bytes: &[u8], from: usize) -> usize {
    static WORDS: OnceLock<Option<packed::Searcher>> = OnceLock::new();
    // Without their first letters, so that `Display: None` matches too.
    let words = WORDS.get_or_init(|| packed::Searcher::new(["one", "ONE", "idden", "IDDEN", "ide:", "IDE:", "ide :"]));
    match words {
        Some(words) => {
            words.find_in(bytes, aho_corasick::Span::from(from..bytes.len())).map_or(usize::MAX, |found| found.start())
        }
        None => from,
    }
}

fn deepen(open: &mut OpenElement, bytes: &[u8], text: &[u8]) {
    if bytes[open.name.range()].eq_ignore_ascii_case(text) {
        open.depth += 1;
    }
}

fn close(open: &mut Option<OpenElement>, bytes: &[u8], text: &[u8]) {
    if let Some(innermost) = open
        && bytes[innermost.name.range()].eq_ignore_ascii_case(text)
    {
        innermost.depth -= 1;
        if innermost.depth == 0 {
            *open = None;
        }
    }
}

/// Whether the attributes of a tag hide its element.
fn hides(bytes: &[u8], tag: Span) -> bool {
    scan::attributes(bytes, tag).any(|attribute| {
        let name = &bytes[attribute.name.range()];
        if name.eq_ignore_ascii_case(b"hidden") {
            return true;
        }
        let Some(value) = attribute.value.filter(|_| name.eq_ignore_ascii_case(b"style")) else { return false };
        bytes[value.range()].split(|&byte| byte == b';').any(|rule| {
            let declaration = || rule.iter().filter(|byte| !byte.is_ascii_whitespace()).map(u8::to_ascii_lowercase);
            ["display:none", "mso-hide:all", "visibility:hidden"].iter().any(|hiding| {
                declaration().eq(hiding.bytes()) || declaration().eq(hiding.bytes().chain("!important".bytes()))
            })
        })
    })
}
