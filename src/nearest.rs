//! The nearest right name for a wrong one.

/// The candidate that the writer most likely meant, if one is near enough.
///
/// Case and white space count for little, a swap of two neighbours for one mistake. Among equals the first wins.
///
/// ```
/// use psalink::nearest;
/// assert_eq!(nearest("tikcet", ["ticket_list", "ticket"]), Some("ticket"));
/// assert_eq!(nearest("Srnumber", ["srnumber"]), Some("srnumber"));
/// assert_eq!(nearest("invoice", ["ticket"]), None);
/// ```
pub fn nearest<'a>(wrong: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let folded = fold(wrong);
    let length = folded.chars().count();
    let limit = match length {
        0 => return None,
        1..=3 => 1,
        4..=7 => 2,
        _ => 3,
    };
    let mut best: Option<(usize, usize, &str)> = None;
    for candidate in candidates {
        let right = fold(candidate);
        let right_length = right.chars().count();
        if right_length.abs_diff(length) > limit {
            continue;
        }
        let distance = strsim::osa_distance(&folded, &right);
        // A two-letter word one letter away is another word; what differs wholly is no slip of the finger.
        if distance > limit || distance * 2 > length.max(right_length) {
            continue;
        }
        let key = (distance, strsim::osa_distance(wrong, candidate));
        if best.is_none_or(|(distance, exact, _)| key < (distance, exact)) {
            best = Some((key.0, key.1, candidate));
        }
    }
    best.map(|(_, _, candidate)| candidate)
}

/// Lower case, without white space, and `-` as `_`.
pub(crate) fn fold(name: &str) -> String {
    name.chars()
        .filter(|letter| !letter.is_whitespace())
        .flat_map(char::to_lowercase)
        .map(|letter| if letter == '-' { '_' } else { letter })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_slips_and_leaves_other_words_alone() {
        let names = ["Ticket: ID", "Ticket: Number", "Ticket: Title", "Contact: ID"];
        for (wrong, right) in [
            ("Ticket:ID", Some("Ticket: ID")),
            ("ticket: id", Some("Ticket: ID")),
            ("Tikcet: ID", Some("Ticket: ID")),
            ("Ticket: Nmuber", Some("Ticket: Number")),
            ("Ticket: Titel", Some("Ticket: Title")),
            ("Device: Serial Number", None),
            ("", None),
        ] {
            assert_eq!(nearest(wrong, names), right, "{wrong}");
        }
        assert_eq!(nearest("x", ["y"]), None);
    }
}
