//! `psalink test`: fills each template with each sample, and compares the mails with the recorded ones.

use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use psalink::report::full;
use psalink::snapshot::{
    Changes, Comparison, Record, Snapshot, SnapshotName, Unreferenced, check_names, compare, pending, unreferenced,
};
use psalink::{Error, ErrorKind, Level, LintConfig, Sample, Vocabulary, nearest, render, visible, visible_lines};

use crate::args::{TestArgs, UnreferencedArg};
use crate::atomic_write::{self, Before, Notes, lock};
use crate::console::{Console, Status, colored_diff};
use crate::inputs::finder;
use crate::inputs::input::{Found, Origin};
use crate::inputs::mails;
use crate::inputs::own_folders::is_passed_over;
use crate::inputs::sessions::Sessions;
use crate::inputs::walk::Walk;
use crate::panics;
use crate::paths::{name, real_path, show};
use crate::prompt::{self, Answer};
use crate::records::{delete, finding_lines, remove};
use crate::wording::count;
use crate::workers::{Job, Worker, Workers};

/// One mail beside the recorded one.
struct Mail {
    input: usize,
    name: SnapshotName,
    /// The file of the recorded mail.
    path: PathBuf,
    record: Record,
    state: State,
    /// What the file of the recorded mail held when it was compared.
    before: Option<Vec<u8>>,
}

/// How a mail compares with the recorded one.
enum State {
    Same,
    New,
    Changed(Box<Changes>),
    Unreadable(Error),
}

/// How many mails are what.
#[derive(Default)]
struct Counts {
    same: usize,
    changed: usize,
    new: usize,
    recorded: usize,
    unreadable: usize,
    /// Templates.
    failed: usize,
    /// Files that could not be written or deleted.
    unwritten: usize,
}

/// What a run does with mails that are not as recorded.
enum TestMode {
    /// They are shown, and left for review.
    Show,
    /// They are shown, and nothing is written; this says what to do instead.
    Check(&'static str),
    /// Those whose name contains this are recorded.
    Accept(String),
    /// A person is asked.
    Review,
    /// Those that never were are recorded, and nothing is said.
    New,
}

/// What is said where values come from the command line.
const NEVER: &str =
    "mails filled with values of `--set`, or with a file outside of the samples folder, are never recorded";

pub fn run(args: &TestArgs, console: &mut Console) -> Result<Status, Error> {
    let mode = mode(args)?;
    let (status, counts, mode) = look(args, mode, console)?;
    let summary = counts.line(&mode);
    match console.quiet && status > Status::Clean {
        true => console.say(&format!("{summary}\n")),
        false => console.inform(&summary),
    }
    Ok(status)
}

/// Records the mails of a folder that were never recorded; gives how many, and how it went.
pub fn record_new(folder: &Path, console: &mut Console) -> Result<(usize, Status), Error> {
    let mut args = TestArgs::default();
    args.templates.paths.push(folder.to_owned());
    let (status, counts, _) = look(&args, TestMode::New, console)?;
    // What differs from its record is not looked at here.
    Ok((counts.recorded, if status == Status::Failed { status } else { Status::Clean }))
}

fn look(args: &TestArgs, mode: TestMode, console: &mut Console) -> Result<(Status, Counts, TestMode), Error> {
    std::thread::spawn(Vocabulary::builtin);
    let overrides = args.templates.overrides();
    let mut sessions = Sessions::new(&args.templates, &overrides)?;
    let templates = args.templates.or_here();
    if templates.paths.iter().any(|path| path.as_os_str() == "-") {
        let detail = "the standard input has no place where a mail could be recorded; name the file";
        return Err(Error::new(ErrorKind::Usage, detail));
    }
    let found = finder::find(&templates, &mut sessions, &[], false)?;
    if let Some(pipe) = found.inputs.iter().find(|input| matches!(input.origin, Origin::Stdin(_))) {
        let detail = "a pipe has no place where a mail could be recorded; save the template as a file, and name that";
        return Err(Error::new(ErrorKind::Usage, detail).at(&*pipe.name));
    }
    found.errors.iter().for_each(|error| console.error(error));
    let mut bodies = mails::bodies(&found);
    for &index in &bodies {
        let input = &found.inputs[index];
        if let Some(html) = mails::html_of(input).filter(|_| input.named) {
            let detail =
                format!("this is the text-only body of `{}`, and recorded with it; name that file", show(&html));
            return Err(Error::new(ErrorKind::Usage, detail).at(&*input.name));
        }
    }
    bodies.retain(|&index| mails::html_of(&found.inputs[index]).is_none());
    let samples = mails::samples(&args.samples, &sessions, true)?;
    let mode = match mode {
        TestMode::Accept(_) | TestMode::Review if mails::has_own_values(&args.samples, &sessions) => {
            let detail = format!(
                "{NEVER}, as no later run knows these values; write them into a file of the folder that `samples` in \
                 psalink.yaml names"
            );
            return Err(Error::new(ErrorKind::Usage, detail));
        }
        // The next run would fill the mails with other values.
        TestMode::Show if mails::has_own_values(&args.samples, &sessions) => TestMode::Check(NEVER),
        mode => mode,
    };
    let dialects = sessions.dialects().len();
    let jobs: Vec<Job> =
        bodies.iter().flat_map(|&input| (0..dialects).map(move |dialect| Job { input, dialect })).collect();

    let workers = Workers::new(&args.templates, &sessions, &found);
    let bar = console.start_bar(jobs.len());
    let mut counts = Counts::default();
    let mut all: Vec<Mail> = Vec::new();
    workers.each(
        &jobs,
        |worker, job| made(&workers, worker, job, &samples),
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
    check_names(all.iter().map(|mail| &mail.name))?;
    if let TestMode::Accept(filter) = &mode
        && !all.is_empty()
    {
        check_filter(filter, &all)?;
    }

    if !matches!(mode, TestMode::Check(_)) {
        all.iter()
            .filter_map(|mail| mail.path.parent())
            .collect::<BTreeSet<_>>()
            .into_iter()
            .for_each(atomic_write::sweep);
    }
    settle(&mode, &all, &mut counts, console);
    let mut status = if found.errors.is_empty() { Status::Clean } else { Status::Failed };
    // What is not known of a template that could not be filled must not cost its recorded mails.
    if status == Status::Clean && counts.failed == 0 {
        status = tidy(args, &templates.paths, &found, &all, console)?;
    }
    if counts.changed + counts.new > 0 {
        status = status.max(Status::Found);
    }
    if counts.unreadable + counts.failed + counts.unwritten > 0 {
        status = Status::Failed;
    }
    Ok((status, counts, mode))
}

fn mode(args: &TestArgs) -> Result<TestMode, Error> {
    let refuse = |what: &str| {
        let detail = format!(
            "`{what}` writes files, and where the environment variable CI is set psalink writes none; run it on your own \
             computer, and commit what it writes"
        );
        Err(Error::new(ErrorKind::Usage, detail))
    };
    let is_ci = std::env::var_os("CI").is_some_and(|value| {
        !["", "0", "false"].iter().any(|off| value.to_string_lossy().trim().eq_ignore_ascii_case(off))
    });
    Ok(match (&args.accept, args.review) {
        (Some(_), _) if is_ci => return refuse("--accept"),
        (_, true) if is_ci => return refuse("--review"),
        _ if is_ci && args.unreferenced == Some(UnreferencedArg::Delete) => return refuse("--unreferenced delete"),
        (Some(filter), _) => TestMode::Accept(filter.clone()),
        (None, true) => {
            prompt::check_terminal()?;
            TestMode::Review
        }
        (None, false) if is_ci => {
            TestMode::Check("run `psalink test --review` on your own computer, and commit what it records")
        }
        (None, false) => TestMode::Show,
    })
}

/// Fills a template with each sample, and looks at the recorded mails.
fn made<'a>(
    workers: &Workers<'a>,
    worker: &mut Worker<'a>,
    job: Job,
    samples: &[Vec<Sample>],
) -> Result<Vec<Mail>, Error> {
    let input = &workers.found.inputs[job.input];
    let files = workers.template(worker, job)?;
    let parser = workers.parser(&mut worker.parsers, job);
    let session = workers.session(job);
    let profile = session.profile(&input.name, &LintConfig::default())?;
    let findings = finding_lines(&session.check_template(&files, parser, &profile)?, files.name());
    let ready = session.ready(&files, parser)?;
    let dialect = parser.vocabulary().dialects()[ready.settings.dialect].id.clone();
    let template = match &input.origin {
        Origin::File(path) => path.as_path(),
        // A link has recorded mails of its own, as it may have settings of its own.
        Origin::Link { .. } | Origin::Stdin(_) => Path::new(&input.name),
    };
    let mail = |sample: &Sample| {
        let name = SnapshotName::new(template, &dialect, sample.name());
        let mut record = Record {
            template: input.name.clone(),
            dialect: dialect.clone(),
            sample: sample.name().to_owned(),
            rendered: render(&ready, sample, parser),
            findings: findings.clone(),
        };
        let path = name.path();
        let mut before = session.reading().of_records().read(&path).ok();
        let state = match Snapshot::read_found(&path, session.reading()) {
            Ok(None) => State::New,
            Ok(Some(old)) => match compare(&old, &record) {
                Comparison::Same => State::Same,
                Comparison::Changed(changes) => State::Changed(changes),
            },
            Err(error) => State::Unreadable(error),
        };
        if matches!(state, State::Same) {
            (record.rendered, before) = Default::default(); // no one asks for them any more
        }
        Mail { input: job.input, name, path, record, state, before }
    };
    Ok(samples[input.settings].iter().map(mail).collect())
}

/// Shows, records or leaves for review what is not as recorded.
fn settle(mode: &TestMode, all: &[Mail], counts: &mut Counts, console: &mut Console) {
    let waiting = all.iter().filter(|mail| !matches!(mail.state, State::Same)).count();
    let mut at = 0;
    let mut has_quit = false;
    let mut input = io::stdin().lock();
    for mail in all {
        let is_same = matches!(mail.state, State::Same);
        at += usize::from(!is_same);
        let answer = match mode {
            _ if is_same => Answer::Keep,
            TestMode::Accept(filter) if mail.fits(filter) => Answer::Accept,
            TestMode::Show | TestMode::Check(_) | TestMode::Accept(_) => {
                mail.try_to_show(false, counts, console);
                Answer::Skip
            }
            TestMode::New if matches!(mail.state, State::New) => Answer::Accept,
            TestMode::New => Answer::Skip,
            TestMode::Review if has_quit => Answer::Quit,
            TestMode::Review => {
                mail.try_to_show(true, counts, console);
                prompt::ask(&mail.question(at, waiting), &mut input, console)
            }
        };
        has_quit |= answer == Answer::Quit;
        let written = match answer {
            _ if matches!(mode, TestMode::Check(_)) => Ok(Notes::default()),
            Answer::Skip if matches!(mode, TestMode::New) => Ok(Notes::default()),
            Answer::Accept => mail
                .write(&mail.path, Before::read(mail.before.as_deref()))
                .and_then(|notes| mail.remove_pending().map(|()| notes)),
            Answer::Keep => mail.remove_pending().map(|()| Notes::default()),
            // An unreadable file is for a person; beside it `cargo insta` would stumble over it.
            Answer::Skip | Answer::Quit if matches!(mail.state, State::Unreadable(_)) => Ok(Notes::default()),
            Answer::Skip | Answer::Quit => mail.write(&pending(&mail.path), Before::Anything),
        };
        if let Ok(notes) = &written {
            console.notes(notes);
        }
        if let Err(error) = written {
            console.error(&error);
            counts.unwritten += 1;
        } else if answer == Answer::Accept {
            if !matches!(mode, TestMode::New) {
                console.inform(&format!("recorded: {}", show(&mail.path)));
                mail.warn_if_empty(console);
            }
            counts.recorded += 1;
            continue;
        }
        match mail.state {
            State::Same => counts.same += 1,
            State::New => counts.new += 1,
            State::Changed(_) => counts.changed += 1,
            State::Unreadable(_) => counts.unreadable += 1,
        }
    }
}

impl Mail {
    /// `mails/new-ticket.html for connectwise, sample standard`
    fn label(&self) -> String {
        let Record { template, dialect, sample, .. } = &self.record;
        format!("{} for {dialect}, sample {}", visible(template), visible(sample))
    }

    /// Whether its name, or that of its file, contains a filter.
    fn fits(&self, filter: &str) -> bool {
        let filter = filter.strip_prefix("./").unwrap_or(filter).to_lowercase();
        let Record { template, dialect, sample, .. } = &self.record;
        let stem = self.name.file_name().trim_end_matches(".snap");
        let wholes = [dialect.as_str(), sample, stem, self.name.file_name(), &name(&self.path)];
        let begins = stem.to_lowercase().starts_with(&filter);
        begins || template.to_lowercase().contains(&filter) || wholes.iter().any(|whole| whole.to_lowercase() == filter)
    }

    fn question(&self, at: usize, all: usize) -> String {
        let (accept, keep) = match self.state {
            State::New => ("this mail", "it out of the record"),
            State::Unreadable(_) => ("the new mail", "the unreadable file"),
            State::Same | State::Changed(_) => ("the new mail", "the recorded one"),
        };
        format!("[a]ccept {accept}, [k]eep {keep}, [s]kip, [q]uit? ({at} of {all}) ")
    }

    /// Says how it differs; in a review the whole mail, if it is new.
    fn show(&self, in_review: bool, console: &mut Console) {
        let bold = if console.colored_out { anstyle::Style::new().bold() } else { anstyle::Style::new() };
        let mut out = match &self.state {
            State::Same => return,
            State::Unreadable(error) => {
                console.error(error);
                if !in_review {
                    return;
                }
                format!("{bold}unreadable: {}{bold:#}\n", self.label())
            }
            State::New => format!("{bold}new: {}, not recorded yet{bold:#}\n", self.label()),
            State::Changed(changes) => {
                let mut out = format!("{bold}changed: {}{bold:#}\n", self.label());
                for line in changes.summary() {
                    out.push_str(&format!("  {}\n", visible(&line)));
                }
                let diff = changes.diff(&show(&self.path));
                out.push_str(&if console.colored_out {
                    colored_diff(&diff)
                } else {
                    visible_lines(&diff).into_owned()
                });
                out.push('\n');
                out
            }
        };
        if in_review && !matches!(self.state, State::Changed(_)) {
            let body = self.record.body();
            // Who reviews a mail reads it; its HTML is for the preview.
            let (before, html) = body.split_once("\n== HTML").unwrap_or((&body, ""));
            out.push_str(&format!(
                "{}\n({} of HTML not shown)\n",
                visible_lines(before),
                count(html.lines().count().saturating_sub(3), "line", "lines")
            ));
        }
        console.list(&out);
        if !in_review {
            self.warn_if_empty(console);
        }
    }

    fn warn_if_empty(&self, console: &mut Console) {
        let mail = &self.record.rendered;
        if mail.html.as_deref().unwrap_or_default().trim().is_empty() && mail.text.trim().is_empty() {
            let text = format!("`{}`: the mail is empty: its reader would see nothing", self.label());
            console.say(&full::write_message(Level::Warning, &text, console.style));
        }
    }

    /// Shows it; what psalink gets wrong about one mail does not take the others with it.
    fn try_to_show(&self, in_review: bool, counts: &mut Counts, console: &mut Console) {
        let show = || {
            self.show(in_review, console);
            Ok(())
        };
        if let Err(error) = panics::caught(&self.record.template, show) {
            console.error(&error);
            counts.failed += 1;
        }
    }

    /// Writes the mail into a file, if it does not hold it yet.
    fn write(&self, path: &Path, before: Before<'_>) -> Result<Notes, Error> {
        let bytes = panics::caught(&self.record.template, || Ok(self.record.to_file().into_bytes()))?;
        if atomic_write::holds(path, &bytes) {
            return Ok(Notes::default());
        }
        atomic_write::check_inside(self.folder(), path)?;
        let _lock = lock::take_for_file(&real_path(path))?;
        atomic_write::replace_inside(self.folder(), path, &bytes, before)
    }

    /// The folder of the template. A record lies in it, and is not written or deleted through a link to elsewhere.
    fn folder(&self) -> &Path {
        let folder = Path::new(&self.record.template).parent().unwrap_or(Path::new(""));
        if folder.as_os_str().is_empty() { Path::new(".") } else { folder }
    }

    /// Deletes the mail that was not accepted yet, if there is one.
    fn remove_pending(&self) -> Result<(), Error> {
        let path = pending(&self.path);
        if fs::symlink_metadata(&path).is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
            return Ok(());
        }
        atomic_write::check_inside(self.folder(), &path)?;
        remove(&path)
    }
}

/// Checks that a filter fits a mail, so that a slip of the keyboard does not pass for a success.
fn check_filter(filter: &str, all: &[Mail]) -> Result<(), Error> {
    if all.iter().any(|mail| mail.fits(filter)) {
        return Ok(());
    }
    let mut names: BTreeSet<String> = BTreeSet::new();
    for mail in all {
        let stem = mail.name.file_name().trim_end_matches(".snap").to_owned();
        let template = stem.rsplitn(3, '.').nth(2).unwrap_or(&stem).to_owned();
        names.extend([template, mail.record.template.clone(), mail.record.sample.clone(), stem]);
    }
    let hint = match nearest(filter, names.iter().map(String::as_str)) {
        Some(near) => format!(", did you mean `{near}`?"),
        None if Path::new(filter).exists() => {
            format!("; to name a path, write it before `--accept`: `psalink test {filter} --accept`")
        }
        None => format!("; the first is `{}`", all[0].label()),
    };
    Err(Error::new(ErrorKind::Usage, format!("no mail has `{filter}` in its name{hint}; nothing was recorded")))
}

/// Looks for recorded mails that no template has any more.
fn tidy(
    args: &TestArgs,
    paths: &[PathBuf],
    found: &Found,
    all: &[Mail],
    console: &mut Console,
) -> Result<Status, Error> {
    let what = args.unreferenced.unwrap_or(UnreferencedArg::Warn);
    let known: HashSet<PathBuf> = all.iter().map(|mail| mail.path.clone()).collect();
    let mut folders: BTreeSet<PathBuf> = all.iter().filter_map(|mail| mail.path.parent().map(Path::to_owned)).collect();
    for path in paths.iter().filter(|path| path.is_dir()) {
        let is_folder = |entry: &ignore::DirEntry| entry.file_type().is_some_and(|it| it.is_dir());
        let enters = move |entry: &ignore::DirEntry| !is_folder(entry) || !is_passed_over(entry.path());
        let Ok(walk) = Walk::new(path, None, enters) else { continue }; // said when its templates were looked for
        folders.extend(walk.flatten().filter(is_folder).map(ignore::DirEntry::into_path));
    }
    // With some of the samples only, the recorded mails of the others are not to blame; nor are those of another PSA.
    let is_whole = args.samples.sample.is_empty();
    let looked_at: HashSet<(&str, &str)> =
        all.iter().map(|mail| (found.inputs[mail.input].name.as_str(), mail.record.dialect.as_str())).collect();
    let is_lost = |lost: &Unreferenced| match &lost.template {
        None => true,
        Some(template) => is_whole && looked_at.contains(&(name(template).as_str(), lost.dialect.as_str())),
    };
    let lost: Vec<Unreferenced> =
        unreferenced(folders.iter().map(PathBuf::as_path), &known)?.into_iter().filter(is_lost).collect();
    let mut has_failed = false;
    for Unreferenced { path, template, .. } in &lost {
        let why = match template {
            None => "its template is gone".to_owned(),
            Some(template) => format!("`{}` is not filled with this sample any more", show(template)),
        };
        if what == UnreferencedArg::Delete {
            if let Err(error) = delete(path) {
                console.error(&error);
                has_failed = true;
                continue;
            }
            console.inform(&format!("deleted: {} ({why})", show(path)));
        } else {
            let text = format!("`{}`: a recorded mail that no template has: {why}", show(path));
            match console.quiet && what == UnreferencedArg::Warn {
                true => {}
                false => console.say(&full::write_message(Level::Warning, &text, console.style)),
            }
        }
    }
    if !lost.is_empty() && what != UnreferencedArg::Delete {
        console.inform("`psalink test --unreferenced delete` deletes recorded mails that no template has");
    }
    let is_found = what == UnreferencedArg::Reject && !lost.is_empty();
    Ok(match (has_failed, is_found) {
        (true, _) => Status::Failed,
        (_, true) => Status::Found,
        _ => Status::Clean,
    })
}

impl Counts {
    /// The line that ends a run.
    fn line(&self, mode: &TestMode) -> String {
        let mails = self.same + self.changed + self.new + self.recorded + self.unreadable;
        if mails == 0 {
            return match self.failed {
                0 => "nothing to test: no template (.html, .htm, .txt) was found".to_owned(),
                failed => format!("{} could not be filled", count(failed, "template", "templates")),
            };
        }
        let parts = [
            (self.same, "as recorded"),
            (self.recorded, "recorded now"),
            (self.changed, "changed"),
            (self.new, "new"),
            (self.unreadable, "with an unreadable record"),
        ];
        let parts: Vec<String> =
            parts.into_iter().filter(|(times, _)| *times > 0).map(|(times, what)| format!("{times} {what}")).collect();
        let mut line = format!("{}: {}", count(mails, "mail", "mails"), parts.join(", "));
        if self.failed > 0 {
            line += &format!("; {} could not be filled", count(self.failed, "template", "templates"));
        }
        if self.changed + self.new + self.unreadable > 0 {
            line += "; ";
            line += match mode {
                TestMode::Check(hint) => hint,
                _ => "`psalink test --review` to look at each, `--accept` to record them",
            };
        }
        line
    }
}
