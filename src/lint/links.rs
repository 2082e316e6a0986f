//! Which findings about a portal link `psalink rewrite` corrects on its own.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::{Diagnostic, Safety};
use crate::lint::rules::{self, magic_token};
use crate::lint::{Context, Rewrite};
use crate::source::edit::Edit;
use crate::span::Span;

/// The edits that a rewrite makes for the findings about one link, and the remaining findings.
pub(crate) fn fix(cx: &Context<'_>, mut findings: Vec<Diagnostic>) -> (Vec<Edit>, Vec<Diagnostic>) {
    let mut fixes = LinkFixes::default();
    findings.retain_mut(|finding| {
        let rewrite = rules::named(finding.rule).map_or(Rewrite::Leaves, |rule| rule.rewrite);
        let least = match rewrite {
            Rewrite::Leaves => return true,
            Rewrite::Fixes => Safety::Safe,
            Rewrite::FixesIfAsked if cx.settings.unsafe_fixes => Safety::Suggested,
            Rewrite::FixesIfAsked => return true,
        };
        let is_made = finding.fix.as_ref().is_some_and(|fix| fix.safety >= least && fixes.merge(&fix.edits));
        if is_made && finding.rule == magic_token::RULE.name {
            *finding = magic_token::revoke(finding.span);
            return true;
        }
        !is_made
    });
    (fixes.edits.into_values().flat_map(|(_, edits)| edits).collect(), findings)
}

/// The fixes of one link; there may be thousands. Their edits by position, each with the number of its fix.
#[derive(Default)]
struct LinkFixes {
    edits: BTreeMap<Span, (usize, Vec<Edit>)>,
    /// The positions of the edits of each fix, including fixes that a later one has replaced.
    places: Vec<Vec<Span>>,
}

impl LinkFixes {
    /// Adds a fix to the others of the same link. It replaces earlier fixes whose bytes it covers, since their changes
    /// become part of its own. Returns `false`, and adds nothing, if it partly overlaps another fix.
    fn merge(&mut self, more: &[Edit]) -> bool {
        let mut new: Vec<Span> = more.iter().map(|edit| edit.span).collect();
        new.sort_unstable();
        let meets_new = |span: Span| {
            let before = new.partition_point(|new| new.start < span.end);
            let last = before.checked_sub(1).map(|index| new[index]);
            new.binary_search(&span).is_ok() || last.is_some_and(|last| span.start < last.end)
        };
        let is_same = |span: Span| new.binary_search(&span).is_ok();
        let is_replaced = |span: Span| {
            let before = new.partition_point(|new| new.start <= span.start);
            let reaches = |new: &Span| new.covers(span) && !new.is_empty();
            new[before.saturating_sub(2)..before].iter().any(reaches)
        };
        let met: BTreeSet<usize> = new.iter().flat_map(|span| self.meeting(*span)).collect();
        let mut replaced = Vec::new();
        for fix in met {
            let is_own = |span: &Span| self.edits.get(span).is_some_and(|(owner, _)| *owner == fix);
            let mut spans = self.places[fix].iter().copied().filter(is_own);
            let is_replaced = spans.clone().all(is_replaced);
            if !is_replaced && !spans.all(|span| is_same(span) || !meets_new(span)) {
                return false;
            }
            if is_replaced {
                replaced.push(fix);
            }
        }
        for fix in replaced {
            for span in std::mem::take(&mut self.places[fix]) {
                if self.edits.get(&span).is_some_and(|(owner, _)| *owner == fix) {
                    self.edits.remove(&span);
                }
            }
        }
        let number = self.places.len();
        for edit in more {
            let (owner, edits) = self.edits.entry(edit.span).or_insert_with(|| (number, Vec::new()));
            if *owner != number {
                (*owner, *edits) = (number, Vec::new());
            }
            edits.push(edit.clone());
        }
        self.places.push(new);
        true
    }

    /// The fixes with an edit at the same place as another edit, or inside it. No two of their edits overlap.
    fn meeting(&self, span: Span) -> Vec<usize> {
        let end = Span { start: span.end, end: span.end };
        let before = self.edits.range(..end).rev();
        let near = before.take_while(|(known, _)| known.end > span.start || known.start >= span.start);
        let meets = |known: &Span| known.start < span.end && span.start < known.end;
        let found = near.filter(|(known, _)| meets(known)).map(|(_, (fix, _))| *fix);
        found.chain(self.edits.get(&span).map(|(fix, _)| *fix)).collect()
    }
}
