//! A parsed template: its regions, its macros and deep links, and questions about them.

pub use crate::parse::front_matter::{Audience, FrontMatter};
use std::sync::{Arc, LazyLock};

use memchr::memmem::Finder;

use crate::html::scan::{Quote, Region, RegionKind, Summary};
use crate::source::Source;
use crate::span::Span;
use crate::vocabulary::{Dialect, Known, Shape, Vocabulary};

/// A parsed template. Any bytes result in a document; whatever is broken is a part that says so.
#[derive(Debug)]
pub struct Document {
    pub(crate) source: Source,
    pub(crate) regions: Vec<Region>,
    pub(crate) summary: Summary,
    pub(crate) parts: Vec<Part>,
    pub(crate) links: Vec<LinkSpan>,
    pub(crate) front_matter: Option<FrontMatter>,
}

/// A macro, or something that looks like one, and where it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// The bytes from bracket to bracket.
    pub span: Span,
    /// Where it is.
    pub place: Place,
    /// Whether it is in a conditional comment, which only Outlook shows.
    pub conditional: bool,
    /// What it is.
    pub kind: PartKind,
}

/// What is in brackets.
#[derive(Clone, Debug, PartialEq)]
pub enum PartKind {
    /// A placeholder as a PSA writes it, whether the PSA knows it or not.
    Placeholder(Arc<Spelling>),
    /// A placeholder that an editor has damaged.
    Malformed(Arc<Spelling>),
    /// A macro that psalink expands.
    LinkMacro(Box<LinkMacro>),
    /// Something that was meant to be a link macro.
    BrokenMacro(MacroFlaw),
    /// Text in brackets that was meant to be replaced: `[Product Name]`.
    FillIn,
}

/// One spelling of a placeholder, and what the vocabularies know about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Spelling {
    /// The name without brackets and without any damage.
    pub name: String,
    /// The form in which it is written.
    pub shape: Shape,
    /// What is wrong with it.
    pub flaws: Vec<Flaw>,
    /// The dialects that know the name, by index in the vocabulary.
    pub known: Vec<(usize, Known)>,
}

/// A way in which editors damage a placeholder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Flaw {
    /// `[SRNumber]`
    WrongCase,
    /// `[Ticket:ID]`, `[ srnumber ]`, `[Ticket:&nbsp;ID]`
    Spaces,
    /// `[sr&shy;number]`
    Invisible,
    /// A letter of another alphabet or a full-width one: `[ѕrnumber]` with a Cyrillic `ѕ`.
    LookAlike,
    /// `%5Bsrnumber%5D`, `[Ticket:%20ID]`
    PercentEncoded,
    /// `&#91;srnumber&#93;`
    CharacterReferences,
    /// `[sr<b>number</b>]`
    SplitByTags,
    /// `[srnumber is open`
    NeverClosed,
    /// `[[srnumber]]`
    Doubled,
}

/// `[dd:COMMAND key=value …]`, with the place of each piece.
#[derive(Clone, Debug, PartialEq)]
pub struct LinkMacro {
    /// What is before the colon.
    pub prefix: Piece,
    /// What the link should open.
    pub command: Piece,
    /// Keys and values, in order.
    pub arguments: Vec<Argument>,
}

/// A word of a link macro as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Its bytes.
    pub span: Span,
    /// Its text, with character references as written.
    pub text: Arc<str>,
}

/// `key=value`; the span of the value is inside its quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Argument {
    /// The word before `=`.
    pub key: Piece,
    /// What follows it.
    pub value: Piece,
}

/// Why something that begins like a link macro is not one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MacroFlaw {
    /// It has no closing `]`.
    NeverClosed,
    /// A quote is opened but not closed.
    QuoteNotClosed,
    /// It contains tags.
    SplitByTags,
    /// Its brackets are `%5B` and `%5D` or character references.
    Encoded,
    /// Something in it is not `key=value`.
    NotKeyValue,
    /// It has a space where none is allowed: `[ dd:ticket ]`, `[dd ticket]`.
    Spaces,
    /// It contains invisible characters.
    Invisible,
    /// It has another character in place of its colon: `[dd;ticket]`.
    NoColon,
    /// It is in two pairs of brackets: `[[dd:ticket]]`.
    Doubled,
    /// One of its brackets is doubled without a matching one: `[[dd:ticket]`.
    ExtraBracket,
    /// It is in the wrong kind of brackets, or lacks the first one: `{dd:ticket}`, `dd:ticket]`.
    OtherBrackets,
}

/// Where something is in a template, classified by how it must be treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Text that readers of the HTML message see.
    Text,
    /// The value of an attribute.
    Attribute(AttributePlace),
    /// Inside `title` or `textarea`, where tags have no meaning.
    Rcdata,
    /// A comment.
    Comment,
    /// A style sheet.
    Style,
    /// A script, or other text that no message shows.
    Script,
    /// Elsewhere in a tag, or in a declaration.
    Markup,
    /// A text-only body.
    PlainText,
    /// A subject.
    Subject,
    /// The settings at the top of a template.
    FrontMatter,
}

/// An attribute around something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AttributePlace {
    /// The whole tag.
    pub tag: Span,
    /// The attribute's name.
    pub name: Span,
    /// Its value without quotes.
    pub value: Span,
    /// The quotes around the value.
    pub quote: Quote,
    /// What the value is for.
    pub role: AttributeRole,
}

/// What the value of an attribute is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttributeRole {
    /// The target of a click: `href` of `a`, `area` and of Outlook's shapes.
    Link,
    /// Another address: `src`, `action` and similar.
    Address,
    /// Not an address.
    Other,
}

/// A span that looks like a link to a target, for [`crate::parse::deep_link`] to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkSpan {
    /// The bytes of the link, without white space around it.
    pub span: Span,
    /// Where it is.
    pub place: Place,
    /// Whether it is in a conditional comment.
    pub conditional: bool,
}

impl Document {
    /// A text without macros, links and settings.
    pub(crate) fn plain(source: Source) -> Document {
        let (regions, parts, links) = (Vec::new(), Vec::new(), Vec::new());
        Document { source, regions, summary: Summary::default(), parts, links, front_matter: None }
    }

    /// The template.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// Returns the template.
    pub fn into_source(self) -> Source {
        self.source
    }

    /// What every byte of the HTML is; empty for plain text, and for a template without macros or links.
    pub fn regions(&self) -> &[Region] {
        &self.regions
    }

    /// What is in the template at all; nothing, if it has no regions.
    pub(crate) fn summary(&self) -> Summary {
        self.summary
    }

    /// The macros, in order.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// Spans that look like deep links, in order.
    pub fn links(&self) -> &[LinkSpan] {
        &self.links
    }

    /// The settings at the top of the template.
    pub fn front_matter(&self) -> Option<&FrontMatter> {
        self.front_matter.as_ref()
    }

    /// Whether it may have settings at its top, or comments for psalink.
    pub fn may_have_own(&self) -> bool {
        let bytes = self.source.bytes();
        let body = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        let is_comment =
            |region: &Region| region.kind == RegionKind::Comment && names_psalink(&bytes[region.span.range()]);
        body.starts_with(b"---")
            || match self.regions.is_empty() {
                true => names_psalink(bytes),
                false => self.regions.iter().any(is_comment),
            }
    }

    /// Whether a macro is in a link, or a link in a macro, which is left to the author.
    pub(crate) fn mixes_macro_and_link(&self, link: Span) -> bool {
        let is_macro = |part: &Part| matches!(part.kind, PartKind::LinkMacro(_) | PartKind::BrokenMacro(_));
        let before = self.parts.partition_point(|part| part.span.start < link.start);
        let around = before.checked_sub(1).and_then(|index| self.parts.get(index));
        self.parts_in(link).iter().any(is_macro)
            || around.is_some_and(|part| is_macro(part) && part.span.end > link.start)
    }

    /// The parts inside a span.
    pub fn parts_in(&self, span: Span) -> &[Part] {
        let start = self.parts.partition_point(|part| part.span.start < span.start);
        let end = self.parts.partition_point(|part| part.span.start < span.end);
        &self.parts[start..end.max(start)]
    }

    /// The text of a span.
    pub fn text(&self, span: Span) -> std::borrow::Cow<'_, str> {
        self.source.text(span)
    }

    /// How many names in this template each dialect knows, in the vocabulary's order; names that several know do not
    /// count.
    pub fn votes(&self, vocabulary: &Vocabulary) -> Vec<usize> {
        let mut votes = vec![0; vocabulary.dialects().len()];
        let dialects = self.parts.iter().flat_map(|part| part.votes(vocabulary));
        dialects.for_each(|dialect| votes[dialect] += 1);
        votes
    }

    /// The language whose names this template uses: the language that knows most of them, or the dialect's first one in
    /// a tie.
    pub fn language<'a>(&self, dialect: &'a Dialect, index: usize) -> &'a str {
        let first = dialect.languages.first().map_or("en", String::as_str);
        if dialect.languages.len() < 2 {
            return first;
        }
        let mut counts = vec![0usize; dialect.languages.len()];
        for part in &self.parts {
            // A damaged name is as good a clue, and is repaired after the next run.
            let Some(spelling) = part.spelling() else { continue };
            for (_, known) in spelling.known.iter().filter(|(known_by, _)| *known_by == index) {
                for (bit, count) in counts.iter_mut().enumerate() {
                    *count += usize::from(known.languages & (1 << bit) != 0);
                }
            }
        }
        let most = counts.iter().copied().max().unwrap_or(0);
        counts.iter().position(|&count| count == most).map_or(first, |index| &dialect.languages[index])
    }
}

/// Whether a text may be for psalink: `<!-- psalink: allow … -->`.
pub(crate) fn names_psalink(text: &[u8]) -> bool {
    // Building it takes longer than most searches with it.
    static NAME: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("psalink:"));
    NAME.find(text).is_some()
}

impl Part {
    /// The dialects that are the only one to know a name in it, once for each such name.
    pub(crate) fn votes(&self, vocabulary: &Vocabulary) -> Vec<usize> {
        match &self.kind {
            PartKind::Placeholder(spelling) | PartKind::Malformed(spelling) => match spelling.known[..] {
                [(dialect, _)] => vec![dialect],
                _ => Vec::new(),
            },
            PartKind::LinkMacro(link_macro) => {
                let values = link_macro.arguments.iter().map(|argument| &*argument.value.text);
                let names = values.flat_map(|value| value.split('[').skip(1).filter_map(|rest| rest.split(']').next()));
                let alone = |name: &str| {
                    let knows = |dialect: &Dialect| dialect.find(name).is_some();
                    let mut knowing = vocabulary.dialects().iter().enumerate().filter(|(_, dialect)| knows(dialect));
                    match (knowing.next(), knowing.next()) {
                        (Some((dialect, _)), None) => Some(dialect),
                        _ => None,
                    }
                };
                names.filter_map(alone).collect()
            }
            PartKind::BrokenMacro(_) | PartKind::FillIn => Vec::new(),
        }
    }

    /// The spelling of a placeholder, whole or damaged.
    pub fn spelling(&self) -> Option<&Spelling> {
        match &self.kind {
            PartKind::Placeholder(spelling) | PartKind::Malformed(spelling) => Some(spelling),
            _ => None,
        }
    }
}

impl LinkMacro {
    /// The same macro at another position: spans relative to `from` become relative to `to`.
    pub(crate) fn moved(&self, from: u32, to: u32) -> LinkMacro {
        let moved_argument =
            |argument: &Argument| Argument { key: argument.key.moved(from, to), value: argument.value.moved(from, to) };
        LinkMacro {
            prefix: self.prefix.moved(from, to),
            command: self.command.moved(from, to),
            arguments: self.arguments.iter().map(moved_argument).collect(),
        }
    }
}

impl Piece {
    /// The same piece at another position.
    pub(crate) fn moved(&self, from: u32, to: u32) -> Piece {
        let Span { start, end } = self.span;
        Piece { span: Span { start: start - from + to, end: end - from + to }, text: self.text.clone() }
    }
}

impl Spelling {
    /// What a dialect knows about the name.
    pub fn known_in(&self, dialect: usize) -> Option<Known> {
        self.known.iter().find(|(known_by, _)| *known_by == dialect).map(|&(_, known)| known)
    }

    /// The placeholder as the PSA needs it.
    pub fn token(&self) -> String {
        format!("[{}]", self.name)
    }
}

impl Place {
    /// Whether readers of the message see it, as text or as a link.
    pub fn is_visible(self) -> bool {
        matches!(self, Place::Text | Place::Attribute(_) | Place::Rcdata | Place::PlainText | Place::Subject)
    }
}

impl RegionKind {
    /// The place of text in a region of that kind; tags need a closer look.
    pub(crate) fn place(self) -> Place {
        match self {
            RegionKind::Text => Place::Text,
            RegionKind::Rcdata => Place::Rcdata,
            RegionKind::Comment | RegionKind::BogusComment => Place::Comment,
            RegionKind::RawText => Place::Script,
            RegionKind::StartTag
            | RegionKind::EndTag
            | RegionKind::ConditionalOpen
            | RegionKind::ConditionalClose
            | RegionKind::RevealedOpen
            | RegionKind::RevealedClose
            | RegionKind::Doctype
            | RegionKind::Cdata => Place::Markup,
        }
    }
}
