//! `http` where `https` is meant.

use crate::diagnostic::{Diagnostic, Level, Safety};
use crate::lint::rules::unfilled_host::is_unfilled;
use crate::lint::{Case, Check, Context, PortalLink, Rewrite, Rule, When};
use crate::parse::deep_link::{Client, LinkForm};
use crate::parse::document::{AttributeRole, Place};
use crate::parse::places::Places;
use crate::source::edit::Edit;
use crate::span::Span;

/// A link is not encrypted.
pub const RULE: Rule = Rule {
    name: "insecure-link",
    level: Level::Warning,
    also: &[OF_OTHERS],
    when: When::NotesOncePerFile,
    rewrite: Rewrite::Fixes,
    summary: "a link begins with `http`, which is not encrypted",
    page: include_str!("../../../fixtures/rules/insecure-link.md"),
    checks: &[Check::Link(check), Check::Sequence("://", of_others)],
};

const OF_OTHERS: Case = Case { level: Level::Note, when: "where the link, image or form does not lead to the portal" };

const MESSAGE: &str = "this address is not encrypted: it begins with `http`";

fn check(cx: &Context<'_>, portal_link: &PortalLink<'_>, found: &mut Vec<Diagnostic>) {
    let link = &portal_link.link;
    let (scheme, Some(host)) = (&link.scheme, &link.host) else { return };
    let is_page = matches!(link.form, LinkForm::Current | LinkForm::OtherPage);
    if !is_page || link.client != Client::Web || !scheme.text.eq_ignore_ascii_case("http") {
        return;
    }
    let name = host.text.to_lowercase();
    let is_own =
        name == portal_link.target.host_suffix || name.ends_with(&format!(".{}", portal_link.target.host_suffix));
    let fills = is_unfilled(cx, portal_link, host) && cx.settings.host.is_some();
    let finding = RULE.at(scheme.span, MESSAGE);
    // The user's own domain may have no certificate, so a person should check this.
    let safety = if is_own || fills { Safety::Safe } else { Safety::Suggested };
    let end = scheme.span.end;
    let edit = match &*scheme.text {
        "http" => Edit::new(Span { start: end, end }, "s"),
        _ => Edit::new(scheme.span, "https"),
    };
    found.push(finding.help("write `https`").fix("write `https`", safety, vec![edit]));
}

/// Other vendors' links, images and forms.
fn of_others(cx: &Context<'_>, places: &mut Places<'_>, colon: usize, found: &mut Vec<Diagnostic>) {
    let bytes = cx.bytes();
    let Some(start) = colon.checked_sub(4).filter(|&at| bytes[at..colon].eq_ignore_ascii_case(b"http")) else {
        return;
    };
    let (Place::Attribute(at), _, _) = places.at(start) else { return };
    let name = cx.slice(at.name);
    let is_followed = at.role == AttributeRole::Link
        || at.role == AttributeRole::Address
            && ["src", "action"].iter().any(|known| name.eq_ignore_ascii_case(known.as_bytes()));
    let is_start = cx.slice(Span { end: start as u32, ..at.value }).trim_ascii().is_empty();
    // What follows is unknown until the message is sent: a placeholder, a damaged one, or one of another product.
    let host = bytes.get(colon + 3..at.value.end as usize).unwrap_or_default();
    let is_filled = host.is_empty()
        || host.starts_with(b"[")
        || host.starts_with(b"%")
        || host.starts_with(b"{")
        || host.starts_with(b"&");
    if is_followed && is_start && !is_filled && !is_of_portal(cx, start) {
        let span = Span::new(start, colon);
        found.push(RULE.at_in(OF_OTHERS, span, MESSAGE).help("write `https`, if that site supports it"));
    }
}

fn is_of_portal(cx: &Context<'_>, at: usize) -> bool {
    let links = cx.document.links();
    let index = links.partition_point(|link| link.span.end as usize <= at);
    links.get(index).filter(|link| link.span.contains(at)).is_some_and(|link| cx.portal_link(*link).is_some())
}
