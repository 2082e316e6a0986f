//! A run that changes templates: reads each one, does its work, and brings the result where the user wants it.

pub mod destination;
pub mod operation;
mod summary;

use std::collections::BTreeSet;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use psalink::report::{self, full, links};
use psalink::{
    Diagnostic, Error, ErrorKind, Level, LinkChange, Mapped, Origins, Overrides, Source, Vocabulary, edit, plain_file,
    visible,
};

use self::destination::{Destination, Targets};
use self::operation::{Changes, Operation};
use self::summary::TransformSummary;
use crate::args::{OutputArgs, TemplateArgs};
use crate::atomic_write::lock::{self, Lock};
use crate::atomic_write::{self, Before};
use crate::composed::Reported;
use crate::console::{Console, Status};
use crate::inputs::finder::{self, Found};
use crate::inputs::sessions::Sessions;
use crate::panics;
use crate::paths::{real_path, show};
use crate::wording::count;
use crate::workers::{Changing, Job, Prepared, Worker, Workers};

/// What every HTML report holds.
const REPORT_TITLE: &[u8] = b"<title>Links in your notification templates</title>";

/// Bytes in which it stands there.
const REPORT_START: u64 = 64 * 1024;

/// What the command line asks for.
pub struct Order<'a> {
    pub operation: Operation,
    pub templates: &'a TemplateArgs,
    pub output: &'a OutputArgs,
    /// Where the table of all links goes.
    pub report: Option<&'a Path>,
    pub overrides: Overrides,
}

/// What every job needs to know.
struct TransformRun<'a> {
    order: &'a Order<'a>,
    destination: &'a Destination,
    workers: &'a Workers<'a>,
    targets: &'a Targets,
    dialects: &'a [Option<&'a str>],
    /// How files are changed where they are.
    changing: Option<Changing<'a>>,
    quiet: bool,
    verbose: bool,
    style: full::Style,
    colored_out: bool,
}

/// What a job leaves behind; small, whatever the template.
#[derive(Default)]
struct Transformed {
    /// For the standard output.
    result: Vec<u8>,
    /// For the standard error.
    messages: String,
    /// Findings in a template that was put together.
    mapped: Vec<Mapped>,
    rows: Vec<links::Row>,
    summary: TransformSummary,
}

pub fn run(order: &Order<'_>, console: &mut Console) -> Result<Status, Error> {
    let Order { operation, templates, output, .. } = order;
    let report = match order.report {
        Some(path) => Some((path, links::Format::of(path)?)),
        None => None,
    };
    // Takes some milliseconds, in which this thread can look for templates.
    std::thread::spawn(Vocabulary::builtin);
    let mut sessions = Sessions::new(templates, &order.overrides)?;
    // A folder of backups is known by what is in it; one with templates must not pass for one.
    let own: Vec<&Path> = [output.output.as_deref(), order.report].into_iter().flatten().collect();
    let mut found = finder::find(templates, &mut sessions, &own, output.output.is_some())?;
    operation.prepare(&sessions)?;
    if let Some((path, format)) = report {
        check_report(path, format)?;
    }
    let dialects: Vec<Option<&str>> = match sessions.dialects() {
        [_] => vec![None],
        several => several.iter().map(|it| it.dialect.as_deref()).collect(),
    };
    let destination = Destination::of(output, &found, dialects.len())?;
    let left_out = operation.leave_sources(&destination, output.diff, &mut found);
    let targets = match Targets::settle(&destination, &found, &dialects) {
        Ok(targets) => targets,
        Err(errors) => {
            errors.iter().for_each(|error| console.error(error));
            return Ok(Status::Failed);
        }
    };
    if let Destination::File(path) = &destination {
        atomic_write::check_file(path)?;
    }
    found.errors.iter().for_each(|error| console.error(error));
    if left_out > 0 {
        console.inform(&operation.sources_left_out(left_out));
    }
    if console.verbose {
        say_settings(&sessions, &found, console);
    }

    let jobs: Vec<Job> = (0..dialects.len())
        .flat_map(|dialect| (0..found.inputs.len()).map(move |input| Job { input, dialect }))
        .collect();
    let workers = Workers::new(templates, &sessions, &found);
    let mut run = TransformRun {
        order,
        destination: &destination,
        workers: &workers,
        targets: &targets,
        dialects: &dialects,
        changing: None,
        quiet: console.quiet,
        verbose: console.verbose,
        style: console.style,
        colored_out: console.colored_out,
    };
    let bar = console.start_bar(jobs.len());
    if *operation == Operation::Rewrite
        && let Some(error) = run.portal_is_missing(&jobs)?
    {
        console.end_bar();
        console.error(&error);
        return Ok(Status::Failed);
    }
    let prepared = match destination {
        Destination::InPlace => Some(workers.prepare(&templates.paths, output.backup.as_deref())?),
        _ => None,
    };
    run.changing = prepared.as_ref().map(Prepared::changing);
    let lock = lock_targets(&destination, &found, &dialects)?;
    if let Destination::Folder(folder) = &destination
        && !jobs.is_empty()
    {
        atomic_write::make_folder(folder)?;
    }

    let lost = found.errors.iter().filter_map(|error| error.path().map(|path| links::failed(path, error)));
    let mut rows: Vec<links::Row> = lost.collect();
    let mut summaries = vec![TransformSummary::default(); dialects.len()];
    let mut spoken_of = None;
    let mut told = Reported::default();
    workers.each(
        &jobs,
        |worker, job| run.job(worker, job),
        |job, error| run.failed(job, &error),
        |job, mut done| {
            bar.inc(1);
            for (source, findings) in told.new_ones(std::mem::take(&mut done.mapped)) {
                let tell = || {
                    run.tell(&source, &findings, &mut done.messages, &mut done.summary);
                    Ok(())
                };
                if let Err(error) = panics::caught(source.name(), tell) {
                    done.messages.push_str(&full::write_error(&error, run.style));
                    done.summary.failed += 1;
                }
            }
            if let Some(dialect) = dialects[job.dialect]
                && spoken_of != Some(dialect)
                && !done.messages.is_empty()
            {
                spoken_of = Some(dialect);
                console.say(&format!("for {dialect}:\n\n"));
            }
            console.say(&done.messages);
            console.result(&done.result);
            rows.extend(done.rows);
            summaries[job.dialect].add(done.summary);
        },
    )?;
    console.end_bar();

    let mut status = if found.errors.is_empty() { Status::Clean } else { Status::Failed };
    if let Some((path, format)) = report {
        let written = links::write(&rows, format)
            .and_then(|text| atomic_write::replace(&real_path(path), path, text.as_bytes(), Before::Anything, false));
        match written {
            Ok(notes) => console.notes(&notes),
            Err(error) => {
                console.error(&error);
                status = Status::Failed;
            }
        }
    }
    let mut all = TransformSummary::default();
    for (summary, dialect) in summaries.into_iter().zip(&dialects) {
        if found.inputs.is_empty() && !found.errors.is_empty() {
            break; // what is wrong has been said
        }
        let of = dialect.map(|dialect| format!("{dialect}: ")).unwrap_or_default();
        let line = format!("{of}{}", summary.line(operation, &destination, *dialect));
        // Warnings change the exit code; whoever asked for quiet should still learn why.
        if console.quiet && summary.problems > 0 {
            console.say(&format!("{line}\n"));
        } else {
            console.inform(&line);
        }
        all.add(summary);
    }
    if destination == Destination::Diff && !output.diff && all.changed > 0 {
        console.inform(
            "nothing was written; say `-o DIR` to write the new templates to another folder, or `--in-place` to change \
             them where they are",
        );
    }
    if let Some(note) = lock.note() {
        console.inform(note);
    }
    if let Some(prepared) = prepared {
        prepared.finish(console);
        if all.written > 0 {
            operation.say_what_is_left(&found, &sessions, console);
        }
    }
    let is_diff = matches!(destination, Destination::Diff | Destination::Check) && all.changed > 0;
    if all.problems > 0 || is_diff {
        status = status.max(Status::Found);
    }
    if all.failed > 0 {
        status = Status::Failed;
    }
    // The program is about to end, which gives back thousands of small pieces faster than one by one.
    std::mem::forget((found, sessions));
    Ok(status)
}

impl<'a> TransformRun<'a> {
    /// Looks whether a link must be written where no portal is named; then the whole run writes nothing.
    fn portal_is_missing(&self, jobs: &[Job]) -> Result<Option<Error>, Error> {
        let doubtful: Vec<Job> = jobs
            .iter()
            .copied()
            .filter(|job| !self.workers.sessions.has_portal(self.workers.found.inputs[job.input].settings))
            .collect();
        let mut first = None;
        let mut inputs = BTreeSet::new();
        let try_out = |worker: &mut Worker<'a>, job: Job| {
            self.workers
                .read(&self.workers.found.inputs[job.input], &mut worker.memory)
                .and_then(|(bytes, _)| self.changes(worker, job, bytes))
                .err()
        };
        // What else is wrong is told when the work is done.
        let lost = |_, error| Some(error);
        self.workers.each(&doubtful, try_out, lost, |job, error| {
            if let Some(error) = error.filter(|error| error.kind() == ErrorKind::Missing) {
                inputs.insert(job.input);
                first.get_or_insert((error, job.input));
            }
        })?;
        let Some((first, input)) = first else { return Ok(None) };
        let what = match inputs.len() {
            1 => format!("`{}` needs one", visible(&self.workers.found.inputs[input].name)),
            several => {
                format!("{several} templates need one, `{}` first", visible(&self.workers.found.inputs[input].name))
            }
        };
        let detail = format!("{}\n\n{what}; nothing was written", first.detail());
        Ok(Some(Error::new(ErrorKind::Missing, detail)))
    }

    fn job(&self, worker: &mut Worker<'a>, job: Job) -> Transformed {
        let mut done = Transformed::default();
        match self.try_job(worker, job, &mut done) {
            Ok(()) => done,
            Err(error) => {
                let failed = self.failed(job, &error);
                done.summary.failed = failed.summary.failed;
                done.rows = failed.rows;
                done.messages.push_str(&failed.messages);
                done
            }
        }
    }

    /// What is left of a job that could not be done.
    fn failed(&self, job: Job, error: &Error) -> Transformed {
        let mut done = Transformed { messages: full::write_error(error, self.style), ..Transformed::default() };
        done.summary.failed = 1;
        if self.order.report.is_some() {
            done.rows = vec![links::failed(&self.workers.found.inputs[job.input].name, error)];
            self.name_dialect(job, &mut done.rows);
        }
        done
    }

    fn try_job(&self, worker: &mut Worker<'a>, job: Job, done: &mut Transformed) -> Result<(), Error> {
        let input = &self.workers.found.inputs[job.input];
        let (bytes, _) = self.workers.read(input, &mut worker.memory)?;
        done.summary.read = 1;
        // Only psalink's own copy of a file in an encoding that it cannot write has the bytes of the disk.
        let is_copied = matches!(self.destination, Destination::Show | Destination::File(_) | Destination::Folder(_))
            && !input.composed;
        let copy = is_copied.then(|| bytes.clone());
        let (source, origins, mut changes) = self.changes(worker, job, bytes)?;
        let is_changed = !changes.edits.is_empty();
        if is_changed {
            source.can_write()?;
        }
        match &origins {
            None => self.report(job, &source, &changes, done),
            Some(origins) => self.report_composed(job, &source, origins, &changes, done),
        }
        match self.destination {
            Destination::Check => {
                if is_changed {
                    done.result = format!("{}\n", visible(&input.name)).into_bytes();
                }
            }
            Destination::Diff => {
                if is_changed {
                    let new = edit::apply(&source, &changes.edits)?;
                    changes.edits = Vec::new(); // they hold much of the text once more
                    let new = Source::read(source.name(), new, source.kind(), Some(source.encoding()))?;
                    let diff = edit::diff(input.name.trim_start_matches('/'), &source, &new);
                    done.result =
                        if self.colored_out { crate::console::colored_diff(&diff) } else { diff }.into_bytes();
                }
            }
            Destination::InPlace => {
                if is_changed && let Some(changing) = &self.changing {
                    let new = edit::apply(&source, &changes.edits)?;
                    let before = source.to_disk(source.bytes().to_vec());
                    let notes = self.workers.change(input, &before, &new, changing)?;
                    self.note(&notes, done);
                    done.summary.written = 1;
                }
            }
            Destination::Show | Destination::File(_) | Destination::Folder(_) => {
                let new = match copy {
                    Some(copy) if !is_changed => copy,
                    _ => edit::apply(&source, &changes.edits)?,
                };
                changes.edits = Vec::new(); // they hold much of the text once more
                let output = self.order.operation.output(self.workers.session(job), &source, new)?;
                match self.destination.target(input, None) {
                    None => done.result = output.body,
                    Some(target) => done.summary.written = self.place(job, &target, &source, output, done)?,
                }
            }
        }
        done.summary.changed = usize::from(is_changed);
        done.summary.expanded = changes.expanded;
        done.summary.corrected = changes.corrected;
        done.summary.translated = changes.translated;
        if self.verbose {
            done.messages.push_str(&format!("{}: {}\n", visible(&input.name), done.summary.changes(self.destination)));
        }
        worker.keep(source.into_bytes());
        Ok(())
    }

    fn changes(
        &self,
        worker: &mut Worker<'a>,
        job: Job,
        bytes: Vec<u8>,
    ) -> Result<(Source, Option<Origins>, Changes), Error> {
        let session = self.workers.session(job);
        let (source, origins) = self.workers.source(job, bytes)?;
        let parser = self.workers.parser(&mut worker.parsers, job);
        let document = session.parse(source, parser)?;
        let changes = self.order.operation.changes(session, &document, parser)?;
        Ok((parser.release(document), origins, changes))
    }

    /// What is said about a template, on the screen and in the report.
    fn report(&self, job: Job, source: &Source, changes: &Changes, done: &mut Transformed) {
        self.tell(source, &changes.diagnostics, &mut done.messages, &mut done.summary);
        if self.order.report.is_some() {
            done.rows = links::rows(source, &changes.links);
            self.name_dialect(job, &mut done.rows);
        }
    }

    /// The same of a template that was put together: each finding and each link at the file that it came from.
    fn report_composed(&self, job: Job, source: &Source, origins: &Origins, changes: &Changes, done: &mut Transformed) {
        done.mapped = origins.map(source, changes.diagnostics.clone());
        if self.order.report.is_some() {
            let row = |link: &LinkChange| match origins.origin(link.span) {
                Some(origin) => links::rows(origin.source, &[LinkChange { span: origin.span, ..link.clone() }]),
                None => links::rows(source, std::slice::from_ref(link)),
            };
            done.rows = changes.links.iter().flat_map(row).collect();
            self.name_dialect(job, &mut done.rows);
        }
    }

    /// Shows and counts the findings in a file.
    fn tell(&self, source: &Source, findings: &[Diagnostic], messages: &mut String, summary: &mut TransformSummary) {
        let problems = findings.iter().filter(|it| it.level >= Level::Warning).count();
        summary.problems += problems;
        summary.with_problems += usize::from(problems > 0);
        let least = if self.quiet { Level::Error } else { Level::Note };
        let most = if self.verbose { usize::MAX } else { report::MOST };
        messages.push_str(&full::write_first(source, findings, least, most, self.style));
    }

    /// Tells the rows of several dialects apart.
    fn name_dialect(&self, job: Job, rows: &mut [links::Row]) {
        if let Some(dialect) = self.dialects[job.dialect] {
            for rows in rows.chunk_by_mut(|a, b| a.path == b.path) {
                let path: Arc<str> = format!("{dialect}: {}", rows[0].path).into();
                rows.iter_mut().for_each(|row| row.path = Arc::clone(&path));
            }
        }
    }

    /// Says what there is to know of a file that was written.
    fn note(&self, notes: &atomic_write::Notes, done: &mut Transformed) {
        for line in notes.lines().filter(|_| !self.quiet) {
            done.messages.push_str(&format!("{line}\n"));
        }
    }

    /// Writes a result with its companions into the output folder. Gives how many files that are.
    fn place(
        &self,
        job: Job,
        plain: &Path,
        source: &Source,
        output: psalink::Output,
        done: &mut Transformed,
    ) -> Result<usize, Error> {
        let input = &self.workers.found.inputs[job.input];
        let target = self.destination.target(input, self.dialects[job.dialect]).unwrap_or_else(|| plain.to_owned());
        let (plain_subject, plain_text) = destination::companions(plain);
        let (subject, text) = destination::companions(&target);
        let mut files = vec![(target, output.body)];
        for (what, content, plain_path, path) in
            [("subject", output.subject, plain_subject, subject), ("text", output.text, plain_text, text)]
        {
            let Some(content) = content else { continue };
            if let Some(rival) = self.targets.rival(job.input, plain, &plain_path) {
                let detail = format!(
                    "its {what} and `{}` would both be written to `{}`; keep one of them",
                    self.workers.found.inputs[rival].name,
                    show(&path)
                );
                return Err(Error::new(ErrorKind::Usage, detail).at(source.name()));
            }
            if self.workers.found.real.contains(&real_path(&path)) {
                return Err(destination::overwrites(&path));
            }
            files.push((path, content.into_bytes()));
        }
        for (path, _) in &files {
            match self.destination {
                Destination::Folder(folder) => atomic_write::check_inside(folder, path)?,
                _ => atomic_write::check_file(path)?,
            }
        }
        for (path, content) in &files {
            let notes = match self.destination {
                Destination::Folder(folder) => atomic_write::replace_inside(folder, path, content, Before::Anything)?,
                _ => {
                    atomic_write::make_folder_of(path)?;
                    atomic_write::replace(&real_path(path), path, content, Before::Anything, false)?
                }
            };
            self.note(&notes, done);
        }
        Ok(files.len())
    }
}

fn check_report(path: &Path, format: links::Format) -> Result<(), Error> {
    let refuse = |detail: &str| Err(Error::new(ErrorKind::Usage, detail).at(show(path)));
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if path.is_dir() || destination::ends_like_a_folder(path) {
        return refuse("the report needs the name of a file, and this is a folder");
    }
    if !folder.is_dir() {
        return refuse("the report cannot be written: its folder does not exist");
    }
    atomic_write::check_file(path)?;
    // An older report may be written over, a template never.
    let is_other = |(file, _): (fs::File, fs::Metadata)| {
        let mut start = Vec::new();
        let read = file.take(REPORT_START).read_to_end(&mut start);
        read.is_err() || memchr::memmem::find(&start, REPORT_TITLE).is_none()
    };
    if format == links::Format::Html && plain_file::open(path).is_ok_and(is_other) {
        return refuse("this file exists and is no report of psalink's; choose another name for the report");
    }
    Ok(())
}

fn say_settings(sessions: &Sessions, found: &Found, console: &mut Console) {
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

/// Holds the files that results go into.
fn lock_targets(destination: &Destination, found: &Found, dialects: &[Option<&str>]) -> Result<Lock, Error> {
    let of_input = |input| dialects.iter().filter_map(move |dialect| destination.target(input, *dialect));
    // Devices and pipes are for everyone.
    let is_place = |path: &PathBuf| fs::metadata(path).map_or(true, |it| it.is_file());
    let targets: Vec<PathBuf> = found.inputs.iter().flat_map(of_input).filter(is_place).collect();
    lock::take(targets.iter().map(PathBuf::as_path))
}
