//! A script in a mail, which mail programs remove.

use crate::diagnostic::{Diagnostic, Level};
use crate::html::element::{Element, Elements};
use crate::html::scan::Attribute;
use crate::lint::{Check, Context, Rewrite, Rule, Tag, When};

/// A template contains a script.
pub const RULE: Rule = Rule {
    name: "script-in-mail",
    level: Level::Warning,
    also: &[],
    when: When::On,
    rewrite: Rewrite::Leaves,
    summary: "the template has a script, which email programs remove",
    page: include_str!("../../../fixtures/rules/script-in-mail.md"),
    checks: &[Check::Elements(Elements::of(&[Element::Script]), check), Check::Handlers(handler)],
};

fn check(cx: &Context<'_>, script: &Tag, found: &mut Vec<Diagnostic>) {
    if !is_data(cx, script) {
        found.push(
            RULE.at(script.span, "email programs remove this script")
                .help("delete it; link to a page that does the same"),
        );
    }
}

fn handler(cx: &Context<'_>, tag: &Tag, first: &Attribute, found: &mut Vec<Diagnostic>) {
    let mut attributes = cx.attributes(tag).filter(|attribute| attribute.name.start >= first.name.start);
    let handler = attributes.find(|attribute| attribute.value.is_some() && is_handler(cx.slice(attribute.name)));
    if let Some(handler) = handler {
        let name = cx.document.text(handler.name).into_owned();
        let help = match ["a", "area", "button"].into_iter().any(|element| cx.is_named(tag, element)) {
            true => format!("delete `{name}`; put the address of the link in `href`"),
            false => format!("delete `{name}`"),
        };
        found.push(RULE.at(handler.name, format!("email programs remove the script in `{name}`")).help(help));
    }
}

/// Whether it is data for mail programs, such as the date of an appointment, and not a script.
fn is_data(cx: &Context<'_>, script: &Tag) -> bool {
    let kind = cx.attribute(script, "type").and_then(|kind| kind.value);
    kind.is_some_and(|kind| cx.value(kind).to_ascii_lowercase().contains("json"))
}

fn is_handler(name: &[u8]) -> bool {
    const EVENTS: [&str; 14] = [
        "click", "dblclick", "mouse", "key", "load", "error", "submit", "focus", "blur", "change", "resize", "scroll",
        "touch", "pointer",
    ];
    let Some(([first, second], event)) = name.split_first_chunk() else { return false };
    let starts =
        |known: &str| event.get(..known.len()).is_some_and(|event| event.eq_ignore_ascii_case(known.as_bytes()));
    first.eq_ignore_ascii_case(&b'o') && second.eq_ignore_ascii_case(&b'n') && EVENTS.into_iter().any(starts)
}
