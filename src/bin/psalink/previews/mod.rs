//! The previews of a run: every message with every sample, and their problems.
//!
//! ```text
//! Job --Session::ready--> Ready --render(Sample)--> PreviewMail; its problems --> Console
//! ```

mod file_names;
mod mail;
mod problems;

use psalink::compose::Mapped;
use psalink::render::{Sample, render};
use psalink::report::{self, full};
use psalink::visible::visible;
use psalink::{Error, Level};

pub use self::file_names::file_names;
pub use self::mail::PreviewMail;
use self::problems::{Problems, each_problem};
use crate::composed::Reported;
use crate::console::{Console, Status};
use crate::panics;
use crate::workers::{Job, Worker, Workers};

/// All messages of a run.
pub struct Previews {
    pub mails: Vec<PreviewMail>,
    /// The templates that could not be rendered.
    pub failed: Vec<String>,
    /// How many things need attention.
    pub problems: usize,
    pub status: Status,
}

/// What every job needs to know.
struct PreviewRun<'a> {
    workers: &'a Workers<'a>,
    /// The samples for each of the settings.
    samples: &'a [Vec<Sample>],
    style: full::Style,
    quiet: bool,
    /// How many problems of a kind are printed per template.
    most: usize,
}

/// The result of a job.
#[derive(Default)]
struct Previewed {
    mails: Vec<PreviewMail>,
    /// The problems that remain after making the template ready.
    mapped: Vec<Mapped>,
    messages: String,
    problems: usize,
    error: Option<Error>,
}

/// Renders every message with the samples for its settings, and reports their problems.
pub fn render_all(
    workers: &Workers<'_>,
    samples: &[Vec<Sample>],
    jobs: &[Job],
    console: &mut Console,
) -> Result<Previews, Error> {
    let most = if console.verbose { usize::MAX } else { report::MOST };
    let run = PreviewRun { workers, samples, style: console.style, quiet: console.quiet, most };
    let bar = console.start_bar(jobs.len());
    let mut all = Previews { mails: Vec::new(), failed: Vec::new(), problems: 0, status: Status::Clean };
    let mut reported = Reported::default();
    let (style, least) = (console.style, if console.quiet { Level::Error } else { Level::Warning });
    workers.each(
        jobs,
        |worker, job| run.job(worker, job),
        |_, error| Previewed { error: Some(error), ..Previewed::default() },
        |job, done| {
            bar.inc(1);
            for (source, findings) in reported.new_ones(done.mapped) {
                all.problems += findings.iter().filter(|finding| finding.level >= Level::Warning).count();
                match panics::caught(source.name(), || Ok(full::write_first(&source, &findings, least, most, style))) {
                    Ok(text) => console.say(&text),
                    Err(error) => {
                        console.error(&error);
                        all.status = Status::Failed;
                    }
                }
            }
            console.say(&done.messages);
            all.problems += done.problems;
            all.mails.extend(done.mails);
            if let Some(error) = done.error {
                console.error(&error);
                all.failed.push(workers.found.inputs[job.input].name.clone());
                all.status = Status::Failed;
            }
        },
    )?;
    console.end_bar();
    if all.problems > 0 {
        all.status = all.status.max(Status::Found);
    }
    Ok(all)
}

impl<'a> PreviewRun<'a> {
    fn job(&self, worker: &mut Worker<'a>, job: Job) -> Previewed {
        let mut done = Previewed::default();
        done.error = self.show(worker, job, &mut done).err();
        done
    }

    /// Renders a message with each sample, and reports its problems.
    fn show(&self, worker: &mut Worker<'a>, job: Job, done: &mut Previewed) -> Result<(), Error> {
        let input = &self.workers.found.inputs[job.input];
        let template = self.workers.template(worker, job)?;
        let rewriter = self.workers.rewriter(&mut worker.rewriters, job);
        let mut ready = self.workers.session(job).ready(&template, rewriter)?;
        done.mapped = std::mem::take(&mut ready.findings);
        let dialect = &rewriter.vocabulary().dialects()[ready.settings.dialect];
        let mut problems = Problems::default();
        for sample in &self.samples[input.settings] {
            let rendered = render(&ready, sample, &mut rewriter.parser);
            each_problem(&rendered, dialect, &ready.settings.language, &mut |kind, subject, level, text| {
                done.problems += usize::from(level >= Level::Warning);
                let is_shown = !self.quiet || level == Level::Error;
                if is_shown && problems.is_new(kind, subject, level, self.most) {
                    let message = format!("`{}` with the sample `{}`: {}", visible(&input.name), sample.name(), text());
                    done.messages.push_str(&full::write_message(level, &message, self.style));
                }
            });
            let psa = if ready.settings.is_dialect_known { dialect.title.clone() } else { "not known".to_owned() };
            let dialect = dialect.id.clone();
            done.mails.push(PreviewMail { job, psa, dialect, sample: sample.name().to_owned(), rendered });
        }
        for (level, text) in problems.cut() {
            let message = format!("`{}`: {text}", visible(&input.name));
            done.messages.push_str(&full::write_message(level, &message, self.style));
        }
        Ok(())
    }
}
