//! What a run does with one template: reads it, changes it, and writes the result.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use psalink::compose::{Mapped, Origins};
use psalink::report::{self, full, links};
use psalink::rewrite::LinkChange;
use psalink::source::edit;
use psalink::visible::visible;
use psalink::{Diagnostic, Error, ErrorKind, Level, Source};

use super::destination::{Destination, Targets, companions, overwrites};
use super::operation::{Operation, TemplateChanges};
use super::summary::TransformSummary;
use crate::atomic_write::{self, Before};
use crate::console::shown_diff;
use crate::in_place::InPlace;
use crate::paths::{real_path, show};
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
        // Other problems are reported when the work is done.
        let lost = |_, error| Some(error);
        self.workers.each(&doubtful, try_out, lost, |job, error| {
            if let Some(error) = error.filter(|error| error.kind() == ErrorKind::Missing) {
                inputs.insert(job.input);
                first.get_or_insert((error, job.input));
            }
        })?;
        let Some((first, input)) = first else { return Ok(None) };
        let subject = match inputs.len() {
            1 => format!("`{}` needs one", visible(&self.workers.found.inputs[input].name)),
            several => {
                format!("{several} templates need one, `{}` first", visible(&self.workers.found.inputs[input].name))
            }
        };
        let detail = format!("{}\n\n{subject}; nothing was written", first.detail());
        Ok(Some(Error::new(ErrorKind::Missing, detail)))
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
            self.name_dialect(job, &mut done.rows);
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
    ) -> Result<(Source, Option<Origins>, TemplateChanges), Error> {
        let session = self.workers.session(job);
        let (source, origins) = self.workers.source(job, bytes)?;
        let rewriter = self.workers.rewriter(&mut worker.rewriters, job);
        let document = session.parse(source, &mut rewriter.parser)?;
        let changes = self.operation.changes(session, &document, rewriter)?;
        Ok((rewriter.parser.release(document), origins, changes))
    }

    /// Reports about a template, on the screen and in the link report.
    fn report(&self, job: Job, source: &Source, changes: &TemplateChanges, done: &mut Transformed) {
        self.tell(source, &changes.diagnostics, &mut done.messages, &mut done.summary);
        if self.has_report {
            done.rows = links::rows(source, &changes.links);
            self.name_dialect(job, &mut done.rows);
        }
    }

    /// The same for a composed template: each finding and each link is reported at the file that it came from.
    fn report_composed(
        &self,
        job: Job,
        source: &Source,
        origins: &Origins,
        changes: &TemplateChanges,
        done: &mut Transformed,
    ) {
        done.mapped = origins.map(source, changes.diagnostics.clone());
        if self.has_report {
            let row = |link: &LinkChange| match origins.origin(link.span) {
                Some(origin) => links::rows(origin.source, &[LinkChange { span: origin.span, ..link.clone() }]),
                None => links::rows(source, std::slice::from_ref(link)),
            };
            done.rows = changes.links.iter().flat_map(row).collect();
            self.name_dialect(job, &mut done.rows);
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

    /// Distinguishes the rows of several dialects.
    fn name_dialect(&self, job: Job, rows: &mut [links::Row]) {
        if let Some(dialect) = self.dialects[job.dialect] {
            for rows in rows.chunk_by_mut(|a, b| a.path == b.path) {
                let path: Arc<str> = format!("{dialect}: {}", rows[0].path).into();
                rows.iter_mut().for_each(|row| row.path = Arc::clone(&path));
            }
        }
    }

    /// Reports what is worth knowing about a file that was written.
    fn note(&self, notes: &atomic_write::Notes, done: &mut Transformed) {
        for line in notes.lines().filter(|_| !self.quiet) {
            done.messages.push_str(&format!("{line}\n"));
        }
    }

    /// Writes a result with its companions into the output folder. Returns how many files were written.
    fn place(
        &self,
        job: Job,
        plain: &Path,
        source: &Source,
        output: psalink::session::Output,
        done: &mut Transformed,
    ) -> Result<usize, Error> {
        let input = &self.workers.found.inputs[job.input];
        let target = self.destination.target(input, self.dialects[job.dialect]).unwrap_or_else(|| plain.to_owned());
        let (plain_subject, plain_text) = companions(plain);
        let (subject, text) = companions(&target);
        let mut files = vec![(target, output.body)];
        for (companion, content, plain_path, path) in
            [("subject", output.subject, plain_subject, subject), ("text", output.text, plain_text, text)]
        {
            let Some(content) = content else { continue };
            if let Some(rival) = self.targets.rival(job.input, plain, &plain_path) {
                let detail = format!(
                    "its {companion} and `{}` would both be written to `{}`; keep one of them",
                    self.workers.found.inputs[rival].name,
                    show(&path)
                );
                return Err(Error::new(ErrorKind::Usage, detail).at(source.name()));
            }
            if self.workers.found.real.contains(&real_path(&path)) {
                return Err(overwrites(&path));
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
