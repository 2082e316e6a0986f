//! One template: its files, its message filled in with a sample, and how that compares with its record.

use std::path::Path;

use psalink::compose::Mapped;
use psalink::link::Client;
use psalink::render::{Ready, Rendered, Sample, render_traced};
use psalink::snapshot::{self, Comparison, Record, SnapshotName};
use psalink::source::Reading;
use psalink::{Error, ErrorKind, Rewriter, Session, Span, Template};

use super::answer::{self, Mail, Problem, Snapshot, TemplateAnswer};
use super::mail;
use super::opened::{check_inside, reading_of};
use super::patience;
use super::workbench::{View, Workbench};
use crate::atomic_write::{self, Before, lock};
use crate::inputs::input::Input;
use crate::panics;
use crate::paths::real_path;
use crate::records::finding_lines;

/// Everything about a template, as a page wants to see it.
pub fn answer(workbench: &Workbench, view: View) -> Result<TemplateAnswer, Error> {
    let opened = workbench.open(view.dialect.as_deref(), view.client)?;
    opened.with(&view.path, |session, template, rewriter, input| match template {
        Ok(template) => {
            let render = || of(workbench, session, &template, rewriter, &view, Some(input));
            panics::caught(&input.name, render).or_else(|error| match error.kind() {
                ErrorKind::Internal => Ok(broken(&view, input, &error, session)),
                _ => Err(error),
            })
        }
        Err(error) => Ok(broken(&view, input, &error, session)),
    })
}

/// Records the current message of a template.
pub fn accept(workbench: &Workbench, view: View) -> Result<TemplateAnswer, Error> {
    let opened = workbench.open(view.dialect.as_deref(), view.client)?;
    let notes = opened.with(&view.path, |session, template, rewriter, input| {
        if !view.values.is_empty() {
            let detail =
                "only messages with unchanged sample values can be recorded; reset the values that you typed first";
            return Err(Error::new(ErrorKind::Usage, detail));
        }
        let template = template?;
        let findings = findings(session, &template, rewriter, &view)?;
        let ready = session.ready(&template, rewriter)?;
        let sample = sample(session, &view)?;
        let rendered = psalink::render::render(&ready, &sample, &mut rewriter.parser);
        let (name, record) = record(rewriter, &ready, input, &sample, &rendered, &findings);
        let path = name.path();
        check_inside(session.reading(), &path)?;
        let folder = Path::new(&input.name).parent().unwrap_or(Path::new(""));
        let real = real_path(&path);
        let _lock = lock::take_for_file(&real)?;
        patience::check()?; // what was reported as given up must not be written later
        let old = session.reading().of_records().read(&path).ok();
        let before = Before::read(old.as_deref());
        let notes = atomic_write::replace_inside(folder, &path, record.to_file().as_bytes(), before)?;
        atomic_write::check_no_late_save(&path)?;
        let pending = snapshot::pending(&path);
        check_inside(session.reading(), &pending)?;
        let _ = std::fs::remove_file(pending); // usually there is none
        Ok(notes)
    })?;
    let result = answer(workbench, view)?;
    Ok(TemplateAnswer { notes: notes.lines().map(str::to_owned).collect(), ..result })
}

/// Everything about a template that was read; `input` says where it is, if it is a file.
pub fn of(
    workbench: &Workbench,
    session: &Session,
    template: &Template,
    rewriter: &mut Rewriter<'_>,
    view: &View,
    input: Option<&Input>,
) -> Result<TemplateAnswer, Error> {
    let mut result = TemplateAnswer {
        path: view.path.clone(),
        client: match view.client.or(workbench.overrides().client).or(session.config().client).unwrap_or_default() {
            Client::Web => "web",
            Client::Desktop => "desktop",
        },
        ..TemplateAnswer::default()
    };
    let found = match findings(session, template, rewriter, view) {
        Ok(found) => found,
        Err(error) => {
            result.problem = Some(Problem::of(&error));
            Vec::new()
        }
    };
    patience::check()?;
    result.files = answer::files(template, &found);
    let mut sample = sample(session, view)?;
    result.sample = sample.name().to_owned();
    for (key, value) in &view.values {
        sample.set(&format!("{key}={value}"), session.vocabulary())?;
    }
    // The PSA can be detected even if a portal is still missing.
    if let Ok(settings) = session.settings_of(template, &mut rewriter.parser)
        && settings.is_dialect_known
    {
        result.dialect = Some(rewriter.vocabulary().dialects()[settings.dialect].id.clone());
    }
    let ready = match session.ready(template, rewriter) {
        Ok(ready) => ready,
        Err(error) => {
            result.problem.get_or_insert(Problem::of(&error));
            return Ok(result);
        }
    };
    let vocabulary = rewriter.vocabulary();
    let dialect = &vocabulary.dialects()[ready.settings.dialect];
    patience::check()?;
    let (rendered, trace) = render_traced(&ready, &sample, &mut rewriter.parser);
    patience::check()?;
    result.values = answer::values(&rendered, &sample, vocabulary, dialect, view.values.keys());
    let html = template.html.as_ref();
    let shift = html.map_or(0, |file| if file.source.bytes().starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 });
    let place = |at: usize| {
        let file = html?;
        let offset = ready.origin(trace.origin(at)) + shift;
        let (source, offset) = match &file.origins {
            None => (&file.source, offset),
            Some(origins) => {
                let origin = origins.origin(Span::new(offset, offset + 1))?;
                (origin.source, origin.span.start as usize)
            }
        };
        let index = result.files.iter().position(|known| known.name == source.name())?;
        Some((index, source.position(offset).line))
    };
    let marked = rendered.html.as_deref().map(|html| mail::marked(html, place));
    result.mail = Some(Mail::of(&rendered, workbench.mails().keep(marked.unwrap_or_default())?));
    if let Some(input) = input.filter(|_| view.values.is_empty()) {
        let (name, record) = record(rewriter, &ready, input, &sample, &rendered, &found);
        let path = name.path();
        result.snapshot = Some(compared(&path, &record, session.reading()));
    }
    Ok(result)
}

/// What can be shown of a template that cannot be composed.
fn broken(view: &View, input: &Input, error: &Error, session: &Session) -> TemplateAnswer {
    let mut result = TemplateAnswer {
        path: view.path.clone(),
        dialect: view.dialect.clone(),
        client: "web",
        sample: view.sample.clone().unwrap_or_default(),
        problem: Some(Problem::of(error)),
        ..TemplateAnswer::default()
    };
    let names = [Some(input.name.as_str()), error.path()];
    for name in names.into_iter().flatten() {
        let Ok(bytes) = reading_of(session, &input.name, name).read(Path::new(name)) else { continue };
        let Ok(source) = psalink::Source::read(name, bytes, input.kind, Some("utf-8")) else { continue };
        if !result.files.iter().any(|known| known.name == name) {
            result.files.push(answer::File::of(&source, if name == input.name { "html" } else { "layout" }, false));
        }
    }
    result
}

fn sample(session: &Session, view: &View) -> Result<Sample, Error> {
    session.sample(view.sample.as_deref().unwrap_or("standard"))
}

fn findings(
    session: &Session,
    template: &Template,
    rewriter: &mut Rewriter<'_>,
    view: &View,
) -> Result<Vec<Mapped>, Error> {
    let profile = session.profile(template.name(), &view.rules)?;
    session.check_template(template, rewriter, &profile)
}

/// What would be recorded of a message, and where.
fn record(
    rewriter: &Rewriter<'_>,
    ready: &Ready,
    input: &Input,
    sample: &Sample,
    rendered: &Rendered,
    findings: &[Mapped],
) -> (SnapshotName, Record) {
    let dialect = rewriter.vocabulary().dialects()[ready.settings.dialect].id.clone();
    let name = SnapshotName::new(Path::new(&input.name), &dialect, sample.name());
    let record = Record {
        template: input.name.clone(),
        dialect,
        sample: sample.name().to_owned(),
        rendered: rendered.clone(),
        findings: finding_lines(findings, &input.name),
    };
    (name, record)
}

fn compared(path: &Path, record: &Record, reading: &Reading) -> Snapshot {
    let mut result = Snapshot {
        state: "new",
        summary: Vec::new(),
        diff: String::new(),
        old: String::new(),
        new: record.body(),
        problem: None,
    };
    let may_open = check_inside(reading, path);
    match may_open.and_then(|()| snapshot::Snapshot::read_found(path, reading)) {
        Ok(None) => {}
        Err(error) => (result.state, result.problem) = ("broken", Some(error.to_string())),
        Ok(Some(old)) => {
            result.old = old.body().to_owned();
            match snapshot::compare(&old, record) {
                Comparison::Same => result.state = "same",
                Comparison::Changed(changes) => {
                    result.state = "changed";
                    result.summary = changes.summary();
                    result.diff = changes.diff(&path.display().to_string());
                }
            }
        }
    }
    result
}
