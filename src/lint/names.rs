//! Names of placeholders that are not parts of a document, since their brackets are damaged or of another kind.

use crate::parse::document::{Flaw, Place};
use crate::span::Span;

/// All of them that a reader would see.
#[derive(Debug, Default)]
pub(super) struct DamagedNames {
    /// In square brackets that are damaged, or in capitals.
    pub damaged: Vec<DamagedName>,
    /// In other brackets.
    pub other: Vec<OtherBrackets>,
}

/// A name in brackets that are damaged, or in capitals.
#[derive(Debug)]
pub(super) struct DamagedName {
    pub span: Span,
    pub place: Place,
    pub name: String,
    pub flaws: Vec<Flaw>,
}

/// A name that the PSA does not see for its brackets.
#[derive(Clone, Debug)]
pub(super) struct OtherBrackets {
    pub span: Span,
    pub place: Place,
    /// The name as written, without brackets and encodings.
    pub name: String,
    /// The name that it stands for, if a PSA knows it: in the dialect of the template, if it is there.
    pub right: Option<String>,
    pub how: How,
}

/// What is around such a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// Square brackets that are encoded.
    Encoded,
    /// Brackets that look like square ones: `［`, `【`.
    LookAlike,
    /// Other brackets.
    Other,
    /// Only the second bracket.
    NoFirst,
    /// Only the first bracket, which is encoded.
    NoLast,
}
