//! Pages of a PSA or a portal that only technicians can open.

use serde::Deserialize;

use super::fact::Confidence;

/// A page, or a folder of pages, that only technicians can open.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TechnicianPage {
    /// The hosts below which it is served: `autotask.net`; for a portal its own hosts, without a name here.
    pub host: Option<String>,
    /// Hosts below it that serve something else.
    #[serde(default)]
    pub except: Vec<String>,
    /// How its path begins.
    pub path: String,
    /// A key of the sources.
    pub source: String,
    /// How sure it is.
    pub confidence: Confidence,
}
