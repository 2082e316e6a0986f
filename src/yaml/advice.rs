//! Common mistakes of people who are new to YAML, and how to fix them.

/// How many characters of a file an error quotes.
const QUOTED: usize = 60;

/// A line and a column, both counted from 1.
pub(super) type LineColumn = (usize, usize);

/// A better message than the parser's own, and its place.
pub(super) fn explain(message: &str, yaml: &str, place: Option<LineColumn>) -> Option<(String, Option<LineColumn>)> {
    let character = place.and_then(|place| rest(yaml, place).chars().next());
    let detail = if message.contains("more than one document") {
        let detail = "this `---` line starts a second document in the file; remove it";
        return Some((detail.to_owned(), second_document(yaml)));
    } else if message.contains("tab character") || message.contains("cannot start any token") && character == Some('\t')
    {
        "there is a tab here; use spaces instead, because YAML allows no tabs before a key or a value".to_owned()
    } else if message.contains("cannot start any token") {
        let character = character?;
        format!("put a value that begins with `{character}` in quotes: `\"{character}…\"`")
    } else if message.contains("while scanning an alias")
        || message.contains("while scanning an anchor")
        || message.contains("unknown anchor")
    {
        let (line, start) = before(yaml, place?, &['*', '&'])?;
        let value = value_at(rest(yaml, start));
        let character = value.chars().next()?;
        let detail = format!("put a value that begins with `{character}` in quotes: `\"{}\"`", cut(value));
        return Some((detail, Some((line, start.1))));
    } else if message.contains("unknown escape character") || message.contains("while parsing a quoted scalar") {
        let start = opening_quote(yaml, place?)?;
        let value = rest(yaml, start);
        let value = value[1..].split('"').next().filter(|value| value.contains('\\'))?;
        let detail =
            format!("a backslash in double quotes begins a code; use single quotes instead: `'{}'`", cut(value));
        return Some((detail, Some(start)));
    } else if (message.contains("did not find expected key") || message.contains("did not find expected '-'"))
        && place.is_some_and(|place| is_after_quote(yaml, place))
    {
        let start = value_of_line(yaml, place?)?;
        return Some((after_quote(rest(yaml, start).trim_end()), Some(start)));
    } else if message.contains("end of stream") && message.contains("quoted scalar") {
        "a quotation mark is opened and never closed; add the closing one".to_owned()
    } else if message.contains("did not find expected node content") || message.contains("did not find expected ','") {
        return in_brackets(yaml, place?);
    } else if message.contains("could not find expected ':'")
        && let Some(place) = other_comment(yaml, place?)
    {
        return Some(("a comment begins with `#` in YAML".to_owned(), Some(place)));
    } else if message.contains("could not find expected ':'") {
        let line = yaml.lines().nth(place?.0.saturating_sub(1))?;
        let (key, value) = line
            .split_once(':')
            .filter(|(_, value)| value.starts_with(|character: char| !character.is_whitespace()))?;
        let indent = key.chars().take_while(|character| *character == ' ').count();
        let detail = format!("write a space after the colon: `{}`", cut(&format!("{}: {value}", key.trim())));
        return Some((detail, Some((place?.0, indent + 1))));
    } else if message.contains("mapping values are not allowed") && is_indented_too_far(yaml, place?) {
        let column = indent_of(yaml.lines().nth(place?.0.saturating_sub(1))?) + 1;
        let detail = "this line begins further to the right than the one above it; begin both in the same column";
        return Some((detail.to_owned(), Some((place?.0, column))));
    } else if message.contains("mapping values are not allowed") {
        "this value contains a colon followed by a space; put the whole value in quotes: `\"…\"`".to_owned()
    } else {
        return None;
    };
    Some((detail, place))
}

/// What to do about a quoted value that continues after its quotes.
fn after_quote(value: &str) -> String {
    let quote = value.chars().next().unwrap_or('"');
    let inside = value.strip_prefix(quote).unwrap_or(value);
    if let Some(whole) = value.strip_suffix(',').filter(|whole| whole.len() > 1 && whole.ends_with(quote)) {
        return format!("remove the comma behind the value: `{}`", cut(whole));
    }
    let other = if quote == '"' { '\'' } else { '"' };
    if value.contains(other) || quote == '\'' {
        return "text follows the closing quote; put the whole value in quotes of the other kind".to_owned();
    }
    // `"The "IT" Firm"`: the outer quotes are not part of the text.
    let text = inside.strip_suffix(quote).filter(|text| text.contains(quote)).unwrap_or(value);
    format!("text follows the closing quote; put the whole value in single quotes: `'{}'`", cut(text))
}

/// What is wrong between braces or brackets.
fn in_brackets(yaml: &str, (line, column): LineColumn) -> Option<(String, Option<LineColumn>)> {
    let text = yaml.lines().nth(line.saturating_sub(1))?;
    if let Some(at) = text.find(": #").map(|at| at + 2).or_else(|| text.find(", #").map(|at| at + 2)) {
        let value = value_at(&text[at..]);
        let detail = format!("`#` begins a comment here; put the value in quotes: `\"{}\"`", cut(value));
        return Some((detail, Some((line, text[..at].chars().count() + 1))));
    }
    let rest = rest(yaml, (line, column));
    let before: String = text.chars().take(column.saturating_sub(1)).collect();
    let detail = match rest.chars().next() {
        Some(':') => "this value contains a colon followed by a space; put the whole value in quotes: `\"…\"`",
        Some(_) if before.trim_end().ends_with(['"', '\'']) => {
            "text follows the closing quote; put the whole value in quotes of the other kind"
        }
        None if before.contains(" #") => "`#` begins a comment in this line; put the value with it in quotes: `\"…\"`",
        None if before.contains('{') => "a `{` is opened and never closed; add `}`",
        None if before.contains('[') => "a `[` is opened and never closed; add `]`",
        _ => return None,
    };
    Some((detail.to_owned(), Some((line, column))))
}

/// The position of a comment in the syntax of another language, on a line or the one before it.
fn other_comment(yaml: &str, (line, _): LineColumn) -> Option<LineColumn> {
    [line, line.saturating_sub(1)].into_iter().find_map(|line| {
        let text = yaml.lines().nth(line.checked_sub(1)?)?;
        let is_comment = ["//", ";", "/*", "--"].iter().any(|mark| text.trim_start().starts_with(mark));
        is_comment.then(|| (line, indent_of(text) + 1))
    })
}

/// Whether a line `key: value` is indented further than the line above it, which also has a value.
fn is_indented_too_far(yaml: &str, (line, column): LineColumn) -> bool {
    let mut lines =
        yaml.lines().take(line).collect::<Vec<_>>().into_iter().rev().filter(|line| !line.trim().is_empty());
    let (Some(own), Some(above)) = (lines.next(), lines.next()) else { return false };
    let is_key = own
        .chars()
        .take(column.saturating_sub(1))
        .all(|character| character.is_alphanumeric() || " _-".contains(character));
    let has_value = above.split_once(": ").is_some_and(|(_, value)| !value.trim().is_empty());
    is_key && has_value && indent_of(own) > indent_of(above)
}

fn indent_of(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// What to do about a value of the wrong type.
pub(super) fn advice(
    found: &str,
    expected: &str,
    path: Option<&str>,
    yaml: &str,
    place: Option<LineColumn>,
    is_half_of_name: &dyn Fn(&str) -> bool,
) -> Option<String> {
    let rest = rest(yaml, place?);
    if expected != "a string" {
        return None;
    }
    if found == "sequence" && rest.starts_with('[') {
        let end = rest.find(']')? + 1;
        let (name, after) = (cut(&rest[..end]), rest[end..].trim_start());
        return Some(match after.starts_with(':') {
            true => format!("put the name in quotes: `\"{name}\":`"),
            false => format!("put the text in quotes: `\"{name}\"`"),
        });
    }
    if found == "map" && !rest.starts_with('{') {
        let about = path?.rsplit('.').next()?;
        let (key, value) = rest.split_once(':')?;
        let name = format!("{about}.{}", key.trim().trim_matches(['"', '\'']));
        return is_half_of_name(about)
            .then(|| format!("write `{}` on one line", cut(&format!("{name}: {}", value.trim()))));
    }
    None
}

/// The parser's name for a type, in plain words.
pub(super) fn in_words(kind: &str) -> &str {
    match kind {
        "a string" => "text",
        "sequence" | "a sequence" => "a list",
        "map" | "a map" => "a mapping",
        "unit value" => "nothing",
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number",
        _ if kind.starts_with("struct ") => "a mapping of keys to values",
        // The value itself says enough: `string "many"`, `integer `5``.
        _ => kind
            .split_once(' ')
            .filter(|(type_name, _)| VALUE_TYPES.contains(type_name))
            .map_or(kind, |(_, value)| value),
    }
}

/// The types that the parser names before a value.
const VALUE_TYPES: [&str; 3] = ["string", "integer", "boolean"];

/// Part of a file, shortened to what an error may quote.
pub(super) fn cut(text: &str) -> String {
    match text.char_indices().nth(QUOTED) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// The same message, with quoted texts shortened.
pub(super) fn cut_quoted(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(['`', '"']) {
        let quote = rest.as_bytes()[start];
        let inside = &rest[start + 1..];
        out.push_str(&rest[..=start]);
        // If the text itself contains closing marks, the last one ends it.
        let end = if quote == b'"' { inside.rfind('"') } else { inside.find('`') };
        let Some(end) = end else {
            rest = inside;
            break;
        };
        out.push_str(&cut(&inside[..end]));
        out.push(char::from(quote));
        rest = &inside[end + 1..];
    }
    out.push_str(rest);
    out
}

/// The last of some characters at or before a place in its line.
fn before(yaml: &str, (line, column): LineColumn, characters: &[char]) -> Option<(usize, LineColumn)> {
    let text = yaml.lines().nth(line.saturating_sub(1))?;
    let head: Vec<char> = text.chars().take(column).collect();
    let mut at = head.iter().rposition(|character| characters.contains(character))?;
    // `**/*.html`
    while at > 0 && characters.contains(&head[at - 1]) {
        at -= 1;
    }
    Some((line, (line, at + 1)))
}

/// The quotation mark that opens the value at a place.
fn opening_quote(yaml: &str, place: LineColumn) -> Option<LineColumn> {
    let opens = rest(yaml, place).strip_prefix('"').is_some_and(|value| value.contains('"'));
    let (line, column) = place;
    let place = if opens { place } else { (line, column.checked_sub(1)?) };
    before(yaml, place, &['"']).map(|(_, start)| start)
}

/// A value in a list or a line, up to its end.
fn value_at(text: &str) -> &str {
    text.split([',', ']', '}']).next().unwrap_or(text).split(" #").next().unwrap_or(text).trim_end()
}

/// Whether a place is after the closing quote of a value.
fn is_after_quote(yaml: &str, place: LineColumn) -> bool {
    let Some(start) = value_of_line(yaml, place) else { return false };
    rest(yaml, start).starts_with(['"', '\'']) && start.1 < place.1
}

/// Where the value of a line `key: value` or `- value` begins.
fn value_of_line(yaml: &str, (line, _): LineColumn) -> Option<LineColumn> {
    let text = yaml.lines().nth(line.saturating_sub(1))?;
    let head = text.find(": ").map(|at| at + 2).or_else(|| text.find("- ").map(|at| at + 2))?;
    let head = head + text[head..].len() - text[head..].trim_start().len();
    Some((line, text[..head].chars().count() + 1))
}

/// The rest of the line from a place on.
fn rest(yaml: &str, (line, column): LineColumn) -> &str {
    let line = yaml.lines().nth(line.saturating_sub(1)).unwrap_or_default();
    line.char_indices().nth(column.saturating_sub(1)).map_or("", |(at, _)| &line[at..])
}

/// Where the `---` that begins a second document is.
fn second_document(yaml: &str) -> Option<LineColumn> {
    let mut has_begun = false;
    for (index, line) in yaml.lines().enumerate() {
        if line.trim_end() == "---" || line.starts_with("--- ") {
            if has_begun {
                return Some((index + 1, 1));
            }
            has_begun = true;
        }
        has_begun |= !line.trim().is_empty() && !line.trim_start().starts_with(['#', '%']);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_quoted_is_cut() {
        let long = "x".repeat(99);
        let cut = format!("{}…", "x".repeat(QUOTED));
        assert_eq!(cut_quoted(&format!("string \"{long}\", a")), format!("string \"{cut}\", a"));
        assert_eq!(cut_quoted(&format!("`{long}` {long} `é`")), format!("`{cut}` {long} `é`"));
        assert_eq!(cut_quoted("it's \" open"), "it's \" open");
    }

    #[test]
    fn a_second_document_begins_after_something() {
        for (yaml, place) in [
            ("---\na: b\n---\n", Some((3, 1))),
            ("# c\n---\n---\n", Some((3, 1))),
            ("a: b\n---\nc: d", Some((2, 1))),
            ("---\na: b\n", None),
        ] {
            assert_eq!(second_document(yaml), place, "{yaml}");
        }
    }
}
