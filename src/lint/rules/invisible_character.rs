//! An invisible character that breaks a placeholder, a link macro or a link: `[sr&shy;number]`.

use crate::diagnostic::{Diagnostic, Level, Safety};
use crate::invisible::{is_invisible, is_other_space, name, stray};
use crate::lint::placeholders::damage;
use crate::lint::{Address, Case, Check, Context, PortalLink, Rewrite, Rule, Token, When, foreign};
use crate::parse::deep_link::{LinkForm, percent_decode};
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
    summary: "an invisible character breaks a placeholder, a link macro or a portal link",
    page: include_str!("../../../fixtures/rules/invisible-character.md"),
    checks: &[Check::Placeholder(check), Check::Addresses(of_address)],
};

const IN_MACRO: Case = Case { level: Level::Error, when: "for a link macro, which then stays as it is" };
const IN_LINK: Case = Case { level: Level::Error, when: "elsewhere in a portal link" };

fn check(cx: &Context<'_>, token: &Token<'_>, found: &mut Vec<Diagnostic>) {
    if !matches!(token.worst_flaw(), Some(Flaw::Invisible))
        || foreign::reason(cx.vocabulary, cx.settings, token.spelling).is_some()
    {
        return;
    }
    let decoded = Decoded::new(cx.document.source(), token.part.span, References::Text);
    let Some(character) = decoded.text().chars().find(|character| is_invisible(*character)) else { return };
    let message = format!(
        "this placeholder contains an invisible character, {}, so the PSA does not see `[{}]`",
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
    let message = "this looks like a link macro, but it contains an invisible character";
    finding(IN_MACRO, span, message, &characters)
}

/// The same elsewhere in a portal link.
pub(in crate::lint) fn of_link(cx: &Context<'_>, portal_link: &PortalLink<'_>, found: &mut Vec<Diagnostic>) {
    let characters = characters(cx, portal_link);
    let Some((first, _)) = characters.first() else { return };
    let mut finding = finding(IN_LINK, *first, MESSAGE, &characters);
    if matches!(portal_link.link.at.place, Place::Text | Place::PlainText)
        && let Some(fix) = finding.fix.as_mut()
    {
        // In text, a word that begins after a number is not part of the link.
        let begins_word = |at: Span| cx.bytes().get(at.end as usize).is_some_and(|byte| !byte.is_ascii_punctuation());
        let follows_part = |at: Span| cx.part_at((at.start as usize).saturating_sub(1)).is_some() && begins_word(at);
        for edit in fix.edits.iter_mut().filter(|edit| follows_part(edit.span)) {
            (edit.text, fix.title) = (" ".into(), "write a space instead".into());
            finding.help = Some("write a space instead".into());
        }
    }
    found.push(finding);
}

const MESSAGE: &str = "this link of the portal contains an invisible character";

/// An address that would be a link of the portal, or a link macro, without such characters.
pub(in crate::lint) fn of_address(cx: &Context<'_>, address: &Address, found: &mut Vec<Diagnostic>) {
    let characters = hidden_in(cx, address);
    if let Some((first, _)) = characters.first() {
        found.push(finding(IN_LINK, *first, MESSAGE, &characters));
    }
}

/// The invisible characters in such an address.
pub(super) fn hidden_in(cx: &Context<'_>, address: &Address) -> Vec<(Span, char)> {
    let span = cx.trim(address.value);
    if !may_hold(cx.slice(span)) {
        return Vec::new();
    }
    let links = cx.document.links();
    let known = links.get(links.partition_point(|link| link.span.end <= span.start));
    if known.is_some_and(|link| span.covers(link.span) && cx.portal_link(*link).is_some()) {
        return Vec::new();
    }
    let decoded = Decoded::new(cx.document.source(), span, References::Attribute);
    let text = decoded.text();
    // In the values of a link, non-ASCII spaces may be intended.
    let values = text.find('?').unwrap_or(text.len());
    let end = text.trim_end_matches(|character| is_invisible(character) || character.is_whitespace()).len();
    let is_hidden = |(at, character): &(usize, char)| {
        is_invisible(*character) || is_other_space(*character) && (*at < values || *at >= end)
    };
    let in_macro =
        |at: usize| cx.part_at(decoded.span(at..at + 1).start as usize).is_some_and(|part| is_macro(&part.kind));
    let places = text.char_indices().filter(|place| is_hidden(place) && !in_macro(place.0));
    let characters: Vec<(Span, char)> =
        places.map(|(at, character)| (decoded.span(at..at + character.len_utf8()), character)).collect();
    if characters.is_empty() {
        return characters;
    }
    let rest: String = text.char_indices().filter(|place| !is_hidden(place)).map(|(_, character)| character).collect();
    let is_link_macro = matches!(cx.document.parts_in(span), [part] if is_macro(&part.kind)
        && decoded.range(part.span).len() == rest.trim().len());
    if is_link_macro {
        return characters;
    }
    let whole = Span::new(0, rest.len());
    let source = Source::from_text("link", rest, SourceKind::Text);
    let document = Document::plain(source);
    let link = LinkSpan { span: whole, place: Place::PlainText, conditional: address.tag.conditional };
    if cx.inside(&document).portal_link(link).is_none() { Vec::new() } else { characters }
}

/// The invisible characters in a link, except in its placeholders, and the non-ASCII spaces in its host.
fn characters(cx: &Context<'_>, portal_link: &PortalLink<'_>) -> Vec<(Span, char)> {
    let LinkSpan { span, place, .. } = portal_link.link.at;
    let in_name = encoded_in_name(portal_link);
    if !in_name.is_empty() {
        return in_name;
    }
    if !may_hold(cx.slice(span)) && portal_link.link.form != LinkForm::OtherPage {
        return Vec::new();
    }
    let in_attribute = matches!(place, Place::Attribute(_));
    let references = match place {
        Place::PlainText | Place::Subject => References::None,
        _ => References::of(cx.document.source().kind(), in_attribute),
    };
    let decoded = Decoded::new(cx.document.source(), span, references);
    let host = portal_link.link.host.as_ref().map(|host| decoded.range(host.span)).unwrap_or_default();
    let spaces =
        decoded.text().char_indices().filter(|(at, character)| host.contains(at) && is_other_space(*character));
    let mut places: Vec<(usize, char)> = stray(decoded.text()).chain(spaces).collect();
    places.sort_unstable();
    if places.is_empty() {
        return encoded_in_path(portal_link, &decoded);
    }
    let places = places.into_iter().map(|(at, character)| (decoded.span(at..at + character.len_utf8()), character));
    places.filter(|(at, _)| !cx.part_at(at.start as usize).is_some_and(|part| is_placeholder(&part.kind))).collect()
}

/// An invisible character that is percent-encoded at the end of the path: `/portal/deeplink%E2%80%8B?`.
fn encoded_in_path(portal_link: &PortalLink<'_>, decoded: &Decoded) -> Vec<(Span, char)> {
    let text = decoded.text();
    let path = &text[..text.find(['?', '#']).unwrap_or(text.len())];
    let Some(codes) = path.find('%').filter(|_| portal_link.link.form == LinkForm::OtherPage).map(|at| &path[at..])
    else {
        return Vec::new();
    };
    let read = percent_decode(codes);
    let mut characters = read.chars();
    match (characters.next(), characters.next()) {
        (Some(character), None) if is_invisible(character) || character.is_whitespace() => {
            vec![(decoded.span(path.len() - codes.len()..path.len()), character)]
        }
        _ => Vec::new(),
    }
}

/// Invisible characters that are percent-encoded in the name of a page, which is known without them:
/// `name=ticket_list%E2%80%8B`.
fn encoded_in_name(portal_link: &PortalLink<'_>) -> Vec<(Span, char)> {
    let Some(name) = portal_link.link.value("name").filter(|name| name.text.contains('%')) else { return Vec::new() };
    // With character references in portal_link, the positions would be others.
    if name.text.len() != name.span.len() || portal_link.target.command_named(&name.text).is_some() {
        return Vec::new();
    }
    let (mut found, mut rest) = (Vec::new(), String::new());
    let mut from = 0;
    while let Some(at) = name.text[from..].find('%').map(|at| from + at) {
        rest.push_str(&name.text[from..at]);
        let is_code = |code: &[u8]| code[0] == b'%' && code[1..].iter().all(u8::is_ascii_hexdigit);
        let codes = name.text.as_bytes()[at..].chunks_exact(3).take_while(|code| is_code(code)).count();
        let end = at + 3 * codes;
        let read = percent_decode(&name.text[at..end]);
        let is_hidden = |character: char| is_invisible(character) || is_other_space(character);
        let Some(first) = read.chars().next().filter(|_| read.chars().all(is_hidden)) else { return Vec::new() };
        let start = name.span.start as usize;
        found.push((Span::new(start + at, start + end), first));
        from = end;
    }
    rest.push_str(&name.text[from..]);
    if portal_link.target.command_named(&rest).is_some() { found } else { Vec::new() }
}

fn is_macro(kind: &PartKind) -> bool {
    matches!(kind, PartKind::LinkMacro(_))
}

fn is_placeholder(kind: &PartKind) -> bool {
    matches!(kind, PartKind::Placeholder(_) | PartKind::Malformed(_))
}

/// Whether any byte or reference may be an invisible character.
fn may_hold(bytes: &[u8]) -> bool {
    // Without a branch, this compares sixteen bytes at once.
    bytes.iter().fold(false, |found, byte| found | !matches!(byte, b' '..=b'~'))
        || memchr::memchr_iter(b'&', bytes).any(|at| bytes.get(at + 1) == Some(&b'#'))
        || memchr::memchr_iter(b';', bytes).any(|at| !bytes[..at].ends_with(b"&amp"))
}

fn finding(case: Case, span: Span, message: &str, characters: &[(Span, char)]) -> Diagnostic {
    let first = characters.first().map(|(_, character)| format!(", {}", name(*character))).unwrap_or_default();
    let title = if characters.len() == 1 { "delete the character" } else { "delete the characters" };
    let edits: Vec<Edit> = characters.iter().map(|(at, _)| Edit::new(*at, "")).collect();
    let finding = RULE.at_in(case, span, format!("{message}{first}")).help(title);
    if edits.is_empty() { finding } else { finding.fix(title, Safety::Safe, edits) }
}
