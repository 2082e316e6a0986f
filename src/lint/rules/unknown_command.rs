//! A portal link, or a macro, that opens a page which the portal does not have.

use crate::diagnostic::{Diagnostic, Level, Safety};
use crate::invisible::named_in;
use crate::lint::{Check, Context, PortalLink, Rewrite, Rule, When, params};
use crate::nearest::{did_you_mean, nearest};
use crate::parse::deep_link::{LinkForm, percent_decode};
use crate::source::edit::Edit;
use crate::span::Span;
use crate::vocabulary::{Command, Confidence, Target};

/// The page that a link or a macro opens is not known.
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

fn check(_: &Context<'_>, it: &PortalLink<'_>, found: &mut Vec<Diagnostic>) {
    if it.link.form != LinkForm::Current || it.is_broken_by_reference() || it.command().is_some() {
        return;
    }
    let Some(name) = it.link.value("name") else { return };
    // The public pages leave these names blank, so that any may be right.
    let unconfirmed = |command: &&Command| command.confidence == Confidence::Assumed;
    let mut may_be_right = it.target.commands.iter().filter(unconfirmed).flat_map(|command| &command.params);
    if may_be_right.any(|param| param.required && it.link.param(&param.name).is_some()) {
        return;
    }
    let hidden = named_in(&percent_decode(&name.text));
    let finding = RULE.at(name.span, format!("{} has no page `{}`{hidden}", it.target.title, name.text));
    let names = it.target.commands.iter().map(|command| command.name.as_str());
    found.push(match nearest(&name.text, names) {
        Some(right) => {
            if it.target.command_named(right).is_some_and(|command| takes_all(it, command)) {
                let edits = vec![Edit::new(name.span, right)];
                finding.help(format!("write `{right}`")).fix(format!("write `{right}`"), Safety::Suggested, edits)
            } else {
                finding.help(did_you_mean(right))
            }
        }
        None => finding,
    });
}

/// Whether a page takes every parameter of a link and needs no other.
fn takes_all(it: &PortalLink<'_>, command: &Command) -> bool {
    let is_taken = |key: &str| key == "name" || command.param(key).is_some() || it.target.auth_param(key).is_some();
    params::once_each(it).all(|param| is_taken(&param.key.text))
        && command.params.iter().all(|param| !param.required || it.link.param(&param.name).is_some())
}

/// A link macro with a command that its target does not have.
pub(crate) fn in_macro(target: &Target, span: Span, word: &str) -> Diagnostic {
    let finding = RULE.at(span, format!("{} links have no command `{word}`", target.title));
    let keys = target.commands.iter().map(|command| command.key.as_str());
    match nearest(word, keys.clone()) {
        Some(right) => finding.help(did_you_mean(&format!("[{}:{right}]", target.prefix))),
        None => finding.help(format!("known commands: {}", keys.collect::<Vec<_>>().join(", "))),
    }
}
