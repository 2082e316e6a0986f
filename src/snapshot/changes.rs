//! How a message differs from its record, in words and as a diff.

use std::collections::HashMap;

use super::links::LinkDifference;

/// How many statements of one kind a summary lists; for more, see the diff.
const SHOWN: usize = 8;

/// The length of a quotation in a summary, in characters.
const QUOTED: usize = 120;

/// How a message differs from its record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Whether someone other than psalink changed the record.
    pub is_edited: bool,
    /// Whether the message has the bytes that psalink recorded, regardless of later edits.
    pub is_mail_same: bool,
    /// The subject before and after, if it changed.
    pub subject: Option<(Option<String>, Option<String>)>,
    /// What happened to links, worst first.
    pub links: Vec<LinkDifference>,
    /// Placeholders that the sample fills in.
    pub filled: Difference,
    /// What stays as in the template, with the reason.
    pub left: Difference,
    /// What the rules find.
    pub findings: Difference,
    /// Whether the text was, and is, generated from the HTML, if that changed.
    pub text_made: Option<(bool, bool)>,
    /// How many lines of the text part changed.
    pub text: usize,
    /// Whether there was, and is, an HTML body, if that changed.
    pub has_html: Option<(bool, bool)>,
    /// How many lines of the HTML changed.
    pub html: usize,
    /// Sections whose entries only changed order.
    pub reordered: Vec<&'static str>,
    /// Whether only line endings changed, or something else that the lines of a text do not show.
    pub is_hidden: bool,
    /// Whether a password or token in a link changed, or line endings; the record shows neither.
    pub is_secret: bool,
    /// Whether the record contains a password or a token in full.
    pub is_unmasked: bool,
    /// The diff, without its header.
    pub(super) hunks: String,
}

/// What was added to a list, and what was removed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// New.
    pub added: Vec<String>,
    /// Gone.
    pub removed: Vec<String>,
    /// How many only moved to another line of the template.
    pub moved: usize,
}

impl Difference {
    /// The differences between two lists, regardless of order. Entries that `alike` makes equal have only moved.
    pub(super) fn of(old: &[String], new: &[String], alike: impl Fn(&str) -> String) -> Difference {
        let (removed, added) = difference(old, new, |entry| entry.clone());
        let (gone, come) = difference(&removed, &added, |entry| alike(entry));
        let moved = removed.len() - gone.len();
        Difference { added: come, removed: gone, moved }
    }

    /// Whether there is no difference.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.moved == 0
    }
}

/// What only one of two lists has.
fn difference(old: &[String], new: &[String], key: impl Fn(&String) -> String) -> (Vec<String>, Vec<String>) {
    let mut times: HashMap<String, usize> = HashMap::new();
    for entry in new {
        *times.entry(key(entry)).or_default() += 1;
    }
    let mut take = |entry: &&String| match times.get_mut(&key(entry)) {
        Some(remaining @ 1..) => {
            *remaining -= 1;
            false
        }
        _ => true,
    };
    let removed: Vec<String> = old.iter().filter(&mut take).cloned().collect();
    // If there are more of an entry than before, the last ones in the new list count as new.
    let mut added: Vec<String> = new
        .iter()
        .rev()
        .filter(|entry| match times.get_mut(&key(entry)) {
            Some(remaining @ 1..) => {
                *remaining -= 1;
                true
            }
            _ => false,
        })
        .cloned()
        .collect();
    added.reverse();
    (removed, added)
}

impl Changes {
    /// What changed, in short sentences, most important first.
    pub fn summary(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if self.is_edited {
            let mail = if self.is_mail_same { "; the message itself is as psalink recorded it" } else { "" };
            lines.push(format!("the recorded message was edited by hand or merged{mail}"));
        }
        if let Some(subject) = &self.subject {
            lines.push(match subject {
                (Some(from), Some(to)) => format!("subject changed: {} -> {}", quote(from), quote(to)),
                (None, Some(to)) => format!("subject added: {}", quote(to)),
                (Some(from), None) => format!("subject removed: {}", quote(from)),
                (None, None) => "subject changed".to_owned(),
            });
        }
        self.say_links(&mut lines);
        list(&mut lines, "placeholder removed", "placeholders removed", &self.filled.removed);
        list(&mut lines, "placeholder added", "placeholders added", &self.filled.added);
        each(&mut lines, "now left as is", &self.left.added);
        each(&mut lines, "no longer left as is", &self.left.removed);
        each(&mut lines, "new finding", &self.findings.added);
        each(&mut lines, "finding gone", &self.findings.removed);
        match self.findings.moved {
            0 => {}
            1 => lines.push("1 finding is now about another line of the template".to_owned()),
            plural => lines.push(format!("{plural} findings are now about other lines of the template")),
        }
        match self.text_made {
            Some((false, true)) => lines.push("the text part is now made from the HTML".to_owned()),
            Some((true, false)) => lines.push("the text part is now the template's own".to_owned()),
            _ => {}
        }
        match self.has_html {
            Some((false, true)) => lines.push("an HTML body was added".to_owned()),
            Some((true, false)) => lines.push("the HTML body was removed".to_owned()),
            _ => {}
        }
        lines.extend(self.reordered.iter().map(|section| format!("{section} in a different order")));
        if self.text > 0 {
            lines.push(format!("text changed: {}", count(self.text)));
        }
        if self.html > 0 {
            let only = if lines.is_empty() { "only the HTML changed" } else { "HTML changed" };
            lines.push(format!("{only}: {}", count(self.html)));
        }
        if self.is_hidden {
            lines.push("only line endings changed, or something else that its lines do not show".to_owned());
        }
        if self.is_secret {
            lines.push(
                "a password or token in a link changed, or only line endings: the recorded message shows neither"
                    .to_owned(),
            );
        }
        if self.is_unmasked {
            lines.push(
                "the recorded message contains a password or token in full; accept the message again to mask it"
                    .to_owned(),
            );
        }
        lines
    }

    /// The diff between the recorded and the new message; empty if their lines are the same. `name` is the file of the
    /// record.
    pub fn diff(&self, name: &str) -> String {
        match self.hunks.is_empty() {
            true => String::new(),
            false => format!("--- {name} (recorded)\n+++ {name} (now)\n{}", self.hunks),
        }
    }

    fn say_links(&self, lines: &mut Vec<String>) {
        let mut kinds: HashMap<std::mem::Discriminant<LinkDifference>, usize> = HashMap::new();
        for link in &self.links {
            let times = kinds.entry(std::mem::discriminant(link)).or_default();
            *times += 1;
            if *times <= SHOWN {
                lines.push(link_sentence(link));
            }
        }
        let more: usize = kinds.values().map(|times| times.saturating_sub(SHOWN)).sum();
        match more {
            0 => {}
            1 => lines.push("1 more link is new, gone or changed".to_owned()),
            _ => lines.push(format!("{more} more links are new, gone or changed")),
        }
    }
}

fn link_sentence(link: &LinkDifference) -> String {
    match link {
        LinkDifference::Broken { text, url, problem } => {
            format!("link does not work: {} -> {}: {}", quote(text), short(url), short(problem))
        }
        LinkDifference::Removed { text, url } => format!("link removed: {} -> {}", quote(text), short(url)),
        LinkDifference::Url { text, from, to } => {
            format!("link target changed: {}: {} -> {}", quote(text), short(from), short(to))
        }
        LinkDifference::Text { url, from, to } => {
            format!("link text changed: {} -> {} ({})", quote(from), quote(to), short(url))
        }
        LinkDifference::Added { text, url, problem } => {
            let problem = problem.as_deref().map(|problem| format!("; it does not work: {}", short(problem)));
            format!("link added: {} -> {}{}", quote(text), short(url), problem.unwrap_or_default())
        }
        LinkDifference::Fixed { text, url, problem } => {
            format!("link works now: {} -> {} (before: {})", quote(text), short(url), short(problem))
        }
    }
}

/// Names on one line.
fn list(lines: &mut Vec<String>, singular: &str, plural: &str, names: &[String]) {
    if names.is_empty() {
        return;
    }
    let mut list: Vec<String> = names.iter().take(SHOWN).map(|name| quote(name)).collect();
    if names.len() > SHOWN {
        list.push(format!("{} more", names.len() - SHOWN));
    }
    let heading = if names.len() == 1 { singular } else { plural };
    lines.push(format!("{heading}: {}", list.join(", ")));
}

/// One line for each.
fn each(lines: &mut Vec<String>, heading: &str, entries: &[String]) {
    lines.extend(entries.iter().take(SHOWN).map(|entry| format!("{heading}: {}", short(entry))));
    if entries.len() > SHOWN {
        lines.push(format!("{heading}: {} more", entries.len() - SHOWN));
    }
}

fn quote(text: &str) -> String {
    format!("`{}`", short(text))
}

/// A text, shortened for a summary.
fn short(text: &str) -> String {
    match text.char_indices().nth(QUOTED) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn count(lines: usize) -> String {
    format!("{lines} {}", if lines == 1 { "line" } else { "lines" })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strings(list: &[&str]) -> Vec<String> {
        list.iter().map(|&text| text.to_owned()).collect()
    }

    #[test]
    fn lists_are_compared_by_how_often_they_contain_an_entry() {
        let old = strings(&["a", "a", "b", "c"]);
        let new = strings(&["c", "a", "d", "b", "d"]);
        let difference = Difference::of(&old, &new, str::to_owned);
        assert_eq!(difference.removed, ["a"]);
        assert_eq!(difference.added, ["d", "d"]);
        let turned = Difference::of(&old, &strings(&["c", "b", "a", "a"]), str::to_owned);
        assert!(turned.is_empty());
        let moved = Difference::of(&strings(&["x 1", "y 1"]), &strings(&["x 2", "z 1"]), |entry| entry[..1].to_owned());
        assert_eq!((moved.added, moved.removed, moved.moved), (strings(&["z 1"]), strings(&["y 1"]), 1));
    }

    #[test]
    fn a_summary_stays_short() {
        let changes = Changes {
            links: (0..30)
                .map(|n| LinkDifference::Removed { text: "x".repeat(500), url: format!("https://{n}") })
                .collect(),
            filled: Difference {
                added: (0..30).map(|n| format!("[p{n}]")).collect(),
                removed: strings(&["[one]"]),
                moved: 0,
            },
            findings: Difference { added: vec!["note[x] line 1: y".to_owned(); 10], removed: Vec::new(), moved: 2 },
            html: 1,
            ..Changes::default()
        };
        let summary = changes.summary();
        assert_eq!(summary.len(), SHOWN + 1 + 2 + SHOWN + 1 + 2);
        assert_eq!(summary[0], format!("link removed: `{}…` -> https://0", "x".repeat(QUOTED)));
        assert_eq!(summary[SHOWN], "22 more links are new, gone or changed");
        assert_eq!(summary[SHOWN + 1], "placeholder removed: `[one]`");
        assert!(
            summary[SHOWN + 2].starts_with("placeholders added: `[p0]`, ") && summary[SHOWN + 2].ends_with(", 22 more")
        );
        assert_eq!(summary[2 * SHOWN + 3], "new finding: 2 more");
        assert_eq!(
            summary[2 * SHOWN + 4..],
            ["2 findings are now about other lines of the template", "HTML changed: 1 line"]
        );
    }
}
