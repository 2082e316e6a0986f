//! Finds the closest valid name for a wrong one.

/// The candidate that the writer most likely meant, if one is close enough.
///
/// Case and white space count for little, and a swap of two adjacent characters counts as one mistake. Ties go to the
/// first candidate.
///
/// ```
/// use psalink::nearest::nearest;
/// assert_eq!(nearest("tikcet", ["ticket_list", "ticket"]), Some("ticket"));
/// assert_eq!(nearest("Srnumber", ["srnumber"]), Some("srnumber"));
/// assert_eq!(nearest("invoice", ["ticket"]), None);
/// ```
pub fn nearest<'a>(wrong: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    near(wrong, candidates, |length| match length {
        0 => 0,
        1..=3 => 1,
        4..=7 => 2,
        _ => 3,
    })
    .map(|near| near.name)
}

/// The question at the end of a message about a wrong name, if a valid name is close to it.
///
/// ```
/// assert_eq!(psalink::nearest::did_you_mean("ticket"), "did you mean `ticket`?");
/// ```
pub fn did_you_mean(right: &str) -> String {
    format!("did you mean `{right}`?")
}

/// The end of a message about a wrong name: the closest valid name, or else all of them.
///
/// ```
/// use psalink::nearest::hint;
/// assert_eq!(hint("jsno", "formats", ["full", "json"]), "did you mean `json`?");
/// assert_eq!(hint("xlsx", "formats", ["full", "json"]), "known formats: full, json");
/// ```
pub fn hint<'a, I>(wrong: &str, plural: &str, names: I) -> String
where
    I: IntoIterator<Item = &'a str, IntoIter: Clone>,
{
    let names = names.into_iter();
    let list = || format!("known {plural}: {}", names.clone().collect::<Vec<_>>().join(", "));
    nearest(wrong, names.clone()).map_or_else(list, did_you_mean)
}

/// A candidate that is close to a wrong name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Near<'a> {
    /// The candidate.
    pub(crate) name: &'a str,
    /// How many typing errors lead from it to the wrong name; case and white space do not count.
    pub(crate) slips: usize,
    /// Whether no other candidate is as close.
    pub(crate) is_only: bool,
}

/// The closest candidate that is at most as many typing errors away as `limit` allows for a name of that length.
pub(crate) fn near<'a>(
    wrong: &str,
    candidates: impl IntoIterator<Item = &'a str>,
    limit: impl Fn(usize) -> usize,
) -> Option<Near<'a>> {
    let folded = fold(wrong);
    let length = folded.chars().count();
    let limit = limit(length);
    let character_counts = counts(&folded);
    let mut best: Option<(Near<'a>, usize)> = None;
    for candidate in candidates {
        let right = fold(candidate);
        let right_length = right.chars().count();
        // The character counts rule out most candidates.
        let other = counts(&right);
        let differing: usize = character_counts.iter().zip(other).map(|(a, b)| usize::from(a.abs_diff(b))).sum();
        if length == 0 || right_length.abs_diff(length) > limit || differing > 2 * limit {
            continue;
        }
        let slips = strsim::osa_distance(&folded, &right);
        // A two-letter word that differs in one letter is a different word; a name that differs completely is not a
        // typing error.
        if slips > limit || slips * 2 > length.max(right_length) {
            continue;
        }
        let exact = strsim::osa_distance(wrong, candidate);
        match &mut best {
            Some((near, best_exact)) if near.slips == slips => {
                near.is_only &= near.name == candidate;
                if exact < *best_exact {
                    near.name = candidate;
                    *best_exact = exact;
                }
            }
            Some((near, _)) if near.slips < slips => {}
            _ => best = Some((Near { name: candidate, slips, is_only: true }, exact)),
        }
    }
    best.map(|(near, _)| near)
}

/// How often each character occurs in a text, in 32 groups. One slip changes at most two of the counts by one.
fn counts(text: &str) -> [u16; 32] {
    let mut counts = [0u16; 32];
    for character in text.chars() {
        let count = &mut counts[character as usize & 31];
        *count = count.saturating_add(1);
    }
    counts
}

/// Lower case, without white space, and `-` as `_`.
pub(crate) fn fold(name: &str) -> String {
    name.chars()
        .filter(|character| !character.is_whitespace())
        .flat_map(char::to_lowercase)
        .map(|character| if character == '-' { '_' } else { character })
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
