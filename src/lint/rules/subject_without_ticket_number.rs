//! A subject that does not say which ticket the mail is about.

use crate::diagnostic::{Diagnostic, Level};
use crate::lint::{Check, Context, Rewrite, Rule, When};
use crate::parse::document::Part;
use crate::span::Span;

/// A subject does not say which ticket the mail is about.
pub const RULE: Rule = Rule {
    name: "subject-without-ticket-number",
    level: Level::Note,
    also: &[],
    when: When::Off,
    rewrite: Rewrite::Leaves,
    summary: "a subject does not say which ticket the message is about",
    page: include_str!("../../../fixtures/rules/subject-without-ticket-number.md"),
    checks: &[Check::Subject(check)],
};

fn check(cx: &Context<'_>, text: &str, span: Span, found: &mut Vec<Diagnostic>) {
    let identifies = |part: &Part| {
        let known = part.spelling().and_then(|spelling| spelling.known_in(cx.settings.dialect));
        known.is_some_and(|known| cx.dialect().identifies_ticket(known))
    };
    if text.trim().is_empty() || cx.document.parts_in(span).iter().any(identifies) {
        return;
    }
    let finding = RULE.at(span, "this subject does not say which ticket the message is about");
    found.push(match cx.token("ticket.number") {
        Some(token) => finding.help(format!("add `[{token}]`, unless the message is not about a ticket")),
        None => finding,
    });
}
