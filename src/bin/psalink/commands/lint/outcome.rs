//! What all jobs of a run leave behind, and the report of it.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

use psalink::Error;
use psalink::report::{self, Format, Report};

use super::job::{LintMode, LintRun, Linted};
use super::summary::{LintSummary, statistics};
use crate::atomic_write::{self, Before};
use crate::console::Console;
use crate::paths::real_path;

/// What all jobs leave behind.
#[derive(Default)]
pub struct Outcome {
    pub summary: LintSummary,
    pub rules: BTreeMap<&'static str, (usize, usize)>,
    pub all: Report,
    pub text: String,
}

impl Outcome {
    /// Adds what one job leaves behind; `is_kept` keeps its text for a file.
    pub fn add(&mut self, done: Linted, is_kept: bool, console: &mut Console) {
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

    /// Writes all findings, into the file that the command line names or else to the standard output.
    ///
    /// # Errors
    ///
    /// A file that cannot be written.
    pub fn write(&mut self, run: &LintRun<'_>, file: Option<&Path>, console: &mut Console) -> Result<(), Error> {
        let text = std::mem::take(&mut self.text);
        let Some(path) = file else {
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

    /// What is written when every template was looked at.
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
