//! HTML, as far as psalink reads it.
//!
//! ```text
//! bytes --scan--> [Region] --open_elements--> which elements are open at a byte
//! ```

pub(crate) mod elements;
pub(crate) mod escape;
pub(crate) mod open_elements;
pub mod scan;

pub use self::scan::element;
