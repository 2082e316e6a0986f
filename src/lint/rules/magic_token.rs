//! A link with the global magic token, which lets in anyone who has the message.

use crate::diagnostic::{Diagnostic, Level, Safety};
use crate::lint::whole_link::{new_link, record_value, replacement};
use crate::lint::{Case, Check, Context, PortalLink, Rewrite, Rule, When};
use crate::parse::deep_link::{Client, LinkForm, LinkParam};
use crate::span::Span;

/// A link carries the global magic token.
pub const RULE: Rule = Rule {
    name: "magic-token",
    level: Level::Error,
    also: &[REMOVED],
    when: When::On,
    rewrite: Rewrite::FixesIfAsked,
    summary: "a link carries the global magic token, which signs in anyone who has the message",
    page: include_str!("../../../fixtures/rules/magic-token.md"),
    checks: &[Check::Link(check)],
};

const REMOVED: Case = Case { level: Level::Note, when: "where a rewrite has removed the token" };

const PLAIN_LINK: &str = "replace it with a plain link to the ticket, where the reader signs in as usual";

fn check(cx: &Context<'_>, portal_link: &PortalLink<'_>, found: &mut Vec<Diagnostic>) {
    if portal_link.link.form != LinkForm::Magic {
        return;
    }
    let link = &portal_link.link;
    let names = portal_link.target.magic.as_ref().map_or(("", ""), |(token, ticket)| (token.as_str(), ticket.as_str()));
    let span = link.value(names.0).map_or(link.at.span, |token| token.span);
    let finding = RULE
        .at(span, "this link carries the global magic token: anyone who has the message can sign in as its reader")
        .with_note("the token has already been sent in messages: revoke it in the DeskDirector admin console");
    let command = (portal_link.target.commands.iter()).find_map(|command| {
        Some((command, command.params.iter().find(|param| param.means.as_deref() == Some("ticket.id"))?))
    });
    let (Some(ticket), Some((command, param))) = (link.value(names.1), command) else {
        found.push(finding.help("replace the link with a macro such as `[dd:support_options]`"));
        return;
    };
    let is_known = |param: &LinkParam| {
        let key = &*param.key.text;
        key.is_empty() || key == names.0 || key == names.1
    };
    if !link.params.iter().all(is_known) || link.text().contains('#') {
        let help =
            "this link has more parameters than the ticket, so rewrite it by hand, or use the macro `[dd:ticket]`";
        found.push(finding.help(help));
        return;
    }
    let fix = record_value(cx, ticket)
        .map(|value| new_link(cx, portal_link.target, Client::Web, command, &[(&param.name, &value)]));
    found.push(match fix {
        Ok(Some(url)) => {
            finding.help(PLAIN_LINK).fix(PLAIN_LINK, Safety::Suggested, vec![replacement(cx, portal_link, &url)])
        }
        Ok(None) => finding.help("name your portal: `portal: acme` in psalink.yaml, or `--portal acme`"),
        Err(_) => finding.help("replace the link with the macro `[dd:ticket]`"),
    });
}

/// What remains to be done after the token is removed from a link.
pub(crate) fn revoke(span: Span) -> Diagnostic {
    let message = "the magic token was removed from this link, but it has already been sent in messages";
    RULE.at_in(REMOVED, span, message).help("revoke the token in the DeskDirector admin console")
}
