//! A pasted template: checked, fixed, made ready for the PSA, and never stored.

use std::collections::BTreeMap;

use psalink::config::LintConfig;
use psalink::lint::fix;
use psalink::lint::{ONLY_PSALINK, READY};
use psalink::session::{Finish, Overrides};
use psalink::source::edit;
use psalink::{Error, ErrorKind, Level, Safety, Session, Source, SourceKind, Template};
use serde::{Deserialize, Serialize};

use super::answer::{self, File, Problem, TemplateAnswer};
use super::fix::{self as fixes, FixChoice};
use super::patience;
use super::template;
use super::workbench::{View, Workbench};
use crate::panics;
use crate::wording::count;

/// What was pasted, and what to do with it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Pasted {
    pub subject: String,
    pub html: String,
    pub text: String,
    pub dialect: Option<String>,
    pub portal: Option<String>,
    pub host: Option<String>,
    pub client: Option<psalink::link::Client>,
    pub sample: Option<String>,
    pub values: BTreeMap<String, String>,
    pub fix: Option<PasteFix>,
    pub expand: bool,
    pub finish: Option<Least>,
}

/// The mildest level that keeps a template from being finished.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Least {
    Warning,
    Error,
}

/// `"none"`, `"safe"`, or one finding in one of the boxes.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum PasteFix {
    Word(String),
    One { rule: String, file: String, line: usize, column: usize },
}

/// The result for a pasted template.
#[derive(Debug, Serialize)]
pub struct Looked {
    #[serde(flatten)]
    answer: TemplateAnswer,
    fixed: Boxes,
    /// What was done, in words.
    changes: Vec<String>,
    /// Whether the content of the boxes can go into the PSA.
    is_finished: bool,
    /// What keeps it from that, in the files of the boxes.
    stops: Vec<File>,
    /// Why the request could not be carried out.
    refused: Option<Problem>,
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

/// Its name in messages.
const PASTED: &str = "the pasted template";

/// Checks what was pasted, and does what the page requests.
pub fn answer(workbench: &Workbench, pasted: Pasted) -> Result<Looked, Error> {
    let session = session(workbench, &pasted)?;
    let session = with_detected_psa(workbench, session, &pasted)?;
    let mut boxes = pasted.boxes();
    let (mut changes, mut stops, mut is_finished) = (Vec::new(), Vec::new(), false);
    let provoke = || [&pasted.subject, &pasted.html, &pasted.text].map(|text| panics::provoke(text.as_bytes()));
    let change = || {
        provoke();
        match (&pasted.finish, &pasted.fix) {
            (Some(least), _) => {
                stops = finish(&session, &mut boxes, *least, &mut changes)?;
                is_finished = stops.is_empty();
            }
            (_, Some(PasteFix::Word(word))) if word == "safe" => fix_all(&session, &mut boxes, &mut changes)?,
            (_, Some(PasteFix::One { rule, file, line, column })) => {
                let choice = FixChoice::One { rule: rule.clone(), line: *line, column: *column };
                fix_one(&session, &mut boxes, file, &choice)?;
                changes.push(format!("1 finding fixed: {rule}"));
            }
            _ => {}
        }
        if pasted.expand { expand(&session, &mut boxes, &mut changes) } else { Ok(()) }
    };
    let done = panics::caught(PASTED, change);
    let view = View {
        dialect: pasted.dialect.clone(),
        client: pasted.client,
        sample: pasted.sample.clone(),
        values: pasted.values.clone(),
        rules: rules(),
        ..View::default()
    };
    let check = || {
        provoke();
        template::of(workbench, &session, &template_of(&boxes), &mut session.rewriter(), &view, None)
    };
    let mut answer = panics::caught(PASTED, check).or_else(|error| match error.kind() {
        // What was pasted is kept, and so is the page.
        ErrorKind::Internal => {
            Ok(TemplateAnswer { problem: Some(Problem::of(&error)), client: "web", ..TemplateAnswer::default() })
        }
        _ => Err(error),
    })?;
    let help = Some("“Make ready and copy HTML” takes care of this, or says what is missing");
    answer.files.iter_mut().for_each(|file| set_help(file, help));
    stops.iter_mut().for_each(|file| set_help(file, None));
    Ok(Looked {
        is_guessed: pasted.dialect.is_none() && answer.dialect.is_some(),
        looks_rendered: looks_rendered(&pasted.html),
        is_finished,
        stops,
        refused: done.err().map(|error| Problem::of(&error)),
        answer,
        fixed: boxes,
        changes,
    })
}

/// Pasted content goes back into the PSA, so it is checked like `psalink lint --ready`.
fn rules() -> LintConfig {
    LintConfig { select: READY.iter().map(|rule| (*rule).to_owned()).collect(), ..LintConfig::default() }
}

/// This rule's help names commands; here a button on the page does the same.
fn set_help(file: &mut File, help: Option<&str>) {
    for finding in file.findings.iter_mut().filter(|finding| finding.rule == ONLY_PSALINK) {
        finding.help = help.map(str::to_owned);
    }
}

/// The settings for pasted content: those of the folder, changed by the page.
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
    workbench.session(overrides)
}

/// The session with the PSA detected from any of the boxes: a subject may have clues that a body lacks.
fn with_detected_psa(workbench: &Workbench, session: Session, pasted: &Pasted) -> Result<Session, Error> {
    if pasted.dialect.is_some() || [&pasted.text, &pasted.subject].iter().all(|text| text.trim().is_empty()) {
        return Ok(session);
    }
    let template = template_of(&pasted.boxes());
    let dialect = match session.settings_of(&template, &mut session.parser()) {
        Ok(settings) if settings.is_dialect_known => session.vocabulary().dialects()[settings.dialect].id.clone(),
        _ => return Ok(session), // a later step reports the problem
    };
    self::session(workbench, &Pasted { dialect: Some(dialect), ..pasted.clone() })
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

impl Pasted {
    fn boxes(&self) -> Boxes {
        Boxes { subject: self.subject.clone(), html: self.html.clone(), text: self.text.clone() }
    }
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

fn fix_all(session: &Session, boxes: &mut Boxes, changes: &mut Vec<String>) -> Result<(), Error> {
    let mut rules: BTreeMap<&str, usize> = BTreeMap::new();
    for (key, ..) in NAMES {
        let Some((text, title, kind)) = boxes.of(key).filter(|(text, ..)| !text.is_empty()) else { continue };
        let mut rewriter = session.rewriter();
        let profile = session.profile(title, &LintConfig::default())?;
        let source = Source::from_text(title, &*text, kind);
        let fixed = fix(source, Safety::Safe, |source| {
            patience::check()?;
            session.check(source, &mut rewriter, &profile)
        })?;
        *text = String::from_utf8_lossy(fixed.document.source().bytes()).into_owned();
        fixed.fixed.iter().for_each(|rule| *rules.entry(rule).or_default() += 1);
    }
    changes.extend(rules.iter().map(|(rule, times)| format!("{} fixed: {rule}", count(*times, "finding", "findings"))));
    Ok(())
}

fn fix_one(session: &Session, boxes: &mut Boxes, file: &str, choice: &FixChoice) -> Result<(), Error> {
    let Some((text, title, kind)) = boxes.of(file) else { return Ok(()) };
    let mut rewriter = session.rewriter();
    let profile = session.profile(title, &LintConfig::default())?;
    let source = Source::from_text(title, &*text, kind);
    let new = fixes::with_fixes(source, choice, |source| session.check(source, &mut rewriter, &profile))?;
    *text = String::from_utf8_lossy(&new).into_owned();
    Ok(())
}

/// Makes the template ready for the PSA. Returns what stops it, in which case the boxes are unchanged.
fn finish(session: &Session, boxes: &mut Boxes, least: Least, changes: &mut Vec<String>) -> Result<Vec<File>, Error> {
    let template = template_of(boxes);
    let least = match least {
        Least::Warning => Level::Warning,
        Least::Error => Level::Error,
    };
    match session.finish(&template, &mut session.rewriter(), &rules(), least)? {
        Finish::Stopped(stopped) => {
            let mut files = answer::files(&template, &stopped.findings);
            files.retain(|file| !file.findings.is_empty());
            Ok(files)
        }
        Finish::Done(finished) => {
            for (text, bytes) in [
                (&mut boxes.html, finished.html),
                (&mut boxes.text, finished.text),
                (&mut boxes.subject, finished.subject),
            ] {
                if let Some(bytes) = bytes {
                    *text = String::from_utf8_lossy(&bytes).into_owned();
                }
            }
            changes.extend(finished.work.words());
            Ok(Vec::new())
        }
    }
}

/// Expands macros to links, as `psalink rewrite` does.
fn expand(session: &Session, boxes: &mut Boxes, changes: &mut Vec<String>) -> Result<(), Error> {
    let (mut expanded, mut linked, mut corrected) = (0, 0, 0);
    for (key, ..) in NAMES {
        let Some((text, title, kind)) = boxes.of(key).filter(|(text, ..)| !text.is_empty()) else { continue };
        let mut rewriter = session.rewriter();
        let document = session.parse(Source::from_text(title, &*text, kind), &mut rewriter.parser)?;
        let rewritten = session.rewrite(&document, &mut rewriter)?;
        let new = edit::apply(document.source(), &rewritten.edits)?;
        *text = String::from_utf8_lossy(&new).into_owned();
        expanded += rewritten.expanded;
        linked += rewritten.linked;
        corrected += rewritten.corrected;
    }
    for (times, singular, plural) in [
        (expanded, "macro expanded to a link", "macros expanded to links"),
        (linked, "ticket number linked", "ticket numbers linked"),
        (corrected, "link corrected", "links corrected"),
    ] {
        if times > 0 {
            changes.push(count(times, singular, plural));
        }
    }
    Ok(())
}

/// Whether the HTML box contains text copied from a displayed message: more than one line, without any tags.
fn looks_rendered(html: &str) -> bool {
    let has_tag = html.contains("</") || html.contains("/>") || html.to_lowercase().contains("<br");
    !html.trim().is_empty() && !has_tag
}
