//! Which placeholder of the other PSA replaces a placeholder.

use std::collections::HashMap;

use super::purpose::Purpose;
use crate::vocabulary::{Dialect, Placeholder, ValueKind};

/// The other PSA's counterpart of a placeholder in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Counterpart<'v> {
    /// The name that replaces it.
    Name(&'v str),
    /// Several candidates, with no way to tell which is right.
    Several(Vec<&'v str>),
    /// There is one, but its name in the language is not known; holds its name in the first language.
    Unnamed(&'v str),
    /// The other PSA has nothing with this meaning.
    Nothing(&'v str),
    /// What the placeholder means is not known.
    NoMeaning,
}

/// The placeholders of one dialect by meaning, each looked up once.
pub(super) struct Counterparts<'v> {
    to: &'v Dialect,
    language: &'v str,
    by_meaning: HashMap<&'v str, Option<&'v Placeholder>>,
}

impl<'v> Counterparts<'v> {
    pub(super) fn new(to: &'v Dialect, language: &'v str) -> Counterparts<'v> {
        Counterparts { to, language, by_meaning: HashMap::new() }
    }

    /// What replaces a placeholder for a purpose.
    pub(super) fn of(&mut self, placeholder: &'v Placeholder, purpose: Purpose<'_>) -> Counterpart<'v> {
        let means = &placeholder.means;
        let Some(first) = means.first() else { return Counterpart::NoMeaning };
        if let Purpose::Meaning(wanted) = purpose
            && let Some(meaning) = means.iter().find(|meaning| *meaning == wanted)
        {
            return self.find(meaning).map_or(Counterpart::Nothing(meaning), |found| self.named(found));
        }
        let mut candidates: Vec<&Placeholder> = Vec::new();
        for found in means.iter().filter_map(|meaning| self.find(meaning)) {
            if !candidates.iter().any(|known| known.name == found.name) {
                candidates.push(found);
            }
        }
        let chosen = match candidates[..] {
            [] => return Counterpart::Nothing(first),
            [only] => Some(only),
            _ => pick(&candidates, purpose),
        };
        match chosen {
            Some(chosen) => self.named(chosen),
            None => Counterpart::Several(
                candidates.into_iter().map(|candidate| self.name(candidate).unwrap_or(&candidate.name)).collect(),
            ),
        }
    }

    fn named(&self, placeholder: &'v Placeholder) -> Counterpart<'v> {
        self.name(placeholder).map_or(Counterpart::Unnamed(&placeholder.name), Counterpart::Name)
    }

    fn name(&self, placeholder: &'v Placeholder) -> Option<&'v str> {
        name_in(self.to, placeholder, self.language)
    }

    fn find(&mut self, meaning: &'v str) -> Option<&'v Placeholder> {
        let to = self.to;
        *self.by_meaning.entry(meaning).or_insert_with(|| {
            real(to).find(|placeholder| placeholder.means.iter().any(|placeholder| placeholder == meaning))
        })
    }
}

/// The placeholders of a dialect that can be written as they are.
pub(super) fn real(dialect: &Dialect) -> impl Iterator<Item = &Placeholder> {
    dialect.placeholders().iter().filter(|placeholder| placeholder.use_instead.is_none() && !placeholder.is_pattern())
}

/// The name of a placeholder in a language.
pub(super) fn name_in<'v>(dialect: &Dialect, placeholder: &'v Placeholder, language: &str) -> Option<&'v str> {
    if dialect.languages.first().is_some_and(|first| first == language) {
        return Some(&placeholder.name);
    }
    placeholder.translations.get(language).map(String::as_str)
}

/// The candidate that fits a purpose: people read numbers and words, links need IDs.
fn pick<'v>(candidates: &[&'v Placeholder], purpose: Purpose<'_>) -> Option<&'v Placeholder> {
    let is_id = |placeholder: &&&Placeholder| placeholder.kind == ValueKind::Id;
    let is_html = |placeholder: &&&Placeholder| matches!(placeholder.kind, ValueKind::Html | ValueKind::HtmlLink);
    let found = match purpose {
        Purpose::Read { is_html: true } => {
            candidates.iter().find(|placeholder| !is_id(placeholder)).or(candidates.first())
        }
        Purpose::Read { is_html: false } => {
            (candidates.iter().find(|placeholder| !is_id(placeholder) && !is_html(placeholder)))
                .or_else(|| candidates.iter().find(|placeholder| !is_id(placeholder)))
                .or(candidates.first())
        }
        Purpose::Record | Purpose::Meaning(_) => candidates.iter().find(is_id),
        Purpose::Unclear | Purpose::Comment | Purpose::Code => None,
    };
    found.copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Vocabulary;

    const READ: Purpose<'_> = Purpose::Read { is_html: true };

    #[test]
    fn the_purpose_decides_between_two_meanings() {
        let vocabulary = Vocabulary::builtin();
        let (connectwise, autotask) =
            (vocabulary.dialect("connectwise").unwrap(), vocabulary.dialect("autotask").unwrap());
        let number = connectwise.placeholder(connectwise.find("srnumber").unwrap());
        for (language, id, readable) in [
            ("en", "Ticket: ID", "Ticket: Number"),
            ("de", "Ticket: ID", "Ticket: Nummer"),
            ("es", "Ticket: Id.", "Ticket: Número"),
        ] {
            let mut counterparts = Counterparts::new(autotask, language);
            for (purpose, name) in [
                (Purpose::Meaning("ticket.id"), id),
                (Purpose::Meaning("ticket.number"), readable),
                (Purpose::Meaning("contact.id"), id),
                (Purpose::Record, id),
                (READ, readable),
                (Purpose::Read { is_html: false }, readable),
            ] {
                assert_eq!(counterparts.of(number, purpose), Counterpart::Name(name), "{language} {purpose:?}");
            }
            for purpose in [Purpose::Unclear, Purpose::Comment] {
                assert_eq!(counterparts.of(number, purpose), Counterpart::Several(vec![id, readable]));
            }
        }
    }

    #[test]
    fn a_plain_twin_is_another_meaning() {
        let mut vocabulary = Vocabulary::builtin().clone();
        let own_file = "id: connectwise\nplaceholders:\n\
                    - { name: both, means: [ticket.description, ticket.description_text] }\n\
                    - { name: plain, means: [ticket.description_text] }\n\
                    - { name: rich, means: [ticket.description] }\n\
                    - { name: lone, means: [ticket.mood] }\n\
                    - { name: mute }\n";
        vocabulary.add("ours.yaml", own_file).unwrap();
        let (connectwise, autotask) =
            (vocabulary.dialect("connectwise").unwrap(), vocabulary.dialect("autotask").unwrap());
        let placeholder = |name: &str| connectwise.placeholder(connectwise.find(name).unwrap());
        let mut counterparts = Counterparts::new(autotask, "en");
        let rich = counterparts.of(placeholder("rich"), Purpose::Read { is_html: false });
        let plain = counterparts.of(placeholder("plain"), READ);
        assert_eq!(rich, Counterpart::Name("Ticket: Description"));
        assert!(matches!(plain, Counterpart::Name(name) if name != "Ticket: Description"), "{plain:?}");
        // Where tags have no meaning, the one without tags fits.
        assert_eq!(counterparts.of(placeholder("both"), READ), rich);
        assert_eq!(counterparts.of(placeholder("both"), Purpose::Read { is_html: false }), plain);
        assert_eq!(counterparts.of(placeholder("lone"), READ), Counterpart::Nothing("ticket.mood"));
        assert_eq!(counterparts.of(placeholder("mute"), READ), Counterpart::NoMeaning);
    }

    #[test]
    fn a_name_that_the_language_lacks_is_not_guessed() {
        let mut vocabulary = Vocabulary::builtin().clone();
        let own_file = "id: autotask\nplaceholders:\n  - { name: 'Ticket: Mood', means: [ticket.mood] }\n";
        vocabulary.add("ours.yaml", own_file).unwrap();
        let other_file = "id: connectwise\nplaceholders:\n  - { name: mood, means: [ticket.mood] }\n";
        vocabulary.add("theirs.yaml", other_file).unwrap();
        let connectwise = vocabulary.dialect("connectwise").unwrap();
        let mood = connectwise.placeholder(connectwise.find("mood").unwrap());
        let autotask = vocabulary.dialect("autotask").unwrap();
        assert_eq!(Counterparts::new(autotask, "de").of(mood, READ), Counterpart::Unnamed("Ticket: Mood"));
        assert_eq!(Counterparts::new(autotask, "en").of(mood, READ), Counterpart::Name("Ticket: Mood"));
    }
}
