//! `http` where `https` is meant.

use crate::diagnostic::{Diagnostic, Level, Safety};
use crate::lint::rules::unfilled_host::is_unfilled;
use crate::lint::{Address, Case, Check, Context, PortalLink, Rewrite, Rule, When};
use crate::parse::deep_link::{Client, LinkForm};
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
    checks: &[Check::Link(check), Check::Addresses(of_others)],
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
fn of_others(cx: &Context<'_>, address: &Address, found: &mut Vec<Diagnostic>) {
    let value = cx.trim(address.value);
    let rest = cx.slice(Span { end: address.value.end, ..value });
    let Some((scheme, host)) = rest.split_at_checked(b"http://".len()) else { return };
    if !scheme.eq_ignore_ascii_case(b"http://") {
        return;
    }
    let is_named = |known: &str| cx.slice(address.name).eq_ignore_ascii_case(known.as_bytes());
    // A name that is only the prefix of Outlook's shapes is none of them.
    let is_followed = address.leads && address.tag.name.len() != 2 || is_named("src") || is_named("action");
    // What follows is unknown until the message is sent: a placeholder, a damaged one, or one of another product.
    let is_filled = host.is_empty()
        || host.starts_with(b"[")
        || host.starts_with(b"%")
        || host.starts_with(b"{")
        || host.starts_with(b"&")
        // Another rule reports a scheme after another one.
        || host.starts_with(b"http:")
        || host.starts_with(b"https:");
    // A macro that has lost its brackets.
    let is_macro = || cx.part_at(value.start as usize).is_some();
    if is_followed && !is_filled && !is_macro() && !is_of_portal(cx, value.start as usize) {
        let span = Span { start: value.start, end: value.start + 4 };
        found.push(RULE.at_in(OF_OTHERS, span, MESSAGE).help("write `https`, if that site supports it"));
    }
}

fn is_of_portal(cx: &Context<'_>, at: usize) -> bool {
    let links = cx.document.links();
    let index = links.partition_point(|link| link.span.end as usize <= at);
    links.get(index).filter(|link| link.span.contains(at)).is_some_and(|link| cx.portal_link(*link).is_some())
}
