//! How a PSA writes and names its placeholders.
//!
//! ```text
//! DialectFile --extend--> Dialect; a name --find--> Known --placeholder--> Placeholder; a wrong name --nearest--> Nearest
//! ```

mod behavior;
mod extend;
mod file;
mod names;
mod placeholder;
mod words;

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

pub use behavior::Behavior;
pub(super) use file::DialectFile;
use file::{Complete, KindRow};
pub use names::Known;
use names::{Names, digits, enter, fold, replace_words};
pub use placeholder::{Placeholder, Shape, ValueKind};
pub(crate) use words::{NameWords, looks_like_name};

use super::fact::FactSource;
use crate::error::{Error, ErrorKind};
use crate::nearest::{did_you_mean, near};
use crate::source::look_alike::look;
use crate::yaml::Map;

/// The placeholders of one PSA.
#[derive(Clone, Debug)]
pub struct Dialect {
    /// The name on the command line: `connectwise`.
    pub id: String,
    /// The name for people: `ConnectWise PSA`.
    pub title: String,
    /// How a placeholder is written.
    pub shape: Shape,
    /// The languages of its names; lists show the names in the first one.
    pub languages: Vec<String>,
    language_names: Map<String>,
    /// What the PSA does to a message, apart from its placeholders.
    pub behavior: Behavior,
    /// Where its facts come from.
    pub sources: Map<FactSource>,
    terms: Vec<String>,
    kinds: Vec<KindRow>,
    complete: Complete,
    complete_sets: HashSet<String>,
    placeholders: Vec<Placeholder>,
    names: Names,
    /// The names, normalized so that small typing errors do not matter; built when the first misspelled name is looked
    /// up.
    folded: OnceLock<Names>,
    /// The words that the names are made of; collected when a name is first not found.
    words: OnceLock<NameWords>,
    /// Placeholders by what people see of their names; `None` for several that look the same.
    looks: OnceLock<HashMap<String, Option<u32>>>,
    patterns: Vec<u32>,
    prefixes: HashSet<String>,
}

/// The name that was most likely meant by a name that does not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nearest {
    /// The name without brackets.
    pub name: String,
    /// Other names that are just as close.
    pub others: Vec<String>,
    /// Whether it may replace the wrong one: the list is complete, the two differ by few typing errors or have the same
    /// meaning, and no other name is as close.
    pub is_sure: bool,
    /// Whether the two differ by typing errors alone. If the list is not complete, a name that shares parts with
    /// another may be a name of its own.
    pub is_slip: bool,
}

impl Nearest {
    fn new(names: Vec<String>, is_sure: bool, is_slip: bool) -> Option<Nearest> {
        let mut names = names.into_iter();
        let name = names.next()?;
        let others: Vec<String> = names.collect();
        Some(Nearest { is_sure: is_sure && others.is_empty(), name, others, is_slip })
    }

    /// ``did you mean `[srnumber]`?``
    pub fn question(&self) -> String {
        let names = std::iter::once(&self.name).chain(&self.others);
        did_you_mean(&names.map(|name| format!("[{name}]")).collect::<Vec<_>>())
    }
}

impl Dialect {
    pub(super) fn new(file_name: &str, file: DialectFile) -> Result<Dialect, Error> {
        let wrong = |detail: &str| Error::new(ErrorKind::Vocabulary, detail).at(file_name);
        let mut dialect = Dialect {
            id: file.id.clone(),
            title: file.title.clone().unwrap_or_else(|| file.id.clone()),
            shape: file.shape.ok_or_else(|| wrong("a new dialect needs `shape: word` or `shape: set`"))?,
            languages: if file.languages.is_empty() { vec!["en".to_owned()] } else { file.languages.clone() },
            language_names: Map::default(),
            behavior: Behavior::default(),
            sources: Map::default(),
            terms: Vec::new(),
            kinds: Vec::new(),
            complete: Complete::Whole(false),
            complete_sets: HashSet::new(),
            placeholders: Vec::new(),
            names: Names::default(),
            folded: OnceLock::new(),
            words: OnceLock::new(),
            looks: OnceLock::new(),
            patterns: Vec::new(),
            prefixes: HashSet::new(),
        };
        if dialect.languages.len() > 8 {
            return Err(wrong("a dialect has at most eight languages"));
        }
        dialect.extend(file_name, file)?;
        Ok(dialect)
    }

    /// The placeholders, including names that are known not to exist (`use_instead`).
    pub fn placeholders(&self) -> &[Placeholder] {
        &self.placeholders
    }

    /// The placeholder that a lookup found.
    pub fn placeholder(&self, known: Known) -> &Placeholder {
        &self.placeholders[known.placeholder as usize]
    }

    /// Looks up a name as written, in all languages of the dialect.
    pub fn find(&self, name: &str) -> Option<Known> {
        if let Some(&known) = self.names.get(name) {
            return Some(known);
        }
        let fits = |&&index: &&u32| {
            self.placeholders[index as usize].pattern.as_ref().is_some_and(|pattern| pattern.hole_of(name).is_some())
        };
        let &placeholder = self.patterns.iter().find(fits)?;
        Some(Known { placeholder, languages: u8::MAX })
    }

    /// Looks up a name whose case or spaces may be wrong, and also returns the right spelling.
    pub fn find_folded(&self, name: &str) -> Option<(Known, String)> {
        if let Some(known) = self.find(name) {
            return Some((known, name.to_owned()));
        }
        if let Some(&known) = self.folded().get(&fold(name)) {
            let placeholder = self.placeholder(known);
            let folded = fold(name);
            let spelt = std::iter::once(&placeholder.name)
                .chain(placeholder.translations.iter().map(|(_, name)| name))
                .find(|spelling| fold(spelling) == folded)?;
            return Some((known, spelt.clone()));
        }
        let lower: String =
            name.chars().filter(|character| !character.is_whitespace()).collect::<String>().to_lowercase();
        let known = (self.shape == Shape::Word).then(|| self.find(&lower)).flatten()?;
        Some((known, lower))
    }

    /// The English name of a language, or its code in backticks if the name is not known.
    ///
    /// ```
    /// let connectwise = psalink::Vocabulary::builtin().dialect("connectwise").ok_or("missing")?;
    /// assert_eq!(connectwise.language_name("en"), "English");
    /// assert_eq!(connectwise.language_name("fr"), "`fr`");
    /// # Ok::<(), &str>(())
    /// ```
    pub fn language_name(&self, language: &str) -> Cow<'_, str> {
        match self.language_names.get(language) {
            Some(name) => Cow::Borrowed(name),
            None => Cow::Owned(format!("`{language}`")),
        }
    }

    /// Whether `set` begins names in this dialect, as `Ticket` begins `Ticket: ID`.
    pub fn has_prefix(&self, set: &str) -> bool {
        self.prefixes.contains(set)
    }

    /// The words that begin names in this dialect, in all languages.
    pub fn prefixes(&self) -> impl Iterator<Item = &str> {
        self.prefixes.iter().map(String::as_str)
    }

    /// Whether a name has the form of a name in this dialect.
    pub fn takes_shape(&self, name: &str) -> bool {
        match self.shape {
            Shape::Word => {
                let is_letter =
                    |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_');
                !name.is_empty() && name.bytes().all(is_letter)
            }
            Shape::Set => name.split_once(": ").is_some_and(|(set, field)| !set.is_empty() && !field.is_empty()),
        }
    }

    /// Whether the list contains every name of this kind, so that an unknown one does not exist.
    pub fn is_complete_for(&self, name: &str) -> bool {
        match self.complete {
            Complete::Whole(complete) => complete,
            Complete::PerSet => name.split_once(": ").is_some_and(|(set, _)| self.complete_sets.contains(set)),
        }
    }

    /// The name of the placeholder with that meaning in that language, without brackets.
    pub fn token(&self, meaning: &str, language: &str) -> Option<&str> {
        let placeholder = self
            .placeholders
            .iter()
            .find(|known| known.use_instead.is_none() && known.means.iter().any(|means| means == meaning))?;
        if self.languages.first().is_some_and(|first| first == language) {
            return Some(&placeholder.name);
        }
        placeholder.translations.get(language).map(String::as_str)
    }

    /// Whether a placeholder identifies the ticket that the message is about, by ID or by number.
    pub fn identifies_ticket(&self, known: Known) -> bool {
        self.means(known, "ticket.id") || self.means(known, "ticket.number")
    }

    /// Whether a placeholder has that meaning.
    pub fn means(&self, known: Known, meaning: &str) -> bool {
        self.placeholder(known).means.iter().any(|means| means == meaning)
    }

    /// Whether the list contains every name of this kind in that language.
    pub fn is_complete_in(&self, name: &str, language: &str) -> bool {
        // Complete sets are complete in the first language, in which names are listed.
        let is_listed =
            self.complete == Complete::Whole(true) || self.languages.first().is_some_and(|first| first == language);
        is_listed && self.is_complete_for(name)
    }

    /// The name that was most likely meant by a name that does not exist, in one language.
    ///
    /// The meaning of a name counts before its spelling. If the list is incomplete, only names that differ by a small
    /// typing error count as close, since the name may be missing from the list.
    ///
    /// ```
    /// let vocabulary = psalink::Vocabulary::builtin();
    /// let autotask = vocabulary.dialect("autotask").ok_or("missing")?;
    /// assert_eq!(autotask.nearest("Ticket: Nmuber", "en").ok_or("none")?.name, "Ticket: Number");
    /// assert_eq!(autotask.nearest("Tikcet: ID", "en").ok_or("none")?.name, "Ticket: ID");
    /// let meant = autotask.nearest("Ticket: Primary Resource Name", "en").ok_or("none")?;
    /// assert_eq!(meant.name, "Ticket: Primary Resource");
    /// assert_eq!(autotask.nearest("Note: please read", "en"), None);
    /// # Ok::<(), &str>(())
    /// ```
    pub fn nearest(&self, name: &str, language: &str) -> Option<Nearest> {
        let is_complete = self.is_complete_in(name, language);
        let slips = |length: usize| match (is_complete, length) {
            (_, 0) => 0,
            (true, 1..=3) => 1,
            (true, 4..=7) => 2,
            (true, _) => 3,
            (false, 1..=11) => 1,
            (false, _) => 2,
        };
        // `Address 1` is not `Address 2`: a wrong digit is rarely a typing error.
        let has_same_digits = |wrong: &str, right: &str| digits(wrong) == digits(right);
        let set = name.split_once(": ").filter(|(set, _)| self.prefixes.contains(*set));
        let meant = self.named_after(set.map(|(set, _)| set), set.map_or(name, |(_, field)| field), language);
        if let Some((set, field)) = set {
            let of_set = |name: &&String| name.strip_prefix(set).is_some_and(|rest| rest.starts_with(": "));
            let names: Vec<String> = meant.iter().filter(of_set).cloned().collect();
            if !names.is_empty() {
                return Nearest::new(names, is_complete, false);
            }
            let fields = self.names_in(language).filter_map(|name| name.strip_prefix(set)?.strip_prefix(": "));
            let near = near(field, fields, slips, true);
            if let Some(near) = near.and_then(|near| near.filter(|right| is_complete || has_same_digits(field, right)))
            {
                let is_sure = is_complete && near.sure().is_some_and(|right| has_same_digits(field, right));
                let names = near.names().iter().map(|field| format!("{set}: {field}")).collect();
                return Nearest::new(names, is_sure, near.is_slip());
            }
        }
        if !meant.is_empty() && self.shape == Shape::Word {
            return Nearest::new(meant, is_complete, false);
        }
        // A name in another set, or in a misspelled set, must be very close.
        let slips = |length: usize| match self.shape {
            Shape::Set => slips(length).min(if length < 12 { 1 } else { 2 }),
            Shape::Word => slips(length),
        };
        let is_family = |&index: &u32| self.placeholders[index as usize].filled(&digits(name));
        let families: Vec<String> = self.patterns.iter().filter_map(is_family).collect();
        let names = self.names_in(language).chain(families.iter().map(String::as_str));
        let near = near(name, names, slips, self.shape == Shape::Word)?;
        let is_other_part = |right: &str| !near.is_slip() && !has_same_digits(name, right);
        let near =
            near.clone().filter(|right| !is_other_part(right) && (is_complete || has_same_digits(name, right)))?;
        let is_listed = self.is_complete_in(near.names()[0], language) && set.is_none();
        let is_sure = is_listed && near.sure().is_some_and(|right| has_same_digits(name, right));
        Nearest::new(near.names().iter().map(|name| (*name).to_owned()).collect(), is_sure, near.is_slip())
    }

    /// The name in one language that a wrong one is easily taken for: `srnumber` for `srnurnber`, `Ticket: ID` for
    /// `Ticket; ID`. A wrong digit makes another name.
    pub(crate) fn seen_as(&self, name: &str, language: &str) -> Option<&str> {
        let looks = self.looks.get_or_init(|| {
            let mut looks: HashMap<String, Option<u32>> = HashMap::new();
            let exist = |known: &&Placeholder| known.use_instead.is_none() && known.pattern.is_none();
            for (index, placeholder) in self.placeholders.iter().enumerate().filter(|(_, known)| exist(known)) {
                for (_, name) in self.names_of(placeholder) {
                    let index = index as u32;
                    let known = looks.entry(look(name)).or_insert(Some(index));
                    *known = known.filter(|known| *known == index);
                }
            }
            looks
        });
        let placeholder = &self.placeholders[(*looks.get(&look(name))?)? as usize];
        let right = self.name_in(placeholder, language)?;
        let is_same_part = digits(right).is_empty() || digits(right) == digits(name);
        (is_same_part && right != name && look(right) == look(name)).then_some(right)
    }

    /// The names that exist in one language, without patterns.
    fn names_in<'a>(&'a self, language: &'a str) -> impl Iterator<Item = &'a str> {
        let exist = self.placeholders.iter().filter(|known| known.use_instead.is_none() && known.pattern.is_none());
        exist.filter_map(move |known| self.name_in(known, language))
    }

    /// The name of a placeholder in one language.
    fn name_in<'a>(&self, placeholder: &'a Placeholder, language: &str) -> Option<&'a str> {
        match self.languages.first().is_some_and(|first| first == language) {
            true => Some(&placeholder.name),
            false => placeholder.translations.get(language).map(String::as_str),
        }
    }

    /// The subjects of meanings: `company`.
    pub(crate) fn subjects(&self) -> impl Iterator<Item = &str> {
        self.words().subjects()
    }

    /// The names whose meaning a wrong name expresses in other words.
    fn named_after(&self, set: Option<&str>, name: &str, language: &str) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        let known = self.words().with_meaning(set, name).map(|index| &self.placeholders[index as usize]);
        for name in known.filter_map(|known| self.name_in(known, language)) {
            if !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
        }
        names
    }

    /// The words that the names are made of.
    pub(crate) fn words(&self) -> &NameWords {
        self.words.get_or_init(|| NameWords::of(&self.placeholders))
    }

    /// The bit of a language in [`Known::languages`].
    pub fn language_bit(&self, language: &str) -> u8 {
        self.languages.iter().position(|known| known == language).map_or(0, |index| 1 << index)
    }

    pub(super) fn rename_terms(&mut self, terms: &Map<String>) {
        let rename = |text: &str| terms.iter().fold(text.to_owned(), |text, (from, to)| replace_words(&text, from, to));
        for placeholder in &mut self.placeholders {
            if placeholder.use_instead.is_none() {
                placeholder.name = rename(&placeholder.name);
            }
        }
        // A name that did not exist may be right in an instance that renamed the term.
        let real: HashSet<String> = self
            .placeholders
            .iter()
            .filter(|known| known.use_instead.is_none())
            .map(|known| known.name.clone())
            .collect();
        self.placeholders.retain(|known| known.use_instead.is_none() || !real.contains(&known.name));
        for placeholder in &mut self.placeholders {
            placeholder.use_instead = placeholder.use_instead.as_deref().map(rename);
        }
        self.prefixes = self.prefixes.iter().map(|prefix| rename(prefix)).collect();
        self.complete_sets = self.complete_sets.iter().map(|set| rename(set)).collect();
        self.index();
    }

    /// English words in names that an instance may rename.
    pub fn terms(&self) -> &[String] {
        &self.terms
    }

    fn index(&mut self) {
        let mut names = Names::with_capacity_and_hasher(self.placeholders.len(), Default::default());
        let mut prefixes = std::mem::take(&mut self.prefixes);
        self.patterns.clear();
        for (index, placeholder) in self.placeholders.iter().enumerate() {
            if placeholder.pattern.is_some() {
                self.patterns.push(index as u32);
                continue;
            }
            for (bit, name) in self.names_of(placeholder) {
                enter(&mut names, name.to_owned(), index as u32, bit);
                if let Some((set, _)) = name.split_once(": ")
                    && placeholder.use_instead.is_none()
                    && !prefixes.contains(set)
                {
                    prefixes.insert(set.to_owned());
                }
            }
        }
        (self.names, self.prefixes) = (names, prefixes);
        self.folded = OnceLock::new();
        self.words = OnceLock::new();
        self.looks = OnceLock::new();
    }

    fn folded(&self) -> &Names {
        self.folded.get_or_init(|| {
            let mut folded = Names::default();
            let all = self.placeholders.iter().enumerate().filter(|(_, placeholder)| placeholder.pattern.is_none());
            for (index, placeholder) in all {
                for (bit, name) in self.names_of(placeholder) {
                    enter(&mut folded, fold(name), index as u32, bit);
                }
            }
            folded
        })
    }

    /// The names of a placeholder, with the bits of their languages.
    fn names_of<'a>(&self, placeholder: &'a Placeholder) -> impl Iterator<Item = (u8, &'a str)> + use<'a, '_> {
        let bit = |language: &str| self.language_bit(language);
        let others = placeholder.translations.iter().map(move |(language, name)| (bit(language), name.as_str()));
        std::iter::once((1, placeholder.name.as_str())).chain(others)
    }
}

#[cfg(test)]
mod tests;
