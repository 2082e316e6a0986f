//! The links of a finished template: what each was in the user's file, and what it became.

use crate::expand::rewritten::{LinkChange, LinkOutcome};
use crate::interned::intern;
use crate::sorting::sort_in_place;
use crate::source::offset_map::OffsetMap;
use crate::source::{Source, SourceKind};
use crate::span::Span;

/// The links of one file, collected over all rounds.
pub(super) struct FinishedLinks<'a> {
    file: &'a Source,
    /// In the order of the file, no two at the same position. There may be as many as a few bytes allow.
    links: Vec<LinkChange>,
}

impl<'a> FinishedLinks<'a> {
    /// An empty collection; `file` is what the user wrote.
    pub(super) fn of(file: &'a Source) -> FinishedLinks<'a> {
        FinishedLinks { file, links: Vec::new() }
    }

    /// Adds the links that a rewrite found in a text; `traces` are the steps that led from the file to this text.
    pub(super) fn add(&mut self, links: Vec<LinkChange>, text: &Source, traces: &[OffsetMap]) {
        let mut new: Vec<LinkChange> = Vec::new();
        if self.links.is_empty() {
            new.reserve_exact(links.len());
        }
        for link in links {
            let span = whole(link.span, traces);
            let is_before = |known: &LinkChange| known.span.start <= span.start;
            let old = self.links.partition_point(is_before).checked_sub(1).map(|last| &mut self.links[last]);
            // The links of a rewrite are in order.
            let last = new.last_mut().filter(|last| is_before(last));
            let known = match (old, last) {
                (Some(old), Some(last)) => Some(if last.span.start >= old.span.start { last } else { old }),
                (old, last) => old.or(last),
            };
            match known {
                Some(known) if known.span.covers(span) => known.after = link.after,
                Some(known) if known.span.start == span.start => {
                    *known = first_seen(self.file, LinkChange { span, ..link }, text, link.span);
                }
                _ => new.push(first_seen(self.file, LinkChange { span, ..link }, text, link.span)),
            }
        }
        if self.links.is_empty() {
            self.links = new;
        } else {
            self.links.append(&mut new);
        }
        sort_in_place(&mut self.links, |link| link.span);
    }

    /// All links, in the order of the file.
    pub(super) fn into_links(self) -> Vec<LinkChange> {
        self.links
    }
}

/// A link that is new in this round; a fix may have changed it before.
fn first_seen(file: &Source, link: LinkChange, text: &Source, now: Span) -> LinkChange {
    if file.bytes().get(link.span.range()) == text.bytes().get(now.range()) {
        return link;
    }
    let written = file.text(link.span);
    let before = match file.kind() {
        SourceKind::Html => htmlize::unescape_attribute(&*written),
        SourceKind::Text | SourceKind::Subject => written,
    };
    let outcome = match link.outcome {
        LinkOutcome::Kept => LinkOutcome::Corrected,
        outcome => outcome,
    };
    LinkChange { before: intern(before.trim()), outcome, ..link }
}

/// Where a span was before some steps; if it replaced other text, this covers all of that text.
fn whole(span: Span, traces: &[OffsetMap]) -> Span {
    let (start, end) = traces.iter().rev().fold((span.start as usize, span.end as usize), |(start, end), trace| {
        let origin = trace.origin(start);
        (origin, end.checked_sub(1).map_or(0, |last| trace.origin_end(last)).max(origin))
    });
    Span::new(start, end)
}
