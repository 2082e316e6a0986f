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
/// looks for. In a comment, the word must be spelled correctly.
pub(super) fn is_broken_end(text: &[u8]) -> bool {
    let is_end = text.get(..b"<![endif]".len()).is_some_and(|start| start.eq_ignore_ascii_case(b"<![endif]"));
    if text.len() > 64
        || is_end
        || !text.iter().any(|byte| matches!(byte, b'[' | b']'))
        || memchr::memmem::find(&text.to_ascii_lowercase(), b"<![endif]").is_some()
    {
        return false;
    }
    let punctuation: &[u8] = if text.starts_with(b"<!--") { b"-<!>" } else { b"-<!>/[]" };
    let inside = text.iter().filter(|byte| !byte.is_ascii_whitespace() && !punctuation.contains(byte));
    let word: Vec<u8> = inside.map(u8::to_ascii_lowercase).collect();
    word == b"[endif]" || punctuation.contains(&b'[') && text.iter().any(|byte| b"[]".contains(byte)) && is_endif(&word)
}

/// Whether a word is `endif`, with at most one typing error.
fn is_endif(word: &[u8]) -> bool {
    std::str::from_utf8(word).is_ok_and(|word| word.len() >= 4 && near(word, ["endif"], |_| 1, false).is_some())
}

/// The end of a conditional comment as written, up to its `-->`, if it is not `<![endif]`.
pub(super) fn written_end(cx: &Context<'_>, before: Region, close: Span) -> Option<Span> {
    let text = cx.slice(before.span);
    let start = match before.kind {
        RegionKind::Comment | RegionKind::BogusComment | RegionKind::RevealedClose if is_broken_end(text) => 0,
        // Without `<!`, and perhaps without one of the brackets.
        RegionKind::Text => bare_end(text.trim_ascii_end())?,
        _ => return None,
    };
    Some(Span { start: before.span.start + start as u32, end: close.end })
}

/// Where `[endif]`, `&lt;![endif]` or `<[endif` starts at the end of a text.
fn bare_end(text: &[u8]) -> Option<usize> {
    let inside = text.strip_suffix(b"]").unwrap_or(text);
    let word_length = inside.iter().rev().take(8).take_while(|byte| byte.is_ascii_alphabetic()).count();
    let (head, word) = inside.split_at(inside.len() - word_length);
    let head = head.strip_suffix(b"[").unwrap_or(head);
    let is_bracketed = head.len() + word.len() < text.len();
    let punctuation = head.iter().rev().take(8).take_while(|byte| b"<!-".contains(byte)).count();
    let start = head.len() - punctuation;
    let start = if head[..start].ends_with(b"&lt;") { start - b"&lt;".len() } else { start };
    let is_whole = ends_with(text, b"[endif]");
    (is_whole || is_bracketed && start < head.len() && is_endif(&word.to_ascii_lowercase())).then_some(start)
}

/// The length of the actual marker in one that begins with `<![endif]`. If its `-->` is damaged, the next tag seems to
/// be part of it: `<![endif]--<br>`.
pub(super) fn end_length(text: &[u8]) -> usize {
    let head = b"<![endif]".len();
    if !text.get(..head).is_some_and(|start| start.eq_ignore_ascii_case(b"<![endif]")) {
        return text.len();
    }
    let is_punctuation = |byte: &u8| byte.is_ascii_whitespace() || b"-!".contains(byte) || !byte.is_ascii();
    let rest = text[head..].iter().take_while(|byte| is_punctuation(byte)).count();
    match text.get(head + rest) {
        None | Some(b'>') => text.len(),
        Some(_) => text[..head + rest].trim_ascii_end().len(),
    }
}

/// Whether a text ends like this, ignoring case.
pub(super) fn ends_with(text: &[u8], end: &[u8]) -> bool {
    text.len().checked_sub(end.len()).is_some_and(|start| text[start..].eq_ignore_ascii_case(end))
}
