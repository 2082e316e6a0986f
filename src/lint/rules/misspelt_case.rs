//! A placeholder in the wrong case: `[SRNumber]`.

use crate::diagnostic::{Diagnostic, Level, Safety};
use crate::lint::placeholders::damage;
use crate::lint::{Check, Context, Rewrite, Rule, Token, When, foreign};
use crate::parse::document::Flaw;

/// A placeholder has uppercase letters where the PSA has lowercase ones, or the other way around.
pub const RULE: Rule = Rule {
    name: "misspelt-case",
    level: Level::Warning,
    also: &[],
    when: When::On,
    rewrite: Rewrite::Leaves,
    summary: "a placeholder has uppercase letters where the PSA has lowercase ones, or the other way around",
    page: include_str!("../../../fixtures/rules/misspelt-case.md"),
    checks: &[Check::Placeholder(check)],
};

fn check(cx: &Context<'_>, token: &Token<'_>, found: &mut Vec<Diagnostic>) {
    if !matches!(token.worst_flaw(), Some(Flaw::WrongCase))
        || foreign::reason(cx.vocabulary, cx.settings, token.spelling).is_some()
    {
        return;
    }
    let message = format!("the PSA spells this placeholder `[{}]`", token.spelling.name);
    found.push(damage(cx, &RULE, token, message, Safety::Safe));
}
