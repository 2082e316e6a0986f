//! A link without anything that a reader could see or hear.

use crate::diagnostic::{Diagnostic, Level};
use crate::html::scan::{Region, RegionKind};
use crate::lint::{Anchor, Check, Context, Rewrite, Rule, Tag, When};

/// A link has no text.
pub const RULE: Rule = Rule {
    name: "empty-link",
    level: Level::Note,
    also: &[],
    when: When::OncePerFile,
    rewrite: Rewrite::Leaves,
    summary: "a link has neither text nor an image that describes it",
    page: include_str!("../../../fixtures/rules/empty-link.md"),
    checks: &[Check::Anchors(check)],
};

fn check(cx: &Context<'_>, anchor: &Anchor, found: &mut Vec<Diagnostic>) {
    let (Some(href), Some(inside)) = (anchor.href, cx.between(anchor)) else { return };
    if cx.slice(href).trim_ascii().is_empty() {
        return;
    }
    match content(cx, inside) {
        LinkContent::Some => {}
        _ if shows_otherwise(cx, anchor) => {}
        LinkContent::None => found.push(
            RULE.at(anchor.tag.span, "this link has no text, so readers cannot see or click it")
                .help("add text to it, or delete it"),
        ),
        LinkContent::NamelessImage => found.push(
            RULE.at(
                anchor.tag.span,
                "this link is an image without alternative text, so nothing shows while images are off",
            )
            .help("describe in the `alt` of the image where the link leads"),
        ),
    }
}

/// What is in a link.
enum LinkContent {
    None,
    /// An image whose `alt` is empty.
    NamelessImage,
    Some,
}

fn content(cx: &Context<'_>, inside: &[Region]) -> LinkContent {
    let mut content = LinkContent::None;
    for region in inside {
        match region.kind {
            RegionKind::Text if cx.slice(region.span).trim_ascii().is_empty() => {}
            RegionKind::Comment | RegionKind::BogusComment | RegionKind::EndTag => {}
            RegionKind::StartTag if is_nameless(cx, region) => content = LinkContent::NamelessImage,
            RegionKind::StartTag if is_wrapping(cx, region) => {}
            _ => return LinkContent::Some,
        }
    }
    content
}

fn tag(cx: &Context<'_>, region: &Region) -> Option<Tag> {
    cx.tag_around(region.span.start)
}

/// Whether an image is marked as decorative with an empty `alt`. An image without `alt` is a different problem.
fn is_nameless(cx: &Context<'_>, region: &Region) -> bool {
    let alt = tag(cx, region).filter(|tag| cx.is_named(tag, "img")).and_then(|tag| cx.attribute(&tag, "alt"));
    alt.is_some_and(|alt| alt.value.is_none_or(|value| cx.slice(value).trim_ascii().is_empty()))
}

/// Whether a tag by itself shows nothing.
fn is_wrapping(cx: &Context<'_>, region: &Region) -> bool {
    const WRAPPING: [&str; 12] = ["span", "b", "i", "u", "strong", "em", "font", "br", "div", "p", "o:p", "small"];
    tag(cx, region).is_some_and(|tag| WRAPPING.iter().any(|name| cx.is_named(&tag, name)) && !has_style(cx, &tag))
}

/// Whether a link is visible without text, has its name elsewhere, or is a jump target.
fn shows_otherwise(cx: &Context<'_>, anchor: &Anchor) -> bool {
    let named = ["name", "id", "class", "aria-label", "title"];
    named.into_iter().any(|name| cx.attribute(&anchor.tag, name).is_some()) || has_style(cx, &anchor.tag)
}

/// Whether a style may draw something although there is no text.
fn has_style(cx: &Context<'_>, tag: &Tag) -> bool {
    let style = cx.attribute(tag, "style").and_then(|style| style.value);
    style.is_some_and(|style| {
        let style = cx.document.text(style).to_ascii_lowercase();
        ["background", "display", "border", "height", "position"].into_iter().any(|word| style.contains(word))
    })
}
