//! A subject that does not say which ticket the mail is about.

use crate::diagnostic::{Diagnostic, Level};
use crate::lint::{Check, Checkup, Rule, When};
use crate::parse::document::Part;

/// A subject does not say which ticket the mail is about.
pub const RULE: Rule = Rule {
    name: "subject-without-ticket-number",
    level: Level::Note,
    when: When::Off,
    summary: "a subject does not say which ticket the message is about",
    page: include_str!("../../../fixtures/rules/subject-without-ticket-number.md"),
    check: Check::Template(check),
};

fn check(cx: &Checkup<'_>, found: &mut Vec<Diagnostic>) {
    let Some((_, span)) = cx.subject().filter(|(text, _)| !text.trim().is_empty()) else { return };
    let identifies = |part: &Part| {
        let known = part.spelling().and_then(|spelling| spelling.known_in(cx.settings.dialect));
        known.is_some_and(|known| cx.dialect().identifies_ticket(known))
    };
    if cx.document.parts_in(span).iter().any(identifies) {
        return;
    }
    let finding = RULE.at(span, "this subject does not say which ticket the message is about");
    found.push(match cx.token("ticket.number") {
        Some(token) => finding.help(format!("add `[{token}]`, unless the message is not about a ticket")),
        None => finding,
    });
}
