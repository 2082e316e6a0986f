//! Where the characters are on disk, of a file that was decoded to be read, and is never written back.

use encoding_rs::{CoderResult, Decoder, Encoding, ISO_2022_JP};

/// Offsets of the decoded text with those of the file: one pair wherever they do not go on side by side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Marks(Vec<(u32, u32)>);

/// What a decoder may write for one byte: it gives back at most three that it had taken, each as a character.
const ROOM: usize = 64;

impl Marks {
    /// Decodes the bytes once more, one by one, to see what becomes of each.
    pub(super) fn of(bytes: &[u8], encoding: &'static Encoding) -> Marks {
        let mut walk = Walk {
            bytes,
            marks: vec![(0, 0)],
            decoder: encoding.new_decoder_without_bom_handling(),
            has_escapes: encoding == ISO_2022_JP,
            written: 0,
            begun: 0,
        };
        for at in 0..bytes.len() {
            walk.byte(at);
        }
        walk.end();
        Marks(walk.marks)
    }

    /// Where a character of the decoded text begins in the file; the end of the text is that of the file.
    pub(super) fn on_disk(&self, offset: usize) -> usize {
        let index = self.0.partition_point(|&(decoded, _)| decoded as usize <= offset);
        let Some(&(decoded, disk)) = self.0[..index].last() else { return offset };
        let here = disk as usize + (offset - decoded as usize);
        // The next mark is further, and never before this place.
        self.0.get(index).map_or(here, |&(_, next)| here.min(next as usize))
    }
}

struct Walk<'a> {
    bytes: &'a [u8],
    marks: Vec<(u32, u32)>,
    decoder: Decoder,
    has_escapes: bool,
    /// How much of the text is decoded.
    written: usize,
    /// Where the bytes begin that are no character yet.
    begun: usize,
}

impl Walk<'_> {
    fn byte(&mut self, at: usize) {
        self.decode(&self.bytes[at..=at], at + 1, false);
        let pending = &self.bytes[self.begun..=at];
        // What switches from one set of characters to another is no character.
        if self.has_escapes && pending.len() == 3 && pending[0] == 0x1B {
            self.begun = at + 1;
        }
    }

    fn end(&mut self) {
        self.decode(&[], self.bytes.len(), true);
        self.mark(self.written, self.bytes.len());
    }

    /// Decodes what follows, up to `end` of the file.
    fn decode(&mut self, mut input: &[u8], end: usize, is_last: bool) {
        let mut out = [0; ROOM];
        loop {
            let (result, read, written, _) = self.decoder.decode_to_utf8(input, &mut out, is_last);
            input = &input[read..];
            let text = std::str::from_utf8(&out[..written]).unwrap_or_default(); // a decoder writes nothing else
            self.characters(text, end);
            if result == CoderResult::InputEmpty {
                return;
            }
        }
    }

    /// Finds the bytes of characters among those that wait.
    fn characters(&mut self, text: &str, end: usize) {
        for letter in text.chars() {
            let begun = self.begun;
            if letter.is_ascii() {
                // Before it there may be bytes that were taken for the first half of another.
                let found = self.bytes[begun..end].iter().position(|byte| *byte == letter as u8);
                let at = begun + found.unwrap_or(0);
                self.mark(self.written, at);
                self.begun = (at + 1).min(end);
            } else {
                self.mark(self.written, begun);
                if letter == '\u{fffd}' {
                    self.begun = (begun + 1).min(end);
                }
            }
            self.written += letter.len_utf8();
        }
        // Behind a character of ASCII or a broken one, bytes of the next may wait already.
        if text.chars().next_back().is_some_and(|last| !last.is_ascii() && last != '\u{fffd}') {
            self.begun = end;
        }
    }

    fn mark(&mut self, decoded: usize, disk: usize) {
        let (Ok(decoded), Ok(disk)) = (u32::try_from(decoded), u32::try_from(disk)) else { return };
        let goes_on = self.marks.last().is_some_and(|&(before, there)| decoded - before == disk - there);
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
        for (label, bytes, letters) in [
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
            let found: Vec<(char, usize)> = text.char_indices().map(|(at, it)| (it, marks.on_disk(at))).collect();
            assert_eq!(&found[..letters.len()], letters, "{label} {bytes:?}");
            assert_eq!(marks.on_disk(text.len()), bytes.len(), "{label}");
        }
    }
}
