//! The folder: its templates, and the findings in each.

use std::collections::BTreeMap;
use std::path::Path;

use psalink::compose::Mapped;
use psalink::config::LintConfig;
use psalink::secret::mask;
use psalink::{Error, Level};
use serde::Serialize;

use super::answer::Problem;
use super::opened::Opened;
use super::patience::Patience;
use super::workbench::Workbench;
use crate::inputs::input::Input;
use crate::inputs::mails;
use crate::paths::show;
use crate::workers::{Job, Worker, Workers};

/// What the start page shows.
#[derive(Debug, Default, Serialize)]
pub struct Project {
    root: Option<String>,
    version: u64,
    dialects: Vec<Named>,
    samples: Vec<String>,
    portal: Option<String>,
    send: Send,
    /// A problem that keeps the whole folder from being shown, such as invalid settings.
    problem: Option<Problem>,
    templates: Vec<MessageRow>,
}

/// Whether previews can be sent, and to whom without confirmation.
#[derive(Debug, Default, Serialize)]
struct Send {
    is_set_up: bool,
    from: Option<String>,
    allow: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Named {
    id: String,
    title: String,
}

/// One message of the folder.
#[derive(Debug, Default, Serialize)]
struct MessageRow {
    path: String,
    folder: String,
    name: String,
    dialect: Option<String>,
    psa: Option<String>,
    subject: Option<String>,
    errors: usize,
    warnings: usize,
    notes: usize,
    rules: BTreeMap<&'static str, usize>,
    problem: Option<String>,
}

/// The folder as it is now.
pub fn answer(workbench: &Workbench) -> Result<Project, Error> {
    let mut project = Project { version: workbench.version(), ..Project::default() };
    let builtin = psalink::Vocabulary::builtin();
    let named = |dialect: &psalink::vocabulary::Dialect| Named { id: dialect.id.clone(), title: dialect.title.clone() };
    project.dialects = builtin.dialects().iter().map(named).collect();
    project.samples = psalink::render::BUILT_IN_SAMPLES.map(|(name, _)| name.to_owned()).to_vec();
    let Some(folder) = workbench.folder() else {
        project.problem = workbench.problem().as_ref().map(Problem::of);
        return Ok(project);
    };
    project.root = Some(show(folder));
    let mut opened = match workbench.open(None, None) {
        Ok(opened) => opened,
        Err(error) => {
            project.problem = Some(Problem::of(&error));
            return Ok(project);
        }
    };
    project.problem = opened.problem().as_ref().map(Problem::of);
    if let Some(index) = opened.workspace.found.inputs.first().map(|input| input.settings) {
        let session = opened.workspace.sessions.get(index, 0);
        project.portal = session.host().map(str::to_owned);
        let send = &session.config().send;
        project.send = Send {
            is_set_up: send.from.is_some() && send.smtp.host.is_some(),
            from: send.from.clone(),
            allow: send.allow.clone(),
        };
        project.dialects = session.vocabulary().dialects().iter().map(named).collect();
        if let Ok(names) = session.sample_names() {
            project.samples = names;
        }
    }
    let workers = Workers::new(&opened.workspace);
    let bodies = mails::bodies(&opened.workspace.found);
    let jobs: Vec<Job> = bodies.into_iter().map(|input| Job { input, dialect: 0 }).collect();
    let patience = Patience::current();
    let input = |job: Job| &opened.workspace.found.inputs[job.input];
    workers.each(
        &jobs,
        |worker, job| patience.check().map(|()| row(&opened, &workers, worker, job, folder)),
        |job, error| Ok(MessageRow { problem: Some(error.to_string()), ..MessageRow::of(input(job), folder) }),
        |_, row| project.templates.extend(row.ok()),
    )?;
    patience.check()?;
    Ok(project)
}

impl MessageRow {
    /// Locates a message, without reading its content.
    fn of(input: &Input, root: &Path) -> MessageRow {
        let path = Path::new(&input.name);
        let folder = path.parent().map(|folder| folder.strip_prefix(root).unwrap_or(folder)).unwrap_or(Path::new(""));
        MessageRow {
            path: input.name.clone(),
            folder: show(folder).trim_start_matches("./").trim_matches('.').to_owned(),
            name: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            ..MessageRow::default()
        }
    }
}

fn row<'a>(opened: &Opened, workers: &Workers<'a>, worker: &mut Worker<'a>, job: Job, root: &Path) -> MessageRow {
    let input = &workers.found.inputs[job.input];
    let mut row = MessageRow::of(input, root);
    let mut check = || -> Result<Vec<Mapped>, Error> {
        let template = opened.template(workers, worker, job)?;
        let session = workers.session(job);
        let rewriter = workers.rewriter(&mut worker.rewriters, job);
        let profile = session.profile(&input.name, &LintConfig::default())?;
        let findings = session.check_template(&template, rewriter, &profile)?;
        if let Ok(settings) = session.settings_of(&template, &mut rewriter.parser)
            && settings.is_dialect_known
        {
            let dialect = &rewriter.vocabulary().dialects()[settings.dialect];
            (row.dialect, row.psa) = (Some(dialect.id.clone()), Some(dialect.title.clone()));
        }
        // Even without a known portal, there are findings.
        match session.ready(&template, rewriter) {
            Ok(ready) => {
                row.subject = ready
                    .subject
                    .as_ref()
                    .map(|subject| mask(String::from_utf8_lossy(subject.source().bytes()).trim()).into_owned());
            }
            Err(error) => row.problem = Some(error.to_string()),
        }
        Ok(findings)
    };
    match check() {
        Err(error) => row.problem = Some(error.to_string()),
        Ok(findings) => {
            for Mapped { finding, .. } in findings {
                match finding.level {
                    Level::Error => row.errors += 1,
                    Level::Warning => row.warnings += 1,
                    Level::Note => row.notes += 1,
                }
                *row.rules.entry(finding.rule).or_default() += 1;
            }
        }
    }
    row
}
