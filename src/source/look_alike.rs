//! Characters that look like ASCII ones and are others: the Cyrillic `ѕ`, the full-width `［`, `rn` for `m`.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

/// Characters of other alphabets, each after the ASCII one that it looks like.
const LETTERS: [(char, &str); 45] = [
    ('a', "аαɑ"),
    ('b', "Ьƅ"),
    ('c', "сϲⅽ"),
    ('d', "ԁⅾ"),
    ('e', "еҽ"),
    ('g', "ɡց"),
    ('h', "һհ"),
    ('i', "іıιɩⅰ"),
    ('j', "јϳ"),
    ('k', "кκ"),
    ('l', "ӏⅼ"),
    ('m', "мⅿ"),
    ('n', "пո"),
    ('o', "оοօ"),
    ('p', "рρ"),
    ('q', "ԛզ"),
    ('r', "гⲅ"),
    ('s', "ѕꜱ"),
    ('t', "тτ"),
    ('u', "υսʋ"),
    ('v', "ѵνⅴ"),
    ('w', "ԝա"),
    ('x', "хχⅹ"),
    ('y', "уүγ"),
    ('A', "АΑ"),
    ('B', "ВΒ"),
    ('C', "СϹⅭ"),
    ('D', "Ⅾ"),
    ('E', "ЕΕ"),
    ('H', "НΗ"),
    ('I', "ІΙӀⅠ"),
    ('J', "Ј"),
    ('K', "КΚ"),
    ('L', "Ⅼ"),
    ('M', "МΜⅯ"),
    ('N', "Ν"),
    ('O', "ОΟ"),
    ('P', "РΡ"),
    ('S', "Ѕ"),
    ('T', "ТΤ"),
    ('X', "ХΧⅩ"),
    ('Y', "УΥ"),
    (':', "∶ː꞉﹕︓"),
    ('-', "‐‑−﹣"),
    ('/', "∕⁄⧸"),
];

/// Brackets that look like others, each after the ASCII one.
const BRACKETS: [(char, &str); 4] = [('[', "【〔〖〚⟦❲⁅﹝⦋"), (']', "】〕〗〛⟧❳⁆﹞⦌"), ('{', "❴﹛"), ('}', "❵﹜")];

/// All of these characters, each with the ASCII one.
static KNOWN: LazyLock<HashMap<char, char, foldhash::fast::FixedState>> = LazyLock::new(|| {
    let known = LETTERS.iter().chain(&BRACKETS);
    known.flat_map(|(ascii, others)| others.chars().map(|other| (other, *ascii))).collect()
});

/// The ASCII character that another one looks like.
pub(crate) fn ascii(character: char) -> Option<char> {
    let number = u32::from(character);
    let nth = |first: char, index: u32| char::from_u32(u32::from(first) + index);
    match number {
        0..0x80 => None,
        // Full-width characters.
        0xFF01..=0xFF5E => char::from_u32(number - 0xFEE0),
        // Letters and digits in circles, and in the styles of mathematics, which look bold or slanted.
        0x24B6..=0x24CF => nth('A', number - 0x24B6),
        0x24D0..=0x24E9 => nth('a', number - 0x24D0),
        0x1D400..=0x1D6A3 => match (number - 0x1D400) % 52 {
            index @ 0..26 => nth('A', index),
            index => nth('a', index - 26),
        },
        0x1D7CE..=0x1D7FF => nth('0', (number - 0x1D7CE) % 10),
        _ => KNOWN.get(&character).copied(),
    }
}

/// A text with the ASCII characters that its own look like, if there are any.
pub(crate) fn as_ascii(text: &str) -> Option<String> {
    if text.is_ascii() || !text.chars().any(|character| ascii(character).is_some()) {
        return None;
    }
    Some(text.chars().map(|character| ascii(character).unwrap_or(character)).collect())
}

/// The first character of a text that looks like an ASCII one, in words: `` `ѕ` (U+0455, Cyrillic) ``.
pub(crate) fn first_in_words(text: &str) -> Option<String> {
    let (found, meant) = text.chars().find_map(|character| Some((character, ascii(character)?)))?;
    let number = u32::from(found);
    let kind = match number {
        0x370..0x400 => ", Greek",
        0x400..0x530 => ", Cyrillic",
        0x530..0x590 => ", Armenian",
        0xFF01..=0xFF5E => ", full-width",
        _ => "",
    };
    Some(format!("`{found}` (U+{number:04X}{kind}) for `{meant}`"))
}

/// What people see of a name at a glance: letters and digits, in lowercase, where `rn` looks like `m` and `0` like `o`.
/// Two names with the same look differ only in what is easily taken for something else.
pub(crate) fn look(name: &str) -> String {
    let name = as_ascii(name).map_or(Cow::Borrowed(name), Cow::Owned);
    let plain: String =
        name.chars().filter(|character| character.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    let pairs = plain.replace("rn", "m").replace("vv", "w").replace("cl", "d");
    let single = |character| match character {
        '0' => 'o',
        '1' | 'i' => 'l',
        '5' => 's',
        other => other,
    };
    pairs.chars().map(single).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_looks_alike() {
        for (text, right) in [
            ("ѕrnumber", Some("srnumber")),
            ("［ｓｒｎｕｍｂｅｒ］", Some("[srnumber]")),
            ("【Ticket： ID】", Some("[Ticket: ID]")),
            ("𝐬𝐫𝐧𝐮𝐦𝐛𝐞𝐫𝟏", Some("srnumber1")),
            ("ⓢⓡ", Some("sr")),
            ("srnumber", None),
            ("Número", None),
        ] {
            assert_eq!(as_ascii(text).as_deref(), right, "{text}");
        }
        assert_eq!(first_in_words("aѕ").as_deref(), Some("`ѕ` (U+0455, Cyrillic) for `s`"));
        assert_eq!(first_in_words("as"), None);
    }

    #[test]
    fn names_with_the_same_look() {
        for (wrong, right) in
            [("srnurnber", "srnumber"), ("Contact-FirstName", "contactfirstname"), ("Ticket; ID", "Ticket: ID")]
        {
            assert_eq!(look(wrong), look(right), "{wrong}");
        }
        assert_ne!(look("memberid"), look("memberfirstname"));
    }

    #[test]
    fn no_character_is_listed_twice() {
        let mut seen = std::collections::HashSet::new();
        for (ascii, others) in LETTERS.iter().chain(&BRACKETS) {
            for character in others.chars() {
                assert!(!character.is_ascii() && seen.insert(character), "{character} of {ascii}");
            }
        }
    }
}
