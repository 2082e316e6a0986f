//! A token that signs in, in a portal link.

use super::credentials::{leak, secrets};
use crate::diagnostic::{Diagnostic, Level};
use crate::lint::{Check, Checkup, PortalLink, Rule, When};

/// A portal link carries a token that signs in.
pub const RULE: Rule = Rule {
    name: "token-in-link",
    level: Level::Error,
    when: When::On,
    summary: "a portal link carries a token that signs in",
    page: include_str!("../../fixtures/rules/token-in-link.md"),
    check: Check::Link(check),
};

fn check(_: &Checkup<'_>, it: &PortalLink<'_>, found: &mut Vec<Diagnostic>) {
    found.extend(secrets(it, false).map(|param| leak(&RULE, param, "a token that signs in")));
}
