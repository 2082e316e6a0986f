//! The settings that apply to each template, for `--show-settings`.

use psalink::Error;
use psalink::visible::visible;

use super::job::LintRun;
use crate::console::{Console, Status};
use crate::inputs::input::Input;
use crate::panics;
use crate::paths::show as show_path;
use crate::wording::psa_not_known;
use crate::workers::{Job, Worker};

/// Prints the settings of each template.
pub fn show(run: &LintRun<'_>, jobs: &[Job], console: &mut Console) -> Result<Status, Error> {
    let mut worker = Worker::default();
    let mut status = Status::Clean;
    for &job in jobs {
        let input = &run.workers.found.inputs[job.input];
        match panics::caught(&input.name, || of(run, &mut worker, job, input)) {
            Ok(text) => console.list(&text),
            Err(error) => {
                console.error(&error);
                worker = Worker::default();
                status = Status::Failed;
            }
        }
    }
    Ok(status)
}

fn of<'a>(run: &LintRun<'a>, worker: &mut Worker<'a>, job: Job, input: &Input) -> Result<String, Error> {
    let session = run.workers.session(job);
    let profile = session.profile(&input.name, &run.choice)?;
    let (bytes, _) = run.workers.read(input, &mut worker.memory)?;
    let (source, _) = run.workers.source(job, bytes)?;
    let parser = &mut run.workers.rewriter(&mut worker.rewriters, job).parser;
    let document = session.parse(source, parser)?;
    let settings = session.settings(&document, parser)?;
    let dialect = match settings.is_dialect_known {
        true => parser.vocabulary().dialects()[settings.dialect].id.clone(),
        false => psa_not_known(parser.vocabulary()),
    };
    let config = session.config().path().map_or_else(|| "none".to_owned(), show_path);
    let or_none = |text: &Option<String>| text.clone().unwrap_or_else(|| "none".to_owned());
    let audience = settings.audience.map_or("not set", |audience| match audience {
        psalink::document::Audience::Customer => "customer",
        psalink::document::Audience::Internal => "internal",
    });
    let rules: Vec<&str> = profile.names().collect();
    Ok(format!(
        "{}\n  settings: {config}\n  encoding: {}\n  dialect: {}\n  language: {}\n  portal: {}\n  allowed hosts: {}\n  client: {}\n  context: {}\n  audience: {audience}\n  rules: {}\n",
        visible(&input.name),
        document.source().encoding(),
        dialect,
        settings.language,
        or_none(&settings.host),
        if settings.allowed_hosts.is_empty() { "none".to_owned() } else { settings.allowed_hosts.join(", ") },
        match settings.client {
            psalink::link::Client::Web => "web",
            psalink::link::Client::Desktop => "desktop",
        },
        or_none(&settings.context),
        rules.join(", "),
    ))
}
