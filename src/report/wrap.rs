//! Lines that fit a terminal: broken between words, where the terminal would break them anywhere.

use std::borrow::Cow;

/// The narrowest lines that are worth it.
const NARROWEST: usize = 20;

/// A text whose lines are as wide as a terminal, of which `taken` columns stand before each line; as it is where there is no
/// terminal. Lines after the first of a paragraph begin like it.
///
/// ```
/// use psalink::report::wrap;
/// assert_eq!(wrap("a link that leads nowhere", Some(30), 7), "a link that leads\nnowhere");
/// assert_eq!(wrap("a link that leads nowhere", None, 7), "a link that leads nowhere");
/// ```
pub fn wrap(text: &str, width: Option<usize>, taken: usize) -> Cow<'_, str> {
    let Some(width) = width.map(|width| width.saturating_sub(taken).max(NARROWEST)) else { return Cow::Borrowed(text) };
    if text.lines().all(|line| line.chars().count() <= width) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + text.len() / NARROWEST);
    for (index, line) in text.split('\n').enumerate() {
        if index > 0 {
            out.push('\n');
        }
        wrap_line(line, width, &mut out);
    }
    Cow::Owned(out)
}

fn wrap_line(line: &str, width: usize, out: &mut String) {
    let indent = &line[..line.len() - line.trim_start_matches(' ').len()];
    let mut column = indent.len();
    out.push_str(indent);
    for (index, word) in line[indent.len()..].split(' ').enumerate() {
        let length = word.chars().count();
        if index > 0 && column + 1 + length > width && column > indent.len() {
            out.push('\n');
            out.push_str(indent);
            column = indent.len();
        } else if index > 0 {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += length;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_between_words() {
        for (text, expected) in [
            ("", ""),
            ("short", "short"),
            ("one two three four five six", "one two three four\nfive six"),
            ("a-word-that-is-longer-than-a-line and more", "a-word-that-is-longer-than-a-line\nand more"),
            ("x:\n  - one two three four five", "x:\n  - one two three\n  four five"),
            ("äöü äöü äöü äöü äöü äöü", "äöü äöü äöü äöü äöü\näöü"),
        ] {
            assert_eq!(wrap(text, Some(20), 0), expected);
        }
        assert_eq!(wrap("one two three four five six", Some(3), 10), "one two three four\nfive six");
    }
}
