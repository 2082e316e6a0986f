//! How conditional comments end, and how editors and formatters damage those endings.

use crate::html::scan::{Region, RegionKind};
use crate::lint::Context;
use crate::nearest::near;
use crate::span::Span;

/// What closes an opening marker for all programs but Outlook.
pub(super) fn end_of(open: &[u8]) -> &'static str {
    if open.starts_with(b"<!--") { "<!--<![endif]-->" } else { "<![endif]>" }
}

/// `<!--[endif]---->`, `<!-- [endif]-->`, `<! [endif]-->`, `</![endif]>`: an end without the `<![endif]` that Outlook
/// looks for. A comment is one only where its word is spelt right.
pub(super) fn is_broken_end(text: &[u8]) -> bool {
    if text.len() > 64 || memchr::memmem::find(&text.to_ascii_lowercase(), b"<![endif]").is_some() {
        return false;
    }
    let signs: &[u8] = if text.starts_with(b"<!--") { b"-<!>" } else { b"-<!>/[]" };
    let letters = text.iter().filter(|byte| !byte.is_ascii_whitespace() && !signs.contains(byte));
    let word: Vec<u8> = letters.map(u8::to_ascii_lowercase).collect();
    word == b"[endif]" || signs.contains(&b'[') && text.iter().any(|byte| b"[]".contains(byte)) && is_endif(&word)
}

/// `endif`, or a word that is one typing error away from it.
fn is_endif(word: &[u8]) -> bool {
    std::str::from_utf8(word).is_ok_and(|word| word.len() >= 4 && near(word, ["endif"], |_| 1, false).is_some())
}

/// The end of a conditional comment as written, up to its `-->`, if it is not `<![endif]`.
pub(super) fn written_end(cx: &Context<'_>, before: Region, close: Span) -> Option<Span> {
    let text = cx.slice(before.span);
    let start = match before.kind {
        RegionKind::Comment | RegionKind::BogusComment | RegionKind::RevealedClose if is_broken_end(text) => 0,
        // Only the brackets are there, or one of them.
        RegionKind::Text => bare_end(text.trim_ascii_end())?,
        _ => return None,
    };
    Some(Span { start: before.span.start + start as u32, end: close.end })
}

/// Where `[endif]`, `&lt;![endif]` or `<[endif` starts at the end of a text.
fn bare_end(text: &[u8]) -> Option<usize> {
    let inside = text.strip_suffix(b"]").unwrap_or(text);
    let letters = inside.iter().rev().take(8).take_while(|byte| byte.is_ascii_alphabetic()).count();
    let (head, word) = inside.split_at(inside.len() - letters);
    let head = head.strip_suffix(b"[").unwrap_or(head);
    let is_bracketed = head.len() + word.len() < text.len();
    let signs = head.iter().rev().take(8).take_while(|byte| b"<!-".contains(byte)).count();
    let start = head.len() - signs;
    let start = if head[..start].ends_with(b"&lt;") { start - b"&lt;".len() } else { start };
    let is_whole = ends_with(text, b"[endif]");
    (is_whole || is_bracketed && start < head.len() && is_endif(&word.to_ascii_lowercase())).then_some(start)
}

/// How much of a marker that begins with `<![endif]` is the marker. Where its `-->` is damaged, what reads as its rest is
/// the next tag: `<![endif]--<br>`.
pub(super) fn end_length(text: &[u8]) -> usize {
    let head = b"<![endif]".len();
    if !text.get(..head).is_some_and(|start| start.eq_ignore_ascii_case(b"<![endif]")) {
        return text.len();
    }
    let is_sign = |byte: &u8| byte.is_ascii_whitespace() || b"-!".contains(byte) || !byte.is_ascii();
    let signs = text[head..].iter().take_while(|byte| is_sign(byte)).count();
    match text.get(head + signs) {
        None | Some(b'>') => text.len(),
        Some(_) => text[..head + signs].trim_ascii_end().len(),
    }
}

/// Whether a text ends so, in any case of its letters.
pub(super) fn ends_with(text: &[u8], end: &[u8]) -> bool {
    text.len().checked_sub(end.len()).is_some_and(|start| text[start..].eq_ignore_ascii_case(end))
}
