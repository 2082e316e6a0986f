//! Reads YAML. Errors name the file, the line, the column and the nearest right key.
//!
//! ```text
//! text --read--> a value; or an Error with the place (locate) and what was probably meant (advice)
//! ```

mod advice;
mod limits;
mod locate;
mod map;
mod pitfalls;
mod swallowed;

use serde::de::DeserializeOwned;

use limits::{DEPTH_LIMIT, REPEATED, grows, nested_deeper_than};
pub(crate) use locate::{Step, locate, without_bom};
pub use map::Map;
pub(crate) use pitfalls::commented_value;

use crate::error::{Error, ErrorKind};
use crate::nearest::hint;

/// Reads a YAML text; errors call it `name`.
pub(crate) fn read<T: DeserializeOwned>(name: &str, text: &str, kind: ErrorKind) -> Result<T, Error> {
    read_names(name, text, kind, &|_| false)
}

/// Reads a YAML text whose keys may contain a dot, like `ticket.id`. `is_half_of_name` says whether a word is the first
/// half of such a key, which many people write as a separate key.
pub(crate) fn read_names<T: DeserializeOwned>(
    name: &str,
    text: &str,
    kind: ErrorKind,
    is_half_of_name: &dyn Fn(&str) -> bool,
) -> Result<T, Error> {
    let text = without_bom(text);
    if nested_deeper_than(text, DEPTH_LIMIT) {
        let detail = format!("brackets or braces are nested more than {DEPTH_LIMIT} levels deep");
        return Err(Error::new(kind, detail).at(name));
    }
    if grows(text) {
        let detail =
            format!("its aliases (`*name`) expand to more than {} MB of text; write the values out", REPEATED >> 20);
        return Err(Error::new(kind, detail).at(name));
    }
    if let Some((detail, (line, column))) = swallowed::swallowed(text) {
        return Err(Error::new(kind, detail).at(name).at_place(line, column));
    }
    if let Some((line, column)) = pitfalls::swallowing(text) {
        let detail = "a quotation mark is opened and never closed; add the closing one";
        return Err(Error::new(kind, detail).at(name).at_place(line, column));
    }
    let read = if text.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#')) {
        serde_yaml::from_str("{}") // a file with only comments is an empty mapping, not null
    } else {
        serde_yaml::from_str(text)
    };
    read.map_err(|error: serde_yaml::Error| explain(name, text, &error, kind, is_half_of_name))
}

/// Translates Serde's message for users.
fn explain(
    name: &str,
    yaml: &str,
    error: &serde_yaml::Error,
    kind: ErrorKind,
    is_half_of_name: &dyn Fn(&str) -> bool,
) -> Error {
    let mut place = error.location().map(|at| in_text(yaml, (at.line(), at.column())));
    let message = error.to_string();
    let message = match message.rfind(" at line ") {
        Some(at) if place.is_some() => &message[..at],
        _ => &message,
    };
    let (path, problem) = split_path(message);
    let mut words = quoted(problem);
    let detail = if problem.starts_with("unknown field") || problem.starts_with("unknown variant") {
        let thing = if problem.starts_with("unknown field") { "key" } else { "value" };
        let wrong = words.next().unwrap_or_default();
        let shown = advice::cut(wrong);
        let expected: Vec<&str> = words.collect();
        let inside = path.map(|path| format!(" in `{path}`")).unwrap_or_default();
        if expected.is_empty() {
            format!("unknown {thing} `{shown}`{inside}")
        } else {
            let hint = hint(wrong, &format!("{thing}s"), expected);
            format!("unknown {thing} `{shown}`{inside}; {hint}")
        }
    } else if problem.starts_with("duplicate field") || problem.starts_with("duplicate entry") {
        let key = words.next().or_else(|| problem.split('"').nth(1)).unwrap_or_default();
        // The parser gives the start of the mapping, but the reader needs the second of the two keys.
        place = second_line(yaml, key, place.map_or(1, |(line, _)| line)).or(place);
        format!("duplicate key `{}`", advice::cut(key))
    } else if problem.starts_with("missing field") {
        let inside = path.map(|path| format!(" in `{path}`")).unwrap_or_default();
        format!("missing key `{}`{inside}", words.next().unwrap_or_default())
    } else if let Some((found, expected)) =
        problem.strip_prefix("invalid type: ").and_then(|rest| rest.split_once(", expected "))
    {
        let is_text =
            path.is_none() && found.starts_with("string ") && advice::in_words(expected).starts_with("a mapping");
        if let Some((detail, (line, column))) = swallowed::not_a_mapping(yaml).filter(|_| is_text) {
            return Error::new(kind, detail).at(name).at_place(line, column);
        }
        let subject = path.map_or_else(|| "this".to_owned(), |path| format!("`{}`", advice::cut(path)));
        let advice =
            advice::advice(found, expected, path, yaml, place, is_half_of_name).map(|advice| format!("; {advice}"));
        let found = advice::cut_quoted(advice::in_words(found));
        format!("{subject} should be {}, but is {found}{}", advice::in_words(expected), advice.unwrap_or_default())
    } else if let Some((detail, at)) = advice::explain(message, yaml, place) {
        place = at;
        detail
    } else {
        advice::cut_quoted(message)
    };
    let mut result = Error::new(kind, detail).at(name);
    if let Some((line, column)) = place {
        result = result.at_place(line, column);
    }
    result
}

/// A place, or the end of the text if the parser's place is beyond it: that is where an unclosed construct is missed.
fn in_text(yaml: &str, (line, column): (usize, usize)) -> (usize, usize) {
    let lines = yaml.lines().count().max(1);
    match line > lines {
        true => (lines, yaml.lines().next_back().unwrap_or_default().chars().count() + 1),
        false => (line, column),
    }
}

/// Where a key occurs for the second time at the start of a line, from a line on.
fn second_line(yaml: &str, key: &str, from: usize) -> Option<(usize, usize)> {
    let mut places = yaml.lines().enumerate().skip(from.saturating_sub(1)).filter_map(|(index, line)| {
        let trimmed = line.trim_start().trim_start_matches("- ").trim_start();
        let bare = trimmed.strip_prefix(['"', '\'']);
        let rest = bare.unwrap_or(trimmed).strip_prefix(key)?;
        let rest = if bare.is_some() { rest.strip_prefix(['"', '\''])? } else { rest }.trim_start();
        rest.starts_with(':').then_some((index + 1, line.len() - trimmed.len() + 1))
    });
    let (_, first) = places.next()?;
    places.find(|&(_, column)| column == first)
}

/// Splits `send.smtp: invalid type …` into the path and the rest.
fn split_path(message: &str) -> (Option<&str>, &str) {
    match message.split_once(": ") {
        Some((path, rest)) if !path.contains(' ') && !path.contains('`') => (Some(path), rest),
        _ => (None, message),
    }
}

/// The words between backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct Sheet {
        portal: Option<String>,
        jobs: Option<u8>,
        client: Option<Client>,
        terms: Option<Map<String>>,
        inner: Option<Box<Sheet>>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    enum Client {
        Web,
        Desktop,
    }

    #[test]
    fn says_what_is_wrong_and_where() {
        for (text, expected) in [
            ("# c\nportl: acme\n", "`f` line 2, column 1: unknown key `portl`; did you mean `portal`?"),
            (
                "inner:\n  colour: x\n",
                "`f` line 2, column 3: unknown key `colour` in `inner`; known keys: portal, jobs, client, terms, inner",
            ),
            ("jobs: many\n", "`f` line 1, column 7: `jobs` should be a whole number, but is \"many\""),
            ("client: dekstop\n", "`f` line 1, column 9: unknown value `dekstop` in `client`; did you mean `desktop`?"),
            ("portal: a\nportal: b\n", "`f` line 2, column 1: duplicate key `portal`"),
            ("terms:\n  A: x\n  A: y\n", "duplicate key `A`"),
            ("portal: [a\n", "`portal` should be text, but is a list"),
            (
                "portal: [a b] c\n",
                "`f` line 1, column 9: `portal` should be text, but is a list; put the text in quotes: `\"[a b]\"`",
            ),
            ("terms:\n  [Ticket: Title]: x\n", "`f` line 2, column 3: "),
            (
                "terms:\n  [Ticket: Title]: x\n",
                " should be text, but is a list; put the name in quotes: `\"[Ticket: Title]\":`",
            ),
            (
                "terms:\n  ticket:\n    title: b\n",
                "`terms.ticket` should be text, but is a mapping; write `ticket.title: b` on one line",
            ),
            ("portal:\n  title: b\n", "`portal` should be text, but is a mapping"),
            ("terms:\n\tA: b\n", "`f` line 2, column 1: there is a tab here; use spaces instead"),
            ("portal: *me\n", "`f` line 1, column 9: put a value that begins with `*` in quotes: `\"*me\"`"),
            ("terms: { A: x, B: **/*.x }", "column 19: put a value that begins with `*` in quotes: `\"**/*.x\"`"),
            (
                "portal: \"a\" <b>\n",
                "column 9: text follows the closing quote; put the whole value in single quotes: `'",
            ),
            (
                "portal: \"C:\\p\"\n",
                "column 9: a backslash in double quotes begins a code; use single quotes instead: `'C:",
            ),
            ("portal: \"a\\x\"\n", "column 9: a backslash in double quotes begins a code"),
            ("portal: \"a\nclient: web\n", "a quotation mark is opened and never closed"),
            ("jobs: 1\nportal:acme\n", "`f` line 2, column 1: write a space after the colon: `portal: acme`"),
            ("portal: @me\n", "`f` line 1, column 9: put a value that begins with `@` in quotes: `\"@…\"`"),
            ("portal: `me\n", "put a value that begins with ``` in quotes"),
            ("portal: %me\n", "`f` line 1, column 9: put a value that begins with `%` in quotes"),
            ("terms: { A: b\n", "`f` line 1, column 14: "),
            ("portal: a: b\n", "`f` line 1, column 10: this value contains a colon followed by a space"),
            ("inner: { portal: a: b }\n", "column 19: this value contains a colon followed by a space"),
            (
                "inner: { portal: a, client: #web }\n",
                "column 29: `#` begins a comment here; put the value in quotes: `\"#web\"`",
            ),
            ("inner: { portal: \"a \"b\"\" }\n", "text follows the closing quote"),
            ("inner: { portal: a\n", "a `{` is opened and never closed"),
            ("portal: \"The \"IT\" Firm\"\n", "put the whole value in single quotes: `'The \"IT\" Firm'`"),
            ("portal: \"a\",\nclient: web\n", "remove the comma behind the value: `\"a\"`"),
            ("portal: \"a\nclient: \"web\"\n", "`f` line 1, column 9: a quotation mark is opened and never closed"),
            ("portal = acme\n", "write a colon and a space in place of `=`: `portal: acme`"),
            ("portal: a\n// ours\njobs: 1\n", "`f` line 2, column 1: a comment begins with `#`"),
            ("portal: a\n; ours\n", "`f` line 2, column 1: a comment begins with `#`"),
            ("portal: a\n client: web\n", "`f` line 2, column 2: this line begins further to the right"),
            ("---\nportal: a\n---\n", "`f` line 3, column 1: this `---` line starts a second document"),
        ] {
            let asked = read_names::<Sheet>("f", text, ErrorKind::Config, &|word| word == "ticket");
            let error = asked.unwrap_err().to_string();
            assert!(error.contains(expected), "{error}\nshould hold\n{expected}");
        }
    }

    #[test]
    fn no_error_quotes_a_whole_file() {
        let long = "many words ".repeat(200);
        for text in [
            long.clone(),
            format!("portl{}: x", "é".repeat(300)),
            format!("client: {long}"),
            format!("jobs: '{long}'"),
            format!("jobs: \"{} \\\" {long}\"", "x".repeat(100)),
            format!("inner: {{ {long}: {{}} }}"),
        ] {
            let error = read::<Sheet>("f", &text, ErrorKind::Config).unwrap_err().to_string();
            assert!(error.chars().count() < 200, "{error}");
            assert!(error.contains('…'), "{error}");
        }
    }

    #[test]
    fn finds_keys_and_values() {
        let text = "\u{feff}# é\nportal: acme\nlist:\n  - 'x'\n  - { path: é, \"deep\": [a, {b: c}] }\nempty:\n";
        for (steps, expected) in [
            (&[Step::Key("portal")][..], Some((2, 9))),
            (&[Step::Name("portal")], Some((2, 1))),
            (&[Step::Key("list"), Step::Item(0)], Some((4, 5))),
            (&[Step::Key("list"), Step::Item(1), Step::Key("path")], Some((5, 13))),
            (&[Step::Key("list"), Step::Item(1), Step::Name("deep")], Some((5, 16))),
            (&[Step::Key("list"), Step::Item(1), Step::Key("deep"), Step::Item(1), Step::Key("b")], Some((5, 32))),
            (&[Step::Key("list")], Some((4, 3))),
            (&[Step::Key("empty")], Some((6, 7))),
            (&[Step::Key("none")], None),
            (&[Step::Key("list"), Step::Item(9)], None),
        ] {
            assert_eq!(locate(text, steps), expected, "{steps:?}");
        }
    }

    #[test]
    fn an_empty_file_is_an_empty_mapping() {
        assert!(read::<Sheet>("f", "\u{feff}# nothing yet\n", ErrorKind::Config).unwrap().portal.is_none());
    }

    #[test]
    fn aliases_may_not_repeat_without_end() {
        let long = "x".repeat(100_000);
        let list = |times: usize| vec!["*a"; times].join(", ");
        for text in [
            format!("portal: &a {long}\nterms: {{ A: [{}] }}\n", list(2_000)),
            format!("inner: &a {{ portal: {long} }}\nlist: [{}]\n", list(2_000)),
            format!("portal: &a '{long}'\nlist: {{ {} }}\n", (0..50).map(|n| format!("k{n}: *a,")).collect::<String>()),
            format!("portal: !tag &a {long}\nlist:\n{}", "- *a\n".repeat(50)),
        ] {
            let error = read::<serde_yaml::Value>("f", &text, ErrorKind::Config).unwrap_err().to_string();
            assert!(error.contains("expand to more than 1 MB of text"), "{}", &error[..200.min(error.len())]);
        }
        let fine = format!("portal: &a {long}\nlist: [{}]\nother: 'a & b * c'\n", list(5));
        assert!(read::<serde_yaml::Value>("f", &fine, ErrorKind::Config).is_ok());
        // Other mistakes are reported as usual.
        let error = read::<Sheet>("f", "portal: &a x\nportl: *a\n", ErrorKind::Config).unwrap_err().to_string();
        assert!(error.contains("did you mean `portal`?"), "{error}");
    }

    #[test]
    fn bombs_are_refused() {
        let mut bomb = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x]\n");
        for level in 1..12 {
            let before = level - 1;
            bomb += &format!("a{level}: &a{level} [{}]\n", vec![format!("*a{before}"); 9].join(","));
        }
        assert!(read::<serde_yaml::Value>("f", &bomb, ErrorKind::Config).is_err());
        let deep = format!("a: {}", "[".repeat(1_000_000));
        assert!(read::<serde_yaml::Value>("f", &deep, ErrorKind::Config).is_err());
    }
}
