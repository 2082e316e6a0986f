//! The threads of a run: each reads templates with its own rewriters and memory, and the results come in the order of
//! the jobs.
//!
//! ```text
//! [Job] --Workers::each--> a Worker per thread --> results --ordered--> the caller, in the order of the jobs
//! ```

mod ordered;

use std::fs::Metadata;
use std::path::Path;

use psalink::compose::{Composer, Origins};
use psalink::{Error, ErrorKind, Rewriter, Session, Source, Template};

use crate::inputs::input::{Found, Input, InputOrigin};
use crate::inputs::sessions::Sessions;
use crate::inputs::workspace::Workspace;
use crate::panics;
use crate::workroom;

/// The maximum memory that a thread keeps between two files, in bytes.
const MEMORY_LIMIT: usize = 1 << 20;

/// One template for one dialect on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Job {
    pub input: usize,
    pub dialect: usize,
}

/// What every thread of a run needs to know.
pub struct Workers<'a> {
    pub sessions: &'a Sessions,
    pub found: &'a Found,
    pub encoding: Option<&'a str>,
    /// The files that it has read stay the same for the whole run.
    pub composer: Composer,
    threads: usize,
}

/// What a thread keeps between files.
#[derive(Default)]
pub struct Worker<'a> {
    /// One for each vocabulary.
    pub rewriters: Vec<Rewriter<'a>>,
    pub memory: Vec<u8>,
}

impl Worker<'_> {
    /// Keeps the memory of a file for the next one.
    pub fn keep(&mut self, memory: Vec<u8>) {
        if memory.capacity() <= MEMORY_LIMIT {
            self.memory = memory;
        }
    }
}

impl<'a> Workers<'a> {
    pub fn new(workspace: &'a Workspace) -> Workers<'a> {
        let Workspace { args, sessions, found } = workspace;
        let threads =
            args.jobs.map_or_else(|| std::thread::available_parallelism().map_or(1, usize::from), usize::from);
        let composer = Composer::in_workroom(workroom::shared());
        Workers { sessions, found, encoding: args.encoding.as_deref(), composer, threads }
    }

    /// A job for every template, one dialect after the other.
    pub fn jobs(&self) -> Vec<Job> {
        let inputs = self.found.inputs.len();
        let of_dialect = |dialect| (0..inputs).map(move |input| Job { input, dialect });
        (0..self.sessions.dialects().len()).flat_map(of_dialect).collect()
    }

    /// A job for each of some templates and each dialect on the command line, one template after the other.
    pub fn jobs_of(&self, inputs: &[usize]) -> Vec<Job> {
        let dialects = self.sessions.dialects().len();
        inputs.iter().flat_map(|&input| (0..dialects).map(move |dialect| Job { input, dialect })).collect()
    }

    /// Runs something for each job on all threads, and passes the results to `take` in the order of the jobs.
    ///
    /// If psalink has a bug with one file, `lost` provides the result of its job; all others run as usual.
    pub fn each<T: Send>(
        &self,
        jobs: &[Job],
        work: impl Fn(&mut Worker<'a>, Job) -> T + Sync,
        lost: impl Fn(Job, Error) -> T + Sync,
        mut take: impl FnMut(Job, T) + Send,
    ) -> Result<(), Error> {
        let threads = self.threads.min(jobs.len()).max(1);
        let work = |worker: &mut Worker<'a>, index: usize| {
            let job = jobs[index];
            let name = &self.found.inputs[job.input].name;
            panics::caught(name, || Ok(work(worker, job))).unwrap_or_else(|error| {
                // Its rewriters may have been left in an inconsistent state.
                *worker = Worker::default();
                lost(job, error)
            })
        };
        let took = ordered::run(threads, jobs.len(), Worker::default, work, |index, done| take(jobs[index], done));
        took.map_err(|error| {
            let detail =
                format!("could not start {threads} threads: {}; use a smaller `--jobs`", Error::reason(&error));
            Error::new(ErrorKind::Usage, detail)
        })
    }

    /// The settings of a job.
    pub fn session(&self, job: Job) -> &'a Session {
        self.sessions.get(self.found.inputs[job.input].settings, job.dialect)
    }

    /// The rewriter of a thread for a job.
    pub fn rewriter<'w>(&self, rewriters: &'w mut Vec<Rewriter<'a>>, job: Job) -> &'w mut Rewriter<'a> {
        let input = &self.found.inputs[job.input];
        let vocabulary = self.session(job).vocabulary_for(Path::new(&input.name));
        let known = rewriters.iter().position(|rewriter| std::ptr::eq(rewriter.vocabulary(), vocabulary));
        let index = known.unwrap_or(rewriters.len());
        if known.is_none() {
            rewriters.push(Rewriter::new(vocabulary));
        }
        &mut rewriters[index]
    }

    /// The bytes of a template, and its file's metadata.
    pub fn read(&self, input: &Input, memory: &mut Vec<u8>) -> Result<(Vec<u8>, Option<Metadata>), Error> {
        let path = match &input.origin {
            InputOrigin::Stdin(bytes) => {
                panics::provoke(bytes);
                return Ok((bytes.clone(), None));
            }
            InputOrigin::File(path) => path,
            InputOrigin::Link { to, .. } => to,
        };
        let mut bytes = std::mem::take(memory);
        match self.sessions.reading().read_into(path, &mut bytes) {
            Ok(metadata) => {
                panics::provoke(&bytes);
                Ok((bytes, Some(metadata)))
            }
            Err(error) => Err(Error::could_not("read the file", error).at(&*input.name)),
        }
    }

    /// A template ready to parse; a composed one comes with the way back to its files.
    pub fn source(&self, job: Job, bytes: Vec<u8>) -> Result<(Source, Option<Origins>), Error> {
        let input = &self.found.inputs[job.input];
        if !input.composed {
            return Ok((Source::read(&input.name, bytes, input.kind, self.encoding)?, None));
        }
        let source = Source::read(&input.name, bytes, input.kind, Some("utf-8"))?;
        let composed = self.session(job).compose(source, &self.composer)?;
        Ok((composed.source, Some(composed.origins)))
    }

    /// A template with its companions, composed from their sources.
    pub fn template(&self, worker: &mut Worker<'a>, job: Job) -> Result<Template, Error> {
        let input = &self.found.inputs[job.input];
        let (bytes, _) = self.read(input, &mut worker.memory)?;
        let encoding = if input.composed { Some("utf-8") } else { self.encoding };
        let body = Source::read(&input.name, bytes, input.kind, encoding)?;
        let template = match &input.origin {
            InputOrigin::Stdin(_) => Template::of(body),
            InputOrigin::File(_) | InputOrigin::Link { .. } => {
                Template::with_companions_read(body, Path::new(&input.name), self.encoding, self.sessions.reading())?
            }
        };
        self.session(job).put_together(template, &self.composer)
    }
}
