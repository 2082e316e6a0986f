//! How a mail differs from the recorded one, in words and as a diff.

use std::collections::HashMap;

use super::links::LinkDifference;

/// Statements of one kind that a summary makes; who gets more reads the diff.
const SHOWN: usize = 8;

/// Characters of one quotation in a summary.
const QUOTED: usize = 120;

/// How a mail differs from the recorded one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Someone other than psalink wrote in the recorded mail.
    pub is_edited: bool,
    /// The bytes of the mail are those that psalink recorded, whatever was edited since.
    pub is_mail_same: bool,
    /// The subject before and after, where it changed.
    pub subject: Option<(Option<String>, Option<String>)>,
    /// What happened to links, the worst first.
    pub links: Vec<LinkDifference>,
    /// Placeholders that the sample fills.
    pub filled: Difference,
    /// What is left as it is in the template, with the reason.
    pub left: Difference,
    /// What the rules find.
    pub findings: Difference,
    /// Whether the text was, and is, made of the HTML, where that changed.
    pub text_made: Option<(bool, bool)>,
    /// How many lines of the text part changed.
    pub text: usize,
    /// Whether there was, and is, an HTML body, where that changed.
    pub has_html: Option<(bool, bool)>,
    /// How many lines of the HTML changed.
    pub html: usize,
    /// Sections whose entries only changed their order.
    pub reordered: Vec<&'static str>,
    /// Only line ends changed, or something else that the lines of a text do not show.
    pub is_hidden: bool,
    /// A password or a token in a link changed, or line ends; the record shows neither.
    pub is_secret: bool,
    /// The file of the recorded mail contains a password or a token in full.
    pub is_unmasked: bool,
    /// The diff, without a head.
    pub(super) hunks: String,
}

/// What came to a list and what went.
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
    /// What differs between two lists, whatever their order. Entries that `alike` makes equal have only moved.
    pub(super) fn of(old: &[String], new: &[String], alike: impl Fn(&str) -> String) -> Difference {
        let (removed, added) = difference(old, new, |entry| entry.clone());
        let (gone, come) = difference(&removed, &added, |entry| alike(entry));
        let moved = removed.len() - gone.len();
        Difference { added: come, removed: gone, moved }
    }

    /// Whether nothing differs.
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
        Some(left @ 1..) => {
            *left -= 1;
            false
        }
        _ => true,
    };
    let removed: Vec<String> = old.iter().filter(&mut take).cloned().collect();
    // What is left over of each comes last in the new list.
    let mut added: Vec<String> = new
        .iter()
        .rev()
        .filter(|entry| match times.get_mut(&key(entry)) {
            Some(left @ 1..) => {
                *left -= 1;
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
    /// What changed, in short sentences, the most important first.
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
            many => lines.push(format!("{many} findings are now about other lines of the template")),
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

    /// The diff of the recorded mail and the new one; empty where their lines are the same. `name` is the file of the
    /// recorded mail.
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
fn list(lines: &mut Vec<String>, one: &str, many: &str, names: &[String]) {
    if names.is_empty() {
        return;
    }
    let mut list: Vec<String> = names.iter().take(SHOWN).map(|name| quote(name)).collect();
    if names.len() > SHOWN {
        list.push(format!("{} more", names.len() - SHOWN));
    }
    let what = if names.len() == 1 { one } else { many };
    lines.push(format!("{what}: {}", list.join(", ")));
}

/// A line for each.
fn each(lines: &mut Vec<String>, what: &str, entries: &[String]) {
    lines.extend(entries.iter().take(SHOWN).map(|entry| format!("{what}: {}", short(entry))));
    if entries.len() > SHOWN {
        lines.push(format!("{what}: {} more", entries.len() - SHOWN));
    }
}

fn quote(text: &str) -> String {
    format!("`{}`", short(text))
}

/// As much of a text as helps in a summary.
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
