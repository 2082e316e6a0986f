//! The value of a parameter: where it ends in a text, and whether it is a secret at all.

use std::ops::Range;

use memchr::memmem;

/// The length limit for a quoted value or a placeholder.
const FAR: usize = 1000;

/// Opening quotes and what closes them, as the PSAs' editors write them. The first match counts.
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

/// The quoted value that begins at a position, without the quotes.
pub(super) fn quoted(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    let rest = bytes.get(at..)?;
    let (open, close) = QUOTES.iter().find(|(open, _)| rest.starts_with(open))?;
    let inside = &rest[open.len()..rest.len().min(FAR)];
    let inside = &inside[..memchr::memchr(b'\n', inside).unwrap_or(inside.len())];
    let end = close.iter().filter_map(|close| memmem::find(inside, close)).min()?;
    let start = at + open.len();
    (end > 0).then_some(start..start + end)
}

/// Where a bracket that was opened before closes.
pub(super) fn closing_bracket(rest: &[u8]) -> Option<usize> {
    let near = &rest[..rest.len().min(120)];
    near.iter().position(|byte| b"]<>[\n\"".contains(byte)).filter(|&at| near[at] == b']')
}

/// Whether something else writes the value when the message is sent: a placeholder, possibly of another product.
/// `written` is the value as written in the text, and `rest` is what follows it.
pub(super) fn holds_placeholder(read: &[u8], written: &[u8], rest: &[u8]) -> bool {
    let has = |part: &[u8]| memmem::find(read, part).is_some();
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

/// Whether it is a word that turns something on or off, which is never a credential.
pub(super) fn is_flag(read: &[u8]) -> bool {
    [&b"true"[..], b"false", b"yes", b"no", b"on", b"off", b"0", b"1"]
        .iter()
        .any(|flag| read.eq_ignore_ascii_case(flag))
}

/// The length of a value at the end of its word, without the punctuation of the sentence around it.
pub(super) fn without_punctuation(read: &[u8]) -> usize {
    let is_mark = |byte: &u8| b".,;:!?)]}".contains(byte);
    let end = read.len() - read.iter().rev().take_while(|byte| is_mark(byte)).count();
    // If there is a quote around everything, the value is what is before the closing quote.
    match read[..end].last() {
        Some(b'\'' | b'`') => end - 1,
        Some(b'\\') => end - 1,
        _ => end,
    }
}

/// Where a value ends that a mail program has broken into lines, each except the last ending in `=`.
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
