//! A template made ready for the PSA, to be filled in with a sample.

use crate::compose::Mapped;
use crate::config::settings::Settings;
use crate::parse::document::Document;
use crate::render::verdicts::Verdicts;
use crate::source::offset_map::OffsetMap;
use crate::span::Span;

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
    /// The background of these three, in this order.
    pub(crate) backgrounds: [Background; 3],
    /// Problems that remain, each with the file that it is in.
    pub findings: Vec<Mapped>,
}

/// What is known about a part of a message besides its text.
#[derive(Debug, Default)]
pub(crate) struct Background {
    /// What the rules report about its addresses.
    pub verdicts: Verdicts,
    /// The way back to the template's file, step by step.
    pub traces: Vec<OffsetMap>,
    /// The span of that file from which all of it was taken, if it was in the settings at the top.
    pub inside: Option<Span>,
}

impl Ready {
    /// Where a byte of the HTML body was in the template's file, not counting its byte order mark.
    pub fn origin(&self, at: usize) -> usize {
        self.backgrounds[0].traces.iter().fold(at, |at, trace| trace.origin(at))
    }
}

impl Background {
    /// Where a span was in the template's file.
    pub(crate) fn origin(&self, span: Span) -> Span {
        self.inside.unwrap_or_else(|| self.traces.iter().fold(span, |span, trace| trace.whole_origin(span)))
    }
}
