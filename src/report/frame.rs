//! The lines around a finding or a change that are shown; of long lines, only the part nearby.

use std::ops::Range;

use crate::secret::mask;
use crate::source::Source;
use crate::source::edit::Edit;
use crate::span::Span;

/// Lines of a template, or parts of them, as a terminal can show them.
pub(super) struct Frame {
    /// The number of the first line.
    pub line: usize,
    /// The text, without control characters and with secrets masked; the ranges refer to it.
    pub text: String,
    /// The ranges of the text that are marked.
    pub ranges: Vec<Range<usize>>,
}

/// How many bytes of a long line are shown on either side of a finding, at most; the terminal may have room for fewer.
const MARGIN: usize = 120;

/// The same for a change, whose line is shown twice.
const CHANGE_MARGIN: usize = 40;

/// The fewest columns on either side of a long finding.
const LEAST: usize = 12;

/// How many bytes are too few to be worth leaving out.
const WORD: usize = 8;

/// How many bytes of a long finding are shown at its beginning and at its end.
const ENDS: (usize, usize) = (480, 80);

/// The length of the longest change that is shown.
const CHANGE_LENGTH: usize = 600;

/// The first line of a span, and the part of the span in it, within a number of columns.
pub(super) fn of_finding(source: &Source, span: Span, columns: usize) -> Frame {
    let line = source.line_of(span.start as usize);
    let whole = source.line(line);
    // A finding that covers several lines is shown by its first line.
    let start = span.start.clamp(whole.start, whole.end);
    let end = span.end.clamp(start, whole.end);
    window(source, line, whole, &[Span { start, end }], Room { margin: MARGIN, columns })
}

/// The lines that edits change, with the new text for each range; `None` if there is too much to show.
pub(super) fn of_change(source: &Source, edits: &[Edit], columns: usize) -> Option<Vec<(Frame, Vec<String>)>> {
    let mut edits: Vec<&Edit> = edits.iter().collect();
    edits.sort_by_key(|edit| edit.span);
    if edits.windows(2).any(|pair| pair[0].span.end > pair[1].span.start) {
        return None;
    }
    if edits.iter().map(|edit| edit.span.len() + edit.text.len()).sum::<usize>() > CHANGE_LENGTH {
        return None;
    }
    let is_near = |a: &&Edit, b: &&Edit| {
        let gap = b.span.start.saturating_sub(a.span.end) as usize;
        gap <= 2 * CHANGE_MARGIN && source.line_of(a.span.end as usize) == source.line_of(b.span.start as usize)
    };
    let frames = edits.chunk_by(is_near).map(|near| {
        let spans: Vec<Span> = near.iter().map(|edit| edit.span).collect();
        let (first, last) = (spans[0], spans[spans.len() - 1]); // a chunk is never empty
        let line = source.line_of(first.start as usize);
        let end = source.line(source.line_of(last.end as usize)).end.max(last.end);
        let lines = Span { start: source.line(line).start, end };
        let texts: Vec<String> = near.iter().map(|edit| shown(&mask(&edit.text))).collect();
        // The new line may be longer than the old one.
        let growth = texts.iter().zip(&spans).map(|(text, span)| width(text).saturating_sub(span.len())).sum();
        let room = Room { margin: CHANGE_MARGIN, columns: columns.saturating_sub(growth) };
        (window(source, line, lines, &spans, room), texts)
    });
    Some(frames.collect())
}

/// How much is shown: bytes on either side of the marked spans, and columns in total.
#[derive(Clone, Copy)]
struct Room {
    margin: usize,
    columns: usize,
}

/// The part of a line near some spans, in whole words; `…` replaces the rest.
fn window(source: &Source, line: usize, lines: Span, spans: &[Span], Room { margin, columns }: Room) -> Frame {
    let (first, last) = (lines.start as usize, lines.end as usize);
    let from = spans.first().map_or(first, |span| span.start as usize).max(first);
    let to = spans.last().map_or(last, |span| span.end as usize).min(last);
    // A word that `…` would replace is shown instead.
    let start = if from - first <= margin + WORD { first } else { character_start(source, from - margin, first) };
    let stop = if last - to <= margin + WORD { last } else { character_start(source, to + margin, to) };
    let mut head = String::from(if start > first { "…" } else { "" });
    head.push_str(&shown(&source.quoted(Span::new(start, from))));
    let mut tail = shown(&source.quoted(Span::new(to, stop)));
    tail.push_str(if stop < last { "…" } else { "" });
    let mut text = String::new();
    let mut ranges = Vec::new();
    let mut done = from;
    for span in spans {
        text.push_str(&shown(&source.quoted(Span::new(done, span.start as usize))));
        let from = text.len();
        push_ends(&mut text, source, *span);
        ranges.push(from..text.len());
        done = span.end as usize;
    }
    let free = columns.saturating_sub(text.lines().map(width).max().unwrap_or(0)).max(2 * LEAST);
    let left = (free / 2).max(free.saturating_sub(width(&tail)));
    let head = last_words(head, left);
    let tail = first_words(tail, free - width(&head).min(free));
    ranges.iter_mut().for_each(|range| *range = range.start + head.len()..range.end + head.len());
    Frame { line, text: head + &text + &tail, ranges }
}

/// How many columns of a terminal a text needs, possibly estimated slightly too high.
fn width(text: &str) -> usize {
    let columns = |character: char| match character {
        '\t' => 4,
        '\0'..='\u{10ff}' => 1,
        _ => 2,
    };
    text.chars().map(columns).sum()
}

/// The end of a text that fits a number of columns, from the beginning of a word.
fn last_words(text: String, columns: usize) -> String {
    if width(&text) <= columns {
        return text;
    }
    let mut room = columns.saturating_sub(1);
    let fits = |(_, character): &(usize, char)| {
        let needed = width(character.encode_utf8(&mut [0; 4]));
        let is_in = needed <= room;
        room = room.saturating_sub(needed);
        is_in
    };
    let at = text.char_indices().rev().take_while(fits).last().map_or(text.len(), |(at, _)| at);
    let kept = &text[at..];
    // A long address is still cut.
    let word = kept
        .find(' ')
        .map(|at| at + 1)
        .filter(|&at| at <= kept.len() / 2 && !text[..text.len() - kept.len()].ends_with(' '));
    format!("…{}", &kept[word.unwrap_or(0)..])
}

/// The beginning of a text that fits a number of columns, to the end of a word.
fn first_words(text: String, columns: usize) -> String {
    if width(&text) <= columns {
        return text;
    }
    let mut room = columns.saturating_sub(1);
    let fits = |(_, character): &(usize, char)| {
        let needed = width(character.encode_utf8(&mut [0; 4]));
        let is_in = needed <= room;
        room = room.saturating_sub(needed);
        is_in
    };
    let end = text.char_indices().take_while(fits).last().map_or(0, |(at, character)| at + character.len_utf8());
    let kept = &text[..end];
    let word = kept.rfind(' ').filter(|&at| at >= kept.len() / 2 && !text[end..].starts_with(' '));
    format!("{}…", &kept[..word.unwrap_or(end)])
}

/// Adds the text of a span, or its two ends if it is long: a link may be as long as the template.
fn push_ends(text: &mut String, source: &Source, span: Span) {
    let Span { start, end } = span;
    let (start, end) = (start as usize, end as usize);
    if end - start <= ENDS.0 + ENDS.1 + WORD {
        text.push_str(&shown(&source.quoted(span)));
        return;
    }
    text.push_str(&shown(&source.quoted(Span::new(start, character_start(source, start + ENDS.0, start)))));
    text.push('…');
    text.push_str(&shown(&source.quoted(Span::new(character_start(source, end - ENDS.1, start), end))));
}

/// A text without control characters and with uniform line endings.
fn shown(text: &str) -> String {
    let text = if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n") } else { text.to_owned() };
    text.replace(
        |character: char| character.is_control() && !matches!(character, '\t' | '\n') || character == '\u{feff}',
        " ",
    )
}

/// The nearest start of a character at or before an offset.
fn character_start(source: &Source, offset: usize, limit: usize) -> usize {
    let bytes = source.bytes();
    let is_inside = |at: usize| source.is_utf8() && bytes.get(at).is_some_and(|byte| byte & 0xC0 == 0x80);
    let mut at = offset;
    while at > limit && is_inside(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceKind;

    #[test]
    fn of_a_long_finding_its_two_ends_are_shown() {
        let link = format!("https://acme.example/{}&last=ü", "ä".repeat(5000));
        let source = Source::from_text("mail.html", format!("<a href=\"{link}\">"), SourceKind::Html);
        let frame = of_finding(&source, Span::new(9, 9 + link.len()), 140);
        let marked = &frame.text[frame.ranges[0].clone()];
        assert!(marked.starts_with("https://acme.example/ää") && marked.ends_with("ä&last=ü"), "{marked}");
        assert_eq!(marked.matches('…').count(), 1);
        assert!(!marked.contains('\u{fffd}') && frame.text.len() < 1000, "{}", frame.text.len());
        assert!(frame.text.starts_with("<a href=\"") && frame.text.ends_with("\">"));
    }

    #[test]
    fn what_is_near_is_shown_in_whole_words() {
        let text = "<p>Hello everybody, what a morning, [x] is not the number of anything that exists here</p>";
        let source = Source::from_text("mail.html", text, SourceKind::Html);
        let at = text.find("[x]").unwrap();
        for columns in 30..100 {
            let frame = of_finding(&source, Span::new(at, at + 3), columns);
            assert_eq!(&frame.text[frame.ranges[0].clone()], "[x]");
            assert!(frame.text.chars().count() <= columns, "{columns}: {}", frame.text);
            for word in frame.text.trim_matches('…').split(' ') {
                assert!(text.split(' ').any(|whole| whole == word), "{columns}: {}", frame.text);
            }
        }
    }
}
