//! Addresses of places where templates are edited: `grammar/editor_addresses.yaml`.

use serde::Deserialize;

use super::built_in::{self, built_in};
use super::fact::Confidence;

/// Addresses of places where templates are edited.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EditorAddresses {
    hosts: Vec<EditorHost>,
    schemes: Vec<EditorScheme>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)] // source and confidence are for the reader of the file
struct EditorHost {
    host: String,
    source: String,
    confidence: Confidence,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)] // source and confidence are for the reader of the file
struct EditorScheme {
    scheme: String,
    source: String,
    confidence: Confidence,
}

impl EditorAddresses {
    /// The addresses that ship with psalink.
    pub fn builtin() -> &'static EditorAddresses {
        static BUILTIN: std::sync::OnceLock<EditorAddresses> = std::sync::OnceLock::new();
        BUILTIN.get_or_init(|| match built_in::read(built_in!("editor_addresses")) {
            Ok(known) => known,
            Err(error) => unreachable!("the file is part of the program and a test reads it: {error}"),
        })
    }

    /// Whether a lowercase host belongs to a PSA.
    pub fn has_host(&self, host: &str) -> bool {
        let is = |known: &str| host.strip_suffix(known).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
        self.hosts.iter().any(|known| is(&known.host))
    }

    /// Whether a lowercase scheme marks a page without a site.
    pub fn has_scheme(&self, scheme: &str) -> bool {
        self.schemes.iter().any(|known| known.scheme == scheme)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_hosts_and_what_lies_below_them() {
        let known = EditorAddresses::builtin();
        assert!(known.has_host("na.myconnectwise.net") && known.has_host("ww4.autotask.net"));
        assert!(!known.has_host("notautotask.net") && !known.has_host("autotask.net.example"));
        assert!(known.has_scheme("about") && !known.has_scheme("https"));
    }
}
