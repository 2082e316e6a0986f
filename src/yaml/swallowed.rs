//! Finds values that YAML reads without an error, but not as they were meant: `"C:\temp"` contains a tab, and `&acme`
//! is not text at all.

use super::advice::{LineColumn, cut};

/// The longest name of a value that is examined.
const LONGEST: usize = 60;

/// How many lines after a key are searched for its value.
const LINES: usize = 60;

/// Keys whose values are paths, or a name with its domain: `ACME\robin`.
const PATHS: [&str; 7] = ["samples", "path", "exclude", "vocabulary", "layout", "logo", "user"];

/// The problem with the first such value, and its position.
pub(super) fn swallowed(yaml: &str) -> Option<(String, LineColumn)> {
    if !yaml.contains(['\\', '&', '!']) {
        return None;
    }
    let mut block: Option<usize> = None;
    let lines: Vec<&str> = yaml.lines().collect();
    // The key above the items of a list.
    let mut above = "";
    for (index, line) in lines.iter().enumerate() {
        let indent = line.len() - line.trim_start().len();
        let is_blank = line.trim().is_empty();
        // The lines below `text: |` are plain text.
        if block.is_some_and(|of| indent > of || is_blank) {
            continue;
        }
        block = opens_block(line).then_some(indent);
        let below = || lines[index + 1..].iter().take(LINES).find(|line| !line.trim().is_empty());
        let is_empty = || below().is_none_or(|next| next.len() - next.trim_start().len() <= indent);
        let key = key_of(line);
        if !line.trim_start().starts_with("- ") && !key.is_empty() {
            above = key;
        }
        let is_path = PATHS.contains(if key.is_empty() { &above } else { &key });
        let found = path_with_code(line, is_path).or_else(|| name_alone(line, is_empty));
        if let Some((detail, at)) = found {
            return Some((detail, (index + 1, line[..at].chars().count() + 1)));
        }
    }
    None
}

/// Whether a line ends in `|` or `>`, so that text follows below.
fn opens_block(line: &str) -> bool {
    let value = line.split_once(": ").or_else(|| line.split_once("- ")).map_or("", |(_, value)| value.trim());
    let mut characters = value.chars();
    matches!(characters.next(), Some('|' | '>'))
        && characters.all(|character| matches!(character, '+' | '-' | '1'..='9'))
}

/// The key of a line; none of the item of a list that is a text.
fn key_of(line: &str) -> &str {
    let text = line.trim_start_matches([' ', '-', '{']);
    if text.starts_with(['"', '\'']) { "" } else { text.split_once(':').map_or("", |(key, _)| key.trim()) }
}

/// A path in double quotes, where `\t` becomes a tab. After a key with that name, any value is one.
fn path_with_code(line: &str, is_named: bool) -> Option<(String, usize)> {
    let mut from = 0;
    loop {
        let start = from + line[from..].find('"')?;
        let value = &line[start + 1..start + 1 + line[start + 1..].find('"')?];
        from = start + value.len() + 2;
        let code =
            value.split('\\').skip(1).find(|rest| rest.starts_with(['t', 'n', 'r', 'b', 'f', 'v', 'a', 'e', '0']));
        let mut characters = value.chars();
        let has_drive = characters.next().is_some_and(|character| character.is_ascii_alphabetic())
            && characters.as_str().starts_with(":\\");
        let is_path = is_named || has_drive || value.starts_with(".\\") || value.starts_with("..\\");
        let doubled = value.contains("\\\\");
        if let Some(code) = code.and_then(|rest| rest.chars().next()).filter(|_| is_path && !doubled) {
            let detail = format!(
                "a backslash in double quotes begins a code (`\\{code}` is {}); use single quotes instead: `'{}'`",
                named(code),
                cut(value)
            );
            return Some((detail, start));
        }
    }
}

fn named(code: char) -> &'static str {
    match code {
        't' => "a tab",
        'n' | 'r' => "a line end",
        _ => "a control character",
    }
}

/// `&acme` and `!acme` with nothing after them, which name a value or its type but are not values.
fn name_alone(line: &str, is_empty: impl Fn() -> bool) -> Option<(String, usize)> {
    let bytes = line.as_bytes();
    let mut quote = None;
    let mut before = b' ';
    let mut opens = false;
    for (at, &byte) in bytes.iter().enumerate() {
        match (quote, byte) {
            (Some(mark), _) if byte == mark => quote = None,
            (Some(_), _) => {}
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'#') if before.is_ascii_whitespace() => return None,
            (None, b'&' | b'!') if opens && (before == b' ' || b"[{,".contains(&before)) => {
                let word = bytes[at..].iter().take(LONGEST).take_while(|byte| !b" ,]}".contains(byte)).count();
                let rest = line[at + word..].trim_start();
                let ends_line = rest.is_empty() || rest.starts_with('#');
                if ends_line && is_empty() || rest.starts_with([',', ']', '}']) {
                    let (mark, word) = (char::from(byte), cut(&line[at..at + word]));
                    return Some((format!("put a value that begins with `{mark}` in quotes: `\"{word}\"`"), at));
                }
            }
            _ => {}
        }
        if !byte.is_ascii_whitespace() {
            opens = b":-[{,".contains(&byte) && quote.is_none();
        }
        before = byte;
    }
    None
}

/// The message about a text that is not a mapping because a character is missing or wrong: `dialect:connectwise`,
/// `portal = acme`.
pub(super) fn not_a_mapping(yaml: &str) -> Option<(String, LineColumn)> {
    let has_content = |(_, line): &(usize, &str)| !line.trim().is_empty() && !line.trim_start().starts_with('#');
    let (index, line) = yaml.lines().enumerate().filter(|(_, line)| line.trim() != "---").find(has_content)?;
    let is_key = |key: &str| !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    let text = line.trim();
    let detail = match (text.split_once(':'), text.split_once('=')) {
        (Some((key, value)), _) if is_key(key) && !value.is_empty() => {
            format!("write a space after the colon: `{}`", cut(&format!("{key}: {}", value.trim())))
        }
        (_, Some((key, value))) if is_key(key.trim()) => {
            format!(
                "write a colon and a space in place of `=`: `{}`",
                cut(&format!("{}: {}", key.trim(), value.trim()))
            )
        }
        (None, None) if is_key(text) => format!("write a colon and a value after the key: `{}: …`", cut(text)),
        _ => return None,
    };
    Some((detail, (index + 1, line.chars().take_while(|character| character.is_whitespace()).count() + 1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_yaml_swallows_is_reported() {
        for (yaml, detail, place) in [
            ("samples: \"C:\\temp\"", "(`\\t` is a tab); use single quotes instead: `'C:\\temp'`", (1, 10)),
            ("a: b\nexclude: [\"x\", \"..\\new\"]", "(`\\n` is a line end)", (2, 16)),
            ("templates:\n  - { path: \"drafts\\beta\" }", "a control character", (2, 13)),
            ("vocabulary:\n  - a.yaml\n  - \"my\\tokens.yaml\"", "`'my\\tokens.yaml'`", (3, 5)),
            ("send:\n  smtp:\n    user: \"ACME\\robin\"", "`'ACME\\robin'`", (3, 11)),
            ("brand:\n  logo: \"img\\new.png\"", "`'img\\new.png'`", (2, 9)),
            ("portal: &acme\n", "put a value that begins with `&` in quotes: `\"&acme\"`", (1, 9)),
            ("portal: !acme # x\nhost: y", "put a value that begins with `!` in quotes: `\"!acme\"`", (1, 9)),
            ("send: { from: &x }", "`\"&x\"`", (1, 15)),
        ] {
            let (found, at) = swallowed(yaml).unwrap_or_else(|| panic!("{yaml}"));
            assert!(found.contains(detail), "{found}");
            assert_eq!(at, place, "{yaml}");
        }
        for yaml in [
            "portal: &a acme\nhost: *a",
            "brand: &a\n  name: x\n",
            "ticket.description: \"Line one\\nLine two\"",
            "samples: 'C:\\temp'",
            "vocabulary: [a]\nbrand:\n  name: \"a\\tb\"",
            "send:\n  allow:\n    - \"a\\tb\"",
            "samples: \"C:\\\\temp\"",
            "text: |\n  samples: \"C:\\temp\"\n  &acme\nportal: x",
            "brand: { name: \"R&D !\" }",
            "name: R & D\n# portal: &acme",
            "exclude: [\"!keep\", 'a & b']",
        ] {
            assert_eq!(swallowed(yaml), None, "{yaml}");
        }
    }

    #[test]
    fn a_missing_separator_is_reported() {
        for (yaml, detail) in [
            ("dialect:connectwise", "write a space after the colon: `dialect: connectwise`"),
            ("# c\nportal:acme\ndialect: x", "write a space after the colon: `portal: acme`"),
            ("portal = acme", "write a colon and a space in place of `=`: `portal: acme`"),
            ("portal", "write a colon and a value after the key: `portal: …`"),
        ] {
            assert_eq!(not_a_mapping(yaml).map(|(detail, _)| detail).as_deref(), Some(detail), "{yaml}");
        }
        assert_eq!(not_a_mapping("Hello there"), None);
    }
}
