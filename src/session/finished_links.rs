//! The links of a template that is finished: what each was in the file of the user, and what it is in the end.

use std::collections::BTreeMap;

use crate::expand::rewritten::{LinkChange, LinkOutcome};
use crate::source::offset_map::OffsetMap;
use crate::source::{Source, SourceKind};
use crate::span::Span;

/// The links of one file, gathered from round to round.
pub(super) struct FinishedLinks<'a> {
    file: &'a Source,
    /// By their places in the file of the user.
    links: BTreeMap<u32, LinkChange>,
}

impl<'a> FinishedLinks<'a> {
    /// None yet; `file` is what the user wrote.
    pub(super) fn of(file: &'a Source) -> FinishedLinks<'a> {
        FinishedLinks { file, links: BTreeMap::new() }
    }

    /// Adds what a rewrite has seen in a text, to which some steps have led from the file.
    pub(super) fn add(&mut self, links: Vec<LinkChange>, text: &Source, traces: &[OffsetMap]) {
        for link in links {
            let span = whole(link.span, traces);
            let known = self.links.range_mut(..=span.start).next_back().map(|(_, known)| known);
            match known.filter(|known| known.span.covers(span)) {
                Some(known) => known.after = link.after,
                None => {
                    let first = self.first_seen(LinkChange { span, ..link }, text, link.span);
                    self.links.insert(span.start, first);
                }
            }
        }
    }

    /// All of them, in the order of the file.
    pub(super) fn into_links(self) -> Vec<LinkChange> {
        self.links.into_values().collect()
    }

    /// A link that no earlier round has seen; a fix may have changed it before.
    fn first_seen(&self, link: LinkChange, text: &Source, now: Span) -> LinkChange {
        if self.file.bytes().get(link.span.range()) == text.bytes().get(now.range()) {
            return link;
        }
        let written = self.file.text(link.span);
        let before = match self.file.kind() {
            SourceKind::Html => htmlize::unescape_attribute(&*written),
            SourceKind::Text | SourceKind::Subject => written,
        };
        let outcome = match link.outcome {
            LinkOutcome::Kept => LinkOutcome::Corrected,
            outcome => outcome,
        };
        LinkChange { before: before.trim().into(), outcome, ..link }
    }
}

/// Where a stretch was before some steps; of one that came in the place of another, all of the other.
fn whole(span: Span, traces: &[OffsetMap]) -> Span {
    let (start, end) = traces.iter().rev().fold((span.start as usize, span.end as usize), |(start, end), trace| {
        let origin = trace.origin(start);
        (origin, end.checked_sub(1).map_or(0, |last| trace.origin_end(last)).max(origin))
    });
    Span::new(start, end)
}
