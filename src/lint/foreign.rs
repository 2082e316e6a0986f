//! Placeholders that the PSA of a template does not fill in: what the rules about them share.

use crate::config::settings::Settings;
use crate::parse::document::Spelling;
use crate::vocabulary::{Dialect, Known, Placeholder, Vocabulary};

/// Why the PSA would print a placeholder unchanged.
pub(super) enum Foreign<'v> {
    /// Only another PSA knows it.
    Dialect(&'v Dialect, Known),
    /// It does not exist, although many templates use it; holds the right name.
    Nonexistent(String),
    /// It is a name in another language; holds the right one.
    Language(Option<&'v str>),
}

/// Why the PSA of a template would print a placeholder unchanged, if it would.
pub(super) fn reason<'v>(
    vocabulary: &'v Vocabulary,
    settings: &'v Settings,
    spelling: &Spelling,
) -> Option<Foreign<'v>> {
    let dialect = settings.dialect(vocabulary);
    let Some(known) = spelling.known_in(settings.dialect) else {
        let &(other, known) = spelling.known.first()?;
        return Some(Foreign::Dialect(&vocabulary.dialects()[other], known));
    };
    let placeholder = dialect.placeholder(known);
    if let Some(right) = placeholder.replacement(&spelling.name) {
        return Some(Foreign::Nonexistent(right));
    }
    let is_other = known.languages & dialect.language_bit(&settings.language) == 0 && !placeholder.is_pattern();
    is_other.then(|| Foreign::Language(name_in(placeholder, dialect, &settings.language)))
}

/// The names that this PSA has for the meaning of another PSA's placeholder; the first is the one for portal links.
pub(super) fn counterparts<'v>(
    vocabulary: &'v Vocabulary,
    settings: &Settings,
    other: &Dialect,
    known: Known,
) -> Vec<&'v str> {
    let mut names: Vec<&str> =
        other.placeholder(known).means.iter().filter_map(|meaning| settings.token(vocabulary, meaning)).collect();
    names.dedup();
    names
}

fn name_in<'v>(placeholder: &'v Placeholder, dialect: &'v Dialect, language: &str) -> Option<&'v str> {
    if language == dialect.languages[0] {
        Some(&placeholder.name)
    } else {
        placeholder.translations.get(language).map(String::as_str)
    }
}
