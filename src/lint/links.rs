//! Every finding about a portal link, and which of them `psalink rewrite` mends by itself.

use super::placeholders::are_read;
use super::unquoted_placeholder::cut_value;
use super::{RULES, placeholder_findings};
use crate::diagnostic::{Diagnostic, Safety};
use crate::document::{Document, Part, PartKind};
use crate::edit::{self, Edit};
use crate::link::LinkForm;
use crate::lint::{Check, Checkup, PortalLink, Token, unquoted_placeholder};
use crate::parse::Parser;
use crate::source::{Source, SourceKind};
use crate::span::Span;

/// Rules whose safe fixes a rewrite makes without being asked.
const MENDED: [&str; 10] = [
    "double-escaped",
    "doubled-brackets",
    "encoded-placeholder",
    "gateway-wrapped-link",
    "insecure-link",
    "retired-deep-link",
    "space-in-placeholder",
    "split-placeholder",
    "unfilled-host",
    "wrong-id-placeholder",
];

/// How many gateways may have wrapped a link one around another.
const WRAP_LIMIT: usize = 3;

/// Every finding about a portal link: first about the placeholders in it, then in the order of the rules.
pub(crate) fn findings(cx: &Checkup<'_>, it: &PortalLink<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let parts = cx.document.parts_in(it.link.at.span);
    let token = |part| Some(Token { part, spelling: part.spelling()?, link: Some(it) });
    if let Some(cut) = parts.iter().filter(|part| cut_value(part).is_some()).find_map(token) {
        // What stands behind the space is no part of the link, so nothing certain can be said of the rest.
        if let Check::Placeholder(check) = unquoted_placeholder::RULE.check {
            check(cx, &cut, &mut found);
        }
        return found;
    }
    if are_read(it) {
        for token in parts.iter().filter_map(token) {
            // `[your-subdomain]` is no placeholder, but a host that nobody has filled in.
            let in_host = it.link.host.as_ref().is_some_and(|host| host.span.covers(token.part.span));
            if !(in_host && token.spelling.known.is_empty()) && it.link.at.span.covers(token.part.span) {
                placeholder_findings(cx, &token, &mut found);
            }
        }
    }
    if it.link.scheme.text.is_empty() {
        // Where a link without a scheme leads depends on the reader's program; its placeholders are damaged in any.
        return found;
    }
    for rule in RULES {
        if let Check::Link(check) | Check::Links(check, _) = rule.check {
            check(cx, it, &mut found);
        }
    }
    found
}

/// The edits that a rewrite makes for findings about one link, and the findings that are left.
pub(crate) fn fix(cx: &Checkup<'_>, mut findings: Vec<Diagnostic>) -> (Vec<Edit>, Vec<Diagnostic>) {
    let mut fixes: Vec<Vec<Edit>> = Vec::new();
    findings.retain_mut(|finding| {
        let is_magic = finding.rule == super::magic_token::RULE.name;
        let may = MENDED.contains(&finding.rule) || is_magic && cx.settings.unsafe_fixes;
        let least = if is_magic { Safety::Suggested } else { Safety::Safe };
        let is_made =
            finding.fix.as_ref().is_some_and(|fix| may && fix.safety >= least && merge(&mut fixes, &fix.edits));
        if is_made && is_magic {
            *finding = super::magic_token::revoke(finding.span);
            return true;
        }
        !is_made
    });
    (fixes.concat(), findings)
}

/// Adds a fix to others of the same link. It takes the place of earlier ones about the same bytes, or about some of
/// them: what they have changed goes with the rest. Gives `false`, and adds nothing, where it crosses another.
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

/// The link inside one that a gateway has wrapped, put right; only where it holds a placeholder, since any other was
/// the link of one mail.
pub(super) fn unwrapped(cx: &Checkup<'_>, it: &PortalLink<'_>) -> Option<String> {
    let inner = it.link.unwrapped().filter(|_| cx.depth() < WRAP_LIMIT)?;
    let source = Source::from_text(cx.document.source().name(), &inner, SourceKind::Text);
    let document = Parser::new(cx.vocabulary).parse(source, None);
    let [at] = document.links() else { return None };
    let whole = at.span == Span::new(0, inner.len());
    let inside = cx.inside(&document);
    let found = inside.portal_link(*at).filter(|found| found.target.id == it.target.id)?;
    let is_ours = matches!(found.link.form, LinkForm::Current | LinkForm::Retired(_) | LinkForm::Wrapped(_));
    let is_wrapped = matches!(found.link.form, LinkForm::Wrapped(_));
    let has_token = document.parts().iter().any(|part| part.spelling().is_some()) || is_wrapped;
    if !whole || !is_ours || !has_token {
        return None;
    }
    let (edits, _) = fix(&inside, findings(&inside, &found));
    if is_wrapped && edits.is_empty() {
        return None;
    }
    String::from_utf8(edit::apply(document.source(), &edits).ok()?).ok()
}

/// Whether a macro stands in a link, or a link in a macro: such a thing is left to the person who wrote it.
pub(crate) fn touches_macro(document: &Document, span: Span) -> bool {
    let is_macro = |part: &Part| matches!(part.kind, PartKind::LinkMacro(_) | PartKind::BrokenMacro(_));
    let before = document.parts().partition_point(|part| part.span.start < span.start);
    let around = before.checked_sub(1).and_then(|index| document.parts().get(index));
    document.parts_in(span).iter().any(is_macro)
        || around.is_some_and(|part| is_macro(part) && part.span.end > span.start)
}
