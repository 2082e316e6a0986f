//! A placeholder that is only known from other kinds of messages.

use crate::diagnostic::{Diagnostic, Level};
use crate::lint::{Check, Context, Rewrite, Rule, Token, When};

/// A placeholder is not known to work in this kind of message.
pub const RULE: Rule = Rule {
    name: "placeholder-not-in-context",
    level: Level::Note,
    also: &[],
    when: When::Off,
    rewrite: Rewrite::Leaves,
    summary: "a placeholder is not known to work in messages of this kind",
    page: include_str!("../../../fixtures/rules/placeholder-not-in-context.md"),
    checks: &[Check::Placeholder(check)],
};

fn check(cx: &Context<'_>, token: &Token<'_>, found: &mut Vec<Diagnostic>) {
    let Some(context) = &cx.settings.context else { return };
    let Some(known) = token.spelling.known_in(cx.settings.dialect) else { return };
    let contexts = &cx.dialect().placeholder(known).contexts;
    if token.part.place.is_visible() && !contexts.is_empty() && !contexts.contains(context) {
        let list = contexts.iter().map(|context| format!("`{context}`")).collect::<Vec<_>>().join(", ");
        let message = format!("`{}` is known to work in {list}, not in `{context}`", token.spelling.token());
        found.push(
            RULE.at(token.part.span, message)
                .help("send yourself a message of this kind, and check whether it is filled in"),
        );
    }
}
