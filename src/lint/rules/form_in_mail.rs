//! A form in a mail, which most mail programs remove.

use crate::diagnostic::{Diagnostic, Level};
use crate::html::element::{Element, Elements};
use crate::lint::{Check, Context, Rewrite, Rule, Tag, When};

/// A template contains a form.
pub const RULE: Rule = Rule {
    name: "form-in-mail",
    level: Level::Warning,
    also: &[],
    when: When::On,
    rewrite: Rewrite::Leaves,
    summary: "the template has a form, which most email programs remove",
    page: include_str!("../../../fixtures/rules/form-in-mail.md"),
    checks: &[Check::Elements(Elements::of(&[Element::Form]), check)],
};

fn check(_: &Context<'_>, form: &Tag, found: &mut Vec<Diagnostic>) {
    found.push(
        RULE.at(form.span, "most email programs remove this form, or do not send what is entered")
            .help("link to a form instead, such as `[dd:request_type type_id=118]`"),
    );
}
