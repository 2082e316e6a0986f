//! One template, and everything that a rule may ask about it.

use std::borrow::Cow;
use std::cell::{Cell, OnceCell, RefCell};
use std::collections::HashMap;

use crate::config::settings::Settings;
use crate::html::element::{Element, Elements};
use crate::html::scan::{self, Attribute, Region, RegionKind};
use crate::lint::names::DamagedNames;
use crate::lint::tags::{Address, LEADING, Tag, TagKind, Walk};
use crate::parse::deep_link::DeepLink;
use crate::parse::document::{Document, LinkSpan, Part, Place, Spelling};
use crate::parse::places::Places;
use crate::source::SourceKind;
use crate::span::Span;
use crate::vocabulary::{Command, Dialect, Target, Vocabulary};

/// One template, and everything that a rule may ask about it.
#[derive(Debug)]
pub(crate) struct Context<'a> {
    /// The template.
    pub document: &'a Document,
    /// What applies to it: its dialect, its portal, who reads it.
    pub settings: &'a Settings,
    /// What is known about the PSAs and the portal.
    pub vocabulary: &'a Vocabulary,
    hosts: Vec<String>,
    /// How many gateways have wrapped this template, which is a link inside another link.
    depth: usize,
    walk: OnceCell<Walk>,
    pub(super) anchors: OnceCell<Vec<Anchor>>,
    /// Where was asked about last, and where the next character beyond ASCII is.
    beyond_ascii: Cell<Option<(u32, u32)>>,
    names_its_site: OnceCell<bool>,
    /// The regions of the tags with a quote that is never closed, each with the attribute and its value.
    pub(super) unclosed_quotes: OnceCell<Vec<(u32, Attribute, Span)>>,
    /// The link that was checked last, and the placeholders in it that another rule corrects.
    pub(super) corrected: RefCell<Option<(Span, Vec<Span>)>>,
    meanings: OnceCell<HashMap<String, &'a str>>,
    /// Which names in brackets are plain text, as far as they were looked up.
    pub(super) texts: RefCell<HashMap<String, bool>>,
    pub(super) damaged_names: OnceCell<DamagedNames>,
}

const BASE: Elements = Elements::of(&[Element::Base]);
const STYLE: Elements = Elements::of(&[Element::Style]);

const BOM: &[u8] = b"\xEF\xBB\xBF";

/// A portal link.
#[derive(Debug)]
pub(crate) struct PortalLink<'a> {
    /// The product that it leads to.
    pub target: &'a Target,
    /// The link.
    pub link: DeepLink,
}

/// The address that a mail gateway has wrapped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Inner {
    /// The address as it should be.
    pub url: String,
    /// Whether it leads to the portal, or to another host, that the settings name.
    pub is_own: bool,
}

/// A placeholder, whole or damaged, and where it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Token<'a> {
    /// The placeholder.
    pub part: &'a Part,
    /// How it is spelled, and which dialects know it.
    pub spelling: &'a Spelling,
    /// The portal link around it.
    pub link: Option<&'a PortalLink<'a>>,
}

/// An `<a>` and where it ends, as seen by programs that read its start the same way: Outlook, or all others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Anchor {
    /// Its start tag.
    pub tag: Tag,
    /// The value of its `href`.
    pub href: Option<Span>,
    /// The index of its end tag among the document's regions, unless it is never closed.
    pub end: Option<u32>,
    /// The index of the anchor around it among all anchors.
    pub outer: Option<u32>,
    /// Whether another anchor begins inside it.
    pub holds_anchor: bool,
}

impl<'a> Context<'a> {
    /// A context for a template and its settings.
    pub fn new(document: &'a Document, settings: &'a Settings, vocabulary: &'a Vocabulary) -> Context<'a> {
        Context {
            document,
            settings,
            vocabulary,
            hosts: settings.hosts(),
            depth: 0,
            walk: OnceCell::new(),
            anchors: OnceCell::new(),
            beyond_ascii: Cell::new(None),
            names_its_site: OnceCell::new(),
            unclosed_quotes: OnceCell::new(),
            corrected: RefCell::default(),
            meanings: OnceCell::new(),
            texts: RefCell::default(),
            damaged_names: OnceCell::new(),
        }
    }

    /// A link that was inside one of this template, under the same settings.
    pub(crate) fn inside<'b>(&self, document: &'b Document) -> Context<'b>
    where
        'a: 'b,
    {
        Context {
            document,
            settings: self.settings,
            vocabulary: self.vocabulary,
            hosts: self.hosts.clone(),
            depth: self.depth + 1,
            walk: OnceCell::new(),
            anchors: OnceCell::new(),
            beyond_ascii: Cell::new(None),
            names_its_site: OnceCell::new(),
            unclosed_quotes: OnceCell::new(),
            corrected: RefCell::default(),
            meanings: OnceCell::new(),
            texts: RefCell::default(),
            damaged_names: OnceCell::new(),
        }
    }

    pub(super) fn depth(&self) -> usize {
        self.depth
    }

    /// Whether a host, given in lower case, is a portal host.
    pub fn is_portal_host(&self, host: &str) -> bool {
        let is_below =
            |suffix: &str| host.strip_suffix(suffix).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
        self.hosts.iter().any(|known| known == host)
            || self.vocabulary.targets().iter().any(|target| is_below(&target.host_suffix))
    }

    /// The bytes of the template.
    pub fn bytes(&self) -> &'a [u8] {
        self.document.source().bytes()
    }

    /// Whether a span has only ASCII characters. Most templates have few others, so the place of the next one answers
    /// most questions.
    pub(super) fn is_ascii(&self, span: Span) -> bool {
        let (from, mut next) = self.beyond_ascii.get().unwrap_or_default();
        if span.start < from || next < span.start || self.beyond_ascii.get().is_none() {
            let rest = self.bytes().get(span.start as usize..).unwrap_or_default();
            let blocks = rest.chunks(64).take_while(|block| block.is_ascii()).count();
            let last = rest.get(blocks * 64..).unwrap_or_default();
            let length = blocks * 64 + last.iter().position(|byte| !byte.is_ascii()).unwrap_or(last.len());
            next = span.start.saturating_add(u32::try_from(length).unwrap_or(u32::MAX));
            self.beyond_ascii.set(Some((span.start, next)));
        }
        span.end <= next
    }

    /// The bytes of a span.
    pub fn slice(&self, span: Span) -> &'a [u8] {
        self.bytes().get(span.range()).unwrap_or_default()
    }

    /// The dialect of the template.
    pub fn dialect(&self) -> &'a Dialect {
        self.settings.dialect(self.vocabulary)
    }

    /// The name of the placeholder with that meaning, if the dialect has one.
    pub fn token(&self, meaning: &str) -> Option<&'a str> {
        self.settings.token(self.vocabulary, meaning)
    }

    /// All hosts in the settings, in lower case.
    pub fn hosts(&self) -> &[String] {
        &self.hosts
    }

    /// Reads a link as a portal link; `None` if it is another vendor's.
    pub fn portal_link(&self, at: LinkSpan) -> Option<PortalLink<'a>> {
        self.vocabulary.targets().iter().find_map(|target| {
            DeepLink::read(self.document, at, target, &self.hosts).map(|link| PortalLink { target, link })
        })
    }

    /// Answers what is around a byte; questions must come in ascending order.
    pub(super) fn places(&self) -> Places<'a> {
        Places::new(self.document.source(), self.document.regions(), self.document.front_matter())
    }

    /// Whether a span is inside the host part of a portal link.
    pub(super) fn is_in_portal_host(&self, span: Span) -> bool {
        let links = self.document.links();
        let at = links.partition_point(|link| link.span.end <= span.start);
        // A host is short, but what follows it may be long.
        let begins = |link: &&LinkSpan| link.span.covers(span) && span.start - link.span.start <= 300;
        let link = links.get(at).filter(begins);
        let host = link.and_then(|link| self.portal_link(*link)).and_then(|portal_link| portal_link.link.host);
        host.is_some_and(|host| host.span.covers(span))
    }

    /// The subject and its place, from its own file or from the settings at the top of a template.
    pub(super) fn subject(&self) -> Option<(Cow<'a, str>, Span)> {
        let source = self.document.source();
        if source.kind() == SourceKind::Subject {
            let bytes = source.bytes();
            let start = if bytes.starts_with(BOM) { BOM.len() } else { 0 };
            let text = bytes[start..].trim_ascii_end();
            let span = Span::new(start, start + text.len());
            return Some((source.text(span), span));
        }
        let (text, span) = self.document.front_matter()?.subject.as_ref()?;
        let value = self.slice(*span);
        let start = span.start as usize + value.len() - value.trim_ascii_start().len();
        Some((Cow::Borrowed(text), Span::new(start, start + value.trim_ascii().len())))
    }

    /// Whether the quotes in a tag may not be where they should be, going by what the scanner has seen; in most
    /// templates they are.
    pub(super) fn may_tear_quotes(&self) -> bool {
        let summary = self.document.summary();
        let is_tag = |last: &Region| last.kind == RegionKind::StartTag;
        summary.has_suspect || summary.has_odd_value || self.document.regions().last().is_some_and(is_tag)
    }

    /// What rules ask about, found in one walk over the template.
    pub(super) fn walk(&self) -> &Walk {
        self.walk.get_or_init(|| Walk::of(self.bytes(), self.document.regions()))
    }

    /// The addresses in attributes, in order.
    pub fn addresses(&self) -> &[Address] {
        self.walk().addresses(self.bytes())
    }

    /// The start tags of a kind.
    pub(super) fn tags(&self, kind: TagKind) -> impl Iterator<Item = &Tag> {
        let (tags, all) = match kind {
            TagKind::Leading => (self.walk().tags(), false),
            TagKind::Unquoted => (self.walk().unquoted.as_slice(), true),
            TagKind::Unknown => (self.walk().unknown.as_slice(), true),
        };
        tags.iter().filter(move |tag| !tag.is_end && (all || tag.is_any(LEADING) || tag.is_suspect))
    }

    /// The start tags with one of some names.
    pub fn elements(&self, names: Elements) -> impl Iterator<Item = &Tag> {
        self.walk().of_elements(names).filter(|tag| !tag.is_end)
    }

    /// The tag around a byte.
    pub(super) fn tag_around(&self, at: u32) -> Option<Tag> {
        let regions = self.document.regions();
        let index = regions.partition_point(|region| region.span.end <= at);
        let region = regions.get(index).filter(|region| region.span.start <= at)?;
        Tag::of(self.bytes(), region, index)
    }

    /// The regions that are neither text nor tags, with their indices.
    pub(super) fn markers(&self) -> impl Iterator<Item = (usize, &'a Region)> {
        let regions = self.document.regions();
        self.walk().markers.iter().filter_map(|&index| Some((index as usize, regions.get(index as usize)?)))
    }

    /// Whether a tag has that name, given in lower case.
    pub fn is_named(&self, tag: &Tag, name: &str) -> bool {
        tag.name.len() == name.len() && self.slice(tag.name).eq_ignore_ascii_case(name.as_bytes())
    }

    /// The attributes of a tag.
    pub fn attributes(&self, tag: &Tag) -> impl Iterator<Item = Attribute> + use<'a> {
        scan::attributes_after(self.bytes(), tag.span, tag.name)
    }

    /// The attribute with that name, given in lower case; if there are several, the first counts.
    pub fn attribute(&self, tag: &Tag, name: &str) -> Option<Attribute> {
        self.attributes(tag).find(|attribute| self.slice(attribute.name).eq_ignore_ascii_case(name.as_bytes()))
    }

    /// An attribute's value as text: character references decoded, surrounding white space removed.
    pub fn value(&self, value: Span) -> Cow<'a, str> {
        htmlize::unescape_attribute(self.document.text(self.trim(value)))
    }

    /// A span without the white space around it.
    pub fn trim(&self, span: Span) -> Span {
        let text = self.slice(span);
        let start = span.start as usize + text.len() - text.trim_ascii_start().len();
        Span::new(start, start + text.trim_ascii().len())
    }

    /// The macro at a byte.
    pub fn part_at(&self, offset: usize) -> Option<&'a Part> {
        let parts = self.document.parts();
        let after = parts.partition_point(|part| part.span.start as usize <= offset);
        parts[..after].last().filter(|part| part.span.contains(offset))
    }

    /// The character at a byte, or the last character if the template ends there.
    pub fn character_at(&self, offset: usize) -> Span {
        let bytes = self.bytes();
        let goes_on = |at: usize| self.document.source().is_utf8() && bytes.get(at).is_some_and(|byte| byte >> 6 == 2);
        let mut start = offset.min(bytes.len().saturating_sub(1));
        // A character has at most four bytes, but any number of invalid bytes may follow each other.
        for _ in 0..3 {
            start -= usize::from(start > 0 && goes_on(start));
        }
        let end = (start + 1..start + 4).find(|&at| !goes_on(at)).unwrap_or(start + 4);
        Span::new(start, end.min(bytes.len()))
    }

    /// Whether `<base>` sets the site that its addresses are relative to.
    pub(super) fn names_its_site(&self) -> bool {
        *self.names_its_site.get_or_init(|| self.elements(BASE).any(|base| self.attribute(base, "href").is_some()))
    }

    /// The meaning whose name has these letters and digits, however it is written: `{{ Contact.FirstName }}`.
    pub(super) fn meaning_called(&self, written: &str) -> Option<&'a str> {
        let plain = |name: &str| -> String {
            name.chars()
                .filter(|character| character.is_alphanumeric() || *character == '.')
                .collect::<String>()
                .to_lowercase()
        };
        let meanings = self.meanings.get_or_init(|| {
            let mut meanings = HashMap::new();
            let placeholders = self.vocabulary.dialects().iter().flat_map(Dialect::placeholders);
            for meaning in placeholders.flat_map(|placeholder| &placeholder.means) {
                meanings.entry(plain(meaning)).or_insert(meaning.as_str());
            }
            meanings
        });
        meanings.get(&plain(written)).copied()
    }

    /// The style sheets in the template, each with its start tag.
    pub fn style_sheets(&self) -> impl Iterator<Item = (&Tag, &'a Region)> {
        let regions = self.document.regions();
        let sheet =
            |tag: &Tag| regions.get(tag.region as usize + 1).filter(|region| region.kind == RegionKind::RawText);
        self.elements(STYLE).filter_map(move |tag| Some((tag, sheet(tag)?)))
    }
}

impl<'a> PortalLink<'a> {
    /// The command that it names, if the target knows it.
    pub fn command(&self) -> Option<&'a Command> {
        self.link.value("name").and_then(|name| self.target.command_named(&name.text))
    }

    /// Whether readers see it broken: in text, `&quot` counts even without a semicolon, so `&quote_id=` shows as
    /// `"e_id=`.
    pub fn is_broken_by_reference(&self) -> bool {
        self.link.at.place == Place::Text && self.link.text().contains(['"', '>'])
    }
}
