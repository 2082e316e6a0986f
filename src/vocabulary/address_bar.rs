//! Addresses of a portal's pages as a browser shows them, and the deep links of the same pages.

use serde::Deserialize;

use super::fact::Confidence;

/// Addresses of a portal's pages as a browser shows them.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddressBar {
    /// How their paths begin; `{n}` is the version of the portal.
    pub path: String,
    /// Parameters that determine how a page is shown, not which page.
    #[serde(default)]
    pub ignored: Vec<String>,
    /// The pages with a deep link.
    #[serde(default)]
    pub pages: Vec<PortalPage>,
    /// A key of the target's sources.
    pub source: String,
    /// How sure it is.
    pub confidence: Confidence,
}

/// A page of the portal, and the deep link that opens it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PortalPage {
    /// Its path after the common beginning; `{value}` is the number of a record.
    pub path: String,
    /// The command that opens it.
    pub becomes: String,
    /// The parameter of the command that takes `{value}`.
    pub value: Option<String>,
    /// A key of the target's sources.
    pub source: String,
    /// How sure it is.
    pub confidence: Confidence,
}

impl AddressBar {
    /// What follows the common beginning of these paths; `None` if a path begins differently.
    pub fn page<'p>(&self, path: &'p str) -> Option<&'p str> {
        let (before, after) = self.path.split_once("{n}").unwrap_or((&self.path, ""));
        let rest = path.get(before.len()..).filter(|_| path[..before.len()].eq_ignore_ascii_case(before))?;
        let version = rest.len() - rest.trim_start_matches(|character: char| character.is_ascii_digit()).len();
        let rest = rest[version..].strip_prefix(after)?;
        let is_whole = version > 0 || !self.path.contains("{n}");
        (is_whole && (rest.is_empty() || rest.starts_with('/'))).then(|| rest.trim_matches('/'))
    }

    /// The page with a path after the common beginning, and its `{value}`.
    pub(super) fn known<'a>(&'a self, page: &'a str) -> Option<(&'a PortalPage, Option<&'a str>)> {
        self.pages.iter().find_map(|known| Some((known, value(&known.path, page)?)))
    }
}

/// The `{value}` of a pattern in a path that matches it; `Some(None)` if the pattern has none.
fn value<'p>(pattern: &str, path: &'p str) -> Option<Option<&'p str>> {
    let Some(before) = pattern.strip_suffix("{value}") else { return (pattern == path).then_some(None) };
    let value = path.strip_prefix(before)?;
    let is_number = value.bytes().all(|byte| byte.is_ascii_digit()) || value.starts_with('[') && value.ends_with(']');
    (!value.is_empty() && is_number).then_some(Some(value))
}
