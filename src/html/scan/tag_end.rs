//! Finds where a tag ends.

use super::attributes::Attributes;
use super::blocks::Stops;
use super::classes::{TAG_NAME, skip};
use super::hints::TagHints;

/// Where a tag ends, and whether it contains `<` or `>` before that; `true` also if that was not looked at.
pub(super) type TagEnd = (usize, bool);

/// Where a start tag ends whose name begins at `name` with `word`; consumes all stops before that.
#[inline(always)]
pub(super) fn start_tag_end(input: &[u8], name: usize, word: [u8; 8], stops: &mut Stops) -> (usize, bool, TagHints) {
    let mut is_suspect = false;
    let mut hints = TagHints::default();
    let mut equals = match next_equals(input, stops, &mut is_suspect) {
        Ok(equals) => equals,
        Err(end) => return (end, is_suspect, hints),
    };
    // Nearly all attributes look like this: after the tag's name or another value, a name that ends with a lowercase
    // letter, and a value in double quotes. Since its `=` is the first one there, it is not part of a name or a value.
    let mut is_first = true;
    // After the name, or after an attribute without `=`, which makes no difference here.
    let mut at = space(word).map_or_else(|| skip(input, name, TAG_NAME), |length| name + length);
    while at < equals && input[equals - 1].is_ascii_lowercase() && input.get(equals + 1) == Some(&b'"') {
        hints.add(input, at, equals);
        // This is the opening quote.
        stops.next();
        at = loop {
            match stops.next().map(|stop| (stop, input.get(stop))) {
                Some((close, Some(b'"'))) => break close + 1,
                Some((_, Some(byte))) => is_suspect |= matches!(byte, b'<' | b'>'),
                _ => return (input.len(), true, TagHints::ALL),
            }
        };
        is_first = false;
        equals = match next_equals(input, stops, &mut is_suspect) {
            Ok(equals) => equals,
            Err(end) => return (end, is_suspect, hints),
        };
    }
    // Otherwise, only the attribute parser can tell whether a `=` after such an attribute begins a name.
    let end = any_tag_end(input, if is_first { skip(input, name, TAG_NAME) } else { at });
    stops.seek(end);
    (end, true, TagHints::ALL)
}

/// The next `=`, or else the end of the tag, provided that no quoted value is in between.
#[inline(always)]
fn next_equals(input: &[u8], stops: &mut Stops, is_suspect: &mut bool) -> Result<usize, usize> {
    while let Some(stop) = stops.next() {
        match input.get(stop) {
            Some(b'>') => return Err(stop + 1),
            Some(b'=') => return Ok(stop),
            Some(byte) => *is_suspect |= *byte == b'<',
            None => break,
        }
    }
    *is_suspect = true;
    Err(input.len())
}

/// Where the first space in a word is.
#[inline(always)]
fn space(word: [u8; 8]) -> Option<usize> {
    const ONES: u64 = u64::MAX / 255;
    let word = u64::from_le_bytes(word) ^ (ONES * b' ' as u64);
    // The lowest byte that is now zero sets the lowest remaining bit.
    let zeros = word.wrapping_sub(ONES) & !word & (ONES << 7);
    (zeros != 0).then_some(zeros.trailing_zeros() as usize / 8)
}

/// Where an end tag ends whose name begins at `name`; consumes all stops before that.
#[inline(always)]
pub(super) fn end_tag_end(input: &[u8], name: usize, stops: &mut Stops) -> TagEnd {
    let mut is_suspect = false;
    match next_equals(input, stops, &mut is_suspect) {
        Ok(_) => {
            let end = any_tag_end(input, skip(input, name, TAG_NAME));
            stops.seek(end);
            (end, true)
        }
        Err(end) => (end, is_suspect),
    }
}

/// Where a tag ends, applying all rules, starting from the end of its name or of one of its attributes.
#[inline(never)]
fn any_tag_end(input: &[u8], at: usize) -> usize {
    let mut attributes = Attributes { input, at };
    while attributes.next().is_some() {}
    attributes.at
}

pub(super) fn is_self_closing(input: &[u8], name_end: usize, end: usize) -> bool {
    let mut tag = Attributes { input, at: name_end };
    let mut last = name_end;
    while tag.next().is_some() {
        last = tag.at;
    }
    // In `<svg a=b/>` the slash is part of the value, that is, before `last`.
    input.get(last..end).is_some_and(|rest| rest.ends_with(b"/>"))
}
