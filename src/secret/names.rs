//! The parameters whose values are secret, from `grammar/secrets.yaml`.

use std::sync::OnceLock;

use foldhash::HashMap;
use serde::Deserialize;

use crate::vocabulary::built_in::{self, built_in};

/// The kind of a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum SecretKind {
    /// A password.
    Password,
    /// Anything else that signs someone in.
    Token,
}

/// A parameter whose value is secret.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SecretParam {
    name: String,
    pub kind: SecretKind,
    /// Whether rules report it in a link to another host.
    pub report: bool,
    /// Whether the secret is the text around a placeholder.
    #[serde(default)]
    pub glued: bool,
    #[allow(dead_code)] // required in the file, but only for people who read it
    source: String,
}

/// The length of the longest name on the list.
pub(super) const LONGEST: usize = 32;

/// The entry for a name, ignoring case.
pub(super) fn known(name: &[u8]) -> Option<&'static SecretParam> {
    let list = names();
    if !list.may_hold(name) {
        return None;
    }
    let mut lower = [0; LONGEST];
    let lower = lower.get_mut(..name.len())?;
    lower.copy_from_slice(name);
    lower.make_ascii_lowercase();
    list.names.get(&*lower)
}

/// Whether rules report a literal value of that parameter, in any link.
pub(crate) fn is_reported(name: &str) -> bool {
    known(name.as_bytes()).is_some_and(|known| known.report)
}

/// The names on the list.
struct SecretNames {
    names: HashMap<Vec<u8>, SecretParam>,
    /// The lengths of the names, as bits, indexed by the last five bits of their first letter, which are the same in
    /// upper and lower case.
    lengths: [u64; 32],
}

impl SecretNames {
    /// A quick check: most words differ from every name in their first letter or length.
    fn may_hold(&self, name: &[u8]) -> bool {
        name.first().is_some_and(|first| {
            name.len() <= LONGEST && self.lengths[usize::from(first & 31)] & (1 << name.len()) != 0
        })
    }
}

fn names() -> &'static SecretNames {
    #[derive(Deserialize)]
    struct File {
        parameters: Vec<SecretParam>,
    }
    static NAMES: OnceLock<SecretNames> = OnceLock::new();
    NAMES.get_or_init(|| match built_in::read::<File>(built_in!("secrets")) {
        Ok(file) => {
            let names: HashMap<Vec<u8>, SecretParam> =
                file.parameters.into_iter().map(|name| (name.name.clone().into_bytes(), name)).collect();
            let mut lengths = [0; 32];
            for name in names.keys().filter(|name| name.len() <= LONGEST) {
                lengths[usize::from(name.first().unwrap_or(&0) & 31)] |= 1 << name.len();
            }
            SecretNames { names, lengths }
        }
        Err(error) => unreachable!("the file is part of the program and a test reads it: {error}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_of_exact_names() {
        assert!(names().names.keys().all(|name| name.len() <= LONGEST && name.to_ascii_lowercase() == *name));
        assert!(names().names.values().all(|name| !name.source.is_empty()));
        for name in ["token", "TOKEN", "Auth_Password", "x-api-key"] {
            assert!(known(name.as_bytes()).is_some(), "{name}");
        }
        for name in ["", "key", "topic", "reset_password", "tokens", "csrf_token_name", &"x".repeat(99)] {
            assert!(known(name.as_bytes()).is_none(), "{name}");
        }
    }
}
