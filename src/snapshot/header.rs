//! The top of a recorded message: which message it is, and what its bytes were.

use std::path::Path;

use serde::Deserialize;

use super::damaged::{RESTORE, damaged};
use super::record::Record;
use super::shown::quoted;
use crate::error::{Error, ErrorKind};
use crate::yaml;

/// The file version that this program reads and writes.
const VERSION: u64 = 1;

/// The line before and after the header.
const FENCE: &str = "---";

/// The header; `cargo insta` adds keys.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(super) struct Header {
    #[serde(default)]
    source: String,
    #[serde(default)]
    expression: String,
    pub(super) info: Info,
}

/// psalink's data, in the field that insta reserves for programs.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(super) struct Info {
    psalink: u64,
    /// The hash of the message's bytes.
    pub(super) hash: String,
    /// The hash of the text below the header.
    pub(super) body: String,
}

/// The header of any insta file; only psalink's has its name in `info`.
#[derive(Deserialize)]
struct AnyHeader {
    info: AnyInfo,
}

#[derive(Deserialize)]
struct AnyInfo {
    psalink: serde_yaml::Value,
}

impl Header {
    /// The header of a record whose body has that digest.
    pub(super) fn of(record: &Record, body: String) -> Header {
        let Record { template, dialect, sample, .. } = record;
        // The template is next to the record or one folder above; the current directory is not recorded.
        let source = Path::new(template)
            .file_name()
            .map_or_else(|| template.clone(), |name| name.to_string_lossy().into_owned());
        let expression = format!("{source} for {dialect}, sample {sample}");
        Header { source, expression, info: Info { psalink: VERSION, hash: record.hash(), body } }
    }

    /// The lines before the body.
    pub(super) fn write(&self) -> String {
        let Header { source, expression, info: Info { psalink, hash, body } } = self;
        let (source, expression) = (quoted(source), quoted(expression));
        let (hash, body) = (quoted(hash), quoted(body));
        format!(
            "{FENCE}\nsource: {source}\nexpression: {expression}\ninfo:\n  psalink: {psalink}\n  hash: {hash}\n  \
             body: {body}\n{FENCE}\n"
        )
    }

    /// Reads the header of a file, and counts the lines before the body.
    pub(super) fn read(name: &str, text: &str) -> Result<(Header, usize), Error> {
        let (yaml, lines) = split(text).map_err(|(line, reason)| damaged(name, line, reason))?;
        let version: AnyHeader = read(name, yaml)?;
        match version.info.psalink.as_u64() {
            Some(VERSION) => {}
            Some(newer) if newer > VERSION => {
                let detail = format!(
                    "this message was recorded by a newer psalink (its format is {newer}, and this psalink reads \
                     {VERSION}); update psalink, or record it again with `psalink test --accept`"
                );
                return Err(Error::new(ErrorKind::Snapshot, detail).at(name));
            }
            _ => return Err(damaged(name, None, &format!("the key `psalink` in `info` must be {VERSION}"))),
        }
        let header: Header = read(name, yaml)?;
        // insta's parser panics at `.inf`, and endless aliases must be refused before it sees them.
        let all: serde_yaml::Value = read(name, yaml)?;
        if has_float(&all) {
            return Err(damaged(name, None, "its header contains a number that psalink does not write"));
        }
        Ok((header, lines))
    }

    /// Whether psalink wrote a file, judging by its start.
    pub(super) fn is_ours(start: &str) -> bool {
        split(start).is_ok_and(|(yaml, _)| yaml::read::<AnyHeader>("", yaml, ErrorKind::Snapshot).is_ok())
    }
}

/// The YAML at the top of a text, including the opening fence, so that lines count from the top of the file.
fn split(text: &str) -> Result<(&str, usize), (Option<usize>, &'static str)> {
    let mut end = 0;
    for (index, line) in text.split_inclusive('\n').enumerate() {
        let is_fence = line.trim_end() == FENCE;
        match (index, is_fence) {
            (0, true) => {}
            (0, false) if text.trim().is_empty() => return Err((None, "it is empty")),
            (0, false) => return Err((Some(1), "its first line should be `---`")),
            (_, true) => return Ok((&text[..end], index + 1)),
            _ => {}
        }
        end += line.len();
    }
    if text.trim().is_empty() {
        return Err((None, "it is empty"));
    }
    Err((None, "it is cut off: the second `---` line, which ends its header, is missing"))
}

fn read<T: serde::de::DeserializeOwned>(name: &str, yaml: &str) -> Result<T, Error> {
    yaml::read(name, yaml, ErrorKind::Snapshot).map_err(|error| {
        let detail = format!("the header of this recorded message cannot be read: {}; {RESTORE}", error.detail());
        let reworded = Error::new(ErrorKind::Snapshot, detail).at(name);
        match error.place() {
            Some((line, column)) => reworded.at_place(line, column),
            None => reworded,
        }
    })
}

/// Parsing into a value stops at 128 levels, so this does as well.
fn has_float(value: &serde_yaml::Value) -> bool {
    use serde_yaml::Value;
    match value {
        Value::Number(number) => number.is_f64(),
        Value::Sequence(items) => items.iter().any(has_float),
        Value::Mapping(map) => map.iter().any(|(key, value)| has_float(key) || has_float(value)),
        Value::Tagged(_) => true,
        Value::Null | Value::Bool(_) | Value::String(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes_and_what_insta_makes_of_it() {
        let record = Record {
            template: "mails/a: \"b\" #1.html".to_owned(),
            dialect: "connectwise".to_owned(),
            sample: "R&D <ops> 'x'\n---".to_owned(),
            ..Record::default()
        };
        let header = Header::of(&record, "sha256:00".to_owned());
        let text = header.write() + "BODY\n";
        assert_eq!(Header::read("f", &text).unwrap(), (header, 8));
        assert!(Header::is_ours(&text));
        // As insta itself writes it, with additional keys.
        let text = "---\nsource: a.html\nassertion_line: 12\ndescription: new\nexpression: \"x: y\"\ninfo:\n  body: \
                    \"sha256:b\"\n  hash: \"sha256:a\"\n  psalink: 1\n  more: [1, x]\n---\nBODY";
        let (header, lines) = Header::read("f", text).unwrap();
        assert_eq!((&*header.info.hash, &*header.info.body, lines), ("sha256:a", "sha256:b", 11));
    }

    #[test]
    fn a_damaged_header_says_where_and_what_to_do() {
        for (text, expected) in [
            ("", "`f`: this recorded message cannot be read: it is empty; restore it"),
            ("\n \n", "it is empty"),
            ("<p>\n", "`f` line 1, column 1: this recorded message cannot be read: its first line should be `---`"),
            ("---", "it is cut off: the second `---` line"),
            ("---\nsource: a\ninfo:\n  psalink: 1\n", "it is cut off: the second `---` line"),
            ("---\nsource: a\n---\nbody", "missing key `info`"),
            ("---\ninfo:\n  other: 1\n---\nbody", "missing key `psalink`"),
            ("---\ninfo:\n  psalink: 1\n  hash: x\n---\nbody", "missing key `body`"),
            ("---\ninfo:\n  psalink: 1\n  hash: x\n  body: [\n---\nbody", "`f` line"),
            ("---\ninfo:\n  psalink: 1\n  hash: {}\n  body: y\n---\nbody", "`f` line 4, column 9"),
            ("---\ninfo:\n  psalink: 2\n---\nbody", "by a newer psalink (its format is 2"),
            ("---\ninfo:\n  psalink: one\n---\nbody", "the key `psalink` in `info` must be 1"),
            ("---\nx: .inf\ninfo:\n  psalink: 1\n  hash: x\n  body: y\n---\nb", "a number that psalink does not write"),
        ] {
            let error = Header::read("f", text).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Snapshot);
            let error = error.to_string();
            assert!(error.contains(expected), "{error}\nshould hold\n{expected}");
            assert!(error.contains("psalink test --accept`"), "{error}");
        }
    }

    #[test]
    fn knows_its_own_files() {
        assert!(!Header::is_ours("---\nsource: src/lib.rs\nexpression: x\n---\nBODY"));
        assert!(!Header::is_ours("---\ninfo:\n  other: 1\n---\nBODY"));
        assert!(!Header::is_ours("BODY"));
    }
}
