//! A link that the portal would accept, except for how it begins: `https//acme…`, `/portal/deep-link?`.

use crate::diagnostic::{Diagnostic, Level, Safety};
use crate::lint::host_slip::{self, HostSlip};
use crate::lint::{Case, Check, Context, PortalLink, Rewrite, Rule, When, link_beginning, whole_link};
use crate::parse::deep_link::{self, Client, LinkForm, Slip, SlipKind};
use crate::parse::document::Place;
use crate::source::SourceKind;
use crate::source::edit::Edit;

/// A portal link does not work because of how it begins.
pub const RULE: Rule = Rule {
    name: "broken-portal-link",
    level: Level::Error,
    also: &[NEAR_HOST, ADDRESS_BAR],
    when: When::On,
    rewrite: Rewrite::Fixes,
    summary: "a link would open the portal, but for how it begins",
    page: include_str!("../../../fixtures/rules/broken-portal-link.md"),
    checks: &[Check::Link(check)],
};

const NEAR_HOST: Case = Case { level: Level::Warning, when: "where its host is one typing error away from yours" };
const ADDRESS_BAR: Case = Case { level: Level::Warning, when: "for an address copied from a browser's address bar" };

fn check(cx: &Context<'_>, portal_link: &PortalLink<'_>, found: &mut Vec<Diagnostic>) {
    if let Some(slip) = &portal_link.link.slip {
        // In a template that names its site, a link without a host is intended.
        if slip.kind != SlipKind::NoHost || !cx.names_its_site() {
            found.push(of_slip(cx, portal_link, slip));
        }
    } else if let Some(slip) = host_slip::of(cx, portal_link) {
        found.push(of_host(slip));
    } else if is_image(cx, portal_link) {
        let message = "this is the address of a page of the portal, not of an image";
        found.push(RULE.at(portal_link.link.at.span, message).help("write the address of an image, or delete it"));
    } else if portal_link.link.form == LinkForm::OtherPage {
        found.extend(of_address_bar(cx, portal_link));
    }
}

/// The finding about a host with a typing error.
fn of_host(HostSlip { host, right, is_impossible, is_known }: HostSlip<'_>) -> Diagnostic {
    let fix = vec![Edit::new(host.span, right.as_str())];
    if is_impossible {
        let help = format!("write `{right}`");
        let message = format!("this link leads nowhere: `{}` is not the name of a site", host.text);
        let finding = RULE.at(host.span, message).help(help.clone());
        return if is_known { finding.fix(help, Safety::Safe, fix) } else { finding };
    }
    let message = format!("this link leads to `{}`, not to `{right}`", host.text);
    let help = format!("write `{right}`, if that is what you mean");
    let finding = RULE.at_in(NEAR_HOST, host.span, message).help(help.clone());
    // The right one would be unexpected, too.
    if is_known { finding.fix(help, Safety::Suggested, fix) } else { finding }
}

/// Whether a deep link is where only the address of an image can be.
fn is_image(cx: &Context<'_>, portal_link: &PortalLink<'_>) -> bool {
    const NAMES: [&[u8]; 4] = [b"src", b"srcset", b"background", b"poster"];
    let Place::Attribute(attribute) = portal_link.link.at.place else { return false };
    // A frame shows a page.
    let is_frame = || cx.slice(attribute.tag).get(1..7).is_some_and(|name| name.eq_ignore_ascii_case(b"iframe"));
    portal_link.link.form == LinkForm::Current
        && !is_frame()
        && NAMES.iter().any(|name| cx.slice(attribute.name).eq_ignore_ascii_case(name))
}

fn of_slip(cx: &Context<'_>, portal_link: &PortalLink<'_>, slip: &Slip) -> Diagnostic {
    let source = cx.document.source();
    let (span, what) = match (slip.kind, link_beginning::in_front(cx, portal_link, slip), slip.separators.first()) {
        (SlipKind::Front | SlipKind::Program, Some(front), _) => {
            (front, format!("`{}` is in front of it", source.quoted(front)))
        }
        (SlipKind::Separators, _, Some((separator, _))) => (*separator, reason(slip.kind).to_owned()),
        _ => (slip.beginning, reason(slip.kind).to_owned()),
    };
    let finding = RULE.at(span, format!("this link leads nowhere: {what}"));
    let Some(right) = link_beginning::right(cx, portal_link, slip) else {
        return finding.help("name your portal: `portal: acme` in psalink.yaml, or `--portal acme`");
    };
    let help = match (portal_link.link.client, slip.kind) {
        (Client::Desktop, _) => format!("delete `{}`", source.quoted(slip.beginning)),
        (Client::Web, SlipKind::Separators) => {
            "write `?`, `&`, and `=` themselves, as in `deeplink?name=ticket_list`".to_owned()
        }
        (Client::Web, _) => format!("begin it with `{right}?`"),
    };
    let ampersand = match source.kind() {
        SourceKind::Html => deep_link::escape("&", whole_link::ampersand(cx, portal_link)),
        _ => "&".to_owned(),
    };
    let separators = slip
        .separators
        .iter()
        .map(|(separator, right)| Edit::new(*separator, if *right == "&" { &ampersand } else { *right }));
    // A program may have that name.
    let safety = if slip.kind == SlipKind::Program { Safety::Suggested } else { Safety::Safe };
    finding.help(help.clone()).fix(
        help,
        safety,
        link_beginning::edits(cx, portal_link, slip, &right).into_iter().chain(separators).collect(),
    )
}

/// What is wrong with a link with this slip, as the end of a sentence.
pub(crate) fn reason(kind: SlipKind) -> &'static str {
    match kind {
        SlipKind::Front | SlipKind::Program => "another text is in front of it",
        SlipKind::NoHost => "it does not name your portal, and a message has no site to complete it",
        SlipKind::Scheme => "it does not begin with `https://`",
        SlipKind::Path => "the portal has no page at this address",
        SlipKind::Separators => "the signs between its parameters are encoded or missing",
    }
}

/// The finding about an address that a browser shows for a page of the portal.
fn of_address_bar(cx: &Context<'_>, portal_link: &PortalLink<'_>) -> Option<Diagnostic> {
    let bar = portal_link.target.address_bar.as_ref()?;
    let page = bar.page(portal_link.link.path()?)?;
    let message = format!(
        "this address is from a browser's address bar; {} does not promise that it lasts",
        portal_link.target.title
    );
    let finding = RULE.at_in(ADDRESS_BAR, portal_link.link.at.span, message);
    let params: Vec<(&str, &str)> = portal_link
        .link
        .params
        .iter()
        .map(|param| (&*param.key.text, param.value.as_ref().map_or("", |value| &*value.text)))
        .collect();
    let known = portal_link.target.of_address_bar(page, &params);
    let link =
        known.and_then(|(command, params)| whole_link::new_link(cx, portal_link.target, Client::Web, command, &params));
    Some(match link {
        Some(link) => {
            let help = format!("write `{link}`, the deep link of the same page");
            let edits = vec![whole_link::replacement(cx, portal_link, &link)];
            finding.help(help.clone()).fix(help, Safety::Suggested, edits)
        }
        None => finding.help("use the deep link of the same page; `psalink explain ticket` shows one"),
    })
}
