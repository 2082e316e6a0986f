//! `psalink ready`: makes templates ready for the PSA, or says what stops them.
//!
//! ```text
//! [Input] --messages--> MessageFiles --Session::finish--> Finished --Placing--> files, a diff, or the standard output
//!    Stopped --> its findings, and nothing is written for that message
//! ```

mod job;
mod messages;
mod results;
mod summary;

use std::path::Path;

use indicatif::ProgressBar;
use psalink::config::LintConfig;
use psalink::lint::Profile;
use psalink::report::{self, full, links};
use psalink::session::Overrides;
use psalink::{Error, ErrorKind, Level};

use self::job::ReadyRun;
use self::messages::Messages;
use self::summary::ReadySummary;
use crate::args::{FailOn, READY_EXAMPLES, ReadyArgs};
use crate::atomic_write;
use crate::composed::Reported;
use crate::console::{Console, Status};
use crate::in_place::InPlace;
use crate::inputs::input::Found;
use crate::inputs::workspace::Workspace;
use crate::panics;
use crate::transform::destination::{Destination, Targets};
use crate::transform::link_report::LinkReport;
use crate::transform::placing::Placing;
use crate::transform::{portal, prepare_targets, say_settings};
use crate::workers::{Job, Workers};

pub fn run(args: &ReadyArgs, console: &mut Console) -> Result<Status, Error> {
    if args.templates.paths.is_empty() {
        let detail =
            format!("no template was given; name files or folders, or `-` for standard input\n\n{READY_EXAMPLES}");
        return Err(Error::new(ErrorKind::Usage, detail));
    }
    let choice = LintConfig { select: args.select.clone(), ignore: args.ignore.clone(), ..LintConfig::default() };
    Profile::default().configure(&choice)?;
    let report = args.report.as_deref().map(LinkReport::new).transpose()?;
    let own_paths: Vec<&Path> =
        [&args.output.output, &args.report].into_iter().filter_map(|path| path.as_deref()).collect();
    let overrides = Overrides { bare: args.bare.map(Into::into), ..args.templates.overrides() };
    let mut workspace = Workspace::open(args.templates.clone(), &overrides, &own_paths, args.output.output.is_some())?;
    if let Some(report) = &report {
        report.check()?;
    }
    let destination = Destination::of(&args.output, &workspace.found, workspace.sessions.dialects().len())?;
    refuse_sources(&destination, &mut workspace.found);
    let dialects: Vec<Option<&str>> = match workspace.sessions.dialects() {
        [_] => vec![None],
        several => several.iter().map(|session| session.dialect.as_deref()).collect(),
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
    if console.verbose {
        say_settings(&workspace, console);
    }
    let workers = Workers::new(&workspace);
    let run = ReadyRun {
        workers: &workers,
        messages: Messages::of(&workspace.found),
        placing: Placing { destination: &destination, found: &workspace.found, targets: &targets, dialects: &dialects },
        in_place: None,
        choice,
        least: match args.fail_on {
            FailOn::Error => Level::Error,
            FailOn::Warning => Level::Warning,
        },
        has_report: report.is_some(),
        quiet: console.quiet,
        verbose: console.verbose,
        most: if console.verbose { usize::MAX } else { report::MOST },
        style: console.style,
        colored_out: console.colored_out,
    };
    let status = make_ready(run, args, report.as_ref(), console)?;
    Ok(status.max(workspace.status()))
}

/// Runs every job, and reports the result.
fn make_ready(
    run: ReadyRun<'_>,
    args: &ReadyArgs,
    report: Option<&LinkReport<'_>>,
    console: &mut Console,
) -> Result<Status, Error> {
    let Placing { destination, found, dialects, .. } = run.placing;
    let jobs = run.messages.jobs(dialects.len());
    let bar = console.start_bar(jobs.len());
    if let Some(error) = portal::find_missing(run.workers, &jobs, |worker, job| run.try_out(worker, job))? {
        console.end_bar();
        console.error(&error);
        return Ok(Status::Failed);
    }
    let in_place = match destination {
        Destination::InPlace => Some(InPlace::begin(found, &args.templates.paths, args.output.backup.as_deref())?),
        _ => None,
    };
    let run = ReadyRun { in_place: in_place.as_ref(), ..run };
    let lock = prepare_targets(destination, found, dialects, !jobs.is_empty())?;
    let (rows, summaries) = do_jobs(&run, &jobs, &bar, console)?;
    console.end_bar();

    let mut status = Status::Clean;
    if report.is_some_and(|report| !report.write_or_say(&rows, console)) {
        status = Status::Failed;
    }
    let all = say_summaries(&run, summaries, console);
    if let Some(note) = lock.note() {
        console.inform(note);
    }
    if let Some(in_place) = in_place {
        in_place.finish(console);
    }
    if *destination == Destination::Diff && !args.output.diff && all.changed > 0 {
        console.inform(
            "nothing was written; use `-o DIR` to write the finished templates to another folder, or `--in-place` to \
             change the files",
        );
    }
    let is_diff = matches!(destination, Destination::Diff | Destination::Check) && all.changed > 0;
    if all.stopped > 0 || is_diff {
        status = status.max(Status::Found);
    }
    if all.failed > 0 {
        status = Status::Failed;
    }
    Ok(status)
}

/// Runs every job; returns the rows of the report, and a summary for each dialect.
fn do_jobs(
    run: &ReadyRun<'_>,
    jobs: &[Job],
    bar: &ProgressBar,
    console: &mut Console,
) -> Result<(Vec<links::Row>, Vec<ReadySummary>), Error> {
    let Placing { destination, found, dialects, .. } = run.placing;
    let lost = found.errors.iter().filter_map(|error| error.path().map(|path| links::failed(path, error)));
    let mut rows: Vec<links::Row> = lost.collect();
    let mut summaries = vec![ReadySummary::default(); dialects.len()];
    let mut current_dialect = None;
    let mut reported = Reported::default();
    run.workers.each(
        jobs,
        |worker, job| run.job(worker, job),
        |job, error| run.failed(job, &error),
        |job, mut done| {
            bar.inc(1);
            // A layout shows the same findings in every template that uses it.
            let new = match done.is_composed {
                true => reported.new_ones(std::mem::take(&mut done.found)),
                false => Reported::default().new_ones(std::mem::take(&mut done.found)),
            };
            let mut messages = String::new();
            for (source, mut findings) in new {
                findings.sort_by_key(|finding| finding.span);
                match panics::caught(source.name(), || Ok(run.findings_text(&source, &findings))) {
                    Ok(text) => messages.push_str(&text),
                    Err(error) => {
                        messages.push_str(&full::write_error(&error, run.style));
                        done.summary.failed += 1;
                    }
                }
            }
            messages.push_str(&done.messages);
            if let Some(dialect) = dialects[job.dialect]
                && current_dialect != Some(dialect)
                && !messages.is_empty()
            {
                current_dialect = Some(dialect);
                console.say(&format!("for {dialect}:\n\n"));
            }
            console.say(&messages);
            match destination {
                Destination::Show => console.document(&done.result),
                _ => console.result(&done.result),
            }
            rows.extend(done.rows);
            summaries[job.dialect].add(done.summary);
        },
    )?;
    Ok((rows, summaries))
}

/// Prints the summary of each dialect; returns their total.
fn say_summaries(run: &ReadyRun<'_>, summaries: Vec<ReadySummary>, console: &mut Console) -> ReadySummary {
    let Placing { destination, found, dialects, .. } = run.placing;
    let mut all = ReadySummary::default();
    for (summary, dialect) in summaries.into_iter().zip(dialects) {
        if found.inputs.is_empty() && !found.errors.is_empty() {
            break; // problems have already been reported
        }
        let of = dialect.map(|dialect| format!("{dialect}: ")).unwrap_or_default();
        let line = format!("{of}{}", summary.line(destination, *dialect));
        // What stops a template changes the exit code, so even `--quiet` says why.
        if console.quiet && summary.stopped > 0 {
            console.say(&format!("{line}\n"));
        } else {
            console.inform(&line);
        }
        all.add(summary);
    }
    all
}

/// Leaves out the sources (`.j2`), which cannot be changed in place. Each one named on the command line is an error;
/// those found in folders are one error together.
fn refuse_sources(destination: &Destination, found: &mut Found) {
    if *destination != Destination::InPlace {
        return;
    }
    let mut walked: Vec<String> = Vec::new();
    let errors = &mut found.errors;
    found.inputs.retain(|input| {
        match (input.composed, input.named) {
            (true, true) => {
                let detail = "`--in-place` overwrites a template, but this source is built into another file; use `-o DIR` to \
                              write it there";
                errors.push(Error::new(ErrorKind::Usage, detail).at(&*input.name));
            }
            (true, false) => walked.push(input.name.clone()),
            (false, _) => {}
        }
        !input.composed
    });
    if let Some(first) = walked.first() {
        let more = match walked.len() {
            1 => "this source (.j2) is built into another file".to_owned(),
            more => format!("this source (.j2) and {} more are built into other files", more - 1),
        };
        let detail = format!("`--in-place` overwrites templates, but {more}; use `-o DIR`");
        errors.push(Error::new(ErrorKind::Usage, detail).at(&**first));
    }
}
