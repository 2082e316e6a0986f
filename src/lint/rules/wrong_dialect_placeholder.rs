//! A placeholder of another PSA, which the PSA of the template prints unchanged.

use crate::diagnostic::{Diagnostic, Level};
use crate::lint::foreign::{Foreign, counterparts, reason};
use crate::lint::placeholders::instead;
use crate::lint::{Case, Check, Context, Rewrite, Rule, Token, When};
use crate::parse::document::{Part, Place, Spelling};
use crate::vocabulary::Dialect;

/// A placeholder belongs to another PSA.
pub const RULE: Rule = Rule {
    name: "wrong-dialect-placeholder",
    level: Level::Error,
    also: &[UNSEEN],
    when: When::On,
    rewrite: Rewrite::Leaves,
    summary: "a placeholder belongs to another PSA, so the customer would see its name",
    page: include_str!("../../../fixtures/rules/wrong-dialect-placeholder.md"),
    checks: &[Check::Placeholder(check)],
};

/// The level for what a translation leaves where readers do not see it.
pub(crate) const UNSEEN: Case =
    Case { level: Level::Note, when: "where `psalink translate` leaves it in a comment, script or style sheet" };

fn check(cx: &Context<'_>, token: &Token<'_>, found: &mut Vec<Diagnostic>) {
    if !token.part.place.is_visible() {
        return;
    }
    if let Some(Foreign::Dialect(other, known)) = reason(cx.vocabulary, cx.settings, token.spelling) {
        let names = counterparts(cx.vocabulary, cx.settings, other, known);
        let right = if names.len() < 2 || token.link.is_some() {
            names.first().copied()
        } else if token.is_in_foreign_address() && !is_mail_address(cx, token) {
            // Only the other vendor knows which of the ticket's numbers it wants.
            None
        } else {
            cx.token("ticket.number").filter(|number| names.contains(number)).or(names.first().copied())
        };
        let mut finding = finding(token.part, token.spelling, other, cx.dialect(), right);
        if right.is_none() && names.len() > 1 {
            let choice: Vec<String> = names.iter().map(|name| format!("`[{name}]`")).collect();
            finding = finding.help(format!("write {}, depending on what that address expects", choice.join(" or ")));
        }
        found.push(finding);
    }
}

/// Whether it is in a `mailto:` link, which people read.
fn is_mail_address(cx: &Context<'_>, token: &Token<'_>) -> bool {
    let Place::Attribute(at) = token.part.place else { return false };
    let value = cx.slice(at.value).trim_ascii_start();
    value.get(..7).is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"mailto:"))
}

/// A placeholder of another PSA; `right` is this PSA's name for its meaning.
pub(in crate::lint) fn finding(
    part: &Part,
    spelling: &Spelling,
    other: &Dialect,
    dialect: &Dialect,
    right: Option<&str>,
) -> Diagnostic {
    let message =
        format!("`{}` is a placeholder of {}, which {} does not know", spelling.token(), other.title, dialect.title);
    let finding = RULE.at(part.span, message);
    match right {
        Some(right) => instead(finding, part, right),
        None => finding,
    }
}
