//! JSON in which no character is left that a terminal or a log would obey: U+009B becomes `\u009b`, as JSON itself does with
//! U+001B.

use std::io::{self, Write};

use serde::Serialize;

use crate::visible::is_obeyed;

/// Writes a value over several lines. Programs read the same texts as without the escapes.
pub(super) fn write_pretty(out: impl Write, value: &impl Serialize) -> serde_json::Result<()> {
    serde_json::to_writer_pretty(EscapingWriter { out }, value)
}

/// The same as a text.
pub(super) fn to_string_pretty(value: &impl Serialize) -> serde_json::Result<String> {
    let mut out = Vec::new();
    write_pretty(&mut out, value)?;
    Ok(String::from_utf8(out).unwrap_or_default()) // it was text, and the escapes are ASCII
}

/// Such characters occur only inside of texts, and the serializer hands over whole characters.
struct EscapingWriter<W> {
    out: W,
}

impl<W: Write> Write for EscapingWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match std::str::from_utf8(bytes) {
            Ok(text) if !bytes.is_ascii() || bytes.contains(&0x7f) => {
                for piece in text.split_inclusive(is_escaped) {
                    let last = piece.chars().next_back().filter(|last| is_escaped(*last));
                    let plain = &piece[..piece.len() - last.map_or(0, char::len_utf8)];
                    self.out.write_all(plain.as_bytes())?;
                    if let Some(last) = last {
                        write!(self.out, "\\u{:04x}", u32::from(last))?;
                    }
                }
            }
            _ => self.out.write_all(bytes)?,
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// The line ends between the values are the serializer's own.
fn is_escaped(character: char) -> bool {
    is_obeyed(character) && character != '\n'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_reads_as_it_was() {
        let text: String = ('\0'..='\u{180}').chain('\u{2000}'..='\u{2070}').chain(['\u{fffd}', '😀']).collect();
        let written = to_string_pretty(&[&text]).unwrap();
        assert_eq!(serde_json::from_str::<Vec<String>>(&written).unwrap(), [text]);
        assert!(!written.chars().any(is_escaped), "{written:?}");
    }
}
