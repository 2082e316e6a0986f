//! Finds settings that YAML reads without an error, but differently than they look.

/// Where a value begins whose quote is never closed, so that it contains the next key: `name: "Acme` above
/// `color: "#0b5fff"`.
pub(super) fn swallowing(yaml: &str) -> Option<(usize, usize)> {
    let mut open: Option<(usize, usize)> = None;
    // The indentation of the key above a block of text.
    let mut block: Option<usize> = None;
    for (index, line) in yaml.lines().enumerate() {
        let indent = line.len() - line.trim_start().len();
        if block.is_some_and(|above| indent > above || line.trim().is_empty()) {
            continue;
        }
        block = None;
        let value = value_in(line);
        match (open, value) {
            (Some(place), Some(_)) => return Some(place),
            (Some(_), None) if line.contains('"') => open = None,
            (None, Some(at)) if !line[at + 1..].contains('"') => {
                open = Some((index + 1, line[..at].chars().count() + 1));
            }
            _ => {}
        }
        let end = line.trim_end();
        if open.is_none() && [": |", ": >", ": |-", ": >-", ": |+", ": >+"].iter().any(|mark| end.ends_with(mark)) {
            block = Some(indent);
        }
    }
    None
}

/// A value that is a comment because it begins with `#`, and its position: `color: #0b5fff`, `name: #1 IT`.
pub(crate) fn commented_value(yaml: &str) -> Option<(&str, (usize, usize))> {
    let indent = |line: &str| line.len() - line.trim_start().len();
    yaml.lines().enumerate().find_map(|(index, line)| {
        let (key, rest) = line.split_once(':').filter(|(key, _)| !key.trim_start().starts_with('#'))?;
        let value = rest.trim();
        // It is meant as a comment if a space follows the `#`, or if the value follows on the next lines.
        let is_value = rest.starts_with([' ', '\t'])
            && value.strip_prefix('#').is_some_and(|word| word.starts_with(char::is_alphanumeric));
        let is_text = |line: &&str| !matches!(line.trim().chars().next(), None | Some('#'));
        let has_more = |below: &str| indent(below) > indent(line) || below.trim_start().starts_with("- ");
        if !is_value || yaml.lines().skip(index + 1).find(is_text).is_some_and(has_more) {
            return None;
        }
        // A color may have a comment after it.
        let word = value.split_whitespace().next().unwrap_or(value);
        let is_color = matches!(word.len(), 4 | 7 | 9) && word[1..].bytes().all(|byte| byte.is_ascii_hexdigit());
        let column = key.chars().count() + rest.len() - rest.trim_start().len() + 2;
        Some((if is_color { word } else { value }, (index + 1, column)))
    })
}

/// Where the value begins in a line with only a key before its quotation mark.
fn value_in(line: &str) -> Option<usize> {
    let at = line.find('"')?;
    let key = line[..at].trim().trim_start_matches("- ").strip_suffix(':')?;
    let is_key = !key.is_empty()
        && key.chars().all(|character| character.is_alphanumeric() || matches!(character, '_' | '-' | '.'));
    is_key.then_some(at)
}

#[cfg(test)]
mod tests {
    use super::{commented_value, swallowing};

    #[test]
    fn a_value_may_be_a_comment() {
        for (yaml, value) in [
            ("portal: #acme\nhost: x\n", Some(("#acme", (1, 9)))),
            ("brand:\n  name: #1 IT\n", Some(("#1 IT", (2, 9)))),
            ("brand:\n  color: #0b5fff # blue\n", Some(("#0b5fff", (2, 10)))),
            ("portal: acme #1\n", None),
            ("portal: # acme\n", None),
            ("brand: #ours\n  name: x\n", None),
            ("exclude: #ours\n- x\n", None),
            ("#portal: #acme\n", None),
        ] {
            assert_eq!(commented_value(yaml), value, "{yaml}");
        }
    }

    #[test]
    fn a_mark_that_is_never_closed_swallows_a_key() {
        for (yaml, place) in [
            ("brand:\n  name: \"Acme\n  color: \"#0b5fff\"\n", Some((2, 9))),
            ("name: \"Acme\n\n# x\ncolor: \"y\"\n", Some((1, 7))),
            ("name: \"Acme\"\ncolor: \"y\"\n", None),
            ("name: \"Acme\n  and more\"\ncolor: \"y\"\n", None),
            ("text: |\n  He said: \"no\n  She: \"yes\"\n", None),
            ("name: \"Acme\n", None),
            ("name: 'a \"b'\ncolor: \"y\"\n", None),
        ] {
            assert_eq!(swallowing(yaml), place, "{yaml}");
        }
    }
}
