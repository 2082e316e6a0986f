//! A placeholder of another PSA, which the PSA of the template prints as it stands.

use super::foreign::{Foreign, reason};
use super::placeholders::write;
use crate::diagnostic::{Diagnostic, Level, Safety};
use crate::document::{Part, Spelling};
use crate::lint::{Check, Checkup, Rule, Token, When};
use crate::vocabulary::Dialect;

/// A placeholder belongs to another PSA.
pub const RULE: Rule = Rule {
    name: "wrong-dialect-placeholder",
    level: Level::Error,
    when: When::On,
    summary: "a placeholder belongs to another PSA, so the customer would read its name",
    page: include_str!("../../fixtures/rules/wrong-dialect-placeholder.md"),
    check: Check::Placeholder(check),
};

fn check(cx: &Checkup<'_>, token: &Token<'_>, found: &mut Vec<Diagnostic>) {
    if !token.part.place.is_visible() {
        return;
    }
    if let Some(Foreign::Dialect(other, right)) = reason(cx.vocabulary, cx.settings, token.spelling) {
        found.push(finding(token.part, token.spelling, other, cx.dialect(), right));
    }
}

/// A placeholder of another PSA; `right` is the name of the same meaning in this one.
pub(super) fn finding(
    part: &Part,
    spelling: &Spelling,
    other: &Dialect,
    dialect: &Dialect,
    right: Option<&str>,
) -> Diagnostic {
    let message =
        format!("`{}` is a placeholder of {}; {} prints it as it stands", spelling.token(), other.title, dialect.title);
    let finding = RULE.at(part.span, message);
    match right {
        Some(right) => finding.help(format!("write `[{right}]`")).fix(
            format!("write `[{right}]`"),
            Safety::Suggested,
            write(part.place, part.span, format!("[{right}]")),
        ),
        None => finding,
    }
}
