//! What the pages get about a template: its files with their findings, the message, its links and values.

use psalink::source::hex;
use std::collections::{HashMap, HashSet};

use psalink::compose::Mapped;
use psalink::error::Missing;
use psalink::render::{Rendered, Sample};
use psalink::report::MOST;
use psalink::secret::mask;
use psalink::vocabulary::{Dialect, ValueKind};
use psalink::{Diagnostic, Error, Level, Safety, Source, SourceKind, Span, Template, Vocabulary};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

/// Everything about one template.
#[derive(Debug, Default, Serialize)]
pub struct TemplateAnswer {
    pub path: String,
    pub dialect: Option<String>,
    pub client: &'static str,
    pub sample: String,
    pub files: Vec<File>,
    pub problem: Option<Problem>,
    pub mail: Option<Mail>,
    pub values: Vec<Value>,
    pub snapshot: Option<Snapshot>,
    /// What is worth knowing about a file that was written.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// Why a template has no message.
#[derive(Debug, Serialize)]
pub struct Problem {
    pub message: String,
    pub file: Option<String>,
    pub line: Option<usize>,
    pub column: Option<usize>,
    /// What is missing, if a field on a page can provide it: `portal` or `psa`.
    pub asks: Option<&'static str>,
}

/// A file of a template, or one that it was composed from.
#[derive(Debug, Serialize)]
pub struct File {
    pub name: String,
    pub kind: &'static str,
    pub text: String,
    pub hash: String,
    pub can_fix: bool,
    pub findings: Vec<Finding>,
    /// Findings that are only counted; fixes include them.
    pub cut: Vec<Cut>,
}

/// Places of one rule in one file that the page counts but does not show.
#[derive(Debug, Default, Serialize)]
pub struct Cut {
    pub rule: &'static str,
    pub count: usize,
    pub error: usize,
    pub warning: usize,
    pub note: usize,
    /// How many of them have a safe fix.
    pub safe: usize,
}

/// A finding, with its place as editors count.
#[derive(Debug, Serialize)]
pub struct Finding {
    pub id: usize,
    pub rule: &'static str,
    pub level: &'static str,
    pub message: String,
    pub notes: Vec<String>,
    pub help: Option<String>,
    pub start: LinePosition,
    pub end: LinePosition,
    pub fix: Option<Fix>,
}

/// A line counted from 1, and a column counted from 0 in UTF-16 units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct LinePosition {
    pub line: usize,
    pub column: usize,
}

#[derive(Debug, Serialize)]
pub struct Fix {
    pub title: String,
    pub safety: &'static str,
}

#[derive(Debug, Serialize)]
pub struct Mail {
    pub id: String,
    pub subject: Option<String>,
    pub has_html: bool,
    pub html: Option<String>,
    pub text: String,
    pub is_text_made: bool,
    pub links: Vec<Link>,
    pub left: Vec<Left>,
}

#[derive(Debug, Serialize)]
pub struct Link {
    pub text: String,
    pub url: String,
    /// Whether a password or token in it is masked; such an address is useless to copy.
    pub is_masked: bool,
    pub is_portal: bool,
    pub problem: Option<String>,
}

#[derive(Debug, Serialize)]
pub struct Left {
    pub text: String,
    pub reason: &'static str,
    pub is_mistake: bool,
}

/// A placeholder of the template, and its value.
#[derive(Debug, Serialize)]
pub struct Value {
    pub token: String,
    pub means: Vec<String>,
    pub kind: ValueKind,
    pub value: Option<String>,
    /// Whether the page itself set the value.
    pub is_set: bool,
}

#[derive(Debug, Serialize)]
pub struct Snapshot {
    pub state: &'static str,
    pub summary: Vec<String>,
    pub diff: String,
    pub old: String,
    pub new: String,
    pub problem: Option<String>,
}

impl Problem {
    pub fn of(error: &Error) -> Problem {
        let place = error.place();
        Problem {
            message: error.problem().to_owned(),
            file: error.path().map(str::to_owned),
            line: place.map(|(line, _)| line),
            column: place.map(|(_, column)| column),
            asks: error.missing().map(|missing| match missing {
                Missing::Portal => "portal",
                Missing::Dialect => "psa",
            }),
        }
    }
}

impl File {
    /// A file as the page shows it, without findings.
    pub fn of(source: &Source, kind: &'static str, can_fix: bool) -> File {
        let text = source.text(Span::new(0, source.bytes().len()));
        File {
            name: source.name().to_owned(),
            kind,
            text: text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned(),
            hash: hash(source),
            can_fix: can_fix && source.can_write().is_ok(),
            findings: Vec::new(),
            cut: Vec::new(),
        }
    }
}

impl File {
    /// Counts a finding that is not shown.
    fn cut(&mut self, finding: &Diagnostic) {
        let known = self.cut.iter().position(|cut| cut.rule == finding.rule);
        let index = known.unwrap_or_else(|| {
            self.cut.push(Cut { rule: finding.rule, ..Cut::default() });
            self.cut.len() - 1
        });
        let cut = &mut self.cut[index];
        cut.count += 1;
        *match finding.level {
            Level::Error => &mut cut.error,
            Level::Warning => &mut cut.warning,
            Level::Note => &mut cut.note,
        } += 1;
        cut.safe += usize::from(finding.fix.as_ref().is_some_and(|fix| fix.safety == Safety::Safe));
    }
}

/// A hash of a file, so that a page cannot change what it has not seen.
pub fn hash(source: &Source) -> String {
    hex(&Sha256::digest(source.to_disk(source.bytes().to_vec()))[..16])
}

/// The files of a template with their findings. Sources and layouts can only be changed by a person.
pub fn files(template: &Template, findings: &[Mapped]) -> Vec<File> {
    let mut files: Vec<File> = Vec::new();
    for file in template.files() {
        let kind = match file.source.kind() {
            SourceKind::Html => "html",
            SourceKind::Text => "text",
            SourceKind::Subject => "subject",
        };
        match &file.origins {
            None => files.push(File::of(&file.source, kind, true)),
            Some(origins) => {
                for used in origins.files() {
                    if !files.iter().any(|known| known.name == used.name()) {
                        let kind = if used.name() == file.source.name() { kind } else { "layout" };
                        files.push(File::of(used, kind, false));
                    }
                }
            }
        }
    }
    let mut times: HashMap<(usize, &str), usize> = HashMap::new();
    for (id, Mapped { source, finding }) in findings.iter().enumerate() {
        let known = files.iter().position(|file| file.name == source.name());
        let index = known.unwrap_or_else(|| {
            files.push(File::of(source, "composed", false));
            files.len() - 1
        });
        let before = times.entry((index, finding.rule)).or_default();
        *before += 1;
        if *before <= MOST { files[index].findings.push(shown(id, source, finding)) } else { files[index].cut(finding) }
    }
    files
}

/// A finding as the page shows it.
fn shown(id: usize, source: &Source, finding: &Diagnostic) -> Finding {
    let safety = |safety: Safety| match safety {
        Safety::Safe => "safe",
        Safety::Suggested => "suggested",
        Safety::Shown => "shown",
    };
    Finding {
        id,
        rule: finding.rule,
        level: finding.level.name(),
        message: finding.message.to_string(),
        notes: finding.notes().iter().map(|note| note.to_string()).collect(),
        help: finding.help.as_deref().map(str::to_owned),
        start: place(source, finding.span.start as usize),
        end: place(source, finding.span.end as usize),
        fix: finding
            .fix
            .as_ref()
            .filter(|fix| !fix.edits.is_empty())
            .map(|fix| Fix { title: fix.title.to_string(), safety: safety(fix.safety) }),
    }
}

/// The position of a byte of a source, as an editor counts.
pub fn place(source: &Source, offset: usize) -> LinePosition {
    let at = source.position(offset);
    // An editor does not show a byte order mark.
    let has_mark = at.line == 1 && source.bytes().starts_with(b"\xEF\xBB\xBF");
    LinePosition { line: at.line, column: (at.column_utf16 - 1).saturating_sub(usize::from(has_mark)) }
}

impl Mail {
    pub fn of(rendered: &Rendered, id: String) -> Mail {
        Mail {
            id,
            subject: rendered.subject.clone(),
            has_html: rendered.html.is_some(),
            html: rendered.html.clone(),
            text: rendered.text.clone(),
            is_text_made: rendered.is_text_made,
            links: rendered
                .links
                .iter()
                .map(|link| Link {
                    text: mask(&link.text).into_owned(),
                    is_masked: mask(&link.url) != link.url,
                    url: mask(&link.url).into_owned(),
                    is_portal: link.is_portal,
                    problem: link.problem.clone(),
                })
                .collect(),
            left: rendered
                .left
                .iter()
                .map(|left| Left {
                    text: mask(&left.text).into_owned(),
                    reason: left.reason.message(),
                    is_mistake: left.reason.is_mistake(),
                })
                .collect(),
        }
    }
}

/// The placeholders of a message with their values; `set` names those that the page set.
pub fn values<'a>(
    rendered: &Rendered,
    sample: &Sample,
    vocabulary: &Vocabulary,
    dialect: &Dialect,
    set: impl Iterator<Item = &'a String>,
) -> Vec<Value> {
    let set: HashSet<&String> = set.collect();
    let left = rendered.left.iter().filter(|left| !left.reason.is_mistake()).map(|left| &left.text);
    let mut values = Vec::new();
    for token in rendered.filled.iter().chain(left) {
        let name = token.trim_start_matches('[').trim_end_matches(']');
        let placeholder = dialect.find(name).map(|known| dialect.placeholder(known));
        let means = placeholder.map(|placeholder| placeholder.means.clone()).unwrap_or_default();
        values.push(Value {
            kind: placeholder.map_or(ValueKind::Text, |placeholder| placeholder.kind),
            value: sample.value(vocabulary, dialect, name).map(str::to_owned),
            is_set: set.contains(token) || means.iter().any(|meaning| set.contains(meaning)),
            means,
            token: token.clone(),
        });
    }
    values
}

#[cfg(test)]
mod tests {
    use psalink::session::Overrides;
    use psalink::{Config, Session};

    use super::*;

    #[test]
    fn advice_is_about_the_page() {
        for (config, html, expected) in [
            ("dialect: connectwise\n", "<p>[dd:ticket]", ("no link can be written", Some("portal"))),
            ("portal: acme\n", "<p>[dd:ticket]", ("no placeholder that shows which", Some("psa"))),
        ] {
            let session = Session::new(Config::parse("psalink.yaml", config).unwrap(), Overrides::default()).unwrap();
            let template = Template::of(Source::from_text("a.html", html, SourceKind::Html));
            let error = session.ready(&template, &mut session.rewriter()).unwrap_err();
            let problem = Problem::of(&error);
            assert!(problem.message.ends_with(expected.0), "{}", problem.message);
            assert_eq!(problem.asks, expected.1);
        }
    }
}
