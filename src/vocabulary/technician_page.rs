//! Pages of a PSA or a portal that only technicians can open.

use serde::Deserialize;

use super::fact::Confidence;

/// A page, or a group of pages, that only technicians can open.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TechnicianPage {
    /// The domain that serves it: `autotask.net`. A portal has no value here; its pages are on its own hosts.
    pub host: Option<String>,
    /// Hosts in that domain that serve something else.
    #[serde(default)]
    pub except: Vec<String>,
    /// How its path begins.
    pub path: String,
    /// A key of the sources.
    pub source: String,
    /// How certain it is.
    pub confidence: Confidence,
}
