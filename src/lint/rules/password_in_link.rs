//! A password in a link.

use crate::diagnostic::{Diagnostic, Level};
use crate::lint::credentials::{TO_ANOTHER_HOST, in_macro as credential_in_macro, leak, of_others, secrets};
use crate::lint::{Check, Context, PortalLink, Rewrite, Rule, When};
use crate::secret::SecretKind;
use crate::span::Span;

/// A link carries a password: an error in a link to the portal, a warning in one to another host.
pub const RULE: Rule = Rule {
    name: "password-in-link",
    level: Level::Error,
    also: &[TO_ANOTHER_HOST],
    when: When::On,
    rewrite: Rewrite::Leaves,
    summary: "a link carries a password",
    page: include_str!("../../../fixtures/rules/password-in-link.md"),
    checks: &[Check::Link(check), Check::Template(others)],
};

fn check(_: &Context<'_>, portal_link: &PortalLink<'_>, found: &mut Vec<Diagnostic>) {
    found.extend(secrets(portal_link, true).map(|param| leak(&RULE, param, "a password")));
}

fn others(cx: &Context<'_>, found: &mut Vec<Diagnostic>) {
    of_others(cx, &RULE, SecretKind::Password, "a password", found);
}

/// The same as a parameter of a link macro.
pub(crate) fn in_macro(span: Span) -> Diagnostic {
    credential_in_macro(&RULE, span)
}
