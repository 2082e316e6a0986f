//! A template made ready for the PSA, to be filled in with a sample.

use crate::compose::Mapped;
use crate::config::settings::Settings;
use crate::parse::document::Document;
use crate::source::offset_map::OffsetMap;

/// A template as it goes into the PSA.
#[derive(Debug)]
pub struct Ready {
    /// What applies to it.
    pub settings: Settings,
    /// The HTML body.
    pub html: Option<Document>,
    /// The text-only body.
    pub text: Option<Document>,
    /// The subject.
    pub subject: Option<Document>,
    /// The way back from the HTML body to the template's file, step by step.
    pub(crate) traces: Vec<OffsetMap>,
    /// Problems that remain, each with the file that it is in.
    pub findings: Vec<Mapped>,
}

impl Ready {
    /// Where a byte of the HTML body was in the template's file, not counting its byte order mark.
    pub fn origin(&self, at: usize) -> usize {
        self.traces.iter().fold(at, |at, trace| trace.origin(at))
    }
}
