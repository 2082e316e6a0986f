//! Syntax that only psalink understands, in a template that is about to go into the PSA.

use crate::diagnostic::{Diagnostic, Level};
use crate::lint::{Check, Context, Rewrite, Rule, When, allow};
use crate::parse::document::PartKind;

/// The template contains something that the PSA would send unchanged.
pub const RULE: Rule = Rule {
    name: "psalink-only-syntax",
    level: Level::Error,
    also: &[],
    when: When::Off,
    rewrite: Rewrite::Leaves,
    summary: "the template contains something that only psalink understands, which the PSA would send unchanged",
    page: include_str!("../../../fixtures/rules/psalink-only-syntax.md"),
    checks: &[Check::Template(check)],
};

fn check(cx: &Context<'_>, found: &mut Vec<Diagnostic>) {
    if let Some(settings) = cx.document.front_matter() {
        found.push(
            RULE.at(settings.span, "the settings at the top of this template would be sent with the message")
                .help("`psalink rewrite -o DIR` writes the template without them"),
        );
    }
    for part in cx.document.parts() {
        if matches!(part.kind, PartKind::LinkMacro(_) | PartKind::BrokenMacro(_)) {
            found.push(
                RULE.at(part.span, "the PSA does not know this link macro and would send it unchanged")
                    .help("`psalink rewrite` turns it into a link"),
            );
        }
    }
    for comment in allow::comments(cx.document) {
        found.push(
            RULE.at(comment.comment, "this comment is only for psalink, and would be sent with the message")
                .help("`psalink rewrite -o DIR` writes the template without it"),
        );
    }
}
