//! The links of a rendered message, each read back as the reader's program would read it.

use std::collections::HashSet;

use crate::config::settings::Settings;
use crate::html::open_elements::OpenElements;
use crate::html::scan::{self, Region, RegionKind};
use crate::parse::Parser;
use crate::parse::deep_link::DeepLink;
use crate::parse::document::{Document, LinkSpan, Place};
use crate::render::ready::{Background, Ready};
use crate::render::rendered::RenderedLink;
use crate::render::sample::Sample;
use crate::render::verdicts::Verdicts;
use crate::source::decoded::{Decoded, References};
use crate::source::offset_map::OffsetMap;
use crate::source::{Source, SourceKind};
use crate::span::Span;
use crate::vocabulary::Vocabulary;

/// Collects the links of a message, one part after the other.
pub(super) struct MessageLinks<'a> {
    settings: &'a Settings,
    sample: &'a Sample,
    /// In the order in which they appear. In each part, links that only Outlook sees come last, and only if they lead
    /// elsewhere.
    pub(super) all: Vec<RenderedLink>,
}

impl<'a> MessageLinks<'a> {
    pub(super) fn new(ready: &'a Ready, sample: &'a Sample) -> MessageLinks<'a> {
        MessageLinks { settings: &ready.settings, sample, all: Vec::new() }
    }

    /// Adds the links of a part that was filled from the sample; `trace` leads back to its template. Parts after the
    /// first one only add new addresses.
    pub(super) fn add(
        &mut self,
        body: &mut String,
        trace: &OffsetMap,
        template: &Document,
        background: &Background,
        parser: &mut Parser<'_>,
    ) {
        let vocabulary = parser.vocabulary();
        let of_values = Verdicts::of_values(template, self.settings, vocabulary, self.sample);
        let kind = template.source().kind();
        // A large body is not copied, but moved out and back.
        let document = parser.parse_whole_with(Source::from_text("mail", std::mem::take(body), kind), None);
        let hosts = self.settings.hosts();
        let reader = LinkReader { document: &document, hosts, vocabulary, trace, background, of_values };
        let (mut links, mut more) = (Vec::new(), Vec::new());
        match kind {
            SourceKind::Html => {
                reader.anchors(&mut links, &mut more);
                more.extend(reader.in_text());
            }
            SourceKind::Text | SourceKind::Subject => links.extend(reader.in_text()),
        }
        if !self.all.is_empty() {
            more.splice(0..0, std::mem::take(&mut links));
        }
        self.all.append(&mut links);
        let mut known: HashSet<String> = self.all.iter().map(|link| link.url.clone()).collect();
        self.all.extend(more.into_iter().filter(|link| known.insert(link.url.clone())));
        *body = String::from_utf8(parser.release(document).into_bytes()).unwrap_or_default(); // it was text before
    }
}

struct LinkReader<'a> {
    document: &'a Document,
    hosts: Vec<String>,
    vocabulary: &'a Vocabulary,
    trace: &'a OffsetMap,
    background: &'a Background,
    of_values: Verdicts,
}

impl LinkReader<'_> {
    /// Elements that lead somewhere; those that only Outlook sees go to `outlook`.
    fn anchors(&self, links: &mut Vec<RenderedLink>, outlook: &mut Vec<RenderedLink>) {
        let bytes = self.document.source().bytes();
        let regions = self.document.regions();
        let href = |tag: Span| {
            let is_href = |name: Span| bytes[name.range()].eq_ignore_ascii_case(b"href");
            scan::attributes(bytes, tag).find(|attribute| is_href(attribute.name))
        };
        for (index, region) in regions.iter().enumerate().filter(|(_, region)| region.kind == RegionKind::StartTag) {
            let name = &bytes[scan::tag_name(bytes, region.span).range()];
            let is_shape = name.starts_with(b"v:");
            let is_area = name.eq_ignore_ascii_case(b"area");
            if !(name.eq_ignore_ascii_case(b"a") || is_area || is_shape) {
                continue;
            }
            let href_here = href(region.span);
            let Some(value) = href_here.as_ref().and_then(|href| href.value) else { continue };
            let url = Decoded::new(self.document.source(), value, References::Attribute).text().trim().to_owned();
            // A shape may contain others, but none that leads somewhere; otherwise, each would read all that follow it.
            let is_outside = |region: &Region| {
                let is_start = region.kind == RegionKind::StartTag;
                if !is_start && region.kind != RegionKind::EndTag {
                    return false;
                }
                let other = &bytes[scan::tag_name(bytes, region.span).range()];
                other.eq_ignore_ascii_case(name)
                    || is_shape && is_start && other.starts_with(b"v:") && href(region.span).is_some()
            };
            // An `<area>` has no content; its name is its alternative text.
            let text = match is_area {
                true => self.text_of(std::iter::once((region.kind, region.span))),
                false => {
                    let inside = regions[index + 1..].iter().take_while(|region| !is_outside(region));
                    self.text_of(inside.map(|region| (region.kind, region.span)))
                }
            };
            let links_here = self.document.links();
            let first = links_here.partition_point(|at| at.span.start < value.start);
            let at = links_here.get(first).filter(|at| value.covers(at.span));
            let is_portal = at.is_some_and(|at| self.is_portal(*at));
            // Problems with the quotes of a value are reported where they begin, or where they end if they are empty.
            let start = href_here.map_or(value.start, |href| href.name.start);
            let end = value.end + u32::from(value.is_empty() && (value.end as usize) < bytes.len());
            let link = self.link(url, text, is_portal, Span { start, end }, value);
            if region.conditional { outlook.push(link) } else { links.push(link) }
        }
    }

    /// What a reader sees of some regions: their text, and the alternative texts of images.
    fn text_of(&self, regions: impl Iterator<Item = (RegionKind, Span)>) -> String {
        let source = self.document.source();
        let mut text = String::new();
        for (kind, span) in regions {
            match kind {
                RegionKind::Text => text.push_str(Decoded::new(source, span, References::Text).text()),
                RegionKind::StartTag => {
                    let is_alt = |name: Span| source.bytes()[name.range()].eq_ignore_ascii_case(b"alt");
                    let alt = scan::attributes(source.bytes(), span).find(|attribute| is_alt(attribute.name));
                    text.push(' ');
                    if let Some(alt) = alt.and_then(|alt| alt.value) {
                        text.push_str(Decoded::new(source, alt, References::Attribute).text());
                    }
                }
                RegionKind::EndTag => text.push(' '),
                _ => {}
            }
        }
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// Addresses written as text.
    fn in_text(&self) -> Vec<RenderedLink> {
        let mut found: Vec<(u32, RenderedLink)> = Vec::new();
        let mut open_elements = OpenElements::of_links(self.document);
        for &at in self.document.links() {
            // An address in the text of a link leads to where the link leads.
            let mut is_in_anchor =
                || at.place == Place::Text && open_elements.at(at.span.start as usize).anchor.is_some();
            if matches!(at.place, Place::Text | Place::PlainText | Place::Subject) && !is_in_anchor() {
                let references = References::of(self.document.source().kind(), false);
                let url = Decoded::new(self.document.source(), at.span, references).text().to_owned();
                found.push((at.span.start, self.link(url.clone(), url, self.is_portal(at), at.span, at.span)));
            }
        }
        if self.document.source().kind() == SourceKind::Text {
            let text = String::from_utf8_lossy(self.document.source().bytes());
            for (start, url) in addresses(&text) {
                let before = self.document.links().partition_point(|at| at.span.start <= start);
                let is_known = before.checked_sub(1).is_some_and(|index| self.document.links()[index].span.end > start);
                if !is_known {
                    let at = Span { start, end: start + url.len() as u32 };
                    found.push((start, self.link(url.to_owned(), url.to_owned(), false, at, at)));
                }
            }
            found.sort_by_key(|(start, _)| *start);
        }
        found.into_iter().map(|(_, link)| link).collect()
    }

    /// A link, with the verdict on `place` in its template.
    fn link(&self, url: String, text: String, is_portal: bool, place: Span, address: Span) -> RenderedLink {
        let place = self.trace.whole_origin(place);
        let (problem, doubt) = self.background.verdicts.on(place);
        let problem = problem.or_else(|| self.of_values.on(place).0);
        let origin = self.background.origin(self.trace.whole_origin(address));
        RenderedLink { url, text, is_portal, problem, doubt, part: self.document.source().kind(), origin }
    }

    /// Whether a link leads to the portal, or to its former address.
    fn is_portal(&self, at: LinkSpan) -> bool {
        let mut targets = self.vocabulary.targets().iter();
        targets.any(|target| DeepLink::read(self.document, at, target, &self.hosts).is_some())
    }
}

/// The addresses in plain text, with their positions.
fn addresses(text: &str) -> Vec<(u32, &str)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(colon) = text[at..].find(':').map(|offset| at + offset) {
        at = colon + 1;
        let scheme = ["https", "http", "mailto", "tel"].iter().find(|scheme| text[..colon].ends_with(**scheme));
        let Some(scheme) = scheme else { continue };
        let start = colon - scheme.len();
        let is_inside_word = text[..start].ends_with(|character: char| character.is_alphanumeric());
        let has_slashes = text[at..].starts_with("//");
        if is_inside_word || has_slashes != scheme.starts_with("http") {
            continue;
        }
        let is_end =
            |character: char| character.is_whitespace() || character.is_control() || "<>\"".contains(character);
        let end = text[at..].find(is_end).map_or(text.len(), |offset| at + offset);
        let url = text[start..end].trim_end_matches(['.', ',', ';', ':', '!', '?', ')', '\'']);
        if url.len() > colon + 1 - start {
            found.push((start as u32, url));
        }
        at = end;
    }
    found
}
