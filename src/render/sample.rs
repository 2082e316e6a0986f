//! The values that stand in for the PSA's in a preview.

use std::io;
use std::path::Path;

use crate::error::{Error, ErrorKind};
use crate::nearest::{did_you_mean, nearest};
use crate::source::plain_file;
use crate::source::reading::Reading;
use crate::vocabulary::{Dialect, Placeholder, ValueKind, Vocabulary};
use crate::yaml::{self, Map, Step};

/// The values for one preview, by meaning or by placeholder.
///
/// For everything else, the vocabulary's own values are used.
///
/// ```
/// use psalink::render::Sample;
/// use psalink::Vocabulary;
/// let vocabulary = Vocabulary::builtin();
/// let sample = Sample::parse("mine.yaml", "ticket.id: 42\n\"[Ticket: Title]\": No sound\n", vocabulary)?;
/// let autotask = vocabulary.dialect("autotask").ok_or("missing")?;
/// assert_eq!(sample.value(vocabulary, autotask, "Ticket: ID"), Some("42"));
/// assert_eq!(sample.value(vocabulary, autotask, "Ticket: Title"), Some("No sound"));
/// assert_eq!(sample.value(vocabulary, autotask, "Ticket: Status"), Some("In Progress"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    name: String,
    /// Later ones override earlier ones.
    layers: Vec<Layer>,
}

/// Values from one origin.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Layer {
    /// By the name without brackets.
    tokens: Vec<(String, String)>,
    meanings: Vec<(String, String)>,
    /// The value of everything that is neither named nor an ID.
    others: Option<String>,
}

/// The key for everything that a sample does not name.
const OTHERS: &str = "others";

/// The samples that ship with psalink, the default one first: their names and their YAML.
pub const BUILT_IN_SAMPLES: [(&str, &str); 5] = [
    ("standard", include_str!("../../fixtures/samples/standard.yaml")),
    ("long-names", include_str!("../../fixtures/samples/long-names.yaml")),
    ("unicode", include_str!("../../fixtures/samples/unicode.yaml")),
    ("markup", include_str!("../../fixtures/samples/markup.yaml")),
    ("empty", include_str!("../../fixtures/samples/empty.yaml")),
];

impl Sample {
    /// Reads a file of values; the sample is named after the file.
    ///
    /// # Errors
    ///
    /// A file that cannot be read, or a mistake in it, with line and column.
    pub fn read(path: &Path, vocabulary: &Vocabulary) -> Result<Sample, Error> {
        Sample::from_text(path, plain_file::read_named_to_string(path, plain_file::LARGEST), vocabulary)
    }

    /// Reads a file of values from the samples folder, which the user did not name.
    ///
    /// # Errors
    ///
    /// A file that cannot be read, or a mistake in it, with line and column.
    pub fn read_found(path: &Path, vocabulary: &Vocabulary, reading: &Reading) -> Result<Sample, Error> {
        Sample::from_text(path, reading.read_to_string(path), vocabulary)
    }

    fn from_text(path: &Path, text: io::Result<String>, vocabulary: &Vocabulary) -> Result<Sample, Error> {
        let name = path.display().to_string();
        let text = text.map_err(|error| Error::could_not("read the sample", error).at(&*name))?;
        Sample::parse(&name, &text, vocabulary)
    }

    /// Reads a text of values. Errors call it `file`, and the sample is named after it.
    ///
    /// # Errors
    ///
    /// Names that no PSA has, values that are not text, an ID that is not a number; with line and column.
    pub fn parse(file: &str, text: &str, vocabulary: &Vocabulary) -> Result<Sample, Error> {
        let values: Map<String> =
            yaml::read_names(file, text, ErrorKind::Config, &|word| Vocabulary::builtin().begins_meaning(word))?;
        let mut layer = Layer::default();
        for (key, value) in values.iter() {
            let set = match has_value(text, key, value) {
                true => layer.set(key, value, vocabulary),
                false => Err(format!(
                    "`{key}` has no value; write '' for an empty value, and put a value that begins with `#` in quotes"
                )),
            };
            set.map_err(|detail| {
                let error = Error::new(ErrorKind::Config, detail).at(file);
                match yaml::locate(text, &[Step::Name(key)]) {
                    Some((line, column)) => error.at_place(line, column),
                    None => error,
                }
            })?;
        }
        let name =
            Path::new(file).file_stem().map_or_else(|| file.to_owned(), |stem| stem.to_string_lossy().into_owned());
        Ok(Sample { name, layers: vec![layer] })
    }

    /// A sample that ships with psalink.
    pub fn built_in(name: &str, vocabulary: &Vocabulary) -> Option<Sample> {
        let (name, text) = BUILT_IN_SAMPLES.iter().find(|(known, _)| *known == name)?;
        // A test reads each of them; a user's vocabulary can add names but not remove them.
        Sample::parse(&format!("{name}.yaml"), text, vocabulary).ok()
    }

    /// The name of the sample.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Sets one value, `ticket.id=42`, which overrides those in the file.
    ///
    /// # Errors
    ///
    /// Anything but `name=value`, and what would be wrong in a file too.
    pub fn set(&mut self, assignment: &str, vocabulary: &Vocabulary) -> Result<(), Error> {
        let usage = |detail: String| Error::new(ErrorKind::Usage, detail);
        let Some((key, value)) = assignment.split_once('=') else {
            return Err(usage(format!("`{assignment}` has no value; write it like `ticket.id=42`")));
        };
        let mut layer = Layer::default();
        layer.set(key.trim(), value, vocabulary).map_err(usage)?;
        self.layers.push(layer);
        Ok(())
    }

    /// The value of a placeholder, given its name without brackets; `None` if there is none.
    pub fn value<'a>(&'a self, vocabulary: &'a Vocabulary, dialect: &'a Dialect, name: &str) -> Option<&'a str> {
        let known = dialect.find(name);
        let placeholder =
            known.map(|known| dialect.placeholder(known)).filter(|placeholder| placeholder.use_instead.is_none());
        let is_same = |token: &str| token == name || known.is_some() && same(dialect.find(token), known);
        for layer in self.layers.iter().rev() {
            if let Some((_, value)) = layer.tokens.iter().rev().find(|(token, _)| is_same(token)) {
                return Some(value);
            }
            let Some(placeholder) = placeholder else { continue };
            let of_meaning = |meaning: &String| layer.meanings.iter().rev().find(|(known, _)| known == meaning);
            if let Some((_, value)) = placeholder.means.iter().find_map(of_meaning) {
                return Some(value);
            }
            if let Some(others) = layer.others.as_deref().filter(|_| !is_id(placeholder)) {
                return Some(others);
            }
        }
        let placeholder = placeholder?;
        placeholder.sample.as_deref().or_else(|| {
            let has_meaning =
                |other: &&Placeholder| other.means.iter().any(|meaning| placeholder.means.contains(meaning));
            let others = vocabulary.dialects().iter().flat_map(Dialect::placeholders);
            others.filter(has_meaning).find_map(|other| other.sample.as_deref())
        })
    }
}

impl Layer {
    fn set(&mut self, key: &str, value: &str, vocabulary: &Vocabulary) -> Result<(), String> {
        if key == OTHERS {
            self.others = Some(value.to_owned());
            return Ok(());
        }
        let token = key.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        if token.is_none() && vocabulary.meanings().any(|meaning| meaning == key) {
            check_value(key, key.ends_with(".id"), value)?;
            self.meanings.push((key.to_owned(), value.to_owned()));
            return Ok(());
        }
        let name = token.unwrap_or(key);
        let known = vocabulary.dialects().iter().find_map(|dialect| {
            let placeholder = dialect.placeholder(dialect.find(name)?);
            placeholder.use_instead.is_none().then_some(placeholder)
        });
        match known {
            Some(placeholder) => check_value(key, placeholder.kind == ValueKind::Id, value)?,
            // An incomplete list may lack a valid name; brackets show that a placeholder is meant.
            None if token.is_some_and(|name| may_exist(name, vocabulary)) => {}
            None => return Err(unknown(key, vocabulary)),
        }
        self.tokens.push((name.to_owned(), value.to_owned()));
        Ok(())
    }
}

/// Whether something was written after a key: nothing and `~` are not values, unlike `''`.
fn has_value(text: &str, key: &str, value: &str) -> bool {
    if !matches!(value, "" | "~" | "null" | "Null" | "NULL") {
        return true;
    }
    let Some((line, column)) = yaml::locate(text, &[Step::Key(key)]) else { return true };
    let line = text.strip_prefix('\u{feff}').unwrap_or(text).lines().nth(line - 1).unwrap_or_default();
    line.chars().nth(column - 1).is_some_and(|character| matches!(character, '"' | '\'' | '|' | '>'))
}

/// An invalid ID would make links that lead nowhere.
fn check_value(key: &str, is_id: bool, value: &str) -> Result<(), String> {
    let is_number = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    if is_id && !is_number {
        return Err(format!("`{key}` is an id, so its value must be a number such as 148372, not `{value}`"));
    }
    Ok(())
}

/// Whether a name that no vocabulary has may still be right.
fn may_exist(name: &str, vocabulary: &Vocabulary) -> bool {
    let fits = |dialect: &&Dialect| dialect.takes_shape(name) && !dialect.is_complete_for(name);
    let exists_not = |dialect: &Dialect| dialect.find(name).is_some();
    let mut dialects = vocabulary.dialects().iter().filter(fits).peekable();
    dialects.peek().is_some()
        && !vocabulary.dialects().iter().any(exists_not)
        && !dialects.any(|dialect| dialect.languages.iter().any(|language| dialect.nearest(name, language).is_some()))
}

fn unknown(key: &str, vocabulary: &Vocabulary) -> String {
    let dialects = vocabulary.dialects();
    let token = key.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let name = token.unwrap_or(key);
    let meaning = nearest(key, vocabulary.meanings().chain([OTHERS])).filter(|_| token.is_none());
    let instead = || dialects.iter().find_map(|dialect| dialect.placeholder(dialect.find(name)?).replacement(name));
    let near = || {
        let nearest = |dialect: &Dialect| {
            dialect.languages.iter().find_map(|language| dialect.nearest(name, language)).map(|near| near.name)
        };
        dialects.iter().find_map(nearest)
    };
    match meaning.map(str::to_owned).or_else(|| instead().or_else(near).map(|name| format!("[{name}]"))) {
        Some(right) => format!("unknown placeholder or meaning `{key}`; {}", did_you_mean(&right)),
        None => format!("unknown placeholder or meaning `{key}`; run `psalink tokens list` to see them all"),
    }
}

/// Whether a placeholder has a value for every record: an ID, or the number that people read.
fn is_id(placeholder: &Placeholder) -> bool {
    let is_id = |meaning: &String| meaning.ends_with(".id") || meaning.ends_with(".number");
    placeholder.kind == ValueKind::Id || placeholder.means.iter().any(is_id)
}

fn same(left: Option<crate::vocabulary::Known>, right: Option<crate::vocabulary::Known>) -> bool {
    left.map(|known| known.placeholder) == right.map(|known| known.placeholder)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str, dialect: &str, name: &str) -> Option<String> {
        let vocabulary = Vocabulary::builtin();
        let sample = Sample::parse("s.yaml", text, vocabulary).unwrap_or_else(|error| panic!("{error}"));
        sample.value(vocabulary, vocabulary.dialect(dialect).unwrap(), name).map(str::to_owned)
    }

    #[test]
    fn values_go_by_meaning_and_by_placeholder() {
        for (text, dialect, name, expected) in [
            ("ticket.id: 42", "connectwise", "srnumber", Some("42")),
            ("ticket.id: 42", "autotask", "Ticket: ID", Some("42")),
            ("ticket.number: T1\nticket.id: 42", "connectwise", "srnumber", Some("42")),
            ("ticket.number: T1", "connectwise", "srnumber", Some("T1")),
            ("'[srnumber]': 7\nticket.id: 42", "connectwise", "srnumber", Some("7")),
            ("srnumber: 7", "connectwise", "srnumber", Some("7")),
            ("'[Ticket: Titel]': Neu", "autotask", "Ticket: Title", Some("Neu")),
            ("ticket.title: Neu", "autotask", "Ticket: Titel", Some("Neu")),
            ("", "autotask", "Ticket: Status", Some("In Progress")),
            ("", "connectwise", "cf-12", Some("Second floor, east wing")),
            ("", "connectwise", "nosuchtoken", None),
            ("'[nosuchtoken]': there", "connectwise", "nosuchtoken", Some("there")),
            ("others: ''", "autotask", "Ticket: Title", Some("")),
            ("others: ''", "autotask", "Ticket: ID", Some("148372")),
            ("others: ''", "connectwise", "srnumber", Some("123456")),
            ("others: ''\nticket.title: x", "autotask", "Ticket: Title", Some("x")),
            ("ticket.id: 007", "autotask", "Ticket: ID", Some("007")),
            ("ticket.title: \"\"", "autotask", "Ticket: Title", Some("")),
            ("ticket.title: 'null'", "autotask", "Ticket: Title", Some("null")),
            ("{ticket.title: '', ticket.id: 4}", "autotask", "Ticket: ID", Some("4")),
            ("agreement.balance: 8.00", "connectwise", "agrbalance", Some("8.00")),
        ] {
            assert_eq!(value(text, dialect, name).as_deref(), expected, "{text} {name}");
        }
    }

    #[test]
    fn a_value_of_the_command_line_outranks_the_file() {
        let vocabulary = Vocabulary::builtin();
        let mut sample = Sample::parse("s.yaml", "srnumber: 7", vocabulary).unwrap();
        sample.set("ticket.id=42", vocabulary).unwrap();
        let connectwise = vocabulary.dialect("connectwise").unwrap();
        assert_eq!(sample.value(vocabulary, connectwise, "srnumber"), Some("42"));
        sample.set("[srnumber]=a=b", vocabulary).unwrap();
        assert_eq!(sample.value(vocabulary, connectwise, "srnumber"), Some("a=b"));
        for (wrong, expected) in [("ticket.id", "`ticket.id=42`"), ("tiket.id=1", "did you mean `ticket.id`?")] {
            let error = sample.set(wrong, vocabulary).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn mistakes_are_reported_with_their_place() {
        for (text, expected) in [
            (
                "ticket.id: 1\ntiket.title: x",
                "line 2, column 1: unknown placeholder or meaning `tiket.title`; did you mean `ticket.title`?",
            ),
            ("'[srnumbr]': 1", "did you mean `[srnumber]`?"),
            ("'[Ticket: Ticket Number]': 1", "did you mean `[Ticket: Number]`?"),
            ("'[Ticket: Foo Bar Baz]': 1", "`psalink tokens list`"),
            ("what is this: 1", "`psalink tokens list`"),
            ("other: ''", "did you mean `others`?"),
            ("ticket.title: [a, b]", "`ticket.title` should be text"),
            ("ticket.title: { a: b }", "`ticket.title` should be text"),
            ("- a", "should be a mapping"),
            ("ticket.id: T20250401.0042", "line 1, column 1: `ticket.id` is an id"),
            ("ticket.id: ''", "`ticket.id` is an id"),
            ("'[Contact: ID]': x", "is an id"),
            ("ticket.id: 1\nticket.id: 2", "duplicate key `ticket.id`"),
            ("ticket.title: ~", "`ticket.title` has no value"),
            ("ticket.title: null\n", "`ticket.title` has no value"),
            ("contact.first_name: x\nticket.title:\n", "line 2, column 1: `ticket.title` has no value"),
            ("ticket.title: #5 printer\n", "put a value that begins with `#` in quotes"),
        ] {
            let error = Sample::parse("s.yaml", text, Vocabulary::builtin()).unwrap_err().to_string();
            assert!(error.starts_with("`s.yaml`") && error.contains(expected), "{error}");
        }
    }

    #[test]
    fn the_shipped_samples_are_right() {
        for (name, text) in BUILT_IN_SAMPLES {
            Sample::parse(name, text, Vocabulary::builtin()).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(Sample::built_in(name, Vocabulary::builtin()).unwrap().name(), name);
        }
    }
}
