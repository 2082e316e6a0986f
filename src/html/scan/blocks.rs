//! Finds the few bytes at which the tokenizer must stop, 64 bytes at a time.

use crate::bytes::blocks::{BLOCK, matrix, transposed};

/// The offsets of the bytes `<`, `=`, `>`, `?` and `"`, ascending; a few false positives do not matter.
///
/// Checking a block takes the same time whatever it contains, and the processor can do it while it still works on the
/// previous block. A search that starts where the last one ended has to wait for that one.
pub(super) struct Stops<'a> {
    bytes: &'a [u8],
    /// The window that contains the current block.
    window: &'a mut Window,
    /// Where the current block starts.
    start: usize,
    /// Its remaining stops.
    bits: u64,
}

/// For each of some consecutive blocks, one bit per byte that is set if the byte is a stop. The first byte has the
/// lowest bit.
///
/// The first block starts at a multiple of [`WINDOW`]. [`Stops`] holds a reference to it rather than the array, so that
/// the other fields can be kept in registers.
pub(super) type Window = [u64; 16];

const WINDOW: usize = BLOCK * size_of::<Window>() / size_of::<u64>();

impl<'a> Stops<'a> {
    /// All stops; the previous content of the window does not matter.
    #[inline(always)]
    pub(super) fn new(bytes: &'a [u8], window: &'a mut Window) -> Stops<'a> {
        load(bytes, 0, window);
        Stops { bytes, start: 0, bits: window[0], window }
    }

    /// The next stop.
    #[inline(always)]
    pub(super) fn next(&mut self) -> Option<usize> {
        while self.bits == 0 {
            self.start += BLOCK;
            if self.start.is_multiple_of(WINDOW) {
                if self.start >= self.bytes.len() {
                    // The window still contains the previous block.
                    self.start -= BLOCK;
                    return None;
                }
                load(self.bytes, self.start, self.window);
            }
            self.bits = self.window[self.start % WINDOW / BLOCK];
        }
        let at = self.start + self.bits.trailing_zeros() as usize;
        self.bits &= self.bits - 1;
        Some(at)
    }

    /// Continues with the first stop at or after `at`, which may also be before the current position.
    #[inline(always)]
    pub(super) fn seek(&mut self, at: usize) {
        if at / WINDOW != self.start / WINDOW {
            load(self.bytes, at - at % WINDOW, self.window);
        }
        self.start = at - at % BLOCK;
        self.bits = self.window[at % WINDOW / BLOCK] & (u64::MAX << (at % BLOCK));
    }
}

/// Fills the window that starts at `at`.
#[inline(never)]
fn load(bytes: &[u8], at: usize, window: &mut Window) {
    let (blocks, rest) = bytes.get(at..).unwrap_or_default().as_chunks();
    *window = Window::default();
    for (bits, block) in window.iter_mut().zip(blocks) {
        *bits = matrix(block, is_stop);
    }
    if let Some(bits) = window.get_mut(blocks.len()) {
        let mut block = [0; BLOCK];
        block[..rest.len()].copy_from_slice(rest);
        *bits = matrix(&block, is_stop);
    }
    for bits in window {
        *bits = transposed(*bits);
    }
}

/// Whether the tokenizer must stop at a byte. `<`, `=`, `>` and `?` differ only in their last two bits.
#[inline(always)]
fn is_stop(byte: u8) -> bool {
    (byte & !3 == b'<') | (byte == b'"')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_all_from_anywhere() {
        let bytes: Vec<u8> = (0..2 * WINDOW + 99).map(|index| (index * index / 7 % 128) as u8).collect();
        for length in [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, WINDOW - 1, WINDOW, WINDOW + 1, bytes.len()] {
            let bytes = &bytes[..length];
            let expected: Vec<_> = (0..length).filter(|&at| b"<=>?\"".contains(&bytes[at])).collect();
            let mut window = Window::default();
            let mut stops = Stops::new(bytes, &mut window);
            assert_eq!(std::iter::from_fn(|| stops.next()).collect::<Vec<_>>(), expected);
            for at in (0..=length).rev().step_by(13) {
                stops.seek(at);
                let first = expected.partition_point(|&stop| stop < at);
                assert_eq!(std::iter::from_fn(|| stops.next()).collect::<Vec<_>>(), expected[first..], "from {at}");
            }
        }
    }
}
