//! A form in a mail, which most mail programs remove.

use crate::diagnostic::{Diagnostic, Level};
use crate::lint::{Check, Checkup, Rule, When};

/// A template contains a form.
pub const RULE: Rule = Rule {
    name: "form-in-mail",
    level: Level::Warning,
    when: When::On,
    summary: "the template has a form, which most email programs remove",
    page: include_str!("../../../fixtures/rules/form-in-mail.md"),
    check: Check::Template(check),
};

fn check(cx: &Checkup<'_>, found: &mut Vec<Diagnostic>) {
    for form in cx.elements("form") {
        found.push(
            RULE.at(form.span, "most email programs remove this form, or do not send what is entered")
                .help("link to a form instead, such as `[dd:request_type type_id=118]`"),
        );
    }
}
