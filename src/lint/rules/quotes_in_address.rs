//! Quotes or tags that became part of an address: `href=""https://…""`.

use crate::diagnostic::{Diagnostic, Level, Safety};
use crate::lint::address_markup;
use crate::lint::rules::unclosed_quote;
use crate::lint::{Address, Check, Context, PortalLink, Rewrite, Rule, Tag, When};
use crate::parse::document::{AttributeRole, Flaw, Part, Place};
use crate::source::decoded::{Decoded, References};
use crate::source::edit::Edit;
use crate::span::Span;

/// Quotes or tags became part of an address.
pub const RULE: Rule = Rule {
    name: "quotes-in-address",
    level: Level::Error,
    also: &[],
    when: When::On,
    rewrite: Rewrite::Fixes,
    summary: "quotes or tags became part of an address, so the link leads nowhere",
    page: include_str!("../../../fixtures/rules/quotes-in-address.md"),
    checks: &[Check::Link(check_link), Check::Addresses(check)],
};

/// How far away the quote that ends an address may be, in bytes.
const LIMIT: usize = 4096;

/// Characters that people put around an address; no address begins with one.
const SIGNS: [&str; 16] = [
    "\\\"", "\\'", "\"", "'", "`", "<", "\u{201c}", "\u{201d}", "\u{201e}", "\u{2018}", "\u{2019}", "\u{201a}",
    "\u{ab}", "%22", "%27", "%3C",
];
/// Characters that may then follow the address.
const CLOSING: [&str; 16] = [
    "\\\"", "\\'", "\"", "'", "`", ">", "\u{201c}", "\u{201d}", "\u{201f}", "\u{2018}", "\u{2019}", "\u{201b}",
    "\u{bb}", "%22", "%27", "%3E",
];

fn check_link(cx: &Context<'_>, portal_link: &PortalLink<'_>, found: &mut Vec<Diagnostic>) {
    let tags = cx.tags();
    let tag = tags.get(tags.partition_point(|tag| tag.span.end <= portal_link.link.at.span.start));
    if matches!(portal_link.link.at.place, Place::Attribute(attribute) if attribute.role != AttributeRole::Other)
        && !tag.is_some_and(|tag| is_swallowed(cx, tag, portal_link.link.at.span))
    {
        found.extend(of_markup(cx, portal_link.link.at.span, Safety::Safe));
    }
}

fn check(cx: &Context<'_>, address: &Address, found: &mut Vec<Diagnostic>) {
    let value = cx.trim(address.value);
    if is_swallowed(cx, &address.tag, value) {
        return;
    }
    if value.is_empty() || cx.slice(value) == b"\\" {
        found.extend(doubled(cx, address));
        return;
    }
    let repaired = escaped(cx, address, value).or_else(|| around(cx, address, value));
    let Some(finding) = repaired.or_else(|| of_markup(cx, value, Safety::Suggested)) else { return };
    let links = cx.document.links();
    let link = links.get(links.partition_point(|link| link.span.start < value.start));
    // Portal links are checked separately.
    if !link.is_some_and(|link| value.covers(link.span) && cx.portal_link(*link).is_some()) {
        found.push(finding);
    }
}

/// Whether an unclosed quote made everything up to the next quote part of an address, which another rule reports.
fn is_swallowed(cx: &Context<'_>, tag: &Tag, address: Span) -> bool {
    // A tag may contain thousands of addresses, so it is checked only once.
    let known = cx.unclosed_value.get().filter(|(start, _)| *start == tag.span.start);
    let (_, value) = known.unwrap_or_else(|| {
        let found = (tag.span.start, unclosed_quote::of(cx, tag).map(|(_, value)| value));
        cx.unclosed_value.set(Some(found));
        found
    });
    value.is_some_and(|value| value.covers(address))
}

fn finding(address: Span, edits: Option<Vec<Edit>>) -> Diagnostic {
    let finding = RULE.at(address, "what is around this address became part of it, so the link leads nowhere");
    match edits {
        Some(edits) => finding.help("write the address alone").fix("write the address alone", Safety::Safe, edits),
        None => finding.help("write the address alone, in one pair of quotes"),
    }
}

/// `href=""https://…""`: the value is empty and the address follows it. In `href="\"https://…\""` the value is a
/// backslash.
fn doubled(cx: &Context<'_>, address: &Address) -> Option<Diagnostic> {
    let bytes = cx.bytes();
    let close = address.value.end as usize;
    let quote = *bytes.get(close).filter(|byte| matches!(byte, b'"' | b'\''))?;
    let limit = (close + LIMIT).min(address.tag.span.end as usize);
    let rest = bytes.get(close + 1..limit)?;
    if !begins_address(rest) {
        return None;
    }
    let whole = |end: usize| Span::new(close, end);
    let Some(end) = memchr::memchr(quote, rest).map(|end| close + 1 + end) else {
        return Some(finding(whole(close + 1 + rest.len()), None));
    };
    let mut edits = vec![Edit::delete(Span::new(address.value.start as usize, close + 1))];
    let is_double = bytes.get(end + 1) == Some(&quote);
    let is_escaped = !address.value.is_empty() && bytes[end - 1] == b'\\';
    if is_double || is_escaped {
        let start = end - usize::from(is_escaped);
        edits.push(Edit::delete(Span::new(start, end + usize::from(is_double))));
    }
    Some(finding(whole(end + 1 + usize::from(is_double)), Some(edits)))
}

/// `href=\"https://…\"`: the quotes are escaped, as in source code.
fn escaped(cx: &Context<'_>, address: &Address, value: Span) -> Option<Diagnostic> {
    let bytes = cx.bytes();
    let start = value.start as usize;
    let limit = (start + LIMIT).min(address.tag.span.end as usize);
    let [b'\\', quote @ (b'"' | b'\''), rest @ ..] = bytes.get(start..limit)? else { return None };
    if !begins_address(rest) || bytes.get(start.checked_sub(1)?) != Some(&b'=') {
        return None;
    }
    let end = memchr::memchr(*quote, rest).map(|end| start + 2 + end);
    let Some(end) = end.filter(|end| bytes[end - 1] == b'\\') else {
        return Some(finding(value, None));
    };
    // Includes the byte before it, since another rule may want to insert quotes in the same place.
    let edits = vec![Edit::new(Span::new(start - 1, start + 1), "="), Edit::delete(Span::new(end - 1, end))];
    Some(finding(Span::new(start, end + 1), Some(edits)))
}

/// `href="&quot;https://…&quot;"`: more quotes inside the quotes.
fn around(cx: &Context<'_>, address: &Address, value: Span) -> Option<Diagnostic> {
    // Curly quotes in place of straight ones are another rule's business.
    let is_bare = cx.slice(Span::new((value.start as usize).saturating_sub(1), value.start as usize)) == b"=";
    let first = *cx.slice(value).first()?;
    let is_usual = first.is_ascii_alphanumeric() || b"/[#".contains(&first);
    if is_usual || is_bare && !first.is_ascii() || value.len() > LIMIT {
        return None;
    }
    let decoded = Decoded::new(cx.document.source(), value, References::Attribute);
    let text = decoded.text();
    let sign_before = |text: &str| SIGNS.iter().find(|sign| starts_with(text, sign)).map(|sign| sign.len());
    let sign_after = |text: &str| CLOSING.iter().find(|sign| ends_with(text, sign)).map(|sign| sign.len());
    let (mut start, mut end) = (0, text.len());
    while let Some(length) = sign_before(&text[start..end]) {
        start += length;
    }
    if start == 0 || !begins_address(text[start..end].trim_start().as_bytes()) {
        return None;
    }
    start = end - text[start..end].trim_start().len();
    while let Some(length) = sign_after(text[start..end].trim_end()) {
        end = start + text[start..end].trim_end().len() - length;
    }
    end = start + text[start..end].trim_end().len();
    let edges = [decoded.span(0..start), decoded.span(end..text.len())];
    let edits = edges.into_iter().filter(|span| !span.is_empty()).map(Edit::delete).collect();
    Some(finding(address.value, Some(edits)))
}

/// Tags in an address; whole tags can be removed.
fn of_markup(cx: &Context<'_>, address: Span, safety: Safety) -> Option<Diagnostic> {
    let markup = address_markup::in_address(cx.bytes(), address);
    let first = markup.first()?;
    let written = cx.document.source().quoted(first.span);
    let message = format!("`{written}` became part of this address, so the link leads nowhere");
    let finding = RULE.at(address, message).help("write the address alone");
    if !markup.iter().all(|markup| markup.is_whole) {
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

/// Whether an address begins here, or a placeholder or macro that may be one.
fn begins_address(text: &[u8]) -> bool {
    const BEGINNINGS: [&str; 9] = ["https:", "http:", "mailto:", "tel:", "//", "www.", "ddportal:", "cid:", "["];
    BEGINNINGS
        .iter()
        .any(|start| text.get(..start.len()).is_some_and(|beginning| beginning.eq_ignore_ascii_case(start.as_bytes())))
}

fn starts_with(text: &str, sign: &str) -> bool {
    text.get(..sign.len()).is_some_and(|start| start.eq_ignore_ascii_case(sign))
}

fn ends_with(text: &str, sign: &str) -> bool {
    text.len().checked_sub(sign.len()).and_then(|at| text.get(at..)).is_some_and(|end| end.eq_ignore_ascii_case(sign))
}
