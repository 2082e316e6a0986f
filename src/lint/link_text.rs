//! Link text that repeats the link's address, and has to change with it.

use crate::html::scan::{self, Region, RegionKind};
use crate::parse::deep_link::{self, Ampersand, DeepLink};
use crate::parse::document::{AttributeRole, Document, Place};
use crate::source::edit::Edit;
use crate::source::{Source, SourceKind};
use crate::span::Span;

/// The link after its edits, with character references decoded.
pub(crate) fn after_edits(source: &Source, span: Span, edits: &[Edit]) -> String {
    let mut sorted: Vec<&Edit> = edits.iter().collect();
    sorted.sort_by_key(|edit| edit.span);
    let mut text = String::new();
    let mut done = span.start;
    for edit in sorted {
        text.push_str(&source.text(Span { start: done, end: edit.span.start.max(done) }));
        text.push_str(&edit.text);
        done = edit.span.end;
    }
    text.push_str(&source.text(Span { start: done, end: span.end.max(done) }));
    let text = text.trim_matches('"');
    if source.kind() == SourceKind::Html { htmlize::unescape_attribute(text).into_owned() } else { text.to_owned() }
}

/// The text of an anchor that repeats the URL of its link: where it is, and what it becomes.
pub(crate) fn same_text(document: &Document, link: &DeepLink, after: &str) -> Option<(Span, String)> {
    let Place::Attribute(attribute) = link.at.place else { return None };
    if attribute.role != AttributeRole::Link {
        return None;
    }
    let bytes = document.source().bytes();
    let is_anchor = |tag: Span| bytes[scan::tag_name(bytes, tag).range()].eq_ignore_ascii_case(b"a");
    let regions = document.regions();
    let tag = regions.partition_point(|region| region.span.start < attribute.tag.start);
    // Editors put formatting between a link and its text, so the only text inside may be deeper.
    let inside = regions.get(tag + 1..)?;
    let end = inside.iter().take(32).position(|region| region.kind == RegionKind::EndTag && is_anchor(region.span))?;
    let inside = &inside[..end];
    if inside.iter().any(|region| region.kind == RegionKind::StartTag && is_anchor(region.span)) {
        return None; // the text belongs to the inner link
    }
    let is_blank = |region: &&Region| bytes[region.span.range()].trim_ascii().is_empty();
    let mut texts = inside.iter().filter(|region| region.kind == RegionKind::Text && !is_blank(region));
    let (Some(text), None) = (texts.next(), texts.next()) else { return None };
    let is_plain = |region: &Region| {
        matches!(region.kind, RegionKind::Text | RegionKind::StartTag | RegionKind::EndTag) && !region.conditional
            || region.conditional == text.conditional && region.kind != RegionKind::Comment
    };
    if !is_anchor(attribute.tag) || !inside.iter().all(is_plain) {
        return None;
    }
    let raw = &bytes[text.span.range()];
    let start = text.span.start as usize + raw.len() - raw.trim_ascii_start().len();
    let span = Span::new(start, start + raw.trim_ascii().len());
    let written = document.text(span);
    if htmlize::unescape(&*written) != link.text() {
        return None;
    }
    let plain = written.contains('&') && !written.contains("&amp;");
    Some((span, deep_link::escape(after, if plain { Ampersand::Plain } else { Ampersand::Escaped })))
}
