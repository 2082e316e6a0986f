//! From bytes to a document: finds what may be a macro or a deep link, parses each new spelling once, and names what is
//! wrong with it.
//!
//! ```text
//! Source --scan--> [Region] --places--> the position of each bracket and each hint of a link
//!    bracket --spelling, macros--> Part; hint --text_links, attributes--> LinkSpan; all of them --> Document
//! ```

pub mod deep_link;
pub mod document;
pub(crate) mod foreign_placeholders;
pub(crate) mod front_matter;
pub(crate) mod grammar;
mod hints;
mod macros;
mod misspelt_macros;
pub(crate) mod places;
mod spelling;
mod text_links;
mod unbracketed;
mod unclosed;

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use pest::Parser as _;

use self::hints::{Hint, Hints, PlainAddresses};
use self::macros::{MACRO_LIMIT, broken_macro, decode_with_offsets, hidden_macro, is_condition, is_macro_start};
pub(crate) use self::macros::{plain_macro_end, reaches_over};
use self::misspelt_macros::{
    doubled_macro, encoded_flaw, has_extra_bracket, is_date_form, is_index, misspelt_macro_at, other_brackets_at,
    with_end_tag,
};
pub(crate) use self::misspelt_macros::{in_square_brackets, is_between_marks};
use self::places::Places;
use self::spelling::{damaged_end, is_fill_in, is_other_syntax, plain_end, read_spelling};
pub(crate) use self::spelling::{damaged_name, follows_encoded_mark, is_array};
use self::text_links::text_links;
pub(crate) use self::unbracketed::macro_in_address;
use crate::html::scan;
use crate::interned::intern;
use crate::invisible::stray;
use crate::parse::document::{
    Argument, AttributeRole, Document, LinkMacro, LinkSpan, MacroFlaw, Part, PartKind, Piece, Place, Spelling,
};
use crate::parse::front_matter::FrontMatter;
use crate::parse::grammar::{Macros, Rule};
use crate::source::{Source, SourceKind};
use crate::span::Span;
use crate::vocabulary::Vocabulary;

/// How many spellings are remembered; a folder of real templates has some hundreds.
const INTERN_LIMIT: usize = 10_000;

/// How many link macros are remembered.
const MACROS: usize = 2_000;

/// Parses templates. Use one per thread, since it remembers every spelling that it has seen.
pub struct Parser<'v> {
    vocabulary: &'v Vocabulary,
    hints: Arc<Hints>,
    spellings: HashMap<Box<[u8]>, Option<Arc<Spelling>>, foldhash::fast::FixedState>,
    /// The last unclosed spelling: where there is one, there are often more.
    unclosed: Option<Arc<Spelling>>,
    /// Plain link macros by their bytes; spans are relative to their start.
    macros: HashMap<Box<[u8]>, LinkMacro, foldhash::fast::FixedState>,
    plain_addresses: PlainAddresses,
    spare_regions: Vec<scan::Region>,
}

impl<'v> Parser<'v> {
    /// A parser for the names of a vocabulary.
    pub fn new(vocabulary: &'v Vocabulary) -> Parser<'v> {
        Parser {
            vocabulary,
            hints: Arc::new(Hints::new(vocabulary)),
            spellings: HashMap::default(),
            unclosed: None,
            macros: HashMap::default(),
            plain_addresses: PlainAddresses::default(),
            spare_regions: Vec::new(),
        }
    }

    /// Returns the template of a document, and keeps the document's memory for the next one.
    pub fn release(&mut self, document: Document) -> Source {
        let Document { source, regions, .. } = document;
        self.spare_regions = regions;
        source
    }

    /// The vocabulary that this parser uses.
    pub fn vocabulary(&self) -> &'v Vocabulary {
        self.vocabulary
    }

    /// Parses a template with the settings at its top; any bytes result in a document.
    ///
    /// Settings that cannot be read count as text; [`FrontMatter::read`] returns the reason.
    ///
    /// ```
    /// use psalink::{Parser, Source, SourceKind, Vocabulary};
    /// let mut parser = Parser::new(Vocabulary::builtin());
    /// let document = parser.parse(Source::from_text("mail.html", "<p>Ticket [srnumber]</p>", SourceKind::Html));
    /// assert_eq!(document.parts()[0].spelling().map(|spelling| &*spelling.name), Some("srnumber"));
    /// ```
    pub fn parse(&mut self, source: Source) -> Document {
        let front_matter = FrontMatter::read(&source).ok().flatten();
        self.parse_with(source, front_matter)
    }

    /// Parses a text without settings at its top, whatever it begins with: a subject, a link, a part of a template.
    pub fn parse_body(&mut self, source: Source) -> Document {
        self.parse_with(source, None)
    }

    /// Like [`Parser::parse`], but lists the tags even if there is no macro and no link.
    pub fn parse_whole(&mut self, source: Source) -> Document {
        let front_matter = FrontMatter::read(&source).ok().flatten();
        self.parse_whole_with(source, front_matter)
    }

    /// Parses a template whose settings have already been read from this source.
    pub(crate) fn parse_with(&mut self, source: Source, front_matter: Option<FrontMatter>) -> Document {
        let hints = Arc::clone(&self.hints);
        let bytes = source.bytes();
        let mut brackets = memchr::memchr_iter(b'[', bytes).peekable();
        let mut plain_addresses = std::mem::take(&mut self.plain_addresses);
        let mut hints = hints.iter(bytes, &mut plain_addresses).peekable();
        if brackets.peek().is_none() && hints.peek().is_none() {
            drop(hints);
            self.plain_addresses = plain_addresses;
            return Document { front_matter, ..Document::plain(source) };
        }
        let body = front_matter.as_ref().map_or(0, |settings| settings.span.end as usize);
        // A message has a tag or a text for about every thirty bytes.
        let mut regions = std::mem::take(&mut self.spare_regions);
        regions.clear();
        regions.reserve(bytes.len() / 24);
        let summary = scan_body(&source, body, &mut regions);
        let mut parts = Vec::with_capacity(32);
        let mut links = Vec::with_capacity(32);
        let mut text_hits = Vec::new();
        let mut places = Places::new(&source, &regions, front_matter.as_ref());
        let mut resume = 0;
        loop {
            let (at, hint) = match (brackets.peek(), hints.peek()) {
                (Some(&bracket), Some(&(at, hint))) if at < bracket => (at, Some(hint)),
                (Some(&bracket), _) => (bracket, None),
                (None, Some(&(at, hint))) => (at, Some(hint)),
                (None, None) => break,
            };
            if hint.is_some() {
                hints.next();
            } else {
                brackets.next();
            }
            if hint == Some(Hint::Link) {
                let (place, conditional, _) = places.at(at);
                match place {
                    Place::Attribute(attribute) if attribute.role != AttributeRole::Other => {
                        let span = trim(bytes, attribute.value);
                        if links.last().is_none_or(|last: &LinkSpan| last.span.end <= span.start) {
                            links.push(LinkSpan { span, place, conditional });
                        }
                    }
                    Place::Text | Place::PlainText => text_hits.push((at, place, conditional)),
                    _ => {}
                }
                continue;
            }
            if at < resume || is_condition(bytes, at) {
                continue;
            }
            let (place, conditional, limit) = places.at(at);
            if let Some((span, kind)) = self.found_at(&source, hint, resume..at, limit, place) {
                resume = span.end as usize;
                parts.push(Part { span, place, conditional, kind });
            }
        }
        if !text_hits.is_empty() {
            text_links(&source, &regions, &parts, &text_hits, &mut links);
        }
        drop(hints);
        self.plain_addresses = plain_addresses;
        Document { source, regions, summary, parts, links, front_matter }
    }

    /// Like [`Parser::parse_with`], but lists the tags even if there is no macro and no link.
    pub(crate) fn parse_whole_with(&mut self, source: Source, front_matter: Option<FrontMatter>) -> Document {
        let mut document = self.parse_with(source, front_matter);
        if document.regions.is_empty() {
            let body = document.front_matter.as_ref().map_or(0, |settings| settings.span.end as usize);
            document.summary = scan_body(&document.source, body, &mut document.regions);
        }
        document
    }

    /// Whether a text contains what the addresses of a mail gateway contain.
    pub(crate) fn holds_gateway(&self, text: &[u8]) -> bool {
        self.hints.hold_gateway(text, &self.plain_addresses)
    }

    /// The spelling of a placeholder that is written as `text`, including brackets.
    pub fn spelling(&self, text: &str) -> Option<Arc<Spelling>> {
        spelling(self.vocabulary, text)
    }

    /// What begins at the end of `free`, or one byte earlier; the previous part ended at the start of `free`.
    fn found_at(
        &mut self,
        source: &Source,
        hint: Option<Hint>,
        free: Range<usize>,
        limit: usize,
        place: Place,
    ) -> Option<(Span, PartKind)> {
        let (bytes, at) = (source.bytes(), free.end);
        if hint == Some(Hint::Macro) {
            let span = other_brackets_at(&bytes[..limit], free.start, at, place, self.vocabulary)?;
            return Some((with_end_tag(bytes, free.start, span), PartKind::BrokenMacro(MacroFlaw::OtherBrackets)));
        }
        // `\[` is a bracket that an editor has escaped.
        let escaped = at.checked_sub(1).filter(|before| free.contains(before) && bytes[*before] == b'\\');
        [escaped.filter(|_| hint.is_none()), Some(at)].into_iter().flatten().find_map(|start| {
            let (end, kind) = self.part_at(source, start, limit, place)?;
            Some((Span::new(start, end), kind))
        })
    }

    /// What starts at a bracket, and where it ends.
    fn part_at(&mut self, source: &Source, at: usize, limit: usize, place: Place) -> Option<(usize, PartKind)> {
        let bytes = &source.bytes()[..limit];
        if bytes[at] != b'[' {
            return self.encoded_at(source, bytes, at, place);
        }
        if is_macro_start(bytes, at)
            && !is_date_form(bytes, at)
            && let Some((end, kind)) = self.macro_at(source, bytes, at, place)
        {
            let is_whole = !matches!(kind, PartKind::LinkMacro(_)) || !place.is_visible();
            let extra = PartKind::BrokenMacro(MacroFlaw::ExtraBracket);
            return Some(if is_whole || !has_extra_bracket(bytes, at, end) { (end, kind) } else { (end + 1, extra) });
        }
        if place.is_visible()
            && let Some((end, flaw)) = misspelt_macro_at(bytes, at, self.vocabulary)
        {
            return Some((end, PartKind::BrokenMacro(flaw)));
        }
        if place.is_visible()
            && bytes.get(at + 1) == Some(&b'[')
            && is_macro_start(bytes, at + 1)
            && let Some((end, PartKind::LinkMacro(_))) = self.macro_at(source, bytes, at + 1, place)
            && let Some((end, flaw)) = doubled_macro(bytes, end)
        {
            return Some((end, PartKind::BrokenMacro(flaw)));
        }
        if place == Place::Markup || place == Place::FrontMatter {
            return None;
        }
        if place.is_visible()
            && let Some((end, flaw)) = hidden_macro(source, bytes, at, self.vocabulary)
        {
            return Some((end, PartKind::BrokenMacro(flaw)));
        }
        let end = plain_end(bytes, at);
        if let Some(end) = end
            && let Some(spelling) = self.intern(source, &bytes[at..end])
        {
            if !place.is_visible() {
                // A style sheet or a comment may contain any word in brackets.
                return (!spelling.known.is_empty() && spelling.flaws.is_empty())
                    .then_some((end, PartKind::Placeholder(spelling)));
            }
            if spelling.known.is_empty() && is_other_syntax(bytes, at, end, place, &spelling) {
                return None;
            }
            let kind = if spelling.flaws.is_empty() { PartKind::Placeholder } else { PartKind::Malformed };
            return Some((end, kind(spelling)));
        }
        if !place.is_visible() {
            return None;
        }
        if let Some(end) = end {
            return is_fill_in(&source.decode(&bytes[at + 1..end - 1])).then_some((end, PartKind::FillIn));
        }
        self.damaged_at(source, bytes, at).or_else(|| self.unclosed_at(source, bytes, at))
    }

    /// `%5Bsrnumber%5D`, `&#91;srnumber&#93;`, and link macros written that way.
    fn encoded_at(&mut self, source: &Source, bytes: &[u8], at: usize, place: Place) -> Option<(usize, PartKind)> {
        if !place.is_visible() {
            return None;
        }
        if let Some(found) = self.damaged_at(source, bytes, at) {
            // `?filter%5Bsrnumber%5D=5` is the name of a parameter, which another site reads.
            let is_key = bytes.get(found.0) == Some(&b'=') && is_array(bytes, at, found.0, place);
            return (!is_key).then_some(found);
        }
        let end = damaged_end(bytes, at)?;
        let text = source.decode(&bytes[at..end]);
        let pairs = Macros::parse(Rule::opening, &text).ok()?;
        let rest = &text[pairs.as_str().len()..];
        let is_macro = self.vocabulary.targets().iter().any(|target| {
            rest.strip_prefix(target.prefix.as_str())
                .is_some_and(|rest| rest.starts_with(':') || rest.starts_with("%3"))
        });
        is_macro.then_some((end, PartKind::BrokenMacro(MacroFlaw::Encoded)))
    }

    fn damaged_at(&mut self, source: &Source, bytes: &[u8], at: usize) -> Option<(usize, PartKind)> {
        let end = damaged_end(bytes, at)?;
        let spelling = self.intern(source, &bytes[at..end])?;
        (!spelling.known.is_empty()).then_some((end, PartKind::Malformed(spelling)))
    }

    /// `[dd:ticket …]`, or what was meant to be one.
    fn macro_at(&mut self, source: &Source, bytes: &[u8], at: usize, place: Place) -> Option<(usize, PartKind)> {
        let end = plain_macro_end(bytes, at);
        if let Some(end) = end
            && let Some(known) = self.macros.get(&bytes[at..end])
        {
            return Some((end, PartKind::LinkMacro(Box::new(known.moved(0, at as u32)))));
        }
        let found = self.read_macro(source, bytes, at, place);
        if let Some((end_found, PartKind::LinkMacro(link_macro))) = &found
            && end == Some(*end_found)
            && self.macros.len() < MACROS
        {
            self.macros.insert(bytes[at..*end_found].into(), link_macro.moved(at as u32, 0));
        }
        found
    }

    fn read_macro(&self, source: &Source, bytes: &[u8], at: usize, place: Place) -> Option<(usize, PartKind)> {
        let window = &bytes[at..bytes.len().min(at + MACRO_LIMIT)];
        let colon = window.iter().position(|&byte| byte == b':')?;
        let prefix = std::str::from_utf8(&window[1..colon]).ok()?;
        let is_target =
            |prefix: &str| self.vocabulary.targets().iter().any(|target| target.prefix.eq_ignore_ascii_case(prefix));
        // A macro never contains another macro, which keeps the work linear if thousands are never closed.
        let next = memchr::memmem::find(&window[1..], &window[..=colon]).map_or(window.len(), |offset| offset + 1);
        let (text, offsets) = decode_with_offsets(source, &window[..next]);
        let span = |range: std::ops::Range<usize>| Span::new(at + offsets(range.start), at + offsets(range.end));
        match Macros::parse(Rule::link_macro, &text) {
            Ok(mut pairs) => {
                let pair = pairs.next()?;
                let end = at + offsets(pair.as_span().end());
                let piece = |pair: &pest::iterators::Pair<'_, Rule>| Piece {
                    span: span(pair.as_span().start()..pair.as_span().end()),
                    text: intern(pair.as_str()),
                };
                let mut inner = pair.into_inner();
                let prefix_piece = piece(&inner.next()?);
                let command = piece(&inner.next()?);
                let known_command =
                    self.vocabulary.targets().iter().any(|target| target.command(&command.text).is_some());
                let is_ours = is_target(prefix) && !is_index(bytes, at, &command.text, self.vocabulary);
                if !known_command && !is_ours {
                    return None;
                }
                let mut arguments = Vec::new();
                for argument in inner {
                    let mut inner = argument.into_inner();
                    let (Some(key), Some(value)) = (inner.next(), inner.next()) else { continue };
                    let value = value.into_inner().next()?;
                    arguments.push(Argument { key: piece(&key), value: piece(&value) });
                }
                // A text may contain emoji, which are made of several characters.
                let is_hidden = |argument: &Argument| {
                    &*argument.key.text != "text" && stray(&htmlize::unescape(&*argument.value.text)).next().is_some()
                };
                if arguments.iter().any(is_hidden) {
                    return Some((end, PartKind::BrokenMacro(MacroFlaw::Invisible)));
                }
                Some((end, PartKind::LinkMacro(Box::new(LinkMacro { prefix: prefix_piece, command, arguments }))))
            }
            Err(_) if is_target(prefix) => {
                if let Some((end, flaw @ (MacroFlaw::Invisible | MacroFlaw::Spaces))) =
                    hidden_macro(source, bytes, at, self.vocabulary)
                {
                    return Some((end, PartKind::BrokenMacro(flaw)));
                }
                let (length, flaw) = broken_macro(&text, place);
                let flaw = encoded_flaw(flaw, &text[..length], self.vocabulary);
                Some((at + offsets(length), PartKind::BrokenMacro(flaw)))
            }
            Err(_) => None,
        }
    }

    fn intern(&mut self, source: &Source, key: &[u8]) -> Option<Arc<Spelling>> {
        // In another encoding the same bytes may be different text, so only ASCII and UTF-8 are remembered.
        let is_shared = source.is_utf8() || key.is_ascii();
        if is_shared && let Some(known) = self.spellings.get(key) {
            return known.clone();
        }
        let spelling = read_spelling(self.vocabulary, &source.decode(key)).map(Arc::new);
        if is_shared && self.spellings.len() < INTERN_LIMIT {
            self.spellings.insert(key.into(), spelling.clone());
        }
        spelling
    }
}

/// The spelling of a placeholder that is written as `text`, including brackets.
pub(crate) fn spelling(vocabulary: &Vocabulary, text: &str) -> Option<Arc<Spelling>> {
    read_spelling(vocabulary, text).map(Arc::new)
}

/// Scans what follows the settings at the top of an HTML template.
fn scan_body(source: &Source, body: usize, regions: &mut Vec<scan::Region>) -> scan::Summary {
    if source.kind() != SourceKind::Html {
        return scan::Summary::default();
    }
    let summary = scan::scan_into(&source.bytes()[body..], regions);
    for region in regions.iter_mut().filter(|_| body > 0) {
        region.span.start += body as u32;
        region.span.end += body as u32;
    }
    summary
}

/// A value without the white space around it.
fn trim(bytes: &[u8], span: Span) -> Span {
    let text = &bytes[span.range()];
    let start = span.start as usize + text.len() - text.trim_ascii_start().len();
    Span::new(start, start + text.trim_ascii().len())
}
