//! A comment that allows a finding that does not exist.

use crate::diagnostic::{Diagnostic, Level, Safety};
use crate::lint::allow::Allow;
use crate::lint::{Check, Rewrite, Rule, When};
use crate::source::edit::Edit;

/// An allow comment allows nothing.
pub const RULE: Rule = Rule {
    name: "unused-allow",
    level: Level::Warning,
    also: &[],
    when: When::On,
    rewrite: Rewrite::Leaves,
    summary: "a comment allows a finding that does not exist",
    page: include_str!("../../../fixtures/rules/unused-allow.md"),
    checks: &[Check::Allow],
};

/// The problems of a comment; `used` says which of its rules allowed a finding. `hint` explains a rule name that does
/// not exist, and `is_reported` tells whether a rule is run at all.
pub(in crate::lint) fn findings(
    allow: &Allow,
    used: &[bool],
    hint: impl Fn(&str) -> Option<String>,
    is_reported: impl Fn(&str) -> bool,
) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    if allow.rules.is_empty() {
        found.push(
            RULE.at(allow.comment, "this comment names no rule, so it allows nothing")
                .help("write it like this: `<!-- psalink: allow magic-token -->`"),
        );
    }
    for ((name, span), _) in allow.rules.iter().zip(used).filter(|(_, used)| !**used) {
        if let Some(hint) = hint(name) {
            found.push(RULE.at(*span, hint));
        } else if is_reported(name) {
            let finding = RULE.at(*span, format!("`{name}` finds nothing here to allow"));
            found.push(if allow.rules.len() == 1 {
                finding.help("delete the comment").fix(
                    "delete the comment",
                    Safety::Safe,
                    vec![Edit::delete(allow.comment)],
                )
            } else {
                finding.help(format!("remove `{name}` from the comment"))
            });
        }
    }
    found
}
