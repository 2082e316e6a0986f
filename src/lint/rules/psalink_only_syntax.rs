//! Syntax that only psalink understands, in a template that is about to go into the PSA.

use crate::diagnostic::{Diagnostic, Level};
use crate::lint::{Check, Context, Rewrite, Rule, When, allow};
use crate::parse::document::PartKind;
use crate::span::Span;

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

/// What is said of settings at the top, whether or not they can be read.
pub(crate) fn of_settings(settings: Span) -> Diagnostic {
    RULE.at(settings, "the settings at the top of this template would be sent with the message")
        .help("`psalink ready -o DIR` writes the template without them")
}

fn check(cx: &Context<'_>, found: &mut Vec<Diagnostic>) {
    found.extend(cx.document.front_matter().map(|settings| of_settings(settings.span)));
    for part in cx.document.parts() {
        if matches!(part.kind, PartKind::LinkMacro(_) | PartKind::BrokenMacro(_)) {
            found.push(
                RULE.at(part.span, "the PSA does not know this link macro and would send it unchanged")
                    .help("`psalink ready` turns it into a link"),
            );
        }
    }
    for comment in allow::comments(cx.document) {
        found.push(
            RULE.at(comment.comment, "this comment is only for psalink, and would be sent with the message")
                .help("`psalink ready -o DIR` writes the template without it"),
        );
    }
}
