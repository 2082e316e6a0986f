//! Which elements are open around a byte: links, hidden blocks, buttons; asked in ascending order.

use std::sync::OnceLock;

use aho_corasick::packed;

use crate::document::Document;
use crate::scan::{self, RegionKind};
use crate::source::Span;

/// What surrounds a byte of HTML text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Surroundings {
    /// The `<a>` around it, as a browser or as Outlook reads the conditional comments.
    pub anchor: Option<Span>,
    /// Inside an element that takes no link of its own: `button`, `select`, `option`, an Outlook shape with `href`.
    pub takes_no_link: bool,
    /// Inside an element that no reader sees.
    pub hidden: bool,
    /// Between markers that hide it from Outlook.
    pub revealed: bool,
}

/// Walks a document's tags once.
pub(crate) struct Outline<'d> {
    document: &'d Document,
    next: usize,
    /// The open `<a>` as a browser reads the template, and as Outlook does.
    anchors: [Option<Span>; 2],
    linkless: Option<Open>,
    hidden: Option<Open>,
    revealed: bool,
    /// The next place of a word that may hide an element.
    next_hint: usize,
}

/// An element of which only the end matters.
#[derive(Clone, Copy)]
struct Open {
    name: Span,
    depth: u32,
}

impl<'d> Outline<'d> {
    pub(crate) fn new(document: &'d Document) -> Outline<'d> {
        Outline { document, next: 0, anchors: [None; 2], linkless: None, hidden: None, revealed: false, next_hint: 0 }
    }

    /// What surrounds the byte at `offset`, which must not lie before the last one asked for.
    pub(crate) fn at(&mut self, offset: usize) -> Surroundings {
        while let Some(region) = self.document.regions.get(self.next) {
            if region.span.end as usize > offset {
                break;
            }
            self.pass(region.kind, region.span, region.conditional);
            self.next += 1;
        }
        Surroundings {
            anchor: self.anchors[0].or(self.anchors[1]),
            takes_no_link: self.linkless.is_some(),
            hidden: self.hidden.is_some(),
            revealed: self.revealed,
        }
    }

    /// The `<a href>` that a browser finds still open at the end of the template.
    pub(crate) fn unclosed(mut self) -> Option<Span> {
        self.at(usize::MAX);
        self.anchors[0]
    }

    fn pass(&mut self, kind: RegionKind, span: Span, conditional: bool) {
        let bytes = self.document.source.bytes();
        match kind {
            RegionKind::RevealedOpen => self.revealed = true,
            RegionKind::RevealedClose => self.revealed = false,
            RegionKind::StartTag | RegionKind::EndTag => {
                let name = scan::tag_name(bytes, span);
                let text = &bytes[name.range()];
                if text.eq_ignore_ascii_case(b"a") {
                    let open = (kind == RegionKind::StartTag).then_some(span);
                    // Only Outlook sees the inside of a conditional comment, and it skips what is revealed to others.
                    if !conditional {
                        self.anchors[0] = open;
                    }
                    if !self.revealed {
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
            self.linkless = Some(Open { name, depth: 1 });
        }
        // A block ends an open paragraph, written so or not.
        let ends_paragraph = |open: &Open| bytes[open.name.range()].eq_ignore_ascii_case(b"p") && is_block(text);
        match &mut self.hidden {
            Some(open) if !ends_paragraph(open) => deepen(open, bytes, text),
            _ => {
                let hides = self.is_hidden(tag) && stays_open(bytes, tag, text);
                self.hidden = hides.then_some(Open { name, depth: 1 });
            }
        }
    }

    /// Whether a tag hides its element from every reader.
    fn is_hidden(&mut self, tag: Span) -> bool {
        let bytes = self.document.source.bytes();
        // Nearly every tag is done here: no word that hides stands in it.
        if self.next_hint < tag.start as usize {
            self.next_hint = hiding_word(bytes, tag.start as usize);
        }
        tag.contains(self.next_hint) && hides(bytes, tag)
    }
}

/// Elements whose content a link must not be added to.
fn takes_no_link(bytes: &[u8], tag: Span, name: &[u8]) -> bool {
    match name.len() {
        6 if [&b"button"[..], b"select", b"option"].iter().any(|it| name.eq_ignore_ascii_case(it)) => true,
        3.. if name[1] == b':' => {
            scan::attributes(bytes, tag).any(|it| bytes[it.name.range()].eq_ignore_ascii_case(b"href"))
        }
        _ => false,
    }
}

/// Whether an element lasts beyond its start tag.
fn stays_open(bytes: &[u8], tag: Span, name: &[u8]) -> bool {
    let is_void = VOID.iter().any(|void| name.eq_ignore_ascii_case(void.as_bytes()));
    !is_void && !(name.contains(&b':') && bytes[tag.range()].ends_with(b"/>"))
}

/// The next place of a word that may hide an element.
fn hiding_word(bytes: &[u8], from: usize) -> usize {
    static WORDS: OnceLock<Option<packed::Searcher>> = OnceLock::new();
    // Without their first letters, so that `Display: None` is found too.
    let words = WORDS.get_or_init(|| packed::Searcher::new(["one", "ONE", "idden", "IDDEN", "ide:", "IDE:", "ide :"]));
    match words {
        Some(words) => {
            words.find_in(bytes, aho_corasick::Span::from(from..bytes.len())).map_or(usize::MAX, |it| it.start())
        }
        None => from,
    }
}

fn deepen(open: &mut Open, bytes: &[u8], text: &[u8]) {
    if bytes[open.name.range()].eq_ignore_ascii_case(text) {
        open.depth += 1;
    }
}

fn close(open: &mut Option<Open>, bytes: &[u8], text: &[u8]) {
    if let Some(it) = open
        && bytes[it.name.range()].eq_ignore_ascii_case(text)
    {
        it.depth -= 1;
        if it.depth == 0 {
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
        let style: Vec<u8> = bytes[value.range()]
            .iter()
            .filter(|byte| !byte.is_ascii_whitespace())
            .map(u8::to_ascii_lowercase)
            .collect();
        style.split(|&byte| byte == b';').any(|rule| {
            let rule = rule.strip_suffix(b"!important").unwrap_or(rule);
            matches!(rule, b"display:none" | b"mso-hide:all" | b"visibility:hidden")
        })
    })
}

/// A run of inline content around a text region, as the regions from its first to after its last.
#[derive(Clone, Debug, Default)]
pub(crate) struct Line {
    regions: std::ops::Range<usize>,
    /// Whether PSAs look for this line to cut a reply.
    pub is_reply_marker: bool,
}

impl Line {
    /// Whether a byte lies in the line.
    pub(crate) fn contains(&self, document: &Document, offset: usize) -> bool {
        let regions = document.regions.get(self.regions.clone()).unwrap_or_default();
        let bounds = regions.first().zip(regions.last());
        bounds.is_some_and(|(first, last)| first.span.start as usize <= offset && offset < last.span.end as usize)
    }

    /// The block of inline content around a byte of text. Directly in the body, where no block is, a line break ends
    /// it too.
    pub(crate) fn around(document: &Document, offset: usize) -> Line {
        let bytes = document.source.bytes();
        let regions = &document.regions;
        let here = regions.partition_point(|region| region.span.end as usize <= offset);
        let bounds = |index: usize, breaks: bool| {
            let region = &regions[index];
            match region.kind {
                RegionKind::StartTag | RegionKind::EndTag => {
                    let name = &bytes[scan::tag_name(bytes, region.span).range()];
                    is_block(name) || breaks && name.eq_ignore_ascii_case(b"br")
                }
                RegionKind::ConditionalOpen | RegionKind::ConditionalClose => true,
                _ => false,
            }
        };
        let start = (0..here).rev().find(|&index| bounds(index, false));
        let in_body = start.is_none_or(|index| {
            let tag = regions[index].span;
            let name = &bytes[scan::tag_name(bytes, tag).range()];
            let is_root = ["body", "html", "head"].iter().any(|root| name.eq_ignore_ascii_case(root.as_bytes()));
            regions[index].kind == RegionKind::EndTag || is_root
        });
        let start = if in_body { (0..here).rev().find(|&index| bounds(index, true)) } else { start };
        let end = (here..regions.len()).find(|&index| bounds(index, in_body)).unwrap_or(regions.len());
        let range = start.map_or(0, |index| index + 1)..end;
        let mut text = String::new();
        for region in regions[range.clone()].iter().filter(|region| region.kind == RegionKind::Text) {
            text.push_str(&document.source.text(region.span).to_lowercase());
            // A marker is a short line; what is longer than this is prose.
            if text.len() > 4096 {
                break;
            }
        }
        let is_reply_marker = REPLY_MARKERS.iter().any(|marker| text.contains(marker));
        Line { regions: range, is_reply_marker }
    }
}

/// What PSAs and help desks write where a reply should begin.
const REPLY_MARKERS: [&str; 4] = ["##-", "-##", "above this line", "über dieser zeile"];

const VOID: [&str; 13] =
    ["br", "img", "hr", "input", "meta", "link", "area", "base", "col", "embed", "source", "track", "wbr"];

fn is_block(name: &[u8]) -> bool {
    const BLOCKS: [&str; 38] = [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "center",
        "dd",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "head",
        "header",
        "hr",
        "html",
        "li",
        "main",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "tr",
        "ul",
    ];
    BLOCKS.iter().any(|block| name.eq_ignore_ascii_case(block.as_bytes()))
}
