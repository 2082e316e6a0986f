//! The error about a recorded message that cannot be read.

use crate::error::{Error, ErrorKind};

/// What to do about a recorded message that cannot be read.
pub(super) const RESTORE: &str = "restore it from git, or record it again with `psalink test --accept`";

/// The error about a recorded message that cannot be parsed.
pub(super) fn damaged(name: &str, line: Option<usize>, reason: &str) -> Error {
    let error =
        Error::new(ErrorKind::Snapshot, format!("this recorded message cannot be read: {reason}; {RESTORE}")).at(name);
    match line {
        Some(line) => error.at_place(line, 1),
        None => error,
    }
}
