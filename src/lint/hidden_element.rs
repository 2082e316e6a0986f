//! Finds elements that hide their text, such as the preview line of a message, and are never closed.

use crate::lint::{Context, Tag};
use crate::source::edit::Edit;
use crate::span::Span;

/// Elements that only their own end tag closes, then cells and tables, which close whatever is open in them.
const TRACKED: [&str; 7] = ["div", "center", "section", "article", "td", "th", "table"];

/// The index of the first element that is a cell or table.
const CELLS: usize = 4;

/// How many open elements an end tag is compared with.
const DEPTH: usize = 64;

/// The start tags of such elements, each with an edit that closes it where it was most likely meant to end: before the
/// first tag after its text.
pub(super) fn unclosed<'c>(cx: &'c Context<'_>) -> Vec<(&'c Tag, Option<Edit>)> {
    let mut open: Vec<(usize, usize, &Tag)> = Vec::new();
    for (index, tag) in cx.tags().iter().enumerate().filter(|(_, tag)| !tag.conditional) {
        let Some(name) = tracked(cx.slice(tag.name)) else { continue };
        if !tag.is_end {
            open.push((name, index, tag));
            continue;
        }
        let mut near = open.iter().rev().take(DEPTH);
        // The end of a table closes its cells, and the end of a cell closes what is open in it.
        let found = near.position(|(other, ..)| *other == name);
        let is_cell = name >= CELLS;
        let blocked = open.iter().rev().take(found.unwrap_or(0)).any(|(other, ..)| *other >= CELLS);
        if let Some(depth) = found.filter(|_| is_cell || !blocked) {
            open.truncate(open.len() - depth - 1);
        }
    }
    let hidden = open.into_iter().filter(|(name, _, tag)| *name < CELLS && is_hidden(cx, tag));
    hidden.map(|(_, index, tag)| (tag, likely_end(cx, tag, cx.tags().get(index + 1)))).collect()
}

/// Which of the tracked elements has a name.
fn tracked(name: &[u8]) -> Option<usize> {
    match name.len() {
        2 | 3 | 5..=7 => TRACKED.iter().position(|known| known.as_bytes().eq_ignore_ascii_case(name)),
        _ => None,
    }
}

/// Whether the style of a tag hides its element.
fn is_hidden(cx: &Context<'_>, tag: &Tag) -> bool {
    let style = cx.attribute(tag, "style").and_then(|style| style.value);
    let written = style.map(|style| cx.slice(style)).unwrap_or_default().iter();
    let plain: Vec<u8> = written.filter(|byte| !byte.is_ascii_whitespace()).map(u8::to_ascii_lowercase).collect();
    memchr::memmem::find(&plain, b"display:none").is_some()
}

fn likely_end(cx: &Context<'_>, tag: &Tag, next: Option<&Tag>) -> Option<Edit> {
    let text = Span { start: tag.span.end, end: next?.span.start };
    let written = cx.slice(text).trim_ascii_end();
    let at = text.start as usize + written.len();
    let is_words = !written.is_empty() && !written.contains(&b'<');
    is_words.then(|| Edit::new(Span::new(at, at), format!("</{}>", cx.document.text(tag.name))))
}
