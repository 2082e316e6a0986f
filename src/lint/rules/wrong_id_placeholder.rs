//! A placeholder that is not the number that a portal link needs: `[Ticket: Number]` as `ticket_id`.

use crate::diagnostic::{Diagnostic, Level, Safety};
use crate::lint::placeholders::{with_brackets, write};
use crate::lint::{Check, Context, PortalLink, Rewrite, Rule, When, foreign_finding, params};
use crate::parse::deep_link::Field;
use crate::parse::document::Part;
use crate::span::Span;
use crate::vocabulary::{Param, ParamKind, ValueKind};

/// A placeholder is not the number that the link needs.
pub const RULE: Rule = Rule {
    name: "wrong-id-placeholder",
    level: Level::Error,
    also: &[],
    when: When::On,
    rewrite: Rewrite::Fixes,
    summary: "a placeholder is not the number that the portal link needs",
    page: include_str!("../../../fixtures/rules/wrong-id-placeholder.md"),
    checks: &[Check::Link(check)],
};

fn check(cx: &Context<'_>, portal_link: &PortalLink<'_>, found: &mut Vec<Diagnostic>) {
    let Some(command) = params::readable_command(portal_link) else { return };
    for (param, value) in params::values(portal_link, command) {
        let Some(part) = params::whole_token(cx, value) else { continue };
        let Some(right) = right_token(cx, param, part) else { continue };
        let token = part.spelling().map(crate::parse::document::Spelling::token).unwrap_or_default();
        let message = format!("`{token}` is not the number that `{}` needs", param.name);
        let finding = RULE.at(part.span, message).help(format!("write `[{right}]`"));
        let text = format!("[{right}]");
        let span = with_brackets(cx.document, part, portal_link.link.at.span);
        let safety = if is_number_of_ticket(cx, param, part) { Safety::Safe } else { Safety::Suggested };
        found.push(finding.fix(format!("write `{text}`"), safety, write(part.place, span, text.clone())));
    }
}

/// Whether this rule replaces a placeholder with the right one.
pub(in crate::lint) fn corrects(cx: &Context<'_>, portal_link: &PortalLink<'_>, part: &Part) -> bool {
    // A link may contain thousands of placeholders, so it is examined only once.
    let mut known = cx.corrected.borrow_mut();
    if known.as_ref().is_none_or(|(link, _)| *link != portal_link.link.at.span) {
        *known = Some((portal_link.link.at.span, corrected(cx, portal_link)));
    }
    known.as_ref().is_some_and(|(_, parts)| parts.binary_search(&part.span).is_ok())
}

/// The placeholders of a link that this rule replaces.
fn corrected(cx: &Context<'_>, portal_link: &PortalLink<'_>) -> Vec<Span> {
    let Some(command) = params::readable_command(portal_link) else { return Vec::new() };
    let corrects = |(param, value): (&Param, &Field)| {
        let part = params::whole_token(cx, value)?;
        (right_token(cx, param, part).is_some() && is_number_of_ticket(cx, param, part)).then_some(part.span)
    };
    let mut parts: Vec<Span> = params::values(portal_link, command).filter_map(corrects).collect();
    parts.sort_unstable();
    parts
}

/// The placeholder that belongs in a parameter instead of another one.
fn right_token<'a>(cx: &Context<'a>, param: &Param, part: &Part) -> Option<&'a str> {
    let meaning = param.means.as_deref()?;
    let spelling = part.spelling()?;
    let Some(known) = spelling.known_in(cx.settings.dialect) else {
        return cx.token(meaning).filter(|_| param.kind == ParamKind::Id && names_text(&spelling.name));
    };
    if cx.dialect().means(known, meaning) || foreign_finding::finding(cx.vocabulary, cx.settings, part).is_some() {
        return None;
    }
    cx.token(meaning)
}

/// Whether the name of a placeholder, which no list has, is the name of a text, which is never the number of a record.
pub(crate) fn names_text(name: &str) -> bool {
    const TEXTS: [&str; 20] = [
        "name",
        "firstname",
        "lastname",
        "fullname",
        "email",
        "emailaddress",
        "phone",
        "subject",
        "title",
        "summary",
        "status",
        "priority",
        "type",
        "description",
        "text",
        "body",
        "owner",
        "date",
        "notes",
        "message",
    ];
    let name = name.to_lowercase();
    TEXTS.iter().any(|text| {
        let before = name.strip_suffix(text);
        before.is_some_and(|before| text.len() > 6 || !before.ends_with(char::is_alphanumeric))
    })
}

/// Whether it is the ticket number, plain or as a link, in place of the ID: it is the same ticket, so there is one
/// right answer.
fn is_number_of_ticket(cx: &Context<'_>, param: &Param, part: &Part) -> bool {
    let Some(spelling) = part.spelling() else { return false };
    let Some(known) = spelling.known_in(cx.settings.dialect) else { return false };
    let dialect = cx.dialect();
    let number = cx.token("ticket.number").unwrap_or_default();
    let is_linked =
        dialect.placeholder(known).kind == ValueKind::HtmlLink && spelling.name.starts_with(&format!("{number} ("));
    param.means.as_deref() == Some("ticket.id") && (dialect.identifies_ticket(known) || is_linked)
}

/// A placeholder in a link macro; `right` is the name of the one that belongs there.
pub(crate) fn in_macro(token: &str, param: &str, right: &str, span: Span) -> Diagnostic {
    RULE.at(span, format!("`{token}` is not the number that `{param}` needs"))
        .help(format!("write `{param}=[{right}]`, or omit it: psalink fills it in"))
}
