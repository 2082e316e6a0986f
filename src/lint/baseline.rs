//! A baseline: findings that a team knows of and has postponed. They are hidden, so only new ones are reported.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::diagnostic::Diagnostic;
use crate::error::{Error, ErrorKind};
use crate::lint;
use crate::secret;
use crate::source::Source;

/// Known findings, which are hidden as long as they occur.
///
/// A finding is identified by its file, its rule and the text that it is about, so it may move to another line.
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
    /// How often each finding occurs.
    known: BTreeMap<FindingKey, usize>,
    /// How often each finding was hidden.
    hidden: BTreeMap<FindingKey, usize>,
    /// The files that were checked.
    seen: std::collections::BTreeSet<String>,
}

/// What identifies a finding.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct FindingKey {
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
    /// How many occurrences are gone.
    pub times: usize,
}

/// The file version that this program reads and writes.
const VERSION: u64 = 1;

/// How many characters of a finding's text are kept.
const TEXT_LIMIT: usize = 120;

#[derive(Serialize, Deserialize)]
#[serde(rename = "File")]
struct BaselineDocument {
    version: u64,
    findings: Vec<BaselineEntry>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename = "Row", deny_unknown_fields)]
struct BaselineEntry {
    path: String,
    rule: String,
    text: String,
    times: usize,
}

impl Baseline {
    /// Parses a baseline file; errors call it `name`.
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
        let file: BaselineDocument =
            serde_json::from_value(value).map_err(|error| wrong(format!("this baseline cannot be read: {error}")))?;
        let mut baseline = Baseline::default();
        for BaselineEntry { path, rule, text, times } in file.findings {
            let text = shown(&rule, text);
            *baseline.known.entry(FindingKey { path, rule, text }).or_default() += times;
        }
        Ok(baseline)
    }

    /// Adds the findings of a file.
    pub fn add(&mut self, path: &str, source: &Source, findings: &[Diagnostic]) {
        for finding in findings {
            *self.known.entry(key(path, source, finding)).or_default() += 1;
        }
    }

    /// The findings of a file that are not in the baseline.
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

    /// The known findings that no longer occur in the files that were checked.
    pub fn stale(&self) -> Vec<Stale> {
        let of_seen = self.known.iter().filter(|(key, _)| self.seen.contains(&key.path));
        of_seen
            .filter_map(|(key, &known)| {
                let times = known.saturating_sub(self.hidden.get(key).copied().unwrap_or(0));
                let FindingKey { path, rule, text } = key.clone();
                (times > 0).then_some(Stale { path, rule, text, times })
            })
            .collect()
    }

    /// How many findings the baseline holds.
    pub fn len(&self) -> usize {
        self.known.values().sum()
    }

    /// Whether the baseline holds no findings.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// The baseline as the text of a file.
    pub fn to_json(&self) -> String {
        let row = |(key, &times): (&FindingKey, &usize)| {
            let FindingKey { path, rule, text } = key.clone();
            BaselineEntry { path, rule, text, times }
        };
        let file = BaselineDocument { version: VERSION, findings: self.known.iter().map(row).collect() };
        let mut text = serde_json::to_string_pretty(&file).unwrap_or_default(); // serializing strings and numbers cannot fail
        text.push('\n');
        text
    }
}

/// The text of a finding without its secrets, even in a file of an earlier version of psalink, which did not mask them.
/// A finding about a secret is about its value only.
fn shown(rule: &str, text: String) -> String {
    let is_value = lint::SECRETS.contains(&rule) && !text.contains(['=', '@', '&', '[', '{']);
    if is_value { secret::mask_value(&text) } else { secret::masked(text) }
}

fn key(path: &str, source: &Source, finding: &Diagnostic) -> FindingKey {
    let text = source.quoted(finding.span);
    let text = text.char_indices().nth(TEXT_LIMIT).map_or(&*text, |(end, _)| &text[..end]);
    let text = shown(finding.rule, text.to_owned());
    FindingKey { path: path.to_owned(), rule: finding.rule.to_owned(), text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{SourceKind, Span};

    #[test]
    fn hides_as_many_as_it_knows_and_reports_what_is_gone() {
        let source = Source::from_text("a.html", "xx yy", SourceKind::Html);
        let at = |start| Diagnostic::warning("doubled-brackets", Span::new(start, start + 1), "");
        let mut baseline = Baseline::default();
        baseline.add("a.html", &source, &[at(0), at(3)]);
        let mut baseline = Baseline::parse("b", &baseline.to_json()).unwrap();
        assert_eq!(baseline.hide("a.html", &source, vec![at(0), at(1)]), [at(1)]);
        let stale = baseline.stale();
        assert_eq!((stale.len(), &*stale[0].text, stale[0].times), (1, "y", 1));
        // A file that was not checked tells us nothing.
        let mut other = Baseline::parse("b", &baseline.to_json()).unwrap();
        assert_eq!(other.hide("b.html", &source, vec![at(0)]), [at(0)]);
        assert!(other.stale().is_empty());
    }

    #[test]
    fn other_files_are_refused() {
        for (text, reason) in [
            ("{}", "no `version`"),
            ("[1", "not a psalink baseline"),
            ("{\"version\": 2}", "has version 2"),
            ("{\"version\": 1}", "missing field"),
            ("{\"version\": 1, \"findings\": [{\"path\": 1}]}", "invalid type"),
        ] {
            let error = Baseline::parse("psalink-baseline.json", text).unwrap_err().to_string();
            assert!(error.starts_with("`psalink-baseline.json`") && error.contains(reason), "{error}");
        }
    }
}
