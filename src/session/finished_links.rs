//! The links of a finished template: what each was in the user's file, and what it became.

use std::collections::BTreeMap;

use crate::expand::rewritten::{LinkChange, LinkOutcome};
use crate::source::offset_map::OffsetMap;
use crate::source::{Source, SourceKind};
use crate::span::Span;

/// The links of one file, collected over all rounds.
pub(super) struct FinishedLinks<'a> {
    file: &'a Source,
    /// By their positions in the user's file.
    links: BTreeMap<u32, LinkChange>,
}

impl<'a> FinishedLinks<'a> {
    /// An empty collection; `file` is what the user wrote.
    pub(super) fn of(file: &'a Source) -> FinishedLinks<'a> {
        FinishedLinks { file, links: BTreeMap::new() }
    }

    /// Adds the links that a rewrite found in a text; `traces` are the steps that led from the file to this text.
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

    /// All links, in the order of the file.
    pub(super) fn into_links(self) -> Vec<LinkChange> {
        self.links.into_values().collect()
    }

    /// A link that is new in this round; a fix may have changed it before.
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

/// Where a span was before some steps; if it replaced other text, this covers all of that text.
fn whole(span: Span, traces: &[OffsetMap]) -> Span {
    let (start, end) = traces.iter().rev().fold((span.start as usize, span.end as usize), |(start, end), trace| {
        let origin = trace.origin(start);
        (origin, end.checked_sub(1).map_or(0, |last| trace.origin_end(last)).max(origin))
    });
    Span::new(start, end)
}
