//! Passes psalink's own errors through minijinja, which adds where they happened.

use minijinja::ErrorKind as Kind;

use crate::error::Error;

/// psalink's own error on its way through minijinja.
#[derive(Debug)]
pub(super) struct CarriedError(pub(super) Error);

impl std::fmt::Display for CarriedError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for CarriedError {}

/// Wraps an error for minijinja, which adds where it happened.
pub(super) fn carry(error: Error) -> minijinja::Error {
    minijinja::Error::new(Kind::InvalidOperation, error.detail().to_owned()).with_source(CarriedError(error))
}
