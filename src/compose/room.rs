//! A place outside this process in which templates are put together.

use std::fmt;

use crate::error::Error;

/// A place outside this process in which templates are put together, where whatever they do can do no harm.
pub trait Workroom: fmt::Debug + Send + Sync {
    /// Brings an order to a [`Composer::fill_order`](crate::compose::Composer::fill_order) elsewhere, and gives its answer. `name` is the template's file.
    ///
    /// # Errors
    ///
    /// What kept the order from being answered.
    fn bring(&self, name: &str, order: Vec<u8>) -> Result<Vec<u8>, Error>;
}
