//! Bytes as hexadecimal digits.

use std::fmt::Write as _;

/// Two lowercase digits for each byte.
///
/// ```
/// assert_eq!(psalink::source::hex(&[0x0a, 0xff]), "0aff");
/// ```
pub fn hex(bytes: &[u8]) -> String {
    let mut digits = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}
