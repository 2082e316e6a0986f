//! What each byte can be part of, and how far a run of bytes of some classes goes.

use memchr::memchr;

pub(super) const SPACE: u8 = 1;
pub(super) const SLASH: u8 = 2;
pub(super) const TAG_NAME: u8 = 4;
pub(super) const NAME: u8 = 8;
pub(super) const UNQUOTED: u8 = 16;

/// For each byte, what it can be part of.
pub(super) const CLASSES: [u8; 256] = {
    let mut classes = [TAG_NAME | NAME | UNQUOTED; 256];
    // The standard turns CR into LF beforehand.
    let mut spaces: &[u8] = b"\t\n\x0C\r ";
    while let [space, rest @ ..] = spaces {
        classes[*space as usize] = SPACE;
        spaces = rest;
    }
    classes[b'/' as usize] = SLASH | UNQUOTED;
    classes[b'=' as usize] = TAG_NAME | UNQUOTED;
    classes[b'>' as usize] = 0;
    classes
};

/// Whether a byte ends the name of a tag.
#[inline(always)]
pub(super) fn ends_tag_name(byte: u8) -> bool {
    CLASSES[byte as usize] & TAG_NAME == 0
}

/// The first offset at or after `at` whose byte is in none of the classes, or the end.
#[inline(always)]
pub(super) fn skip(input: &[u8], mut at: usize, classes: u8) -> usize {
    while let Some(&byte) = input.get(at)
        && CLASSES[byte as usize] & classes != 0
    {
        at += 1;
    }
    at
}

/// The offset of the next `byte` at or after `at`, or the end.
#[inline(always)]
pub(super) fn find(input: &[u8], mut at: usize, byte: u8) -> usize {
    // Most texts and values are so short that checking here is cheaper than calling `memchr`.
    for _ in 0..4 {
        let Some(block) = input.get(at..).and_then(|rest| rest.first_chunk::<16>()) else { break };
        if block.iter().fold(false, |found, &other| found | (other == byte)) {
            return at + position(block, byte);
        }
        at += block.len();
    }
    input.get(at..).and_then(|rest| memchr(byte, rest)).map_or(input.len(), |length| at + length)
}

/// The position of `byte` in a block that contains it.
#[inline(always)]
fn position(block: &[u8; 16], byte: u8) -> usize {
    const ONES: u64 = u64::MAX / 255;
    for (index, word) in block.as_chunks::<8>().0.iter().enumerate() {
        let word = u64::from_le_bytes(*word) ^ (ONES * u64::from(byte));
        // The lowest byte that is now zero sets the lowest remaining bit.
        let zeros = word.wrapping_sub(ONES) & !word & (ONES << 7);
        if zeros != 0 {
            return index * 8 + zeros.trailing_zeros() as usize / 8;
        }
    }
    block.len()
}

/// Whether `rest` starts with a tag with that name.
pub(super) fn is_tag(rest: &[u8], opening: &[u8], name: &[u8]) -> bool {
    rest.strip_prefix(opening).is_some_and(|rest| {
        starts_with_ignore_case(rest, name)
            && rest.get(name.len()).is_some_and(|&byte| CLASSES[byte as usize] & TAG_NAME == 0)
    })
}

pub(super) fn starts_with_ignore_case(text: &[u8], start: &[u8]) -> bool {
    text.get(..start.len()).is_some_and(|text| text.eq_ignore_ascii_case(start))
}
