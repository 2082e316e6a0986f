//! A template made ready for the PSA, which is what a sample fills.

use crate::compose::Mapped;
use crate::config::settings::Settings;
use crate::parse::document::Document;
use crate::source::offset_map::OffsetMap;

/// A template as it goes into the PSA.
#[derive(Debug)]
pub struct Ready {
    /// What holds for it.
    pub settings: Settings,
    /// The HTML body.
    pub html: Option<Document>,
    /// The text-only body.
    pub text: Option<Document>,
    /// The subject.
    pub subject: Option<Document>,
    /// The way back from the HTML body to the file of the template, step by step.
    pub(crate) traces: Vec<OffsetMap>,
    /// What making it ready could not settle, each with the file that it is in.
    pub findings: Vec<Mapped>,
}

impl Ready {
    /// Where a byte of the HTML body stood in the file of the template, its byte order mark left out.
    pub fn origin(&self, at: usize) -> usize {
        self.traces.iter().fold(at, |at, trace| trace.origin(at))
    }
}
