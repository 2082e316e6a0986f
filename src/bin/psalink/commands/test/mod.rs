//! `psalink test`: fills each template with each sample, and compares the messages with the recorded ones.
//!
//! ```text
//! Job --mail::made--> [TestedMail], each compared with its record --settle--> shown, recorded, or left for review
//!    records without a template --tidy--> listed or deleted
//! ```

mod counts;
mod mail;
mod mode;
mod settle;
mod tidy;

use std::collections::BTreeSet;
use std::path::Path;

use psalink::render::Sample;
use psalink::snapshot::check_names;
use psalink::{Error, ErrorKind};

use self::counts::Counts;
use self::mail::{RecordState, TestedMail, made};
use self::mode::TestMode;
use self::settle::{check_filter, settle};
use self::tidy::tidy;
use crate::args::TestArgs;
use crate::atomic_write;
use crate::console::{Console, Status};
use crate::inputs::input::{Found, InputOrigin};
use crate::inputs::mails;
use crate::inputs::workspace::Workspace;
use crate::paths::show;
use crate::wording::{count, psa_not_known};
use crate::workers::Workers;

pub fn run(args: &TestArgs, console: &mut Console) -> Result<Status, Error> {
    let mode = TestMode::of(args)?;
    let (status, counts, mode) = compare_all(args, mode, console)?;
    match counts.line(&mode) {
        Some(summary) if console.quiet && status > Status::Clean => console.say(&format!("{summary}\n")),
        Some(summary) => console.inform(&summary),
        None => {}
    }
    Ok(status)
}

/// Records the messages of a folder that were never recorded. Returns how many there were, and the status.
pub fn record_new(folder: &Path, console: &mut Console) -> Result<(usize, Status), Error> {
    let mut args = TestArgs::default();
    args.templates.paths.push(folder.to_owned());
    let (status, counts, _) = compare_all(&args, TestMode::New, console)?;
    // Differences from existing records do not matter here.
    Ok((counts.recorded, if status == Status::Failed { status } else { Status::Clean }))
}

/// Fills in the templates, and handles the messages that do not match their records.
fn compare_all(args: &TestArgs, mode: TestMode, console: &mut Console) -> Result<(Status, Counts, TestMode), Error> {
    let templates = args.templates.or_here();
    if templates.paths.iter().any(|path| path.as_os_str() == "-") {
        let detail = "a message from standard input cannot be recorded; name the file instead";
        return Err(Error::new(ErrorKind::Usage, detail));
    }
    let workspace = Workspace::open(templates, &args.templates.overrides(), &[], false)?;
    let Workspace { sessions, found, .. } = &workspace;
    if let Some(pipe) = found.inputs.iter().find(|input| matches!(input.origin, InputOrigin::Stdin(_))) {
        let detail = "a message from a pipe cannot be recorded; save the template as a file, and name that file";
        return Err(Error::new(ErrorKind::Usage, detail).at(&*pipe.name));
    }
    workspace.say_errors(console);
    let bodies = recorded_bodies(found)?;
    let samples = mails::samples(&args.samples, sessions, true)?;
    let mode = mode.with_values(&args.samples, sessions)?;

    let workers = Workers::new(&workspace);
    let mut counts = Counts::default();
    let all = fill(&workers, &bodies, &samples, &mut counts, console)?;
    check_names(all.iter().map(|mail| &mail.name))?;
    if let TestMode::Accept(filter) = &mode
        && !all.is_empty()
    {
        check_filter(filter, &all)?;
    }
    if !matches!(mode, TestMode::Check(_)) {
        let folders: BTreeSet<&Path> = all.iter().filter_map(|mail| mail.path.parent()).collect();
        folders.into_iter().for_each(atomic_write::sweep);
    }
    settle(&mode, &all, &mut counts, console);
    say_unknown_psa(&workspace, &all, console);
    let mut status = workspace.status();
    // If a template could not be filled in, its records are kept.
    if found.errors.is_empty() && counts.failed == 0 {
        status = status.max(tidy(args, &workspace.args.paths, found, &all, console)?);
    }
    if bodies.is_empty() && status == Status::Clean {
        status = workspace.finish_empty("nothing to test", console);
    }
    if counts.changed + counts.new > 0 {
        status = status.max(Status::Found);
    }
    if counts.unreadable + counts.failed + counts.unwritten > 0 {
        status = Status::Failed;
    }
    Ok((status, counts, mode))
}

/// Reports which templates do not say their PSA, and are filled in with the values of one anyway.
fn say_unknown_psa(workspace: &Workspace, all: &[TestedMail], console: &mut Console) {
    let unknown = all.iter().filter(|mail| !mail.is_psa_known && !matches!(mail.state, RecordState::Same));
    let inputs: BTreeSet<usize> = unknown.map(|mail| mail.input).collect();
    let Some(&first) = inputs.first() else { return };
    let input = &workspace.found.inputs[first];
    let unknown_psa = psa_not_known(workspace.sessions.get(input.settings, 0).vocabulary());
    let more = match inputs.len() {
        1 => String::new(),
        many => format!(" and {}", count(many - 1, "other template", "other templates")),
    };
    console.inform(&format!("the PSA of `{}`{more} is {unknown_psa}", show(Path::new(&input.name))));
}

/// The inputs whose messages are recorded; a text-only body is recorded with its HTML body.
fn recorded_bodies(found: &Found) -> Result<Vec<usize>, Error> {
    let mut bodies = mails::bodies(found);
    for &index in &bodies {
        let input = &found.inputs[index];
        if let Some(html) = mails::html_of(input).filter(|_| input.named) {
            let detail = format!(
                "this is the text-only body of `{}` and is recorded with it; name that file instead",
                show(&html)
            );
            return Err(Error::new(ErrorKind::Usage, detail).at(&*input.name));
        }
    }
    bodies.retain(|&index| mails::html_of(&found.inputs[index]).is_none());
    Ok(bodies)
}

/// Fills each template with each sample, for each dialect on the command line.
fn fill(
    workers: &Workers<'_>,
    bodies: &[usize],
    samples: &[Vec<Sample>],
    counts: &mut Counts,
    console: &mut Console,
) -> Result<Vec<TestedMail>, Error> {
    let jobs = workers.jobs_of(bodies);
    let bar = console.start_bar(jobs.len());
    let mut all = Vec::new();
    workers.each(
        &jobs,
        |worker, job| made(workers, worker, job, samples),
        |_, error| Err(error),
        |_, made| {
            bar.inc(1);
            match made {
                Ok(mails) => all.extend(mails),
                Err(error) => {
                    console.error(&error);
                    counts.failed += 1;
                }
            }
        },
    )?;
    console.end_bar();
    Ok(all)
}
