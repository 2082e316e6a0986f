//! One parameter twice in a portal link or in a macro.

use std::collections::HashSet;

use crate::diagnostic::{Diagnostic, Level};
use crate::link::LinkForm;
use crate::lint::{Check, Checkup, PortalLink, Rule, When};

/// A parameter stands twice.
pub const RULE: Rule = Rule {
    name: "duplicate-parameter",
    level: Level::Warning,
    when: When::On,
    summary: "a parameter stands twice in one portal link or link macro",
    page: include_str!("../../fixtures/rules/duplicate-parameter.md"),
    check: Check::Link(check),
};

fn check(_: &Checkup<'_>, it: &PortalLink<'_>, found: &mut Vec<Diagnostic>) {
    if it.link.form != LinkForm::Current || it.is_broken_by_reference() || it.command().is_none() {
        return;
    }
    let mut seen = HashSet::new();
    for param in it.link.params.iter().filter(|param| !param.key.text.is_empty()) {
        let key = &*param.key.text;
        if !seen.insert(key) {
            found.push(
                RULE.at(param.key.span, format!("`{key}` stands twice in this link"))
                    .help("keep the one that is meant"),
            );
        }
    }
}
