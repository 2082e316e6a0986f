//! A placeholder or macro without its closing bracket.

use crate::diagnostic::{Diagnostic, Level, Safety};
use crate::lint::placeholders::damage;
use crate::lint::{Case, Check, Context, Rewrite, Rule, Token, When, foreign};
use crate::parse::document::Flaw;
use crate::span::Span;

/// A placeholder or a link macro is never closed.
pub const RULE: Rule = Rule {
    name: "unclosed-placeholder",
    level: Level::Warning,
    also: &[IN_MACRO],
    when: When::On,
    rewrite: Rewrite::Leaves,
    summary: "a placeholder or a link macro is never closed",
    page: include_str!("../../../fixtures/rules/unclosed-placeholder.md"),
    checks: &[Check::Placeholder(check)],
};

const IN_MACRO: Case = Case { level: Level::Error, when: "for a link macro, which then stays as it is" };

fn check(cx: &Context<'_>, token: &Token<'_>, found: &mut Vec<Diagnostic>) {
    if !matches!(token.worst_flaw(), Some(Flaw::NeverClosed))
        || foreign::reason(cx.vocabulary, cx.settings, token.spelling).is_some()
    {
        return;
    }
    let (name, written) = (&token.spelling.name, cx.document.text(token.part.span));
    let message = match written.len() > name.len() + 1 {
        true => format!("`{written}` is closed by a bracket of another kind"),
        false => format!("`[{name}` is never closed"),
    };
    found.push(damage(cx, &RULE, token, message, Safety::Suggested));
}

/// A link macro without its closing bracket; `start` is how it begins.
pub(crate) fn of_macro(start: &str, span: Span) -> Diagnostic {
    RULE.at_in(IN_MACRO, span, format!("the macro `{start}…` is never closed"))
        .help("add `]` where the macro ends; inside an attribute, use the other kind of quotation marks in the macro")
}

/// A link macro with a quotation mark that has no partner.
pub(crate) fn quote_in_macro(span: Span) -> Diagnostic {
    RULE.at_in(IN_MACRO, span, "a quotation mark in this macro is never closed")
        .help("write `text=\"…\"`, with both quotation marks")
}
