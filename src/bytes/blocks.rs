//! Which bytes of a block of 64 are of some kind, as the bits of one number; the first byte has the lowest bit.
//!
//! ```text
//! [u8; 64] --matrix--> u64, a bit per byte in another order --transposed--> u64, in the order of the bytes
//! ```

/// How many bytes are in a block.
pub(crate) const BLOCK: usize = 64;

/// One bit per byte of a block: for byte `c` of row `r` of eight, bit `r` of byte `c`.
#[inline(always)]
pub(crate) fn matrix(block: &[u8; BLOCK], is_one: impl Fn(u8) -> bool) -> u64 {
    // In this form it compiles to 16-byte instructions without branches.
    let mut found = block.map(|byte| if is_one(byte) { u8::MAX } else { 0 });
    for (index, found) in found.iter_mut().enumerate() {
        *found &= 1 << (index / 8);
    }
    found.as_chunks().0.iter().fold(0, |matrix, row| matrix | u64::from_le_bytes(*row))
}

/// Transposes an 8 by 8 matrix: for byte `c` of row `r`, bit `c` of byte `r`.
#[inline(always)]
pub(crate) fn transposed(mut matrix: u64) -> u64 {
    for (distance, mask) in [(7, 0x00AA_00AA_00AA_00AA), (14, 0x0000_CCCC_0000_CCCC), (28, 0x0000_0000_F0F0_F0F0)] {
        let swapped = (matrix ^ (matrix >> distance)) & mask;
        matrix ^= swapped ^ (swapped << distance);
    }
    matrix
}
