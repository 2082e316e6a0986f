//! Reply markers, such as `##- Please type your reply above this line -##`: which blocks of a template contain one.
//!
//! A PSA cuts a customer's answer at its marker, and may look for the ticket number there. What counts is the innermost
//! block around a number, from its start tag to its end tag. For text directly in the body it is the line, because
//! otherwise one marker at the top of a message would count for all of it.

use std::collections::HashMap;
use std::sync::OnceLock;

use aho_corasick::packed;

use crate::html::elements::block_name;
use crate::html::open_elements::OpenElements;
use crate::html::scan::{self, Region, RegionKind};
use crate::parse::document::{Document, PartKind, Place};
use crate::span::Span;

/// Tells whether the block around a text contains a reply marker.
pub(crate) struct ReplyMarkers {
    /// Where the innermost block or line changes, and its ID.
    starts: Vec<(u32, u32)>,
    /// Whether each block or line contains a marker.
    marked: Vec<bool>,
}

impl ReplyMarkers {
    /// Reads a whole template in one pass.
    pub(crate) fn new(document: &Document) -> ReplyMarkers {
        if !may_hold_marker(document.source().bytes()) {
            return ReplyMarkers { starts: Vec::new(), marked: Vec::new() };
        }
        let mut reader = MarkerReader {
            document,
            open_elements: OpenElements::new(document),
            skipped_spans: skipped_spans(document),
            blocks: Blocks::default(),
            line: Some(TextUnit { id: 0, markers: 0 }),
            outside: None,
            text: String::new(),
            markers: 0,
            found: ReplyMarkers { starts: Vec::new(), marked: vec![false] },
        };
        document.regions.iter().for_each(|region| reader.region(region));
        reader.finish()
    }

    /// Whether the block around a byte of text contains a marker.
    pub(crate) fn are_around(&self, offset: usize) -> bool {
        let next = self.starts.partition_point(|&(start, _)| start as usize <= offset);
        let id = next.checked_sub(1).map_or(0, |index| self.starts[index].1);
        self.marked.get(id as usize).copied().unwrap_or(false)
    }
}

/// What PSAs and help desks write where a reply should begin.
const MARKERS: [&str; 4] = ["##-", "-##", "above this line", "über dieser zeile"];

/// Whether a template may contain a marker; most contain no part of one, so one search is enough.
fn may_hold_marker(bytes: &[u8]) -> bool {
    static HINTS: OnceLock<Option<packed::Searcher>> = OnceLock::new();
    // Without first letters, since those may be capitals; a `#` may be written as a character reference.
    let hints =
        HINTS.get_or_init(|| packed::Searcher::new(["##", "#35", "#x23", "num;", "bove", "BOVE", "ieser", "IESER"]));
    hints.as_ref().is_none_or(|hints| hints.find(bytes).is_some())
}

/// What a rewrite may change: link macros, and links in text. They are never part of a marker, so that the answer is
/// the same before and after.
fn skipped_spans(document: &Document) -> Vec<Span> {
    let macros = document.parts.iter().filter(|part| matches!(part.kind, PartKind::LinkMacro(_))).map(|part| part.span);
    let links = document.links.iter().filter(|link| link.place == Place::Text).map(|link| link.span);
    let mut all: Vec<Span> = macros.chain(links).collect();
    all.sort_by_key(|span| span.start);
    let mut skipped_spans: Vec<Span> = Vec::with_capacity(all.len());
    for span in all {
        match skipped_spans.last_mut() {
            Some(last) if span.start < last.end => last.end = last.end.max(span.end),
            _ => skipped_spans.push(span),
        }
    }
    skipped_spans
}

/// A line of the body, or a block.
#[derive(Clone, Copy)]
struct TextUnit {
    id: u32,
    /// How many markers came before it.
    markers: usize,
}

/// Goes through the regions, and tracks the open blocks.
struct MarkerReader<'d> {
    document: &'d Document,
    open_elements: OpenElements<'d>,
    /// The spans to skip, in order.
    skipped_spans: Vec<Span>,
    blocks: Blocks,
    /// The current line, if no block is open.
    line: Option<TextUnit>,
    /// During a conditional comment: how many blocks were open before it, and the line.
    outside: Option<(usize, Option<TextUnit>)>,
    /// The text since the last end of a line or block, in lower case, with white space as single spaces.
    text: String,
    /// How many markers were found so far.
    markers: usize,
    found: ReplyMarkers,
}

impl MarkerReader<'_> {
    fn region(&mut self, region: &Region) {
        match region.kind {
            RegionKind::Text => self.text_region(region.span),
            RegionKind::StartTag | RegionKind::EndTag => self.tag(region),
            RegionKind::ConditionalOpen => {
                self.end_text();
                self.outside = Some((self.blocks.open.len(), self.line));
            }
            RegionKind::ConditionalClose => {
                self.end_text();
                // Only Outlook sees the tags in between; they neither open nor close anything for what follows.
                if let Some((depth, line)) = self.outside.take() {
                    self.close_to(depth);
                    self.end_line();
                    self.line = line;
                    self.enter(region.span.end);
                }
            }
            _ => {}
        }
    }

    fn text_region(&mut self, span: Span) {
        if self.is_in_link(span) {
            return self.end_text(); // not a marker, and the text of our own links must not become one
        }
        let mut at = span.start;
        let first = self.skipped_spans.partition_point(|skipped| skipped.end <= span.start);
        for index in first..self.skipped_spans.len() {
            let skipped = self.skipped_spans[index];
            if skipped.start >= span.end {
                break;
            }
            self.read(Span { start: at, end: skipped.start.max(at) });
            self.end_text();
            at = skipped.end.min(span.end);
        }
        self.read(Span { start: at, end: span.end });
    }

    fn read(&mut self, span: Span) {
        let text = self.document.source.text(span);
        for character in htmlize::unescape(&*text).chars() {
            if !character.is_whitespace() {
                self.text.extend(character.to_lowercase());
            } else if !self.text.ends_with(' ') {
                self.text.push(' ');
            }
        }
    }

    /// Looks for a marker in the text since the last end of a line or block.
    fn end_text(&mut self) {
        self.markers += usize::from(MARKERS.iter().any(|marker| self.text.contains(marker)));
        self.text.clear();
    }

    fn tag(&mut self, region: &Region) {
        let bytes = self.document.source.bytes();
        let name = &bytes[scan::tag_name(bytes, region.span).range()];
        let is_break = name.eq_ignore_ascii_case(b"br");
        let Some(block) = block_name(name) else {
            if is_break && self.blocks.open.is_empty() && !self.is_skipped(region.span) {
                self.next_line(region.span.end);
            } else if is_break {
                self.text.push(' ');
            } else if name.eq_ignore_ascii_case(b"a") || matches!(name, [b'v' | b'V', b':', ..]) {
                self.end_text();
            }
            return;
        };
        // Blocks in a link, or in what becomes one, have no effect outside it: they need not be closed there.
        if self.is_skipped(region.span) || self.is_in_link(region.span) {
            return;
        }
        self.end_text();
        let floor = self.outside.map_or(0, |(depth, _)| depth);
        if region.kind == RegionKind::EndTag {
            self.close_to(self.blocks.depth_after(block, floor));
        } else {
            while let Some(depth) = self.blocks.depth_before(block, floor) {
                self.close_to(depth);
            }
            if !NEVER_OPEN.contains(&block) {
                self.end_line();
                let unit = self.new_unit();
                self.blocks.push(block, unit);
                return self.enter(region.span.end);
            }
        }
        if self.blocks.open.is_empty() {
            self.next_line(region.span.end);
        } else {
            self.enter(region.span.end);
        }
    }

    /// Whether a tag or text is in an element that cannot contain a link.
    fn is_in_link(&mut self, span: Span) -> bool {
        let around = self.open_elements.at(span.start as usize);
        around.anchor.is_some() || around.takes_no_link
    }

    fn is_skipped(&self, tag: Span) -> bool {
        let index = self.skipped_spans.partition_point(|skipped| skipped.end <= tag.start);
        self.skipped_spans.get(index).is_some_and(|skipped| skipped.start <= tag.start)
    }

    fn new_unit(&mut self) -> TextUnit {
        self.found.marked.push(false);
        TextUnit { id: self.found.marked.len() as u32 - 1, markers: self.markers }
    }

    /// Sets the innermost block or line from this byte on.
    fn enter(&mut self, at: u32) {
        let block = self.blocks.open.last().map(|block| block.unit);
        let id = block.or(self.line).map_or(0, |unit| unit.id);
        self.found.starts.push((at, id));
    }

    fn next_line(&mut self, at: u32) {
        self.end_text();
        self.end_line();
        self.line = Some(self.new_unit());
        self.enter(at);
    }

    fn end_line(&mut self) {
        if let Some(line) = self.line.take() {
            self.end(line);
        }
    }

    fn close_to(&mut self, depth: usize) {
        while self.blocks.open.len() > depth {
            let Some(unit) = self.blocks.pop() else { return };
            self.end(unit);
        }
    }

    fn end(&mut self, unit: TextUnit) {
        self.found.marked[unit.id as usize] |= self.markers > unit.markers;
    }

    fn finish(mut self) -> ReplyMarkers {
        self.end_text();
        self.close_to(0);
        self.end_line();
        self.found
    }
}

/// The open blocks, innermost last.
#[derive(Default)]
struct Blocks {
    open: Vec<OpenBlock>,
    /// The innermost open block with each name, counted from 1; searching would take too long in deeply nested
    /// templates.
    last: HashMap<&'static str, usize>,
}

struct OpenBlock {
    name: &'static str,
    unit: TextUnit,
    /// The next outer block with that name, counted from 1.
    outer: usize,
}

const CELLS: &[&str] = &["td", "th"];
const ROWS: &[&str] = &["td", "th", "tr"];
const SECTIONS: &[&str] = &["td", "th", "tr", "tbody", "thead", "tfoot", "caption"];

/// Elements whose content cannot stay open past their tags.
const WALLS: &[&str] = &["td", "th", "caption", "table"];

/// Elements without content, or around all of it.
const NEVER_OPEN: [&str; 4] = ["hr", "html", "head", "body"];

impl Blocks {
    fn push(&mut self, name: &'static str, unit: TextUnit) {
        self.open.push(OpenBlock { name, unit, outer: self.last(&[name]) });
        self.last.insert(name, self.open.len());
    }

    fn pop(&mut self) -> Option<TextUnit> {
        let OpenBlock { name, unit, outer } = self.open.pop()?;
        self.last.insert(name, outer);
        Some(unit)
    }

    /// The innermost open block with one of these names, counted from 1.
    fn last(&self, names: &[&str]) -> usize {
        names.iter().filter_map(|name| self.last.get(name).copied()).max().unwrap_or(0)
    }

    /// How many blocks stay open if a start tag implicitly closes an open block.
    fn depth_before(&self, name: &str, floor: usize) -> Option<usize> {
        let (ended, within): (&[&str], &[&[&str]]) = match name {
            "td" | "th" => (CELLS, &[&["table"]]),
            "tr" => (ROWS, &[&["table"]]),
            "tbody" | "thead" | "tfoot" | "caption" => (SECTIONS, &[&["table"]]),
            "li" => (&["li", "p"], &[WALLS, &["ul", "ol"]]),
            "dd" | "dt" => (&["dd", "dt", "p"], &[WALLS, &["dl"]]),
            _ => (&["p"], &[WALLS]),
        };
        let limit = within.iter().map(|names| self.last(names)).max().unwrap_or(0).max(floor);
        self.last(ended).checked_sub(1).filter(|&depth| depth >= limit)
    }

    /// How many blocks stay open after an end tag.
    fn depth_after(&self, name: &str, floor: usize) -> usize {
        let limit = match name {
            "table" => 0,
            _ if SECTIONS.contains(&name) => self.last(&["table"]),
            _ => self.last(WALLS),
        };
        let depth = self.last(&[name]).checked_sub(1).filter(|&depth| depth >= limit.max(floor));
        depth.unwrap_or(self.open.len())
    }
}
