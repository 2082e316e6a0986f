//! A template that was pasted: looked at, mended, expanded, and never stored.

use std::collections::BTreeMap;

use psalink::{Config, Error, LintConfig, Overrides, Safety, Session, Source, SourceKind, Template, edit, fix};
use serde::{Deserialize, Serialize};

use super::answer::{Answer, Problem};
use super::fix::{self as fixes, What};
use super::template;
use super::workbench::{View, Workbench};
use crate::tally::count;

/// What was pasted, and what is to be done with it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Pasted {
    pub subject: String,
    pub html: String,
    pub text: String,
    pub dialect: Option<String>,
    pub portal: Option<String>,
    pub host: Option<String>,
    pub client: Option<psalink::Client>,
    pub sample: Option<String>,
    pub values: BTreeMap<String, String>,
    pub fix: Option<Wish>,
    pub expand: bool,
}

/// `"none"`, `"safe"`, or one finding in one of the boxes.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Wish {
    Word(String),
    One { rule: String, file: String, line: usize, column: usize },
}

/// A pasted template, looked at.
#[derive(Debug, Serialize)]
pub struct Looked {
    #[serde(flatten)]
    answer: Answer,
    fixed: Boxes,
    /// What was done, in words.
    changes: Vec<String>,
    is_guessed: bool,
    looks_rendered: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
struct Boxes {
    subject: String,
    html: String,
    text: String,
}

const NAMES: [(&str, &str, SourceKind); 3] = [
    ("html", "HTML body", SourceKind::Html),
    ("text", "Text-only body", SourceKind::Text),
    ("subject", "Subject", SourceKind::Subject),
];

/// Looks at what was pasted, and does what the page asks for.
pub fn answer(workbench: &Workbench, pasted: Pasted) -> Result<Looked, Error> {
    let session = session(workbench, &pasted)?;
    let mut boxes = Boxes { subject: pasted.subject.clone(), html: pasted.html.clone(), text: pasted.text.clone() };
    let mut changes = Vec::new();
    let mut problem = None;
    let done = match &pasted.fix {
        Some(Wish::Word(word)) if word == "safe" => mend_all(&session, &mut boxes, &mut changes),
        Some(Wish::One { rule, file, line, column }) => {
            let what = What::One { rule: rule.clone(), line: *line, column: *column };
            mend_one(&session, &mut boxes, file, &what).map(|()| changes.push(format!("1 finding mended: {rule}")))
        }
        _ => Ok(()),
    };
    let done = done.and_then(|()| if pasted.expand { expand(&session, &mut boxes, &mut changes) } else { Ok(()) });
    if let Err(error) = done {
        problem = Some(Problem::of(&error));
    }
    let view = View {
        dialect: pasted.dialect.clone(),
        client: pasted.client,
        sample: pasted.sample.clone(),
        values: pasted.values.clone(),
        ..View::default()
    };
    let mut parser = session.parser();
    let mut answer = template::of(workbench, &session, &template_of(&boxes), &mut parser, &view, None)?;
    answer.problem = problem.or(answer.problem);
    Ok(Looked {
        is_guessed: pasted.dialect.is_none() && answer.dialect.is_some(),
        looks_rendered: looks_rendered(&pasted.html),
        answer,
        fixed: boxes,
        changes,
    })
}

/// The settings for what was pasted: those of the folder, and the word of the page.
fn session(workbench: &Workbench, pasted: &Pasted) -> Result<Session, Error> {
    let has_portal = pasted.portal.is_some() || pasted.host.is_some();
    let given = workbench.overrides();
    let overrides = Overrides {
        dialect: pasted.dialect.clone(),
        portal: if has_portal { pasted.portal.clone() } else { given.portal.clone() },
        host: if has_portal { pasted.host.clone() } else { given.host.clone() },
        client: pasted.client.or(given.client),
        ..given.clone()
    };
    let settings = workbench.settings();
    let mut config = match (&settings.config, settings.isolated) {
        (_, true) => Config::default(),
        (Some(path), _) => Config::read(path)?,
        (None, _) => match workbench.folder().and_then(Config::find) {
            Some(found) => Config::read_found(&found, &given.reading)?,
            None => Config::default(),
        },
    };
    // A template that was pasted may be of the other PSA than those of the folder.
    config.dialect = None;
    Session::new(config, overrides)
}

fn template_of(boxes: &Boxes) -> Template {
    let source = |text: &str, index: usize| {
        let (_, name, kind) = NAMES[index];
        (!text.trim().is_empty()).then(|| Source::from_text(name, text, kind).into())
    };
    let (html, text, subject) = (source(&boxes.html, 0), source(&boxes.text, 1), source(&boxes.subject, 2));
    let html =
        html.or_else(|| text.is_none().then(|| Source::from_text(NAMES[0].1, &boxes.html, SourceKind::Html).into()));
    Template { html, text, subject }
}

impl Boxes {
    fn of(&mut self, name: &str) -> Option<(&mut String, &'static str, SourceKind)> {
        let &(key, title, kind) = NAMES.iter().find(|(key, title, _)| *key == name || *title == name)?;
        let text = match key {
            "html" => &mut self.html,
            "text" => &mut self.text,
            _ => &mut self.subject,
        };
        Some((text, title, kind))
    }
}

fn mend_all(session: &Session, boxes: &mut Boxes, changes: &mut Vec<String>) -> Result<(), Error> {
    let mut rules: BTreeMap<&str, usize> = BTreeMap::new();
    for (key, ..) in NAMES {
        let Some((text, title, kind)) = boxes.of(key).filter(|(text, ..)| !text.is_empty()) else { continue };
        let mut parser = session.parser();
        let profile = session.profile(title, &LintConfig::default())?;
        let source = Source::from_text(title, text, kind);
        let fixed = fix(source, Safety::Safe, |source| session.check(source, &mut parser, &profile))?;
        *text = String::from_utf8_lossy(fixed.document.source().bytes()).into_owned();
        fixed.fixed.iter().for_each(|rule| *rules.entry(rule).or_default() += 1);
    }
    changes
        .extend(rules.iter().map(|(rule, times)| format!("{} mended: {rule}", count(*times, "finding", "findings"))));
    Ok(())
}

fn mend_one(session: &Session, boxes: &mut Boxes, file: &str, what: &What) -> Result<(), Error> {
    let Some((text, title, kind)) = boxes.of(file) else { return Ok(()) };
    let mut parser = session.parser();
    let profile = session.profile(title, &LintConfig::default())?;
    let source = Source::from_text(title, text, kind);
    let new = fixes::mended(source, what, |source| session.check(source, &mut parser, &profile))?;
    *text = String::from_utf8_lossy(&new).into_owned();
    Ok(())
}

/// Turns macros into links, as `psalink rewrite` does.
fn expand(session: &Session, boxes: &mut Boxes, changes: &mut Vec<String>) -> Result<(), Error> {
    let (mut expanded, mut corrected) = (0, 0);
    for (key, ..) in NAMES {
        let Some((text, title, kind)) = boxes.of(key).filter(|(text, ..)| !text.is_empty()) else { continue };
        let mut parser = session.parser();
        let document = session.parse(Source::from_text(title, text, kind), &mut parser)?;
        let rewritten = session.rewrite(&document, &mut parser)?;
        let new = edit::apply(document.source(), &rewritten.edits)?;
        *text = String::from_utf8_lossy(&new).into_owned();
        expanded += rewritten.expanded;
        corrected += rewritten.corrected;
    }
    for (times, one, many) in
        [(expanded, "macro became a link", "macros became links"), (corrected, "link put right", "links put right")]
    {
        if times > 0 {
            changes.push(count(times, one, many));
        }
    }
    Ok(())
}

/// Whether the HTML box holds text that was copied from a shown mail: no tag in it, and more than a line.
fn looks_rendered(html: &str) -> bool {
    let has_tag = html.contains("</") || html.contains("/>") || html.to_lowercase().contains("<br");
    !html.trim().is_empty() && !has_tag
}
