//! Words that many messages share: numbers with their nouns, and what is asked where the PSA is not known.

use psalink::Vocabulary;

/// `1 file`, `2 files`
pub fn count(number: usize, singular: &str, plural: &str) -> String {
    format!("{number} {}", if number == 1 { singular } else { plural })
}

/// The PSA of a template that says nothing of it, and how to name it.
pub fn psa_not_known(vocabulary: &Vocabulary) -> String {
    let options: Vec<String> = vocabulary.dialects().iter().map(|it| format!("`--dialect {}`", it.id)).collect();
    format!("not known; use {}", options.join(" or "))
}
