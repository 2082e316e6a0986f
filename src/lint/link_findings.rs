//! What the rules report about one portal link and one placeholder. Checking and rewriting both use it.

use std::sync::LazyLock;

use crate::diagnostic::{Diagnostic, Level};
use crate::html::scan::Quote;
use crate::lint::placeholders::are_read;
use crate::lint::rules::unquoted_placeholder::{self, cut_value};
use crate::lint::rules::{
    encoded_placeholder, insecure_link, invalid_value, invisible_character, macro_not_expandable, missing_parameter,
    quotes_in_address, relative_url, unclosed_element, unclosed_quote,
};
use crate::lint::{Address, Check, Context, Inner, PortalLink, RULES, Token, links};
use crate::parse::Parser;
use crate::parse::document::{AttributePlace, AttributeRole, LinkSpan, Place};
use crate::source::{Source, SourceKind, edit};
use crate::span::Span;
use crate::vocabulary::{Unwrapped, host_of};

type PlaceholderCheck = fn(&Context<'_>, &Token<'_>, &mut Vec<Diagnostic>);

/// What the rules about placeholders report about one.
pub(super) fn placeholder_findings(cx: &Context<'_>, token: &Token<'_>, found: &mut Vec<Diagnostic>) {
    static CHECKS: LazyLock<Vec<PlaceholderCheck>> = LazyLock::new(|| {
        let checks = RULES.iter().flat_map(|rule| rule.checks);
        checks.filter_map(|check| if let Check::Placeholder(check) = check { Some(*check) } else { None }).collect()
    });
    CHECKS.iter().for_each(|check| check(cx, token, found));
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
    let is_torn = |at: u32| unclosed_quote::around(cx, at).is_some_and(|value| value.covers(portal_link.link.at.span));
    if portal_link.link.text().ends_with('=') && is_torn(portal_link.link.at.span.start) {
        // The end of this link belongs to the next attribute.
        return found;
    }
    let before = found.len();
    invisible_character::of_link(cx, portal_link, &mut found);
    if found.len() > before {
        // The rest may be right without these characters.
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
    without_consequences(&mut found);
    found
}

/// The findings about what keeps an address from being a link: quotes around it, invisible characters in it.
pub(crate) fn address_findings(cx: &Context<'_>, address: &Address) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    quotes_in_address::check(cx, address, &mut found);
    invisible_character::of_address(cx, address, &mut found);
    found
}

/// Removes findings that are only a consequence of quotes or tags in an address, or of a tag without `>`, which makes
/// the text of a link part of its address.
pub(super) fn without_consequences(found: &mut Vec<Diagnostic>) {
    const OF_QUOTES: [&str; 6] = [
        insecure_link::RULE.name,
        relative_url::RULE.name,
        unquoted_placeholder::RULE.name,
        macro_not_expandable::RULE.name,
        encoded_placeholder::RULE.name,
        missing_parameter::RULE.name,
    ];
    const OF_OPEN_TAG: [&str; 1] = [invalid_value::RULE.name];
    let cause = |finding: &Diagnostic| {
        // A tag without `>` was meant to end where its fix would close it.
        let end =
            finding.fix.as_ref().and_then(|fix| fix.edits.first()).map_or(finding.span.end, |edit| edit.span.start);
        match finding.rule {
            rule if rule == quotes_in_address::RULE.name => Some((finding.span, &OF_QUOTES[..])),
            rule if rule == unclosed_element::RULE.name && end >= finding.span.end => {
                Some((Span { start: finding.span.start, end }, &OF_OPEN_TAG[..]))
            }
            _ => None,
        }
    };
    let mut causes: Vec<(Span, &[&str])> = found.iter().filter_map(cause).collect();
    causes.sort_unstable();
    found.retain(|finding| {
        let before = causes.partition_point(|(cause, _)| cause.start <= finding.span.start);
        let last = before.checked_sub(1).map(|last| causes[last]);
        !last.is_some_and(|(cause, rules)| finding.span.start < cause.end && rules.contains(&finding.rule))
    });
}

/// The address inside a link that gateways have wrapped, corrected if it is a portal link, and what is still wrong with
/// it after that.
fn unwrapped(cx: &Context<'_>, portal_link: &PortalLink<'_>) -> Option<(Inner, Vec<Diagnostic>)> {
    let Unwrapped { url, is_redirect } = portal_link.link.unwrapped().filter(|_| cx.depth() == 0)?;
    let url = url.trim().to_owned();
    let source = Source::from_text(cx.document.source().name(), &url, SourceKind::Text);
    let document = Parser::new(cx.vocabulary).parse_body(source);
    let inside = cx.inside(&document);
    let Some(found) = inside.portal_link(whole(&url)) else {
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

/// All findings about an address that a template will have after it is rewritten; their spans are positions in that
/// address.
pub(crate) fn findings_on(cx: &Context<'_>, url: &str, parser: &mut Parser<'_>) -> Vec<Diagnostic> {
    let source = Source::from_text(cx.document.source().name(), url, SourceKind::Text);
    let document = parser.parse_body(source);
    let inside = Context::new(&document, cx.settings, cx.vocabulary);
    let found = inside.portal_link(whole(url));
    found.map(|found| link_findings(&inside, &found)).unwrap_or_default()
}

/// A text that is one whole address. As in an attribute, punctuation at its end belongs to it and not to a sentence.
pub(crate) fn whole(url: &str) -> LinkSpan {
    let span = Span::new(0, url.len());
    let none = Span { start: 0, end: 0 };
    let at = AttributePlace { tag: span, name: none, value: span, quote: Quote::Double, role: AttributeRole::Link };
    LinkSpan { span, place: Place::Attribute(at), conditional: false }
}

/// Whether an address leads to a host in the settings, or to any portal if they name none.
fn leads_home(cx: &Context<'_>, url: &str) -> bool {
    let source = Source::from_text(cx.document.source().name(), url, SourceKind::Text);
    let document = Parser::new(cx.vocabulary).parse_body(source);
    let read = cx.inside(&document).portal_link(whole(url));
    let host = read.and_then(|found| found.link.host).map(|host| host.text.to_lowercase());
    host.is_some_and(|host| cx.hosts().contains(&host) || cx.hosts().is_empty() && cx.is_portal_host(&host))
}
