//! An image without alternative text for readers who do not see it.

use crate::diagnostic::{Diagnostic, Level};
use crate::html::element::{Element, Elements};
use crate::lint::{Check, Context, Rewrite, Rule, Tag, When};

/// An image has no `alt`.
pub const RULE: Rule = Rule {
    name: "missing-alt",
    level: Level::Note,
    also: &[],
    when: When::OncePerFile,
    rewrite: Rewrite::Leaves,
    summary: "an image has no `alt`, the text that shows while images are off",
    page: include_str!("../../../fixtures/rules/missing-alt.md"),
    checks: &[Check::Elements(Elements::of(&[Element::Img]), check)],
};

fn check(cx: &Context<'_>, image: &Tag, found: &mut Vec<Diagnostic>) {
    if cx.attribute(image, "alt").is_none() && !is_unseen(cx, image) {
        found.push(
            RULE.at(image.span, "this image has no `alt`, so readers cannot tell what it shows while images are off")
                .help("add `alt=\"…\"` with a description, or `alt=\"\"` if it is only decoration"),
        );
    }
}

/// Whether an image is not meant to be seen: a tracking pixel or a spacer.
fn is_unseen(cx: &Context<'_>, image: &Tag) -> bool {
    let value =
        |name: &str| cx.attribute(image, name).and_then(|attribute| attribute.value).map(|value| cx.value(value));
    let is_dot = |name: &str| value(name).is_some_and(|size| matches!(size.trim_end_matches("px"), "0" | "1"));
    let hides = value("style").is_some_and(|style| {
        let style: String =
            style.chars().filter(|character| !character.is_whitespace()).flat_map(char::to_lowercase).collect();
        style.split(';').any(|rule| {
            matches!(rule, "display:none" | "visibility:hidden" | "width:1px" | "height:1px" | "width:0" | "height:0")
        })
    });
    let is_hidden = value("aria-hidden").is_some() || value("role").is_some_and(|role| role == "presentation");
    is_dot("width") || is_dot("height") || hides || is_hidden
}
