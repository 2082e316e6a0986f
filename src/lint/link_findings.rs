//! What the rules report about one portal link and one placeholder. Checking and rewriting both use it.

use crate::diagnostic::{Diagnostic, Level};
use crate::lint::placeholders::are_read;
use crate::lint::rules::invisible_character;
use crate::lint::rules::unquoted_placeholder::{self, cut_value};
use crate::lint::{Check, Context, Inner, PortalLink, RULES, Token, links};
use crate::parse::Parser;
use crate::parse::document::{LinkSpan, Place};
use crate::source::{Source, SourceKind, edit};
use crate::span::Span;
use crate::vocabulary::{Unwrapped, host_of};

/// What the rules about placeholders report about one.
pub(super) fn placeholder_findings(cx: &Context<'_>, token: &Token<'_>, found: &mut Vec<Diagnostic>) {
    for rule in RULES {
        for check in rule.checks {
            if let Check::Placeholder(check) = check {
                check(cx, token, found);
            }
        }
    }
}

/// All findings about a portal link: first those about its placeholders, then in the order of the rules.
pub(crate) fn link_findings(cx: &Context<'_>, portal_link: &PortalLink<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let parts = cx.document.parts_in(portal_link.link.at.span);
    let token = |part| Some(Token { part, spelling: part.spelling()?, link: Some(portal_link) });
    if let Some(cut) = parts.iter().filter(|part| cut_value(part).is_some()).find_map(token) {
        // What follows the space is not part of the link, so nothing certain can be said about the rest.
        unquoted_placeholder::check(cx, &cut, &mut found);
        return found;
    }
    if are_read(portal_link) {
        for token in parts.iter().filter_map(token) {
            // `[your-subdomain]` is not a placeholder but a host that was never filled in.
            let in_host = portal_link.link.host.as_ref().is_some_and(|host| host.span.covers(token.part.span));
            if !(in_host && token.spelling.known.is_empty()) && portal_link.link.at.span.covers(token.part.span) {
                placeholder_findings(cx, &token, &mut found);
            }
        }
    }
    if portal_link.link.scheme.text.is_empty() && portal_link.link.slip.is_none() {
        // Where a link without a scheme leads depends on the reader's program; damaged placeholders are wrong in all of
        // them.
        return found;
    }
    let before = found.len();
    invisible_character::of_link(cx, portal_link, &mut found);
    if found.len() > before {
        // Without them, the rest may be right.
        return found;
    }
    let (inner, left) = match unwrapped(cx, portal_link) {
        Some((inner, left)) => (Some(inner), left),
        None => (None, Vec::new()),
    };
    found.extend(left);
    for rule in RULES {
        for check in rule.checks {
            match check {
                Check::Link(check) => check(cx, portal_link, &mut found),
                Check::Wrapped(check) => check(cx, portal_link, inner.as_ref(), &mut found),
                _ => {}
            }
        }
    }
    found
}

/// The address inside a link that gateways have wrapped, corrected if it is a portal link, and what is still wrong with
/// it after that.
fn unwrapped(cx: &Context<'_>, portal_link: &PortalLink<'_>) -> Option<(Inner, Vec<Diagnostic>)> {
    let Unwrapped { url, is_redirect } = portal_link.link.unwrapped().filter(|_| cx.depth() == 0)?;
    let url = url.trim().to_owned();
    let source = Source::from_text(cx.document.source().name(), &url, SourceKind::Text);
    let document = Parser::new(cx.vocabulary).parse_body(source);
    let inside = cx.inside(&document);
    // All of it is the address, even where an address in plain text would end.
    let whole = LinkSpan { span: Span::new(0, url.len()), place: Place::PlainText, conditional: false };
    let found = document.links().first().filter(|at| at.span.start == 0).and_then(|_| inside.portal_link(whole));
    let Some(found) = found else {
        let is_own = !is_redirect && host_of(&url).is_some_and(|host| cx.hosts().contains(&host));
        return Some((Inner { url, is_own }, Vec::new()));
    };
    let (edits, mut left) = links::fix(&inside, link_findings(&inside, &found));
    let url = String::from_utf8(edit::apply(document.source(), &edits).ok()?).ok()?;
    let is_own = !is_redirect && leads_home(cx, &url);
    left.retain(|finding| finding.level >= Level::Warning);
    for finding in &mut left {
        (finding.span, finding.fix) = (portal_link.link.at.span, None);
        finding.add_note("this is about the link that was wrapped".into());
    }
    Some((Inner { url, is_own }, left))
}

/// Whether an address leads to a host in the settings or, if they name none, to any portal.
fn leads_home(cx: &Context<'_>, url: &str) -> bool {
    let source = Source::from_text(cx.document.source().name(), url, SourceKind::Text);
    let document = Parser::new(cx.vocabulary).parse_body(source);
    let read = document.links().first().and_then(|at| cx.inside(&document).portal_link(*at));
    let host = read.and_then(|found| found.link.host).map(|host| host.text.to_lowercase());
    host.is_some_and(|host| cx.hosts().contains(&host) || cx.hosts().is_empty() && cx.is_portal_host(&host))
}
