//! `http` where `https` is meant.

use super::unfilled_host::is_unfilled;
use crate::diagnostic::{Diagnostic, Level, Safety};
use crate::edit::Edit;
use crate::link::{Client, LinkForm};
use crate::lint::{Check, Checkup, PortalLink, Rule, When};
use crate::span::Span;

/// A portal link is not encrypted.
pub const RULE: Rule = Rule {
    name: "insecure-link",
    level: Level::Warning,
    when: When::On,
    summary: "a link to the portal begins with `http`, which is not encrypted",
    page: include_str!("../../fixtures/rules/insecure-link.md"),
    check: Check::Link(check),
};

fn check(cx: &Checkup<'_>, it: &PortalLink<'_>, found: &mut Vec<Diagnostic>) {
    let link = &it.link;
    let (scheme, Some(host)) = (&link.scheme, &link.host) else { return };
    let is_page = matches!(link.form, LinkForm::Current | LinkForm::OtherPage);
    if !is_page || link.client != Client::Web || !scheme.text.eq_ignore_ascii_case("http") {
        return;
    }
    let name = host.text.to_lowercase();
    let is_own = name == it.target.host_suffix || name.ends_with(&format!(".{}", it.target.host_suffix));
    let fills = is_unfilled(cx, it, host) && cx.settings.host.is_some();
    let finding = RULE.at(scheme.span, "this link is not encrypted: it begins with `http`");
    // A domain of the user's own may have no certificate, so there a person must look.
    let safety = if is_own || fills { Safety::Safe } else { Safety::Suggested };
    let end = scheme.span.end;
    let edit = match scheme.text.as_str() {
        "http" => Edit::new(Span { start: end, end }, "s"),
        _ => Edit::new(scheme.span, "https"),
    };
    found.push(finding.help("write `https`").fix("write `https`", safety, vec![edit]));
}
