//! What happened to the links of a message since it was recorded.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;

use super::body::RecordedLink;

/// A change to a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkDifference {
    /// It no longer works, or fails for another reason.
    Broken {
        /// What the reader sees.
        text: String,
        /// Where it leads.
        url: String,
        /// Why it does not work.
        problem: String,
    },
    /// It was removed.
    Removed {
        /// What the reader saw.
        text: String,
        /// Where it led.
        url: String,
    },
    /// It leads elsewhere.
    Url {
        /// What the reader sees.
        text: String,
        /// Where it led.
        from: String,
        /// Where it leads.
        to: String,
    },
    /// It shows something else.
    Text {
        /// Where it leads.
        url: String,
        /// What the reader saw.
        from: String,
        /// What the reader sees.
        to: String,
    },
    /// It is new.
    Added {
        /// What the reader sees.
        text: String,
        /// Where it leads.
        url: String,
        /// Why it does not work.
        problem: Option<String>,
    },
    /// It works again.
    Fixed {
        /// What the reader sees.
        text: String,
        /// Where it leads.
        url: String,
        /// Why it did not work.
        problem: String,
    },
}

/// The changes, worst first; none if only the order of the links changed.
pub(super) fn differences(old: &[RecordedLink], new: &[RecordedLink]) -> Vec<LinkDifference> {
    let mut pairs = Pairs { old, new, is_old_free: vec![true; old.len()], partners: vec![None; new.len()] };
    pairs.find(|link| link);
    pairs.find(|link| (&link.text, &link.url));
    pairs.find(|link| &link.text);
    pairs.find(|link| &link.url);

    let mut found = Vec::new();
    for (partner, link) in pairs.partners.iter().zip(new) {
        let RecordedLink { text, url, problem } = link.clone();
        let Some(before) = partner.map(|partner| &old[partner]) else {
            found.push(LinkDifference::Added { text, url, problem });
            continue;
        };
        let from = before.clone();
        match (problem, from.problem) {
            (Some(problem), was) if was.as_ref() != Some(&problem) => {
                found.push(LinkDifference::Broken { text: text.clone(), url: url.clone(), problem });
            }
            (None, Some(problem)) => {
                found.push(LinkDifference::Fixed { text: text.clone(), url: url.clone(), problem })
            }
            _ => {}
        }
        if url != from.url {
            found.push(LinkDifference::Url { text, from: from.url, to: url });
        } else if text != from.text {
            found.push(LinkDifference::Text { url, from: from.text, to: text });
        }
    }
    let gone = old.iter().zip(&pairs.is_old_free).filter(|(_, is_free)| **is_free);
    found.extend(gone.map(|(link, _)| LinkDifference::Removed { text: link.text.clone(), url: link.url.clone() }));
    found.sort_by_key(rank);
    found
}

fn rank(difference: &LinkDifference) -> usize {
    match difference {
        LinkDifference::Broken { .. } => 0,
        LinkDifference::Removed { .. } => 1,
        LinkDifference::Url { .. } => 2,
        LinkDifference::Text { .. } => 3,
        LinkDifference::Added { .. } => 4,
        LinkDifference::Fixed { .. } => 5,
    }
}

/// Which recorded link became which new one.
struct Pairs<'a> {
    old: &'a [RecordedLink],
    new: &'a [RecordedLink],
    is_old_free: Vec<bool>,
    partners: Vec<Option<usize>>,
}

impl<'a> Pairs<'a> {
    /// Pairs links that have something in common and are not paired yet, in order.
    fn find<K: Hash + Eq>(&mut self, key: impl Fn(&'a RecordedLink) -> K) {
        let mut free: HashMap<K, VecDeque<usize>> = HashMap::new();
        for (index, link) in self.old.iter().enumerate().filter(|(index, _)| self.is_old_free[*index]) {
            free.entry(key(link)).or_default().push_back(index);
        }
        for (partner, link) in self.partners.iter_mut().zip(self.new).filter(|(partner, _)| partner.is_none()) {
            *partner = free.get_mut(&key(link)).and_then(VecDeque::pop_front);
            if let Some(old) = *partner {
                self.is_old_free[old] = false;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn links(list: &[(&str, &str, Option<&str>)]) -> Vec<RecordedLink> {
        let link = |&(text, url, problem): &(&str, &str, Option<&str>)| RecordedLink {
            text: text.to_owned(),
            url: url.to_owned(),
            problem: problem.map(str::to_owned),
        };
        list.iter().map(link).collect()
    }

    #[test]
    fn pairs_what_belongs_together() {
        let old = links(&[
            ("View", "https://a", None),
            ("View", "https://a", None),
            ("Reply", "https://b", None),
            ("Help", "https://c", None),
            ("Site", "https://d", Some("no such host")),
            ("Chat", "https://e", None),
        ]);
        let new = links(&[
            ("Chat", "https://e", Some("token left")),
            ("View", "https://a", None),
            ("Reply", "https://b2", None),
            ("Support", "https://c", None),
            ("Site", "https://d", None),
            ("New", "https://n", Some("bad")),
        ]);
        let s = str::to_owned;
        assert_eq!(
            differences(&old, &new),
            [
                LinkDifference::Broken { text: s("Chat"), url: s("https://e"), problem: s("token left") },
                LinkDifference::Removed { text: s("View"), url: s("https://a") },
                LinkDifference::Url { text: s("Reply"), from: s("https://b"), to: s("https://b2") },
                LinkDifference::Text { url: s("https://c"), from: s("Help"), to: s("Support") },
                LinkDifference::Added { text: s("New"), url: s("https://n"), problem: Some(s("bad")) },
                LinkDifference::Fixed { text: s("Site"), url: s("https://d"), problem: s("no such host") },
            ]
        );
        let mut turned = old.clone();
        turned.reverse();
        assert_eq!(differences(&old, &turned), []);
    }

    #[test]
    fn many_links_take_no_time() {
        let list = |end: &str| -> Vec<RecordedLink> {
            let link = |n: usize| RecordedLink { text: "x".into(), url: format!("https://{n}{end}"), problem: None };
            (0..50_000).map(link).collect()
        };
        assert_eq!(differences(&list(""), &list("/new")).len(), 50_000);
    }
}
