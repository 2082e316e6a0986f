//! What is recorded of one message.

use sha2::{Digest as _, Sha256};

use crate::render::rendered::Rendered;
use crate::secret::find;
use crate::source::hex;

/// What is recorded of one message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// The file of the template, as messages show it.
    pub template: String,
    /// The PSA that the message is for: `connectwise`.
    pub dialect: String,
    /// The sample that fills it in.
    pub sample: String,
    /// The message.
    pub rendered: Rendered,
    /// What the rules find in the template, each as `warning[missing-alt] line 12: message`.
    pub findings: Vec<String>,
}

impl Record {
    /// Whether the message has passwords or tokens in its links, which the body does not show.
    pub(super) fn holds_secret(&self) -> bool {
        let Rendered { subject, html, text, .. } = &self.rendered;
        let parts = [subject.as_deref(), html.as_deref(), Some(text.as_str())];
        parts.into_iter().flatten().any(|part| !find(part.as_bytes()).is_empty())
    }

    /// A hash of the exact bytes of the message, since the body does not show line endings and similar details.
    pub fn hash(&self) -> String {
        let Rendered { subject, html, text, .. } = &self.rendered;
        let mut bytes = Vec::new();
        for part in [subject.as_deref(), html.as_deref(), Some(text.as_str())] {
            // The length tells where one part ends and the next begins.
            let length = part.map_or_else(|| "none".to_owned(), |part| part.len().to_string());
            bytes.extend_from_slice(length.as_bytes());
            bytes.push(b'\n');
            bytes.extend_from_slice(part.unwrap_or_default().as_bytes());
        }
        digest(&bytes)
    }
}

/// A hash of some bytes.
pub(super) fn digest(bytes: &[u8]) -> String {
    // With a word in front, no YAML parser takes it for a number.
    format!("sha256:{}", hex(&Sha256::digest(bytes)))
}
