//! Finds elements that hide their text, such as the preview line of a message, and are never closed.

use crate::html::element::{Element, Elements};
use crate::html::scan::RegionKind;
use crate::lint::{Context, Tag};
use crate::source::edit::Edit;
use crate::span::Span;

/// Elements that only their own end tag closes.
const HIDING: Elements = Elements::of(&[Element::Div, Element::Center, Element::Section, Element::Article]);

/// Cells and tables, which close whatever is open in them.
const CELLS: Elements = Elements::of(&[Element::Td, Element::Th, Element::Table]);

/// How many open elements an end tag is compared with.
const DEPTH: usize = 64;

/// An open element and its region.
type OpenElement = (Element, usize);

/// The start tags of such elements, each with an edit that closes it where it was most likely meant to end: before the
/// first tag after its text.
pub(super) fn unclosed(cx: &Context<'_>) -> Vec<(Tag, Option<Edit>)> {
    let hidden: Vec<usize> = cx
        .elements(HIDING)
        .filter(|tag| !tag.conditional && is_hidden(cx, tag))
        .map(|tag| tag.region as usize)
        .collect();
    if hidden.is_empty() {
        return Vec::new();
    }
    let open = open_from_hidden(cx, &hidden).unwrap_or_else(|| open_elements(cx));
    let hidden =
        open.into_iter().filter(|(name, region)| HIDING.contains(*name) && hidden.binary_search(region).is_ok());
    hidden.filter_map(|(_, at)| tag_in(cx, at).map(|tag| (tag, likely_end(cx, &tag, at)))).collect()
}

/// The elements that are open at the end, as far as they begin with a hidden one. Most hidden elements end soon, so
/// little of a template matters. `None` if an end tag may belong to an element further out.
fn open_from_hidden(cx: &Context<'_>, hidden: &[usize]) -> Option<Vec<OpenElement>> {
    let mut open: Vec<OpenElement> = Vec::new();
    let mut next = 0;
    for &start in hidden {
        if start < next {
            continue;
        }
        next = start;
        loop {
            if let Some((name, is_end)) = tracked_in(cx, next) {
                if !is_end {
                    open.push((name, next));
                } else if !close(&mut open, name) && open.len() < DEPTH {
                    return None;
                }
            }
            next += 1;
            if open.is_empty() || next >= cx.document.regions().len() {
                break;
            }
        }
    }
    Some(open)
}

/// All elements that are open at the end.
fn open_elements(cx: &Context<'_>) -> Vec<OpenElement> {
    let mut open = Vec::new();
    for region in 0..cx.document.regions().len() {
        match tracked_in(cx, region) {
            Some((name, false)) => open.push((name, region)),
            Some((name, true)) => drop(close(&mut open, name)),
            None => {}
        }
    }
    open
}

/// Closes the innermost element with a name, and what is open in it; `false` if no such element is near.
fn close(open: &mut Vec<OpenElement>, name: Element) -> bool {
    let mut near = open.iter().rev().take(DEPTH);
    // The end of a table closes its cells, and the end of a cell closes what is open in it.
    let Some(depth) = near.position(|(other, _)| *other == name) else { return false };
    let is_cell = CELLS.contains(name);
    let blocked = open.iter().rev().take(depth).any(|(other, _)| CELLS.contains(*other));
    if is_cell || !blocked {
        open.truncate(open.len() - depth - 1);
    }
    true
}

/// Which of these elements begins or ends in a region, for all programs; `true` if it ends.
fn tracked_in(cx: &Context<'_>, index: usize) -> Option<(Element, bool)> {
    let region = cx.document.regions().get(index)?;
    let is_tracked = HIDING.contains(region.element) || CELLS.contains(region.element);
    (is_tracked && !region.conditional).then_some((region.element, region.kind == RegionKind::EndTag))
}

fn tag_in(cx: &Context<'_>, index: usize) -> Option<Tag> {
    Tag::of(cx.bytes(), cx.document.regions().get(index)?, index)
}

/// Whether the style of a tag hides its element.
fn is_hidden(cx: &Context<'_>, tag: &Tag) -> bool {
    // Without branches, this compares sixteen bytes at once.
    let text = cx.slice(tag.span);
    let pairs = text.iter().zip(text.get(1..).unwrap_or_default());
    let may_hide = pairs.fold(false, |found, (colon, next)| {
        found | ((*colon == b':') & ((next | 0x20 == b'n') | next.is_ascii_whitespace()))
    });
    if !may_hide {
        return false;
    }
    let style = cx.attribute(tag, "style").and_then(|style| style.value);
    let written = style.map(|style| cx.slice(style)).unwrap_or_default().iter();
    let plain: Vec<u8> = written.filter(|byte| !byte.is_ascii_whitespace()).map(u8::to_ascii_lowercase).collect();
    memchr::memmem::find(&plain, b"display:none").is_some()
}

fn likely_end(cx: &Context<'_>, tag: &Tag, region: usize) -> Option<Edit> {
    let rest = cx.document.regions().get(region + 1..)?;
    let next = rest.iter().find(|region| matches!(region.kind, RegionKind::StartTag | RegionKind::EndTag))?;
    let text = Span { start: tag.span.end, end: next.span.start };
    let written = cx.slice(text).trim_ascii_end();
    let at = text.start as usize + written.len();
    let is_words = !written.is_empty() && !written.contains(&b'<');
    is_words.then(|| Edit::new(Span::new(at, at), format!("</{}>", cx.document.text(tag.name))))
}
