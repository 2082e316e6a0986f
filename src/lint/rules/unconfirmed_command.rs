//! A link macro for a page whose name no public source confirms.

use crate::diagnostic::{Diagnostic, Level};
use crate::lint::{Check, Rewrite, Rule, When};
use crate::span::Span;
use crate::vocabulary::{Command, Target};

/// No public source confirms the name of the page that a link macro opens.
pub const RULE: Rule = Rule {
    name: "unconfirmed-command",
    level: Level::Warning,
    also: &[],
    when: When::On,
    rewrite: Rewrite::Leaves,
    summary: "no public source confirms the name of the page that a link macro opens",
    page: include_str!("../../../fixtures/rules/unconfirmed-command.md"),
    checks: &[Check::Macro],
};

/// A command whose name is a guess.
pub(crate) fn finding(target: &Target, command: &Command, span: Span) -> Diagnostic {
    let (key, name) = (&command.key, &command.name);
    RULE.at(span, format!("no public source confirms that {} calls this page `{name}`", target.title)).help(format!(
        "open the link once in your portal; if it works, confirm it in psalink.yaml: `commands: {{ {key}: {{ name: {name} }} }}`"
    ))
}
