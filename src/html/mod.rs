//! HTML, as far as psalink reads it.

pub(crate) mod elements;
pub(crate) mod open_elements;
pub mod scan;
