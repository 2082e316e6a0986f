//! A space that is missing, extra, or of the wrong kind: `[Ticket:ID]`, `[Ticket:&nbsp;ID]`.

use crate::diagnostic::{Diagnostic, Level, Safety};
use crate::lint::placeholders::damage;
use crate::lint::{Case, Check, Context, Rewrite, Rule, Token, When, foreign};
use crate::parse::document::Flaw;
use crate::span::Span;

/// A space in a placeholder is missing, extra, or of the wrong kind.
pub const RULE: Rule = Rule {
    name: "space-in-placeholder",
    level: Level::Warning,
    also: &[IN_MACRO],
    when: When::On,
    rewrite: Rewrite::Fixes,
    summary: "a space in a placeholder is missing, extra, or of the wrong kind",
    page: include_str!("../../../fixtures/rules/space-in-placeholder.md"),
    checks: &[Check::Placeholder(check)],
};

const IN_MACRO: Case = Case { level: Level::Error, when: "for a link macro, which then stays as it is" };

fn check(cx: &Context<'_>, token: &Token<'_>, found: &mut Vec<Diagnostic>) {
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

/// A link macro with a space in its first word.
pub(crate) fn in_macro(span: Span) -> Diagnostic {
    RULE.at_in(IN_MACRO, span, "this looks like a link macro, but it has a space where none is allowed")
        .help("write it like this: `[dd:ticket]`, with no space before `dd` and a colon after it")
}
