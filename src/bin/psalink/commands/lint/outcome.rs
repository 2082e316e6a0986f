//! The combined results of a run's jobs, and the report.

use std::collections::{BTreeMap, HashSet};
use std::io::{self, Write};
use std::path::Path;

use psalink::Error;
use psalink::report::{self, Format, Report};

use super::job::{LintMode, LintRun, Linted};
use super::summary::{LintSummary, statistics};
use crate::atomic_write::{self, Before};
use crate::composed::Gathered;
use crate::console::Console;
use crate::panics;
use crate::paths::real_path;
use crate::workers::Job;

/// The combined results of all jobs.
#[derive(Default)]
pub struct LintOutcome {
    pub summary: LintSummary,
    rules: BTreeMap<&'static str, (usize, usize)>,
    pub all: Report,
    text: String,
    /// How many lines were shown.
    lines: usize,
}

impl LintOutcome {
    /// Runs every job. Findings in sources come last, in the files that the user edits. `is_kept` keeps the text for a
    /// file.
    ///
    /// # Errors
    ///
    /// Threads that cannot be started.
    pub fn of(
        run: &LintRun<'_>,
        jobs: &[Job],
        not_found: Vec<Error>,
        is_kept: bool,
        console: &mut Console,
    ) -> Result<LintOutcome, Error> {
        let bar = console.start_bar(jobs.len());
        let mut outcome =
            LintOutcome { all: Report { errors: not_found, ..Report::default() }, ..LintOutcome::default() };
        let mut gathered = Gathered::default();
        let mut composed = Vec::new();
        run.workers.each(
            jobs,
            |worker, job| run.job(worker, job),
            |_, error| Linted::of(error),
            |job, mut done| {
                bar.inc(1);
                let name = &run.workers.found.inputs[job.input].name;
                if let Some((mapped, used)) = done.composed.take() {
                    gathered.add(name, &used, mapped);
                    composed.push(name.clone());
                } else if done.error.is_none() {
                    outcome.all.files.push(name.clone());
                }
                outcome.add(run, done, is_kept, console);
            },
        )?;
        console.end_bar();
        for (source, findings) in gathered.into_files() {
            let name = source.name();
            let report = || {
                let mut done = Linted::default();
                let findings = run.unknown(&source, findings);
                run.report(&source, &findings, &mut done);
                Ok((done, !findings.is_empty()))
            };
            let (done, has_findings) = panics::caught(name, report).unwrap_or_else(|error| {
                let summary = LintSummary { failed: 1, ..LintSummary::default() };
                (Linted { summary, error: Some(error), ..Linted::default() }, false)
            });
            outcome.add(run, done, is_kept, console);
            // In a format that lists files, each finding belongs to just one file.
            if has_findings {
                composed.push(name.to_owned());
            }
        }
        let mut listed = HashSet::new();
        outcome.all.files.extend(composed.into_iter().filter(|name| listed.insert(name.clone())));
        Ok(outcome)
    }

    /// Adds the result of one job.
    fn add(&mut self, run: &LintRun<'_>, done: Linted, is_kept: bool, console: &mut Console) {
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
        match run.mode {
            LintMode::Fix(_) | LintMode::AddAllow => console.document(&done.bytes),
            LintMode::Check | LintMode::Diff(_) => console.result(&done.bytes),
        }
        match is_kept {
            true => self.text.push_str(&done.text),
            false if run.prints_template() => console.say(&done.text),
            false => console.list(&done.text),
        }
        self.lines += done.text.lines().count();
    }

    /// The number of findings per rule, if they filled more than one screen.
    pub fn overview(&self, run: &LintRun<'_>) -> Option<String> {
        (self.lines > run.screen?).then(|| {
            let width = textwrap::Options::new(run.style.width.unwrap_or(80)).subsequent_indent("        ");
            let rules: String =
                statistics(&self.rules).lines().map(|line| textwrap::fill(line, &width) + "\n").collect();
            format!("by rule:\n{rules}`--format concise` shows each finding on one line; `psalink explain RULE` explains a rule")
        })
    }

    /// Writes all findings, to the file that the command line names or otherwise to standard output.
    ///
    /// # Errors
    ///
    /// A file that cannot be written.
    pub fn write(&mut self, run: &LintRun<'_>, file: Option<&Path>, console: &mut Console) -> Result<(), Error> {
        let text = std::mem::take(&mut self.text);
        let Some(path) = file else {
            if run.prints_template() {
                let mut document = Vec::new();
                self.document(run, &mut document).map_err(|error| Error::could_not("write the report", error))?;
                console.say(&String::from_utf8_lossy(&document));
                return Ok(());
            }
            console.result(text.as_bytes());
            console.stream(|out| self.document(run, out));
            return Ok(());
        };
        let mut document = text.into_bytes();
        self.document(run, &mut document).map_err(|error| Error::could_not("write the report", error))?;
        let notes = atomic_write::replace(&real_path(path), path, &document, Before::Anything, false)?;
        console.notes(&notes);
        Ok(())
    }

    /// Writes what is printed after every template was checked.
    fn document(&self, run: &LintRun<'_>, out: &mut dyn Write) -> io::Result<()> {
        let all = &self.all;
        if run.statistics {
            return out.write_all(statistics(&self.rules).as_bytes());
        }
        if matches!(run.mode, LintMode::Diff(_)) {
            return Ok(());
        }
        match run.format {
            Format::Full | Format::Concise => Ok(()),
            Format::Json => report::json::write(all, out),
            Format::Sarif => report::sarif::write(all, out),
            Format::Github => report::github::write(all, out),
            Format::Gitlab => report::gitlab::write(all, out),
            Format::Junit => report::junit::write(all, out),
        }
    }
}
