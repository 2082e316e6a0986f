//! A place outside this process in which templates are composed.

use std::fmt;

use crate::error::Error;

/// A place outside this process in which templates are composed, so that whatever they do causes no harm.
pub trait Workroom: fmt::Debug + Send + Sync {
    /// Passes an order to a [`Composer::fill_order`](crate::compose::Composer::fill_order) elsewhere, and returns its
    /// answer. `name` is the template's file.
    ///
    /// # Errors
    ///
    /// What prevented the order from being answered.
    fn bring(&self, name: &str, order: Vec<u8>) -> Result<Vec<u8>, Error>;
}
