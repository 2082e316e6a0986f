//! A placeholder in two pairs of brackets: `[[srnumber]]`.

use crate::diagnostic::{Diagnostic, Level, Safety};
use crate::lint::placeholders::damage;
use crate::lint::{Case, Check, Context, Rewrite, Rule, Token, When, foreign};
use crate::parse::document::Flaw;
use crate::source::edit::Edit;
use crate::span::Span;

/// A placeholder is in two pairs of brackets.
pub const RULE: Rule = Rule {
    name: "doubled-brackets",
    level: Level::Warning,
    also: &[IN_MACRO],
    when: When::On,
    rewrite: Rewrite::Fixes,
    summary: "a placeholder is in two pairs of brackets",
    page: include_str!("../../../fixtures/rules/doubled-brackets.md"),
    checks: &[Check::Placeholder(check)],
};

const IN_MACRO: Case = Case { level: Level::Error, when: "for a link macro, which then stays as it is" };

fn check(cx: &Context<'_>, token: &Token<'_>, found: &mut Vec<Diagnostic>) {
    let flaw = token.worst_flaw();
    let has_more = flaw == Some(Flaw::Doubled) || flaw.is_none() && token.span(cx) != token.part.span;
    if !has_more || foreign::reason(cx.vocabulary, cx.settings, token.spelling).is_some() {
        return;
    }
    let message = format!("the placeholder `[{}]` is in two pairs of brackets", token.spelling.name);
    // In text, a number in brackets may be intentional; in a portal link it never is.
    let safety = if token.link.is_some() { Safety::Safe } else { Safety::Suggested };
    found.push(damage(cx, &RULE, token, message, safety));
}

/// A link macro with a second bracket at its start or end, and no matching one.
pub(crate) fn bracket_more(span: Span, is_first: bool) -> Diagnostic {
    let Span { start, end } = span;
    let extra = if is_first { Span { start, end: start + 1 } } else { Span { start: end - 1, end } };
    RULE.at_in(IN_MACRO, span, "this link macro has a bracket too many").fix(
        "remove the extra bracket",
        Safety::Safe,
        vec![Edit::delete(extra)],
    )
}

/// A link macro in two pairs of brackets, which would become a link between brackets.
pub(crate) fn of_macro(span: Span) -> Diagnostic {
    let Span { start, end } = span;
    let edits = vec![Edit::new(Span { start, end: start + 1 }, ""), Edit::new(Span { start: end - 1, end }, "")];
    RULE.at_in(IN_MACRO, span, "this link macro is in two pairs of brackets").fix(
        "remove the outer brackets",
        Safety::Safe,
        edits,
    )
}
