//! Where a byte is for a reader.

/// Where a byte is, in the units that readers use; everything but `offset` counts from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Bytes before it in the file as it is on the disk.
    pub offset: usize,
    /// The line; LF, CR LF and a lone CR end one.
    pub line: usize,
    /// The column in characters (Unicode code points).
    pub column: usize,
    /// The column in UTF-16 units, as editors and web pages count.
    pub column_utf16: usize,
}

/// A byte and where it is.
pub(super) type Landmark = (usize, Position);
