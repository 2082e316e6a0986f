//! A link macro whose first word is not a known product: `[portal:ticket]`.

use crate::diagnostic::{Diagnostic, Level};
use crate::lint::{Check, Rewrite, Rule, When};
use crate::span::Span;
use crate::vocabulary::Vocabulary;

/// A link macro starts with a word that psalink does not know.
pub const RULE: Rule = Rule {
    name: "unknown-macro",
    level: Level::Error,
    also: &[],
    when: When::On,
    rewrite: Rewrite::Leaves,
    summary: "a link macro starts with a word that psalink does not know",
    page: include_str!("../../../fixtures/rules/unknown-macro.md"),
    checks: &[Check::Macro],
};

/// A macro with an unknown word before its colon.
pub(crate) fn finding(vocabulary: &Vocabulary, span: Span, prefix: &str) -> Diagnostic {
    let known: Vec<String> = vocabulary.targets().iter().map(|target| format!("`{}:`", target.prefix)).collect();
    RULE.at(span, format!("psalink knows no macro that starts with `{prefix}:`"))
        .help(format!("link macros start with {}", known.join(" or ")))
}

/// A link macro with another character in place of its colon.
pub(crate) fn no_colon(text: &str, span: Span) -> Diagnostic {
    let rest = text.trim_start_matches(|character: char| !character.is_alphanumeric());
    let sign = rest.trim_start_matches(char::is_alphanumeric).trim_start().chars().next();
    let message = match sign.filter(|sign| !sign.is_alphanumeric() && *sign != ']') {
        Some('\u{ff1a}') => {
            "this looks like a link macro, but its colon is `\u{ff1a}`, U+FF1A FULLWIDTH COLON".to_owned()
        }
        Some(sign) => format!("this looks like a link macro, but it has `{sign}` in place of its colon"),
        None => "this looks like a link macro, but it has no colon after its first word".to_owned(),
    };
    RULE.at(span, message).help("write it like this: `[dd:ticket]`, with a colon after `dd`")
}
