//! The value of a parameter: where it ends in a text, and whether it is a secret at all.

use std::ops::Range;

use memchr::memmem;

/// How far a quoted value or a placeholder may go.
const FAR: usize = 1000;

/// Quotes and what closes them, as the editors of the PSAs write them. The first that fits counts.
const QUOTES: [(&[u8], &[&[u8]]); 14] = [
    (b"\"", &[b"\""]),
    (b"'", &[b"'"]),
    (b"&quot;", &[b"&quot;"]),
    (b"&#34;", &[b"&#34;"]),
    (b"&#39;", &[b"&#39;"]),
    (b"&apos;", &[b"&apos;"]),
    (b"&ldquo;", &[b"&rdquo;", b"&ldquo;"]),
    (b"&lsquo;", &[b"&rsquo;"]),
    (b"&#8220;", &[b"&#8221;"]),
    ("“".as_bytes(), &["”".as_bytes(), "“".as_bytes()]),
    ("„".as_bytes(), &["“".as_bytes(), "”".as_bytes()]),
    ("‘".as_bytes(), &["’".as_bytes()]),
    (b"\x93", &[b"\x94"]),
    (b"\x91", &[b"\x92"]),
];

/// A value in quotes that begins at a byte, without the quotes.
pub(super) fn quoted(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    let rest = bytes.get(at..)?;
    let (open, close) = QUOTES.iter().find(|(open, _)| rest.starts_with(open))?;
    let inside = &rest[open.len()..rest.len().min(FAR)];
    let inside = &inside[..memchr::memchr(b'\n', inside).unwrap_or(inside.len())];
    let end = close.iter().filter_map(|close| memmem::find(inside, close)).min()?;
    let start = at + open.len();
    (end > 0).then_some(start..start + end)
}

/// Where a bracket closes that was opened before.
pub(super) fn closing_bracket(rest: &[u8]) -> Option<usize> {
    let near = &rest[..rest.len().min(120)];
    near.iter().position(|byte| b"]<>[\n\"".contains(byte)).filter(|&at| near[at] == b']')
}

/// Whether something else writes the value when the mail is sent: a placeholder, or one of another product. `written` is
/// the value as it is in the text, `rest` what follows it there.
pub(super) fn holds_placeholder(read: &[u8], written: &[u8], rest: &[u8]) -> bool {
    let has = |what: &[u8]| memmem::find(read, what).is_some();
    if has(b"{{") || has(b"${") || has(b"{%") || has(b"<%") || has(b"*|") || has(b"#{") {
        return true;
    }
    if let Some(open) = memchr::memchr(b'[', read) {
        return match memchr::memchr(b']', &read[open..]) {
            Some(length) => read[open..open + length].iter().any(u8::is_ascii_alphabetic),
            None => closing_bracket(rest).is_some(),
        };
    }
    let is_between = |open: u8, close: u8| {
        let inside = written.strip_prefix(&[open]).and_then(|text| text.strip_suffix(&[close]));
        inside.is_some_and(|text| text.iter().any(u8::is_ascii_alphabetic))
    };
    let read_between = read.len() > 2 && read.starts_with(b"<") && read.ends_with(b">");
    is_between(b'{', b'}') || is_between(b'%', b'%') || is_between(b'@', b'@') || is_between(b'#', b'#') || read_between
}

/// A word that turns something on or off, which no one signs in with.
pub(super) fn is_flag(read: &[u8]) -> bool {
    [&b"true"[..], b"false", b"yes", b"no", b"on", b"off", b"0", b"1"].iter().any(|it| read.eq_ignore_ascii_case(it))
}

/// How much of a value that ends with its word is the value, and no punctuation of the sentence around it.
pub(super) fn without_punctuation(read: &[u8]) -> usize {
    let is_mark = |byte: &u8| b".,;:!?)]}".contains(byte);
    let end = read.len() - read.iter().rev().take_while(|byte| is_mark(byte)).count();
    // A quote around all of it: what is before the quote is the value.
    match read[..end].last() {
        Some(b'\'' | b'`') => end - 1,
        Some(b'\\') => end - 1,
        _ => end,
    }
}

/// Where a value ends that a mail program has broken over lines, each but the last ended by `=`.
pub(super) fn soft_break(bytes: &[u8], value: Range<usize>) -> Option<usize> {
    let mut end = value.end;
    let mut is_broken = false;
    while bytes[value.start..end].ends_with(b"=") && end - value.start < FAR {
        let rest = &bytes[end..];
        let Some(rest) = rest.strip_prefix(b"\r\n").or_else(|| rest.strip_prefix(b"\n")) else { break };
        let start = bytes.len() - rest.len();
        let length = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"=-_.~%+/".contains(byte)).count();
        if length == 0 {
            break;
        }
        (end, is_broken) = (start + length, true);
    }
    is_broken.then_some(end)
}
