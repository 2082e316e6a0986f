//! Recognizes placeholders whose second bracket is missing: `[srnumber is open`.

use std::sync::Arc;

use crate::parse::Parser;
use crate::parse::document::{Flaw, PartKind, Spelling};
use crate::parse::misspelt_macros::PAIRS;
use crate::parse::spelling::PLACEHOLDER_LIMIT;
use crate::source::Source;
use crate::source::look_alike;

/// How far before a placeholder a bracket may be that belongs to one after it.
const NEAR: usize = 300;

/// The length of a closing bracket of another kind that was written instead: `[srnumber}`. One that belongs to a bracket
/// before the placeholder is not its own: `(ticket [srnumber)`.
fn other_closing(bytes: &[u8], at: usize, end: usize) -> usize {
    let rest = bytes.get(end..).unwrap_or_default();
    let spaces = rest.iter().take(2).take_while(|byte| **byte == b' ').count();
    let rest = &rest[spaces..];
    let Some((open, close)) = PAIRS.iter().find(|(_, close)| rest.starts_with(close.as_bytes())) else {
        let next = rest[..rest.len().min(3)].utf8_chunks().next().and_then(|chunk| chunk.valid().chars().next());
        let is_closing = |next: &char| matches!(look_alike::ascii(*next), Some(']' | '}' | ')' | '>'));
        return next.filter(is_closing).map_or(0, |next| spaces + next.len_utf8());
    };
    let before = &bytes[at.saturating_sub(NEAR)..at];
    let opened = memchr::memmem::rfind(before, open.as_bytes());
    // The `>` of a tag belongs to its `<`.
    let is_own = opened.is_none_or(|opened| memchr::memmem::find(&before[opened..], close.as_bytes()).is_some());
    if is_own { spaces + close.len() } else { 0 }
}

impl Parser<'_> {
    /// `[srnumber is open`: a known name without a bracket before the next tag.
    pub(super) fn unclosed_at(&mut self, source: &Source, bytes: &[u8], at: usize) -> Option<(usize, PartKind)> {
        let window = &bytes[at + 1..bytes.len().min(at + PLACEHOLDER_LIMIT)];
        let stop = window.iter().position(|byte| b"<[]\r\n\"".contains(byte)).unwrap_or(window.len());
        if window.get(stop) == Some(&b']') {
            return None;
        }
        let text = source.decode(&window[..stop]);
        // The longest known name that the text begins with.
        let mut ends: Vec<usize> =
            text.char_indices().filter(|(_, character)| !character.is_alphanumeric()).map(|(index, _)| index).collect();
        ends.push(text.len());
        for &end in ends.iter().rev() {
            let name = &text[..end];
            // A name in a word dialect may also contain `-` and `_`, so it does not end there.
            let goes_on = text[end..].starts_with(['-', '_']);
            let known: Vec<_> = self
                .vocabulary
                .dialects()
                .iter()
                .enumerate()
                .filter_map(|(index, dialect)| {
                    let known = dialect.find(name)?;
                    let exists = dialect.placeholder(known).use_instead.is_none();
                    (exists && !dialect.placeholder(known).is_pattern() && !goes_on).then_some((index, known))
                })
                .collect();
            if let Some(&(dialect, _)) = known.first() {
                let shape = self.vocabulary.dialects()[dialect].shape;
                let length = if source.is_utf8() { end } else { text[..end].chars().count() };
                let spelling = Spelling { name: name.to_owned(), shape, flaws: vec![Flaw::NeverClosed], known };
                let spelling = match &self.unclosed {
                    Some(last) if **last == spelling => last.clone(),
                    _ => self.unclosed.insert(Arc::new(spelling)).clone(),
                };
                let end = at + 1 + length;
                return Some((end + other_closing(bytes, at, end), PartKind::Malformed(spelling)));
            }
        }
        None
    }
}
