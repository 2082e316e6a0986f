//! One message of a run and its record: how they compare, how that is shown, and how the message is recorded.

use std::borrow::Cow;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use psalink::config::LintConfig;
use psalink::render::{Sample, render};
use psalink::report::{full, wrap};
use psalink::snapshot::{Changes, Comparison, Filled, Record, Snapshot, SnapshotName, compare, pending};
use psalink::visible::{visible, visible_lines};
use psalink::{Error, Level, Vocabulary};

use crate::atomic_write::{self, Before, Notes, lock};
use crate::console::{Console, colored_diff};
use crate::inputs::input::InputOrigin;
use crate::panics;
use crate::paths::{name, real_path, show};
use crate::records::{finding_lines, remove};
use crate::wording::count;
use crate::workers::{Job, Worker, Workers};

/// One message and its record.
pub struct TestedMail {
    pub input: usize,
    pub name: SnapshotName,
    /// The file of the record.
    pub path: PathBuf,
    pub record: Record,
    pub state: RecordState,
    /// The content of the record's file when it was compared.
    pub before: Option<Vec<u8>>,
    /// Whether the PSA of the template is known.
    pub is_psa_known: bool,
    /// The change without the values of the sample; empty if there is none.
    pub outline: String,
}

/// How a message compares with its record.
pub enum RecordState {
    Same,
    New,
    Changed(Box<Changes>),
    Unreadable(Error),
}

/// Fills a template with each sample, and compares the messages with their records.
pub fn made<'a>(
    workers: &Workers<'a>,
    worker: &mut Worker<'a>,
    job: Job,
    samples: &[Vec<Sample>],
) -> Result<Vec<TestedMail>, Error> {
    let input = &workers.found.inputs[job.input];
    let files = workers.template(worker, job)?;
    let rewriter = workers.rewriter(&mut worker.rewriters, job);
    let session = workers.session(job);
    let profile = session.profile(&input.name, &LintConfig::default())?;
    let findings = finding_lines(&session.check_template(&files, rewriter, &profile)?, files.name());
    let ready = session.ready(&files, rewriter)?;
    let dialect = rewriter.vocabulary().dialects()[ready.settings.dialect].id.clone();
    let template = match &input.origin {
        InputOrigin::File(path) => path.as_path(),
        // A link has its own records, since it may have its own settings.
        InputOrigin::Link { .. } | InputOrigin::Stdin(_) => Path::new(&input.name),
    };
    let mail = |sample: &Sample| {
        let name = SnapshotName::new(template, &dialect, sample.name());
        let mut record = Record {
            template: input.name.clone(),
            dialect: dialect.clone(),
            sample: sample.name().to_owned(),
            rendered: render(&ready, sample, &mut rewriter.parser),
            findings: findings.clone(),
        };
        let path = name.path();
        let mut before = session.reading().of_records().read(&path).ok();
        let state = match Snapshot::read_found(&path, session.reading()) {
            Ok(None) => RecordState::New,
            Ok(Some(old)) => match compare(&old, &record) {
                Comparison::Same => RecordState::Same,
                Comparison::Changed(changes) => RecordState::Changed(changes),
            },
            Err(error) => RecordState::Unreadable(error),
        };
        let outline = match &state {
            RecordState::Changed(changes) => outline(changes, &record, sample, rewriter.parser.vocabulary()),
            _ => String::new(),
        };
        if matches!(state, RecordState::Same) {
            (record.rendered, before) = Default::default(); // nothing needs them from here on
        }
        let is_psa_known = ready.settings.is_dialect_known;
        TestedMail { input: job.input, name, path, record, state, before, is_psa_known, outline }
    };
    Ok(samples[input.settings].iter().map(mail).collect())
}

/// A change, with placeholders in place of the values of the sample.
fn outline(changes: &Changes, record: &Record, sample: &Sample, vocabulary: &Vocabulary) -> String {
    let value = |placeholder: &str| {
        let name = placeholder.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(placeholder);
        sample.value(vocabulary, vocabulary.dialect(&record.dialect)?, name)
    };
    let filled = record.rendered.filled.iter();
    let filled: Vec<Filled<'_>> =
        filled.filter_map(|placeholder| Some(Filled { placeholder, value: value(placeholder)? })).collect();
    changes.outline(&filled)
}

impl TestedMail {
    /// `mails/new-ticket.html for connectwise, sample standard`
    pub fn label(&self) -> String {
        format!("{}, sample {}", self.template(), visible(&self.record.sample))
    }

    /// `mails/new-ticket.html for connectwise`
    fn template(&self) -> String {
        let Record { template, dialect, .. } = &self.record;
        match self.is_psa_known {
            true => format!("{} for {dialect}", visible(template)),
            false => format!("{}, PSA not known", visible(template)),
        }
    }

    /// The same label for several messages of one template.
    fn label_with(&self, others: &[&TestedMail]) -> String {
        let samples: Vec<Cow<'_, str>> = [self].iter().chain(others).map(|mail| visible(&mail.record.sample)).collect();
        match samples.as_slice() {
            [_] => self.label(),
            several => format!("{}, samples {}", self.template(), several.join(", ")),
        }
    }

    /// Whether its name, or its file name, contains a filter.
    pub fn fits(&self, filter: &str) -> bool {
        let filter = filter.strip_prefix("./").unwrap_or(filter).to_lowercase();
        let Record { template, dialect, sample, .. } = &self.record;
        let stem = self.name.file_name().trim_end_matches(".snap");
        let wholes = [dialect.as_str(), sample, stem, self.name.file_name(), &name(&self.path)];
        let begins = stem.to_lowercase().starts_with(&filter);
        begins || template.to_lowercase().contains(&filter) || wholes.iter().any(|whole| whole.to_lowercase() == filter)
    }

    /// The question about it and those that changed in the same way; question `at` of `all`.
    pub fn question(&self, others: usize, at: usize, all: usize) -> String {
        let (accept, keep) = match self.state {
            RecordState::New => ("this message", "it out of the record"),
            RecordState::Unreadable(_) => ("the new message", "the unreadable file"),
            RecordState::Same | RecordState::Changed(_) if others > 0 => ("the new messages", "the recorded ones"),
            RecordState::Same | RecordState::Changed(_) => ("the new message", "the recorded one"),
        };
        format!("[a]ccept {accept}, [k]eep {keep}, [s]kip, [q]uit,\naccept all of this [t]emplate? ({at} of {all}) ")
    }

    /// Shows how it, and others like it, differ; a review shows the whole message if it is new.
    fn show(&self, others: &[&TestedMail], in_review: bool, console: &mut Console) {
        let bold = if console.colored_out { anstyle::Style::new().bold() } else { anstyle::Style::new() };
        let wide = |line: String| wrap(&line, console.out_width, 0).into_owned();
        let mut out = match &self.state {
            RecordState::Same => return,
            RecordState::Unreadable(error) => {
                console.error(error);
                if !in_review {
                    return;
                }
                format!("{bold}unreadable: {}{bold:#}\n", self.label())
            }
            RecordState::New => {
                let head = wide(format!("new: {}, not recorded yet", self.label_with(others)));
                format!("{bold}{head}{bold:#}\n")
            }
            RecordState::Changed(changes) => {
                let head = wide(format!("changed: {}", self.label_with(others)));
                let mut out = format!("{bold}{head}{bold:#}\n");
                if !others.is_empty() {
                    out.push_str(&wide(format!(
                        "  the same change in {} messages; this is the one with the sample {}:\n",
                        others.len() + 1,
                        visible(&self.record.sample)
                    )));
                }
                for line in changes.summary() {
                    out.push_str(&wide(format!("  {}\n", visible(&line))));
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
        if in_review && !matches!(self.state, RecordState::Changed(_)) {
            let body = self.record.body();
            // A review shows the text; the preview is for the HTML.
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

    pub fn warn_if_empty(&self, console: &mut Console) {
        let mail = &self.record.rendered;
        if mail.html.as_deref().unwrap_or_default().trim().is_empty() && mail.text.trim().is_empty() {
            let text = format!("`{}`: the message is empty", self.label());
            console.say(&full::write_message(Level::Warning, &text, console.style));
        }
    }

    /// Shows how it differs from its record.
    ///
    /// # Errors
    ///
    /// A bug in psalink that this message triggers.
    pub fn try_to_show(&self, others: &[&TestedMail], in_review: bool, console: &mut Console) -> Result<(), Error> {
        panics::caught(&self.record.template, || {
            self.show(others, in_review, console);
            Ok(())
        })
    }

    /// Writes the message to a file, if it is not there yet.
    pub fn write(&self, path: &Path, before: Before<'_>) -> Result<Notes, Error> {
        let bytes = panics::caught(&self.record.template, || Ok(self.record.to_file().into_bytes()))?;
        if atomic_write::holds(path, &bytes) {
            return Ok(Notes::default());
        }
        atomic_write::check_inside(self.folder(), path)?;
        let _lock = lock::take_for_file(&real_path(path))?;
        atomic_write::replace_inside(self.folder(), path, &bytes, before)
    }

    /// The folder of the template. A record is inside it, and is not written or deleted through a link that leads
    /// elsewhere.
    fn folder(&self) -> &Path {
        let folder = Path::new(&self.record.template).parent().unwrap_or(Path::new(""));
        if folder.as_os_str().is_empty() { Path::new(".") } else { folder }
    }

    /// Deletes the message that was waiting for review, if there is one.
    pub fn remove_pending(&self) -> Result<(), Error> {
        let path = pending(&self.path);
        if fs::symlink_metadata(&path).is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
            return Ok(());
        }
        atomic_write::check_inside(self.folder(), &path)?;
        remove(&path)
    }
}
