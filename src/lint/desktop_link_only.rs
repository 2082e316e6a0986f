//! A link that only the installed portal opens, in a mail to people who use the web.

use crate::diagnostic::{Diagnostic, Level};
use crate::link::{Client, LinkForm};
use crate::lint::{Check, Checkup, PortalLink, Rule, When};
use crate::span::Span;

/// A link works only where the desktop portal is installed.
pub const RULE: Rule = Rule {
    name: "desktop-link-only",
    level: Level::Warning,
    when: When::On,
    summary: "a link works only on computers where the desktop portal is installed",
    page: include_str!("../../fixtures/rules/desktop-link-only.md"),
    check: Check::Link(check),
};

fn check(cx: &Checkup<'_>, it: &PortalLink<'_>, found: &mut Vec<Diagnostic>) {
    let is_desktop = it.link.form == LinkForm::Current && it.link.client == Client::Desktop;
    if is_desktop && cx.settings.client == Client::Web {
        found.push(finding(it.link.at.span));
    }
}

/// A link to the installed portal.
pub(crate) fn finding(span: Span) -> Diagnostic {
    RULE.at(span, "this link works only where the desktop portal is installed")
        .help("link to the web portal instead, or say `client: desktop` where customers use it")
}
