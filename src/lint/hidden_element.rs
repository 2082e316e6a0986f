//! Finds elements that hide their text, such as the preview line of a message, and are never closed.

use crate::html::element::{Element, Elements};
use crate::html::scan::RegionKind;
use crate::lint::{Context, Tag};
use crate::source::edit::Edit;
use crate::span::Span;

/// Elements that only their own end tag closes.
const BLOCKS: Elements = Elements::of(&[Element::Div, Element::Center, Element::Section, Element::Article]);

/// Elements that close whatever is open in them.
const CELLS: Elements = Elements::of(&[Element::Td, Element::Th, Element::Table]);

/// How many open elements an end tag is compared with.
const DEPTH: usize = 64;

/// The start tags of such elements, each with an edit that closes it where it was most likely meant to end: before the
/// first tag after its text.
pub(super) fn unclosed(cx: &Context<'_>) -> Vec<(Tag, Option<Edit>)> {
    let regions = cx.document.regions();
    let mut open: Vec<(Element, usize)> = Vec::new();
    for (index, region) in regions.iter().enumerate() {
        let element = region.element;
        let is_cell = CELLS.contains(element);
        if !(is_cell || BLOCKS.contains(element)) || region.conditional {
            continue;
        }
        if region.kind == RegionKind::StartTag {
            open.push((element, index));
            continue;
        }
        let mut near = open.iter().rev().take(DEPTH);
        // The end of a table closes its cells, and the end of a cell closes what is open in it.
        let found = near.position(|(other, _)| *other == element);
        let blocked = open.iter().rev().take(found.unwrap_or(0)).any(|(other, _)| CELLS.contains(*other));
        if let Some(depth) = found.filter(|_| is_cell || !blocked) {
            open.truncate(open.len() - depth - 1);
        }
    }
    let blocks = open.into_iter().filter(|(element, _)| BLOCKS.contains(*element));
    let tags = blocks.filter_map(|(_, index)| Some((cx.tag_at(index)?, index)));
    let hidden = tags.filter(|(tag, _)| is_hidden(cx, tag));
    let next_tag = |index: usize| regions[index + 1..].iter().find(|region| region.is_tag());
    hidden.map(|(tag, index)| (tag, likely_end(cx, &tag, next_tag(index).map(|next| next.span)))).collect()
}

/// Whether the style of a tag hides its element.
fn is_hidden(cx: &Context<'_>, tag: &Tag) -> bool {
    let style = cx.attribute(tag, "style").and_then(|style| style.value);
    let written = style.map(|style| cx.slice(style)).unwrap_or_default().iter();
    let plain: Vec<u8> = written.filter(|byte| !byte.is_ascii_whitespace()).map(u8::to_ascii_lowercase).collect();
    memchr::memmem::find(&plain, b"display:none").is_some()
}

fn likely_end(cx: &Context<'_>, tag: &Tag, next: Option<Span>) -> Option<Edit> {
    let text = Span { start: tag.span.end, end: next?.start };
    let written = cx.slice(text).trim_ascii_end();
    let at = text.start as usize + written.len();
    let is_words = !written.is_empty() && !written.contains(&b'<');
    is_words.then(|| Edit::new(Span::new(at, at), format!("</{}>", cx.document.text(tag.name))))
}
