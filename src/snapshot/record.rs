//! What is recorded of one mail.

use sha2::{Digest as _, Sha256};

use crate::render::rendered::Rendered;
use crate::secret::find;
use crate::source::hex;

/// What is recorded of one mail.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// The file of the template, as messages show it.
    pub template: String,
    /// The PSA that the mail is for: `connectwise`.
    pub dialect: String,
    /// The sample whose values fill it.
    pub sample: String,
    /// The mail.
    pub rendered: Rendered,
    /// What the rules find in the template, each as `warning[missing-alt] line 12: message`.
    pub findings: Vec<String>,
}

impl Record {
    /// Whether the mail has passwords or tokens in its links, which the body does not show.
    pub(super) fn holds_secret(&self) -> bool {
        let Rendered { subject, html, text, .. } = &self.rendered;
        let parts = [subject.as_deref(), html.as_deref(), Some(text.as_str())];
        parts.into_iter().flatten().any(|part| !find(part.as_bytes()).is_empty())
    }

    /// The exact bytes of the mail in short; the body does not show line ends and similar.
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

/// Bytes in short.
pub(super) fn digest(bytes: &[u8]) -> String {
    // With a word before it no reader of YAML takes it for a number.
    format!("sha256:{}", hex(&Sha256::digest(bytes)))
}
