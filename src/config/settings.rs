//! What a rewrite needs to know about one template.

use crate::error::{Error, ErrorKind, Missing};
use crate::parse::deep_link::{Ampersand, Client};
use crate::parse::front_matter::Audience;
use crate::vocabulary::{Dialect, Target, Vocabulary};

/// What a rewrite needs to know about one template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The dialect, by its index in the vocabulary.
    pub dialect: usize,
    /// Whether the dialect was set, or detected from the names in the template. If not, `dialect` is the first one, and
    /// nothing in the template depends on it.
    pub is_dialect_known: bool,
    /// The language of the dialect's names.
    pub language: String,
    /// The portal's host; without it, nothing that needs a web link is written.
    pub host: Option<String>,
    /// Other hosts that links may lead to, in lower case.
    pub allowed_hosts: Vec<String>,
    /// The form of new links.
    pub client: Client,
    /// Which bare ticket numbers become links.
    pub bare: Bare,
    /// How an ampersand is written in HTML.
    pub ampersand: Ampersand,
    /// The event that sends the message, if it is known.
    pub context: Option<String>,
    /// Who reads the message, if it is known.
    pub audience: Option<Audience>,
    /// Whether to make changes that are only probably intended.
    pub unsafe_fixes: bool,
    /// The color of buttons, as `#rrggbb`.
    pub color: String,
}

/// Which bare ticket numbers in HTML text become links.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Bare {
    /// The first that a reader sees, where the mail has no link to its ticket yet.
    #[default]
    First,
    /// Every one.
    All,
    /// None.
    Off,
}

impl Settings {
    /// Settings for a dialect and a host, with defaults for everything else.
    pub fn new(vocabulary: &Vocabulary, dialect: &str, host: Option<&str>) -> Option<Settings> {
        let index = vocabulary.dialects().iter().position(|known| known.id == dialect)?;
        let language = vocabulary.dialects()[index].languages.first().cloned().unwrap_or_else(|| "en".to_owned());
        Some(Settings {
            dialect: index,
            is_dialect_known: true,
            language,
            host: host.map(str::to_owned),
            allowed_hosts: Vec::new(),
            client: Client::Web,
            bare: Bare::First,
            ampersand: Ampersand::Escaped,
            context: None,
            audience: None,
            unsafe_fixes: false,
            color: DEFAULT_COLOR.to_owned(),
        })
    }

    pub(crate) fn dialect<'v>(&self, vocabulary: &'v Vocabulary) -> &'v Dialect {
        &vocabulary.dialects()[self.dialect]
    }

    /// The name of the placeholder with that meaning, if the dialect has one in this language.
    pub(crate) fn token<'v>(&self, vocabulary: &'v Vocabulary, meaning: &str) -> Option<&'v str> {
        self.dialect(vocabulary).token(meaning, &self.language)
    }

    /// All hosts that links may lead to.
    pub(crate) fn hosts(&self) -> Vec<String> {
        self.host.iter().chain(&self.allowed_hosts).map(|host| host.to_lowercase()).collect()
    }

    /// The error about a link to a target whose host is not set.
    pub(crate) fn no_portal(target: &Target) -> Error {
        let advice = format!(
            "add `portal: acme` to psalink.yaml or use `--portal acme` (for {}), or `--host support.example.com` if the \
             portal has its own domain",
            target.host_of("acme")
        );
        Error::new(ErrorKind::Missing, "no portal is set, so no link can be written").needs(Missing::Portal, &advice)
    }
}

/// The color of buttons unless the configuration sets one.
pub const DEFAULT_COLOR: &str = "#0b5fff";
