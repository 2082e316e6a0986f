//! An error as it comes back from another process.

use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind, Missing};

/// An error as it comes back.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Wrong {
    kind: usize,
    detail: String,
    missing: Option<(Missing, usize)>,
    path: Option<String>,
    place: Option<(usize, usize)>,
}

/// The kinds of errors, in the order of their numbers.
pub(super) const KINDS: [ErrorKind; 9] = [
    ErrorKind::Template,
    ErrorKind::Io,
    ErrorKind::Encoding,
    ErrorKind::Config,
    ErrorKind::Vocabulary,
    ErrorKind::Usage,
    ErrorKind::Missing,
    ErrorKind::Snapshot,
    ErrorKind::Internal,
];

impl From<&Error> for Wrong {
    fn from(error: &Error) -> Wrong {
        Wrong {
            kind: KINDS.iter().position(|kind| *kind == error.kind()).unwrap_or_default(),
            detail: error.detail().to_owned(),
            missing: error.missing_at(),
            path: error.path().map(str::to_owned),
            place: error.place(),
        }
    }
}

impl Wrong {
    pub fn into_error(self) -> Error {
        let kind = KINDS.get(self.kind).copied().unwrap_or(ErrorKind::Template);
        let mut error = Error::as_it_was(kind, self.detail, self.missing);
        if let Some(path) = self.path {
            error = error.at(path);
        }
        match self.place {
            Some((line, column)) => error.at_place(line, column),
            None => error,
        }
    }
}
