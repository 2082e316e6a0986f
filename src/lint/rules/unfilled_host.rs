//! A sample host such as `[your-subdomain]` that was never replaced with the portal's name.

use crate::diagnostic::{Diagnostic, Level, Safety};
use crate::lint::{Check, Context, PortalLink, Rewrite, Rule, When};
use crate::parse::deep_link::{self, Field, LinkForm};
use crate::source::edit::Edit;

/// The host of a portal link was never filled in.
pub const RULE: Rule = Rule {
    name: "unfilled-host",
    level: Level::Error,
    also: &[],
    when: When::On,
    rewrite: Rewrite::Fixes,
    summary: "a portal link still has the sample host from the documentation instead of your portal",
    page: include_str!("../../../fixtures/rules/unfilled-host.md"),
    checks: &[Check::Link(check)],
};

fn check(cx: &Context<'_>, portal_link: &PortalLink<'_>, found: &mut Vec<Diagnostic>) {
    let Some(host) = portal_link.link.host.as_ref().filter(|host| is_unfilled(cx, portal_link, host)) else { return };
    if !matches!(portal_link.link.form, LinkForm::Current | LinkForm::OtherPage) {
        return;
    }
    let message = format!("`{}` is a sample host, not your portal, so the link leads nowhere", host.text);
    let finding = RULE.at(host.span, message);
    found.push(match &cx.settings.host {
        Some(right) => finding.help(format!("write `{right}`")).fix(
            format!("write `{right}`"),
            Safety::Safe,
            vec![Edit::new(host.span, right.clone())],
        ),
        None => finding.help("name your portal: `portal: acme` in psalink.yaml, or `--portal acme`"),
    });
}

/// Whether a host is a sample that was never filled in.
pub(crate) fn is_unfilled(cx: &Context<'_>, portal_link: &PortalLink<'_>, host: &Field) -> bool {
    let unknown = cx
        .document
        .parts_in(host.span)
        .iter()
        .any(|part| part.spelling().is_none_or(|spelling| spelling.known.is_empty()));
    unknown || portal_link.target.is_unfilled(&deep_link::percent_decode(&host.text))
}
