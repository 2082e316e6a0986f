//! Recognizes settings at the top of a template that are for another program.

use super::rows::{KEYS, after_key, fenced, lines};
use crate::nearest::nearest;
use crate::span::Span;

/// Whether every key at the margin belongs to another program; a near miss of a psalink key was meant as that key.
pub(super) fn is_foreign(bytes: &[u8], rows: &[Span]) -> bool {
    let known: Vec<&str> = KEYS.iter().filter_map(|key| std::str::from_utf8(key).ok()).collect();
    let mut keys = 0;
    for row in rows.iter().map(|row| &bytes[row.range()]) {
        let is_inside = matches!(row.first(), None | Some(b' ' | b'\t' | b'#' | b'-'));
        if is_inside || row.trim_ascii().is_empty() {
            continue;
        }
        let Some(key) = memchr::memchr(b':', row).and_then(|at| std::str::from_utf8(&row[..at]).ok()) else {
            return false;
        };
        let is_word = key.starts_with(|character: char| character.is_ascii_lowercase())
            && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
        let is_word = is_word && !row[key.len()..].starts_with(b"://");
        let is_ours = KEYS.into_iter().any(|known| after_key(row, known).is_some());
        if !is_word || is_ours || nearest(key, known.iter().copied()).is_some_and(|near| near.is_slip()) {
            return false;
        }
        keys += 1;
    }
    keys > 0
}

/// Why psalink does not read the settings of a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Foreign {
    /// They are for another program.
    Program,
    /// Their keys have capital letters.
    Capital,
}

/// Why a template that begins with settings has none: they are for another program, or their keys have capital letters.
pub(super) fn foreign(bytes: &[u8], start: usize, is_html: bool) -> Option<Foreign> {
    if fenced(bytes, start).is_some_and(|(rows, _)| is_foreign(bytes, &rows)) {
        return Some(Foreign::Program);
    }
    let mut all = lines(bytes, start).map(|(row, _)| bytes[row.range()].trim_ascii_end());
    let fence = all.next()?;
    let ends: &[&[u8]] = match fence {
        b"---" => &[b"---", b"..."],
        b"+++" => &[b"+++"],
        _ => return None,
    };
    let (mut keys, mut is_closed, mut is_capital) = (0, false, false);
    for row in all {
        if ends.contains(&row) {
            is_closed = true;
            break;
        }
        match kind_of(row, fence) {
            Row::Text => return None,
            Row::Key(key) => {
                keys += 1;
                is_capital |= KEYS.iter().any(|known| *known != key && known.eq_ignore_ascii_case(key));
                // psalink would read these settings if not for their last line.
                if KEYS.contains(&key) && !is_capital {
                    return None;
                }
            }
            Row::More => {}
        }
    }
    match (is_closed && keys > 0, is_capital) {
        (true, true) => Some(Foreign::Capital),
        // A text may begin with a line of dashes and any words after it.
        (true, false) if is_html || fence == b"+++" => Some(Foreign::Program),
        _ => None,
    }
}

/// What a row of settings is.
enum Row<'a> {
    /// It has a key at the margin.
    Key(&'a [u8]),
    /// It belongs to a key.
    More,
    /// No settings have such a row.
    Text,
}

fn kind_of<'a>(row: &'a [u8], fence: &[u8]) -> Row<'a> {
    let separator = if fence == b"+++" { b'=' } else { b':' };
    if matches!(row.first(), None | Some(b' ' | b'\t' | b'#' | b'-' | b'[' | b']' | b'}')) || row == b":" {
        return Row::More;
    }
    if row.starts_with(b": ") {
        return Row::More;
    }
    // `? title`, `{ "title": …`, `"title": …`
    let explicit = row.strip_prefix(b"? ");
    let row = explicit.unwrap_or(row);
    let row = row.strip_prefix(b"{").map_or(row, <[u8]>::trim_ascii_start);
    // `{` with its keys on the lines below
    if row.is_empty() {
        return Row::Key(b"{");
    }
    let row = match row {
        [quote @ (b'"' | b'\''), rest @ ..] => {
            let end = rest.iter().position(|byte| byte == quote);
            let Some(end) = end.filter(|end| rest[end + 1..].trim_ascii_start().first() == Some(&separator)) else {
                return Row::Text;
            };
            return Row::Key(&rest[..end]);
        }
        row => row,
    };
    let end = memchr::memchr(separator, row).or(explicit.map(<[u8]>::len));
    let Some(key) = end.map(|end| row[..end].trim_ascii_end()) else { return Row::Text };
    let is_word = key.first().is_some_and(u8::is_ascii_alphabetic)
        && key.iter().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(byte));
    // `https://www.example.com/` is not a key.
    let is_apart = explicit.is_some() || !row[key.len()..].starts_with(b"://");
    if is_word && is_apart { Row::Key(key) } else { Row::Text }
}
