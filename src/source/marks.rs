//! Where characters are on disk, in a file that was decoded for reading and is never written back.

use encoding_rs::{CoderResult, Decoder, Encoding, ISO_2022_JP};

/// Pairs of offsets in the decoded text and in the file, one wherever the two stop advancing together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Marks(Vec<(u32, u32)>);

/// The most bytes that a decoder writes for one byte: it may return up to three bytes that it had consumed, each as a
/// character.
const ROOM: usize = 64;

impl Marks {
    /// Decodes the bytes again, one by one, to see what each becomes.
    pub(super) fn of(bytes: &[u8], encoding: &'static Encoding) -> Marks {
        let mut walk = MarkWalk {
            bytes,
            marks: vec![(0, 0)],
            decoder: encoding.new_decoder_without_bom_handling(),
            has_escapes: encoding == ISO_2022_JP,
            written: 0,
            start: 0,
        };
        for at in 0..bytes.len() {
            walk.byte(at);
        }
        walk.end();
        Marks(walk.marks)
    }

    /// Where a character of the decoded text begins in the file; the end of the text is the end of the file.
    pub(super) fn on_disk(&self, offset: usize) -> usize {
        let index = self.0.partition_point(|&(decoded, _)| decoded as usize <= offset);
        let Some(&(decoded, disk)) = self.0[..index].last() else { return offset };
        let position = disk as usize + (offset - decoded as usize);
        // This never goes past the next mark.
        self.0.get(index).map_or(position, |&(_, next)| position.min(next as usize))
    }
}

struct MarkWalk<'a> {
    bytes: &'a [u8],
    marks: Vec<(u32, u32)>,
    decoder: Decoder,
    has_escapes: bool,
    /// How much of the text is decoded.
    written: usize,
    /// Where the bytes begin that do not form a character yet.
    start: usize,
}

impl MarkWalk<'_> {
    fn byte(&mut self, at: usize) {
        self.decode(&self.bytes[at..=at], at + 1, false);
        let pending = &self.bytes[self.start..=at];
        // An escape sequence that switches character sets is not a character.
        if self.has_escapes && pending.len() == 3 && pending[0] == 0x1B {
            self.start = at + 1;
        }
    }

    fn end(&mut self) {
        self.decode(&[], self.bytes.len(), true);
        self.mark(self.written, self.bytes.len());
    }

    /// Decodes what follows, up to `end` in the file.
    fn decode(&mut self, mut input: &[u8], end: usize, is_last: bool) {
        let mut out = [0; ROOM];
        loop {
            let (result, read, written, _) = self.decoder.decode_to_utf8(input, &mut out, is_last);
            input = &input[read..];
            let text = std::str::from_utf8(&out[..written]).unwrap_or_default(); // decoders only write valid UTF-8
            self.characters(text, end);
            if result == CoderResult::InputEmpty {
                return;
            }
        }
    }

    /// Finds the bytes of characters among the pending ones.
    fn characters(&mut self, text: &str, end: usize) {
        for character in text.chars() {
            let start = self.start;
            if character.is_ascii() {
                // Before it there may be bytes that were taken for the first half of another character.
                let found = self.bytes[start..end].iter().position(|byte| *byte == character as u8);
                let at = start + found.unwrap_or(0);
                self.mark(self.written, at);
                self.start = (at + 1).min(end);
            } else {
                self.mark(self.written, start);
                if character == '\u{fffd}' {
                    self.start = (start + 1).min(end);
                }
            }
            self.written += character.len_utf8();
        }
        // After an ASCII or invalid character, bytes of the next character may already be pending.
        if text.chars().next_back().is_some_and(|last| !last.is_ascii() && last != '\u{fffd}') {
            self.start = end;
        }
    }

    fn mark(&mut self, decoded: usize, disk: usize) {
        let (Ok(decoded), Ok(disk)) = (u32::try_from(decoded), u32::try_from(disk)) else { return };
        let goes_on = self.marks.last().is_some_and(|&(before, last_disk)| decoded - before == disk - last_disk);
        match self.marks.last_mut() {
            _ if goes_on => {}
            Some(last) if last.0 == decoded => last.1 = disk,
            _ => self.marks.push((decoded, disk)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_knows_its_bytes() {
        for (label, bytes, characters) in [
            ("shift_jis", &b"a\x83\x41[b"[..], &[('a', 0), ('ア', 1), ('[', 3), ('b', 4)][..]),
            ("shift_jis", b"\x83\x80\x83[[", &[('ム', 0), ('ゼ', 2), ('[', 4)]),
            ("shift_jis", b"\x83<p>", &[('\u{fffd}', 0), ('<', 1), ('p', 2)]),
            ("gb18030", b"\x81\x30\x81<x]", &[('\u{fffd}', 0), ('0', 1), ('\u{fffd}', 2), ('<', 3), ('x', 4)]),
            ("gb18030", b"\x81\x30\x81\x30]", &[('\u{80}', 0), (']', 4)]),
            ("gbk", b"\xC4\xE3\xBA\xC3[", &[('你', 0), ('好', 2), ('[', 4)]),
            ("big5", b"\x88\x62]", &[('Ê', 0), ('\u{304}', 0), (']', 2)]),
            ("euc-kr", b"\xB0\xA1\xFF[", &[('가', 0), ('\u{fffd}', 2), ('[', 3)]),
            ("euc-jp", b"\x8F\xB0\xA1[\x8F", &[('丂', 0), ('[', 3), ('\u{fffd}', 4)]),
            ("iso-2022-jp", b"\x1B$\x1B$", &[('\u{fffd}', 0), ('$', 1), ('\u{fffd}', 2), ('$', 3)]),
            ("iso-2022-jp", b"[\x1B$B%\"\x1B(B]\x1B", &[('[', 0), ('ア', 4), (']', 9), ('\u{fffd}', 10)]),
        ] {
            let encoding = Encoding::for_label(label.as_bytes()).unwrap();
            let (text, _) = encoding.decode_without_bom_handling(bytes);
            let marks = Marks::of(bytes, encoding);
            let found: Vec<(char, usize)> =
                text.char_indices().map(|(at, character)| (character, marks.on_disk(at))).collect();
            assert_eq!(&found[..characters.len()], characters, "{label} {bytes:?}");
            assert_eq!(marks.on_disk(text.len()), bytes.len(), "{label}");
        }
    }
}
