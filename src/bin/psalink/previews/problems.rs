//! What is wrong with a rendered mail, each thing said once.

use std::collections::{BTreeMap, HashSet};

use psalink::Level;
use psalink::render::{LeftReason, Rendered};
use psalink::vocabulary::Dialect;

/// What a person should know of some mails made of one template, each thing once.
#[derive(Default)]
pub struct Problems {
    said: HashSet<(ProblemKind, String)>,
    /// How many things of each kind were printed, how many more there are, and how bad these are at worst.
    kinds: BTreeMap<ProblemKind, (usize, usize, Option<Level>)>,
}

/// What is wrong with a rendered mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProblemKind {
    Empty,
    PlainText,
    Link,
    Breaking,
    Left,
}

impl ProblemKind {
    /// What is said of those that are not printed.
    fn more(self, count: usize) -> String {
        let (one, many) = match self {
            ProblemKind::Empty | ProblemKind::PlainText => ("remark", "remarks"),
            ProblemKind::Link => ("link does not work", "links do not work"),
            ProblemKind::Breaking => {
                ("placeholder breaks out of its attribute", "placeholders break out of their attributes")
            }
            ProblemKind::Left => ("placeholder is left as it is", "placeholders are left as they are"),
        };
        format!("{} more {}; `--verbose` shows all", count, if count == 1 { one } else { many })
    }
}

impl Problems {
    /// Whether something was not said yet and is to be printed; what holds for every sample is said once.
    pub fn is_new(&mut self, kind: ProblemKind, what: String, level: Level, most: usize) -> bool {
        if !self.said.insert((kind, what)) {
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

    /// What is not printed of each kind.
    pub fn cut(&self) -> impl Iterator<Item = (Level, String)> {
        self.kinds.iter().filter_map(|(kind, (_, more, worst))| Some(((*worst)?, kind.more(*more))))
    }
}

/// Hears of a problem: its kind, what it is about, how bad it is, and what makes its text.
type Hear<'a> = dyn FnMut(ProblemKind, String, Level, &dyn Fn() -> String) + 'a;

/// Looks through a rendered mail, and gives every problem to `found`: its kind, what it is about, how bad it is, and its
/// text, which takes time to make.
pub fn each_problem(mail: &Rendered, dialect: &Dialect, language: &str, found: &mut Hear<'_>) {
    if mail.is_empty() {
        found(ProblemKind::Empty, String::new(), Level::Warning, &|| {
            "the mail is empty: its reader would see nothing".to_owned()
        });
    }
    if mail.is_text_plain {
        found(ProblemKind::PlainText, String::new(), Level::Note, &|| {
            "the mail is too large or too deep to lay out as text, so its text-only body is its words one after the other, \
             hidden ones too; if your readers need more, write one yourself (NAME.txt)"
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
                "the value of `{token}` breaks out of the attribute that it stands in; put the attribute into double quotes, \
                 and let no placeholder that brings HTML stand in one"
            )
        });
    }
    for left in &mail.left {
        let level = if left.reason.is_mistake() { Level::Warning } else { Level::Note };
        found(ProblemKind::Left, format!("{} {}", left.text, left.reason.message()), level, &|| {
            let name = left.text.trim_start_matches('[').trim_end_matches(']');
            let known = dialect.find(name).and_then(|known| dialect.placeholder(known).replacement(name));
            let near = || dialect.nearest(name, language).map(|near| near.name);
            let why = match known.or_else(near).filter(|_| left.reason == LeftReason::Misspelt) {
                Some(right) => format!("no placeholder has this name; did you mean `[{right}]`?"),
                None => left.reason.message().to_owned(),
            };
            format!("`{}` is left as it stands: {why}", left.text)
        });
    }
}
