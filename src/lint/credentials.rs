//! What the rules about passwords and tokens in links share.

use crate::diagnostic::{Diagnostic, Level};
use crate::lint::{Case, Context, PortalLink, Rule};
use crate::parse::deep_link::{LinkForm, LinkParam};
use crate::parse::document::LinkSpan;
use crate::secret::{Secret, SecretKind};
use crate::span::Span;

/// What to do about a secret that has already been sent.
const HELP: &str = "remove it from the link, and change it, because it has already been sent in messages";

/// The level of both rules where psalink cannot tell what the secret opens.
pub(super) const TO_ANOTHER_HOST: Case = Case { level: Level::Warning, when: "where the link leads to another host" };

/// A secret as a parameter of a link macro.
pub(super) fn in_macro(rule: &Rule, span: Span) -> Diagnostic {
    rule.at(span, "anyone who has the message could sign in with this link")
        .help("remove it: the portal asks the reader to sign in")
}

/// The sign-in parameters of a link that must stay secret, passwords or everything else.
pub(super) fn secrets<'a>(portal_link: &'a PortalLink<'_>, passwords: bool) -> impl Iterator<Item = &'a LinkParam> {
    let is_page = matches!(portal_link.link.form, LinkForm::Current | LinkForm::OtherPage);
    portal_link.link.params.iter().filter(move |param| {
        let known = portal_link.target.auth_param(&param.key.text).filter(|known| known.secret);
        is_page && known.is_some_and(|known| known.name.contains("password") == passwords)
    })
}

/// A finding about one of them.
pub(super) fn leak(rule: &Rule, param: &LinkParam, secret_name: &str) -> Diagnostic {
    let span = param.value.as_ref().map_or(param.key.span, |value| value.span);
    to_portal(rule, span, secret_name)
}

fn to_portal(rule: &Rule, span: Span, secret_name: &str) -> Diagnostic {
    let message = format!("this link carries {secret_name}: anyone who has the message can sign in with it");
    rule.at(span, message).help(HELP)
}

/// Findings about secrets in all other links: to other hosts, inside other links, before `@`. An error if the link
/// leads to the portal, otherwise a warning.
pub(super) fn of_others(
    cx: &Context<'_>,
    rule: &Rule,
    kind: SecretKind,
    secret_name: &str,
    found: &mut Vec<Diagnostic>,
) {
    let secrets = cx.document.source().secrets();
    let mut others = secrets.iter().filter(|secret| secret.kind == kind && secret.report).peekable();
    if others.peek().is_none() {
        return;
    }
    // Findings already reported for portal links, in order.
    let mut reported: Vec<Span> =
        found.iter().filter(|finding| finding.rule == rule.name).map(|finding| finding.span).collect();
    reported.sort_unstable();
    for secret in others {
        let Some(host) = secret.link.as_deref() else { continue };
        let after = reported.partition_point(|span| span.end <= secret.span.start);
        let is_reported = reported.get(after).is_some_and(|span| span.start < secret.span.end);
        if is_reported || !is_sent(cx, secret) {
            continue;
        }
        found.push(if cx.is_portal_host(host) || is_in_portal_link(cx, secret) {
            to_portal(rule, secret.span, secret_name)
        } else {
            let message = format!("this link carries {secret_name}, which anyone who gets the message can read");
            rule.at_in(TO_ANOTHER_HOST, secret.span, message).help(HELP)
        });
    }
}

/// Whether it is in a part of the file that is sent. Of the settings at the top, only the subject and the text are.
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

/// Whether it is in a link with the path of a portal link, on any host.
fn is_in_portal_link(cx: &Context<'_>, secret: &Secret) -> bool {
    let links = cx.document.links();
    let index = links.partition_point(|link: &LinkSpan| link.span.end <= secret.span.start);
    let link = links.get(index).filter(|link| link.span.covers(secret.span));
    link.and_then(|link| cx.portal_link(*link))
        .is_some_and(|portal_link| matches!(portal_link.link.form, LinkForm::Current))
}
