//! Finds the few bytes that a tokenizer must stop at, 64 bytes at a time.

/// The offsets of the bytes `<`, `=`, `>`, `?` and `"`, ascending; it does not matter if there are a few others.
///
/// To look at a block takes equally long whatever is in it, and the processor can do it while it still works on the
/// last one. A search from wherever the last search ended has to wait for that.
pub(super) struct Stops<'a> {
    bytes: &'a [u8],
    /// The one that holds the block in hand.
    window: &'a mut Window,
    /// Where that block starts.
    start: usize,
    /// Its stops that are still to come.
    bits: u64,
}

/// For each of some blocks in a row, a bit for each byte, set where it is a stop; the first byte has the lowest bit.
///
/// The first block starts at a multiple of [`WINDOW`]. A reference to it and not the array is in [`Stops`], so that the
/// rest of that can be in registers.
pub(super) type Window = [u64; 16];

const BLOCK: usize = 64;
const WINDOW: usize = BLOCK * size_of::<Window>() / size_of::<u64>();

impl<'a> Stops<'a> {
    /// All of them; what is in the window does not matter.
    #[inline(always)]
    pub(super) fn new(bytes: &'a [u8], window: &'a mut Window) -> Stops<'a> {
        load(bytes, 0, window);
        Stops { bytes, start: 0, bits: window[0], window }
    }

    /// The next one.
    #[inline(always)]
    pub(super) fn next(&mut self) -> Option<usize> {
        while self.bits == 0 {
            self.start += BLOCK;
            if self.start.is_multiple_of(WINDOW) {
                if self.start >= self.bytes.len() {
                    // The window in hand is still the one before.
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

    /// Goes on with the first one that is not before `at`, which may also lie back.
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
        *bits = matrix(block);
    }
    if let Some(bits) = window.get_mut(blocks.len()) {
        let mut block = [0; BLOCK];
        block[..rest.len()].copy_from_slice(rest);
        *bits = matrix(&block);
    }
    for bits in window {
        *bits = transposed(*bits);
    }
}

/// A bit for each byte of a block, set where it is a stop: for byte `c` of row `r` of eight, bit `r` of byte `c`.
#[inline(always)]
fn matrix(block: &[u8; BLOCK]) -> u64 {
    // In this form it compiles to instructions for 16 bytes each, without a branch. `<`, `=`, `>` and `?` differ in
    // their last two bits only.
    let mut found = block.map(|byte| if (byte & !3 == b'<') | (byte == b'"') { u8::MAX } else { 0 });
    for (index, found) in found.iter_mut().enumerate() {
        *found &= 1 << (index / 8);
    }
    found.as_chunks().0.iter().fold(0, |matrix, row| matrix | u64::from_le_bytes(*row))
}

/// Swaps the rows and columns of an 8 by 8 matrix: for byte `c` of row `r`, bit `c` of byte `r`.
#[inline(always)]
fn transposed(mut matrix: u64) -> u64 {
    for (distance, mask) in [(7, 0x00AA_00AA_00AA_00AA), (14, 0x0000_CCCC_0000_CCCC), (28, 0x0000_0000_F0F0_F0F0)] {
        let swapped = (matrix ^ (matrix >> distance)) & mask;
        matrix ^= swapped ^ (swapped << distance);
    }
    matrix
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
