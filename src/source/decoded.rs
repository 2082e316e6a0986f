//! Text with its encoding and character references decoded, in which each character's source bytes are known.

use htmlize::Context;

use crate::source::{Source, SourceKind};
use crate::span::Span;

/// Decoded text and, for each of its bytes, the place in the source that it came from.
#[derive(Clone, Debug, Default)]
pub struct Decoded {
    text: String,
    /// In order, without gaps in `text`.
    pieces: Vec<DecodedPiece>,
    end: u32,
}

/// A piece of decoded text.
#[derive(Clone, Copy, Debug)]
struct DecodedPiece {
    /// Where it starts in the text.
    at: u32,
    /// Where it starts in the source.
    start: u32,
    /// Where it ends in the source, if all of it came from the same bytes; `None` if it was copied byte for byte.
    end: Option<u32>,
}

/// How to decode character references in a piece of source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum References {
    /// Not at all: plain text.
    None,
    /// As in HTML text, where `&quot` counts without its semicolon.
    Text,
    /// As in an attribute value.
    Attribute,
}

impl References {
    /// How a place in that kind of source is decoded.
    pub fn of(kind: SourceKind, in_attribute: bool) -> References {
        match (kind, in_attribute) {
            (SourceKind::Html, true) => References::Attribute,
            (SourceKind::Html, false) => References::Text,
            _ => References::None,
        }
    }
}

impl Decoded {
    /// Decodes a span of a source.
    pub fn new(source: &Source, span: Span, references: References) -> Decoded {
        let bytes = &source.bytes()[span.range()];
        let mut decoded = Decoded { text: String::with_capacity(bytes.len()), pieces: Vec::new(), end: span.end };
        let mut at = 0;
        while at < bytes.len() {
            let plain = bytes[at..].iter().position(|&byte| byte >= 0x80 || byte == b'&').unwrap_or(bytes.len() - at);
            if plain > 0 {
                let text = std::str::from_utf8(&bytes[at..at + plain]).unwrap_or_default(); // ASCII is UTF-8
                decoded.push_copy(text, span.start + at as u32);
                at += plain;
                continue;
            }
            if bytes[at] == b'&' && references != References::None {
                let length = reference_len(&bytes[at..]);
                // Only ASCII was counted, so this is text.
                let written = std::str::from_utf8(&bytes[at..at + length]).unwrap_or("&");
                let context = if references == References::Attribute { Context::Attribute } else { Context::General };
                // In an attribute, the next character decides whether a reference without a semicolon counts.
                let next = bytes.get(at + length).filter(|byte| byte.is_ascii()).map(|&byte| byte as char);
                let read = match next {
                    Some(next) if length > 1 && !written.ends_with(';') => {
                        let longer = format!("{written}{next}");
                        let read = htmlize::unescape_in(&*longer, context).into_owned();
                        read.strip_suffix(next).map(str::to_owned).unwrap_or(read)
                    }
                    _ => htmlize::unescape_in(written, context).into_owned(),
                };
                decoded.push_reference(&read, written, span.start as usize + at);
                at += length;
                continue;
            }
            let length = character_len(source, &bytes[at..]);
            let character = source.decode(&bytes[at..at + length]);
            let start = span.start as usize + at;
            decoded.push(&character, Span::new(start, start + length));
            at += length;
        }
        decoded
    }

    /// The decoded text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The source span of a range of the decoded text.
    pub fn span(&self, range: std::ops::Range<usize>) -> Span {
        let start = self.origin(range.start).map_or(self.end, |span| span.start);
        if range.is_empty() {
            return Span { start, end: start };
        }
        let end = self.origin(range.end - 1).map_or(self.end, |span| span.end);
        Span { start, end }
    }

    /// The range of decoded text that a source span became.
    pub fn range(&self, span: Span) -> std::ops::Range<usize> {
        // The first byte that ends after the start of the span, and the first one that starts at or after its end.
        let start = self.first(|piece, last| piece.end.unwrap_or(last + 1) > span.start, span.start);
        let end = self.first(|piece, last| piece.end.map_or(last, |_| piece.start) >= span.end, span.end);
        start..end.max(start)
    }

    /// The source span of a byte of the text; all bytes of one character have the same span.
    fn origin(&self, at: usize) -> Option<Span> {
        if at >= self.text.len() {
            return None;
        }
        let after = self.pieces.partition_point(|piece| piece.at as usize <= at);
        let piece = self.pieces.get(after.checked_sub(1)?)?;
        Some(match piece.end {
            Some(end) => Span { start: piece.start, end },
            None => {
                let start = piece.start + (at as u32 - piece.at);
                Span { start, end: start + 1 }
            }
        })
    }

    /// The first byte of the text that fulfills a condition, given that all later bytes do too. `holds` gets a piece
    /// and the source position of its last byte. Inside a copied piece, the result is the byte copied from `from`.
    fn first(&self, holds: impl Fn(&DecodedPiece, u32) -> bool, from: u32) -> usize {
        let (mut low, mut high) = (0, self.pieces.len());
        while low < high {
            let middle = (low + high) / 2;
            let piece = &self.pieces[middle];
            let next = self.pieces.get(middle + 1).map_or(self.text.len() as u32, |next| next.at);
            if holds(piece, piece.start + (next - piece.at) - 1) { high = middle } else { low = middle + 1 }
        }
        match self.pieces.get(low) {
            Some(DecodedPiece { at, start, end: None }) => (at + from.saturating_sub(*start)) as usize,
            Some(piece) => piece.at as usize,
            None => self.text.len(),
        }
    }

    /// A reference to one or two characters, or a reference followed by characters that were not part of it.
    fn push_reference(&mut self, read: &str, written: &str, start: usize) {
        // `&quote_id` in text reads `"e_id`: the tail is copied as written.
        let tail = read.bytes().rev().zip(written.bytes().rev()).take_while(|(read, written)| read == written).count();
        let tail = tail.min(read.len().saturating_sub(usize::from(written.len() > read.len())));
        let head = read.len() - tail;
        let written_head = written.len() - tail;
        if read.is_char_boundary(head) {
            self.push(&read[..head], Span::new(start, start + written_head));
            for (offset, character) in read[head..].char_indices() {
                let at = start + written_head + offset;
                self.push(character.encode_utf8(&mut [0; 4]), Span::new(at, at + character.len_utf8()));
            }
        } else {
            self.push(read, Span::new(start, start + written.len()));
        }
    }

    /// Text as written, from a source position on.
    fn push_copy(&mut self, text: &str, start: u32) {
        let at = self.text.len() as u32;
        let goes_on = self.pieces.last().is_some_and(|last| last.end.is_none() && last.start + (at - last.at) == start);
        if !goes_on {
            self.pieces.push(DecodedPiece { at, start, end: None });
        }
        self.text.push_str(text);
    }

    fn push(&mut self, text: &str, origin: Span) {
        if text.len() == 1 && origin.len() == 1 {
            self.push_copy(text, origin.start);
        } else if !text.is_empty() {
            self.pieces.push(DecodedPiece { at: self.text.len() as u32, start: origin.start, end: Some(origin.end) });
            self.text.push_str(text);
        }
    }
}

/// The bytes of `&`, the characters that may belong to a reference, and its semicolon.
pub(crate) fn reference_len(bytes: &[u8]) -> usize {
    // The longest name has 31 characters.
    let body = bytes[1..].iter().take(40).take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'#').count();
    match bytes.get(1 + body) {
        Some(b';') if body > 0 => body + 2,
        _ => body + 1,
    }
}

/// The length of the next character; `bytes` must not be empty.
pub(crate) fn character_len(source: &Source, bytes: &[u8]) -> usize {
    if !source.is_utf8() || bytes[0] < 0x80 {
        return 1;
    }
    match std::str::from_utf8(&bytes[..bytes.len().min(4)]) {
        Ok(text) => text.chars().next().map_or(1, char::len_utf8),
        Err(error) if error.valid_up_to() > 0 => {
            let valid = &bytes[..error.valid_up_to()];
            std::str::from_utf8(valid).ok().and_then(|text| text.chars().next()).map_or(1, char::len_utf8)
        }
        Err(_) => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(html: &str, references: References) -> Decoded {
        let source = Source::from_text("a.html", html, SourceKind::Html);
        Decoded::new(&source, Span::new(0, html.len()), references)
    }

    #[test]
    fn reads_references_as_a_browser_does() {
        for (html, references, text) in [
            ("a&amp;b", References::Attribute, "a&b"),
            ("a&amp;amp;b", References::Attribute, "a&amp;b"),
            ("a&ticket_id=1", References::Attribute, "a&ticket_id=1"),
            ("a&quote_id=5", References::Attribute, "a&quote_id=5"),
            ("a&quote_id=5", References::Text, "a\"e_id=5"),
            ("a&gtoken=1", References::Text, "a>oken=1"),
            ("&#91;srnumber&#93;", References::Text, "[srnumber]"),
            ("&lbrack;x&rsqb;", References::Text, "[x]"),
            ("a&b", References::None, "a&b"),
            ("a&amp;b", References::None, "a&amp;b"),
            ("a&", References::Text, "a&"),
            ("&é&;", References::Text, "&é&;"),
            ("&amp", References::Attribute, "&"),
            ("&amp=", References::Attribute, "&amp="),
        ] {
            assert_eq!(decode(html, references).text(), text, "{html}");
        }
    }

    #[test]
    fn every_character_knows_where_it_came_from() {
        let html = "x&amp;[é&#91;&quote";
        let decoded = decode(html, References::Text);
        assert_eq!(decoded.text(), "x&[é[\"e");
        for (character, written) in [("&", "&amp;"), ("é", "é"), ("\"", "&quot"), ("e", "e"), ("x", "x")] {
            let at = decoded.text().find(character).unwrap();
            let span = decoded.span(at..at + character.len());
            assert_eq!(&html[span.range()], written);
            assert_eq!(decoded.range(span), at..at + character.len());
        }
        let all = decoded.span(0..decoded.text().len());
        assert_eq!(all, Span::new(0, html.len()));
    }

    #[test]
    fn a_span_and_its_range_agree_with_the_bytes_one_by_one() {
        for html in ["", "plain", "&amp;", "a&amp;b&#91;é&quote", "é", "&amp;&amp;x", "x&nosuch;é&lt;"] {
            let decoded = decode(html, References::Text);
            let origin: Vec<Span> = (0..decoded.text().len()).map(|at| decoded.span(at..at + 1)).collect();
            for (start, end) in (0..=html.len()).flat_map(|start| (start..=html.len()).map(move |end| (start, end))) {
                let from = origin.iter().position(|span| span.end as usize > start).unwrap_or(origin.len());
                let to = origin.iter().position(|span| span.start as usize >= end).unwrap_or(origin.len());
                assert_eq!(decoded.range(Span::new(start, end)), from..to.max(from), "{html} {start}..{end}");
            }
            assert_eq!(decoded.span(origin.len()..origin.len()), Span::new(html.len(), html.len()), "{html}");
        }
    }

    #[test]
    fn one_byte_encodings_and_broken_bytes_keep_their_places() {
        let source = Source::read("a.html", b"\xE9[x]".to_vec(), SourceKind::Html, Some("windows-1252")).unwrap();
        let decoded = Decoded::new(&source, Span::new(0, 4), References::Text);
        assert_eq!(decoded.text(), "é[x]");
        assert_eq!(decoded.span(2..5), Span::new(1, 4));
        let source = Source::read("a.html", b"\xE9[x]".to_vec(), SourceKind::Html, None).unwrap();
        let decoded = Decoded::new(&source, Span::new(0, 4), References::Text);
        assert_eq!(decoded.text(), "\u{fffd}[x]");
        assert_eq!(decoded.span(3..6), Span::new(1, 4));
    }
}
