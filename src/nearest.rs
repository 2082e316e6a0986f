//! Finds the closest valid names for a wrong one, for every "did you mean".

/// The candidates that the writer most likely meant, if any is close enough.
///
/// A name is close if it differs only by typing errors or, if there is no such name, if it has the same parts: one word
/// more or fewer, or just the beginning. Case and white space count for little, and a swap of two adjacent characters
/// counts as one error. In a name of several words, each word must be close to its counterpart: `ticket_view` is not a
/// typing error for `ticket_list`.
///
/// ```
/// use psalink::nearest::nearest;
/// let names = ["ticket_list", "ticket", "invoice"];
/// let question = |wrong| nearest(wrong, names).map(|near| near.question());
/// assert_eq!(question("tikcet").as_deref(), Some("did you mean `ticket`?"));
/// assert_eq!(question("Ticket-View").as_deref(), Some("did you mean `ticket`?"));
/// assert_eq!(question("device"), None);
/// let near = nearest("tarch", ["march", "torch"]).ok_or("none")?;
/// assert_eq!((near.question().as_str(), near.sure()), ("did you mean `march` or `torch`?", None));
/// # Ok::<(), &str>(())
/// ```
pub fn nearest<'a>(wrong: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<Near<'a>> {
    near(wrong, candidates, limit, true)
}

/// How many typing errors a name of that length may have.
fn limit(length: usize) -> usize {
    match length {
        0 => 0,
        1..=3 => 1,
        4..=7 => 2,
        _ => 3,
    }
}

/// Like [`nearest`], but only for typing errors and names without white space. It is fast enough to check every word of
/// a text.
pub(crate) fn nearest_slip<'a>(wrong: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<Near<'a>> {
    let length = fold(wrong).chars().count();
    let is_as_long = |name: &&str| name.chars().count().abs_diff(length) <= limit(length);
    near(wrong, candidates.into_iter().filter(is_as_long), limit, false)
}

/// The question at the end of a message about a wrong name, if valid names are close to it.
///
/// ```
/// use psalink::nearest::did_you_mean;
/// assert_eq!(did_you_mean(&["ticket"]), "did you mean `ticket`?");
/// assert_eq!(did_you_mean(&["a", "b", "c"]), "did you mean `a`, `b`, or `c`?");
/// ```
pub fn did_you_mean(names: &[impl AsRef<str>]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{}`", name.as_ref())).collect();
    let names = match names.as_slice() {
        [one, other] => format!("{one} or {other}"),
        [more @ .., last] if !more.is_empty() => format!("{}, or {last}", more.join(", ")),
        _ => names.concat(),
    };
    format!("did you mean {names}?")
}

/// The end of a message about a wrong name: the valid names that are close to it, or else all of them.
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
    nearest(wrong, names.clone()).map_or_else(list, |near| near.question())
}

/// The candidates that are closest to a wrong name: one, or several that are equally close.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Near<'a> {
    /// The first few of them, the most similar one first; never empty.
    names: Vec<&'a str>,
    rank: Rank,
    /// Whether the first name may replace the wrong one.
    is_sure: bool,
}

/// How a candidate differs, the closest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// By this many typing errors.
    Slips(usize),
    /// By this many words, or by a missing end.
    Parts(usize),
}

/// How many equally close names are shown.
const SHOWN: usize = 3;

impl<'a> Near<'a> {
    /// The names, the most similar one first.
    pub fn names(&self) -> &[&'a str] {
        &self.names
    }

    /// The name that may replace the wrong one: it differs by few typing errors, and no other name is as close.
    pub fn sure(&self) -> Option<&'a str> {
        self.names.first().copied().filter(|_| self.is_sure)
    }

    /// ``did you mean `a` or `b`?``
    pub fn question(&self) -> String {
        did_you_mean(&self.names)
    }

    /// The same question, with each name as it should be written: `[dd:ticket]`.
    pub fn question_of(&self, written: impl Fn(&str) -> String) -> String {
        did_you_mean(&self.names.iter().map(|name| written(name)).collect::<Vec<_>>())
    }

    /// Whether it differs by typing errors alone, not by whole parts.
    pub(crate) fn is_slip(&self) -> bool {
        matches!(self.rank, Rank::Slips(_))
    }

    /// The same names without those that a test rejects; `None` if nothing is left.
    pub(crate) fn filter(mut self, is_meant: impl Fn(&str) -> bool) -> Option<Near<'a>> {
        self.names.retain(|name| is_meant(name));
        (!self.names.is_empty()).then_some(self)
    }
}

/// The closest candidates: at most as many typing errors away as `limit` allows for a name of that length, or, if
/// `by_parts`, with the same parts.
pub(crate) fn near<'a>(
    wrong: &str,
    candidates: impl IntoIterator<Item = &'a str>,
    limit: impl Fn(usize) -> usize,
    by_parts: bool,
) -> Option<Near<'a>> {
    let wrong = ComparedName::of(wrong);
    let limit = limit(wrong.length);
    if wrong.length == 0 {
        return None;
    }
    let mut best: Option<(Rank, Vec<(usize, &str)>)> = None;
    for candidate in candidates {
        let least = best.as_ref().map_or(Rank::Parts(usize::MAX), |(rank, _)| *rank);
        let right = ComparedName::of(candidate);
        let parts = || (by_parts && least > Rank::Slips(limit)).then(|| wrong.parts_from(&right)).flatten();
        let Some(rank) = wrong.slips_from(&right, limit).map(Rank::Slips).or_else(|| parts().map(Rank::Parts)) else {
            continue;
        };
        let exact = strsim::osa_distance(wrong.text, candidate);
        match &mut best {
            Some((least, found)) if *least == rank => {
                if found.iter().all(|(_, name)| *name != candidate) {
                    found.push((exact, candidate));
                }
            }
            Some((least, _)) if *least < rank => {}
            _ => best = Some((rank, vec![(exact, candidate)])),
        }
    }
    let (rank, mut found) = best?;
    found.sort_by_key(|(exact, _)| *exact);
    let is_sure = found.len() == 1 && matches!(rank, Rank::Slips(slips) if slips <= word_limit(wrong.length));
    found.truncate(SHOWN);
    Some(Near { names: found.into_iter().map(|(_, name)| name).collect(), rank, is_sure })
}

/// A name in the form in which it is compared.
struct ComparedName<'a> {
    text: &'a str,
    folded: String,
    /// Characters of `folded`.
    length: usize,
    counts: [u16; 32],
}

impl ComparedName<'_> {
    fn of(text: &str) -> ComparedName<'_> {
        let folded = fold(text);
        ComparedName { text, length: folded.chars().count(), counts: counts(&folded), folded }
    }

    /// How many typing errors lead from one to the other, if at most `limit`; case and white space do not count.
    fn slips_from(&self, right: &ComparedName<'_>, limit: usize) -> Option<usize> {
        // The character counts rule out most candidates.
        let differing: usize = self.counts.iter().zip(right.counts).map(|(a, b)| usize::from(a.abs_diff(b))).sum();
        if right.length.abs_diff(self.length) > limit || differing > 2 * limit {
            return None;
        }
        let slips = strsim::osa_distance(&self.folded, &right.folded);
        // A two-letter word that differs in one letter is a different word; a name that differs completely is not a
        // typing error.
        if slips > limit || slips * 2 > self.length.max(right.length) {
            return None;
        }
        if slips > 0 {
            let (ours, theirs) = (words(self.text), words(right.text));
            let is_other = |(a, b): (&String, &String)| !is_slip(a, b);
            if ours.len() > 1 && ours.len() == theirs.len() && ours.iter().zip(&theirs).any(is_other) {
                return None;
            }
        }
        Some(slips)
    }

    /// How many more words one name has than the other, if it contains all of the other's and they make up at least
    /// half of it; 1 if one name is the beginning of the other.
    fn parts_from(&self, right: &ComparedName<'_>) -> Option<usize> {
        if self.length.min(right.length) < 5 {
            return None;
        }
        let (ours, theirs) = (words(self.text), words(right.text));
        if ours.len().max(theirs.len()) > 1 {
            let (few, many) = if ours.len() <= theirs.len() { (&ours, &theirs) } else { (&theirs, &ours) };
            let mut left: Vec<&String> = many.iter().collect();
            let is_in = |word: &String| {
                let at = left.iter().position(|other| is_slip(word, other));
                at.map(|at| left.remove(at)).is_some()
            };
            if few.iter().map(String::len).sum::<usize>() * 2 >= many.iter().map(String::len).sum()
                && few.iter().all(is_in)
            {
                return Some(left.len());
            }
        }
        let (short, long) = if self.length <= right.length { (self, right) } else { (right, self) };
        if short.length * 5 < long.length * 3 {
            return None;
        }
        let head: String = long.folded.chars().take(short.length).collect();
        // A shortened name may contain a typing error, too.
        let may_slip = ours.len() == 1 && theirs.len() == 1 && self.length + 1 < right.length;
        let is_head = head == short.folded || may_slip && is_slip(&head, &short.folded);
        is_head.then_some(1)
    }
}

/// The words of a name, in lowercase.
fn words(name: &str) -> Vec<String> {
    let ends = |character: char| character.is_whitespace() || matches!(character, '_' | '-');
    name.split(ends).filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

/// Whether two words differ only by typing errors.
fn is_slip(word: &str, other: &str) -> bool {
    if word == other {
        return true;
    }
    let length = word.chars().count().max(other.chars().count());
    strsim::osa_distance(word, other) <= word_limit(length)
}

/// How many typing errors a word of a given length may have: `Due` is not `End`, and `Name` is not `Role`.
fn word_limit(length: usize) -> usize {
    match length {
        0..=2 => 0,
        3..=5 => 1,
        6..=11 => 2,
        _ => 3,
    }
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

    fn names_near<'a>(wrong: &str, names: &[&'a str]) -> Vec<&'a str> {
        nearest(wrong, names.iter().copied()).map(|near| near.names).unwrap_or_default()
    }

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
            let near = nearest(wrong, names);
            assert_eq!(near.as_ref().and_then(Near::sure), right, "{wrong}");
        }
        assert_eq!(nearest("x", ["y"]), None);
    }

    #[test]
    fn a_different_word_is_not_a_slip() {
        let names = ["Primary Resource Role", "Due Date", "Issue Type"];
        for wrong in ["Primary Resource Name", "End Date", "Issue Time"] {
            assert_eq!(names_near(wrong, &names), [""; 0], "{wrong}");
        }
        assert_eq!(names_near("Priamry Resource Role", &names), ["Primary Resource Role"]);
    }

    #[test]
    fn the_same_parts_are_near_and_never_sure() {
        for (wrong, names, right) in [
            ("contactfirst", &["contactfirstname", "contactemail"][..], &["contactfirstname"][..]),
            ("compnay", &["companyname", "campaignrecordid"], &["companyname"]),
            ("ticket-view", &["ticket_list", "ticket"], &["ticket"]),
            ("Date Due", &["Due Date", "Create Date"], &["Due Date"]),
            (
                "Primary Resource Name",
                &["Primary Resource", "Primary Resource First Name", "Priority"],
                &["Primary Resource", "Primary Resource First Name"],
            ),
            ("missing-alt-text", &["missing-alt", "missing-lang"], &["missing-alt"]),
            ("list", &["ticket_list"], &[]),
            ("member", &["memberfirstname"], &[]),
        ] {
            let near = nearest(wrong, names.iter().copied());
            assert_eq!(near.as_ref().map_or(&[][..], |near| near.names()), right, "{wrong}");
            assert_eq!(near.and_then(|near| near.sure()), None, "{wrong}");
        }
    }

    #[test]
    fn of_equals_all_are_asked_about() {
        let near = nearest("contactnaem", ["contactname", "contactnaemx", "other"]).unwrap();
        assert_eq!(near.sure(), None);
        assert_eq!(near.question(), "did you mean `contactname` or `contactnaemx`?");
        assert_eq!(near.question_of(|name| format!("[{name}]")), "did you mean `[contactname]` or `[contactnaemx]`?");
    }
}
