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
    // Most names differ in their length or first letter.
    if !name.first()?.is_ascii_alphabetic() {
        return None;
    }
    let mut lower = [0; LONGEST];
    let lower = lower.get_mut(..name.len())?;
    lower.copy_from_slice(name);
    lower.make_ascii_lowercase();
    names().get(&*lower)
}

/// Whether rules report a literal value of that parameter, in any link.
pub(crate) fn is_reported(name: &str) -> bool {
    known(name.as_bytes()).is_some_and(|known| known.report)
}

fn names() -> &'static HashMap<Vec<u8>, SecretParam> {
    #[derive(Deserialize)]
    struct File {
        parameters: Vec<SecretParam>,
    }
    static NAMES: OnceLock<HashMap<Vec<u8>, SecretParam>> = OnceLock::new();
    NAMES.get_or_init(|| match built_in::read::<File>(built_in!("secrets")) {
        Ok(file) => file.parameters.into_iter().map(|name| (name.name.clone().into_bytes(), name)).collect(),
        Err(error) => unreachable!("the file is part of the program and a test reads it: {error}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_of_exact_names() {
        assert!(names().keys().all(|name| name.len() <= LONGEST && name.to_ascii_lowercase() == *name));
        assert!(names().values().all(|name| !name.source.is_empty()));
        for name in ["token", "TOKEN", "Auth_Password", "x-api-key"] {
            assert!(known(name.as_bytes()).is_some(), "{name}");
        }
        for name in ["", "key", "topic", "reset_password", "tokens", "csrf_token_name", &"x".repeat(99)] {
            assert!(known(name.as_bytes()).is_none(), "{name}");
        }
    }
}
