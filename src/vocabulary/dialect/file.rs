//! A dialect file as written.

use std::fmt;

use serde::{Deserialize, Deserializer};

use super::behavior::Behavior;
use super::placeholder::{Shape, ValueKind};
use crate::vocabulary::fact::{Confidence, FactSource};
use crate::yaml::Map;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Complete {
    Whole(bool),
    PerSet,
}

/// A dialect file as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::vocabulary) struct DialectFile {
    pub(in crate::vocabulary) id: String,
    pub(super) title: Option<String>,
    pub(super) shape: Option<Shape>,
    pub(super) complete: Option<Complete>,
    #[serde(default)]
    pub(super) languages: Vec<String>,
    #[serde(default)]
    pub(super) language_names: Map<String>,
    #[serde(default)]
    pub(super) behavior: Behavior,
    #[serde(default)]
    pub(super) terms: Vec<String>,
    #[serde(default)]
    #[allow(dead_code)] // for people who look up their zone; `config` sets the language
    pub(super) zones: Map<Vec<String>>,
    #[serde(default)]
    pub(super) sources: Map<FactSource>,
    #[serde(default)]
    pub(super) kinds: Vec<KindRow>,
    #[serde(default)]
    pub(super) sets: Vec<SetRow>,
    #[serde(default)]
    pub(super) other_prefixes: Map<Vec<String>>,
    #[serde(default)]
    pub(super) placeholders: Vec<PlaceholderRow>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KindRow {
    pub(super) starts_with: Option<String>,
    pub(super) ends_with: Option<String>,
    pub(super) contains: Option<String>,
    pub(super) equals: Option<String>,
    pub(super) kind: ValueKind,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SetRow {
    pub(super) name: String,
    #[serde(default)]
    pub(super) complete: bool,
    #[serde(default)]
    pub(super) translations: Map<String>,
    pub(super) source: String,
    pub(super) confidence: Confidence,
    #[serde(default)]
    pub(super) fields: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PlaceholderRow {
    pub(super) name: Option<String>,
    pub(super) pattern: Option<String>,
    #[serde(default)]
    pub(super) translations: Map<String>,
    #[serde(default)]
    pub(super) means: Vec<String>,
    pub(super) kind: Option<ValueKind>,
    #[serde(default)]
    pub(super) contexts: Vec<String>,
    pub(super) audience: Option<String>,
    pub(super) sample: Option<String>,
    pub(super) source: Option<String>,
    pub(super) confidence: Option<Confidence>,
    pub(super) use_instead: Option<String>,
    pub(super) note: Option<String>,
}

impl<'de> Deserialize<'de> for Complete {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = Complete;
            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("true, false or per-set")
            }
            fn visit_bool<E>(self, whole: bool) -> Result<Complete, E> {
                Ok(Complete::Whole(whole))
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Complete, E> {
                match text {
                    "per-set" => Ok(Complete::PerSet),
                    _ => Err(E::unknown_variant(text, &["true", "false", "per-set"])),
                }
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}
