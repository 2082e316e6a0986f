//! Placeholders by name, and name normalization.

use std::collections::HashMap;

use foldhash::fast::RandomState;

/// A name that a dialect knows: which placeholder it is, and in which languages it has this name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// Index for [`Dialect::placeholder`](super::Dialect::placeholder).
    pub placeholder: u32,
    /// One bit per language, in the order of [`Dialect::languages`](super::Dialect::languages).
    pub languages: u8,
}

/// Placeholders by name.
pub(super) type Names = HashMap<String, Known, RandomState>;

/// Adds a name; if two placeholders share it, the first keeps it.
pub(super) fn enter(names: &mut Names, name: String, placeholder: u32, bit: u8) {
    let known = names.entry(name).or_insert(Known { placeholder, languages: 0 });
    if known.placeholder == placeholder {
        known.languages |= bit;
    }
}

/// Lower case without white space, so small typing errors do not matter.
pub(super) fn fold(name: &str) -> String {
    if name.is_ascii() {
        let kept = name.chars().filter(|character| !character.is_whitespace());
        return kept.map(|character| character.to_ascii_lowercase()).collect();
    }
    name.chars().filter(|character| !character.is_whitespace()).flat_map(char::to_lowercase).collect()
}

pub(super) fn digits(name: &str) -> String {
    name.chars().filter(char::is_ascii_digit).collect()
}

/// Replaces `from` where it occurs as whole words.
pub(super) fn replace_words(text: &str, from: &str, to: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut before = None;
    while let Some(at) = rest.find(from) {
        let (head, tail) = rest.split_at(at);
        let after = &tail[from.len()..];
        before = head.chars().next_back().or(before);
        let whole =
            !before.is_some_and(char::is_alphanumeric) && !after.chars().next().is_some_and(char::is_alphanumeric);
        out.push_str(head);
        out.push_str(if whole { to } else { from });
        before = from.chars().next_back();
        rest = after;
    }
    out.push_str(rest);
    out
}
