//! Text for a terminal or a log: characters that a terminal would obey, or that would begin a new line, are made
//! visible and harmless.

use std::borrow::Cow;

/// Shows a text on one line: a line break becomes a space, a control character its picture (`␛`), and a character that
/// changes the text direction a replacement character. File names and text from templates can contain any of them, and
/// GitHub Actions would obey a command on a new line.
///
/// ```
/// assert_eq!(psalink::visible::visible("a\n::error::b\x1b[31m"), "a ::error::b␛[31m");
/// assert_eq!(psalink::visible::visible("größer [srnumber]"), "größer [srnumber]");
/// ```
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(|character| picture(character).is_some()) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(|character| picture(character).unwrap_or(character)).collect())
}

/// Shows a text of several lines in the same way, keeping line breaks and tabs.
///
/// ```
/// assert_eq!(psalink::visible::visible_lines("\ta\n\x1b[31mb\r\n"), "\ta\n␛[31mb\n");
/// ```
pub fn visible_lines(text: &str) -> Cow<'_, str> {
    if !text.chars().any(|character| !matches!(character, '\t' | '\n') && picture(character).is_some()) {
        return Cow::Borrowed(text);
    }
    let text = text.replace("\r\n", "\n");
    let show = |character| match character {
        '\t' | '\n' => character,
        _ => picture(character).unwrap_or(character),
    };
    Cow::Owned(text.chars().map(show).collect())
}

/// Whether a terminal may obey a character or begin a line at it, or a text is shown in another order because of it.
pub(crate) fn is_obeyed(character: char) -> bool {
    picture(character).is_some()
}

/// What is shown in place of a character.
fn picture(character: char) -> Option<char> {
    match character {
        '\t' | '\n' | '\r' | '\u{2028}' | '\u{2029}' => Some(' '),
        '\0'..='\u{1f}' => char::from_u32(0x2400 + u32::from(character)),
        '\u{7f}' => Some('\u{2421}'),
        '\u{80}'..='\u{9f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => Some('\u{fffd}'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_terminal_obeys_is_left() {
        let all: String = ('\0'..='\u{a0}').chain('\u{2020}'..='\u{2070}').collect();
        let shown = visible(&all);
        assert_eq!(shown.chars().count(), all.chars().count());
        assert!(!shown.chars().any(char::is_control) && !shown.contains(['\u{202e}', '\u{2066}', '\u{2028}']));
        assert!(shown.contains("␀␁") && shown.contains("␡") && shown.contains("~") && shown.contains('\u{a0}'));
    }
}
