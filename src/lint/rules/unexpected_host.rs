//! A portal link to a host that is not in the settings.

use crate::diagnostic::{Diagnostic, Level};
use crate::lint::rules::unfilled_host::is_unfilled;
use crate::lint::{Check, Context, PortalLink, Rewrite, Rule, When, host_slip};
use crate::parse::deep_link::LinkForm;
use crate::span::Span;

/// A portal link leads to a host that is not in the settings.
pub const RULE: Rule = Rule {
    name: "unexpected-host",
    level: Level::Note,
    also: &[],
    when: When::OncePerFile,
    rewrite: Rewrite::Leaves,
    summary: "a portal link leads to a host that is not in the settings",
    page: include_str!("../../../fixtures/rules/unexpected-host.md"),
    checks: &[Check::Link(check)],
};

fn check(cx: &Context<'_>, portal_link: &PortalLink<'_>, found: &mut Vec<Diagnostic>) {
    let Some(host) = &portal_link.link.host else { return };
    if !matches!(portal_link.link.form, LinkForm::Current | LinkForm::OtherPage)
        || is_unfilled(cx, portal_link, host)
        || host_slip::of(cx, portal_link).is_some()
    {
        return;
    }
    let hosts = cx.hosts();
    let name = host.text.to_lowercase();
    let is_known = hosts.contains(&name) || hosts.iter().any(|known| known.split(':').next() == Some(&name));
    if !hosts.is_empty() && !is_known {
        found.push(finding(&host.text, host.span));
    }
}

/// A host that a link macro names.
pub(crate) fn finding(host: &str, span: Span) -> Diagnostic {
    RULE.at(span, format!("this link leads to `{host}`, which is not in the settings"))
        .help("if that is right, add it to `allowed_hosts` in psalink.yaml")
}
