//! Where a byte is, in a reader's units.

/// Where a byte is, in the units that readers use; everything except `offset` counts from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The number of bytes before it in the file on disk.
    pub offset: usize,
    /// The line; LF, CR LF and a lone CR each end one.
    pub line: usize,
    /// The column in characters (Unicode code points).
    pub column: usize,
    /// The column in UTF-16 units, as counted by editors and web pages.
    pub column_utf16: usize,
}

/// A byte and where it is.
pub(super) type Landmark = (usize, Position);
