//! `&quote_id` in text, which a reader's mail program shows as `"e_id`.

use crate::diagnostic::{Diagnostic, Level, Safety};
use crate::lint::{Check, Context, PortalLink, Rewrite, Rule, When};
use crate::parse::deep_link::LinkForm;
use crate::source::edit::Edit;
use crate::span::Span;

/// In text, part of a portal link reads as a character reference.
pub const RULE: Rule = Rule {
    name: "broken-entity",
    level: Level::Error,
    also: &[],
    when: When::On,
    rewrite: Rewrite::Leaves,
    summary: "part of a portal link in text reads as a quotation mark or as `>`",
    page: include_str!("../../../fixtures/rules/broken-entity.md"),
    checks: &[Check::Link(check)],
};

fn check(cx: &Context<'_>, portal_link: &PortalLink<'_>, found: &mut Vec<Diagnostic>) {
    if portal_link.link.form != LinkForm::Current || !portal_link.is_broken_by_reference() {
        return;
    }
    let bytes = cx.slice(portal_link.link.at.span);
    // In text, `&quot` and `&gt` count without a semicolon; with one, they were intended.
    let broken: Vec<(usize, &str)> = memchr::memchr_iter(b'&', bytes)
        .filter_map(|at| {
            let rest = &bytes[at + 1..];
            let is_read = |name: &&str| rest.starts_with(name.as_bytes()) && rest.get(name.len()) != Some(&b';');
            REFERENCES.into_iter().find(is_read).map(|name| (portal_link.link.at.span.start as usize + at, name))
        })
        .collect();
    let Some(&(first, name)) = broken.first() else {
        let message = "this link looks broken to readers: it contains a quotation mark or a `>`";
        found.push(RULE.at(portal_link.link.at.span, message).help("write `&amp;` for each `&` in the link"));
        return;
    };
    let edits = broken.iter().map(|(at, _)| Edit::new(Span::new(at + 1, at + 1), "amp;")).collect();
    let character = if name == "quot" { "a quotation mark" } else { "a `>`" };
    let message = format!("this link looks broken to readers: its `&{name}` reads as {character}");
    found.push(RULE.at(Span::new(first, first + 1 + name.len()), message).help("write `&amp;`").fix(
        "write `&amp;`",
        Safety::Safe,
        edits,
    ));
}

/// The references that a parameter of a portal link can begin with.
const REFERENCES: [&str; 2] = ["quot", "gt"];
