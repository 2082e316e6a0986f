//! Lines that fit a terminal: broken between words, where the terminal would break them anywhere.

use std::borrow::Cow;

/// The narrowest lines that are worth it.
const NARROWEST: usize = 20;

/// The narrowest second column of a list that is kept as a column.
const COLUMN: usize = 16;

/// The longest quotation that is not broken.
const LONGEST: usize = 48;

/// A text whose lines are as wide as a terminal, of which `taken` columns stand before each line; as it is where there is no
/// terminal. What goes on in another line begins below what it goes on with: the indentation, or the second column of a list.
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
    let second = line.rfind("  ").map_or(0, |at| line[..at + 2].chars().count());
    let hanging = match second > indent.len() && second + COLUMN <= width && line.chars().count() > width {
        true => second,
        false => indent.len(),
    };
    let mut column = indent.len();
    out.push_str(indent);
    for (index, word) in words(&line[indent.len()..]).into_iter().enumerate() {
        let length = word.chars().count();
        if index > 0 && column + 1 + length > width && column > hanging {
            out.push('\n');
            out.extend(std::iter::repeat_n(' ', hanging));
            column = hanging;
        } else if index > 0 {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += length;
    }
}

/// The words of a line; what is in backticks, such as a command, stays together unless it is long.
fn words(line: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = line;
    while !rest.is_empty() {
        let end = rest.find(' ').unwrap_or(rest.len());
        let is_open = rest[..end].matches('`').count() % 2 == 1;
        let close = rest[end..].find('`').filter(|_| is_open).map(|at| end + at);
        let end = close
            .filter(|&close| close <= LONGEST)
            .map_or(end, |close| rest[close..].find(' ').map_or(rest.len(), |after| close + after));
        words.push(&rest[..end]);
        rest = rest.get(end + 1..).unwrap_or_default();
    }
    words
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
            ("use `--dialect autotask` once", "use\n`--dialect autotask`\nonce"),
            ("`a b` c `d", "`a b` c `d"),
            ("a   b c", "a   b c"),
            ("äöü äöü äöü äöü äöü äöü", "äöü äöü äöü äöü äöü\näöü"),
        ] {
            assert_eq!(wrap(text, Some(20), 0), expected);
        }
        let list = "  do this    what it does for you and others";
        assert_eq!(wrap(list, Some(30), 0), "  do this    what it does for\n             you and others");
        assert_eq!(wrap(list, Some(20), 0), "  do this    what it\n  does for you and\n  others");
        assert_eq!(wrap("one two three four five six", Some(3), 10), "one two three four\nfive six");
    }
}
