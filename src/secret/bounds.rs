//! Where words begin and end, and what names consist of.

use std::ops::Range;

/// The word around a byte; it starts at `from` at the earliest.
pub(super) fn word_around(bytes: &[u8], at: usize, from: usize) -> Range<usize> {
    let mut start = at;
    while bytes[from..start].last_chunk().is_some_and(is_whole) {
        start -= BLOCK;
    }
    let mut end = at;
    while bytes[end..].first_chunk().is_some_and(is_whole) {
        end += BLOCK;
    }
    let before = (from..start).rev().find(|&at| is_blank(bytes, at));
    let after = (end..bytes.len()).find(|&at| is_blank(bytes, at));
    before.map_or(from, |before| before + 1)..after.unwrap_or(bytes.len())
}

/// How many bytes are compared at once.
const BLOCK: usize = 16;

/// Whether no word ends in a block. Without branches, this compares all of its bytes at once.
fn is_whole(block: &[u8; BLOCK]) -> bool {
    !block.iter().fold(false, |found, &byte| {
        found | (byte <= b' ') | (byte == b'"') | (byte == b'<') | (byte == b'>') | (byte == 0x7F)
    })
}

/// Characters that no link contains. `<` counts only if it begins a tag, because a password may contain one.
pub(super) fn is_blank(bytes: &[u8], at: usize) -> bool {
    match KINDS[usize::from(bytes[at])] {
        BLANK => true,
        OPEN => bytes.get(at + 1).is_none_or(|next| next.is_ascii_alphabetic() || b"/!?".contains(next)),
        _ => false,
    }
}

const NAME: u8 = 1;
const BLANK: u8 = 2;
const OPEN: u8 = 3;

/// For each byte, whether names consist of it, or words end at it.
const KINDS: [u8; 256] = {
    let mut kinds = [0; 256];
    let mut byte: u8 = 0;
    while byte < 0x80 {
        kinds[byte as usize] = match byte {
            0..=b' ' | b'"' | b'>' | 0x7F => BLANK,
            b'<' => OPEN,
            b'_' | b'-' | b'.' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => NAME,
            _ => 0,
        };
        byte += 1;
    }
    kinds
};

/// Whether the name of a parameter may contain a byte.
pub(super) fn is_name(byte: u8) -> bool {
    KINDS[usize::from(byte)] == NAME
}
