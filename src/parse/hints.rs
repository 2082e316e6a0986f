//! Rare spellings that may start a macro or a link, found in one pass.

use std::collections::HashSet;

use aho_corasick::{AhoCorasick, packed};

use crate::vocabulary::{Gateway, Vocabulary};

/// Rare spellings that may start a macro or a link; found in one pass.
pub(super) struct Hints {
    searcher: Searcher,
    words: Vec<Word>,
    /// What the addresses of mail gateways contain.
    gateways: AhoCorasick,
}

/// Addresses that are not a mail gateway's. Templates repeat the same few, and looking each of them up is much faster
/// than searching them again.
#[derive(Default)]
pub(super) struct PlainAddresses(HashSet<Box<[u8]>, foldhash::fast::FixedState>);

enum Searcher {
    Packed(packed::Searcher),
    /// For processors that lack the instructions for the other one.
    Automaton(AhoCorasick),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hint {
    Bracket,
    Link,
    /// `dd:`
    Macro,
    /// `://`, which is a link if a mail gateway's address follows.
    Address,
}

/// A spelling, of which only the end is searched for if its beginning is too common.
struct Word {
    text: String,
    /// The length of that beginning.
    skip: usize,
    hint: Hint,
}

/// How far after `://` the address of a gateway is recognized.
const ADDRESS_LIMIT: usize = 300;

/// How many addresses are remembered.
const ADDRESSES: usize = 4_000;

impl Hints {
    pub(super) fn new(vocabulary: &Vocabulary) -> Hints {
        let words = words(vocabulary);
        let searched: Vec<&str> = words.iter().map(|word| &word.text[word.skip..]).collect();
        let searcher = packed::Searcher::new(&searched)
            .map_or_else(|| Searcher::Automaton(automaton(&searched, false)), Searcher::Packed);
        let gateways: Vec<&str> = Gateway::builtin().iter().map(|gateway| gateway.hint.as_str()).collect();
        Hints { searcher, gateways: automaton(&gateways, true), words }
    }

    pub(super) fn iter<'a>(
        &'a self,
        bytes: &'a [u8],
        plain: &'a mut PlainAddresses,
    ) -> Box<dyn Iterator<Item = (usize, Hint)> + 'a> {
        let hint = move |found: aho_corasick::Match| {
            let word = &self.words[found.pattern().as_usize()];
            if word.hint == Hint::Address {
                return self.is_gateway(&bytes[found.end()..], plain).then_some((found.start(), Hint::Link));
            }
            let start = found.start().checked_sub(word.skip)?;
            bytes[start..].starts_with(word.text.as_bytes()).then_some((start, word.hint))
        };
        match &self.searcher {
            Searcher::Packed(searcher) => Box::new(searcher.find_iter(bytes).filter_map(hint)),
            Searcher::Automaton(searcher) => Box::new(searcher.find_iter(bytes).filter_map(hint)),
        }
    }

    /// Whether a text contains what the addresses of a mail gateway contain.
    pub(super) fn hold_gateway(&self, text: &[u8], plain: &PlainAddresses) -> bool {
        let address = text.strip_prefix(b"https://").or_else(|| text.strip_prefix(b"http://"));
        !address.is_some_and(|address| plain.0.contains(address)) && self.gateways.is_match(text)
    }

    /// Whether an address without its scheme is a mail gateway's.
    fn is_gateway(&self, address: &[u8], plain: &mut PlainAddresses) -> bool {
        let near = &address[..address.len().min(ADDRESS_LIMIT)];
        let end = near.iter().position(|byte| ENDS[usize::from(*byte)]).unwrap_or(near.len());
        let address = &near[..end];
        if plain.0.contains(address) {
            return false;
        }
        let is_gateway = self.gateways.is_match(address);
        if !is_gateway && plain.0.len() < ADDRESSES {
            plain.0.insert(address.into());
        }
        is_gateway
    }
}

/// The bytes that end an address.
const ENDS: [bool; 256] = {
    let mut ends = [false; 256];
    let mut bytes: &[u8] = b"\"'<> \t\r\n";
    while let [byte, rest @ ..] = bytes {
        ends[*byte as usize] = true;
        bytes = rest;
    }
    ends
};

/// The words, in an order that makes searching fast.
///
/// The searcher compares the first three bytes of each word, or as many as the shortest has, so none may have just two.
/// It distributes them over eight buckets by their order, and in each bucket any of the first bytes may be followed by
/// any of the second ones, and so on. Words that begin alike share a bucket; the first eight here are alone, and each
/// word that begins in another way follows such that no common letters result with the one eight places before it. More
/// than 32 words would take twice as long, so gateways are recognized after `://`, which all their addresses contain.
fn words(vocabulary: &Vocabulary) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut add = |text: &str, skip: usize, hint: Hint| {
        if words.iter().all(|word| word.text[word.skip..] != text[skip..]) {
            words.push(Word { text: text.to_owned(), skip, hint });
        }
    };
    ["%5B", "&#91", "&#x5b"].into_iter().for_each(|word| add(word, 0, Hint::Bracket));
    add("&amp;#", 2, Hint::Bracket);
    add("://", 0, Hint::Address);
    // Without their first letters, which may be capitals and begin many other words.
    let tails: Vec<String> = vocabulary
        .targets()
        .iter()
        .flat_map(|target| {
            let page = target.web_path().rsplit('/').next().unwrap_or_default();
            let suffix = target.host_suffix.split('.').next().unwrap_or_default();
            let names = [(page, 1), (suffix, 2), (target.desktop_scheme(), 1)];
            names.map(|(word, skip)| word.chars().skip(skip).collect::<String>())
        })
        .filter(|tail| tail.len() >= 4)
        .collect();
    tails.iter().for_each(|tail| add(tail, 0, Hint::Link));
    ["%255B", "&#091", "&lbrack"].into_iter().for_each(|word| add(word, 0, Hint::Bracket));
    add("&amp;l", 2, Hint::Bracket);
    let prefixes = || vocabulary.targets().iter().map(|target| format!("{}:", target.prefix));
    prefixes().for_each(|prefix| add(&prefix, 0, Hint::Macro));
    tails.iter().take(2).for_each(|tail| add(&tail.to_uppercase(), 0, Hint::Link));
    // A page with a misspelled name, and those that a browser's address bar shows.
    ["ortal/deep", "ortal/v"].into_iter().for_each(|word| add(word, 3, Hint::Link));
    ["%5b", "&lsqb", "%255b", "&#x5B", "&#X5B"].into_iter().for_each(|word| add(word, 0, Hint::Bracket));
    prefixes().for_each(|prefix| add(&prefix.to_uppercase(), 0, Hint::Macro));
    tails.iter().for_each(|tail| add(&tail.to_uppercase(), 0, Hint::Link));
    ["skDirector", "eepLink", "DPortal"].into_iter().for_each(|word| add(word, 0, Hint::Link));
    words
}

fn automaton(words: &[impl AsRef<[u8]>], is_any_case: bool) -> AhoCorasick {
    match AhoCorasick::builder().ascii_case_insensitive(is_any_case).build(words) {
        Ok(automaton) => automaton,
        Err(error) => unreachable!("thirty short words fit any automaton: {error}"),
    }
}
