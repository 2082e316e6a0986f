//! What a template is, and how its bytes relate to those on the disk.

use crate::file_names::{SUBJECT, TEXT, ends_with, without_source};

/// What a template's file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SourceKind {
    /// An HTML body.
    Html,
    /// A text-only body.
    Text,
    /// One subject line.
    Subject,
}

impl SourceKind {
    /// What a file's name says it holds; a source (`.j2`) holds what it is put together to.
    ///
    /// ```
    /// use psalink::SourceKind;
    /// assert_eq!(SourceKind::of("mails/note.subject.txt.j2"), SourceKind::Subject);
    /// assert_eq!(SourceKind::of("note.eml"), SourceKind::Html);
    /// ```
    pub fn of(name: &str) -> SourceKind {
        let name = without_source(name).as_bytes();
        if ends_with(name, SUBJECT) {
            SourceKind::Subject
        } else if ends_with(name, TEXT) {
            SourceKind::Text
        } else {
            SourceKind::Html
        }
    }
}

/// How the scanned bytes relate to the bytes on the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// They are the same: UTF-8, or a one-byte encoding in which ASCII is ASCII.
    Same,
    /// UTF-16 on the disk, UTF-8 here; written back as it was.
    Utf16 { big_endian: bool, bom: bool },
    /// Decoded, and never written back: in these encodings a byte that looks like `[` may be half a character.
    ReadOnly,
}
