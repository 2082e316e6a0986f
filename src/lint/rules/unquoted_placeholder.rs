//! A placeholder with a space in an unquoted value: the value ends at the space.

use crate::diagnostic::{Diagnostic, Level, Safety};
use crate::html::scan::Quote;
use crate::lint::rules::unclosed_quote;
use crate::lint::{Check, Context, Rewrite, Rule, Token, When};
use crate::parse::document::{Part, Place};
use crate::source::edit::Edit;
use crate::span::Span;

/// An unquoted attribute ends at the space in its placeholder.
pub const RULE: Rule = Rule {
    name: "unquoted-placeholder",
    level: Level::Error,
    also: &[],
    when: When::On,
    rewrite: Rewrite::Leaves,
    summary: "an attribute without quotes ends at the space inside its placeholder",
    page: include_str!("../../../fixtures/rules/unquoted-placeholder.md"),
    checks: &[Check::Placeholder(check)],
};

pub(in crate::lint) fn check(cx: &Context<'_>, token: &Token<'_>, found: &mut Vec<Diagnostic>) {
    let Some(value) = cut_value(token.part) else { return };
    // A quote that is missing before it has split one value into names and values.
    if unclosed_quote::around(cx, value.start).is_some_and(|lost| lost.end <= value.start) {
        return;
    }
    let written = cx.document.text(token.part.span).into_owned();
    let address_name = if token.link.is_some() { "the link" } else { "the address" };
    let message = format!("{address_name} ends at the space in `{written}`, because its value has no quotes");
    let finding = RULE.at(token.part.span, message).help("put double quotes around the whole address");
    // The value continues to the white space after the placeholder.
    let bytes = cx.bytes();
    let rest = &bytes[token.part.span.end as usize..];
    let more = rest.iter().position(|byte| byte.is_ascii_whitespace() || *byte == b'>').unwrap_or(rest.len());
    let end = token.part.span.end as usize + more;
    let has_quotes = bytes[value.start as usize..end].iter().any(|byte| b"\"'<".contains(byte));
    found.push(if has_quotes {
        finding
    } else {
        let quotes = [value.start as usize, end].map(|at| Edit::new(Span::new(at, at), "\""));
        finding.fix("put double quotes around the whole address", Safety::Safe, quotes.into())
    });
}

/// The unquoted value that ends inside a placeholder.
pub(in crate::lint) fn cut_value(part: &Part) -> Option<Span> {
    match part.place {
        Place::Attribute(at) if at.quote == Quote::None && at.value.end < part.span.end => Some(at.value),
        _ => None,
    }
}

/// A link macro in such a value.
pub(crate) fn of_macro(span: Span) -> Diagnostic {
    RULE.at(span, "this value has no quotes, so the macro in it ends at its first space")
        .help("put double quotes around the whole value")
}
