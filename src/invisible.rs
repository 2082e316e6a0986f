//! Invisible characters, which editors, chats and word processors leave behind and no program skips.

use std::borrow::Cow;

/// Whether a character takes up no space on the screen, so that two texts that look alike may differ by it.
pub(crate) fn is_invisible(character: char) -> bool {
    match character {
        '\t' | '\n' | '\r' | ' '..='~' => false,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' => true,
        _ => matches!(character,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
            | '\u{e0000}'..='\u{e0fff}'),
    }
}

/// Whether a character is a space that HTML and addresses do not treat as one: U+00A0, U+2009.
pub(crate) fn is_other_space(character: char) -> bool {
    !character.is_ascii() && character.is_whitespace()
}

/// Names the first character of a text that is invisible or only looks like a space: `, with U+00A0 NO-BREAK SPACE in
/// it`. Empty if there is none.
pub(crate) fn named_in(text: &str) -> String {
    let first = stray(text)
        .map(|(_, character)| character)
        .next()
        .or_else(|| text.chars().find(|character| is_other_space(*character)));
    first.map(|character| format!(", with {} in it", name(character))).unwrap_or_default()
}

/// The invisible characters of a text and their places, without those that shape the character beside them, as in emoji
/// of several characters and in Arabic.
pub(crate) fn stray(text: &str) -> impl Iterator<Item = (usize, char)> {
    let shapes = |character: char| !character.is_ascii() && !is_invisible(character);
    text.char_indices().filter(move |&(at, character)| {
        let next = text[at + character.len_utf8()..].chars().next();
        let last = text[..at].chars().next_back();
        is_invisible(character) && !last.is_some_and(shapes) && !next.is_some_and(shapes)
    })
}

/// The number and the name of a character: `U+00AD SOFT HYPHEN`.
pub(crate) fn name(character: char) -> String {
    let number = u32::from(character);
    format!("U+{number:04X} {}", unicode_name(character))
}

fn unicode_name(character: char) -> Cow<'static, str> {
    let number = u32::from(character);
    Cow::Borrowed(match character {
        '\u{ad}' => "SOFT HYPHEN",
        '\u{85}' => "NEXT LINE",
        '\u{a0}' => "NO-BREAK SPACE",
        '\u{1680}' => "OGHAM SPACE MARK",
        '\u{2000}' => "EN QUAD",
        '\u{2001}' => "EM QUAD",
        '\u{2002}' => "EN SPACE",
        '\u{2003}' => "EM SPACE",
        '\u{2004}' => "THREE-PER-EM SPACE",
        '\u{2005}' => "FOUR-PER-EM SPACE",
        '\u{2006}' => "SIX-PER-EM SPACE",
        '\u{2007}' => "FIGURE SPACE",
        '\u{2008}' => "PUNCTUATION SPACE",
        '\u{2009}' => "THIN SPACE",
        '\u{200a}' => "HAIR SPACE",
        '\u{2028}' => "LINE SEPARATOR",
        '\u{2029}' => "PARAGRAPH SEPARATOR",
        '\u{202f}' => "NARROW NO-BREAK SPACE",
        '\u{205f}' => "MEDIUM MATHEMATICAL SPACE",
        '\u{3000}' => "IDEOGRAPHIC SPACE",
        '\u{34f}' => "COMBINING GRAPHEME JOINER",
        '\u{61c}' => "ARABIC LETTER MARK",
        '\u{115f}' => "HANGUL CHOSEONG FILLER",
        '\u{1160}' => "HANGUL JUNGSEONG FILLER",
        '\u{17b4}' => "KHMER VOWEL INHERENT AQ",
        '\u{17b5}' => "KHMER VOWEL INHERENT AA",
        '\u{180e}' => "MONGOLIAN VOWEL SEPARATOR",
        '\u{200b}' => "ZERO WIDTH SPACE",
        '\u{200c}' => "ZERO WIDTH NON-JOINER",
        '\u{200d}' => "ZERO WIDTH JOINER",
        '\u{200e}' => "LEFT-TO-RIGHT MARK",
        '\u{200f}' => "RIGHT-TO-LEFT MARK",
        '\u{202a}' => "LEFT-TO-RIGHT EMBEDDING",
        '\u{202b}' => "RIGHT-TO-LEFT EMBEDDING",
        '\u{202c}' => "POP DIRECTIONAL FORMATTING",
        '\u{202d}' => "LEFT-TO-RIGHT OVERRIDE",
        '\u{202e}' => "RIGHT-TO-LEFT OVERRIDE",
        '\u{2060}' => "WORD JOINER",
        '\u{2061}' => "FUNCTION APPLICATION",
        '\u{2062}' => "INVISIBLE TIMES",
        '\u{2063}' => "INVISIBLE SEPARATOR",
        '\u{2064}' => "INVISIBLE PLUS",
        '\u{2066}' => "LEFT-TO-RIGHT ISOLATE",
        '\u{2067}' => "RIGHT-TO-LEFT ISOLATE",
        '\u{2068}' => "FIRST STRONG ISOLATE",
        '\u{2069}' => "POP DIRECTIONAL ISOLATE",
        '\u{3164}' => "HANGUL FILLER",
        '\u{feff}' => "ZERO WIDTH NO-BREAK SPACE",
        '\u{ffa0}' => "HALFWIDTH HANGUL FILLER",
        '\u{fe00}'..='\u{fe0f}' => return Cow::Owned(format!("VARIATION SELECTOR-{}", number - 0xFE00 + 1)),
        '\u{e0100}'..='\u{e01ef}' => return Cow::Owned(format!("VARIATION SELECTOR-{}", number - 0xE0100 + 17)),
        '\u{e0000}'..='\u{e007f}' => "TAG CHARACTER",
        _ if character.is_control() => "CONTROL CHARACTER",
        _ => "FORMAT CHARACTER",
    })
}
