//! Where comments, conditional comments, scripts and raw text end.

use std::sync::LazyLock;

use memchr::{memchr_iter, memchr2_iter, memmem};

use super::classes::is_tag;

/// Where the content of an element ends that only its end tag can close.
pub(super) fn end_of_raw_text(input: &[u8], start: usize, name: &[u8]) -> usize {
    let rest = input.get(start..).unwrap_or_default();
    memchr_iter(b'<', rest).find(|&at| is_tag(&rest[at..], b"</", name)).map_or(input.len(), |at| start + at)
}

/// Where the content of a script ends; a `</script>` after `<!-- <script>` does not end it.
pub(super) fn end_of_script(input: &[u8], start: usize) -> usize {
    // The depth: in the script, in `<!--`, or in a `<script` inside that.
    let mut depth = 0;
    let rest = input.get(start..).unwrap_or_default();
    for at in memchr2_iter(b'<', b'>', rest) {
        let (before, rest) = rest.split_at(at);
        match depth {
            0 if rest.starts_with(b"<!--") => depth = 1,
            0 | 1 if is_tag(rest, b"</", b"script") => return start + at,
            1 if is_tag(rest, b"<", b"script") => depth = 2,
            2 if is_tag(rest, b"</", b"script") => depth = 1,
            1 | 2 if rest.starts_with(b">") && before.ends_with(b"--") => depth = 0,
            _ => {}
        }
    }
    input.len()
}

/// Where the text of a comment ends, and where the comment ends; both at the end of the input if it is never closed.
pub(super) fn end_of_comment(input: &[u8], start: usize) -> (usize, usize) {
    // Building it takes longer than most searches with it.
    static DASHES: LazyLock<memmem::Finder> = LazyLock::new(|| memmem::Finder::new("--"));
    // The dashes that open a comment can also end it: `<!-->`, `<!--->`.
    let mut dashes = start - 2;
    loop {
        let end = dashes + input[dashes..].iter().take_while(|&&byte| byte == b'-').count();
        match &input[end..] {
            [b'>', ..] => return (start.max(end - 2), end + 1),
            [b'!', b'>', ..] if end - 2 >= start => return (end - 2, end + 2),
            rest => match DASHES.find(rest) {
                Some(length) => dashes = end + length,
                None => return (input.len(), input.len()),
            },
        }
    }
}

/// The length of `[if EXPRESSION]>` at the start of the text. Outlook accepts no space before the `if`.
pub(super) fn condition_length(text: &[u8]) -> Option<usize> {
    if !starts_condition(text) {
        return None;
    }
    let end = 3 + text[3..].iter().position(|&byte| byte == b']' || byte == b'>')?;
    text[end..].starts_with(b"]>").then_some(end + 2)
}

/// The length of the `<![endif]` at the end of a conditional comment's text, including the spaces after it; 0 if there
/// is none.
pub(super) fn endif_length(text: &[u8]) -> usize {
    let trimmed = text.trim_ascii_end();
    match trimmed.split_last_chunk::<9>() {
        // It is nearly always in lower case, which is faster to check.
        Some((inside, b"<![endif]")) => text.len() - inside.len(),
        Some((inside, endif)) if endif.eq_ignore_ascii_case(b"<![endif]") => text.len() - inside.len(),
        _ => 0,
    }
}

pub(super) fn starts_condition(text: &[u8]) -> bool {
    matches!(text, [b'[', b'i' | b'I', b'f' | b'F', next, ..] if !next.is_ascii_alphanumeric())
}
