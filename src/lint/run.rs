//! What the rules say of a template: each is asked about what concerns it.

use memchr::memmem;

use crate::config::settings::Settings;
use crate::diagnostic::Diagnostic;
use crate::html::open_elements::Outline;
use crate::lint::link_text::{after_edits, same_text};
use crate::lint::links;
use crate::lint::placeholders::are_read;
use crate::lint::rules::double_escaped;
use crate::lint::rules::unquoted_placeholder::{self, cut_value};
use crate::lint::{Check, Checkup, PortalLink, Profile, RULES, Token};
use crate::parse::Parser;
use crate::parse::deep_link::LinkForm;
use crate::parse::document::{Document, Place};
use crate::parse::places::Places;
use crate::source::edit::{self, Edit};
use crate::source::{Source, SourceKind};
use crate::span::Span;
use crate::vocabulary::Vocabulary;

/// How many gateways may have wrapped a link one around another.
const WRAP_LIMIT: usize = 3;

/// What every rule but those about macros says of a template, in no order.
pub(crate) fn findings(
    document: &Document,
    settings: &Settings,
    vocabulary: &Vocabulary,
    profile: &Profile,
) -> Vec<Diagnostic> {
    let cx = Checkup::new(document, settings, vocabulary);
    let mut found = Vec::new();
    let done = of_links(&cx, &mut found);
    double_escaped::of_others(&cx, &done, &mut found);
    of_placeholders(&cx, &done, &mut found);
    ask(&cx, profile, &mut found);
    found
}

/// Asks each rule of a profile about what concerns it, but not about links and placeholders.
fn ask(cx: &Checkup<'_>, profile: &Profile, found: &mut Vec<Diagnostic>) {
    let rules = RULES.iter().filter(|rule| profile.reports(rule.name));
    let checks: Vec<&Check> = rules.flat_map(|rule| rule.checks).collect();
    for check in &checks {
        match check {
            Check::Template(check) => check(cx, found),
            Check::Bytes(bytes, check) => at_bytes(cx, bytes, *check, found),
            Check::Sequence(text, check) => {
                let mut places = cx.places();
                for at in memmem::find_iter(cx.bytes(), text) {
                    check(cx, &mut places, at, found);
                }
            }
            Check::StyleSheets(check) => cx.style_sheets().for_each(|(_, sheet)| check(cx, sheet.span, found)),
            Check::Subject(check) => {
                if let Some((text, span)) = cx.subject() {
                    check(cx, &text, span, found);
                }
            }
            Check::Anchors(check) => cx.anchors().iter().for_each(|anchor| check(cx, anchor, found)),
            Check::Addresses(check) => cx.addresses().iter().for_each(|address| check(cx, address, found)),
            Check::Elements(..)
            | Check::Tags(_)
            | Check::Parts(_)
            | Check::Link(_)
            | Check::Wrapped(_)
            | Check::Placeholder(_)
            | Check::Macro
            | Check::Allow => {}
        }
    }
    // Of tags and parts there are many, and each is looked at by few rules.
    for tag in cx.tags().iter().filter(|tag| !tag.is_end) {
        for check in &checks {
            match check {
                Check::Tags(check) => check(cx, tag, found),
                Check::Elements(names, check) if names.iter().any(|name| cx.is_named(tag, name)) => {
                    check(cx, tag, found);
                }
                _ => {}
            }
        }
    }
    for part in cx.document.parts() {
        for check in &checks {
            if let Check::Parts(check) = check {
                check(cx, part, found);
            }
        }
    }
}

/// Asks about each place at which one of a few bytes is.
fn at_bytes(
    cx: &Checkup<'_>,
    bytes: &[u8],
    check: fn(&Checkup<'_>, &mut Places<'_>, usize, &mut Vec<Diagnostic>) -> usize,
    found: &mut Vec<Diagnostic>,
) {
    let mut places = cx.places();
    let mut from = 0;
    while let Some(rest) = cx.bytes().get(from..) {
        let next = match bytes {
            [one] => memchr::memchr(*one, rest),
            [one, two] => memchr::memchr2(*one, *two, rest),
            [one, two, three] => memchr::memchr3(*one, *two, *three, rest),
            _ => rest.iter().position(|byte| bytes.contains(byte)),
        };
        let Some(next) = next else { return };
        from = check(cx, &mut places, from + next, found).max(from + next + 1);
    }
}

/// Looks at each link of the portal. Gives the stretches whose placeholders are thereby spoken of.
fn of_links(cx: &Checkup<'_>, found: &mut Vec<Diagnostic>) -> Vec<Span> {
    let mut outline = Outline::of_links(cx.document);
    let mut done: Vec<Span> = Vec::new();
    for &at in cx.document.links() {
        let is_text = at.place == Place::Text;
        if done.last().is_some_and(|span| span.covers(at.span)) || cx.document.mixes_macro_and_link(at.span) {
            continue;
        }
        // The text of a link is looked at together with the link.
        if is_text && outline.at(at.span.start as usize).anchor.is_some() {
            continue;
        }
        let Some(it) = cx.portal_link(at) else { continue };
        let mut findings = link_findings(cx, &it);
        done.push(at.span);
        // A text that is the same address changes with it.
        for fix in findings.iter_mut().filter_map(|finding| finding.fix.as_mut()) {
            let after = after_edits(cx.document.source(), at.span, &fix.edits);
            if let Some((span, text)) = same_text(cx.document, &it.link, &after) {
                fix.edits.push(Edit::new(span, text));
                if done.last() != Some(&span) {
                    done.push(span);
                }
            }
        }
        found.append(&mut findings);
    }
    done
}

/// Looks at each placeholder outside of portal links.
fn of_placeholders(cx: &Checkup<'_>, done: &[Span], found: &mut Vec<Diagnostic>) {
    let mut done = done.iter().peekable();
    for part in cx.document.parts() {
        while done.peek().is_some_and(|span| span.end <= part.span.start) {
            done.next();
        }
        let is_done = done.peek().is_some_and(|span| span.start <= part.span.start);
        if let Some(spelling) = part.spelling().filter(|_| !is_done) {
            placeholder_findings(cx, &Token { part, spelling, link: None }, found);
        }
    }
}

/// What the rules about placeholders say of one.
fn placeholder_findings(cx: &Checkup<'_>, token: &Token<'_>, found: &mut Vec<Diagnostic>) {
    for rule in RULES {
        for check in rule.checks {
            if let Check::Placeholder(check) = check {
                check(cx, token, found);
            }
        }
    }
}

/// Every finding about a portal link: first about the placeholders in it, then in the order of the rules.
pub(crate) fn link_findings(cx: &Checkup<'_>, it: &PortalLink<'_>) -> Vec<Diagnostic> {
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
fn unwrapped(cx: &Checkup<'_>, it: &PortalLink<'_>) -> Option<String> {
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
