//! `psalink lint`: checks each template, mends it where it is asked to, and reports what is left.

mod summary;

use std::collections::{BTreeMap, HashSet};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use psalink::lint::{Profile, READY, allow_findings};
use psalink::report::{self, Cut, Format, Located, Report, full};
use psalink::{
    Baseline, Diagnostic, Document, Error, ErrorKind, Level, LintConfig, Mapped, Overrides, Safety, Source, Vocabulary,
    edit, fix, plain_file, visible,
};

use self::summary::{LintSummary, statistics};
use crate::args::{FailOn, LintArgs};
use crate::atomic_write::{self, Before, Notes, lock};
use crate::composed::Gathered;
use crate::console::{Console, Status};
use crate::inputs::finder;
use crate::inputs::input::{Input, Origin};
use crate::inputs::sessions::Sessions;
use crate::panics;
use crate::paths::{real_path, show};
use crate::wording::{could_not, count};
use crate::workers::{Changing, Job, Prepared, Worker, Workers};

/// The baseline where `--baseline` names none.
const BASELINE: &str = "psalink-baseline.json";

/// The largest baseline that is read, in bytes: one of a large file with a finding on every line.
const LARGEST_BASELINE: u64 = 128 << 20;

/// What a run does with the templates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LintMode {
    Check,
    Fix(Safety),
    Diff(Safety),
    AddAllow,
}

/// What every job needs to know.
struct LintRun<'a> {
    workers: &'a Workers<'a>,
    mode: LintMode,
    format: Format,
    /// The word of the command line about rules.
    choice: LintConfig,
    baseline: Option<Mutex<Baseline>>,
    /// The folder that the paths of the baseline are seen from.
    baseline_folder: PathBuf,
    write_baseline: bool,
    statistics: bool,
    quiet: bool,
    /// How many places of a rule in a file are printed.
    most: usize,
    style: full::Style,
    colored_out: bool,
    /// How files are changed where they are.
    changing: Option<Changing<'a>>,
}

/// What a job leaves behind.
#[derive(Default)]
struct Linted {
    /// Findings as text, a diff, or the mended standard input.
    text: String,
    bytes: Vec<u8>,
    located: Vec<Located>,
    /// Findings that are only counted.
    cut: Vec<Cut>,
    summary: LintSummary,
    /// How often each rule was found, and how often it can be mended.
    rules: BTreeMap<&'static str, (usize, usize)>,
    error: Option<Error>,
    notes: Notes,
    /// What was found in a template that was put together, and the files that it was put together from.
    composed: Option<(Vec<Mapped>, Vec<Arc<Source>>)>,
}

impl Linted {
    /// What is left of a job that could not be done.
    fn of(error: Error) -> Linted {
        let summary = LintSummary { files: 1, failed: 1, ..LintSummary::default() };
        Linted { summary, error: Some(error), ..Linted::default() }
    }
}

/// What all jobs leave behind.
#[derive(Default)]
struct Outcome {
    summary: LintSummary,
    rules: BTreeMap<&'static str, (usize, usize)>,
    all: Report,
    text: String,
}

impl Outcome {
    /// Adds what one job leaves behind; `is_kept` keeps its text for a file.
    fn add(&mut self, done: Linted, is_kept: bool, console: &mut Console) {
        self.summary.add(&done.summary);
        for (rule, (times, fixable)) in done.rules {
            let entry = self.rules.entry(rule).or_default();
            entry.0 += times;
            entry.1 += fixable;
        }
        if let Some(error) = done.error {
            console.error(&error);
            self.all.errors.push(error);
        }
        console.notes(&done.notes);
        self.all.findings.extend(done.located);
        self.all.cut.extend(done.cut);
        console.result(&done.bytes);
        match is_kept {
            true => self.text.push_str(&done.text),
            false => console.list(&done.text),
        }
    }
}

pub fn run(args: &LintArgs, console: &mut Console) -> Result<Status, Error> {
    let format = match &args.format {
        Some(name) => name.parse()?,
        None => Format::Full,
    };
    let choice = choice(args)?;
    // Takes some milliseconds, in which this thread can look for templates.
    std::thread::spawn(Vocabulary::builtin);
    let overrides = Overrides { unsafe_fixes: args.unsafe_fixes, ..args.templates.overrides() };
    let mut sessions = Sessions::new(&args.templates, &overrides)?;
    let baseline_path = args.baseline.clone().unwrap_or_else(|| PathBuf::from(BASELINE));
    let own: Vec<&Path> = args.output_file.iter().map(PathBuf::as_path).chain([baseline_path.as_path()]).collect();
    let mut written = args.output_file.iter().chain(args.write_baseline.then_some(&baseline_path));
    written.try_for_each(|path| atomic_write::check_file(path))?;
    let templates = args.templates.or_here();
    let mut found = finder::find(&templates, &mut sessions, &own, false)?;
    let not_found = std::mem::take(&mut found.errors);
    not_found.iter().for_each(|error| console.error(error));
    if args.show_files {
        for input in &found.inputs {
            console.result(format!("{}\n", visible(&input.name)).as_bytes());
        }
        return Ok(if not_found.is_empty() { Status::Clean } else { Status::Failed });
    }
    let dialects = sessions.dialects().len();
    let workers = Workers::new(&args.templates, &sessions, &found);
    let baseline = match &args.baseline {
        Some(path) if !args.write_baseline => Some(Mutex::new(read_baseline(path)?)),
        _ => args.write_baseline.then(Mutex::default),
    };
    // What is written over it later is compared with what it holds now.
    let baseline_before =
        args.write_baseline.then(|| plain_file::read(&baseline_path, LARGEST_BASELINE).ok()).flatten();
    let safety = if args.unsafe_fixes { Safety::Suggested } else { Safety::Safe };
    let mode = match (args.diff, args.fix || args.unsafe_fixes, args.add_allow) {
        (true, ..) => LintMode::Diff(safety),
        (_, true, _) => LintMode::Fix(safety),
        (.., true) => LintMode::AddAllow,
        _ => LintMode::Check,
    };
    // What is only listed is not changed.
    let changes = matches!(mode, LintMode::Fix(_) | LintMode::AddAllow) && !args.show_settings;
    let prepared = match changes {
        true => Some(workers.prepare(&templates.paths, args.backup.as_deref())?),
        false => None,
    };
    let run = LintRun {
        workers: &workers,
        mode,
        format,
        choice,
        baseline,
        baseline_folder: baseline_path.parent().map(Path::to_owned).unwrap_or_default(),
        write_baseline: args.write_baseline,
        statistics: args.statistics,
        quiet: console.quiet,
        most: if console.verbose { usize::MAX } else { report::MOST },
        style: full::Style {
            colored: console.colored_out && args.output_file.is_none(),
            width: terminal_size::terminal_size_of(std::io::stdout()).map(|(width, _)| usize::from(width.0)),
            changes: true,
        },
        colored_out: console.colored_out,
        changing: prepared.as_ref().map(Prepared::changing),
    };
    let jobs: Vec<Job> =
        (0..dialects).flat_map(|dialect| (0..found.inputs.len()).map(move |input| Job { input, dialect })).collect();
    if args.show_settings {
        return run.show_settings(&jobs, console);
    }

    let bar = console.start_bar(jobs.len());
    let mut outcome = Outcome { all: Report { errors: not_found, ..Report::default() }, ..Outcome::default() };
    let is_kept = args.output_file.is_some();
    let mut gathered = Gathered::default();
    let mut composed = Vec::new();
    workers.each(
        &jobs,
        |worker, job| run.job(worker, job),
        |_, error| Linted::of(error),
        |job, mut done| {
            bar.inc(1);
            let name = &found.inputs[job.input].name;
            if let Some((mapped, used)) = done.composed.take() {
                gathered.add(name, &used, mapped);
                composed.push(name.clone());
            } else if done.error.is_none() {
                outcome.all.files.push(name.clone());
            }
            outcome.add(done, is_kept, console);
        },
    )?;
    console.end_bar();
    for (source, findings) in gathered.into_files() {
        let name = source.name();
        let report = || {
            let mut done = Linted::default();
            let findings = run.known(&source, findings);
            run.report(&source, &findings, &mut done);
            Ok((done, !findings.is_empty()))
        };
        let (done, has_findings) = panics::caught(name, report).unwrap_or_else(|error| {
            let summary = LintSummary { failed: 1, ..LintSummary::default() };
            (Linted { summary, error: Some(error), ..Linted::default() }, false)
        });
        outcome.add(done, is_kept, console);
        // A format that lists files names no finding of another.
        if has_findings {
            composed.push(name.to_owned());
        }
    }
    let mut listed = HashSet::new();
    outcome.all.files.extend(composed.into_iter().filter(|name| listed.insert(name.clone())));
    let Outcome { summary, rules, all, text } = outcome;

    let has_failed = !all.errors.is_empty();
    let mut status = if has_failed { Status::Failed } else { Status::Clean };
    match &args.output_file {
        Some(path) => {
            let mut document = text.into_bytes();
            run.document(&all, &rules, &mut document).map_err(|error| {
                Error::new(ErrorKind::Io, format!("could not write the report: {error}")).because(error)
            })?;
            let notes = atomic_write::replace(&real_path(path), path, &document, Before::Anything, false)?;
            console.notes(&notes);
        }
        None => {
            console.result(text.as_bytes());
            console.stream(|out| run.document(&all, &rules, out));
        }
    }
    if let Some(baseline) = run.baseline {
        let baseline = baseline.into_inner().unwrap_or_else(PoisonError::into_inner);
        if args.write_baseline {
            let real = real_path(&baseline_path);
            let _lock = lock::take_for_file(&real)?;
            let json = baseline.to_json();
            let before = Before::read(baseline_before.as_deref());
            let notes = atomic_write::replace(&real, &baseline_path, json.as_bytes(), before, false)?;
            console.notes(&notes);
            let findings = count(baseline.len(), "finding", "findings");
            console.inform(&format!("{findings} written to `{}`", show(&baseline_path)));
            return Ok(status);
        }
        for stale in baseline.stale() {
            let times = if stale.times > 1 { format!(" ({} times)", stale.times) } else { String::new() };
            console.inform(&format!(
                "no longer found, though the baseline has it: {}: {}: `{}`{times}",
                stale.path, stale.rule, stale.text
            ));
        }
    }
    let sources = found.inputs.iter().filter(|input| input.composed).count();
    if mode != LintMode::Check && sources > 0 {
        console.inform(&format!(
            "{} (.j2) checked and left as {}: what is wrong there is mended by hand",
            count(sources, "source", "sources"),
            if sources == 1 { "it is" } else { "they are" }
        ));
    }
    if let Some(prepared) = prepared {
        prepared.finish(console);
    }
    console.inform(&summary.line(matches!(mode, LintMode::Diff(_)), args.unsafe_fixes));
    let found_something = match (args.fail_on, args.max_warnings) {
        (FailOn::Error, None) => summary.errors > 0,
        (_, Some(most)) => summary.errors > 0 || summary.warnings > most,
        (FailOn::Warning, None) => summary.errors + summary.warnings > 0,
    };
    let is_diff = matches!(mode, LintMode::Diff(_)) && summary.changed > 0;
    if (found_something || is_diff) && !args.exit_zero {
        status = status.max(Status::Found);
    }
    Ok(status)
}

/// What the command line says about rules.
fn choice(args: &LintArgs) -> Result<LintConfig, Error> {
    let mut choice = LintConfig { select: args.select.clone(), ignore: args.ignore.clone(), ..LintConfig::default() };
    if args.ready {
        choice.select.extend(READY.iter().map(|rule| (*rule).to_owned()));
    }
    // A mistake in it is one mistake, however many templates there are.
    Profile::default().configure(&choice)?;
    Ok(choice)
}

fn read_baseline(path: &Path) -> Result<Baseline, Error> {
    let read = plain_file::read_named_to_string(path, LARGEST_BASELINE);
    let text = read.map_err(|error| could_not("read", path, error))?;
    Baseline::parse(&show(path), &text)
}

impl<'a> LintRun<'a> {
    fn job(&self, worker: &mut Worker<'a>, job: Job) -> Linted {
        let mut done = Linted::default();
        if let Err(error) = self.try_job(worker, job, &mut done) {
            done.summary.failed = 1;
            done.error = Some(error);
        }
        done
    }

    fn try_job(&self, worker: &mut Worker<'a>, job: Job, done: &mut Linted) -> Result<(), Error> {
        let input = &self.workers.found.inputs[job.input];
        let session = self.workers.session(job);
        let profile = session.profile(&input.name, &self.choice)?;
        let (bytes, _) = self.workers.read(input, &mut worker.memory)?;
        done.summary.files = 1;
        let is_stdin = matches!(input.origin, Origin::Stdin(_));
        if input.composed && is_stdin && !matches!(self.mode, LintMode::Check | LintMode::Diff(_)) {
            done.bytes = bytes.clone();
        }
        let (source, origins) = self.workers.source(job, bytes)?;
        let parser = self.workers.parser(&mut worker.parsers, job);
        if let Some(origins) = origins {
            let (document, findings) = session.check(source, parser, &profile)?;
            done.composed = Some((origins.map(document.source(), findings), origins.files().to_vec()));
            let source = parser.release(document);
            worker.keep(source.into_bytes());
            return Ok(());
        }
        let (document, findings) = match self.mode {
            LintMode::Check | LintMode::AddAllow => session.check(source, parser, &profile)?,
            LintMode::Fix(least) | LintMode::Diff(least) => {
                self.mend(source, least, done, input, |source| session.check(source, parser, &profile))?
            }
        };
        let findings = self.known(document.source(), findings);
        if self.mode == LintMode::AddAllow {
            self.add_allow(&document, &findings, done, input)?;
        } else {
            self.report(document.source(), &findings, done);
        }
        let source = self.workers.parser(&mut worker.parsers, job).release(document);
        worker.keep(source.into_bytes());
        Ok(())
    }

    /// Makes the fixes of a template, in its file or as a diff.
    fn mend(
        &self,
        source: Source,
        least: Safety,
        done: &mut Linted,
        input: &Input,
        mut look: impl FnMut(Source) -> Result<(Document, Vec<Diagnostic>), Error>,
    ) -> Result<(Document, Vec<Diagnostic>), Error> {
        let (document, findings) = look(source)?;
        let has_fix = |it: &Diagnostic| it.fix.as_ref().is_some_and(|fix| fix.safety >= least);
        let is_stdin = matches!(input.origin, Origin::Stdin(_));
        if !findings.iter().any(has_fix) {
            if is_stdin && self.mode == LintMode::Fix(least) {
                done.bytes = document.source().to_disk(document.source().bytes().to_vec());
            }
            return Ok((document, findings));
        }
        drop(findings); // they are found once more, and would be there twice
        let before = document.into_source();
        before.can_write()?;
        let copy = before.to_disk(before.bytes().to_vec());
        let again = Source::read(before.name(), copy, before.kind(), Some(before.encoding()))?;
        let fixed = fix(again, least, look)?;
        let new = fixed.document.source();
        let bytes = new.to_disk(new.bytes().to_vec());
        done.summary.fixed = fixed.fixed.len();
        done.summary.changed = usize::from(new.bytes() != before.bytes());
        match self.mode {
            LintMode::Diff(_) => {
                let diff = edit::diff(input.name.trim_start_matches('/'), &before, new);
                let diff = if self.colored_out { crate::console::colored_diff(&diff) } else { diff };
                done.bytes = diff.into_bytes();
            }
            _ if is_stdin => done.bytes = bytes,
            _ => {
                let old = before.to_disk(before.bytes().to_vec());
                self.change(input, &old, &bytes, done)?;
            }
        }
        Ok((fixed.document, fixed.left))
    }

    fn add_allow(
        &self,
        document: &Document,
        findings: &[Diagnostic],
        done: &mut Linted,
        input: &Input,
    ) -> Result<(), Error> {
        let allowed = allow_findings(document, findings);
        if !allowed.edits.is_empty() {
            let bytes = edit::apply(document.source(), &allowed.edits)?;
            if matches!(input.origin, Origin::Stdin(_)) {
                done.bytes = bytes;
            } else {
                let source = document.source();
                self.change(input, &source.to_disk(source.bytes().to_vec()), &bytes, done)?;
            }
            done.summary.changed = 1;
            done.summary.allowed = allowed.count;
        }
        self.report(document.source(), &allowed.left, done);
        Ok(())
    }

    fn change(&self, input: &Input, old: &[u8], new: &[u8], done: &mut Linted) -> Result<(), Error> {
        if let Some(changing) = &self.changing {
            done.notes.add(self.workers.change(input, old, new, changing)?);
        }
        Ok(())
    }

    /// The findings that the baseline does not hide.
    fn known(&self, source: &Source, findings: Vec<Diagnostic>) -> Vec<Diagnostic> {
        let Some(baseline) = &self.baseline else { return findings };
        let path = baseline_name(&self.baseline_folder, source.name());
        let mut baseline = baseline.lock().unwrap_or_else(PoisonError::into_inner);
        if self.write_baseline {
            baseline.add(&path, source, &findings);
            return Vec::new();
        }
        baseline.hide(&path, source, findings)
    }

    /// What is said about a file.
    fn report(&self, source: &Source, findings: &[Diagnostic], done: &mut Linted) {
        done.summary.count(findings);
        for finding in findings {
            let entry = done.rules.entry(finding.rule).or_default();
            entry.0 += 1;
            entry.1 += usize::from(finding.fix.as_ref().is_some_and(|fix| fix.safety == Safety::Safe));
        }
        if self.statistics || matches!(self.mode, LintMode::Diff(_)) {
            return;
        }
        let shown: Vec<Diagnostic>;
        let findings = if self.quiet {
            shown = findings.iter().filter(|it| it.level == Level::Error).cloned().collect();
            &shown
        } else {
            findings
        };
        let (findings, cut) = report::first_of_each(source, findings, self.most);
        match self.format {
            Format::Full => done.text = full::write(source, &findings, self.style) + &full::write_cut(&cut, self.style),
            Format::Concise => {
                done.text = report::concise::write(source, &findings) + &report::concise::write_cut(&cut)
            }
            _ => (done.located, done.cut) = (report::locate(source, &findings), cut),
        }
    }

    /// What is written when every template was looked at.
    fn document(
        &self,
        all: &Report,
        rules: &BTreeMap<&'static str, (usize, usize)>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        if self.statistics {
            return out.write_all(statistics(rules).as_bytes());
        }
        if matches!(self.mode, LintMode::Diff(_)) {
            return Ok(());
        }
        match self.format {
            Format::Full | Format::Concise => Ok(()),
            Format::Json => report::json::write(all, out),
            Format::Sarif => report::sarif::write(all, out),
            Format::Github => report::github::write(all, out),
            Format::Gitlab => report::gitlab::write(all, out),
            Format::Junit => report::junit::write(all, out),
        }
    }

    /// The settings of each template.
    fn show_settings(&self, jobs: &[Job], console: &mut Console) -> Result<Status, Error> {
        let mut worker = Worker::default();
        let mut status = Status::Clean;
        for &job in jobs {
            let input = &self.workers.found.inputs[job.input];
            match panics::caught(&input.name, || self.settings_of(&mut worker, job, input)) {
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

    fn settings_of(&self, worker: &mut Worker<'a>, job: Job, input: &Input) -> Result<String, Error> {
        let session = self.workers.session(job);
        let profile = session.profile(&input.name, &self.choice)?;
        let (bytes, _) = self.workers.read(input, &mut worker.memory)?;
        let (source, _) = self.workers.source(job, bytes)?;
        let parser = self.workers.parser(&mut worker.parsers, job);
        let document = session.parse(source, parser)?;
        let settings = session.settings(&document, parser)?;
        let dialect = match settings.is_dialect_known {
            true => parser.vocabulary().dialects()[settings.dialect].id.as_str(),
            false => "not known",
        };
        let config = session.config().path().map_or_else(|| "none".to_owned(), show);
        let or_none = |text: &Option<String>| text.clone().unwrap_or_else(|| "none".to_owned());
        let audience = settings.audience.map_or("not said", |audience| match audience {
            psalink::Audience::Customer => "customer",
            psalink::Audience::Internal => "internal",
        });
        let rules: Vec<&str> = profile.names().collect();
        Ok(format!(
            "{}\n  settings: {config}\n  encoding: {}\n  dialect: {}\n  language: {}\n  portal: {}\n  allowed hosts: {}\n  client: {}\n  context: {}\n  audience: {audience}\n  rules: {}\n",
            input.name,
            document.source().encoding(),
            dialect,
            settings.language,
            or_none(&settings.host),
            if settings.allowed_hosts.is_empty() { "none".to_owned() } else { settings.allowed_hosts.join(", ") },
            match settings.client {
                psalink::Client::Web => "web",
                psalink::Client::Desktop => "desktop",
            },
            or_none(&settings.context),
            rules.join(", "),
        ))
    }
}

/// The path of a template as a baseline names it: seen from the baseline's folder, with `/`.
fn baseline_name(folder: &Path, name: &str) -> String {
    let path = Path::new(name);
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let folder = std::path::absolute(if folder.as_os_str().is_empty() { Path::new(".") } else { folder });
    let seen = folder.ok().and_then(|folder| absolute.strip_prefix(folder).ok().map(Path::to_owned));
    seen.unwrap_or_else(|| path.to_owned()).to_string_lossy().replace('\\', "/")
}
