//! `&amp;amp;` between the parameters of a portal link.

use crate::diagnostic::{Diagnostic, Level, Safety};
use crate::edit::Edit;
use crate::link::LinkForm;
use crate::lint::{Check, Checkup, PortalLink, Rule, When};

/// An ampersand of a portal link is escaped twice.
pub const RULE: Rule = Rule {
    name: "double-escaped",
    level: Level::Warning,
    when: When::On,
    summary: "an ampersand of a portal link is escaped twice",
    page: include_str!("../../fixtures/rules/double-escaped.md"),
    check: Check::Link(check),
};

fn check(_: &Checkup<'_>, it: &PortalLink<'_>, found: &mut Vec<Diagnostic>) {
    if matches!(it.link.form, LinkForm::Magic | LinkForm::Wrapped(_)) {
        return;
    }
    for param in &it.link.params {
        let Some(extra) = param.escaped_twice else { continue };
        let message = format!(
            "the `&` before `{}` is escaped twice, so the portal reads a parameter `amp;{}`",
            param.key.text, param.key.text
        );
        found.push(RULE.at(extra, message).help("write `&amp;` once").fix(
            "remove the extra `amp;`",
            Safety::Safe,
            vec![Edit::delete(extra)],
        ));
    }
}
