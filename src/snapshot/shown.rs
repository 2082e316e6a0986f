//! Text as it may appear in a recorded message: invisible characters are spelled out.

use std::borrow::Cow;

/// A text on one line, with characters that are invisible or would disturb a terminal written as `\u{7}`.
pub(super) fn line(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if is_hidden(character) { out.extend(character.escape_unicode()) } else { out.push(character) }
    }
    Cow::Owned(out)
}

/// The lines of a text without their line endings.
pub(super) fn lines(text: &str) -> Vec<String> {
    text.lines().map(|text| line(text).into_owned()).collect()
}

/// The words of a text, separated by single spaces.
pub(super) fn words(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    line(&words.join(" ")).into_owned()
}

/// An address without white space, so that it can be told apart from what precedes it.
pub(super) fn address(url: &str) -> String {
    let mut out = String::with_capacity(url.len());
    for character in url.chars() {
        if is_hidden(character) || character.is_whitespace() {
            out.extend(character.escape_unicode());
        } else {
            out.push(character);
        }
    }
    out
}

/// A value for the header, in quotes that every YAML parser understands.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            '\t' => out.push_str("\\t"),
            _ if is_hidden(character) => out.push_str(&format!("\\u{:04x}", character as u32)),
            _ => out.push(character),
        }
    }
    out.push('"');
    out
}

/// Whether a character is invisible or changes how others look: control characters, text direction marks, line breaks
/// that only some programs know. Characters that join others into a word or an emoji are not included. All of these
/// have at most four hexadecimal digits.
fn is_hidden(character: char) -> bool {
    match character {
        '\t' => false,
        '\u{200b}' | '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' => true,
        '\u{fffe}'..='\u{ffff}' => true,
        _ => character.is_control(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_hidden_is_spelled_out() {
        for (text, expected) in [
            ("a\tb é שלום 🎫", "a\tb é שלום 🎫"),
            ("a\0b\u{1b}[31m", "a\\u{0}b\\u{1b}[31m"),
            ("a\rb", "a\\u{d}b"),
            ("\u{202e}abc\u{feff}", "\\u{202e}abc\\u{feff}"),
            ("zero\u{200b}width", "zero\\u{200b}width"),
        ] {
            assert_eq!(line(text), expected);
        }
        assert_eq!(lines("a\r\nb\n\nc"), ["a", "b", "", "c"]);
        assert_eq!(lines("\n\n"), ["", ""]);
        assert_eq!(words(" a \r\n  b\0 "), "a b\\u{0}");
        assert_eq!(address("https://x/a b\n"), "https://x/a\\u{20}b\\u{a}");
    }

    #[test]
    fn quotes_are_undone() {
        let hostile = "a: \"b\" \\ #c\t\u{1}\u{85}\u{2028}\u{feff}\u{ffff}é🎫 '---'\n---\n";
        let read: String = serde_yaml::from_str(&quoted(hostile)).unwrap();
        assert_eq!(read, hostile);
    }
}
