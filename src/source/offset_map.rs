//! Maps a text back to the text that it was made from.

use crate::source::Source;
use crate::source::edit::Edit;
use crate::span::Span;

/// Where each byte of a text was in the text that it was made from.
///
/// ```
/// use psalink::{Edit, Span};
/// use psalink::source::OffsetMap;
/// let trace = OffsetMap::of_edits(&[Edit::new(Span::new(2, 3), "long")]); // `ab.cd` to `ablongcd`
/// assert_eq!([1, 2, 5, 6, 7].map(|at| trace.origin(at)), [1, 2, 2, 3, 4]);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OffsetMap {
    /// In order; what comes before the first one was copied.
    pieces: Vec<MappedPiece>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct MappedPiece {
    /// Where it starts in the new text. This is 32 bits because a template is smaller than 4 GB and may have as many
    /// pieces as bytes.
    start: u32,
    /// Where it starts in the old text.
    origin: u32,
    /// Whether it was copied; otherwise all of it maps to one position.
    is_copy: bool,
}

impl OffsetMap {
    /// Maps back through edits that are in order and do not overlap.
    pub fn of_edits(edits: &[Edit]) -> OffsetMap {
        let mut trace = OffsetMap::default();
        let (mut new, mut old) = (0, 0);
        for edit in edits {
            let span = edit.span.range();
            new += span.start.saturating_sub(old);
            trace.push(new, span.start, &edit.text, span.end);
            new += edit.text.len();
            old = span.end;
        }
        trace
    }

    /// Maps back through edits as written in the encoding of a source; in any order, but without overlaps.
    pub(crate) fn of_edits_in(source: &Source, edits: &[Edit]) -> OffsetMap {
        let mut trace = OffsetMap::default();
        let mut sorted: Vec<&Edit> = edits.iter().collect();
        sorted.sort_by_key(|edit| (edit.span.start, edit.span.end));
        let (mut new, mut old) = (0, 0);
        for edit in sorted {
            let span = edit.span.range();
            let length = source.encode(&edit.text).len();
            new += span.start.saturating_sub(old);
            trace.push_piece(new, span.start, length, span.end);
            new += length;
            old = span.end;
        }
        trace
    }

    /// Adds a text at `start` that replaces `origin..end`.
    pub(crate) fn push(&mut self, start: usize, origin: usize, text: &str, end: usize) {
        self.push_piece(start, origin, text.len(), end);
    }

    fn push_piece(&mut self, start: usize, origin: usize, length: usize, end: usize) {
        let piece =
            |start: usize, origin: usize, is_copy| MappedPiece { start: start as u32, origin: origin as u32, is_copy };
        if length > 0 {
            self.pieces.push(piece(start, origin, false));
        }
        self.pieces.push(piece(start + length, end, true));
    }

    /// The span of the old text from which a span of the new text was made. It includes everything that was replaced by
    /// any part of the new span, and text that was deleted at its end.
    pub(crate) fn whole_origin(&self, span: Span) -> Span {
        let start = self.origin(span.start as usize);
        let next = self.pieces.partition_point(|piece| piece.start <= span.end);
        let end = match next.checked_sub(1).map(|index| self.pieces[index]) {
            // A replacement is always followed by a copy.
            Some(piece) if !piece.is_copy && piece.start < span.end => {
                self.pieces.get(next).map(|piece| piece.origin as usize)
            }
            _ => None,
        };
        Span::new(start, end.unwrap_or_else(|| self.origin(span.end as usize)).max(start))
    }

    /// Where a byte of the new text was in the old text.
    pub fn origin(&self, at: usize) -> usize {
        let next = self.pieces.partition_point(|piece| piece.start as usize <= at);
        match next.checked_sub(1).map(|index| self.pieces[index]) {
            None => at,
            Some(piece) if piece.is_copy => piece.origin as usize + (at - piece.start as usize),
            Some(piece) => piece.origin as usize,
        }
    }

    /// Where the text after a byte of the new text was in the old text; for a byte of a replacement, that is after
    /// everything it replaced.
    pub(crate) fn origin_end(&self, at: usize) -> usize {
        let next = self.pieces.partition_point(|piece| piece.start as usize <= at);
        match (next.checked_sub(1).map(|index| self.pieces[index]), self.pieces.get(next)) {
            (Some(piece), Some(after)) if !piece.is_copy => after.origin as usize,
            _ => self.origin(at) + 1,
        }
    }
}

/// Where a span was before some steps, given in reverse order.
pub(crate) fn back<'t>(span: Span, mut traces: impl Iterator<Item = &'t OffsetMap>) -> Span {
    let (start, end) = (span.start as usize, span.end as usize);
    // The last byte, not the one after it, which may have come from somewhere else.
    let last = end.saturating_sub(1).max(start);
    let (start, last) =
        traces.by_ref().fold((start, last), |(start, last), trace| (trace.origin(start), trace.origin(last)));
    Span::new(start, (last + usize::from(!span.is_empty())).max(start))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::edit;
    use crate::{Source, SourceKind, Span};

    #[test]
    fn every_copied_byte_finds_its_place() {
        let old = "0123456789abcdef";
        let edits = [
            Edit::delete(Span::new(0, 2)),
            Edit::new(Span::new(4, 4), "XY"),
            Edit::new(Span::new(6, 9), "Z"),
            Edit::new(Span::new(9, 10), "W"),
            Edit::delete(Span::new(14, 16)),
        ];
        let source = Source::from_text("a", old, SourceKind::Text);
        let new = String::from_utf8(edit::apply(&source, &edits).unwrap()).unwrap();
        assert_eq!(new, "23XY45ZWabcd");
        let trace = OffsetMap::of_edits(&edits);
        for (new, old) in [((0, 2), (2, 4)), ((2, 3), (4, 4)), ((4, 6), (4, 6)), ((6, 7), (6, 9)), ((8, 12), (10, 16))]
        {
            assert_eq!(trace.whole_origin(Span::new(new.0, new.1)), Span::new(old.0, old.1), "{new:?}");
        }
        for (at, character) in new.char_indices() {
            let origin = trace.origin(at);
            match character {
                'X' | 'Y' => assert_eq!(origin, 4),
                'Z' => assert_eq!(origin, 6),
                'W' => assert_eq!(origin, 9),
                _ => assert_eq!(old.as_bytes()[origin] as char, character, "{at}"),
            }
            let end = match character {
                'X' | 'Y' => 4,
                'Z' => 9,
                'W' => 10,
                _ => origin + 1,
            };
            assert_eq!(trace.origin_end(at), end, "{character}");
        }
    }
}
