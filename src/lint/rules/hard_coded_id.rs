//! The number of one record in a template that is sent for many.

use crate::diagnostic::{Diagnostic, Level, Safety};
use crate::lint::placeholders::write;
use crate::lint::rules::{invalid_value, retired_deep_link};
use crate::lint::{Check, Context, PortalLink, Rewrite, Rule, When, params};
use crate::parse::deep_link::LinkForm;
use crate::span::Span;

/// The number of one record is used where a placeholder belongs.
pub const RULE: Rule = Rule {
    name: "hard-coded-id",
    level: Level::Error,
    also: &[],
    when: When::On,
    rewrite: Rewrite::Leaves,
    summary: "a fixed record number is used where the PSA should fill in the right one for each message",
    page: include_str!("../../../fixtures/rules/hard-coded-id.md"),
    checks: &[Check::Link(check)],
};

fn check(cx: &Context<'_>, portal_link: &PortalLink<'_>, found: &mut Vec<Diagnostic>) {
    if matches!(portal_link.link.form, LinkForm::Retired(_)) {
        found.extend(retired_deep_link::literal_record(cx, portal_link).map(|(value, meaning)| {
            // The new link includes this number and is checked again.
            finding(&value.text, value.span, cx.token(meaning))
        }));
        return;
    }
    let Some(command) = params::readable_command(portal_link) else { return };
    for (param, value) in params::values(portal_link, command).filter(|(_, value)| params::is_literal(cx, value)) {
        let Some(meaning) = &param.means else { continue };
        if invalid_value::finding(command, param, &value.text, value.span).is_some() {
            continue;
        }
        let token = cx.token(meaning);
        let finding = finding(&value.text, value.span, token);
        found.push(match token {
            Some(token) => {
                let edits = write(portal_link.link.at.place, value.span, format!("[{token}]"));
                finding.fix(fill_in(token), Safety::Suggested, edits)
            }
            None => finding,
        });
    }
}

fn fill_in(token: &str) -> String {
    format!("write `[{token}]`, which the PSA fills in for each message")
}

/// A number of one record, and the placeholder that belongs there.
pub(crate) fn finding(value: &str, span: Span, token: Option<&str>) -> Diagnostic {
    let finding = RULE.at(span, format!("every message from this template would open record {value}"));
    match token {
        Some(token) => finding.help(fill_in(token)),
        None => finding,
    }
}
