//! A template that was put together.

use super::source_map::{Origin, Origins};
use crate::source::Source;
use crate::span::Span;

/// A template that was put together, and where each part of it came from.
#[derive(Debug)]
pub struct Composed {
    /// The finished template with the settings on its top, named like its `.j2` file.
    pub source: Source,
    /// The way back to the files.
    pub origins: Origins,
}

impl Composed {
    /// Where a stretch of the finished template came from.
    pub fn origin(&self, span: Span) -> Option<Origin<'_>> {
        self.origins.origin(span)
    }
}
