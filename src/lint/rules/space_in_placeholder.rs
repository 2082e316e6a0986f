//! A space that is missing, extra, or of the wrong kind: `[Ticket:ID]`, `[Ticket:&nbsp;ID]`.

use crate::diagnostic::{Diagnostic, Level, Safety};
use crate::lint::foreign;
use crate::lint::placeholders::damage;
use crate::lint::{Check, Checkup, Rule, Token, When};
use crate::parse::document::Flaw;

/// A space in a placeholder is missing, extra, or of the wrong kind.
pub const RULE: Rule = Rule {
    name: "space-in-placeholder",
    level: Level::Warning,
    when: When::On,
    summary: "a space in a placeholder is missing, extra, or of the wrong kind",
    page: include_str!("../../../fixtures/rules/space-in-placeholder.md"),
    check: Check::Placeholder(check),
};

fn check(cx: &Checkup<'_>, token: &Token<'_>, found: &mut Vec<Diagnostic>) {
    if foreign::reason(cx.vocabulary, cx.settings, token.spelling).is_some()
        || !matches!(token.worst_flaw(), Some(Flaw::Spaces))
    {
        return;
    }
    let message = format!(
        "the spaces in this placeholder differ from those in `[{}]`, so the PSA does not see it",
        token.spelling.name
    );
    found.push(damage(cx, &RULE, token, message, Safety::Safe));
}
