//! A portal link or macro that opens a page that the portal does not have.

use crate::diagnostic::{Diagnostic, Level, Safety};
use crate::invisible::named_in;
use crate::lint::{Check, Context, PortalLink, Rewrite, Rule, When, params};
use crate::nearest::nearest;
use crate::parse::deep_link::{LinkForm, percent_decode};
use crate::source::edit::Edit;
use crate::span::Span;
use crate::vocabulary::{Command, Confidence, Target};

/// The page that a link or macro opens is not known.
pub const RULE: Rule = Rule {
    name: "unknown-command",
    level: Level::Error,
    also: &[],
    when: When::On,
    rewrite: Rewrite::Leaves,
    summary: "a portal link or a link macro opens a page that the portal does not have",
    page: include_str!("../../../fixtures/rules/unknown-command.md"),
    checks: &[Check::Link(check)],
};

fn check(_: &Context<'_>, portal_link: &PortalLink<'_>, found: &mut Vec<Diagnostic>) {
    if portal_link.link.form != LinkForm::Current
        || portal_link.is_broken_by_reference()
        || portal_link.command().is_some()
    {
        return;
    }
    let Some(name) = portal_link.link.value("name") else { return };
    // Public sources leave these names open, so any of them may be right.
    let unconfirmed = |command: &&Command| command.confidence == Confidence::Assumed;
    let mut may_be_right = portal_link.target.commands.iter().filter(unconfirmed).flat_map(|command| &command.params);
    if may_be_right.any(|param| param.required && portal_link.link.param(&param.name).is_some()) {
        return;
    }
    let read = percent_decode(&name.text);
    let hidden = named_in(&read);
    let finding = RULE.at(name.span, format!("{} has no page `{}`{hidden}", portal_link.target.title, name.text));
    // `name=ticket_list%20`
    if let Some(known) = portal_link.target.command_named(read.trim()) {
        let title = format!("write `{}`", known.name);
        let edits = vec![Edit::new(name.span, known.name.as_str())];
        found.push(finding.help(title.clone()).fix(title, Safety::Safe, edits));
        return;
    }
    let names = portal_link.target.commands.iter().map(|command| command.name.as_str());
    found.push(match nearest(&name.text, names) {
        Some(near) => {
            let takes = |right: &&str| {
                portal_link.target.command_named(right).is_some_and(|command| takes_all(portal_link, command))
            };
            match near.sure().filter(takes) {
                Some(right) => {
                    let edits = vec![Edit::new(name.span, right)];
                    finding.help(format!("write `{right}`")).fix(format!("write `{right}`"), Safety::Suggested, edits)
                }
                None => finding.help(near.question()),
            }
        }
        None => finding,
    });
}

/// Whether a page takes all parameters of a link and needs no others.
fn takes_all(portal_link: &PortalLink<'_>, command: &Command) -> bool {
    let is_taken =
        |key: &str| key == "name" || command.param(key).is_some() || portal_link.target.auth_param(key).is_some();
    params::once_each(portal_link).all(|param| is_taken(&param.key.text))
        && command.params.iter().all(|param| !param.required || portal_link.link.param(&param.name).is_some())
}

/// A link macro with a command that its target does not have.
pub(crate) fn in_macro(target: &Target, span: Span, word: &str) -> Diagnostic {
    let finding = RULE.at(span, format!("{} links have no command `{word}`", target.title));
    let keys = target.commands.iter().map(|command| command.key.as_str());
    if let Some(right) = keys.clone().find(|key| key.eq_ignore_ascii_case(word)) {
        return finding.help(format!("write `[{}:{right}]`: commands are in lower case", target.prefix));
    }
    match nearest(word, keys.clone()) {
        Some(near) => finding.help(near.question_of(|right| format!("[{}:{right}]", target.prefix))),
        None => finding.help(format!("known commands: {}", keys.collect::<Vec<_>>().join(", "))),
    }
}
