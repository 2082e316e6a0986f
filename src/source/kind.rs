//! What a template file contains, and how its bytes relate to those on disk.

use crate::file_names::{SUBJECT, TEXT, ends_with, without_source};

/// What a template file contains.
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
    /// The kind of a file, by its name; a source (`.j2`) has the kind of what it is composed to.
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

/// How the scanned bytes relate to the bytes on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DiskForm {
    /// They are the same: UTF-8, or a one-byte encoding in which ASCII is ASCII.
    Same,
    /// UTF-16 on disk, UTF-8 here; written back as UTF-16.
    Utf16 { big_endian: bool, bom: bool },
    /// Decoded and never written back: in these encodings a byte that looks like `[` may be half of a character.
    ReadOnly,
}
