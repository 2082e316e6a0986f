//! The folder of the workbench at one moment, and the messages in it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use psalink::compose::Origins;
use psalink::file_names;
use psalink::source::Reading;
use psalink::{Error, ErrorKind, Rewriter, Session, Template};

use super::outside::Outside;
use crate::inputs::input::Input;
use crate::inputs::mails;
use crate::inputs::workspace::Workspace;
use crate::panics;
use crate::paths::{name, real_path};
use crate::workers::{Job, Worker, Workers};

/// The templates of the folder, with their settings.
pub struct Opened {
    pub workspace: Workspace,
    /// The folder with all links followed.
    root: PathBuf,
    outside: Arc<Outside>,
}

impl Opened {
    pub fn new(folder: &Path, workspace: Workspace, outside: Arc<Outside>) -> Opened {
        Opened { workspace, root: real_path(folder), outside }
    }

    /// The problem with the folder as a whole, if there is one.
    pub fn problem(&mut self) -> Option<Error> {
        let Workspace { sessions, found, .. } = &mut self.workspace;
        let samples = (0..sessions.len()).find_map(|index| sessions.get(index, 0).sample_names().err());
        samples.or_else(|| (!found.errors.is_empty()).then(|| found.errors.swap_remove(0)))
    }

    /// Does something with one template. The path must lead to a template in the folder.
    ///
    /// # Errors
    ///
    /// A template that does not exist or cannot be composed, or an error of the work.
    pub fn with<T>(
        &self,
        path: &str,
        work: impl FnOnce(&Session, Result<Template, Error>, &mut Rewriter<'_>, &Input) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let bodies = mails::bodies(&self.workspace.found);
        let Some(input) = bodies.into_iter().find(|&index| self.workspace.found.inputs[index].name == path) else {
            return Err(Error::new(ErrorKind::Io, "this template no longer exists").at(path));
        };
        let job = Job { input, dialect: 0 };
        let workers = Workers::new(&self.workspace);
        let mut worker = Worker::default();
        let template = panics::caught(path, || self.template(&workers, &mut worker, job));
        if template.is_err() {
            worker = Worker::default();
        }
        let rewriter = workers.rewriter(&mut worker.rewriters, job);
        panics::caught(path, || work(workers.session(job), template, rewriter, &self.workspace.found.inputs[input]))
    }

    /// A template with its companions, composed. All its files must be in the folder; layouts may be next to the
    /// settings.
    ///
    /// # Errors
    ///
    /// A problem with a file, or a file outside that a link leads to.
    pub fn template<'a>(&self, workers: &Workers<'a>, worker: &mut Worker<'a>, job: Job) -> Result<Template, Error> {
        let session = workers.session(job);
        let (own_reading, shared) = (session.reading(), session.shared_reading());
        let name = &self.workspace.found.inputs[job.input].name;
        check_inside(own_reading, Path::new(name))?;
        // Errors in a file elsewhere are not reported either, because a message may quote the file.
        let template = workers.template(worker, job).map_err(|error| {
            let outside =
                error.path().and_then(|path| check_inside(&reading_of(session, name, path), Path::new(path)).err());
            outside.unwrap_or(error)
        })?;
        for file in template.files() {
            check_inside(own_reading, Path::new(file.source.name()))?;
            for used in file.origins.iter().flat_map(Origins::files) {
                let path = Path::new(used.name());
                check_inside(&shared, path)?;
                if !real_path(path).starts_with(&self.root) {
                    self.outside.follow(path); // a layout next to the settings
                }
            }
        }
        Ok(template)
    }
}

/// How to read a file of a message: layouts may be next to the settings, other files only in the folder.
pub fn reading_of(session: &Session, mail: &str, file: &str) -> Reading {
    match file_names::stem(mail) == file_names::stem(file) {
        true => session.reading().clone(),
        false => session.shared_reading(),
    }
}

/// Refuses a file outside the folders that may be read, after following all links.
///
/// # Errors
///
/// Such a file.
pub fn check_inside(reading: &Reading, path: &Path) -> Result<(), Error> {
    reading.check(path).map_err(|_| {
        let detail = "this is a symbolic link to a file outside the folder, and the workbench does not open it";
        Error::new(ErrorKind::Usage, detail).at(name(path))
    })
}
