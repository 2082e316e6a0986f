//! Something in a link macro that it does not accept: `[dd:ticket colour=red]`.

use crate::diagnostic::{Diagnostic, Level};
use crate::lint::{Check, Rewrite, Rule, When};
use crate::nearest::hint;
use crate::span::Span;

/// A link macro contains something that it does not accept.
pub const RULE: Rule = Rule {
    name: "unknown-macro-key",
    level: Level::Error,
    also: &[],
    when: When::On,
    rewrite: Rewrite::Leaves,
    summary: "a link macro contains something that it does not accept",
    page: include_str!("../../../fixtures/rules/unknown-macro-key.md"),
    checks: &[Check::Macro],
};

/// A key that a command does not take.
pub(crate) fn finding(span: Span, command: &str, key: &str) -> Diagnostic {
    RULE.at(span, format!("`{command}` has no parameter `{key}`"))
}

/// What a command accepts instead of a key.
pub(crate) fn instead<'a>(key: &str, names: impl Iterator<Item = &'a str> + Clone) -> String {
    hint(key, "parameters", names)
}

/// A macro that contains something without `=`.
pub(crate) fn not_key_value(span: Span) -> Diagnostic {
    RULE.at(span, "something in this macro is not in the form `key=value`")
        .help("write it like this: `[dd:ticket action=chat text=\"Chat with us\"]`")
}
