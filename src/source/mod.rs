//! A template as read from disk: its bytes, their encoding, and the line and column of a byte.
//!
//! ```text
//! bytes --Source::read--> Source --edit::apply([Edit])--> bytes in the same encoding
//!    offset --positions--> Position { line, column }; offset --OffsetMap--> where it was before an edit
//! ```

pub(crate) mod decoded;
pub mod edit;
pub(crate) mod encoding;
mod found;
mod hex;
mod kind;
pub(crate) mod layers;
pub(crate) mod look_alike;
mod marks;
mod not_text;
pub(crate) mod offset_map;
pub(crate) mod pipe;
pub mod plain_file;
mod position;
mod positions;
mod quoted;
pub(crate) mod reading;
pub(crate) mod too_large;

pub use self::hex::hex;
pub use self::kind::SourceKind;
pub use self::offset_map::OffsetMap;
pub use self::pipe::{PipeTimeouts, read as read_pipe};
pub use self::position::Position;
pub use self::positions::Positions;
pub use self::reading::{Reading, lies_inside, real_path};

use std::borrow::Cow;
use std::sync::OnceLock;

use encoding_rs::{Encoding, REPLACEMENT, UTF_8, UTF_16BE, UTF_16LE};

use self::encoding::{decode_utf16, find_encoding};
use self::kind::DiskForm;
use self::marks::Marks;
use self::position::Landmark;
use crate::bytes::rare::RareBytes;
use crate::error::{Error, ErrorKind};
use crate::secret::Secret;
use crate::span::Span;

/// One file of a template, ready to scan.
#[derive(Debug)]
pub struct Source {
    name: String,
    kind: SourceKind,
    bytes: Vec<u8>,
    encoding: &'static Encoding,
    form: DiskForm,
    /// The bytes on disk, if they cannot be restored from the scanned ones.
    original: Option<Vec<u8>>,
    lines: OnceLock<Vec<u32>>,
    secrets: OnceLock<Vec<Secret>>,
    /// Where brackets and the signs of placeholders are.
    brackets: OnceLock<RareBytes>,
    /// Where the scanned bytes are in the original bytes.
    marks: OnceLock<Marks>,
    /// Known positions along the source, to start counting from.
    landmarks: OnceLock<Vec<Landmark>>,
}

impl Source {
    /// Takes the bytes of a file, determines their encoding, and makes them ready to scan.
    ///
    /// `encoding` is the user's setting. It overrides what the file declares, and a byte order mark overrides both.
    /// HTML without any of these is UTF-8, even if some bytes are invalid.
    ///
    /// # Errors
    ///
    /// A file that is not text or is a document of another program, an unknown encoding name, UTF-16 with half a
    /// character in it, UTF-16 without a byte order mark, or more than 4 GB.
    ///
    /// ```
    /// use psalink::{Source, SourceKind};
    /// let source = Source::read("mail.html", b"<p>[srnumber]".to_vec(), SourceKind::Html, None)?;
    /// assert_eq!(source.bytes(), b"<p>[srnumber]");
    /// # Ok::<(), psalink::Error>(())
    /// ```
    pub fn read(name: &str, bytes: Vec<u8>, kind: SourceKind, encoding: Option<&str>) -> Result<Source, Error> {
        if u32::try_from(bytes.len()).is_err() {
            return Err(Error::new(ErrorKind::Encoding, "the file is larger than 4 GB").at(name));
        }
        not_text::check(name, &bytes)?;
        let is_asked = encoding.is_some();
        let (encoding, has_bom) = find_encoding(name, &bytes, kind, encoding)?;
        if encoding == UTF_8 && !is_asked {
            not_text::check_unmarked(name, &bytes)?;
        }
        if encoding == REPLACEMENT {
            let detail = "the file declares an encoding that is no longer safe to read; save it as UTF-8";
            return Err(Error::new(ErrorKind::Encoding, detail).at(name));
        }
        let mut original = None;
        let (bytes, form) = if encoding == UTF_16LE || encoding == UTF_16BE {
            let big_endian = encoding == UTF_16BE;
            let text = decode_utf16(name, &bytes[if has_bom { 2 } else { 0 }..], big_endian)?;
            (text.into_bytes(), DiskForm::Utf16 { big_endian, bom: has_bom })
        } else if encoding == UTF_8 || (encoding.is_single_byte() && encoding.is_ascii_compatible()) {
            (bytes, DiskForm::Same)
        } else {
            let (text, _) = encoding.decode_without_bom_handling(&bytes);
            let text = text.into_owned().into_bytes();
            original = Some(bytes);
            (text, DiskForm::ReadOnly)
        };
        if u32::try_from(bytes.len()).is_err() {
            return Err(Error::new(ErrorKind::Encoding, "the text of the file is larger than 4 GB").at(name));
        }
        Ok(Source {
            name: name.to_owned(),
            kind,
            bytes,
            encoding,
            form,
            original,
            lines: OnceLock::new(),
            secrets: OnceLock::new(),
            brackets: OnceLock::new(),
            marks: OnceLock::new(),
            landmarks: OnceLock::new(),
        })
    }

    /// A template that is already text, for previews and tests.
    pub fn from_text(name: &str, text: impl Into<String>, kind: SourceKind) -> Source {
        Source {
            name: name.to_owned(),
            kind,
            bytes: text.into().into_bytes(),
            encoding: UTF_8,
            form: DiskForm::Same,
            original: None,
            lines: OnceLock::new(),
            secrets: OnceLock::new(),
            brackets: OnceLock::new(),
            marks: OnceLock::new(),
            landmarks: OnceLock::new(),
        }
    }

    /// The path or name that reports show.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// HTML, text or subject.
    pub fn kind(&self) -> SourceKind {
        self.kind
    }

    /// The bytes that spans refer to: those of the file, or UTF-8 if the file is UTF-16.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The scanned bytes, so that their memory can be reused.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// The name of the encoding, as the Encoding Standard spells it.
    pub fn encoding(&self) -> &'static str {
        self.encoding.name()
    }

    /// Whether edits can be written back; `Err` gives the reason.
    ///
    /// # Errors
    ///
    /// Encodings in which a character may contain the byte of `[` or `<` are refused.
    pub fn can_write(&self) -> Result<(), Error> {
        if self.form != DiskForm::ReadOnly {
            return Ok(());
        }
        let name = self.encoding.name();
        let detail = match self.is_misnamed() {
            true => encoding::misnamed(name),
            false => encoding::not_writable(name),
        };
        Err(Error::new(ErrorKind::Encoding, detail).at(&self.name))
    }

    /// Whether the file names an encoding of its own, although its bytes are UTF-8.
    pub(crate) fn is_misnamed(&self) -> bool {
        match (self.form, &self.original) {
            (DiskForm::Same, _) => self.encoding != UTF_8 && encoding::is_utf8_text(&self.bytes, 2),
            (_, Some(original)) => encoding::is_utf8_text(original, 3) || encoding::is_utf8_words(original),
            _ => false,
        }
    }

    /// The text of a span; invalid bytes become U+FFFD.
    pub fn text(&self, span: Span) -> Cow<'_, str> {
        let bytes = self.bytes.get(span.range()).unwrap_or_default();
        self.decode(bytes)
    }

    /// Bytes of this source as text.
    pub fn decode<'a>(&self, bytes: &'a [u8]) -> Cow<'a, str> {
        match std::str::from_utf8(bytes) {
            Ok(text) if self.is_utf8() || text.is_ascii() => Cow::Borrowed(text),
            _ if self.is_utf8() => String::from_utf8_lossy(bytes),
            _ => self.encoding.decode_without_bom_handling(bytes).0,
        }
    }

    /// Whether the scanned bytes are UTF-8.
    pub fn is_utf8(&self) -> bool {
        self.form != DiskForm::Same || self.encoding == UTF_8
    }

    /// New text in the encoding of the scanned bytes. A character that the encoding lacks becomes a character reference
    /// in HTML and `?` elsewhere.
    pub fn encode<'a>(&self, text: &'a str) -> Cow<'a, [u8]> {
        if self.is_utf8() || text.is_ascii() {
            return Cow::Borrowed(text.as_bytes());
        }
        if self.kind == SourceKind::Html {
            return self.encoding.encode(text).0;
        }
        let mut out = Vec::with_capacity(text.len());
        let mut buffer = [0; 4];
        for character in text.chars() {
            let (bytes, _, lost) = self.encoding.encode(character.encode_utf8(&mut buffer));
            out.extend_from_slice(if lost { b"?" } else { &bytes });
        }
        Cow::Owned(out)
    }

    /// The first character that the encoding lacks and that no character reference can replace.
    pub fn lacks(&self, text: &str) -> Option<char> {
        if self.is_utf8() || text.is_ascii() || self.kind == SourceKind::Html {
            return None;
        }
        let mut buffer = [0; 4];
        text.chars().find(|character| self.encoding.encode(character.encode_utf8(&mut buffer)).2)
    }

    /// The bytes of the file, as they were read.
    pub(crate) fn into_disk(mut self) -> Vec<u8> {
        match self.original.take() {
            Some(original) => original,
            None => {
                let bytes = std::mem::take(&mut self.bytes);
                self.to_disk(bytes)
            }
        }
    }

    /// Edited bytes as written to disk, including the byte order mark.
    pub fn to_disk(&self, edited: Vec<u8>) -> Vec<u8> {
        let (big_endian, bom) = match self.form {
            DiskForm::Same => return edited,
            // There are no edits, since edits of such a file are refused.
            DiskForm::ReadOnly => return self.original.clone().unwrap_or(edited),
            DiskForm::Utf16 { big_endian, bom } => (big_endian, bom),
        };
        let text = String::from_utf8_lossy(&edited);
        let mut out = Vec::with_capacity(text.len() * 2 + 2);
        let mut push =
            |unit: u16| out.extend_from_slice(&if big_endian { unit.to_be_bytes() } else { unit.to_le_bytes() });
        if bom {
            push(0xFEFF);
        }
        text.encode_utf16().for_each(&mut push);
        out
    }

    /// The bytes of a line, counted from 1, without its line ending; empty past the last line.
    pub fn line(&self, line: usize) -> Span {
        let starts = self.line_starts();
        let end = self.bytes.len();
        let Some(&start) = line.checked_sub(1).and_then(|index| starts.get(index)) else {
            return Span::new(end, end);
        };
        let stop = starts.get(line).map_or(end, |&next| next as usize);
        let mut text = &self.bytes[start as usize..stop];
        while let [rest @ .., b'\n' | b'\r'] = text {
            text = rest;
        }
        Span::new(start as usize, start as usize + text.len())
    }

    /// The number of the line that an offset is in, from 1.
    pub(crate) fn line_of(&self, offset: usize) -> usize {
        self.line_starts().partition_point(|&start| start as usize <= offset)
    }

    /// The first byte of the line that an offset is in.
    pub(crate) fn line_start(&self, offset: usize) -> usize {
        self.line_starts()[self.line_of(offset) - 1] as usize // the first line starts at 0
    }

    fn line_starts(&self) -> &[u32] {
        self.lines.get_or_init(|| {
            let mut starts = vec![0];
            for at in memchr::memchr2_iter(b'\n', b'\r', &self.bytes) {
                let crlf = self.bytes[at] == b'\r' && self.bytes.get(at + 1) == Some(&b'\n');
                if !crlf {
                    starts.push(at as u32 + 1);
                }
            }
            starts
        })
    }

    /// Bytes on the disk before the first scanned one.
    fn disk_start(&self) -> usize {
        match self.form {
            DiskForm::Utf16 { bom: true, .. } => 2,
            _ => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn html(bytes: &[u8]) -> Source {
        Source::read("a.html", bytes.to_vec(), SourceKind::Html, None).unwrap()
    }

    #[test]
    fn finds_the_encoding() {
        for (bytes, name) in [
            (&b"<p>plain"[..], "UTF-8"),
            (b"\xEF\xBB\xBF<meta charset=windows-1252>", "UTF-8"),
            (b"<meta charset=windows-1252>", "windows-1252"),
            (b"<META CHARSET='ISO-8859-15'>", "ISO-8859-15"),
            (b"<meta http-equiv=Content-Type content=\"text/html; charset=iso-8859-1\">", "windows-1252"),
            (b"<!-- <meta charset=windows-1252> --><p>", "UTF-8"),
            (b"<meta charset=utf-16le>", "UTF-8"),
            (b"\xFF\xFEa\0", "UTF-16LE"),
            (b"\xFE\xFF\0a", "UTF-16BE"),
            (b"<meta charset=shift_jis>", "Shift_JIS"),
        ] {
            assert_eq!(html(bytes).encoding(), name, "{}", String::from_utf8_lossy(bytes));
        }
    }

    #[test]
    fn a_name_says_what_a_file_holds() {
        for (name, kind) in [
            ("m/A.SUBJECT.txt", SourceKind::Subject),
            ("a.SUBJECT.txt.J2", SourceKind::Subject),
            ("a.TXT", SourceKind::Text),
            ("é.j2", SourceKind::Html),
            ("j2", SourceKind::Html),
            ("txt", SourceKind::Html),
            ("", SourceKind::Html),
        ] {
            assert_eq!(SourceKind::of(name), kind, "{name}");
        }
    }

    #[test]
    fn asks_back_about_utf16_without_a_mark() {
        let bytes: Vec<u8> = "<p>Hello</p>".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let error = Source::read("a.html", bytes.clone(), SourceKind::Html, None).unwrap_err();
        assert!(error.to_string().contains("--encoding utf-16le"), "{error}");
        let source = Source::read("a.html", bytes.clone(), SourceKind::Html, Some("utf-16le")).unwrap();
        assert_eq!(source.to_disk(source.bytes().to_vec()), bytes);
    }

    #[test]
    fn utf16_survives_and_half_a_pair_is_refused() {
        for big_endian in [false, true] {
            let unit = |unit: u16| if big_endian { unit.to_be_bytes() } else { unit.to_le_bytes() };
            let bytes: Vec<u8> = "\u{feff}é😀\r\n".encode_utf16().flat_map(unit).collect();
            let source = html(&bytes);
            assert_eq!(source.bytes(), "é😀\r\n".as_bytes());
            assert_eq!(source.to_disk(source.bytes().to_vec()), bytes);
            let lone: Vec<u8> = [0xFEFF, 0x61, 0xD83D, 0x62].into_iter().flat_map(unit).collect();
            let error = Source::read("a.html", lone, SourceKind::Html, None).unwrap_err();
            assert!(error.to_string().contains("surrogate"), "{error}");
        }
    }

    #[test]
    fn only_safe_encodings_are_written() {
        assert!(html(b"<meta charset=windows-1252>").can_write().is_ok());
        for name in ["shift_jis", "gbk", "gb18030", "big5", "euc-kr", "iso-2022-jp"] {
            let mut bytes = format!("<meta charset={name}>").into_bytes();
            bytes.extend(b"\x83\x5B\xFF");
            let source = html(&bytes);
            assert!(source.can_write().is_err(), "{name}");
            assert_eq!(crate::source::edit::apply(&source, &[]).unwrap(), bytes, "{name} is given back as it was");
        }
    }

    #[test]
    fn finds_invalid_bytes() {
        assert_eq!(html(b"caf\xE9 ").invalid_utf8(), Some(Span::new(3, 4)));
        assert_eq!(html("café".as_bytes()).invalid_utf8(), None);
        assert_eq!(html(b"<meta charset=windows-1252>caf\xE9").invalid_utf8(), None);
    }

    #[test]
    fn encodes_new_text_for_the_file() {
        let latin = html(b"<meta charset=windows-1252>");
        assert_eq!(&*latin.encode("é"), b"\xE9");
        assert_eq!(&*latin.encode("日"), b"&#26085;");
        let text = Source::read("a.txt", vec![0xE9], SourceKind::Text, Some("windows-1252")).unwrap();
        assert_eq!(&*text.encode("日é"), b"?\xE9");
    }

    #[test]
    fn positions_count_what_readers_count() {
        let source = html("\u{feff}é😀[x]\r\ny\u{301}[z]\rq".as_bytes());
        let text = String::from_utf8(source.bytes().to_vec()).unwrap();
        let mut positions = source.positions();
        for (needle, expected) in [("[x]", (1, 3, 4)), ("[z]", (2, 3, 3)), ("q", (3, 1, 1))] {
            let at = positions.at(text.find(needle).unwrap());
            assert_eq!((at.line, at.column, at.column_utf16), expected, "{needle}");
            assert_eq!(at, source.position(text.find(needle).unwrap()));
        }
        assert_eq!(positions.at(0).line, 1, "going back starts again");
        assert_eq!(source.text(source.line(2)), "y\u{301}[z]");
    }

    #[test]
    fn offsets_are_those_of_the_disk() {
        let bytes: Vec<u8> = "\u{feff}é😀[x]".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let source = html(&bytes);
        assert_eq!(source.position("é😀".len()).offset, 8);
        let source = html(b"<meta charset=windows-1252>\xE9[x]");
        assert_eq!(source.position(28).offset, 28);
        assert_eq!(source.position(28).column, 29);
    }
}
