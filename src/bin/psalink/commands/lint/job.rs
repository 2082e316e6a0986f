//! What a run does with one template: check it, optionally fix it, and report what remains.

use std::collections::BTreeMap;
use std::sync::Arc;

use psalink::compose::Mapped;
use psalink::config::LintConfig;
use psalink::lint::allow_findings;
use psalink::lint::fix;
use psalink::report::{self, Cut, Format, Located, full};
use psalink::source::edit;
use psalink::{Diagnostic, Document, Error, Level, Safety, Source};

use super::baseline::BaselineFile;
use super::summary::LintSummary;
use crate::atomic_write::Notes;
use crate::console::shown_diff;
use crate::in_place::InPlace;
use crate::inputs::input::{Input, InputOrigin};
use crate::workers::{Job, Worker, Workers};

/// What a run does with the templates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LintMode {
    Check,
    Fix(Safety),
    Diff(Safety),
    AddAllow,
}

/// What every job needs to know.
pub struct LintRun<'a> {
    pub workers: &'a Workers<'a>,
    pub mode: LintMode,
    pub format: Format,
    /// The rules that the command line selects and ignores.
    pub choice: LintConfig,
    pub baseline: Option<&'a BaselineFile>,
    pub statistics: bool,
    pub quiet: bool,
    /// How many places per rule and file are printed.
    pub most: usize,
    pub style: full::Style,
    /// How many lines the terminal has, if the full format is shown on one.
    pub screen: Option<usize>,
    pub colored_out: bool,
    /// How files are changed in place.
    pub in_place: Option<&'a InPlace>,
}

/// The result of a job.
#[derive(Default)]
pub struct Linted {
    /// Findings as text, a diff, or the fixed standard input.
    pub text: String,
    pub bytes: Vec<u8>,
    pub located: Vec<Located>,
    /// Findings that are counted but not printed.
    pub cut: Vec<Cut>,
    pub summary: LintSummary,
    /// How often each rule was found, and how often it can be fixed.
    pub rules: BTreeMap<&'static str, (usize, usize)>,
    pub error: Option<Error>,
    pub notes: Notes,
    /// The findings in a composed template, and the files that it was composed from.
    pub composed: Option<(Vec<Mapped>, Vec<Arc<Source>>)>,
}

impl Linted {
    /// The result of a job that failed.
    pub fn of(error: Error) -> Linted {
        let summary = LintSummary { failed: 1, ..LintSummary::default() };
        Linted { summary, error: Some(error), ..Linted::default() }
    }
}

impl<'a> LintRun<'a> {
    /// Whether standard output receives a fixed template, so that nothing else may be printed there.
    pub fn prints_template(&self) -> bool {
        let is_stdin = |input: &Input| matches!(input.origin, InputOrigin::Stdin(_));
        matches!(self.mode, LintMode::Fix(_) | LintMode::AddAllow) && self.workers.found.inputs.iter().any(is_stdin)
    }

    pub fn job(&self, worker: &mut Worker<'a>, job: Job) -> Linted {
        let mut done = Linted::default();
        if let Err(error) = self.try_job(worker, job, &mut done) {
            (done.summary.files, done.summary.failed) = (0, 1);
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
        let is_stdin = matches!(input.origin, InputOrigin::Stdin(_));
        if input.composed && is_stdin && !matches!(self.mode, LintMode::Check | LintMode::Diff(_)) {
            done.bytes = bytes.clone();
        }
        let (source, origins) = self.workers.source(job, bytes)?;
        let rewriter = self.workers.rewriter(&mut worker.rewriters, job);
        if let Some(origins) = origins {
            let (document, findings) = session.check(source, rewriter, &profile)?;
            done.composed = Some((origins.map(document.source(), findings), origins.files().to_vec()));
            let source = rewriter.parser.release(document);
            worker.keep(source.into_bytes());
            return Ok(());
        }
        let (document, findings) = match self.mode {
            LintMode::Check | LintMode::AddAllow => session.check(source, rewriter, &profile)?,
            LintMode::Fix(least) | LintMode::Diff(least) => {
                self.fix(source, least, done, input, |source| session.check(source, rewriter, &profile))?
            }
        };
        let findings = self.unknown(document.source(), findings);
        if self.mode == LintMode::AddAllow {
            self.add_allow(&document, &findings, done, input)?;
        } else {
            self.report(document.source(), &findings, done);
        }
        let source = self.workers.rewriter(&mut worker.rewriters, job).parser.release(document);
        worker.keep(source.into_bytes());
        Ok(())
    }

    /// Applies the fixes to a template, in its file or as a diff.
    fn fix(
        &self,
        source: Source,
        least: Safety,
        done: &mut Linted,
        input: &Input,
        mut check: impl FnMut(Source) -> Result<(Document, Vec<Diagnostic>), Error>,
    ) -> Result<(Document, Vec<Diagnostic>), Error> {
        let (document, findings) = check(source)?;
        let has_fix = |finding: &Diagnostic| finding.fix.as_ref().is_some_and(|fix| fix.safety >= least);
        let is_stdin = matches!(input.origin, InputOrigin::Stdin(_));
        if !findings.iter().any(has_fix) {
            if is_stdin && self.mode == LintMode::Fix(least) {
                done.bytes = document.source().to_disk(document.source().bytes().to_vec());
            }
            return Ok((document, findings));
        }
        drop(findings); // they are found again, and would be in memory twice
        let before = document.into_source();
        before.can_write()?;
        let copy = before.to_disk(before.bytes().to_vec());
        let source = Source::read(before.name(), copy, before.kind(), Some(before.encoding()))?;
        let fixed = fix(source, least, check)?;
        let new = fixed.document.source();
        let bytes = new.to_disk(new.bytes().to_vec());
        done.summary.fixed = fixed.fixed.len();
        done.summary.changed = usize::from(new.bytes() != before.bytes());
        match self.mode {
            LintMode::Diff(_) => {
                let diff = edit::diff(input.name.trim_start_matches('/'), &before, new);
                done.bytes = shown_diff(diff, self.colored_out).into_bytes();
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
            if matches!(input.origin, InputOrigin::Stdin(_)) {
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
        if let Some(in_place) = self.in_place {
            done.notes.add(in_place.change(input, old, new)?);
        }
        Ok(())
    }

    /// The findings that the baseline does not hide.
    pub fn unknown(&self, source: &Source, findings: Vec<Diagnostic>) -> Vec<Diagnostic> {
        match self.baseline {
            Some(baseline) => baseline.unknown(source, findings),
            None => findings,
        }
    }

    /// Reports the findings of a file.
    pub fn report(&self, source: &Source, findings: &[Diagnostic], done: &mut Linted) {
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
            shown = findings.iter().filter(|finding| finding.level == Level::Error).cloned().collect();
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
}
