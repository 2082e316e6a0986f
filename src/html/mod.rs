//! HTML, as far as psalink reads it.

pub(crate) mod elements;
