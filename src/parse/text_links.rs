//! Links written as text.

use crate::html::scan::Region;
use crate::invisible::is_invisible;
use crate::parse::document::{Flaw, LinkSpan, Part, Place};
use crate::source::Source;
use crate::source::decoded::{character_len, reference_len};
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
    for &(at, place, conditional) in hits {
        if at < resume {
            continue;
        }
        let bounds = region_around(regions, at, bytes.len());
        let left = (bounds.start as usize).max(resume).max(at.saturating_sub(LINK_HEAD_LIMIT));
        let head = &bytes[left..at + 1];
        let run = head.iter().rposition(|&byte| ends_link(byte)).map_or(left, |index| left + index + 1);
        let run = after_space(source, run, at, place);
        let (end, last_part_end) = end_of_run(source, bounds.end as usize, parts, run..at, place);
        resume = end;
        let scheme = scheme_in(&bytes[run..end]);
        let Some(scheme) = scheme.filter(|&offset| run + offset <= at) else {
            // The link begins after this word, and the next word may be part of a link itself.
            resume = scheme.map_or(resume, |offset| run + offset);
            continue;
        };
        let start = run + scheme;
        let opened = bytes[run..end].contains(&b'(') && scheme == 0;
        let end = before_punctuation(source, Span::new(start, end), last_part_end, opened, place);
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

/// Where the word around a byte begins, after the last non-ASCII space: `&emsp;`, U+00A0.
fn after_space(source: &Source, run: usize, at: usize, place: Place) -> usize {
    let bytes = source.bytes();
    let (mut start, mut next) = (run, run);
    while next < at {
        let length = match bytes[next] {
            b'&' if place == Place::Text => reference_len(&bytes[next..]),
            byte if byte.is_ascii() => 1,
            _ => character_len(source, &bytes[next..]),
        };
        let is_space = length > 1 || !bytes[next].is_ascii();
        if is_space && is_space_at(source, next, length) {
            start = (next + length).min(at);
        }
        next += length;
    }
    start
}

/// Whether some bytes are a space, an angle bracket or a quote, at which a link ends.
fn is_space_at(source: &Source, at: usize, length: usize) -> bool {
    let text = source.decode(&source.bytes()[at..at + length]);
    let read = if text.ends_with(';') { htmlize::unescape(&*text) } else { text };
    let mut characters = read.chars();
    let is_end = |character: char| character.is_whitespace() || "<>\"".contains(character);
    characters.next().is_some_and(is_end) && characters.next().is_none()
}

/// The end of the text without white space that begins with `run`, and the end of the last placeholder in it. The
/// search begins at the end of `run`.
fn end_of_run(
    source: &Source,
    limit: usize,
    parts: &[Part],
    run: std::ops::Range<usize>,
    place: Place,
) -> (usize, usize) {
    let bytes = &source.bytes()[..limit];
    let mut end = run.end;
    let mut next_part = parts.partition_point(|part| (part.span.start as usize) < run.start);
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
        let length = match bytes[end] {
            b'&' if place == Place::Text => reference_len(&bytes[end..]),
            byte if byte.is_ascii() => 1,
            _ => character_len(source, &bytes[end..]),
        };
        let is_wide = length > 1 || !bytes[end].is_ascii();
        if ends_link(bytes[end]) || is_wide && is_space_at(source, end, length) {
            break;
        }
        // A placeholder may begin right after the ampersand.
        end += if bytes[end] == b'&' { 1 } else { length };
    }
    (end, last_part_end)
}

/// The position of the first scheme in a link.
fn scheme_in(run: &[u8]) -> Option<usize> {
    let lower = run.to_ascii_lowercase();
    [&b"http://"[..], b"https://", b"ddportal:"].iter().filter_map(|scheme| memchr::memmem::find(&lower, scheme)).min()
}

/// The end of a link without what belongs to the sentence around it; a placeholder is never cut. `opened` tells that a
/// closing parenthesis may be the link's own.
fn before_punctuation(source: &Source, link: Span, last_part_end: usize, opened: bool, place: Place) -> usize {
    let bytes = source.bytes();
    let (start, mut end) = (link.start as usize, link.end as usize);
    let count = |bracket: u8| memchr::memchr_iter(bracket, &bytes[start..end]).count();
    // Closing brackets that the link has not opened.
    let mut extra = [(']', count(b']').saturating_sub(count(b'['))), ('}', count(b'}').saturating_sub(count(b'{')))];
    let least = start.max(last_part_end);
    while end > least {
        let Some((character, length)) = last_character(source, Span::new(least, end), place) else { break };
        // No address contains such a character unencoded, but invisible ones may have been copied with it.
        let is_mark = !character.is_ascii()
            && !character.is_alphanumeric()
            && !is_invisible(character)
            && character != char::REPLACEMENT_CHARACTER;
        if is_mark || ".,;:!?'".contains(character) || (character == ')' && !opened) {
            end -= length;
        } else if let Some((_, left)) = extra.iter_mut().find(|(bracket, left)| *bracket == character && *left > 0) {
            *left -= 1;
            end -= length;
        } else {
            break;
        }
    }
    end
}

/// The last character of a span, and its length in bytes; in HTML it may be a reference, such as `&rdquo;`.
fn last_character(source: &Source, span: Span, place: Place) -> Option<(char, usize)> {
    /// The length of the longest reference that is recognized.
    const LONGEST: usize = 12;
    let bytes = &source.bytes()[span.range()];
    if place == Place::Text && bytes.ends_with(b";") {
        let near = bytes.len().saturating_sub(LONGEST);
        let start = memchr::memrchr(b'&', &bytes[near..]).map(|at| near + at);
        let written = start.map(|start| source.decode(&bytes[start..])).unwrap_or_default();
        let read = htmlize::unescape(&*written);
        let mut characters = read.chars();
        if let (Some(character), None) = (characters.next(), characters.next())
            && !written.is_empty()
            && character != '&'
        {
            return Some((character, written.len()));
        }
    }
    let near = bytes.len().saturating_sub(4);
    let last = &bytes[near..];
    let length = if source.is_utf8() { last.iter().rev().take_while(|byte| *byte >> 6 == 2).count() + 1 } else { 1 };
    let text = source.decode(last.get(last.len().checked_sub(length)?..)?);
    text.chars().next_back().map(|character| (character, length))
}

pub(super) fn ends_link(byte: u8) -> bool {
    byte.is_ascii_whitespace() || matches!(byte, b'<' | b'>' | b'"')
}
