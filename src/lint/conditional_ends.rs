//! How conditional comments end, and how editors and formatters damage those endings.

use crate::html::scan::{Region, RegionKind};
use crate::lint::Context;
use crate::span::Span;

/// What closes an opening marker for all programs but Outlook.
pub(super) fn end_of(open: &[u8]) -> &'static str {
    if open.starts_with(b"<!--") { "<!--<![endif]-->" } else { "<![endif]>" }
}

/// `<!--[endif]---->`, `<!-- [endif]-->`, `<! [endif]-->`: an end without the `<![endif]` that Outlook looks for.
pub(super) fn is_broken_end(text: &[u8]) -> bool {
    if text.len() > 64 || memchr::memmem::find(&text.to_ascii_lowercase(), b"<![endif]").is_some() {
        return false;
    }
    let marker = text.iter().filter(|byte| !byte.is_ascii_whitespace() && !b"-<!>".contains(byte));
    marker.map(u8::to_ascii_lowercase).eq(*b"[endif]")
}

/// The end of a conditional comment as written, up to its `-->`, if it is not `<![endif]`.
pub(super) fn written_end(cx: &Context<'_>, before: Region, close: Span) -> Option<Span> {
    let text = cx.slice(before.span);
    let start = match before.kind {
        RegionKind::Comment | RegionKind::BogusComment | RegionKind::RevealedClose if is_broken_end(text) => 0,
        // Only the brackets are there.
        RegionKind::Text if ends_with(text.trim_ascii_end(), b"[endif]") => {
            let brackets = text.trim_ascii_end().len() - b"[endif]".len();
            let is_sign = |byte: &&u8| b"<!-".contains(byte);
            brackets - text[..brackets].iter().rev().take(8).take_while(is_sign).count()
        }
        _ => return None,
    };
    Some(Span { start: before.span.start + start as u32, end: close.end })
}

/// Whether a text ends this way, ignoring case.
pub(super) fn ends_with(text: &[u8], end: &[u8]) -> bool {
    text.len().checked_sub(end.len()).is_some_and(|start| text[start..].eq_ignore_ascii_case(end))
}
