//! A word of text without spaces, decoded the way a browser would decode a link: character references and
//! percent-encoding, however often one link was put into another.

use std::ops::Range;

/// A byte as a program reads it, and where it was written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unit {
    pub byte: u8,
    /// Where it was written, relative to the start of the word.
    start: u32,
    end: u32,
    /// How often it was percent-encoded: `%2526` is 2. The end of a value is never encoded more often than its `=`.
    pub depth: u8,
    /// Whether it was a character reference.
    pub is_reference: bool,
}

/// How many times a link may be nested in another.
const ROUNDS: usize = 6;

/// The length of the longest character reference, including `&` and `;`.
const LONGEST_REFERENCE: usize = 34;

/// A word.
#[derive(Debug)]
pub(super) struct Word {
    pub units: Vec<Unit>,
    start: usize,
}

impl Word {
    pub fn read(bytes: &[u8], range: Range<usize>) -> Word {
        let text = &bytes[range.clone()];
        let unit = |(at, &byte): (usize, &u8)| Unit {
            byte,
            start: at as u32,
            end: at as u32 + 1,
            depth: 0,
            is_reference: false,
        };
        let mut units: Vec<Unit> = text.iter().enumerate().map(unit).collect();
        undo_dashes(&mut units, text);
        for _ in 0..ROUNDS {
            let before = units.len();
            undo_references(&mut units);
            undo_percent(&mut units, b'%');
            if units.len() == before {
                break;
            }
        }
        Word { units, start: range.start }
    }

    /// The bytes of the text that some units came from.
    pub fn written(&self, range: Range<usize>) -> Range<usize> {
        let end = |index: usize| self.units.get(index).map(|unit| unit.end as usize);
        let Some(start) = self.units.get(range.start).map(|unit| unit.start as usize) else {
            let last = self.units.len().checked_sub(1).and_then(end).unwrap_or_default();
            return self.start + last..self.start + last;
        };
        let stop = range.end.checked_sub(1).filter(|&last| last >= range.start).and_then(end).unwrap_or(start);
        self.start + start..self.start + stop
    }

    /// Some units as a program reads them.
    pub fn read_as(&self, range: Range<usize>) -> Vec<u8> {
        self.units[range].iter().map(|unit| unit.byte).collect()
    }
}

/// Proofpoint's second format writes `-3D` for `%3D` and `_` for `/`, in its parameter `u`.
fn undo_dashes(units: &mut Vec<Unit>, text: &[u8]) {
    const HOST: &[u8] = b"urldefense.";
    const BEGIN: &[u8] = b"/v2/url?u=";
    if memchr::memmem::find(text, HOST).is_none() {
        return;
    }
    let Some(begin) = memchr::memmem::find(text, BEGIN).map(|at| at + BEGIN.len()) else { return };
    let end = memchr::memchr(b'&', &text[begin..]).map_or(text.len(), |at| begin + at);
    let after = units.split_off(end);
    let mut inside = units.split_off(begin);
    undo_percent(&mut inside, b'-');
    for unit in inside.iter_mut().filter(|unit| unit.byte == b'_' && unit.depth == 0) {
        (unit.byte, unit.depth) = (b'/', 1);
    }
    units.append(&mut inside);
    units.extend(after);
}

fn undo_percent(units: &mut Vec<Unit>, mark: u8) {
    let mut kept = 0;
    let mut at = 0;
    while at < units.len() {
        let mut unit = units[at];
        at += 1;
        if unit.byte == mark
            && let [high, low, ..] = units[at..]
            && let (Some(h), Some(l)) = ((high.byte as char).to_digit(16), (low.byte as char).to_digit(16))
        {
            unit = Unit {
                byte: (h * 16 + l) as u8, // two hexadecimal digits are one byte
                start: unit.start,
                end: low.end,
                depth: unit.depth.max(high.depth).max(low.depth).saturating_add(1),
                is_reference: false,
            };
            at += 2;
        }
        units[kept] = unit;
        kept += 1;
    }
    units.truncate(kept);
}

fn undo_references(units: &mut Vec<Unit>) {
    if !units.iter().any(|unit| unit.byte == b'&') {
        return;
    }
    let mut out: Vec<Unit> = Vec::with_capacity(units.len());
    let mut at = 0;
    while at < units.len() {
        let first = units[at];
        match (first.byte == b'&').then(|| reference(&units[at..])).flatten() {
            Some((text, length)) => {
                let last = units[at + length - 1]; // a reference is never empty
                let unit =
                    |byte| Unit { byte, start: first.start, end: last.end, depth: first.depth, is_reference: true };
                out.extend(text.bytes().map(unit));
                at += length;
            }
            None => {
                out.push(first);
                at += 1;
            }
        }
    }
    *units = out;
}

/// What a reference means, and how many units it has. A named one counts only with its semicolon: `&reg_id=` is a
/// parameter.
fn reference(units: &[Unit]) -> Option<(String, usize)> {
    let body = units[1..].iter().take(LONGEST_REFERENCE);
    let body = body.take_while(|unit| unit.byte.is_ascii_alphanumeric() || unit.byte == b'#').count();
    let is_closed = units.get(1 + body).is_some_and(|unit| unit.byte == b';');
    let is_number = units.get(1).is_some_and(|unit| unit.byte == b'#');
    if body == 0 || !(is_closed || is_number) {
        return None;
    }
    let length = 1 + body + usize::from(is_closed);
    let written: String = units[..length].iter().map(|unit| unit.byte as char).collect();
    let read = htmlize::unescape(&*written);
    (*read != *written).then(|| (read.into_owned(), length))
}
