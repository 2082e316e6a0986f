//! Findings that a team knows of and has put off: a file that hides them, so that only new ones show.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::diagnostic::Diagnostic;
use crate::error::{Error, ErrorKind};
use crate::lint;
use crate::secret;
use crate::source::Source;

/// Findings that are hidden as long as they occur.
///
/// A finding is known by its file, its rule and the text that it is about, so that it may move to another line.
///
/// ```
/// use psalink::lint::Baseline;
/// use psalink::{Diagnostic, Source, SourceKind, Span};
/// let source = Source::from_text("mail.html", "<p>[[srnumber]]</p>", SourceKind::Html);
/// let finding = || Diagnostic::warning("doubled-brackets", Span::new(3, 15), "two pairs of brackets");
/// let mut baseline = Baseline::default();
/// baseline.add("mail.html", &source, &[finding()]);
/// let text = baseline.to_json();
/// let mut read = Baseline::parse("psalink-baseline.json", &text)?;
/// assert!(read.hide("mail.html", &source, vec![finding()]).is_empty());
/// assert!(read.stale().is_empty());
/// # Ok::<(), psalink::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    /// How often each occurs.
    known: BTreeMap<Key, usize>,
    /// How often each was hidden.
    hidden: BTreeMap<Key, usize>,
    /// The files that were looked at.
    seen: std::collections::BTreeSet<String>,
}

/// What a finding is known by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    path: String,
    rule: String,
    text: String,
}

/// A known finding that no longer occurs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stale {
    /// The file.
    pub path: String,
    /// The rule.
    pub rule: String,
    /// The text that it was about.
    pub text: String,
    /// How many of them are gone.
    pub times: usize,
}

/// The version of the file that this program writes and reads.
const VERSION: u64 = 1;

/// Characters of a finding's text that are kept.
const TEXT_LIMIT: usize = 120;

#[derive(Serialize, Deserialize)]
struct File {
    version: u64,
    findings: Vec<Row>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    path: String,
    rule: String,
    text: String,
    times: usize,
}

impl Baseline {
    /// Reads a file; `name` is what errors call it.
    ///
    /// # Errors
    ///
    /// The file is not a psalink baseline, or has another version.
    pub fn parse(name: &str, text: &str) -> Result<Baseline, Error> {
        let wrong = |detail: String| Error::new(ErrorKind::Config, detail).at(name);
        let value: serde_json::Value =
            serde_json::from_str(text).map_err(|error| wrong(format!("this is not a psalink baseline: {error}")))?;
        match value.get("version").and_then(serde_json::Value::as_u64) {
            Some(VERSION) => {}
            Some(other) => {
                return Err(wrong(format!(
                    "this baseline has version {other}, and this psalink reads version {VERSION}; create it again \
                     with `--write-baseline`"
                )));
            }
            None => return Err(wrong("this is not a psalink baseline: it has no `version`".to_owned())),
        }
        let file: File =
            serde_json::from_value(value).map_err(|error| wrong(format!("this baseline cannot be read: {error}")))?;
        let mut baseline = Baseline::default();
        for Row { path, rule, text, times } in file.findings {
            let text = shown(&rule, text);
            *baseline.known.entry(Key { path, rule, text }).or_default() += times;
        }
        Ok(baseline)
    }

    /// Adds the findings of a file.
    pub fn add(&mut self, path: &str, source: &Source, findings: &[Diagnostic]) {
        for finding in findings {
            *self.known.entry(key(path, source, finding)).or_default() += 1;
        }
    }

    /// The findings of a file that are not known.
    pub fn hide(&mut self, path: &str, source: &Source, findings: Vec<Diagnostic>) -> Vec<Diagnostic> {
        self.seen.insert(path.to_owned());
        if self.known.is_empty() {
            return findings;
        }
        let is_new = |finding: &Diagnostic| {
            let key = key(path, source, finding);
            let known = self.known.get(&key).copied().unwrap_or(0);
            let hidden = self.hidden.entry(key).or_default();
            *hidden += 1;
            *hidden > known
        };
        findings.into_iter().filter(is_new).collect()
    }

    /// The known findings of the files that were looked at which no longer occur.
    pub fn stale(&self) -> Vec<Stale> {
        let of_seen = self.known.iter().filter(|(key, _)| self.seen.contains(&key.path));
        of_seen
            .filter_map(|(key, &known)| {
                let times = known.saturating_sub(self.hidden.get(key).copied().unwrap_or(0));
                let Key { path, rule, text } = key.clone();
                (times > 0).then_some(Stale { path, rule, text, times })
            })
            .collect()
    }

    /// How many findings it knows.
    pub fn len(&self) -> usize {
        self.known.values().sum()
    }

    /// Whether it knows none.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// The file.
    pub fn to_json(&self) -> String {
        let row = |(key, &times): (&Key, &usize)| {
            let Key { path, rule, text } = key.clone();
            Row { path, rule, text, times }
        };
        let file = File { version: VERSION, findings: self.known.iter().map(row).collect() };
        let mut text = serde_json::to_string_pretty(&file).unwrap_or_default(); // strings and numbers always can
        text.push('\n');
        text
    }
}

/// The text of a finding without its secrets, also where it is of a file of an earlier psalink, which did not mask them. A
/// finding about a secret is about the value alone.
fn shown(rule: &str, text: String) -> String {
    let is_value = lint::SECRETS.contains(&rule) && !text.contains(['=', '@', '&', '[', '{']);
    if is_value { secret::mask_value(&text) } else { secret::masked(text) }
}

fn key(path: &str, source: &Source, finding: &Diagnostic) -> Key {
    let text = source.quoted(finding.span);
    let text = text.char_indices().nth(TEXT_LIMIT).map_or(&*text, |(end, _)| &text[..end]);
    let text = shown(finding.rule, text.to_owned());
    Key { path: path.to_owned(), rule: finding.rule.to_owned(), text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{SourceKind, Span};

    #[test]
    fn hides_as_many_as_it_knows_and_tells_what_is_gone() {
        let source = Source::from_text("a.html", "xx yy", SourceKind::Html);
        let at = |start| Diagnostic::warning("doubled-brackets", Span::new(start, start + 1), "");
        let mut baseline = Baseline::default();
        baseline.add("a.html", &source, &[at(0), at(3)]);
        let mut baseline = Baseline::parse("b", &baseline.to_json()).unwrap();
        assert_eq!(baseline.hide("a.html", &source, vec![at(0), at(1)]), [at(1)]);
        let stale = baseline.stale();
        assert_eq!((stale.len(), &*stale[0].text, stale[0].times), (1, "y", 1));
        // A file that was not looked at says nothing.
        let mut other = Baseline::parse("b", &baseline.to_json()).unwrap();
        assert_eq!(other.hide("b.html", &source, vec![at(0)]), [at(0)]);
        assert!(other.stale().is_empty());
    }

    #[test]
    fn other_files_are_refused() {
        for (text, why) in [
            ("{}", "no `version`"),
            ("[1", "not a psalink baseline"),
            ("{\"version\": 2}", "has version 2"),
            ("{\"version\": 1}", "missing field"),
            ("{\"version\": 1, \"findings\": [{\"path\": 1}]}", "invalid type"),
        ] {
            let error = Baseline::parse("psalink-baseline.json", text).unwrap_err().to_string();
            assert!(error.starts_with("`psalink-baseline.json`") && error.contains(why), "{error}");
        }
    }
}
