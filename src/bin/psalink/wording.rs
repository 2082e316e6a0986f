//! Words that many messages share: numbers with their nouns.

/// `1 file`, `2 files`
pub fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}
