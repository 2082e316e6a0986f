//! The result of a rewrite: the changes, the remaining findings, and every link before and after.

use std::collections::HashSet;
use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Level};
use crate::interned::intern;
use crate::source::edit::Edit;
use crate::span::Span;

/// The result of rewriting a template.
#[derive(Clone, Debug, Default)]
pub struct Rewritten {
    /// The changes, in order, without overlaps.
    pub edits: Vec<Edit>,
    /// What could not be done, and what the user should check, in order.
    pub diagnostics: Vec<Diagnostic>,
    /// Every deep link, before and after, in order.
    pub links: Vec<LinkChange>,
    /// How many macros became links.
    pub expanded: usize,
    /// How many ticket numbers became links.
    pub linked: usize,
    /// How many links were corrected.
    pub corrected: usize,
    /// Spans left unchanged, because they would become a different link together with the text next to them.
    pub(crate) left: Vec<Span>,
}

/// A link before and after a rewrite.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkChange {
    /// Its bytes in the template.
    pub span: Span,
    /// The old text, with character references decoded.
    pub before: Arc<str>,
    /// The link after the rewrite.
    pub after: Arc<str>,
    /// What happened.
    pub outcome: LinkOutcome,
    /// What was wrong with a link that was corrected, and what is reported about one that was not.
    pub reason: Option<Arc<str>>,
}

/// What a rewrite did with a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LinkOutcome {
    /// It was right.
    Kept,
    /// It was corrected.
    Corrected,
    /// A macro became a link.
    Expanded,
    /// It was left unchanged, and reported.
    Reported,
}

impl Rewritten {
    /// Whether a macro or a link is left unchanged.
    pub(crate) fn leaves(&self, span: Span) -> bool {
        self.left.binary_search(&span).is_ok()
    }

    /// Whether anything remains that the user should know about: a warning or an error.
    pub fn has_problems(&self) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.level >= Level::Warning)
    }
}

/// The messages of some findings, as one reason; notes count only if there is nothing else.
pub(crate) fn reason(findings: &[Diagnostic]) -> Option<Arc<str>> {
    let least = findings.iter().map(|finding| finding.level.min(Level::Warning)).max()?;
    let mut known: HashSet<&str> = HashSet::new();
    let mut messages: Vec<&Arc<str>> = Vec::new();
    for finding in findings.iter().filter(|finding| finding.level >= least) {
        if known.insert(&finding.message) {
            messages.push(&finding.message);
        }
    }
    Some(match messages.as_slice() {
        [message] => Arc::clone(message),
        several => intern(&several.iter().map(|message| &***message).collect::<Vec<_>>().join("; ")),
    })
}

impl LinkOutcome {
    /// `kept`, `corrected`, `expanded`, `reported`.
    pub fn name(self) -> &'static str {
        match self {
            LinkOutcome::Kept => "kept",
            LinkOutcome::Corrected => "corrected",
            LinkOutcome::Expanded => "expanded",
            LinkOutcome::Reported => "reported",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_names_each_finding_once() {
        let finding = |text: String| Diagnostic::warning("unknown-parameter", Span::new(0, 1), text);
        let found = ["a", "b", "a"].map(|text| finding(text.to_owned()));
        assert_eq!(reason(&found).as_deref(), Some("a; b"));
        let found: Vec<Diagnostic> = (0..1000).map(|index| finding(format!("no parameter `k{index}`"))).collect();
        assert!(reason(&found).unwrap().ends_with("; no parameter `k999`"));
    }
}
