//! What a run does with one message: read its files, make them ready, and write them where they belong.

use std::path::PathBuf;

use psalink::compose::Mapped;
use psalink::config::LintConfig;
use psalink::document::FrontMatter;
use psalink::lint::READY;
use psalink::report::{full, links};
use psalink::session::{Finish, Finished, Output, Stopped};
use psalink::template::TemplateFile;
use psalink::visible::visible;
use psalink::{Diagnostic, Error, ErrorKind, Level, Session, Source, Template};

use super::messages::{MessageFiles, Messages};
use super::results::{FileResult, ReadMessage, results};
use super::summary::{ReadySummary, WorkCounts};
use crate::atomic_write::Notes;
use crate::console::shown_diff;
use crate::in_place::InPlace;
use crate::paths::show;
use crate::transform::destination::Destination;
use crate::transform::link_report;
use crate::transform::placing::{PlacedFile, Placing};
use crate::wording::count;
use crate::workers::{Job, Worker, Workers};

/// What every job needs to know.
pub struct ReadyRun<'a> {
    pub workers: &'a Workers<'a>,
    pub messages: Messages,
    pub placing: Placing<'a>,
    /// How files are changed in place.
    pub in_place: Option<&'a InPlace>,
    /// The rules selected on the command line.
    pub choice: LintConfig,
    /// The lowest level that stops a template.
    pub least: Level,
    /// Whether the run writes a table of all links.
    pub has_report: bool,
    pub quiet: bool,
    pub verbose: bool,
    /// How many places per rule and file are printed.
    pub most: usize,
    pub style: full::Style,
    pub colored_out: bool,
}

/// The result of a job; small, however large the message.
#[derive(Default)]
pub struct Readied {
    /// For standard output.
    pub result: Vec<u8>,
    /// For standard error, after the findings.
    pub messages: String,
    /// The findings that stop the message, and those whose level is too low for that.
    pub found: Vec<Mapped>,
    /// Whether any of its files is composed of others.
    pub is_composed: bool,
    pub rows: Vec<links::Row>,
    pub summary: ReadySummary,
}

impl<'a> ReadyRun<'a> {
    pub fn job(&self, worker: &mut Worker<'a>, job: Job) -> Readied {
        let mut done = Readied::default();
        match self.try_job(worker, job, &mut done) {
            Ok(()) => done,
            Err(error) => {
                let failed = self.failed(job, &error);
                done.summary = failed.summary;
                done.rows = failed.rows;
                done.messages.push_str(&failed.messages);
                done
            }
        }
    }

    /// The result of a job that failed.
    pub fn failed(&self, job: Job, error: &Error) -> Readied {
        let mut done = Readied { messages: full::write_error(error, self.style), ..Readied::default() };
        let files = self.messages.files(job).all().count();
        (done.summary.read, done.summary.failed) = (files, files);
        if self.has_report {
            done.rows = vec![links::failed(self.name(job.input), error)];
            link_report::name_dialect(self.placing.dialects[job.dialect], &mut done.rows);
        }
        done
    }

    /// Makes a message ready without writing anything; returns the error, if there is one.
    pub fn try_out(&self, worker: &mut Worker<'a>, job: Job) -> Option<Error> {
        self.read(worker, job).and_then(|message| self.finish(worker, job, &message.template)).err()
    }

    /// The report about the findings in one file.
    pub fn findings_text(&self, source: &Source, findings: &[Diagnostic]) -> String {
        let least = if self.quiet { Level::Error } else { Level::Note };
        full::write_first(source, findings, least, self.most, self.style)
    }

    fn try_job(&self, worker: &mut Worker<'a>, job: Job, done: &mut Readied) -> Result<(), Error> {
        let message = self.read(worker, job)?;
        done.is_composed = message.template.files().any(|file| file.origins.is_some());
        if *self.placing.destination == Destination::InPlace {
            self.refuse_loss(job, &message)?;
        }
        let finish = self.finish(worker, job, &message.template)?;
        done.summary.read = message.files.all().count();
        match finish {
            Finish::Stopped(stopped) => self.stopped(job, message.files, stopped, done),
            Finish::Done(finished) => self.finished(job, &message, finished, done)?,
        }
        Ok(())
    }

    /// Reads the files of a message, and composes its sources.
    fn read(&self, worker: &mut Worker<'a>, job: Job) -> Result<ReadMessage, Error> {
        let files = self.messages.files(job);
        let mut read = |input: Option<usize>| -> Result<(Option<TemplateFile>, Option<Vec<u8>>), Error> {
            let Some(input) = input else { return Ok((None, None)) };
            let (bytes, _) = self.workers.read(&self.workers.found.inputs[input], &mut worker.memory)?;
            let before = (!self.workers.found.inputs[input].composed).then(|| bytes.clone());
            let (source, origins) = self.workers.source(Job { input, ..job }, bytes)?;
            Ok((Some(TemplateFile { source, origins }), before))
        };
        let ((html, html_bytes), (text, text_bytes), (subject, subject_bytes)) =
            (read(files.html)?, read(files.text)?, read(files.subject)?);
        Ok(ReadMessage {
            files,
            template: Template { html, text, subject },
            before: [html_bytes, text_bytes, subject_bytes],
        })
    }

    fn finish(&self, worker: &mut Worker<'a>, job: Job, template: &Template) -> Result<Finish, Error> {
        let rewriter = self.workers.rewriter(&mut worker.rewriters, job);
        self.workers.session(job).finish(template, rewriter, &self.choice, self.least)
    }

    /// A change in place must not lose settings or comments that the user has written for psalink.
    fn refuse_loss(&self, job: Job, message: &ReadMessage) -> Result<(), Error> {
        for file in message.template.files() {
            let source = &file.source;
            let lost = match FrontMatter::read(source)? {
                Some(_) => "the settings at the top of this template",
                None if has_comments(self.workers.session(job), source)? => "the allow comments of this template",
                None => continue,
            };
            let others: Vec<String> = (message.files.all())
                .map(|input| self.name(input))
                .filter(|name| *name != source.name())
                .map(|name| format!("`{}`", visible(name)))
                .collect();
            let others = match others.as_slice() {
                [] => String::new(),
                [other] => format!(" ({other}, which belongs to it, was not changed either)"),
                several => format!(" ({}, which belong to it, were not changed either)", several.join(" and ")),
            };
            let detail =
                format!("`--in-place` would lose {lost}; use `-o` to write the finished template elsewhere{others}");
            return Err(Error::new(ErrorKind::Usage, detail).at(source.name()));
        }
        Ok(())
    }

    /// Reports what stops a message.
    fn stopped(&self, job: Job, files: MessageFiles, stopped: Stopped, done: &mut Readied) {
        done.summary.stopped = files.all().count();
        let Stopped { findings, left, .. } = stopped;
        let mut stopping = without_doubles(findings);
        done.summary.problems = stopping.len();
        let names: Vec<String> = files.all().map(|input| format!("`{}`", visible(self.name(input)))).collect();
        let named = match names.as_slice() {
            [] => return,
            [name] => name.clone(),
            [body, others @ ..] => format!("{body} (with {})", others.join(" and ")),
        };
        let what_not = match self.placing.destination {
            Destination::Diff | Destination::Check => "",
            Destination::InPlace => ", and was not changed",
            _ => ", and was not written",
        };
        let problems = count(done.summary.problems, "problem", "problems");
        done.messages = format!("{named} is not ready{what_not}: {problems} above\n");
        let first = Job { input: files.all().next().unwrap_or(job.input), ..job };
        if let Some(target) = self.target(first).filter(|target| target.is_file()) {
            done.messages += &format!("`{}` is from an earlier run\n", show(&target));
        }
        if let (true, Some(Mapped { source, finding })) = (self.has_report, stopping.first()) {
            let at = source.position(finding.span.start as usize);
            let detail = format!("not ready: {}", finding.message);
            let error = Error::new(ErrorKind::Template, detail).at(source.name()).at_place(at.line, at.column);
            done.rows = vec![links::failed(source.name(), &error)];
            link_report::name_dialect(self.placing.dialects[job.dialect], &mut done.rows);
        }
        stopping.extend(left);
        done.found = stopping;
    }

    /// Shows a finished message, or writes it where it belongs.
    fn finished(&self, job: Job, message: &ReadMessage, finished: Finished, done: &mut Readied) -> Result<(), Error> {
        let dialect = self.placing.dialects[job.dialect];
        if self.has_report {
            let files = message.template.files().zip(&finished.links);
            let rows = files.flat_map(|(file, links)| link_report::rows(&file.source, file.origins.as_ref(), links));
            done.rows = rows.collect();
            link_report::name_dialect(dialect, &mut done.rows);
        }
        let is_shown = matches!(self.placing.destination, Destination::Diff | Destination::Check);
        let (work, name) = (WorkCounts::of(&finished.work), visible(self.name(job.input)));
        if self.verbose {
            let words = match finished.work.is_nothing() {
                true => "nothing to change".to_owned(),
                false => finished.work.words().join(", "),
            };
            done.messages.push_str(&format!("{name}: {words}\n"));
        }
        let mut finished = finished;
        done.found = std::mem::take(&mut finished.left);
        let results = results(message, finished);
        for result in &results {
            match result.is_changed() {
                // A composed file is always rebuilt.
                None if is_shown => done.summary.sources += 1,
                None => done.summary.changed += 1,
                Some(is_changed) => done.summary.changed += usize::from(is_changed),
            }
        }
        if done.summary.changed > 0 {
            done.summary.work = work;
        }
        match self.placing.destination {
            Destination::Check => {
                for result in results.iter().filter(|result| result.is_changed() == Some(true)) {
                    done.result.extend(format!("{}\n", visible(self.name(result.input))).into_bytes());
                }
            }
            Destination::Diff => {
                for result in results.iter().filter(|result| result.is_changed() == Some(true)) {
                    let diff = result.diff(self.name(result.input))?;
                    done.result.extend(shown_diff(diff, self.colored_out).into_bytes());
                }
            }
            Destination::InPlace => {
                for result in results.iter().filter(|result| result.is_changed() == Some(true)) {
                    self.change(result, done)?;
                }
            }
            Destination::Show => {
                for result in results {
                    self.say_what_is_not_shown(&result, done);
                    done.result.extend(result.after);
                }
            }
            Destination::File(_) | Destination::Folder(_) => self.write(job, results, done)?,
        }
        Ok(())
    }

    fn change(&self, result: &FileResult<'_>, done: &mut Readied) -> Result<(), Error> {
        if let (Some(in_place), Some(before)) = (self.in_place, result.before) {
            let notes = in_place.change(&self.workers.found.inputs[result.input], before, &result.after)?;
            self.note(&notes, done);
            done.summary.written += 1;
        }
        Ok(())
    }

    /// Writes the files of a message, or none of them if one cannot be placed.
    fn write(&self, job: Job, results: Vec<FileResult<'_>>, done: &mut Readied) -> Result<(), Error> {
        let mut files: Vec<PlacedFile> = Vec::new();
        for FileResult { input, after, subject, text, .. } in results {
            let output = Output { body: after, subject, text, cuts: Vec::new() };
            files.extend(self.placing.files(Job { input, ..job }, output)?);
        }
        for (path, content) in &files {
            let notes = self.placing.write(path, content)?;
            self.note(&notes, done);
            done.summary.written += 1;
        }
        Ok(())
    }

    /// Standard output can hold only one file, so this says what is left out.
    fn say_what_is_not_shown(&self, result: &FileResult<'_>, done: &mut Readied) {
        let parts = match (&result.subject, &result.text) {
            (None, None) => return,
            (Some(_), None) => "the subject",
            (None, Some(_)) => "the text-only body",
            (Some(_), Some(_)) => "the subject and the text-only body",
        };
        if !self.quiet {
            done.messages +=
                &format!("not shown: {parts} in the settings at the top; `-o FILE` writes a file for each\n");
        }
    }

    fn note(&self, notes: &Notes, done: &mut Readied) {
        for line in notes.lines().filter(|_| !self.quiet) {
            done.messages.push_str(&format!("{line}\n"));
        }
    }

    /// The file that a result would be written to.
    fn target(&self, job: Job) -> Option<PathBuf> {
        let input = &self.workers.found.inputs[job.input];
        self.placing.destination.target(input, self.placing.dialects[job.dialect])
    }

    fn name(&self, input: usize) -> &'a str {
        &self.workers.found.inputs[input].name
    }
}

/// Whether a template has comments that allow findings.
fn has_comments(session: &Session, source: &Source) -> Result<bool, Error> {
    let output = session.output(source, source.to_disk(source.bytes().to_vec()))?;
    Ok(!output.cuts.is_empty())
}

/// The findings, without those that only say that a macro is still there if another finding says why.
fn without_doubles(mut found: Vec<Mapped>) -> Vec<Mapped> {
    fn key(mapped: &Mapped) -> (&str, u32) {
        (mapped.source.name(), mapped.finding.span.start)
    }
    let is_only_leftover = |mapped: &Mapped| READY.contains(&mapped.finding.rule);
    let mut causes: Vec<(&str, u32)> = found.iter().filter(|mapped| !is_only_leftover(mapped)).map(key).collect();
    causes.sort_unstable();
    let is_explained = |mapped: &Mapped| {
        let next = causes.get(causes.partition_point(|cause| *cause < key(mapped)));
        next.is_some_and(|(name, start)| *name == mapped.source.name() && *start < mapped.finding.span.end)
    };
    let kept: Vec<bool> = found.iter().map(|mapped| !is_only_leftover(mapped) || !is_explained(mapped)).collect();
    let mut kept = kept.into_iter();
    found.retain(|_| kept.next().unwrap_or(true));
    // Their help recommends the command that is already running.
    found.iter_mut().filter(|mapped| is_only_leftover(mapped)).for_each(|mapped| mapped.finding.help = None);
    found
}
