//! Text without the encodings that editors, programs and gateways put around each other: `&amp;#91;`, `%255B`, `=5B`,
//! `\u005b`, in which each character's source bytes are known.

use crate::source::Source;
use crate::source::decoded::character_len;
use crate::span::Span;

/// How many encodings are undone.
const LAYERS: usize = 4;

/// The length of the longest name of a character reference.
const NAME: usize = 32;

/// A short text with all its encodings undone.
#[derive(Debug)]
pub(crate) struct Layers {
    text: String,
    /// Where each character starts in the text, and its bytes in the source.
    characters: Vec<(u32, Span)>,
    end: u32,
}

type Character = (char, Span);

impl Layers {
    /// Undoes the encodings of a span, which should be short.
    pub fn of(source: &Source, span: Span) -> Layers {
        let bytes = &source.bytes()[span.range()];
        let mut read: Vec<Character> = Vec::with_capacity(bytes.len());
        let mut at = 0;
        while at < bytes.len() {
            let length = character_len(source, &bytes[at..]);
            let start = span.start as usize + at;
            let written = source.decode(&bytes[at..at + length]);
            read.extend(written.chars().map(|character| (character, Span::new(start, start + length))));
            at += length;
        }
        // Elsewhere `=20` is a value.
        let is_quoted = bytes.starts_with(b"=5B");
        for _ in 0..LAYERS {
            let before = read.len();
            read = undone(&read, is_quoted);
            if read.len() == before {
                break;
            }
        }
        let mut text = String::with_capacity(read.len());
        let mut characters = Vec::with_capacity(read.len());
        for (character, origin) in read {
            characters.push((text.len() as u32, origin));
            text.push(character);
        }
        Layers { text, characters, end: span.end }
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The source span of a range of the text.
    pub fn span(&self, range: std::ops::Range<usize>) -> Span {
        let at = |offset: usize| self.characters.partition_point(|(start, _)| (*start as usize) < offset);
        let start = self.characters.get(at(range.start)).map_or(self.end, |(_, span)| span.start);
        let last = at(range.end).checked_sub(1).and_then(|last| self.characters.get(last));
        Span { start, end: last.map_or(start, |(_, span)| span.end).max(start) }
    }
}

/// A text with one layer of each kind undone.
fn undone(read: &[Character], is_quoted: bool) -> Vec<Character> {
    let mut out = Vec::with_capacity(read.len());
    let mut at = 0;
    while let Some(&(first, origin)) = read.get(at) {
        let found = match first {
            '&' => reference(&read[at..]),
            '%' => percent(&read[at..]),
            '=' if is_quoted && matches!(read[at + 1..], [('2', _), ('0', _), ..]) => Some((" ".to_owned(), 3)),
            '=' => quoted_printable(&read[at..]),
            '\\' => escape(&read[at..]),
            _ => None,
        };
        let Some((text, length)) = found else {
            out.push((first, origin));
            at += 1;
            continue;
        };
        let origin = Span { start: origin.start, end: read[at + length - 1].1.end };
        out.extend(text.chars().map(|character| (character, origin)));
        at += length;
    }
    out
}

/// `&#91;`, `&lbrack;`, and numbers without a semicolon.
fn reference(read: &[Character]) -> Option<(String, usize)> {
    let is_name = |(character, _): &&Character| character.is_ascii_alphanumeric() || *character == '#';
    let length = 1 + read[1..].iter().take(NAME).take_while(is_name).count();
    let is_closed = read.get(length).is_some_and(|(character, _)| *character == ';');
    let length = length + usize::from(is_closed);
    let written: String = read[..length].iter().map(|(character, _)| character).collect();
    if !is_closed && !written.starts_with("&#") {
        return None;
    }
    let text = htmlize::unescape(&*written);
    (text != written).then(|| (text.into_owned(), length))
}

/// `%5B`, and several for one character.
fn percent(read: &[Character]) -> Option<(String, usize)> {
    let byte = |read: &[Character]| match read {
        [('%', _), high, low, ..] => hex(&[*high, *low]),
        _ => None,
    };
    let first = u8::try_from(byte(read)?).ok()?;
    let count = match first {
        0..0x80 => 1,
        0xC0..0xE0 => 2,
        0xE0..0xF0 => 3,
        0xF0.. => 4,
        _ => return None,
    };
    let bytes = (0..count).map_while(|index| u8::try_from(byte(read.get(3 * index..)?)?).ok());
    let text = String::from_utf8(bytes.collect()).ok().filter(|text| text.chars().count() == 1)?;
    Some((text, 3 * count))
}

/// `=5B` and `=5D`; any other such code may be a value.
fn quoted_printable(read: &[Character]) -> Option<(String, usize)> {
    match read {
        [_, ('5', _), ('B' | 'b', _), ..] => Some(("[".to_owned(), 3)),
        [_, ('5', _), ('D' | 'd', _), ..] => Some(("]".to_owned(), 3)),
        _ => None,
    }
}

/// `\u005b`, `\x5b`, and a backslash before a bracket.
fn escape(read: &[Character]) -> Option<(String, usize)> {
    let (kind, _) = read.get(1)?;
    let digits = match kind {
        'u' => 4,
        'x' => 2,
        '[' | ']' | '{' | '}' => return Some((kind.to_string(), 2)),
        _ => return None,
    };
    let character = char::from_u32(hex(read.get(2..2 + digits)?)?)?;
    Some((character.to_string(), 2 + digits))
}

fn hex(digits: &[Character]) -> Option<u32> {
    digits.iter().try_fold(0, |number, (digit, _)| Some(16 * number + digit.to_digit(16)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SourceKind;

    #[test]
    fn undoes_what_was_encoded_several_times() {
        for (written, text) in [
            ("&#37;5Bsrnumber&#37;5D", "[srnumber]"),
            ("%255Bsrnumber%255D", "[srnumber]"),
            ("&amp;amp;#91;a&amp;#93;", "[a]"),
            ("=5Ba=5D", "[a]"),
            ("\\u005ba\\x5d", "[a]"),
            ("%25257B", "{"),
            ("caf%C3%A9 %zz %", "café %zz %"),
            ("a&b=1&ampx", "a&b=1&ampx"),
            ("a=20", "a=20"),
        ] {
            let source = Source::from_text("a.txt", written, SourceKind::Text);
            let layers = Layers::of(&source, Span::new(0, written.len()));
            assert_eq!(layers.text(), text, "{written}");
            assert_eq!(layers.span(0..text.len()), Span::new(0, written.len()), "{written}");
        }
    }

    #[test]
    fn a_character_knows_where_it_came_from() {
        let written = "x&amp;#91;é=5D";
        let source = Source::from_text("a.txt", written, SourceKind::Text);
        let layers = Layers::of(&source, Span::new(0, written.len()));
        assert_eq!(layers.text(), "x[é]");
        assert_eq!(&written[layers.span(1..2).range()], "&amp;#91;");
        assert_eq!(&written[layers.span(2..4).range()], "é");
        assert_eq!(&written[layers.span(4..5).range()], "=5D");
    }
}
