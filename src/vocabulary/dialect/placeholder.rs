//! One placeholder of a PSA, or a family of them, and what the PSA replaces it with.

use serde::{Deserialize, Serialize};

use crate::vocabulary::fact::Confidence;
use crate::yaml::Map;

/// One placeholder of a dialect, or a name that is known not to exist.
#[derive(Clone, Debug)]
pub struct Placeholder {
    /// The name without brackets, in the dialect's first language.
    pub name: String,
    /// The names in other languages, by language.
    pub translations: Map<String>,
    /// The meanings that connect it to link parameters and to other dialects.
    pub means: Vec<String>,
    /// What the PSA replaces it with.
    pub kind: ValueKind,
    /// Where the PSA offers it; empty if that is not known.
    pub contexts: Vec<String>,
    /// Who may see it, if that is known.
    pub audience: Option<String>,
    /// A value for previews.
    pub sample: Option<String>,
    /// A key of the dialect's sources.
    pub source: String,
    /// How certain the name is.
    pub confidence: Confidence,
    /// The right name, if this one is known not to exist.
    pub use_instead: Option<String>,
    /// A note to the reader.
    pub note: Option<String>,
    pub(super) pattern: Option<NamePattern>,
}

/// How a dialect writes a placeholder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shape {
    /// `[word]`: lower-case letters, digits, `-` and `_`.
    Word,
    /// `[Set: Field]`: one colon and one space.
    Set,
}

/// What the PSA replaces a placeholder with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ValueKind {
    /// The number of a record, for programs.
    Id,
    /// A number for people.
    Number,
    /// Plain text.
    Text,
    /// A piece of HTML.
    Html,
    /// A whole link, which must not be inside an attribute.
    HtmlLink,
    /// A web address.
    Url,
    /// A date, a time or both.
    Date,
    /// An email address.
    Email,
}

/// The pattern of a family of names, such as `cf-{n}`.
#[derive(Clone, Debug)]
pub(super) struct NamePattern {
    before: String,
    hole: Hole,
    after: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hole {
    Digits,
    Anything,
}

impl Placeholder {
    /// The name to use instead of one that does not exist; digits are taken from `name`.
    pub fn replacement(&self, name: &str) -> Option<String> {
        let instead = self.use_instead.as_ref()?;
        let hole = self.pattern.as_ref().and_then(|pattern| pattern.hole_of(name));
        Some(match hole {
            Some(hole) => instead.replace("{field}", hole).replace("{n}", hole),
            None => instead.clone(),
        })
    }

    /// The name in the family with these digits; `None` if it does not accept them.
    pub(super) fn filled(&self, digits: &str) -> Option<String> {
        let pattern =
            self.pattern.as_ref().filter(|pattern| pattern.hole == Hole::Digits && self.use_instead.is_none())?;
        (!digits.is_empty()).then(|| format!("{}{digits}{}", pattern.before, pattern.after))
    }

    /// Merges a later entry with the same name: what it says takes precedence, and everything else is kept.
    pub(super) fn refine(&mut self, later: Placeholder) {
        let earlier = std::mem::replace(self, later);
        if self.means.is_empty() {
            self.means = earlier.means;
        }
        if self.translations.is_empty() {
            self.translations = earlier.translations;
        }
        if self.contexts.is_empty() {
            self.contexts = earlier.contexts;
        }
        self.sample = self.sample.take().or(earlier.sample);
        self.audience = self.audience.take().or(earlier.audience);
        self.note = self.note.take().or(earlier.note);
    }

    /// Whether it is a family of names, such as `cf-{n}`.
    pub fn is_pattern(&self) -> bool {
        self.pattern.is_some()
    }
}

impl NamePattern {
    pub(super) fn new(text: &str) -> Option<NamePattern> {
        let (before, rest) = text.split_once('{')?;
        let (hole, after) = rest.split_once('}')?;
        let hole = if hole == "n" { Hole::Digits } else { Hole::Anything };
        Some(NamePattern { before: before.to_owned(), hole, after: after.to_owned() })
    }

    pub(super) fn hole_of<'a>(&self, name: &'a str) -> Option<&'a str> {
        let hole = name.strip_prefix(&self.before)?.strip_suffix(&self.after)?;
        let fits = match self.hole {
            Hole::Digits => hole.bytes().all(|byte| byte.is_ascii_digit()),
            Hole::Anything => true,
        };
        (fits && !hole.is_empty()).then_some(hole)
    }
}
