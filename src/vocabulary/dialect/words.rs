//! The words that the names of a dialect and their meanings are made of: `contact`, `first` and `name` in
//! `contactfirstname`.

use std::collections::{HashMap, HashSet};

use super::placeholder::Placeholder;

/// The words that names are made of.
#[derive(Clone, Debug, Default)]
pub(crate) struct NameWords {
    /// Prefixes of names before the field: `sr` in `srnumber`.
    prefixes: HashSet<String>,
    /// The subjects of meanings, whole and as single words: `primaryresource`, `primary`, `resource`.
    subjects: HashSet<String>,
    /// The fields of meanings, each as one word: `number`, `firstname`.
    fields: HashSet<String>,
    /// The fields that have several words.
    long_fields: HashSet<String>,
    /// Placeholders by their meaning as one word.
    meanings: HashMap<String, Vec<u32>>,
}

impl NameWords {
    pub(super) fn of(placeholders: &[Placeholder]) -> NameWords {
        let mut words = NameWords::default();
        for (index, placeholder) in
            placeholders.iter().enumerate().filter(|(_, placeholder)| placeholder.use_instead.is_none())
        {
            for (subject, field) in placeholder.means.iter().filter_map(|means| means.split_once('.')) {
                let (about, says) = (plain(subject), plain(field));
                if let Some(prefix) = placeholder.name.strip_suffix(&says).filter(|prefix| prefix.len() > 1) {
                    words.prefixes.insert(prefix.to_owned());
                }
                words.subjects.extend(subject.split('_').map(str::to_owned));
                if field.contains('_') {
                    words.long_fields.insert(says.clone());
                }
                words.meanings.entry(format!("{about}{says}")).or_default().push(index as u32);
                words.subjects.insert(about);
                words.fields.insert(says);
            }
        }
        words
    }

    /// The subjects of meanings: `company`.
    pub(super) fn subjects(&self) -> impl Iterator<Item = &str> {
        self.subjects.iter().map(String::as_str)
    }

    /// The placeholders whose meaning a wrong name expresses in other words: `Primary Resource Name` in the set
    /// `Ticket`.
    pub(super) fn with_meaning(&self, set: Option<&str>, name: &str) -> impl Iterator<Item = u32> {
        let meant = plain(name);
        let of_set = set.map(|set| plain(set) + &meant);
        [Some(meant), of_set].into_iter().flatten().filter_map(|key| self.meanings.get(&key)).flatten().copied()
    }
}

/// Whether a word in brackets that no dialect knows looks like a placeholder name, ignoring case: `SRBoard`,
/// `TicketNumber`, `FirstName`; but not `SharePoint`. The words are those of all dialects.
pub(crate) fn looks_like_name(all: &[&NameWords], word: &str) -> bool {
    let holds = |of: fn(&NameWords) -> &HashSet<String>, text: &str| all.iter().any(|words| of(words).contains(text));
    let is_prefix = |text: &str| holds(|words| &words.prefixes, text);
    let is_subject = |text: &str| holds(|words| &words.subjects, text);
    let is_field = |text: &str| holds(|words| &words.fields, text);
    let whole = word.to_ascii_lowercase();
    match camel(word).as_slice() {
        [_, _, ..] if holds(|words| &words.long_fields, &whole) => true,
        [first, .., last] => is_prefix(first) || is_subject(first) && is_field(last),
        _ => (2..whole.len()).any(|at| {
            let (head, tail) = whole.split_at(at);
            is_field(tail) && (is_prefix(head) || is_subject(head))
        }),
    }
}

/// The letters and digits of a name, in lowercase.
fn plain(name: &str) -> String {
    name.chars().filter(|character| character.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The words of `SRBoard` and `ticketNumber`, in lowercase.
fn camel(word: &str) -> Vec<String> {
    let characters: Vec<char> = word.chars().collect();
    let mut words: Vec<String> = Vec::new();
    for (at, character) in characters.iter().enumerate() {
        let is_lower = |at: usize| characters.get(at).is_some_and(|neighbor| neighbor.is_ascii_lowercase());
        let begins = character.is_ascii_uppercase() && (at == 0 || is_lower(at - 1) || is_lower(at + 1));
        match words.last_mut() {
            Some(word) if !begins => word.push(character.to_ascii_lowercase()),
            _ => words.push(character.to_ascii_lowercase().to_string()),
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocabulary::Vocabulary;

    #[test]
    fn names_are_known_by_their_parts() {
        let vocabulary = Vocabulary::builtin();
        let is_name = |word: &str| vocabulary.looks_like_name(word);
        let names = ["SRBoard", "TicketNumber", "CompanyName", "ContactFirst", "FirstName", "SRSTATUS", "companyName"];
        for name in names {
            assert!(is_name(name), "{name}");
        }
        let others = [
            "SharePoint",
            "ServiceNow",
            "ConnectWise",
            "GitHub",
            "OneDrive",
            "YouTube",
            "iPhone",
            "Company",
            "Agreement",
            "AGREEMENT",
            "Members",
            "RMA",
            "ASAP",
            "TimeZest",
            "QuoteWerks",
            "ContractWorks",
            "Srinivas",
            "DeskDirector",
            "BetterInvoice",
            "PhoneNumberRedacted",
        ];
        for word in others {
            assert!(!is_name(word), "{word}");
        }
    }

    #[test]
    fn words_begin_with_a_capital() {
        assert_eq!(camel("SRBoard"), ["sr", "board"]);
        assert_eq!(camel("contactFirstName"), ["contact", "first", "name"]);
        assert_eq!(camel("TicketID"), ["ticket", "id"]);
        assert_eq!(camel("SRNUMBER"), ["srnumber"]);
    }
}
