//! Finds the few bytes that every word with a secret has.

use crate::bytes::rare::{Positions, RareBytes};

/// The positions of the characters without which no word contains a secret: `=`, `@`, and bytes that begin an encoded
/// form of them.
pub(super) struct Triggers<'a> {
    bytes: &'a [u8],
    positions: Positions<'a>,
}

/// The positions of `=`, `@`, `%` and `&`.
pub(super) fn signs(bytes: &[u8]) -> RareBytes {
    RareBytes::of(bytes, |byte| (byte == b'=') | (byte == b'@') | (byte.wrapping_sub(b'%') <= 1))
}

impl<'a> Triggers<'a> {
    pub fn new(bytes: &'a [u8], signs: &'a RareBytes) -> Triggers<'a> {
        Triggers { bytes, positions: signs.iter() }
    }

    /// The next one at or after a position, which must not be before the previous one.
    pub fn next_from(&mut self, from: usize) -> Option<usize> {
        self.positions.skip_to(from);
        let bytes = self.bytes;
        self.positions.find(|&at| match &bytes[at..] {
            [b'=' | b'@', ..] => true,
            [b'%', next, ..] => matches!(next, b'2'..=b'4'),
            // `&nbsp;` and `&#8204;`, which are common, encode neither.
            [b'&', b'#', digits @ ..] => !is_beyond_ascii(digits),
            [b'&', first, ..] => b"aAcep".contains(first),
            _ => false,
        })
    }
}

/// Whether a numeric reference, after its `#`, has four or five digits, and so is a character beyond ASCII.
pub(super) fn is_beyond_ascii(digits: &[u8]) -> bool {
    let length = digits.iter().take(6).take_while(|byte| byte.is_ascii_digit()).count();
    matches!(length, 4 | 5) && digits[0] != b'0' && digits.get(length) == Some(&b';')
}
