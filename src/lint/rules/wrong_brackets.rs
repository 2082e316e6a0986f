//! A link macro in the wrong kind of brackets, or without its first one: `{dd:ticket}`, `dd:ticket]`.

use crate::diagnostic::{Diagnostic, Level, Safety};
use crate::lint::{Check, Rewrite, Rule, When};
use crate::source::edit::Edit;
use crate::span::Span;

/// A link macro is not in square brackets.
pub const RULE: Rule = Rule {
    name: "wrong-brackets",
    level: Level::Error,
    also: &[],
    when: When::On,
    rewrite: Rewrite::Leaves,
    summary: "a link macro is in brackets of another kind, or its first bracket is missing",
    page: include_str!("../../../fixtures/rules/wrong-brackets.md"),
    checks: &[Check::Macro],
};

/// A link macro written as `text`.
pub(crate) fn finding(text: &str, span: Span) -> Diagnostic {
    // `&lt;dd:ticket&gt;`
    let (text_start, is_reference) = match text.split_once(';') {
        Some((reference, rest)) if text.starts_with('&') && !reference.contains(':') => (rest, true),
        _ => (text, false),
    };
    let inside = text_start.trim_start_matches(|character: char| !character.is_ascii_alphabetic());
    let inside = match is_reference {
        true => inside.rsplit_once('&').map_or(inside, |(inside, _)| inside),
        false => inside.trim_end_matches([']', '}', ')', '>', '】', '］']),
    };
    let inside = inside.trim_end();
    let right = format!("[{inside}]");
    let message = if text.ends_with(']') {
        "this link macro lacks its first bracket, so it stays as it is"
    } else {
        "this link macro is in brackets of another kind, so it stays as it is"
    };
    // In a sentence, parentheses may be meant.
    let safety = if text.starts_with('{') { Safety::Safe } else { Safety::Suggested };
    RULE.at(span, message).fix(format!("write `{right}`"), safety, vec![Edit::new(span, right)])
}
