//! A password in a portal link.

use super::credentials::{leak, secrets};
use crate::diagnostic::{Diagnostic, Level};
use crate::lint::{Check, Checkup, PortalLink, Rule, When};

/// A portal link carries a password.
pub const RULE: Rule = Rule {
    name: "password-in-link",
    level: Level::Error,
    when: When::On,
    summary: "a portal link carries a password",
    page: include_str!("../../fixtures/rules/password-in-link.md"),
    check: Check::Link(check),
};

fn check(_: &Checkup<'_>, it: &PortalLink<'_>, found: &mut Vec<Diagnostic>) {
    found.extend(secrets(it, true).map(|param| leak(&RULE, param, "a password")));
}
