//! Tags that became part of an address: `href="…?ticket_id=<b>[srnumber]</b>"`.

use crate::html::elements;
use crate::span::Span;

/// A tag or a comment in an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Markup {
    pub span: Span,
    /// Whether it ends in the address. If not, a quote in it may have ended the address early.
    pub is_whole: bool,
}

/// HTML tags and comments that appear in an address.
pub(crate) fn in_address(bytes: &[u8], address: Span) -> Vec<Markup> {
    let text = bytes.get(address.range()).unwrap_or_default();
    let mut found = Vec::new();
    let mut done = 0;
    for at in memchr::memchr_iter(b'<', text) {
        let is_comment = text[at..].starts_with(b"<!--");
        if at < done || !(is_comment || is_tag(&text[at..])) {
            continue;
        }
        let end: &[u8] = if is_comment { b"-->" } else { b">" };
        // A tag that is cut off by another tag, or by the end of the address, is not whole.
        let next = if is_comment { None } else { memchr::memchr(b'<', &text[at + 1..]).map(|next| at + 1 + next) };
        let room = &text[at..next.unwrap_or(text.len())];
        let whole = memchr::memmem::find(room, end).map(|length| at + length + end.len());
        let close = whole.unwrap_or(at + room.len());
        let start = address.start as usize;
        found.push(Markup { span: Span::new(start + at, start + close), is_whole: whole.is_some() });
        done = close;
    }
    found
}

/// Whether a text begins with a tag that editors write.
fn is_tag(text: &[u8]) -> bool {
    let name = text.strip_prefix(b"</").unwrap_or(&text[1..]);
    let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b':';
    let length = name.iter().take(12).take_while(|byte| is_letter(byte)).count();
    let goes_on = name.get(length).is_some_and(|byte| byte.is_ascii_whitespace() || matches!(byte, b'>' | b'/' | b'<'));
    goes_on && elements::is_of_text(&name[..length])
}
