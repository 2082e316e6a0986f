//! What is wrong with a rendered message, each problem reported once.

use std::collections::{BTreeMap, HashSet};

use psalink::Level;
use psalink::nearest::did_you_mean;
use psalink::render::{LeftReason, Rendered};
use psalink::vocabulary::Dialect;

/// The problems of the messages of one template, each reported once.
#[derive(Default)]
pub struct Problems {
    reported: HashSet<(ProblemKind, String)>,
    /// For each kind: how many problems were printed, how many were not, and the worst level of those.
    kinds: BTreeMap<ProblemKind, (usize, usize, Option<Level>)>,
}

/// A kind of problem in a rendered message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProblemKind {
    Empty,
    PlainText,
    Link,
    Breaking,
    Left,
}

impl ProblemKind {
    /// The line about the problems that are not printed.
    fn more(self, count: usize) -> String {
        let (singular, plural) = match self {
            ProblemKind::Empty | ProblemKind::PlainText => ("note", "notes"),
            ProblemKind::Link => ("link does not work", "links do not work"),
            ProblemKind::Breaking => {
                ("placeholder breaks out of its attribute", "placeholders break out of their attributes")
            }
            ProblemKind::Left => ("placeholder is not filled in", "placeholders are not filled in"),
        };
        format!("{} more {}; use `--verbose` to show all", count, if count == 1 { singular } else { plural })
    }
}

impl Problems {
    /// Whether a problem has not been reported and should be printed; a problem in every sample is reported once.
    pub fn is_new(&mut self, kind: ProblemKind, subject: String, level: Level, most: usize) -> bool {
        if !self.reported.insert((kind, subject)) {
            return false;
        }
        let (printed, more, worst) = self.kinds.entry(kind).or_default();
        if *printed < most {
            *printed += 1;
            return true;
        }
        *more += 1;
        *worst = (*worst).max(Some(level));
        false
    }

    /// How many problems of each kind are not printed.
    pub fn cut(&self) -> impl Iterator<Item = (Level, String)> {
        self.kinds.iter().filter_map(|(kind, (_, more, worst))| Some(((*worst)?, kind.more(*more))))
    }
}

/// Receives a problem: its kind, what it is about, its level, and a function for its text.
type Hear<'a> = dyn FnMut(ProblemKind, String, Level, &dyn Fn() -> String) + 'a;

/// Passes every problem of a rendered message to `found`: its kind, what it is about, its level, and a function for its
/// text, which takes time to build.
pub fn each_problem(mail: &Rendered, dialect: &Dialect, language: &str, found: &mut Hear<'_>) {
    if mail.is_empty() {
        found(ProblemKind::Empty, String::new(), Level::Warning, &|| "the message is empty".to_owned());
    }
    if mail.is_text_plain {
        found(ProblemKind::PlainText, String::new(), Level::Note, &|| {
            "the message is too large or too deeply nested to lay out as text, so its text-only body is only its words, \
             including hidden ones; if readers need more, write a text-only body (NAME.txt)"
                .to_owned()
        });
    }
    for link in &mail.links {
        if let Some(problem) = &link.problem {
            let text = || format!("the link `{}` does not work: {problem}", link.url);
            found(ProblemKind::Link, text(), Level::Error, &text);
        }
    }
    for token in &mail.breaking {
        found(ProblemKind::Breaking, token.clone(), Level::Warning, &|| {
            format!(
                "the value of `{token}` breaks out of its attribute; put the attribute in double quotes, and do not use \
                 placeholders for HTML in attributes"
            )
        });
    }
    for left in &mail.left {
        let level = if left.reason.is_mistake() { Level::Warning } else { Level::Note };
        found(ProblemKind::Left, format!("{} {}", left.text, left.reason.message()), level, &|| {
            let name = left.text.trim_start_matches('[').trim_end_matches(']');
            let known = dialect.find(name).and_then(|known| dialect.placeholder(known).replacement(name));
            let near = || dialect.nearest(name, language).map(|near| near.name);
            let reason = match known.or_else(near).filter(|_| left.reason == LeftReason::Misspelt) {
                Some(right) => {
                    format!("there is no placeholder with this name; {}", did_you_mean(&format!("[{right}]")))
                }
                None => left.reason.message().to_owned(),
            };
            format!("`{}` is not filled in: {reason}", left.text)
        });
    }
}
