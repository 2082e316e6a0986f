//! Comments that were meant to allow findings, but are misspelled: `<!-- psalink allow RULE -->`.

use crate::nearest::{fold, nearest_slip};

/// How a comment should read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct MeantAllow {
    /// The rules that it names, as far as they can be recognized, spelled correctly.
    pub rules: Vec<String>,
}

impl MeantAllow {
    /// The whole comment in the form that psalink reads, with a sample rule if it names none.
    pub(super) fn comment(&self) -> String {
        let rules = if self.rules.is_empty() { "RULE".to_owned() } else { self.rules.join(", ") };
        format!("<!-- psalink: allow {rules} -->")
    }
}

/// Words with which other tools begin such a comment.
const VERBS: [&str; 10] =
    ["ignore", "disable", "suppress", "skip", "permit", "off", "ok", "exclude", "except", "disable-next-line"];

/// The length of the longest text that is examined: a comment that allows findings has few words.
const LIMIT: usize = 300;

/// What the text inside a comment was meant to be, given the names of all rules; `None` for a sentence that only
/// mentions psalink.
pub(super) fn meant_allow(text: &str, rules: &[&str]) -> Option<MeantAllow> {
    let text = text.trim().trim_matches(['-', '!', '*', '/', '#']).trim();
    if text.len() > LIMIT {
        return None;
    }
    let is_end = |character: char| character.is_whitespace() || ":;,=([)].\"'`".contains(character);
    let last_word = text.trim_end_matches(is_end).rsplit(is_end).next().unwrap_or_default();
    let is_p = |character: char| character.eq_ignore_ascii_case(&'p');
    if !text.chars().find(|character| character.is_alphanumeric()).is_some_and(is_p) && !rules.contains(&last_word) {
        return None;
    }
    let (has_name, rest) = match after_name(text) {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let is_between = |character: char| character.is_whitespace() || ":;.,=-_".contains(character);
    let rest = rest.trim_start_matches(is_between);
    let ends = |character: char| character.is_whitespace() || ":;,=([".contains(character);
    let (first, after) = rest.split_at(rest.find(ends).unwrap_or(rest.len()));
    let verb = fold(first).replace('_', "-");
    let is_allow = nearest_slip(&verb, ["allow", "allowed", "allows"]).is_some();
    let is_verb = is_allow || VERBS.contains(&verb.as_str());
    let names = if is_verb { after } else { rest };
    let words: Vec<&str> = names.split(ends).map(|word| word.trim_matches([')', ']', '.', '"', '\'', '`'])).collect();
    let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
    let is_exact = |word: &&str| rules.contains(word);
    let is_meant = match (has_name, is_verb) {
        // `psalink allow` alone, or followed by the name of a rule; a reason may follow.
        (true, true) => words.first().map_or(is_allow, |word| rule_meant(word, rules).is_some()),
        (true, false) => words.first().is_some_and(is_exact),
        // `allow missing-alt` is not a sentence.
        (false, true) => is_allow && !words.is_empty() && words.iter().all(is_exact),
        (false, false) => false,
    };
    is_meant.then(|| MeantAllow { rules: words.iter().filter_map(|word| rule_meant(word, rules)).collect() })
}

/// What follows the name `psalink`, in any case and even if it is misspelled: `psa-link`, `PSALink`, `pslink`.
fn after_name(text: &str) -> Option<&str> {
    let ends = |character: char| character.is_whitespace() || ":;.,=".contains(character);
    let first = text.find(ends).unwrap_or(text.len());
    let is_name = |word: &str| {
        let word: String =
            word.chars().filter(|character| character.is_alphanumeric()).collect::<String>().to_lowercase();
        word.starts_with('p') && word.len() > 5 && strsim::osa_distance(&word, "psalink") <= 1
    };
    if is_name(&text[..first]) {
        return Some(&text[first..]);
    }
    // `psa link: allow`, and `psalink-allow`.
    let second = text[first..].trim_start().find(ends).map(|at| text.len() - text[first..].trim_start().len() + at);
    if text[..first].eq_ignore_ascii_case("psa") && second.is_some_and(|second| is_name(&text[..second])) {
        return second.map(|second| &text[second..]);
    }
    let (name, _) = text[..first].split_once(['-', '_']).filter(|(name, _)| is_name(name))?;
    Some(&text[name.len()..])
}

/// The rule that a word means: the one with that name, or the one that it misspells.
fn rule_meant(word: &str, rules: &[&str]) -> Option<String> {
    if rules.contains(&word) {
        return Some(word.to_owned());
    }
    let near = nearest_slip(word, rules.iter().copied())?;
    Some(near.sure().map_or_else(|| word.to_owned(), str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: [&str; 3] = ["missing-alt", "magic-token", "misspelt-case"];

    #[test]
    fn misspelled_comments_are_told_from_sentences() {
        let right = |text: &str| meant_allow(text, &RULES).map(|meant| meant.rules.join(" "));
        for (text, rules) in [
            (" psalink allow missing-alt ", "missing-alt"),
            ("psalink: alow missing-alt", "missing-alt"),
            ("psalink:allow:missing-alt", "missing-alt"),
            ("psalink; allow missing-alt, magic-token", "missing-alt magic-token"),
            ("PSALINK: ALLOW missing-alt", "missing-alt"),
            ("psa-link: allow missing-alt", "missing-alt"),
            ("psa link: allow missing-alt", "missing-alt"),
            ("PSA Link allow missing-alt", "missing-alt"),
            ("pslink: allow missing-alt", "missing-alt"),
            ("psalink-allow missing-alt", "missing-alt"),
            ("psalink: ignore missing-alts", "missing-alt"),
            ("psalink-disable missing-alt", "missing-alt"),
            ("psalink: disable-next-line missing-alt", "missing-alt"),
            ("psalink: allow=missing-alt", "missing-alt"),
            ("psalink: allow(missing-alt)", "missing-alt"),
            ("psalink: allows missing-alt because the logo is decorative", "missing-alt"),
            ("psalink: missing-alt", "missing-alt"),
            ("allow missing-alt", "missing-alt"),
            ("psalink allow", ""),
            ("psalink: alow", ""),
        ] {
            assert_eq!(right(text).as_deref(), Some(rules), "{text}");
        }
        for text in [
            "psalink",
            "made with psalink",
            "psalink allows comments here",
            "psalink: see the docs on how to allow findings",
            "psalink will allow this link",
            "psalink skip",
            "Psalink is off this week",
            "allow missing alt texts",
            "allow 2 minutes for changes",
            "pslinks allow access",
            "PSA: allow a day for this ticket",
            "",
        ] {
            assert_eq!(right(text), None, "{text}");
        }
    }
}
