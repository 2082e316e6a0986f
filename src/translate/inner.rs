//! Placeholders inside link macros, which the parser treats as a whole.

use std::sync::Arc;

use crate::parse::Parser;
use crate::parse::document::{Document, Spelling};
use crate::span::Span;

/// A placeholder inside something else, with its place.
pub(super) type InnerPlaceholder = (Span, Arc<Spelling>);

/// The length of the longest placeholder, including brackets.
const LIMIT: usize = 98;

/// The placeholders in the value of a macro's key, or in a whole macro, including brackets.
pub(super) fn inner(document: &Document, around: Span, parser: &Parser<'_>) -> Vec<InnerPlaceholder> {
    let bytes = &document.source().bytes()[around.range()];
    let mut found = Vec::new();
    let mut open = None;
    for at in memchr::memchr2_iter(b'[', b']', bytes) {
        if bytes[at] == b'[' {
            open = Some(at);
            continue;
        }
        let Some(start) = open.take().filter(|start| at - start < LIMIT) else { continue };
        let span = Span::new(around.start as usize + start, around.start as usize + at + 1);
        found.extend(parser.spelling(&document.text(span)).map(|spelling| (span, spelling)));
    }
    found
}
