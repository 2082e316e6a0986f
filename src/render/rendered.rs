//! A template filled in with the values of a sample: the message as its reader would get it.

use crate::diagnostic::Level;
use crate::html::scan::{self, RegionKind};
use crate::source::SourceKind;
use crate::span::Span;

/// A message as its reader would get it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rendered {
    /// The subject on one line, if the template has one.
    pub subject: Option<String>,
    /// The HTML body; `None` for a template without one.
    pub html: Option<String>,
    /// The text-only body: the template's own, or one generated from the HTML.
    pub text: String,
    /// Whether the text-only body was generated from the HTML.
    pub is_text_made: bool,
    /// Whether the text contains only the words of the HTML in sequence, including hidden ones, because the HTML is so
    /// large or deep that laying it out would take too long.
    pub is_text_plain: bool,
    /// Where clicks lead, each address once per body, in order of appearance: first those in the HTML, then any others
    /// in the template's own text-only body and the subject.
    pub links: Vec<RenderedLink>,
    /// The placeholders that the sample filled in, each once, in order of first appearance.
    pub filled: Vec<String>,
    /// What stayed as in the template, each once.
    pub left: Vec<LeftOver>,
    /// Placeholders whose value breaks out of their attribute, each once.
    pub breaking: Vec<String>,
}

/// A link in a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenderedLink {
    /// Where it leads, with character references decoded.
    pub url: String,
    /// What the reader sees; empty for an image.
    pub text: String,
    /// Whether it leads to the portal.
    pub is_portal: bool,
    /// Why it does not work, in the user's terms: the errors that `psalink lint` reports for it, or a value of the
    /// sample that it cannot take.
    pub problem: Option<String>,
    /// The worst warning or note that `psalink lint` reports for it.
    pub doubt: Option<Doubt>,
    /// The part of the message that it is in.
    pub part: SourceKind,
    /// Its address in the template's file for that part, not counting a byte order mark. If the part is in the settings
    /// at the top of another file, this is the place of the part.
    pub origin: Span,
}

/// A warning or note about a link that works, or may work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// [`Level::Warning`] or [`Level::Note`].
    pub level: Level,
    /// The message, in the user's terms.
    pub text: String,
}

/// Something in brackets that the reader would get unchanged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOver {
    /// The text as written.
    pub text: String,
    /// Why it stays.
    pub reason: LeftReason,
}

/// Why something stays unchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LeftReason {
    /// The PSA fills it in, but neither the sample nor the vocabulary has a value for it.
    NoValue,
    /// No placeholder of the PSA has this name, as far as psalink knows.
    Unknown,
    /// No placeholder has this name, but one has nearly the same.
    Misspelt,
    /// A placeholder of another PSA, or in another language of this one.
    Foreign,
    /// A placeholder that an editor has damaged, so the PSA does not recognize it.
    Damaged,
    /// A psalink macro that could not be turned into a link.
    Macro,
    /// Text that was meant to be replaced.
    FillIn,
    /// A placeholder in another product's syntax.
    OtherProduct,
}

impl Rendered {
    /// Whether the message shows nothing to a reader.
    pub fn is_empty(&self) -> bool {
        match &self.html {
            None => self.text.trim().is_empty(),
            Some(html) => {
                let has_picture = memchr::memmem::find(html.to_ascii_lowercase().as_bytes(), b"<img").is_some();
                // Text generated from HTML leaves out what is hidden.
                let shows = if self.is_text_made { self.text.trim().is_empty() } else { has_no_words(html) };
                shows && !has_picture
            }
        }
    }
}

/// Whether an HTML body contains no text.
fn has_no_words(html: &str) -> bool {
    let regions = scan::scan(html.as_bytes());
    let mut texts = regions.iter().filter(|region| region.kind == RegionKind::Text && !region.conditional);
    texts.all(|region| htmlize::unescape(html.get(region.span.range()).unwrap_or_default()).trim().is_empty())
}

impl LeftReason {
    /// Whether it is certainly unintended; for the others, psalink may just lack information.
    pub fn is_mistake(self) -> bool {
        !matches!(self, LeftReason::NoValue | LeftReason::Unknown)
    }

    /// What the reader of a message needs to know.
    pub fn message(self) -> &'static str {
        match self {
            LeftReason::NoValue => "no sample has a value for it; the PSA will fill it in",
            LeftReason::Unknown => {
                "psalink does not know this placeholder; if the PSA does not either, it is sent as is"
            }
            LeftReason::Misspelt => {
                "no placeholder has this name, but one has a similar name; run `psalink lint` to see which"
            }
            LeftReason::Foreign => "the PSA does not know this name and sends it as is",
            LeftReason::Damaged => "it is damaged, and the PSA may send it as is",
            LeftReason::Macro => "it could not be turned into a link",
            LeftReason::FillIn => "it was meant to be replaced by hand",
            LeftReason::OtherProduct => "it is the syntax of another product, and the PSA sends it as is",
        }
    }
}
