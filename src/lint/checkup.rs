//! One template and everything that a rule may ask about it.

use std::borrow::Cow;
use std::cell::OnceCell;

use crate::document::{Document, LinkSpan, Part, Place, Spelling};
use crate::link::DeepLink;
use crate::parse::places::Places;
use crate::scan::{self, Attribute, Region, RegionKind};
use crate::settings::Settings;
use crate::source::SourceKind;
use crate::span::Span;
use crate::vocabulary::{Command, Dialect, Target, Vocabulary};

/// One template and everything that a rule may ask about it.
#[derive(Debug)]
pub struct Checkup<'a> {
    /// The template.
    pub document: &'a Document,
    /// What holds for it: its dialect, its portal, who reads it.
    pub settings: &'a Settings,
    /// What is known of the PSAs and of the portal.
    pub vocabulary: &'a Vocabulary,
    hosts: Vec<String>,
    /// How many gateways have wrapped this template, which is a link inside another.
    depth: usize,
    tags: OnceCell<Vec<Tag>>,
}

const BOM: &[u8] = b"\xEF\xBB\xBF";

/// A link of the portal.
#[derive(Debug)]
pub struct PortalLink<'a> {
    /// The product that it leads to.
    pub target: &'a Target,
    /// The link.
    pub link: DeepLink,
}

/// A placeholder, whole or damaged, where it stands.
#[derive(Clone, Copy, Debug)]
pub struct Token<'a> {
    /// The placeholder.
    pub part: &'a Part,
    /// How it is written, and who knows it.
    pub spelling: &'a Spelling,
    /// The link of the portal that it stands in.
    pub link: Option<&'a PortalLink<'a>>,
}

/// A start or end tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tag {
    /// From `<` to after `>`.
    pub span: Span,
    /// Its name as it is written.
    pub name: Span,
    /// `</a>`.
    pub is_end: bool,
    /// Whether only Outlook sees it.
    pub conditional: bool,
    /// Its index among the document's regions.
    pub region: usize,
}

impl<'a> Checkup<'a> {
    /// Takes a template and what holds for it.
    pub fn new(document: &'a Document, settings: &'a Settings, vocabulary: &'a Vocabulary) -> Checkup<'a> {
        Checkup { document, settings, vocabulary, hosts: settings.hosts(), depth: 0, tags: OnceCell::new() }
    }

    /// A link that was inside one of this template, under the same settings.
    pub(super) fn inside<'b>(&self, document: &'b Document) -> Checkup<'b>
    where
        'a: 'b,
    {
        Checkup {
            document,
            settings: self.settings,
            vocabulary: self.vocabulary,
            hosts: self.hosts.clone(),
            depth: self.depth + 1,
            tags: OnceCell::new(),
        }
    }

    pub(super) fn depth(&self) -> usize {
        self.depth
    }

    /// The bytes of the template.
    pub fn bytes(&self) -> &'a [u8] {
        self.document.source().bytes()
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

    /// Every host that the settings name, in lower case.
    pub fn hosts(&self) -> &[String] {
        &self.hosts
    }

    /// Reads a stretch as a link of a portal; `None` if it is somebody else's.
    pub fn portal_link(&self, at: LinkSpan) -> Option<PortalLink<'a>> {
        self.vocabulary.targets().iter().find_map(|target| {
            DeepLink::read(self.document, at, target, &self.hosts).map(|link| PortalLink { target, link })
        })
    }

    /// Answers where a byte stands; the questions come in ascending order.
    pub(super) fn places(&self) -> Places<'a> {
        Places::new(self.document.source(), self.document.regions(), self.document.front_matter())
    }

    /// Whether a stretch lies in a link of the portal, where its host belongs.
    pub(super) fn is_in_portal_host(&self, span: Span) -> bool {
        let links = self.document.links();
        let at = links.partition_point(|link| link.span.end <= span.start);
        // A host is short, and what comes behind it may be long.
        let begins = |link: &&LinkSpan| link.span.covers(span) && span.start - link.span.start <= 300;
        let link = links.get(at).filter(begins);
        let host = link.and_then(|link| self.portal_link(*link)).and_then(|it| it.link.host);
        host.is_some_and(|host| host.span.covers(span))
    }

    /// The subject and where it stands, in a file of its own or in the settings on top of a template.
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

    /// The tags of the template, in their order.
    pub fn tags(&self) -> &[Tag] {
        self.tags.get_or_init(|| {
            let bytes = self.bytes();
            let is_tag = |region: &Region| matches!(region.kind, RegionKind::StartTag | RegionKind::EndTag);
            let tag = |(index, region): (usize, &Region)| Tag {
                span: region.span,
                name: scan::tag_name(bytes, region.span),
                is_end: region.kind == RegionKind::EndTag,
                conditional: region.conditional,
                region: index,
            };
            self.document.regions().iter().enumerate().filter(|(_, region)| is_tag(region)).map(tag).collect()
        })
    }

    /// The start tags of one name, given in lower case.
    pub fn elements<'c>(&'c self, name: &'static str) -> impl Iterator<Item = &'c Tag> {
        self.tags().iter().filter(move |tag| !tag.is_end && self.is_named(tag, name))
    }

    /// Whether a tag has that name, given in lower case.
    pub fn is_named(&self, tag: &Tag, name: &str) -> bool {
        tag.name.len() == name.len() && self.slice(tag.name).eq_ignore_ascii_case(name.as_bytes())
    }

    /// The attributes of a tag.
    pub fn attributes(&self, tag: &Tag) -> impl Iterator<Item = Attribute> + use<'a> {
        scan::attributes(self.bytes(), tag.span)
    }

    /// The attribute of that name, given in lower case; of several the first counts.
    pub fn attribute(&self, tag: &Tag, name: &str) -> Option<Attribute> {
        self.attributes(tag).find(|attribute| self.slice(attribute.name).eq_ignore_ascii_case(name.as_bytes()))
    }
}

impl<'a> PortalLink<'a> {
    /// The command that it names, where the target knows it.
    pub fn command(&self) -> Option<&'a Command> {
        self.link.value("name").and_then(|name| self.target.command_named(&name.text))
    }

    /// Whether a reader sees it broken: in text, `&quot` counts without its semicolon, so that `&quote_id=` reads `"e_id=`.
    pub fn is_broken_by_reference(&self) -> bool {
        self.link.at.place == Place::Text && self.link.text().contains(['"', '>'])
    }
}

impl Tag {
    /// The place after the tag's name, where an attribute can be added.
    pub fn after_name(&self) -> Span {
        Span { start: self.name.end, end: self.name.end }
    }
}
