//! Links written as text.

use std::borrow::Cow;

use crate::html::scan::Region;
use crate::parse::document::{Flaw, LinkSpan, Part, Place};
use crate::source::Source;
use crate::span::Span;

/// How far before `deeplink` a link in text may begin.
pub(super) const LINK_HEAD_LIMIT: usize = 512;

/// Links in text: from their scheme to white space, including placeholders that contain spaces.
pub(super) fn text_links(
    source: &Source,
    regions: &[Region],
    parts: &[Part],
    hits: &[(usize, Place, bool)],
    links: &mut Vec<LinkSpan>,
) {
    let bytes = source.bytes();
    let mut resume = 0;
    let mut found = Vec::new();
    // Encoded like the template.
    let quotes = ["\u{2018}", "\u{2019}", "\u{201c}", "\u{201d}", "\u{ab}", "\u{bb}"].map(|quote| source.encode(quote));
    for &(at, place, conditional) in hits {
        if at < resume {
            continue;
        }
        let bounds = region_around(regions, at, bytes.len());
        let left = (bounds.start as usize).max(resume).max(at.saturating_sub(LINK_HEAD_LIMIT));
        let head = &bytes[left..at + 1];
        let run = head.iter().rposition(|&byte| ends_link(byte)).map_or(left, |index| left + index + 1);
        let (end, last_part_end) = end_of_run(&bytes[..bounds.end as usize], parts, run, at, place);
        resume = end;
        let scheme = scheme_in(&bytes[run..end]);
        let Some(scheme) = scheme.filter(|&offset| run + offset <= at) else {
            // The link begins after this word, and the next word may be part of a link itself.
            resume = scheme.map_or(resume, |offset| run + offset);
            continue;
        };
        let start = run + scheme;
        let opened = bytes[run..end].contains(&b'(') && scheme == 0;
        let end = before_punctuation(bytes, start, end, last_part_end, opened, &quotes);
        found.push(LinkSpan { span: Span::new(start, end), place, conditional });
    }
    if links.is_empty() {
        *links = found;
    } else {
        links.append(&mut found);
        links.sort_by_key(|link| link.span);
    }
}

/// The region that a byte is in.
fn region_around(regions: &[Region], at: usize, length: usize) -> Span {
    let region = regions.partition_point(|region| region.span.end as usize <= at);
    let around = regions.get(region).map(|region| region.span).filter(|span| span.contains(at));
    // Plain text has no regions, and the settings at the top of a template come before the first.
    let start = regions.first().map_or(length, |first| first.span.start as usize);
    around.unwrap_or(Span::new(0, start))
}

/// Where the run of text without white space that began at `run` ends, and where its last placeholder ends; the search
/// for both starts at `at`.
fn end_of_run(bytes: &[u8], parts: &[Part], run: usize, at: usize, place: Place) -> (usize, usize) {
    let mut end = at;
    let mut next_part = parts.partition_point(|part| (part.span.start as usize) < run);
    let mut last_part_end = 0;
    while end < bytes.len() {
        while next_part < parts.len() && (parts[next_part].span.end as usize) <= end {
            next_part += 1;
        }
        if let Some(part) = parts.get(next_part)
            && part.span.start as usize <= end
            && part.spelling().is_some_and(|spelling| !spelling.flaws.contains(&Flaw::SplitByTags))
        {
            end = part.span.end as usize;
            last_part_end = end;
            continue;
        }
        let rest = &bytes[end..];
        let entity_ends = place == Place::Text
            && rest[0] == b'&'
            && [&b"&nbsp;"[..], b"&lt;", b"&gt;", b"&quot;", b"&#160;"].iter().any(|end| rest.starts_with(end));
        if ends_link(rest[0]) || entity_ends {
            break;
        }
        end += 1;
    }
    (end, last_part_end)
}

/// The position of the first scheme in a link.
fn scheme_in(run: &[u8]) -> Option<usize> {
    let lower = run.to_ascii_lowercase();
    [&b"http://"[..], b"https://", b"ddportal:"].iter().filter_map(|scheme| memchr::memmem::find(&lower, scheme)).min()
}

/// The end of a link without the punctuation of the sentence around it; a placeholder is never cut. `opened` says that
/// a closing parenthesis may belong to the link.
fn before_punctuation(
    bytes: &[u8],
    start: usize,
    mut end: usize,
    last_part_end: usize,
    opened: bool,
    quotes: &[Cow<'_, [u8]>],
) -> usize {
    let count = |bracket: u8| memchr::memchr_iter(bracket, &bytes[start..end]).count();
    // Brackets that close more than the link has opened.
    let mut extra = [(b']', count(b']').saturating_sub(count(b'['))), (b'}', count(b'}').saturating_sub(count(b'{')))];
    while end > start.max(last_part_end) {
        let last = bytes[end - 1];
        if b".,;:!?'".contains(&last) || (last == b')' && !opened) {
            end -= 1;
        } else if let Some((_, left)) = extra.iter_mut().find(|(bracket, left)| *bracket == last && *left > 0) {
            *left -= 1;
            end -= 1;
        } else if let Some(quote) = quotes.iter().find(|quote| bytes[..end].ends_with(quote)) {
            end = end.saturating_sub(quote.len()).max(start).max(last_part_end);
        } else {
            break;
        }
    }
    end
}

pub(super) fn ends_link(byte: u8) -> bool {
    byte.is_ascii_whitespace() || matches!(byte, b'<' | b'>' | b'"')
}
