//! Recognizes files that are not text, and documents of other programs, and says what to do instead.

use memchr::memmem;

use crate::error::{Error, ErrorKind};

/// How many bytes of a file are examined.
const HEAD: usize = 8192;

/// In a file without a known mark, one in this many bytes may be a control character.
const CONTROLS: usize = 20;

/// Without a mark, fewer bytes than this are too few to judge.
const FEWEST: usize = 512;

const SAVE_WORD: &str = "open it in Word, save it as \"Web Page, Filtered\", and use the .htm file";
const SAVE_OUTLOOK: &str = "open it in Outlook, and save it as HTML";
const UNPACK: &str = "unpack it, and use the template in it";
const CHECK_NAME: &str = "use the template itself, an .html, .htm or .txt file";

/// The first bytes of known files, what such a file is, and what to do.
const MARKS: [(&[u8], &str, &str); 21] = [
    (b"%PDF-", "a PDF document", "a PDF cannot be turned back into a template; use the template that it was made from"),
    (b"{\\rtf", "an RTF document", SAVE_WORD),
    (b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "an Outlook message (.msg, .oft) or an old Office document", SAVE_OUTLOOK),
    (b"\x89PNG\r\n\x1A\n", "a PNG image", CHECK_NAME),
    (b"\xFF\xD8\xFF", "a JPEG image", CHECK_NAME),
    (b"GIF87a", "a GIF image", CHECK_NAME),
    (b"GIF89a", "a GIF image", CHECK_NAME),
    (b"RIFF", "an image, a sound or a video", CHECK_NAME),
    (b"\0\0\x01\0", "an icon", CHECK_NAME),
    (b"II*\0", "a TIFF image", CHECK_NAME),
    (b"MM\0*", "a TIFF image", CHECK_NAME),
    (b"BM", "a BMP image", CHECK_NAME),
    (b"MZ", "a Windows program", CHECK_NAME),
    (b"\x7FELF", "a Linux program", CHECK_NAME),
    (b"SQLite format 3\0", "an SQLite database", CHECK_NAME),
    (b"!BDN", "an Outlook data file (.pst)", CHECK_NAME),
    (b"\x1F\x8B", "a gzip archive", UNPACK),
    (b"7z\xBC\xAF\x27\x1C", "a 7-Zip archive", UNPACK),
    (b"Rar!\x1A\x07", "a RAR archive", UNPACK),
    (b"MSCF\0", "a cabinet archive", UNPACK),
    (b"\xFD7zXZ\0", "an xz archive", UNPACK),
];

/// A text may also begin with a mark of up to this many bytes, so what follows must not be text.
const SHORT: usize = 4;

/// Refuses a document of another program, a picture or an archive. The error says what it is, and what to do.
///
/// # Errors
///
/// Such a file.
pub(super) fn check(name: &str, bytes: &[u8]) -> Result<(), Error> {
    let head = &bytes[..bytes.len().min(HEAD)];
    let found = if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
        Some(archive(bytes))
    } else {
        let is_word = |mark: &[u8]| mark.len() <= SHORT && mark.iter().all(u8::is_ascii_alphabetic);
        let is_marked = |mark: &[u8]| head.starts_with(mark) && (!is_word(mark) || memchr::memchr(0, head).is_some());
        MARKS.iter().find(|(mark, ..)| is_marked(mark)).map(|&(_, what, advice)| (what, advice))
    };
    match found {
        Some((what, advice)) => refuse(name, &format!("this is {what}, not a template; {advice}")),
        None if !head.is_empty() && head.iter().all(|&byte| byte == 0) => {
            refuse(name, "this file contains only NUL bytes, so it was damaged; restore it from a backup")
        }
        None => Ok(()),
    }
}

/// Refuses a file without a known mark that is not text either. This is checked only if the encoding was not given.
///
/// # Errors
///
/// Such a file.
pub(super) fn check_unmarked(name: &str, bytes: &[u8]) -> Result<(), Error> {
    let head = &bytes[..bytes.len().min(HEAD)];
    if head.len() < FEWEST || memchr::memchr(0, head).is_none() || std::str::from_utf8(head).is_ok() {
        return Ok(());
    }
    let is_control = |byte: &&u8| **byte < b' ' && !b"\t\n\x0C\r\x1B".contains(byte);
    match head.iter().filter(is_control).count() * CONTROLS > head.len() {
        true => refuse(name, &format!("this file is not text, so it is not a template; {CHECK_NAME}")),
        false => Ok(()),
    }
}

/// Which kind of document a zip archive is. Its directory, with all names, is at its end.
fn archive(bytes: &[u8]) -> (&'static str, &'static str) {
    let ends = [&bytes[..bytes.len().min(HEAD)], &bytes[bytes.len().saturating_sub(HEAD)..]];
    let has = |text: &[u8]| ends.iter().any(|end| memmem::find(end, text).is_some());
    if has(b"word/") {
        ("a Word document (.docx)", SAVE_WORD)
    } else if has(b"xl/") {
        ("an Excel workbook (.xlsx)", CHECK_NAME)
    } else if has(b"ppt/") {
        ("a PowerPoint presentation (.pptx)", CHECK_NAME)
    } else if has(b"application/vnd.oasis.opendocument") {
        ("an OpenDocument file (.odt)", SAVE_WORD)
    } else {
        ("a zip archive", UNPACK)
    }
}

fn refuse(name: &str, detail: &str) -> Result<(), Error> {
    Err(Error::new(ErrorKind::Encoding, detail).at(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(bytes: &[u8]) -> Option<String> {
        check("a.html", bytes)
            .and_then(|()| check_unmarked("a.html", bytes))
            .err()
            .map(|error| error.detail().to_owned())
    }

    #[test]
    fn files_of_other_programs_are_named() {
        for (bytes, what) in [
            (&b"PK\x03\x04\x14\0[Content_Types].xml\0word/document.xml"[..], "a Word document (.docx)"),
            (b"PK\x03\x04\x14\0mails/note.html\0", "a zip archive"),
            (b"%PDF-1.7", "a PDF document"),
            (b"{\\rtf1\\ansi Hello}", "an RTF document"),
            (b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1\0\0", "an Outlook message"),
            (b"GIF89a\x01", "a GIF image"),
            (b"MZ\x90\0\x03\0\0\0", "a Windows program"),
            (b"SQLite format 3\0\x10", "an SQLite database"),
            (b"\x1F\x8B\x08\0\0\0", "a gzip archive"),
        ] {
            let detail = refused(bytes).unwrap_or_default();
            assert!(detail.starts_with(&format!("this is {what}")) && detail.contains("; "), "{detail}");
        }
        assert!(refused(&[0; 64]).unwrap().contains("only NUL bytes"));
        let all: Vec<u8> = (0..=255).cycle().take(1024).collect();
        assert!(refused(&all).unwrap().contains("is not text"));
    }

    #[test]
    fn text_that_begins_like_them_is_text() {
        for text in [
            "MZ is our office in Mainz",
            "BMW <p>",
            "PK <p>[srnumber]",
            "RIFF",
            "{rtf}",
            "",
            "<p>\0 caf\u{e9} and more",
        ] {
            assert_eq!(refused(text.as_bytes()), None, "{text}");
        }
        assert_eq!(refused(b"<p>a stray \0 and a caf\xE9 in an old encoding</p>"), None);
    }
}
