//! Words that many messages share: numbers with their nouns, and why the system refused a file.

use std::io;
use std::path::Path;

use psalink::{Error, ErrorKind};

use crate::paths::show;

/// `1 file`, `2 files`
pub fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// An error about a file that could not be read or written.
pub fn could_not(verb: &str, path: &Path, error: io::Error) -> Error {
    let detail = format!("could not {verb} the file: {}", reason(&error));
    Error::new(ErrorKind::Io, detail).at(show(path)).because(error)
}

/// What the system says, in words that help.
pub fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "it does not exist".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::StorageFull => "the disk is full".to_owned(),
        io::ErrorKind::QuotaExceeded => "this account has no disk space left".to_owned(),
        // A file that was to be read; what the system says has a number.
        io::ErrorKind::FileTooLarge if !error.to_string().contains("(os error") => error.to_string(),
        io::ErrorKind::FileTooLarge => "it is larger than this account is allowed to write".to_owned(),
        io::ErrorKind::ReadOnlyFilesystem => "the disk is read-only".to_owned(),
        io::ErrorKind::IsADirectory => "it is a folder".to_owned(),
        io::ErrorKind::InvalidFilename => "its name is too long or not valid on this computer".to_owned(),
        io::ErrorKind::NotADirectory => "part of its path is not a folder".to_owned(),
        _ => {
            let text = error.to_string();
            text.split(" (os error").next().unwrap_or(&text).to_owned()
        }
    }
}
