//! Quotes, tags or words that became part of an address, and damaged beginnings: `href=""https://…""`, `https//…`.

use crate::diagnostic::{Diagnostic, Level, Safety};
use crate::lint::around_address::{self, Around};
use crate::lint::mangled_address::{self, Mangled};
use crate::lint::rules::{broken_address, unclosed_quote};
use crate::lint::{Address, Check, Context, PortalLink, Rewrite, Rule, Tag, When};
use crate::lint::{address_markup, glued, params};
use crate::parse::document::{AttributeRole, Flaw, Part, Place};
use crate::source::edit::Edit;
use crate::span::Span;

/// Quotes, tags or words became part of an address.
pub const RULE: Rule = Rule {
    name: "quotes-in-address",
    level: Level::Error,
    also: &[],
    when: When::On,
    rewrite: Rewrite::Fixes,
    summary: "quotes, tags or words became part of an address, or its beginning is damaged, so the link leads nowhere",
    page: include_str!("../../../fixtures/rules/quotes-in-address.md"),
    checks: &[Check::Link(check_link), Check::Addresses(check_address)],
};

fn check_link(cx: &Context<'_>, portal_link: &PortalLink<'_>, found: &mut Vec<Diagnostic>) {
    let at = portal_link.link.at;
    if matches!(at.place, Place::Attribute(attribute) if attribute.role != AttributeRole::Other)
        && !cx.tag_around(at.span.start).is_some_and(|tag| is_swallowed(cx, &tag, at.span))
    {
        found.extend(of_markup(cx, portal_link.link.at.span, Safety::Safe));
        found.extend(escaped_tags(cx, portal_link));
    }
}

/// `ticket_id=&lt;b&gt;[srnumber]&lt;/b&gt;`: escaped tags around the number that a link needs.
fn escaped_tags(cx: &Context<'_>, portal_link: &PortalLink<'_>) -> Vec<Diagnostic> {
    let Some(command) = params::readable_command(portal_link) else { return Vec::new() };
    let glued = glued::in_link(cx.document, &portal_link.link, command);
    let found = glued.iter().filter_map(|glued| {
        let span = glued.value.span;
        if !address_markup::in_address(cx.bytes(), span).is_empty() {
            return None;
        }
        let finding = RULE.at(span, part_of_address(&glued::first_tag(&glued.value.text)?));
        Some(match glued.alone(cx.document, &portal_link.link) {
            Some((token, edits)) => {
                let title = format!("write `{}` alone", cx.document.text(token));
                finding.help(title.clone()).fix(title, Safety::Safe, edits)
            }
            None => finding.help("write the address alone"),
        })
    });
    found.collect()
}

fn part_of_address(markup: &str) -> String {
    format!("`{markup}` became part of this address, so the link leads nowhere")
}

/// Reports what is wrong with an address that is not a portal link.
fn check_address(cx: &Context<'_>, address: &Address, found: &mut Vec<Diagnostic>) {
    // Another rule reports a damaged beginning alone.
    let other = |value| mangled(cx, value, &address.tag).filter(|_| broken_address::of(cx, address).is_none());
    check_for(cx, address, other, found);
}

/// The same of quotes and tags alone, which rewriting removes; other addresses stay as they are written.
pub(in crate::lint) fn check(cx: &Context<'_>, address: &Address, found: &mut Vec<Diagnostic>) {
    check_for(cx, address, |_| None, found);
}

fn check_for(
    cx: &Context<'_>,
    address: &Address,
    mangled: impl Fn(Span) -> Option<Diagnostic>,
    found: &mut Vec<Diagnostic>,
) {
    let value = cx.trim(address.value);
    if is_swallowed(cx, &address.tag, value) {
        return;
    }
    let around = around_address::of(cx, address).map(|around| finding(cx, around));
    let found_in = around.or_else(|| mangled(value)).or_else(|| of_markup(cx, value, Safety::Suggested));
    let Some(finding) = found_in else { return };
    let links = cx.document.links();
    let link = links.get(links.partition_point(|link| link.span.start < value.start));
    // Portal links are checked separately.
    if !link.is_some_and(|link| value.covers(link.span) && cx.portal_link(*link).is_some()) {
        found.push(finding);
    }
}

/// Whether an unclosed quote made everything up to the next quote part of an address, which another rule reports.
fn is_swallowed(cx: &Context<'_>, tag: &Tag, address: Span) -> bool {
    unclosed_quote::value_of(cx, tag).is_some_and(|value| value.covers(address))
}

fn finding(cx: &Context<'_>, around: Around) -> Diagnostic {
    let finding = match around.words {
        Some(words) => {
            let words = cx.document.source().quoted(words);
            RULE.at(
                around.span,
                format!("`{words}` in front of this address became part of it, so the link leads nowhere"),
            )
        }
        None => RULE.at(around.span, "what is around this address became part of it, so the link leads nowhere"),
    };
    // A site may have no certificate.
    let is_sure = |edits: &[Edit]| !edits.iter().any(|edit| edit.text.ends_with(around_address::MISSING_SCHEME));
    match around.edits {
        Some(edits) => {
            let safety = if is_sure(&edits) { Safety::Safe } else { Safety::Suggested };
            finding.help("write the address alone").fix("write the address alone", safety, edits)
        }
        None => finding.help("write the address alone, in one pair of quotes"),
    }
}

/// A damaged beginning, or words around an address.
fn mangled(cx: &Context<'_>, value: Span, tag: &Tag) -> Option<Diagnostic> {
    let Mangled { message, help, edits } = mangled_address::of(cx, value, tag)?;
    let finding = RULE.at(value, message).help(help);
    Some(match edits {
        Some(edits) => finding.fix(help, Safety::Safe, edits),
        None => finding,
    })
}

/// Tags in an address; those that are whole can be removed.
fn of_markup(cx: &Context<'_>, address: Span, safety: Safety) -> Option<Diagnostic> {
    let markup = address_markup::in_address(cx.bytes(), address);
    let first = markup.first()?;
    let written = cx.document.source().quoted(first.span);
    let finding = RULE.at(address, part_of_address(&written)).help("write the address alone");
    if !markup.iter().all(|tag| tag.is_whole) {
        return Some(finding);
    }
    let split = |part: &&Part| part.spelling().is_some_and(|spelling| spelling.flaws.contains(&Flaw::SplitByTags));
    let parts: Vec<&Part> = cx.document.parts_in(address).iter().filter(split).collect();
    let is_in_part = |span: Span| {
        let after = parts.partition_point(|part| part.span.start <= span.start);
        after.checked_sub(1).is_some_and(|last| parts[last].span.covers(span))
    };
    let tokens = parts.iter().filter_map(|part| Some(Edit::new(part.span, part.spelling()?.token())));
    let outside = markup.iter().filter(|region| !is_in_part(region.span));
    let mut gone: Vec<Span> = Vec::new();
    for span in outside.map(|region| region.span) {
        match gone.last_mut().filter(|last| last.end == span.start) {
            Some(last) => last.end = span.end,
            None => gone.push(span),
        }
    }
    let edits: Vec<Edit> = gone.into_iter().map(Edit::delete).chain(tokens).collect();
    if markup.iter().map(|region| region.span.len()).sum::<usize>() >= address.len() {
        return Some(finding);
    }
    Some(finding.fix("write the address alone", safety, edits))
}
