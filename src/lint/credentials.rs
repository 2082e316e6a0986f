//! What the rules about passwords and tokens in links share.

use crate::diagnostic::{Diagnostic, Level};
use crate::lint::{Case, Context, PortalLink, Rule};
use crate::parse::deep_link::{LinkForm, LinkParam};
use crate::parse::document::LinkSpan;
use crate::secret::{Kind, Secret};
use crate::span::Span;

/// What to do about a secret that has been in mails.
const HELP: &str = "remove it from the link, and change it, because it has already been sent in messages";

/// The level of both rules where psalink cannot tell what the secret opens.
pub(super) const TO_ANOTHER_HOST: Case = Case { level: Level::Warning, when: "where the link leads to another host" };

/// A secret as a parameter of a link macro.
pub(super) fn in_macro(rule: &Rule, span: Span) -> Diagnostic {
    rule.at(span, "anyone who has the message could sign in with this link")
        .help("remove it: the portal asks the reader to sign in")
}

/// The sign-in parameters of a link that must stay secret, passwords or everything else.
pub(super) fn secrets<'a>(it: &'a PortalLink<'_>, passwords: bool) -> impl Iterator<Item = &'a LinkParam> {
    let is_page = matches!(it.link.form, LinkForm::Current | LinkForm::OtherPage);
    it.link.params.iter().filter(move |param| {
        let known = it.target.auth_param(&param.key.text).filter(|known| known.secret);
        is_page && known.is_some_and(|known| known.name.contains("password") == passwords)
    })
}

/// A finding about one of them.
pub(super) fn leak(rule: &Rule, param: &LinkParam, what: &str) -> Diagnostic {
    let span = param.value.as_ref().map_or(param.key.span, |value| value.span);
    to_portal(rule, span, what)
}

fn to_portal(rule: &Rule, span: Span, what: &str) -> Diagnostic {
    let message = format!("this link carries {what}: anyone who has the message can sign in with it");
    rule.at(span, message).help(HELP)
}

/// Findings about the secrets of all other links: of other hosts, inside other links, before `@`. An error where the link
/// leads to the portal, else a warning.
pub(super) fn of_others(cx: &Context<'_>, rule: &Rule, kind: Kind, what: &str, found: &mut Vec<Diagnostic>) {
    let secrets = cx.document.source().secrets();
    let mut others = secrets.iter().filter(|secret| secret.kind == kind && secret.report).peekable();
    if others.peek().is_none() {
        return;
    }
    // Those that are known from the links of the portal, in their order.
    let mut told: Vec<Span> = found.iter().filter(|finding| finding.rule == rule.name).map(|it| it.span).collect();
    told.sort_unstable();
    for secret in others {
        let Some(host) = secret.link.as_deref() else { continue };
        let after = told.partition_point(|span| span.end <= secret.span.start);
        let is_told = told.get(after).is_some_and(|span| span.start < secret.span.end);
        if is_told || !is_sent(cx, secret) {
            continue;
        }
        found.push(if cx.is_portal_host(host) || is_in_portal_link(cx, secret) {
            to_portal(rule, secret.span, what)
        } else {
            let message = format!("this link carries {what}, which anyone who gets the message can read");
            rule.at_in(TO_ANOTHER_HOST, secret.span, message).help(HELP)
        });
    }
}

/// Whether it is in a part of the file that is sent: of the settings at the top these are the subject and the text.
fn is_sent(cx: &Context<'_>, secret: &Secret) -> bool {
    let settings = cx.document.front_matter().filter(|settings| settings.span.covers(secret.span));
    match settings {
        Some(settings) => {
            let subject = settings.subject.as_ref().map(|(_, span)| *span);
            [subject, settings.text].into_iter().flatten().any(|span| span.covers(secret.span))
        }
        None => true,
    }
}

/// Whether it is in a link that has the path of a portal link, on any host.
fn is_in_portal_link(cx: &Context<'_>, secret: &Secret) -> bool {
    let links = cx.document.links();
    let index = links.partition_point(|link: &LinkSpan| link.span.end <= secret.span.start);
    let link = links.get(index).filter(|link| link.span.covers(secret.span));
    link.and_then(|link| cx.portal_link(*link)).is_some_and(|it| matches!(it.link.form, LinkForm::Current))
}
