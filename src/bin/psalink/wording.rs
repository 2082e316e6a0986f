//! Wording that many messages share: numbers with their nouns.

/// `1 file`, `2 files`
pub fn count(number: usize, singular: &str, plural: &str) -> String {
    format!("{number} {}", if number == 1 { singular } else { plural })
}
