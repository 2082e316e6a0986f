//! Where rare bytes are, at which a search begins to look: a bit for each byte of a text.

use crate::bytes::blocks::{BLOCK, matrix, transposed};

/// The positions of some bytes in a text.
#[derive(Debug)]
pub(crate) struct RareBytes {
    /// For each 64 bytes of the text, one bit per byte; the first byte has the lowest bit.
    blocks: Vec<u64>,
}

/// The positions, in order.
#[derive(Clone, Debug)]
pub(crate) struct Positions<'a> {
    blocks: &'a [u64],
    /// The index of the current block, and its remaining bits.
    block: usize,
    bits: u64,
}

impl RareBytes {
    /// Finds the bytes of a kind. Where they are more than a few, this takes half as long as `memchr`.
    pub(crate) fn of(bytes: &[u8], is_one: impl Fn(u8) -> bool + Copy) -> RareBytes {
        let (blocks, rest) = bytes.as_chunks();
        let mut last = [0; BLOCK];
        last[..rest.len()].copy_from_slice(rest);
        let mut blocks: Vec<u64> = blocks.iter().chain([&last]).map(|block| matrix(block, is_one)).collect();
        for bits in &mut blocks {
            *bits = transposed(*bits);
        }
        RareBytes { blocks }
    }

    /// All of them.
    pub(crate) fn iter(&self) -> Positions<'_> {
        Positions { blocks: &self.blocks, block: 0, bits: self.blocks.first().copied().unwrap_or_default() }
    }
}

impl Positions<'_> {
    /// Leaves out what is before `at`.
    #[inline]
    pub(crate) fn skip_to(&mut self, at: usize) {
        if self.block < at / BLOCK {
            self.block = at / BLOCK;
            self.bits = self.blocks.get(self.block).copied().unwrap_or_default();
        }
        if self.block == at / BLOCK {
            self.bits &= u64::MAX << (at % BLOCK);
        }
    }
}

impl Iterator for Positions<'_> {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        while self.bits == 0 {
            self.bits = *self.blocks.get(self.block + 1)?;
            self.block += 1;
        }
        let at = self.block * BLOCK + self.bits.trailing_zeros() as usize;
        self.bits &= self.bits - 1;
        Some(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_all_from_anywhere() {
        let bytes: Vec<u8> = (0..999).map(|index: usize| (index * index / 7) as u8).collect();
        for length in [0, 1, 63, 64, 65, 128, bytes.len()] {
            let bytes = &bytes[..length];
            let expected: Vec<usize> = (0..length).filter(|&at| matches!(bytes[at], b'=' | b'@')).collect();
            let found = RareBytes::of(bytes, |byte| byte == b'=' || byte == b'@');
            assert_eq!(found.iter().collect::<Vec<_>>(), expected);
            for from in (0..length + 200).step_by(13) {
                let mut positions = found.iter();
                positions.skip_to(from / 2);
                positions.skip_to(from);
                let first = expected.partition_point(|&at| at < from);
                assert_eq!(positions.collect::<Vec<_>>(), expected[first..], "from {from}");
            }
        }
    }
}
