//! A secret in a text, and how much of it is shown.

use super::names::SecretKind;
use crate::span::Span;

/// A secret in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Secret {
    /// Its bytes.
    pub span: Span,
    /// The end of the part that may be shown.
    pub shown: usize,
    /// The kind of secret.
    pub kind: SecretKind,
    /// The lowercase host of the link around it, empty if that has no host; `None` outside of a link.
    pub link: Option<String>,
    /// Whether a rule reports it in a link to another host.
    pub report: bool,
}

/// Stands for the hidden part.
pub(crate) const REST: &str = "…";

/// How many characters of a secret are shown.
pub(super) const SHOWN: usize = 2;

/// The length from which part of a secret is shown, in characters.
pub(super) const SHORT: usize = 8;

/// How many bytes of a secret are shown.
pub(super) fn shown_len(text: &[u8]) -> usize {
    let starts = text.iter().enumerate().filter(|(_, byte)| **byte & 0xC0 != 0x80).map(|(at, _)| at);
    let starts: Vec<usize> = starts.take(SHORT).collect();
    if starts.len() == SHORT { starts[SHOWN] } else { 0 }
}

/// Whether a value has nothing to hide: it is empty, already masked, or filled in later.
pub(crate) fn is_masked(value: &[u8]) -> bool {
    let is_mask = memchr::memmem::find(value, REST.as_bytes())
        .is_some_and(|at| String::from_utf8_lossy(&value[..at]).chars().count() <= SHOWN);
    is_mask || value.iter().all(|byte| b"*.xX-_ ".contains(byte))
}
