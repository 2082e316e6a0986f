//! A composed template.

use super::source_map::{Origin, Origins};
use crate::source::Source;
use crate::span::Span;

/// A composed template, and where each part of it came from.
#[derive(Debug)]
pub struct Composed {
    /// The finished template with the settings at its top, named after its `.j2` file.
    pub source: Source,
    /// The way back to the files.
    pub origins: Origins,
}

impl Composed {
    /// Where a span of the finished template came from.
    pub fn origin(&self, span: Span) -> Option<Origin<'_>> {
        self.origins.origin(span)
    }
}
