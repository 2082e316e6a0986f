//! Findings in templates that were put together, at the files that the user changes, each told once.

use std::collections::HashSet;
use std::sync::Arc;

use psalink::{Diagnostic, Mapped, Source, Span};

/// What tells a finding from others.
type Key = (String, &'static str, Span, String);

/// The findings of a run. A layout shows the same ones in every template that uses it.
#[derive(Default)]
pub struct Told {
    seen: HashSet<Key>,
}

impl Told {
    /// The findings that were not told before, grouped by their files.
    pub fn new_ones(&mut self, mapped: Vec<Mapped>) -> Vec<(Arc<Source>, Vec<Diagnostic>)> {
        let mut files: Vec<(Arc<Source>, Vec<Diagnostic>)> = Vec::new();
        for Mapped { source, finding } in mapped {
            if !self.seen.insert(key(&source, &finding)) {
                continue;
            }
            match files.iter_mut().find(|(known, _)| known.name() == source.name()) {
                Some((_, findings)) => findings.push(finding),
                None => files.push((source, vec![finding])),
            }
        }
        files
    }
}

fn key(source: &Source, finding: &Diagnostic) -> Key {
    (source.name().to_owned(), finding.rule, finding.span, finding.message.clone())
}
