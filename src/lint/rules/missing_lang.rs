//! A template that does not declare its language.

use crate::diagnostic::{Diagnostic, Level};
use crate::html::element::{Element, Elements};
use crate::lint::{Check, Context, Rewrite, Rule, When};

/// The template does not declare its language.
pub const RULE: Rule = Rule {
    name: "missing-lang",
    level: Level::Note,
    also: &[],
    when: When::Off,
    rewrite: Rewrite::Leaves,
    summary: "the template does not say which language it is in",
    page: include_str!("../../../fixtures/rules/missing-lang.md"),
    checks: &[Check::Template(check)],
};

fn check(cx: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let Some(html) = cx.elements(Elements::of(&[Element::Html])).find(|html| !html.conditional) else { return };
    let says = |name: &str| {
        let value = cx.attribute(html, name).and_then(|language| language.value);
        value.is_some_and(|value| !cx.slice(value).trim_ascii().is_empty())
    };
    if !says("lang") && !says("xml:lang") {
        found.push(
            RULE.at(html.span, "this template does not say which language it is in")
                .help("write `<html lang=\"en\">`, with the language that you write in"),
        );
    }
}
