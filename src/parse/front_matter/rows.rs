//! Finds the lines of settings, and reads the keys in them.

use crate::span::Span;

/// The keys that settings may have.
pub(super) const KEYS: [&[u8]; 6] = [b"subject", b"dialect", b"context", b"audience", b"layout", b"text"];

/// The lines between two fences, the first of them at `start`, and where the body begins.
pub(crate) fn fenced(bytes: &[u8], start: usize) -> Option<(Vec<Span>, usize)> {
    let mut lines = lines(bytes, start);
    if !lines.next().is_some_and(|(line, _)| is_fence(&bytes[line.range()])) {
        return None;
    }
    let mut rows = Vec::new();
    loop {
        // Without a second fence, the first one is a line of the body.
        let (line, next) = lines.next()?;
        if is_fence(&bytes[line.range()]) {
            return Some((rows, next));
        }
        rows.push(line);
    }
}

/// What follows a key at the margin and its colon: `key: value`, `"key": value`, `'key' : value`.
pub(super) fn after_key<'a>(row: &'a [u8], key: &[u8]) -> Option<&'a [u8]> {
    let (quote, rest) = match row {
        [quote @ (b'"' | b'\''), rest @ ..] => (Some(*quote), rest),
        _ => (None, row),
    };
    let rest = rest.strip_prefix(key)?;
    let rest = quote.map_or(Some(rest), |quote| rest.strip_prefix(&[quote]))?;
    rest.trim_ascii_start().strip_prefix(b":")
}

/// Whether a line is `---`.
pub(super) fn is_fence(line: &[u8]) -> bool {
    line.trim_ascii_end() == b"---"
}

/// Lines without their ends, each with the start of the next.
pub(super) fn lines(bytes: &[u8], start: usize) -> impl Iterator<Item = (Span, usize)> {
    let mut at = start;
    std::iter::from_fn(move || {
        if at >= bytes.len() {
            return None;
        }
        let start = at;
        let stop = memchr::memchr2(b'\n', b'\r', &bytes[at..]).map_or(bytes.len(), |offset| at + offset);
        at = match bytes.get(stop..) {
            Some([b'\r', b'\n', ..]) => stop + 2,
            Some([_, ..]) => stop + 1,
            _ => stop,
        };
        Some((Span::new(start, stop), at))
    })
}
