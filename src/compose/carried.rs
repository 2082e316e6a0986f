//! An error on its way through minijinja, which adds where it happened.

use minijinja::ErrorKind as Kind;

use crate::error::Error;

/// psalink's own error on its way through minijinja.
#[derive(Debug)]
pub(super) struct Told(pub(super) Error);

impl std::fmt::Display for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Told {}

/// Sends an error through minijinja, which adds where it happened.
pub(super) fn told(error: Error) -> minijinja::Error {
    minijinja::Error::new(Kind::InvalidOperation, error.detail().to_owned()).with_source(Told(error))
}
