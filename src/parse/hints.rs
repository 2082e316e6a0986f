//! Rare spellings that may start a macro or a link, found in one pass.

use aho_corasick::packed;

use crate::vocabulary::{Gateway, Vocabulary};

/// Rare spellings that may start a macro or a link; found in one pass.
pub(super) struct Hints {
    searcher: Searcher,
    kinds: Vec<Hint>,
}

enum Searcher {
    Packed(packed::Searcher),
    /// For processors that lack the instructions for the other one.
    Automaton(aho_corasick::AhoCorasick),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Hint {
    Bracket,
    Link,
    /// `dd:`
    Macro,
}

impl Hints {
    pub(super) fn new(vocabulary: &Vocabulary) -> Hints {
        let mut words: Vec<(String, Hint)> = [
            "%5B", "%5b", "%255B", "%255b", "&#91", "&#091", "&#x5b", "&#x5B", "&#X5B", "&lbrack", "&lsqb", "&amp;#",
            "&amp;l",
        ]
        .into_iter()
        .map(|word| (word.to_owned(), Hint::Bracket))
        .collect();
        for target in vocabulary.targets() {
            let start = format!("{}:", target.prefix);
            words.extend([(start.to_uppercase(), Hint::Macro), (start, Hint::Macro)]);
            let page = target.web_path().rsplit('/').next().unwrap_or_default();
            let suffix = target.host_suffix.split('.').next().unwrap_or_default();
            // Without their first letters, which may be capitals and begin many other words.
            for (word, skip) in [(page, 1), (suffix, 2), (target.desktop_scheme(), 1)] {
                let tail: String = word.chars().skip(skip).collect();
                if tail.len() >= 4 {
                    words.extend([(tail.to_uppercase(), Hint::Link), (tail, Hint::Link)]);
                }
            }
        }
        let gateways = Gateway::builtin().iter().map(|gateway| gateway.hint.clone());
        let camel = ["skDirector", "eepLink", "DPortal"].map(str::to_owned);
        // A page with a misspelled name, and those that a browser's address bar shows.
        let pages = ["ortal/deep", "ortal/v"].map(str::to_owned);
        words.extend(camel.into_iter().chain(pages).chain(gateways).map(|word| (word, Hint::Link)));
        // The shortest word determines how many letters of each are compared at once, so none may have just two.
        words.sort();
        words.dedup();
        let (words, kinds): (Vec<String>, Vec<Hint>) = words.into_iter().unzip();
        let searcher =
            packed::Searcher::new(&words).map_or_else(|| Searcher::Automaton(automaton(&words)), Searcher::Packed);
        Hints { searcher, kinds }
    }

    pub(super) fn iter<'a>(&'a self, bytes: &'a [u8]) -> Box<dyn Iterator<Item = (usize, Hint)> + 'a> {
        let hint = |found: aho_corasick::Match| (found.start(), self.kinds[found.pattern().as_usize()]);
        match &self.searcher {
            Searcher::Packed(searcher) => Box::new(searcher.find_iter(bytes).map(hint)),
            Searcher::Automaton(searcher) => Box::new(searcher.find_iter(bytes).map(hint)),
        }
    }
}

fn automaton(words: &[String]) -> aho_corasick::AhoCorasick {
    match aho_corasick::AhoCorasick::new(words) {
        Ok(automaton) => automaton,
        Err(error) => unreachable!("thirty short words fit any automaton: {error}"),
    }
}
