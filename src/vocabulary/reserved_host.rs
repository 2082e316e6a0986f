//! Names that are reserved for examples and tests: `grammar/reserved_hosts.yaml`.

use serde::Deserialize;

use super::built_in::{self, built_in};
use super::fact::Confidence;

/// A name that is reserved, with all names below it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)] // source and confidence are for the reader of the file
struct ReservedHost {
    host: String,
    source: String,
    confidence: Confidence,
}

/// Whether a host, in lower case, is reserved for examples and tests.
///
/// ```
/// use psalink::vocabulary::is_reserved_host;
/// assert!(is_reserved_host("www.example.com") && !is_reserved_host("www.myexample.com"));
/// ```
pub fn is_reserved_host(host: &str) -> bool {
    #[derive(Deserialize)]
    struct File {
        hosts: Vec<ReservedHost>,
    }
    static BUILTIN: std::sync::OnceLock<File> = std::sync::OnceLock::new();
    let known = BUILTIN.get_or_init(|| match built_in::read(built_in!("reserved_hosts")) {
        Ok(file) => file,
        Err(error) => unreachable!("the file is part of the program and a test reads it: {error}"),
    });
    let host = host.trim_end_matches('.');
    let is = |known: &str| host.strip_suffix(known).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    known.hosts.iter().any(|known| is(&known.host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_reserved_names_and_what_lies_below_them() {
        for host in
            ["example.com", "www.example.org", "survey.example", "a.test", "localhost", "api.localhost", "x.invalid."]
        {
            assert!(is_reserved_host(host), "{host}");
        }
        for host in
            ["myexample.com", "example.co", "example.com.au", "contest", "latest.io", "example.de", "invalid.io", ""]
        {
            assert!(!is_reserved_host(host), "{host}");
        }
    }
}
