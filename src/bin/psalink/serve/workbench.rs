//! What the workbench works on: a folder, the settings of the command line, the mails that it shows.

use std::collections::{BTreeSet, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use psalink::snapshot::SnapshotName;
use psalink::{Client, Error, ErrorKind, Origins, Overrides, Parser, Reading, Session, Template};
use tokio::sync::broadcast;

use crate::args::TemplateArgs;
use crate::crew::{Crew, Job, Worker};
use crate::files::{self, Found, Input};
use crate::mails;
use crate::names;
use crate::sessions::Sessions;
use crate::write;

/// Mails that are kept for frames which have not asked for them yet.
const KEPT: usize = 64;

/// What every request works on.
#[derive(Debug)]
pub struct Workbench {
    folder: Option<PathBuf>,
    settings: TemplateArgs,
    overrides: Overrides,
    mails: Mutex<VecDeque<(u64, Arc<str>)>>,
    next_mail: AtomicU64,
    version: AtomicU64,
    news: broadcast::Sender<Arc<str>>,
}

/// How a template is to be looked at; what is left out is as the settings say.
#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct View {
    pub path: String,
    pub dialect: Option<String>,
    pub client: Option<Client>,
    pub sample: Option<String>,
    /// Values by meaning or by placeholder.
    pub values: std::collections::BTreeMap<String, String>,
}

/// The templates of the folder, with their settings.
pub struct Opened {
    pub settings: TemplateArgs,
    pub sessions: Sessions,
    pub found: Found,
}

impl Workbench {
    pub fn new(folder: Option<&Path>, settings: &TemplateArgs, overrides: Overrides) -> Workbench {
        // The workbench never leaves the folder; what the settings say of other files is added to it with them.
        let reading =
            folder.map_or_else(|| overrides.reading.clone(), |folder| overrides.reading.clone().within(folder));
        Workbench {
            folder: folder.map(Path::to_owned),
            settings: settings.clone(),
            overrides: Overrides { reading, ..overrides },
            mails: Mutex::default(),
            next_mail: AtomicU64::new(1),
            version: AtomicU64::new(1),
            news: broadcast::channel(64).0,
        }
    }

    /// Removes what interrupted runs have left in the folders that fixes and records are written to.
    pub fn sweep(&self) {
        let Ok(opened) = self.open(None, None) else { return };
        let files = opened.found.inputs.iter().filter_map(Input::file);
        let folders: BTreeSet<&Path> = files.map(write::folder_of).collect();
        for folder in folders {
            write::sweep(folder);
            let records = folder.join(SnapshotName::FOLDER);
            if psalink::lies_inside(&records, folder) {
                write::sweep(&records);
            }
        }
    }

    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    pub fn overrides(&self) -> &Overrides {
        &self.overrides
    }

    pub fn settings(&self) -> &TemplateArgs {
        &self.settings
    }

    pub fn version(&self) -> u64 {
        self.version.load(Ordering::Relaxed)
    }

    /// Tells every open page that files have changed.
    pub fn changed(&self, paths: &[String]) {
        let version = self.version.fetch_add(1, Ordering::Relaxed) + 1;
        let news = serde_json::json!({ "version": version, "paths": paths }).to_string();
        let _ = self.news.send(news.into()); // nobody may be listening
    }

    pub fn news(&self) -> broadcast::Receiver<Arc<str>> {
        self.news.subscribe()
    }

    /// Keeps a mail for the frame that will ask for it.
    pub fn keep_mail(&self, html: String) -> String {
        let id = self.next_mail.fetch_add(1, Ordering::Relaxed);
        let mut mails = self.mails();
        mails.push_back((id, html.into()));
        while mails.len() > KEPT {
            mails.pop_front();
        }
        format!("m{id}")
    }

    /// A mail that was kept.
    pub fn mail(&self, id: &str) -> Option<Arc<str>> {
        let id: u64 = id.strip_prefix('m')?.parse().ok()?;
        self.mails().iter().find(|(known, _)| *known == id).map(|(_, html)| Arc::clone(html))
    }

    fn mails(&self) -> MutexGuard<'_, VecDeque<(u64, Arc<str>)>> {
        self.mails.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The templates of the folder as they are now.
    ///
    /// # Errors
    ///
    /// A workbench without a folder, and settings that are wrong.
    pub fn open(&self, dialect: Option<&str>, client: Option<Client>) -> Result<Opened, Error> {
        let Some(folder) = &self.folder else {
            return Err(Error::new(ErrorKind::Usage, "the workbench was opened without a folder of templates"));
        };
        let mut settings = self.settings.clone();
        settings.paths = vec![folder.clone()];
        if let Some(dialect) = dialect {
            settings.dialect = vec![dialect.to_owned()];
        }
        let overrides = Overrides { client: client.or(self.overrides.client), ..self.overrides.clone() };
        let mut sessions = Sessions::new(&settings, &overrides)?;
        let found = files::find(&settings, &mut sessions, &[], false)?;
        Ok(Opened { settings, sessions, found })
    }
}

impl Opened {
    /// Does something with one template. A path that leads to no template of the folder leads nowhere.
    ///
    /// # Errors
    ///
    /// A template that is not there or cannot be put together, and what the work gives.
    pub fn with<T>(
        &self,
        path: &str,
        work: impl FnOnce(&Session, Result<Template, Error>, &mut Parser<'_>, &Input) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let bodies = mails::bodies(&self.found);
        let Some(input) = bodies.into_iter().find(|&index| self.found.inputs[index].name == path) else {
            return Err(Error::new(ErrorKind::Io, "there is no template of this name any more").at(path));
        };
        let job = Job { input, dialect: 0 };
        let crew = Crew::new(&self.settings, &self.sessions, &self.found);
        let mut worker = Worker::default();
        let template = self.template(&crew, &mut worker, job);
        let parser = crew.parser(&mut worker.parsers, job);
        work(crew.session(job), template, parser, &self.found.inputs[input])
    }

    /// A mail with its companions, put together. All its files lie in the folder; layouts may lie beside the settings.
    ///
    /// # Errors
    ///
    /// What is wrong with a file, and one that a link leads to from outside.
    pub fn template<'a>(&self, crew: &Crew<'a>, worker: &mut Worker<'a>, job: Job) -> Result<Template, Error> {
        let session = crew.session(job);
        let (own, shared) = (session.reading(), session.shared_reading());
        let name = &self.found.inputs[job.input].name;
        check_inside(own, Path::new(name))?;
        // What is wrong with a file elsewhere is not told either: a message may quote it.
        let template = mails::template(crew, worker, job).map_err(|error| {
            let outside =
                error.path().and_then(|path| check_inside(&reading_of(session, name, path), Path::new(path)).err());
            outside.unwrap_or(error)
        })?;
        for file in template.files() {
            check_inside(own, Path::new(file.source.name()))?;
            for used in file.origins.iter().flat_map(Origins::files) {
                check_inside(&shared, Path::new(used.name()))?;
            }
        }
        Ok(template)
    }
}

/// How a file is read that a mail uses: a layout may lie beside the settings, a file of the mail in the folder alone.
pub fn reading_of(session: &Session, mail: &str, file: &str) -> Reading {
    match names::stem(mail) == names::stem(file) {
        true => session.reading().clone(),
        false => session.shared_reading(),
    }
}

/// Refuses a file that does not lie where files may be read, with every link followed.
///
/// # Errors
///
/// Such a file.
pub fn check_inside(reading: &Reading, path: &Path) -> Result<(), Error> {
    reading.check(path).map_err(|_| {
        let detail = "a link leads from here to a file outside the folder, which the workbench does not open";
        Error::new(ErrorKind::Usage, detail).at(write::name(path))
    })
}
