//! Finds where a tag ends.

use super::attributes::{Attributes, Quote};
use super::blocks::Stops;
use super::classes::ends_tag_name;
use super::hints::TagHints;

/// Where a tag ends, and what is unusual about it.
pub(super) struct TagEnd {
    pub end: usize,
    /// Whether it contains `<` or `>` before that; `true` also if that was not looked at.
    pub may_be_suspect: bool,
    /// See [`Summary`](super::Summary).
    pub has_odd_value: bool,
    pub hints: TagHints,
}

/// Where a start tag ends whose name ends at `name_end`; consumes all stops before that.
#[inline(always)]
pub(super) fn start_tag_end(input: &[u8], name_end: usize, stops: &mut Stops) -> TagEnd {
    let (mut may_be_suspect, mut has_odd_value, mut hints) = (false, false, TagHints::NONE);
    let mut equals = match next_equals(input, stops, &mut may_be_suspect) {
        Ok(equals) => equals,
        Err(end) => return TagEnd { end, may_be_suspect, has_odd_value, hints },
    };
    // Nearly all attributes look like this: after the tag's name or another value, a name that ends with a lowercase
    // letter, and a value in double quotes. Since its `=` is the first one there, it is not part of a name or a value.
    // `at` is after the tag's name, or after an attribute; one without `=` makes no difference here.
    let mut at = name_end;
    while at < equals && input[equals - 1].is_ascii_lowercase() && input.get(equals + 1) == Some(&b'"') {
        hints.add(input, at, equals);
        // This is the opening quote.
        stops.next();
        let close = loop {
            match stops.next().map(|stop| (stop, input.get(stop))) {
                Some((close, Some(b'"'))) => break close,
                Some((_, Some(byte))) => may_be_suspect |= matches!(byte, b'<' | b'>'),
                _ => {
                    return TagEnd {
                        end: input.len(),
                        may_be_suspect: true,
                        has_odd_value: true,
                        hints: TagHints::ALL,
                    };
                }
            }
        };
        at = close + 1;
        has_odd_value |= goes_on(input, at);
        equals = match next_equals(input, stops, &mut may_be_suspect) {
            Ok(equals) => equals,
            Err(end) => return TagEnd { end, may_be_suspect, has_odd_value, hints },
        };
    }
    // Otherwise, only the attribute parser can tell whether a `=` after such an attribute begins a name.
    let (end, is_odd) = any_tag_end(input, at);
    stops.seek(end);
    TagEnd { end, may_be_suspect: true, has_odd_value: has_odd_value | is_odd, hints: TagHints::ALL }
}

/// Whether something other than a space or the end of the tag follows a value, right after its closing quote.
#[inline(always)]
fn goes_on(input: &[u8], after: usize) -> bool {
    match input.get(after) {
        Some(b'/') => input.get(after + 1) != Some(&b'>'),
        Some(next) => !ends_tag_name(*next),
        None => true,
    }
}

/// The next `=`, or else the end of the tag, provided that no quoted value is in between.
#[inline(always)]
fn next_equals(input: &[u8], stops: &mut Stops, may_be_suspect: &mut bool) -> Result<usize, usize> {
    while let Some(stop) = stops.next() {
        match input.get(stop) {
            Some(b'>') => return Err(stop + 1),
            Some(b'=') => return Ok(stop),
            Some(byte) => *may_be_suspect |= *byte == b'<',
            None => break,
        }
    }
    *may_be_suspect = true;
    Err(input.len())
}

/// Where an end tag ends whose name ends at `name_end`; consumes all stops before that.
#[inline(always)]
pub(super) fn end_tag_end(input: &[u8], name_end: usize, stops: &mut Stops) -> TagEnd {
    let mut may_be_suspect = false;
    match next_equals(input, stops, &mut may_be_suspect) {
        Ok(_) => {
            let (end, has_odd_value) = any_tag_end(input, name_end);
            stops.seek(end);
            TagEnd { end, may_be_suspect: true, has_odd_value, hints: TagHints::NONE }
        }
        Err(end) => TagEnd { end, may_be_suspect, has_odd_value: false, hints: TagHints::NONE },
    }
}

/// Where a tag ends, applying all rules, starting from the end of its name or of one of its attributes; and whether a
/// value is odd.
#[inline(never)]
fn any_tag_end(input: &[u8], at: usize) -> (usize, bool) {
    let mut attributes = Attributes { input, at };
    let mut is_odd = false;
    while let Some(attribute) = attributes.next() {
        is_odd |= match attribute.quote {
            Quote::Double | Quote::Single => goes_on(input, attributes.at),
            Quote::None => attribute.value.is_some_and(|value| {
                let text = input.get(value.range()).unwrap_or_default();
                matches!(text, [b'\\', ..] | [b'3', b'D', ..])
            }),
        };
    }
    (attributes.at, is_odd)
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
