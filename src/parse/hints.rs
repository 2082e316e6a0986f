//! Rare spellings that may start a macro or a link, found in one pass.

use aho_corasick::{AhoCorasick, packed};

use crate::vocabulary::{Gateway, Vocabulary};

/// Rare spellings that may start a macro or a link; found in one pass.
pub(super) struct Hints {
    searcher: Searcher,
    kinds: Vec<Hint>,
    /// What the addresses of mail gateways contain.
    gateways: AhoCorasick,
}

enum Searcher {
    Packed(packed::Searcher),
    /// For processors that lack the instructions for the other one.
    Automaton(AhoCorasick),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Hint {
    Bracket,
    Link,
    /// `dd:`
    Macro,
    /// `://`, which is a link if a mail gateway's address follows.
    Address,
}

/// How far after `://` the address of a gateway is recognized.
const ADDRESS_LIMIT: usize = 300;

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
        let camel = ["skDirector", "eepLink", "DPortal"].map(str::to_owned);
        // A page with a misspelled name, and those that a browser's address bar shows.
        let pages = ["ortal/deep", "ortal/v"].map(str::to_owned);
        words.extend(camel.into_iter().chain(pages).map(|word| (word, Hint::Link)));
        // The shortest word determines how many bytes of each are compared at once, so none may have just two. More than
        // 32 words would take twice as long, so gateways are recognized after `://`, which all their addresses contain.
        words.push(("://".to_owned(), Hint::Address));
        words.sort();
        words.dedup();
        let (words, kinds): (Vec<String>, Vec<Hint>) = words.into_iter().unzip();
        let searcher = packed::Searcher::new(&words)
            .map_or_else(|| Searcher::Automaton(automaton(&words, false)), Searcher::Packed);
        let gateways: Vec<&str> = Gateway::builtin().iter().map(|gateway| gateway.hint.as_str()).collect();
        Hints { searcher, kinds, gateways: automaton(&gateways, true) }
    }

    pub(super) fn iter<'a>(&'a self, bytes: &'a [u8]) -> Box<dyn Iterator<Item = (usize, Hint)> + 'a> {
        let hint = |found: aho_corasick::Match| match self.kinds[found.pattern().as_usize()] {
            Hint::Address => self.is_gateway(&bytes[found.end()..]).then_some((found.start(), Hint::Link)),
            kind => Some((found.start(), kind)),
        };
        match &self.searcher {
            Searcher::Packed(searcher) => Box::new(searcher.find_iter(bytes).filter_map(hint)),
            Searcher::Automaton(searcher) => Box::new(searcher.find_iter(bytes).filter_map(hint)),
        }
    }

    /// Whether a text contains what the addresses of a mail gateway contain.
    pub(super) fn hold_gateway(&self, text: &[u8]) -> bool {
        self.gateways.is_match(text)
    }

    /// Whether an address without its scheme is a mail gateway's.
    fn is_gateway(&self, address: &[u8]) -> bool {
        let near = &address[..address.len().min(ADDRESS_LIMIT)];
        let end = near.iter().position(|byte| b"\"'<> \t\r\n".contains(byte)).unwrap_or(near.len());
        self.gateways.is_match(&near[..end])
    }
}

fn automaton(words: &[impl AsRef<[u8]>], is_any_case: bool) -> AhoCorasick {
    match AhoCorasick::builder().ascii_case_insensitive(is_any_case).build(words) {
        Ok(automaton) => automaton,
        Err(error) => unreachable!("thirty short words fit any automaton: {error}"),
    }
}
