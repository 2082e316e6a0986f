//! `&quote_id` in text, which a reader's mail program shows as `"e_id`.

use crate::diagnostic::{Diagnostic, Level, Safety};
use crate::edit::Edit;
use crate::link::LinkForm;
use crate::lint::{Check, Checkup, PortalLink, Rule, When};
use crate::span::Span;

/// A part of a portal link in text reads as a character reference.
pub const RULE: Rule = Rule {
    name: "broken-entity",
    level: Level::Error,
    when: When::On,
    summary: "a part of a portal link in text reads as a quotation mark or as `>`",
    page: include_str!("../../fixtures/rules/broken-entity.md"),
    check: Check::Link(check),
};

fn check(cx: &Checkup<'_>, it: &PortalLink<'_>, found: &mut Vec<Diagnostic>) {
    if it.link.form != LinkForm::Current || !it.is_broken_by_reference() {
        return;
    }
    let message = "a reader sees this link broken: part of `&quote_id` or `&gtoken` reads as a quotation mark or `>`";
    let span = it.link.at.span;
    let bytes = cx.slice(span);
    // `&quot` and `&gt` without a semicolon count in text; with one they were meant.
    let edits: Vec<Edit> = memchr::memchr_iter(b'&', bytes)
        .filter(|&at| {
            let rest = &bytes[at + 1..];
            ["quot", "gt", "lt"]
                .iter()
                .any(|name| rest.starts_with(name.as_bytes()) && rest.get(name.len()) != Some(&b';'))
        })
        .map(|at| {
            let after = span.start as usize + at + 1;
            Edit::new(Span::new(after, after), "amp;")
        })
        .collect();
    let finding = RULE.at(span, message).help("write `&amp;` for each `&` of the link");
    found.push(if edits.is_empty() { finding } else { finding.fix("write `&amp;`", Safety::Safe, edits) });
}
