//! A placeholder that an editor has encoded: `%5Bsrnumber%5D`, `&#91;srnumber&#93;`.

use crate::diagnostic::{Diagnostic, Level, Safety};
use crate::lint::foreign;
use crate::lint::placeholders::damage;
use crate::lint::{Check, Checkup, Rule, Token, When};
use crate::parse::document::Flaw;

/// An editor has encoded a placeholder, so the PSA does not see it.
pub const RULE: Rule = Rule {
    name: "encoded-placeholder",
    level: Level::Error,
    when: When::On,
    summary: "an editor has encoded a placeholder, so the PSA does not see it",
    page: include_str!("../../../fixtures/rules/encoded-placeholder.md"),
    check: Check::Placeholder(check),
};

fn check(cx: &Checkup<'_>, token: &Token<'_>, found: &mut Vec<Diagnostic>) {
    if foreign::reason(cx.vocabulary, cx.settings, token.spelling).is_some()
        || !matches!(token.worst_flaw(), Some(Flaw::PercentEncoded | Flaw::CharacterReferences))
    {
        return;
    }
    let message =
        format!("an editor has encoded the placeholder `[{}]`, so the PSA does not see it", token.spelling.name);
    found.push(damage(cx, &RULE, token, message, Safety::Safe));
}
