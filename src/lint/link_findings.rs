//! What the rules say of one link of the portal, and of one placeholder: a check asks, and a rewrite.

use crate::diagnostic::Diagnostic;
use crate::lint::placeholders::are_read;
use crate::lint::rules::unquoted_placeholder::{self, cut_value};
use crate::lint::{Check, Context, PortalLink, RULES, Token, links};
use crate::parse::Parser;
use crate::parse::deep_link::LinkForm;
use crate::source::{Source, SourceKind, edit};
use crate::span::Span;

/// How many gateways may have wrapped a link one around another.
const WRAP_LIMIT: usize = 3;

/// What the rules about placeholders say of one.
pub(super) fn placeholder_findings(cx: &Context<'_>, token: &Token<'_>, found: &mut Vec<Diagnostic>) {
    for rule in RULES {
        for check in rule.checks {
            if let Check::Placeholder(check) = check {
                check(cx, token, found);
            }
        }
    }
}

/// Every finding about a portal link: first about the placeholders in it, then in the order of the rules.
pub(crate) fn link_findings(cx: &Context<'_>, it: &PortalLink<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let parts = cx.document.parts_in(it.link.at.span);
    let token = |part| Some(Token { part, spelling: part.spelling()?, link: Some(it) });
    if let Some(cut) = parts.iter().filter(|part| cut_value(part).is_some()).find_map(token) {
        // What follows the space is not part of the link, so nothing certain can be said of the rest.
        unquoted_placeholder::check(cx, &cut, &mut found);
        return found;
    }
    if are_read(it) {
        for token in parts.iter().filter_map(token) {
            // `[your-subdomain]` is not a placeholder, but a host that was never filled in.
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
    let inner = unwrapped(cx, it);
    for rule in RULES {
        for check in rule.checks {
            match check {
                Check::Link(check) => check(cx, it, &mut found),
                Check::Wrapped(check) => check(cx, it, inner.as_deref(), &mut found),
                _ => {}
            }
        }
    }
    found
}

/// The link inside one that a gateway has wrapped, corrected; only where it holds a placeholder, since any other was
/// the link of one mail.
fn unwrapped(cx: &Context<'_>, it: &PortalLink<'_>) -> Option<String> {
    let inner = it.link.unwrapped().filter(|_| cx.depth() < WRAP_LIMIT)?;
    let source = Source::from_text(cx.document.source().name(), &inner, SourceKind::Text);
    let document = Parser::new(cx.vocabulary).parse_body(source);
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
    let (edits, _) = links::fix(&inside, link_findings(&inside, &found));
    if is_wrapped && edits.is_empty() {
        return None;
    }
    String::from_utf8(edit::apply(document.source(), &edits).ok()?).ok()
}
