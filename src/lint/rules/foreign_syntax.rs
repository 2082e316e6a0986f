//! Placeholders in the syntax of other products: `{{ticket.id}}`, `%{ticket.number}`, `*|FNAME|*`.

use crate::diagnostic::{Diagnostic, Level};
use crate::lint::{Check, Context, Rewrite, Rule, When};
use crate::nearest::did_you_mean;
use crate::parse::foreign_placeholders::{ForeignPlaceholder, foreign_placeholders};

/// A placeholder is written in another product's syntax.
pub const RULE: Rule = Rule {
    name: "foreign-syntax",
    level: Level::Warning,
    also: &[],
    when: When::On,
    rewrite: Rewrite::Leaves,
    summary: "a placeholder uses the syntax of another product, so the customer would see it",
    page: include_str!("../../../fixtures/rules/foreign-syntax.md"),
    checks: &[Check::Template(check)],
};

fn check(cx: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for ForeignPlaceholder { span, product } in foreign_placeholders(cx.document) {
        if cx.is_in_portal_host(span) {
            continue;
        }
        let written = cx.document.text(span);
        let message = format!("`{written}` is the syntax of {product}; {} does not fill it in", cx.dialect().title);
        let finding = RULE.at(span, message);
        // A placeholder with the same meaning, if the name reveals it: `{{ticket.id}}`, `{{ Contact.FirstName }}`.
        found.push(match cx.meaning_called(&written).and_then(|meaning| cx.token(meaning)) {
            Some(right) => finding.help(did_you_mean(&[format!("[{right}]")])),
            None => finding.help("write your PSA's own placeholder, or remove it"),
        });
    }
}
