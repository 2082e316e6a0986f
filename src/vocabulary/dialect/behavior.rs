//! What a PSA does to a message, apart from its placeholders.

use serde::Deserialize;

use crate::vocabulary::TechnicianPage;
use crate::vocabulary::fact::{CONFIGURED, Confidence};

/// What a PSA does to a message, apart from its placeholders.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Behavior {
    /// How long a subject may be.
    #[serde(default)]
    pub subject_limits: Vec<SubjectLimit>,
    /// Whether characters beyond U+FFFF, such as most emoji, get lost.
    pub emoji_lost: Option<EmojiLost>,
    /// Words in the names of placeholders that are meant for technicians.
    #[serde(default)]
    pub internal_names: Vec<InternalName>,
    /// The PSA's own pages, which only technicians can open.
    #[serde(default)]
    pub technician_pages: Vec<TechnicianPage>,
}

/// How long a subject may be.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubjectLimit {
    /// The event that sends the message; the limit for all other events has none.
    pub context: Option<String>,
    /// The maximum number of characters.
    pub characters: usize,
    /// A key of the dialect's sources.
    #[serde(default = "configured")]
    pub source: String,
    /// How certain it is.
    #[serde(default = "of_user")]
    pub confidence: Confidence,
}

/// Words in the names of placeholders that are meant for technicians.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InternalName {
    /// The words; case matters.
    pub contains: String,
    /// A key of the dialect's sources.
    #[serde(default = "configured")]
    pub source: String,
    /// How certain it is.
    #[serde(default = "of_user")]
    pub confidence: Confidence,
}

/// The fact that emoji get lost.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EmojiLost {
    /// A key of the dialect's sources.
    #[serde(default = "configured")]
    pub source: String,
    /// How certain it is.
    #[serde(default = "of_user")]
    pub confidence: Confidence,
}

/// The source of a fact if a file names none.
fn configured() -> String {
    CONFIGURED.to_owned()
}

fn of_user() -> Confidence {
    Confidence::Configured
}

impl Behavior {
    /// The maximum number of characters in a subject; `None` if no limit is known.
    ///
    /// ```
    /// let connectwise = psalink::Vocabulary::builtin().dialect("connectwise").ok_or("missing")?;
    /// assert_eq!(connectwise.behavior.subject_limit(None), Some(200));
    /// assert_eq!(connectwise.behavior.subject_limit(Some("workflow")), Some(100));
    /// # Ok::<(), &str>(())
    /// ```
    pub fn subject_limit(&self, context: Option<&str>) -> Option<usize> {
        // The user's own file comes last, and takes precedence.
        let of =
            |context: Option<&str>| self.subject_limits.iter().rev().find(|limit| limit.context.as_deref() == context);
        of(context).or_else(|| of(None)).map(|limit| limit.characters)
    }

    /// Whether a placeholder is for technicians, according to its name.
    pub fn is_internal(&self, name: &str) -> bool {
        self.internal_names.iter().any(|words| name.contains(&words.contains))
    }

    /// The keys of the sources of its facts.
    pub fn sources(&self) -> impl Iterator<Item = &str> {
        let limits = self.subject_limits.iter().map(|limit| &limit.source);
        let emoji = self.emoji_lost.iter().map(|lost| &lost.source);
        let names = self.internal_names.iter().map(|name| &name.source);
        limits
            .chain(emoji)
            .chain(names)
            .chain(self.technician_pages.iter().map(|page| &page.source))
            .map(String::as_str)
    }

    pub(super) fn extend(&mut self, more: Behavior) {
        self.subject_limits.extend(more.subject_limits);
        self.emoji_lost = more.emoji_lost.or(self.emoji_lost.take());
        self.internal_names.extend(more.internal_names);
        self.technician_pages.extend(more.technician_pages);
    }
}
