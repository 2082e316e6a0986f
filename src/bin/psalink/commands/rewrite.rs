//! `psalink rewrite`: reads each template, rewrites it, and brings the result where the user wants it.

use std::collections::BTreeSet;
use std::fs::{self, File, Metadata};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use indicatif::ProgressBar;
use psalink::report::{full, links};
use psalink::{Diagnostic, Error, ErrorKind, Level, Overrides, Parser, Rewritten, Source, Vocabulary, edit};

use crate::args::RewriteArgs;
use crate::console::{Console, Status};
use crate::files::{self, Found, Input, Origin};
use crate::plan::{self, Mode, Targets};
use crate::queue;
use crate::sessions::Sessions;
use crate::tally::{Tally, count};
use crate::write::{self, Stamp, could_not, resolve, show};

/// Changed files that are forced onto the disk at once; of more, the system decides when.
const SYNCED: usize = 64;

/// Findings in one file that are shown; who gets more has one mistake, not many.
const SHOWN: usize = 100;

/// What every HTML report holds.
const REPORT_TITLE: &[u8] = b"<title>Links in your notification templates</title>";

/// One template for one dialect of the command line.
#[derive(Clone, Copy)]
struct Job {
    input: usize,
    dialect: usize,
}

/// What every job needs to know.
struct Run<'a> {
    args: &'a RewriteArgs,
    mode: &'a Mode,
    sessions: &'a Sessions,
    found: &'a Found,
    targets: &'a Targets,
    dialects: &'a [Option<&'a str>],
    backup: Option<&'a Path>,
    quiet: bool,
    verbose: bool,
    style: full::Style,
    colored_out: bool,
    threads: usize,
    changed: AtomicUsize,
}

/// What a thread keeps from one file to the next.
#[derive(Default)]
struct Worker<'a> {
    /// By session.
    parsers: Vec<Option<Parser<'a>>>,
    memory: Vec<u8>,
}

/// What a job leaves behind; small, whatever the template.
#[derive(Default)]
struct Done {
    /// For the standard output.
    result: Vec<u8>,
    /// For the standard error.
    messages: String,
    rows: Vec<links::Row>,
    tally: Tally,
}

pub fn run(args: &RewriteArgs, console: &mut Console) -> Result<Status, Error> {
    let report = match &args.report {
        Some(path) => Some((path.as_path(), links::Format::of(path)?)),
        None => None,
    };
    let overrides = Overrides {
        portal: args.templates.portal.clone(),
        host: args.templates.host.clone(),
        client: args.templates.client.map(Into::into),
        bare: args.bare.map(Into::into),
        unsafe_fixes: args.unsafe_fixes,
        ..Overrides::default()
    };
    // Takes some milliseconds, in which this thread can look for templates.
    std::thread::spawn(Vocabulary::builtin);
    let mut sessions = Sessions::new(&args.templates, &overrides)?;
    let own: Vec<&Path> =
        [&args.output, &args.backup, &args.report].into_iter().flatten().map(PathBuf::as_path).collect();
    let found = files::find(&args.templates, &mut sessions, &own, args.output.is_some())?;
    if let Some((path, format)) = report {
        check_report(path, format)?;
    }
    let dialects: Vec<Option<&str>> = match sessions.dialects() {
        [_] => vec![None],
        several => several.iter().map(|it| it.dialect.as_deref()).collect(),
    };
    let mode = Mode::of(args, &found, dialects.len())?;
    let targets = match Targets::settle(&mode, &found, &dialects) {
        Ok(targets) => targets,
        Err(errors) => {
            errors.iter().for_each(|error| console.error(error));
            return Ok(Status::Failed);
        }
    };
    found.errors.iter().for_each(|error| console.error(error));
    if found.layouts > 0 {
        let layouts = count(found.layouts, "layout", "layouts");
        console.inform(&format!(
            "{layouts} (.html.j2, .txt.j2) left out: this version of psalink does not build them yet"
        ));
    }
    if console.verbose {
        say_settings(&sessions, &found, console);
    }

    let jobs: Vec<Job> = (0..dialects.len())
        .flat_map(|dialect| (0..found.inputs.len()).map(move |input| Job { input, dialect }))
        .collect();
    let threads =
        args.templates.jobs.map_or_else(|| std::thread::available_parallelism().map_or(1, usize::from), usize::from);
    let threads = threads.min(jobs.len()).max(1);
    let run = Run {
        args,
        mode: &mode,
        sessions: &sessions,
        found: &found,
        targets: &targets,
        dialects: &dialects,
        backup: args.backup.as_deref(),
        quiet: console.quiet,
        verbose: console.verbose,
        style: console.style,
        colored_out: console.colored_out,
        threads,
        changed: AtomicUsize::new(0),
    };
    let bar = console.start_bar(jobs.len());
    if let Some(error) = run.portal_is_missing(&jobs)? {
        console.end_bar();
        console.error(&error);
        return Ok(Status::Failed);
    }
    let folder = if let Mode::Folder(folder) = &mode { Some(folder.as_path()) } else { run.backup };
    if let Some(folder) = folder.filter(|_| !jobs.is_empty()) {
        write::make_folder(folder)?;
    }

    let mut rows = Vec::new();
    let mut tallies = vec![Tally::default(); dialects.len()];
    let mut spoken_of = None;
    run.each(
        &jobs,
        |worker, job| run.job(worker, job, &bar),
        |job, done| {
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
            tallies[job.dialect].add(done.tally);
        },
    )?;
    console.end_bar();

    let mut status = if found.errors.is_empty() { Status::Clean } else { Status::Failed };
    if let Some((path, format)) = report {
        match links::write(&rows, format).and_then(|text| write::replace(&resolve(path), path, text.as_bytes(), false))
        {
            Ok(()) => {}
            Err(error) => {
                console.error(&error);
                status = Status::Failed;
            }
        }
    }
    let mut all = Tally::default();
    for (tally, dialect) in tallies.into_iter().zip(&dialects) {
        if found.inputs.is_empty() && !found.errors.is_empty() {
            break; // what is wrong has been said
        }
        let of = dialect.map(|dialect| format!("{dialect}: ")).unwrap_or_default();
        console.inform(&format!("{of}{}", tally.summary(&mode, *dialect)));
        all.add(tally);
    }
    if mode == Mode::Diff && !args.diff && all.changed > 0 {
        console.inform(
            "nothing was written; say `-o DIR` to write the new templates to another folder, or `--in-place` to change \
             them where they are",
        );
    }
    let is_diff = matches!(mode, Mode::Diff | Mode::Check) && all.changed > 0;
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

/// The largest memory that a thread keeps between two files.
const MEMORY_LIMIT: usize = 1 << 20;

impl<'a> Run<'a> {
    /// Does something for each job, on all threads, and gives the results to `take` in the order of the jobs.
    fn each<T: Send>(
        &self,
        jobs: &[Job],
        work: impl Fn(&mut Worker<'a>, Job) -> T + Sync,
        mut take: impl FnMut(Job, T) + Send,
    ) -> Result<(), Error> {
        let work = |worker: &mut Worker<'a>, index: usize| work(worker, jobs[index]);
        queue::run(self.threads, jobs.len(), Worker::default, work, |index, done| take(jobs[index], done)).map_err(
            |error| {
                let threads = self.threads;
                let detail = format!("could not start {threads} threads: {error}; say a smaller `--jobs`");
                Error::new(ErrorKind::Usage, detail)
            },
        )
    }

    /// The parser of a thread for a job.
    fn parser<'w>(&self, parsers: &'w mut Vec<Option<Parser<'a>>>, job: Job) -> &'w mut Parser<'a> {
        let settings = self.found.inputs[job.input].settings;
        let slot = settings * self.dialects.len() + job.dialect;
        if parsers.len() <= slot {
            parsers.resize_with(self.sessions.len() * self.dialects.len(), || None);
        }
        parsers[slot].get_or_insert_with(|| self.sessions.get(settings, job.dialect).parser())
    }

    /// Looks whether a link must be written where no portal is named; then the whole run writes nothing.
    fn portal_is_missing(&self, jobs: &[Job]) -> Result<Option<Error>, Error> {
        let doubtful: Vec<Job> = jobs
            .iter()
            .copied()
            .filter(|job| !self.sessions.has_portal(self.found.inputs[job.input].settings))
            .collect();
        let mut first = None;
        let mut inputs = BTreeSet::new();
        let try_out = |worker: &mut Worker<'a>, job: Job| {
            self.read(&self.found.inputs[job.input], &mut worker.memory)
                .and_then(|(bytes, _)| self.rewritten(worker, job, bytes))
                .err()
        };
        self.each(&doubtful, try_out, |job, error| {
            if let Some(error) = error.filter(|error| error.kind() == ErrorKind::Missing) {
                inputs.insert(job.input);
                first.get_or_insert((error, job.input));
            }
        })?;
        let Some((first, input)) = first else { return Ok(None) };
        let what = match inputs.len() {
            1 => format!("`{}` needs one", self.found.inputs[input].name),
            several => format!("{several} templates need one, `{}` first", self.found.inputs[input].name),
        };
        let detail = format!("{}\n\n{what}; nothing was written", first.detail());
        Ok(Some(Error::new(ErrorKind::Missing, detail)))
    }

    fn job(&self, worker: &mut Worker<'a>, job: Job, bar: &ProgressBar) -> Done {
        let mut done = Done::default();
        if let Err(error) = self.try_job(worker, job, &mut done) {
            done.tally.failed = 1;
            done.messages.push_str(&full::write_error(&error, self.style));
        }
        bar.inc(1);
        done
    }

    fn try_job(&self, worker: &mut Worker<'a>, job: Job, done: &mut Done) -> Result<(), Error> {
        let input = &self.found.inputs[job.input];
        let (bytes, old) = self.read(input, &mut worker.memory)?;
        done.tally.read = 1;
        // Only psalink's own copy of a file in an encoding that it cannot write has the bytes of the disk.
        let copy = matches!(self.mode, Mode::Show | Mode::File(_) | Mode::Folder(_)).then(|| bytes.clone());
        let (source, rewritten) = self.rewritten(worker, job, bytes)?;
        let is_changed = !rewritten.edits.is_empty();
        if is_changed {
            source.can_write()?;
        }
        self.report(job, &source, &rewritten, done);
        match self.mode {
            Mode::Check => {
                if is_changed {
                    done.result = format!("{}\n", input.name).into_bytes();
                }
            }
            Mode::Diff => {
                if is_changed {
                    let new = edit::apply(&source, &rewritten.edits)?;
                    let new = Source::read(source.name(), new, source.kind(), Some(source.encoding()))?;
                    let diff = edit::diff(input.name.trim_start_matches('/'), &source, &new);
                    done.result = if self.colored_out { colored(&diff) } else { diff }.into_bytes();
                }
            }
            Mode::InPlace => {
                if is_changed {
                    let new = edit::apply(&source, &rewritten.edits)?;
                    self.change(input, &source, old.as_ref(), &new)?;
                    done.tally.written = 1;
                }
            }
            Mode::Show | Mode::File(_) | Mode::Folder(_) => {
                let new = match copy {
                    Some(copy) if !is_changed => copy,
                    _ => edit::apply(&source, &rewritten.edits)?,
                };
                let output = self.sessions.get(input.settings, job.dialect).output(&source, &new)?;
                match self.mode.target(input, None) {
                    None => done.result = output.body,
                    Some(target) => done.tally.written = self.place(job, &target, &source, output)?,
                }
            }
        }
        done.tally.changed = usize::from(is_changed);
        done.tally.expanded = rewritten.expanded;
        done.tally.corrected = rewritten.corrected;
        if self.verbose {
            done.messages.push_str(&format!("{}: {}\n", input.name, done.tally.work(self.mode)));
        }
        let memory = source.into_bytes();
        if memory.capacity() <= MEMORY_LIMIT {
            worker.memory = memory;
        }
        Ok(())
    }

    fn read(&self, input: &Input, memory: &mut Vec<u8>) -> Result<(Vec<u8>, Option<Metadata>), Error> {
        let path = match &input.origin {
            Origin::Stdin(bytes) => return Ok((bytes.clone(), None)),
            Origin::File(path) => path,
            Origin::Link { to, .. } => to,
        };
        let mut read = || {
            let mut file = File::open(path)?;
            let metadata = file.metadata()?;
            let mut bytes = std::mem::take(memory);
            let length = usize::try_from(metadata.len()).unwrap_or(0).min(MEMORY_LIMIT);
            if metadata.is_file() && length > 0 {
                // What is known of the length saves calls: nearly every file takes one.
                bytes.resize(length, 0);
                let mut filled = 0;
                while filled < length {
                    match file.read(&mut bytes[filled..]) {
                        Ok(0) => break,
                        Ok(count) => filled += count,
                        Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                        Err(error) => return Err(error),
                    }
                }
                bytes.truncate(filled);
                file.take(metadata.len() - length as u64).read_to_end(&mut bytes)?;
            } else {
                bytes.clear();
                file.read_to_end(&mut bytes)?;
            }
            Ok((bytes, Some(metadata)))
        };
        read().map_err(|error| could_not("read", Path::new(&input.name), error))
    }

    fn rewritten(&self, worker: &mut Worker<'a>, job: Job, bytes: Vec<u8>) -> Result<(Source, Rewritten), Error> {
        let input = &self.found.inputs[job.input];
        let session = self.sessions.get(input.settings, job.dialect);
        let source = Source::read(&input.name, bytes, input.kind, self.args.templates.encoding.as_deref())?;
        let parser = self.parser(&mut worker.parsers, job);
        let document = session.parse(source, parser)?;
        let rewritten = session.rewrite(&document, parser)?;
        Ok((parser.release(document), rewritten))
    }

    /// What is said about a template, on the screen and in the report.
    fn report(&self, job: Job, source: &Source, rewritten: &Rewritten, done: &mut Done) {
        let problems = rewritten.diagnostics.iter().filter(|it| it.level >= Level::Warning).count();
        done.tally.problems = problems;
        done.tally.with_problems = usize::from(problems > 0);
        let shown: Vec<&Diagnostic> =
            rewritten.diagnostics.iter().filter(|it| !self.quiet || it.level == Level::Error).collect();
        let limit = if self.verbose { shown.len() } else { shown.len().min(SHOWN) };
        let first: Vec<Diagnostic> = shown[..limit].iter().map(|&it| it.clone()).collect();
        done.messages = full::write(source, &first, self.style);
        if limit < shown.len() {
            let more = shown.len() - limit;
            done.messages.push_str(&format!("{}: {more} more of these; `--verbose` shows all\n\n", source.name()));
        }
        if self.args.report.is_some() {
            done.rows = links::rows(source, &rewritten.links);
            if let Some(dialect) = self.dialects[job.dialect] {
                done.rows.iter_mut().for_each(|row| row.path = format!("{dialect}: {}", row.path));
            }
        }
    }

    /// Changes a file where it is.
    fn change(&self, input: &Input, source: &Source, old: Option<&Metadata>, new: &[u8]) -> Result<(), Error> {
        let path = match &input.origin {
            Origin::File(path) | Origin::Link { to: path, leads_out: false } => path,
            Origin::Link { to, leads_out: true } => {
                let detail = format!(
                    "this is a link to `{}`, outside the folder that you gave, so it is left as it is; name that file \
                     itself to change it",
                    to.display()
                );
                return Err(Error::new(ErrorKind::Io, detail).at(&*input.name));
            }
            Origin::Stdin(_) => return Ok(()),
        };
        let Some(old) = old else { return Ok(()) };
        if let Some(backup) = self.backup {
            write::keep(&backup.join(&input.relative), &source.to_disk(source.bytes().to_vec()), old)?;
        }
        if !fs::metadata(path).is_ok_and(|now| Stamp::of(&now) == Stamp::of(old)) {
            let detail =
                "the file was changed by somebody else in the meantime, so it is left as it is; run psalink again";
            return Err(Error::new(ErrorKind::Io, detail).at(&*input.name));
        }
        let sync = self.changed.fetch_add(1, Ordering::Relaxed) < SYNCED;
        write::replace(path, Path::new(&input.name), new, sync)
    }

    /// Writes a result with its companions into the output folder. Gives how many files that are.
    fn place(&self, job: Job, plain: &Path, source: &Source, output: psalink::Output) -> Result<usize, Error> {
        let input = &self.found.inputs[job.input];
        let target = self.mode.target(input, self.dialects[job.dialect]).unwrap_or_else(|| plain.to_owned());
        let (plain_subject, plain_text) = plan::companions(plain);
        let (subject, text) = plan::companions(&target);
        let mut files = vec![(target, output.body)];
        for (what, content, plain_path, path) in
            [("subject", output.subject, plain_subject, subject), ("text", output.text, plain_text, text)]
        {
            let Some(content) = content else { continue };
            if let Some(rival) = self.targets.rival(job.input, plain, &plain_path) {
                let detail = format!(
                    "its {what} and `{}` would both be written to `{}`; keep one of them",
                    self.found.inputs[rival].name,
                    show(&path)
                );
                return Err(Error::new(ErrorKind::Usage, detail).at(source.name()));
            }
            if self.found.real.contains(&resolve(&path)) {
                return Err(plan::overwrites(&path));
            }
            files.push((path, content.into_bytes()));
        }
        for (path, content) in &files {
            write::make_folder_of(path)?;
            write::replace(&resolve(path), path, content, false)?;
        }
        Ok(files.len())
    }
}

fn check_report(path: &Path, format: links::Format) -> Result<(), Error> {
    let refuse = |detail: &str| Err(Error::new(ErrorKind::Usage, detail).at(show(path)));
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if path.is_dir() || plan::ends_like_a_folder(path) {
        return refuse("the report needs the name of a file, and this is a folder");
    }
    if !folder.is_dir() {
        return refuse("the report cannot be written: its folder does not exist");
    }
    // An older report may be written over, a template never.
    if format == links::Format::Html
        && fs::read(path).is_ok_and(|old| memchr::memmem::find(&old, REPORT_TITLE).is_none())
    {
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

/// A unified diff in the colours that git gives it.
fn colored(diff: &str) -> String {
    use anstyle::{AnsiColor, Style};
    let mut out = String::with_capacity(diff.len() + diff.len() / 8);
    for line in diff.split_inclusive('\n') {
        let style = match line.as_bytes() {
            [b'-', b'-', b'-', b' ', ..] | [b'+', b'+', b'+', b' ', ..] => Style::new().bold(),
            [b'@', b'@', ..] => AnsiColor::Cyan.on_default(),
            [b'+', ..] => AnsiColor::Green.on_default(),
            [b'-', ..] => AnsiColor::Red.on_default(),
            _ => Style::new(),
        };
        let text = line.trim_end_matches(['\n', '\r']);
        let end = &line[text.len()..];
        out.push_str(&format!("{style}{text}{style:#}{end}"));
    }
    out
}
