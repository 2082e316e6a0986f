//! Finds lines and columns without reading a long line again for each question.

use encoding_rs::ISO_2022_JP;

use super::Source;
use super::kind::DiskForm;
use super::marks::Marks;
use super::position::{Landmark, Position};

/// How far apart landmarks are.
const STEP: usize = 512;

impl Source {
    /// Where a byte is. For many bytes, asking in ascending order through one [`Positions`] is faster.
    pub fn position(&self, offset: usize) -> Position {
        self.positions().at(offset)
    }

    /// Answers many questions about positions; ascending ones take a single pass in total.
    pub fn positions(&self) -> Positions<'_> {
        Positions { source: self, last: self.first() }
    }

    fn first(&self) -> Landmark {
        (0, Position { offset: self.disk_start(), line: 1, column: 1, column_utf16: 1 })
    }

    /// The last landmark at or before an offset.
    fn landmark(&self, offset: usize) -> Landmark {
        let landmarks = self.landmarks.get_or_init(|| {
            let mut positions = self.positions();
            let count = self.bytes.len() / STEP;
            let mut landmarks = Vec::with_capacity(count + 1);
            landmarks.push(positions.last);
            landmarks.extend((1..=count).map(|index| {
                let offset = self.character_start(index * STEP);
                positions.walk(offset);
                positions.last
            }));
            landmarks
        });
        let after = landmarks.partition_point(|(at, _)| *at <= offset);
        landmarks[after.saturating_sub(1)]
    }

    /// The start of a character at or after an offset, where the text can be cut in two.
    fn character_start(&self, offset: usize) -> usize {
        let is_inside = |at: &usize| self.bytes.get(*at).is_some_and(|byte| byte & 0xC0 == 0x80);
        let is_cut = self.is_utf8();
        // Continuation bytes beyond the length of a character count one by one.
        (offset..offset + 3).find(|at| !is_cut || !is_inside(at)).unwrap_or(offset + 3).min(self.bytes.len())
    }
}

/// Positions in one source, remembered between questions.
#[derive(Clone, Debug)]
pub struct Positions<'a> {
    source: &'a Source,
    last: (usize, Position),
}

impl Positions<'_> {
    /// Where the byte at `offset` is; offsets past the end count as the end.
    pub fn at(&mut self, offset: usize) -> Position {
        let source = self.source;
        let offset = offset.min(source.bytes.len());
        let line = source.line_start(offset);
        // What must be read: the line up to the offset and, if bytes are counted in another form, everything before it.
        let from = if source.form == DiskForm::Same { line } else { 0 };
        let near = if offset < self.last.0 { from } else { self.last.0.max(from) };
        // In this one encoding, the size of a character depends on the characters before it.
        if offset - near > 2 * STEP && source.encoding != ISO_2022_JP {
            let landmark = source.landmark(offset);
            if landmark.0 > near {
                self.last = landmark;
            }
        }
        if offset < self.last.0 {
            self.last = source.first();
        }
        self.walk(offset);
        self.last.1
    }

    /// Advances to an offset that is not before the previous one.
    fn walk(&mut self, offset: usize) {
        let source = self.source;
        let (mut from, mut position) = self.last;
        let line = source.line_of(offset);
        if position.line != line {
            let start = source.line_start(offset);
            position.offset += self.disk_len(from, start);
            position.line = line;
            position.column = 1;
            position.column_utf16 = 1;
            from = start;
        }
        position.offset += self.disk_len(from, offset);
        if let Some(original) = &source.original {
            position.offset = source.marks.get_or_init(|| Marks::of(original, source.encoding)).on_disk(offset);
        }
        let bytes = &source.bytes[from..offset];
        if bytes.is_ascii() {
            position.column += bytes.len();
            position.column_utf16 += bytes.len();
        } else {
            for character in source.decode(bytes).chars() {
                let is_bom = character == '\u{feff}' && position.line == 1 && position.column == 1;
                if !is_bom {
                    position.column += 1;
                    position.column_utf16 += character.len_utf16();
                }
            }
        }
        self.last = (offset, position);
    }

    fn disk_len(&self, from: usize, to: usize) -> usize {
        let bytes = &self.source.bytes[from..to];
        match self.source.form {
            DiskForm::Same => bytes.len(),
            DiskForm::Utf16 { .. } => String::from_utf8_lossy(bytes).encode_utf16().count() * 2,
            DiskForm::ReadOnly => 0, // each position is looked up separately
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SourceKind;

    /// The position counted from the start each time.
    fn counted(text: &str, disk: impl Fn(&str) -> usize, offset: usize) -> Position {
        let before = &text[..offset];
        let ends = |text: &str| text.replace("\r\n", "\n").matches(['\n', '\r']).count();
        let is_in_crlf = before.ends_with('\r') && text[offset..].starts_with('\n');
        let line = ends(before) + 1 - usize::from(is_in_crlf);
        let start = match is_in_crlf {
            true => before[..offset - 1].rfind(['\n', '\r']),
            false => before.rfind(['\n', '\r']),
        };
        let rest = before[start.map_or(0, |at| at + 1)..].trim_start_matches('\u{feff}');
        let (column, column_utf16) = (rest.chars().count() + 1, rest.encode_utf16().count() + 1);
        Position { offset: disk(before), line, column, column_utf16 }
    }

    #[test]
    fn long_lines_are_counted_in_any_order() {
        let text = format!(
            "\u{feff}{}\r\n{}\n{}",
            "é😀 word ".repeat(900),
            "plain words ".repeat(700),
            "a\rbc\r\n".repeat(400)
        );
        let utf_16 = text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
        let utf_8 = Source::read("a.html", text.clone().into_bytes(), SourceKind::Html, None).unwrap();
        let utf_16 = Source::read("a.html", utf_16, SourceKind::Html, None).unwrap();
        let decoded = std::str::from_utf8(utf_16.bytes()).unwrap();
        let offsets = |text: &str| {
            let mut all: Vec<usize> = text.char_indices().map(|(at, _)| at).step_by(7).collect();
            // Jumping around, forward and backward.
            let count = all.len();
            (0..count).for_each(|index| all.swap(index, index * 7919 % count));
            all.push(text.len());
            all
        };
        for (source, text, mark) in [(&utf_8, text.as_str(), 0), (&utf_16, decoded, 2)] {
            let disk = |before: &str| match mark {
                0 => before.len(),
                mark => before.encode_utf16().count() * 2 + mark,
            };
            let mut positions = source.positions();
            for offset in offsets(text) {
                let expected = counted(text, disk, offset);
                assert_eq!(positions.at(offset), expected, "{offset}");
                assert_eq!(source.position(offset), expected, "{offset}");
            }
        }
    }

    #[test]
    fn invalid_bytes_are_cut_anywhere() {
        let mut bytes = b"<p>".to_vec();
        bytes.extend(std::iter::repeat_n(0x80, 5000));
        bytes.extend("é".repeat(2000).bytes());
        let source = Source::read("a.html", bytes.clone(), SourceKind::Html, None).unwrap();
        for offset in [3, 600, 1027, 5003, 6003, 9003] {
            let column = String::from_utf8_lossy(&bytes[..offset]).chars().count() + 1;
            assert_eq!(source.position(offset).column, column, "{offset}");
        }
    }
}
