//! A placeholder that many templates use but no PSA knows.

use crate::diagnostic::{Diagnostic, Level};
use crate::lint::foreign::{Foreign, reason};
use crate::lint::placeholders::instead;
use crate::lint::{Check, Context, Rewrite, Rule, Token, When};
use crate::parse::document::{Part, Spelling};
use crate::vocabulary::Dialect;

/// A placeholder is known not to exist.
pub const RULE: Rule = Rule {
    name: "nonexistent-placeholder",
    level: Level::Error,
    also: &[],
    when: When::On,
    rewrite: Rewrite::Leaves,
    summary: "a placeholder is known not to exist, though its name sounds right",
    page: include_str!("../../../fixtures/rules/nonexistent-placeholder.md"),
    checks: &[Check::Placeholder(check)],
};

fn check(cx: &Context<'_>, token: &Token<'_>, found: &mut Vec<Diagnostic>) {
    if !token.part.place.is_visible() {
        return;
    }
    if let Some(Foreign::Nonexistent(right)) = reason(cx.vocabulary, cx.settings, token.spelling) {
        found.push(finding(token.part, token.spelling, cx.dialect(), &right));
    }
}

/// A placeholder that does not exist, and the one that was meant.
pub(in crate::lint) fn finding(part: &Part, spelling: &Spelling, dialect: &Dialect, right: &str) -> Diagnostic {
    let message = format!("{} has no placeholder `{}`", dialect.title, spelling.token());
    instead(RULE.at(part.span, message), part, right)
}
