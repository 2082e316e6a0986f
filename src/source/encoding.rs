//! Determines the encoding of a file from its first bytes, the user's setting and the page itself.

use std::sync::LazyLock;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};
use memchr::memmem::Finder;

use super::kind::SourceKind;
use crate::error::{Error, ErrorKind};
use crate::html::element::Element;
use crate::html::scan;

/// The encoding, and whether a byte order mark determined it.
pub(super) fn find_encoding(
    name: &str,
    bytes: &[u8],
    kind: SourceKind,
    requested: Option<&str>,
) -> Result<(&'static Encoding, bool), Error> {
    if let Some((encoding, _)) = Encoding::for_bom(bytes) {
        return Ok((encoding, true));
    }
    if let Some(label) = requested {
        return Encoding::for_label(label.as_bytes()).map(|encoding| (encoding, false)).ok_or_else(|| {
            let detail =
                format!("`{label}` is not the name of an encoding; try utf-8, utf-16le, windows-1252 or iso-8859-1");
            Error::new(ErrorKind::Usage, detail).at(name)
        });
    }
    let head = &bytes[..bytes.len().min(4096)];
    if let Some(label) = nul_pattern(head) {
        let detail =
            format!("this looks like UTF-16 without a byte order mark; use `--encoding {label}`, or save it as UTF-8");
        return Err(Error::new(ErrorKind::Encoding, detail).at(name));
    }
    let declared = match kind {
        SourceKind::Html => declared_encoding(head),
        SourceKind::Text | SourceKind::Subject => None,
    };
    // A page whose declaration could be read as ASCII is not UTF-16, whatever it declares.
    Ok((declared.filter(|&encoding| encoding != UTF_16LE && encoding != UTF_16BE).unwrap_or(UTF_8), false))
}

/// `utf-16le` or `utf-16be` if every second byte is NUL over some length.
fn nul_pattern(head: &[u8]) -> Option<&'static str> {
    if head.len() < 8 || memchr::memchr(0, head).is_none() {
        return None;
    }
    let nul = |first: usize| head.iter().skip(first).step_by(2).filter(|&&byte| byte == 0).count();
    let enough = head.len() / 2 * 7 / 10;
    match (nul(0), nul(1)) {
        (_, odd) if odd >= enough => Some("utf-16le"),
        (even, _) if even >= enough => Some("utf-16be"),
        _ => None,
    }
}

/// What `<meta charset>` or `<meta http-equiv content>` declares.
fn declared_encoding(head: &[u8]) -> Option<&'static Encoding> {
    // Other mixtures of case are not worth another pass over every file.
    static WORDS: LazyLock<[Finder<'static>; 3]> = LazyLock::new(|| ["charset", "CHARSET", "Charset"].map(Finder::new));
    let last = WORDS.iter().find_map(|word| word.find_iter(head).last())?;
    let end = memchr::memchr(b'>', &head[last..]).map_or(head.len(), |at| last + at + 1);
    let mut regions = Vec::with_capacity(64);
    scan::scan_into(&head[..end], &mut regions);
    for region in regions {
        if region.kind != scan::RegionKind::StartTag || region.element != Element::Meta {
            continue;
        }
        for attribute in scan::attributes(head, region.span) {
            let name = &head[attribute.name.range()];
            let value = attribute.value.map_or(&head[..0], |span| &head[span.range()]);
            let label = if name.eq_ignore_ascii_case(b"charset") {
                Some(value)
            } else if name.eq_ignore_ascii_case(b"content") {
                charset_in(value)
            } else {
                None
            };
            if let Some(encoding) = label.and_then(Encoding::for_label) {
                return Some(encoding);
            }
        }
    }
    None
}

/// Whether a name means UTF-8 to a program that reads HTML.
pub(crate) fn is_utf8_name(name: &[u8]) -> bool {
    Encoding::for_label(name) == Some(UTF_8)
}

/// Whether a name means an encoding to a program that reads HTML.
pub(crate) fn is_encoding(name: &[u8]) -> bool {
    Encoding::for_label(name).is_some()
}

/// `windows-1252` of `text/html; charset=windows-1252`.
pub(crate) fn charset_in(content: &[u8]) -> Option<&[u8]> {
    let at = memchr::memmem::find(&content.to_ascii_lowercase(), b"charset")?;
    let rest = content[at + "charset".len()..].trim_ascii_start().strip_prefix(b"=")?.trim_ascii_start();
    let rest = rest.strip_prefix(b"'").or(rest.strip_prefix(b"\"")).unwrap_or(rest);
    let end = rest.iter().position(|byte| byte.is_ascii_whitespace() || b";'\"".contains(byte)).unwrap_or(rest.len());
    Some(&rest[..end])
}

pub(super) fn decode_utf16(name: &str, bytes: &[u8], big_endian: bool) -> Result<String, Error> {
    let refuse = |at: usize, flaw: &str| {
        let detail = format!("the file is UTF-16 with {flaw} at byte {at}, so it cannot be changed without loss");
        Err(Error::new(ErrorKind::Encoding, detail).at(name))
    };
    if bytes.len() % 2 == 1 {
        return refuse(bytes.len() - 1, "half a character");
    }
    let units = bytes.chunks_exact(2).map(|pair| {
        let pair = [pair[0], pair[1]];
        if big_endian { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) }
    });
    let mut text = String::with_capacity(bytes.len() / 2);
    let mut at = 0;
    for character in char::decode_utf16(units) {
        match character {
            Ok(character) => {
                at += character.len_utf16() * 2;
                text.push(character);
            }
            Err(_) => return refuse(at + 2, "half of a surrogate pair"),
        }
    }
    Ok(text)
}

/// Whether bytes are UTF-8, with a character of at least that many bytes: text in an older encoding hardly ever is.
pub(super) fn is_utf8_text(bytes: &[u8], length: usize) -> bool {
    let text = std::str::from_utf8(bytes);
    text.is_ok_and(|text| !text.is_ascii() && text.chars().any(|character| character.len_utf8() >= length))
}

/// Whether bytes are UTF-8, and its characters beyond ASCII are those of European words: `café`. In an encoding of East
/// Asia, each would be a sign of its own among Latin letters.
pub(super) fn is_utf8_words(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let is_european = |character: char| {
        character.is_ascii()
            || matches!(character, '\u{a0}'..='\u{17f}' | '\u{2010}'..='\u{203a}' | '€' | '™' | '\u{feff}')
    };
    let mut before = ' ';
    let mut has_word = false;
    for character in text.chars() {
        if !is_european(character) {
            return false;
        }
        has_word |= !character.is_ascii() && character.is_alphabetic() && before.is_ascii_alphabetic();
        before = character;
    }
    has_word
}

/// Why such a file is not changed, although its bytes are UTF-8.
pub(super) fn misnamed(name: &str) -> String {
    format!(
        "the file names {name} as its encoding, but its bytes are UTF-8; write `utf-8` in its `<meta charset>` and try \
         again"
    )
}

/// Why a file in an encoding of several bytes a character is not changed.
pub(super) fn not_writable(name: &str) -> String {
    format!(
        "the file is {name} text, in which part of a character can look like `[` or `<`, so it cannot be changed \
         safely; save it as UTF-8 and try again"
    )
}
