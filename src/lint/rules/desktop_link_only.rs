//! A link that only the installed portal opens, in a mail to people who use the web.

use crate::diagnostic::{Diagnostic, Level, Safety};
use crate::lint::{Check, Context, PortalLink, Rewrite, Rule, When};
use crate::parse::deep_link::{Client, LinkForm};
use crate::source::edit::Edit;
use crate::span::Span;

/// A link works only where the desktop portal is installed.
pub const RULE: Rule = Rule {
    name: "desktop-link-only",
    level: Level::Warning,
    also: &[],
    when: When::On,
    rewrite: Rewrite::Leaves,
    summary: "a link works only on computers where the desktop portal is installed",
    page: include_str!("../../../fixtures/rules/desktop-link-only.md"),
    checks: &[Check::Link(check)],
};

fn check(cx: &Context<'_>, portal_link: &PortalLink<'_>, found: &mut Vec<Diagnostic>) {
    let is_desktop = portal_link.link.form == LinkForm::Current && portal_link.link.client == Client::Desktop;
    if is_desktop && cx.settings.client == Client::Web {
        let start = portal_link.link.at.span.start as usize;
        let finding = finding(portal_link.link.at.span);
        // If the page of a link is unknown, we cannot tell where its parameters begin.
        let opening = opening(cx, portal_link).filter(|_| portal_link.command().is_some());
        found.push(match (&cx.settings.host, opening) {
            (Some(host), Some(length)) => {
                let web = portal_link.target.web_link(host, "");
                let edits = vec![Edit::new(Span::new(start, start + length), web.as_str())];
                finding.fix(format!("begin it with `{web}`"), Safety::Suggested, edits)
            }
            _ => finding,
        });
    }
}

/// The length of `ddportal://` in the link, in bytes.
fn opening(cx: &Context<'_>, portal_link: &PortalLink<'_>) -> Option<usize> {
    let start = portal_link.link.at.span.start;
    let scheme = (portal_link.link.scheme.span.end - start) as usize;
    let rest = cx.slice(portal_link.link.at.span).get(scheme..)?.strip_prefix(b":")?;
    let slashes = rest.iter().take(2).take_while(|byte| **byte == b'/').count();
    Some(scheme + 1 + slashes)
}

/// A link to the installed portal.
pub(crate) fn finding(span: Span) -> Diagnostic {
    RULE.at(span, "this link works only where the desktop portal is installed")
        .help("link to the web portal instead, or set `client: desktop` if your customers use the desktop portal")
}
