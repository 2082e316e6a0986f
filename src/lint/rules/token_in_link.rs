//! A token that signs in, in a link.

use crate::diagnostic::{Diagnostic, Level};
use crate::lint::credentials::{leak, of_others, secrets};
use crate::lint::{Check, Checkup, PortalLink, Rule, When};
use crate::secret::Kind;

/// A link carries a token that signs in: an error in a link to the portal, a warning in one to another host.
pub const RULE: Rule = Rule {
    name: "token-in-link",
    level: Level::Error,
    when: When::On,
    summary: "a link carries a token that signs in",
    page: include_str!("../../../fixtures/rules/token-in-link.md"),
    check: Check::Links(check, others),
};

fn check(_: &Checkup<'_>, it: &PortalLink<'_>, found: &mut Vec<Diagnostic>) {
    found.extend(secrets(it, false).map(|param| leak(&RULE, param, "a token that signs in")));
}

fn others(cx: &Checkup<'_>, found: &mut Vec<Diagnostic>) {
    of_others(cx, &RULE, Kind::Token, "a token that signs in", found);
}
