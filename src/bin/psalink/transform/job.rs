//! What a run does with one template: reads it, changes it, and writes the result.

use psalink::compose::{Mapped, Origins};
use psalink::report::{self, full, links};
use psalink::source::edit;
use psalink::visible::visible;
use psalink::{Diagnostic, Error, Level, Source};

use super::destination::{Destination, Targets};
use super::link_report;
use super::operation::{Operation, TemplateChanges};
use super::placing::Placing;
use super::portal;
use super::summary::TransformSummary;
use crate::atomic_write;
use crate::console::shown_diff;
use crate::in_place::InPlace;
use crate::workers::{Job, Worker, Workers};

/// What every job needs to know.
pub struct TransformRun<'a> {
    pub operation: &'a Operation,
    /// Whether a table of all links is requested.
    pub has_report: bool,
    pub destination: &'a Destination,
    pub workers: &'a Workers<'a>,
    pub targets: &'a Targets,
    pub dialects: &'a [Option<&'a str>],
    /// How files are changed in place.
    pub in_place: Option<&'a InPlace>,
    pub quiet: bool,
    pub verbose: bool,
    pub style: full::Style,
    pub colored_out: bool,
}

/// The result of a job; small, however large the template.
#[derive(Default)]
pub struct Transformed {
    /// For standard output.
    pub result: Vec<u8>,
    /// For standard error.
    pub messages: String,
    /// Findings in a composed template.
    pub mapped: Vec<Mapped>,
    pub rows: Vec<links::Row>,
    pub summary: TransformSummary,
}

impl<'a> TransformRun<'a> {
    /// Checks whether a link must be written although no portal is set; in that case, the whole run writes nothing.
    pub fn portal_is_missing(&self, jobs: &[Job]) -> Result<Option<Error>, Error> {
        portal::find_missing(self.workers, jobs, |worker, job| {
            self.workers
                .read(&self.workers.found.inputs[job.input], &mut worker.memory)
                .and_then(|(bytes, _)| self.changes(worker, job, bytes))
                .err()
        })
    }

    pub fn job(&self, worker: &mut Worker<'a>, job: Job) -> Transformed {
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

    /// The result of a job that failed.
    pub fn failed(&self, job: Job, error: &Error) -> Transformed {
        let mut done = Transformed { messages: full::write_error(error, self.style), ..Transformed::default() };
        done.summary.failed = 1;
        if self.has_report {
            done.rows = vec![links::failed(&self.workers.found.inputs[job.input].name, error)];
            link_report::name_dialect(self.dialects[job.dialect], &mut done.rows);
        }
        done
    }

    fn try_job(&self, worker: &mut Worker<'a>, job: Job, done: &mut Transformed) -> Result<(), Error> {
        let input = &self.workers.found.inputs[job.input];
        let (bytes, _) = self.workers.read(input, &mut worker.memory)?;
        done.summary.read = 1;
        // If psalink cannot write a file's encoding, only an unchanged copy has the bytes on disk.
        let is_copied = matches!(self.destination, Destination::Show | Destination::File(_) | Destination::Folder(_))
            && !input.composed;
        let copy = is_copied.then(|| bytes.clone());
        let (source, origins, mut changes) = self.changes(worker, job, bytes)?;
        let is_changed = !changes.edits.is_empty();
        if is_changed {
            source.can_write()?;
        }
        self.report(job, &source, origins.as_ref(), &changes, done);
        let stays = matches!(self.destination, Destination::InPlace | Destination::Diff | Destination::Check);
        if stays && changes.may_keep_own && self.operation.keeps_own(self.workers.session(job), &source)? {
            done.summary.not_for_psa = 1;
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
                    changes.edits = Vec::new(); // they hold another copy of much of the text
                    let new = Source::read(source.name(), new, source.kind(), Some(source.encoding()))?;
                    let diff = edit::diff(input.name.trim_start_matches('/'), &source, &new);
                    done.result = shown_diff(diff, self.colored_out).into_bytes();
                }
            }
            Destination::InPlace => {
                if is_changed && let Some(in_place) = self.in_place {
                    let new = edit::apply(&source, &changes.edits)?;
                    let before = source.to_disk(source.bytes().to_vec());
                    let notes = in_place.change(input, &before, &new)?;
                    self.note(&notes, done);
                    done.summary.written = 1;
                }
            }
            Destination::Show | Destination::File(_) | Destination::Folder(_) => {
                let new = match copy {
                    Some(copy) if !is_changed => copy,
                    _ => edit::apply(&source, &changes.edits)?,
                };
                changes.edits = Vec::new(); // they hold another copy of much of the text
                let output = self.operation.output(self.workers.session(job), &source, new)?;
                match self.destination.target(input, None) {
                    None => done.result = output.body,
                    Some(_) => done.summary.written = self.place(job, output, done)?,
                }
            }
        }
        done.summary.changed = usize::from(is_changed);
        done.summary.expanded = changes.expanded;
        done.summary.linked = changes.linked;
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
    ) -> Result<(Source, Option<Origins>, TemplateChanges), Error> {
        let session = self.workers.session(job);
        let (source, origins) = self.workers.source(job, bytes)?;
        let rewriter = self.workers.rewriter(&mut worker.rewriters, job);
        let document = session.parse(source, &mut rewriter.parser)?;
        let changes = self.operation.changes(session, &document, rewriter)?;
        Ok((rewriter.parser.release(document), origins, changes))
    }

    /// Reports about a template, on the screen and in the link report.
    fn report(
        &self,
        job: Job,
        source: &Source,
        origins: Option<&Origins>,
        changes: &TemplateChanges,
        done: &mut Transformed,
    ) {
        match origins {
            None => self.tell(source, &changes.diagnostics, &mut done.messages, &mut done.summary),
            Some(origins) => done.mapped = origins.map(source, changes.diagnostics.clone()),
        }
        if self.has_report {
            done.rows = link_report::rows(source, origins, &changes.links);
            link_report::name_dialect(self.dialects[job.dialect], &mut done.rows);
        }
    }

    /// Shows and counts the findings in a file.
    pub fn tell(
        &self,
        source: &Source,
        findings: &[Diagnostic],
        messages: &mut String,
        summary: &mut TransformSummary,
    ) {
        let problems = findings.iter().filter(|finding| finding.level >= Level::Warning).count();
        summary.problems += problems;
        summary.with_problems += usize::from(problems > 0);
        let least = if self.quiet { Level::Error } else { Level::Note };
        let most = if self.verbose { usize::MAX } else { report::MOST };
        messages.push_str(&full::write_first(source, findings, least, most, self.style));
    }

    /// Reports what is worth knowing about a file that was written.
    fn note(&self, notes: &atomic_write::Notes, done: &mut Transformed) {
        for line in notes.lines().filter(|_| !self.quiet) {
            done.messages.push_str(&format!("{line}\n"));
        }
    }

    /// Writes a result with its companions into the output folder. Returns how many files were written.
    fn place(&self, job: Job, output: psalink::session::Output, done: &mut Transformed) -> Result<usize, Error> {
        let placing = Placing {
            destination: self.destination,
            found: self.workers.found,
            targets: self.targets,
            dialects: self.dialects,
        };
        let files = placing.files(job, output)?;
        for (path, content) in &files {
            self.note(&placing.write(path, content)?, done);
        }
        Ok(files.len())
    }
}
