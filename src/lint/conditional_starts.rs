//! How conditional comments begin, and how people and editors damage these beginnings.

use crate::lint::conditional_ends::ends_with;

/// The length of the longest condition.
const LIMIT: usize = 80;

/// The start of a conditional comment that Outlook does not recognize: `<!-- [if mso]>`, `<!--[ if mso ]>`,
/// `<!--if mso]>`, `<!-[if mso]>`.
pub(super) struct DamagedStart {
    /// Its length.
    pub length: usize,
    /// How it should be written.
    pub right: String,
    /// Whether only the white space before its `[if` is wrong.
    pub is_spaced: bool,
}

/// The damaged start at the beginning of a text.
pub(super) fn damaged_start(text: &[u8]) -> Option<DamagedStart> {
    let inside = text.strip_prefix(b"<!")?;
    // Editors turn two hyphens into one dash, which is three bytes in UTF-8.
    let dashes = inside.iter().take(4).take_while(|byte| **byte == b'-' || !byte.is_ascii()).count();
    let inside = &inside[dashes..];
    let bracket = inside.trim_ascii_start();
    let condition = bracket.strip_prefix(b"[").unwrap_or(bracket);
    let is_open = condition.len() < bracket.len();
    let word = condition.trim_ascii_start();
    let is_if = word.get(..2).is_some_and(|word| word.eq_ignore_ascii_case(b"if"))
        && word.get(2).is_some_and(|next| !next.is_ascii_alphanumeric());
    let rest = word.get(2..).filter(|_| is_if && dashes > 0)?;
    let is_expression =
        |byte: &u8| byte.is_ascii_alphanumeric() || byte.is_ascii_whitespace() || b"!()|.".contains(byte);
    let length = rest.iter().take(LIMIT).take_while(|byte| is_expression(byte)).count();
    let (expression, rest) = rest.split_at(length);
    let after = rest.strip_prefix(b"]").unwrap_or(rest);
    let is_closed = after.len() < rest.len();
    let close = after.trim_ascii_start();
    let end = [&b">"[..], b"&gt;"].into_iter().find_map(|end| close.strip_prefix(end));
    let expression = std::str::from_utf8(expression.trim_ascii()).ok().filter(|text| !text.is_empty())?;
    let right = format!("<!--[if {expression}]>");
    let length = text.len() - end.unwrap_or(after).len();
    let is_spaced = inside.len() > bracket.len() && text[text.len() - bracket.len()..length] == right.as_bytes()[4..];
    let is_damaged = text[..length] != *right.as_bytes();
    (is_damaged && (is_open || is_closed)).then_some(DamagedStart { length, right, is_spaced })
}

/// Whether a comment, including its `<!--` and `-->`, ends like a conditional one.
pub(super) fn ends_conditional(comment: &[u8]) -> bool {
    let text = comment.strip_suffix(b">").unwrap_or(comment);
    let dashes = text.iter().rev().take_while(|byte| **byte == b'-').count();
    ends_with(text[..text.len() - dashes].trim_ascii_end(), b"[endif]")
}
