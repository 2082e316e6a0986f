//! A placeholder, or a macro, without its closing bracket.

use crate::diagnostic::{Diagnostic, Level, Safety};
use crate::lint::foreign;
use crate::lint::placeholders::damage;
use crate::lint::{Check, Checkup, Rule, Token, When};
use crate::parse::document::Flaw;

/// A placeholder or a link macro is never closed.
pub const RULE: Rule = Rule {
    name: "unclosed-placeholder",
    level: Level::Warning,
    when: When::On,
    summary: "a placeholder or a link macro is never closed",
    page: include_str!("../../../fixtures/rules/unclosed-placeholder.md"),
    check: Check::Placeholder(check),
};

fn check(cx: &Checkup<'_>, token: &Token<'_>, found: &mut Vec<Diagnostic>) {
    if foreign::reason(cx.vocabulary, cx.settings, token.spelling).is_some()
        || !matches!(token.worst_flaw(), Some(Flaw::NeverClosed))
    {
        return;
    }
    let message = format!("`[{}` is never closed", token.spelling.name);
    found.push(damage(cx, &RULE, token, message, Safety::Suggested));
}
