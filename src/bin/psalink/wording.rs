//! Wording that many messages share: numbers with their nouns, and what to do if the PSA is unknown.

use psalink::Vocabulary;

/// `1 file`, `2 files`
pub fn count(number: usize, singular: &str, plural: &str) -> String {
    format!("{number} {}", if number == 1 { singular } else { plural })
}

/// Says that the PSA of a template is unknown, and how to name it.
pub fn psa_not_known(vocabulary: &Vocabulary) -> String {
    let options: Vec<String> =
        vocabulary.dialects().iter().map(|dialect| format!("`--dialect {}`", dialect.id)).collect();
    format!("not known; use {}", options.join(" or "))
}
