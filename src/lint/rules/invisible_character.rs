//! An invisible character that breaks a placeholder, a link macro or a link: `[sr&shy;number]`.

use crate::diagnostic::{Diagnostic, Level, Safety};
use crate::invisible::{is_invisible, name, stray};
use crate::lint::placeholders::damage;
use crate::lint::{Address, Case, Check, Context, PortalLink, Rewrite, Rule, Token, When, foreign};
use crate::parse::document::{Document, Flaw, LinkSpan, PartKind, Place};
use crate::source::decoded::{Decoded, References};
use crate::source::edit::Edit;
use crate::source::{Source, SourceKind};
use crate::span::Span;

/// An invisible character breaks something.
pub const RULE: Rule = Rule {
    name: "invisible-character",
    level: Level::Warning,
    also: &[IN_MACRO, IN_LINK],
    when: When::On,
    rewrite: Rewrite::Fixes,
    summary: "a character that nobody sees breaks a placeholder, a link macro or a portal link",
    page: include_str!("../../../fixtures/rules/invisible-character.md"),
    checks: &[Check::Placeholder(check), Check::Addresses(of_address)],
};

const IN_MACRO: Case = Case { level: Level::Error, when: "for a link macro, which then stays as it is" };
const IN_LINK: Case = Case { level: Level::Error, when: "elsewhere in a portal link" };

fn check(cx: &Context<'_>, token: &Token<'_>, found: &mut Vec<Diagnostic>) {
    if foreign::reason(cx.vocabulary, cx.settings, token.spelling).is_some()
        || !matches!(token.worst_flaw(), Some(Flaw::Invisible))
    {
        return;
    }
    let decoded = Decoded::new(cx.document.source(), token.part.span, References::Text);
    let Some(character) = decoded.text().chars().find(|character| is_invisible(*character)) else { return };
    let message = format!(
        "this placeholder contains a character that nobody sees, {}, so the PSA does not see `[{}]`",
        name(character),
        token.spelling.name
    );
    found.push(damage(cx, &RULE, token, message, Safety::Safe));
}

/// The same in a link macro.
pub(crate) fn of_macro(document: &Document, span: Span) -> Diagnostic {
    let decoded = Decoded::new(document.source(), span, References::Text);
    let mut is_quoted = false;
    let mut characters = Vec::new();
    for (at, character) in decoded.text().char_indices() {
        is_quoted ^= character == '"';
        // In quoted text it may be part of an emoji.
        if is_invisible(character) && !is_quoted {
            characters.push((decoded.span(at..at + character.len_utf8()), character));
        }
    }
    if characters.is_empty() {
        characters = stray(decoded.text())
            .map(|(at, character)| (decoded.span(at..at + character.len_utf8()), character))
            .collect();
    }
    let message = "this looks like a link macro, but it contains a character that nobody sees";
    finding(IN_MACRO, span, message, &characters)
}

/// The same elsewhere in a portal link.
pub(in crate::lint) fn of_link(cx: &Context<'_>, portal_link: &PortalLink<'_>, found: &mut Vec<Diagnostic>) {
    let characters = characters(cx, portal_link.link.at.span, portal_link.link.at.place);
    if let Some((first, _)) = characters.first() {
        found.push(finding(IN_LINK, *first, MESSAGE, &characters));
    }
}

const MESSAGE: &str = "this link of the portal contains a character that nobody sees";

/// An address that would be a portal link without such characters.
fn of_address(cx: &Context<'_>, address: &Address, found: &mut Vec<Diagnostic>) {
    let span = cx.trim(address.value);
    let links = cx.document.links();
    let known = links.get(links.partition_point(|link| link.span.end <= span.start));
    if !may_hold(cx.slice(span)) || known.is_some_and(|link| span.covers(link.span) && cx.portal_link(*link).is_some())
    {
        return;
    }
    let decoded = Decoded::new(cx.document.source(), span, References::Attribute);
    let text: String = decoded.text().chars().filter(|character| !is_invisible(*character)).collect();
    if text.len() == decoded.text().len() {
        return;
    }
    let whole = Span::new(0, text.len());
    let source = Source::from_text("link", text, SourceKind::Text);
    let document = Document { source, regions: Vec::new(), parts: Vec::new(), links: Vec::new(), front_matter: None };
    let link = LinkSpan { span: whole, place: Place::PlainText, conditional: address.tag.conditional };
    if cx.inside(&document).portal_link(link).is_none() {
        return;
    }
    let characters: Vec<(Span, char)> = decoded
        .text()
        .char_indices()
        .filter(|(_, character)| is_invisible(*character))
        .map(|(at, character)| (decoded.span(at..at + character.len_utf8()), character))
        .collect();
    if let Some((first, _)) = characters.first() {
        found.push(finding(IN_LINK, *first, MESSAGE, &characters));
    }
}

/// Such characters in a link, except in its placeholders.
fn characters(cx: &Context<'_>, span: Span, place: Place) -> Vec<(Span, char)> {
    if !may_hold(cx.slice(span)) {
        return Vec::new();
    }
    let in_attribute = matches!(place, Place::Attribute(_));
    let references = match place {
        Place::PlainText | Place::Subject => References::None,
        _ => References::of(cx.document.source().kind(), in_attribute),
    };
    let decoded = Decoded::new(cx.document.source(), span, references);
    let places = stray(decoded.text()).map(|(at, character)| (decoded.span(at..at + character.len_utf8()), character));
    places.filter(|(at, _)| !cx.part_at(at.start as usize).is_some_and(|part| is_placeholder(&part.kind))).collect()
}

fn is_placeholder(kind: &PartKind) -> bool {
    matches!(kind, PartKind::Placeholder(_) | PartKind::Malformed(_))
}

/// Whether any byte or reference may be such a character.
fn may_hold(bytes: &[u8]) -> bool {
    bytes.iter().any(|byte| !matches!(byte, b' '..=b'~'))
        || memchr::memmem::find(bytes, b"&#").is_some()
        || memchr::memchr_iter(b';', bytes).any(|at| !bytes[..at].ends_with(b"&amp"))
}

fn finding(case: Case, span: Span, message: &str, characters: &[(Span, char)]) -> Diagnostic {
    let first = characters.first().map(|(_, character)| format!(", {}", name(*character))).unwrap_or_default();
    let title = if characters.len() == 1 { "delete the character" } else { "delete the characters" };
    let edits: Vec<Edit> = characters.iter().map(|(at, _)| Edit::new(*at, "")).collect();
    let finding = RULE.at_in(case, span, format!("{message}{first}")).help(title);
    if edits.is_empty() { finding } else { finding.fix(title, Safety::Safe, edits) }
}
