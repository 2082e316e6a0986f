//! How certain a fact is, and where it comes from.

use serde::Deserialize;

/// The source of what a user's own configuration says.
pub(crate) const CONFIGURED: &str = "configured";

/// How certain a fact is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// The vendor's own documentation says so.
    Documented,
    /// Someone else's documentation says so.
    ThirdParty,
    /// Seen in a real template or in other people's code.
    Example,
    /// Follows from other facts.
    Inferred,
    /// A guess that the user should check before relying on it.
    Assumed,
    /// The user's own configuration says so.
    Configured,
}

/// Where a fact comes from.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FactSource {
    /// The title of the page or file.
    pub title: String,
    /// Its address.
    pub url: Option<String>,
}
