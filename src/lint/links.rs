//! Which findings about a portal link `psalink rewrite` corrects on its own.

use crate::diagnostic::{Diagnostic, Safety};
use crate::lint::rules::{self, magic_token};
use crate::lint::{Context, Rewrite};
use crate::source::edit::Edit;
use crate::span::Span;

/// The edits that a rewrite makes for the findings about one link, and the remaining findings.
pub(crate) fn fix(cx: &Context<'_>, mut findings: Vec<Diagnostic>) -> (Vec<Edit>, Vec<Diagnostic>) {
    let mut fixes: Vec<Vec<Edit>> = Vec::new();
    findings.retain_mut(|finding| {
        let rewrite = rules::named(finding.rule).map_or(Rewrite::Leaves, |rule| rule.rewrite);
        let least = match rewrite {
            Rewrite::Leaves => return true,
            Rewrite::Fixes => Safety::Safe,
            Rewrite::FixesIfAsked if cx.settings.unsafe_fixes => Safety::Suggested,
            Rewrite::FixesIfAsked => return true,
        };
        let is_made = finding.fix.as_ref().is_some_and(|fix| fix.safety >= least && merge(&mut fixes, &fix.edits));
        if is_made && finding.rule == magic_token::RULE.name {
            *finding = magic_token::revoke(finding.span);
            return true;
        }
        !is_made
    });
    (fixes.concat(), findings)
}

/// Adds a fix to the others of the same link. It replaces earlier fixes whose bytes it covers, since their changes
/// become part of its own. Returns `false`, and adds nothing, if it partly overlaps another fix.
fn merge(fixes: &mut Vec<Vec<Edit>>, more: &[Edit]) -> bool {
    let meets = |a: Span, b: Span| a == b || a.start < b.end && b.start < a.end;
    let is_replaced = |edit: &Edit| more.iter().any(|new| new.span.covers(edit.span) && !new.span.is_empty());
    let meets_new = |edit: &Edit| more.iter().any(|new| meets(new.span, edit.span));
    let is_same = |edit: &Edit| more.iter().any(|new| new.span == edit.span);
    for fix in fixes.iter() {
        let is_free = !fix.iter().any(meets_new);
        let is_of_same_places = fix.iter().all(|edit| is_same(edit) || !meets_new(edit));
        if !is_free && !is_of_same_places && !fix.iter().all(is_replaced) {
            return false;
        }
    }
    fixes.retain(|fix| !(fix.iter().any(meets_new) && fix.iter().all(is_replaced)));
    for fix in fixes.iter_mut() {
        fix.retain(|edit| !is_same(edit));
    }
    fixes.push(more.to_vec());
    true
}
