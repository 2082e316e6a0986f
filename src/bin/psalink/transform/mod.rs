//! A run that changes templates: reads each one, does its work, and writes the result where the user wants it.
//!
//! ```text
//! Job --Operation::changes--> Changes --Operation::output--> bytes --Destination--> files, a diff, or standard output
//! ```

pub mod destination;
mod job;
pub mod link_report;
pub mod operation;
pub mod placing;
pub mod portal;
mod summary;

use std::fs;
use std::path::{Path, PathBuf};

use indicatif::ProgressBar;
use psalink::Error;
use psalink::report::{full, links};
use psalink::session::Overrides;

use self::destination::{Destination, Targets};
use self::job::TransformRun;
use self::link_report::LinkReport;
use self::operation::Operation;
use self::summary::TransformSummary;
use crate::args::{OutputArgs, TemplateArgs};
use crate::atomic_write;
use crate::atomic_write::lock::{self, Lock};
use crate::composed::Reported;
use crate::console::{Console, Status};
use crate::in_place::InPlace;
use crate::inputs::input::Found;
use crate::inputs::workspace::Workspace;
use crate::panics;
use crate::paths::show;
use crate::wording::count;
use crate::workers::{Job, Workers};

/// Points users of `rewrite` to the command that does the rest.
const READY_HINT: &str = "before you paste a template into your PSA, run `psalink ready`: it also makes the safe fixes, removes \
                          what only psalink understands, and checks the result";

/// What the command line asks for.
pub struct Request<'a> {
    pub operation: Operation,
    pub templates: &'a TemplateArgs,
    pub output: &'a OutputArgs,
    /// Where the table of all links goes.
    pub report: Option<&'a Path>,
    pub overrides: Overrides,
}

pub fn run(order: &Request<'_>, console: &mut Console) -> Result<Status, Error> {
    let Request { operation, templates, output, .. } = order;
    let report = order.report.map(LinkReport::new).transpose()?;
    // A backup folder is recognized by its content; one that contains templates must not be mistaken for one.
    let outputs: Vec<&Path> = [output.output.as_deref(), order.report].into_iter().flatten().collect();
    let is_mirrored = output.output.is_some();
    let mut workspace = Workspace::open((*templates).clone(), &order.overrides, &outputs, is_mirrored)?;
    operation.prepare(&workspace.sessions)?;
    if let Some(report) = &report {
        report.check()?;
    }
    let destination = Destination::of(output, &workspace.found, workspace.sessions.dialects().len())?;
    let left_out = operation.leave_sources(&destination, output.diff, &mut workspace.found);
    let dialects: Vec<Option<&str>> = match workspace.sessions.dialects() {
        [_] => vec![None],
        several => several.iter().map(|overrides| overrides.dialect.as_deref()).collect(),
    };
    let targets = match Targets::settle(&destination, &workspace.found, &dialects) {
        Ok(targets) => targets,
        Err(errors) => {
            errors.iter().for_each(|error| console.error(error));
            return Ok(Status::Failed);
        }
    };
    if let Destination::File(path) = &destination {
        atomic_write::check_file(path)?;
    }
    workspace.say_errors(console);
    if left_out > 0 {
        console.inform(&operation.sources_left_out(left_out));
    }
    if console.verbose {
        say_settings(&workspace, console);
    }
    let workers = Workers::new(&workspace);
    let run = TransformRun {
        operation,
        has_report: report.is_some(),
        destination: &destination,
        workers: &workers,
        targets: &targets,
        dialects: &dialects,
        in_place: None,
        quiet: console.quiet,
        verbose: console.verbose,
        style: console.style,
        colored_out: console.colored_out,
    };
    let status = transform_all(run, order, report.as_ref(), workspace.status(), console)?;
    // The program is about to exit, which frees thousands of small pieces faster than one by one.
    std::mem::forget(workspace);
    Ok(status)
}

/// Runs every job, and returns the status.
fn transform_all(
    run: TransformRun<'_>,
    order: &Request<'_>,
    report: Option<&LinkReport<'_>>,
    mut status: Status,
    console: &mut Console,
) -> Result<Status, Error> {
    let TransformRun { operation, destination, workers, dialects, .. } = run;
    let found = workers.found;
    let jobs = workers.jobs();
    let bar = console.start_bar(jobs.len());
    if *operation == Operation::Rewrite
        && let Some(error) = run.portal_is_missing(&jobs)?
    {
        console.end_bar();
        console.error(&error);
        return Ok(Status::Failed);
    }
    let in_place = match destination {
        Destination::InPlace => Some(InPlace::begin(found, &order.templates.paths, order.output.backup.as_deref())?),
        _ => None,
    };
    let run = TransformRun { in_place: in_place.as_ref(), ..run };
    let lock = prepare_targets(destination, found, dialects, !jobs.is_empty())?;
    let (rows, summaries) = do_jobs(&run, &jobs, &bar, console)?;
    console.end_bar();

    if report.is_some_and(|report| !report.write_or_say(&rows, console)) {
        status = Status::Failed;
    }
    let all = say_summaries(&run, summaries, console);
    if *destination == Destination::Diff && !order.output.diff && all.changed > 0 {
        console.inform(
            "nothing was written; use `-o DIR` to write the new templates to another folder, or `--in-place` to \
             overwrite them",
        );
    }
    if *operation == Operation::Rewrite && all.problems + all.not_for_psa > 0 {
        console.inform(READY_HINT);
    }
    if let Some(note) = lock.note() {
        console.inform(note);
    }
    if let Some(in_place) = in_place {
        in_place.finish(console);
        if all.written > 0 {
            operation.say_what_is_left(found, workers.sessions, console);
        }
    }
    let is_diff = matches!(destination, Destination::Diff | Destination::Check) && all.changed > 0;
    if all.problems > 0 || is_diff {
        status = status.max(Status::Found);
    }
    if all.failed > 0 {
        status = Status::Failed;
    }
    Ok(status)
}

/// Runs every job. Returns the rows of the report, and what was done for each dialect.
fn do_jobs(
    run: &TransformRun<'_>,
    jobs: &[Job],
    bar: &ProgressBar,
    console: &mut Console,
) -> Result<(Vec<links::Row>, Vec<TransformSummary>), Error> {
    let lost = run.workers.found.errors.iter().filter_map(|error| error.path().map(|path| links::failed(path, error)));
    let mut rows: Vec<links::Row> = lost.collect();
    let mut summaries = vec![TransformSummary::default(); run.dialects.len()];
    let mut current_dialect = None;
    let mut reported = Reported::default();
    run.workers.each(
        jobs,
        |worker, job| run.job(worker, job),
        |job, error| run.failed(job, &error),
        |job, mut done| {
            bar.inc(1);
            for (source, findings) in reported.new_ones(std::mem::take(&mut done.mapped)) {
                let tell = || {
                    run.tell(&source, &findings, &mut done.messages, &mut done.summary);
                    Ok(())
                };
                if let Err(error) = panics::caught(source.name(), tell) {
                    done.messages.push_str(&full::write_error(&error, run.style));
                    done.summary.failed += 1;
                }
            }
            if let Some(dialect) = run.dialects[job.dialect]
                && current_dialect != Some(dialect)
                && !done.messages.is_empty()
            {
                current_dialect = Some(dialect);
                console.say(&format!("for {dialect}:\n\n"));
            }
            console.say(&done.messages);
            match run.destination {
                Destination::Show => console.document(&done.result),
                _ => console.result(&done.result),
            }
            rows.extend(done.rows);
            summaries[job.dialect].add(done.summary);
        },
    )?;
    Ok((rows, summaries))
}

/// Reports what was done for each dialect, and returns the total.
fn say_summaries(run: &TransformRun<'_>, summaries: Vec<TransformSummary>, console: &mut Console) -> TransformSummary {
    let found = run.workers.found;
    let mut all = TransformSummary::default();
    for (summary, dialect) in summaries.into_iter().zip(run.dialects) {
        if found.inputs.is_empty() && !(found.errors.is_empty() && found.nothing.is_empty()) {
            break; // problems have already been reported
        }
        let of = dialect.map(|dialect| format!("{dialect}: ")).unwrap_or_default();
        let line = format!("{of}{}", summary.line(run.operation, run.destination, *dialect));
        // Warnings change the exit code, so even `--quiet` reports them.
        if console.quiet && summary.problems > 0 {
            console.say(&format!("{line}\n"));
        } else {
            console.inform(&line);
        }
        all.add(summary);
    }
    all
}

/// Reports which settings apply.
pub fn say_settings(workspace: &Workspace, console: &mut Console) {
    let Workspace { sessions, found, .. } = workspace;
    let mut files = vec![0; sessions.len()];
    for input in &found.inputs {
        files[input.settings] += 1;
    }
    for (index, &files) in files.iter().enumerate().filter(|&(_, &files)| files > 0) {
        let from = sessions
            .config(index)
            .path()
            .map_or_else(|| "no psalink.yaml".to_owned(), |path| format!("`{}`", show(path)));
        console.inform(&format!("settings for {}: {from}", count(files, "file", "files")));
    }
}

/// Locks the files that results go into, and makes their folder if there are any.
pub fn prepare_targets(
    destination: &Destination,
    found: &Found,
    dialects: &[Option<&str>],
    has_jobs: bool,
) -> Result<Lock, Error> {
    let of_input = |input| dialects.iter().filter_map(move |dialect| destination.target(input, *dialect));
    // Devices and pipes are shared.
    let is_place = |path: &PathBuf| fs::metadata(path).map_or(true, |metadata| metadata.is_file());
    let targets: Vec<PathBuf> = found.inputs.iter().flat_map(of_input).filter(is_place).collect();
    let lock = lock::take(targets.iter().map(PathBuf::as_path))?;
    if let Destination::Folder(folder) = destination
        && has_jobs
    {
        atomic_write::make_folder(folder)?;
    }
    Ok(lock)
}
