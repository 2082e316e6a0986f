//! A placeholder that inserts a whole link, inside an attribute.

use crate::diagnostic::{Diagnostic, Level};
use crate::lint::rules::wrong_id_placeholder;
use crate::lint::{Check, Context, Rewrite, Rule, Token, When};
use crate::parse::document::{AttributeRole, Part, Place};
use crate::vocabulary::ValueKind;

/// A "(with link)" placeholder is inside an attribute.
pub const RULE: Rule = Rule {
    name: "html-placeholder-in-attribute",
    level: Level::Error,
    also: &[],
    when: When::On,
    rewrite: Rewrite::Leaves,
    summary: "a placeholder that the PSA replaces with a whole link is inside an attribute",
    page: include_str!("../../../fixtures/rules/html-placeholder-in-attribute.md"),
    checks: &[Check::Placeholder(check)],
};

fn check(cx: &Context<'_>, token: &Token<'_>, found: &mut Vec<Diagnostic>) {
    let Place::Attribute(_) = token.part.place else { return };
    let Some(known) = token.spelling.known_in(cx.settings.dialect) else { return };
    let is_link = cx.dialect().placeholder(known).kind == ValueKind::HtmlLink;
    // The ticket number, inserted as a link, becomes the ID that the link needs.
    let is_corrected =
        || token.link.is_some_and(|portal_link| wrong_id_placeholder::corrects(cx, portal_link, token.part));
    if is_link && !is_corrected() {
        found.push(finding(token.part));
    }
}

/// A placeholder that inserts a link.
pub(crate) fn finding(part: &Part) -> Diagnostic {
    let token = part.spelling().map(crate::parse::document::Spelling::token).unwrap_or_default();
    let around = match part.place {
        Place::Attribute(at) if at.role == AttributeRole::Other => "attribute",
        _ => "address",
    };
    RULE.at(part.span, format!("the PSA replaces `{token}` with a whole link, which breaks the {around} around it"))
        .help("use the placeholder for just the number or the address")
}
