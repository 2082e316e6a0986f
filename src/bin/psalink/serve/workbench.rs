//! What the workbench works on: a folder, the settings from the command line, the messages that it shows.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use psalink::config::LintConfig;
use psalink::link::Client;
use psalink::session::Overrides;
use psalink::snapshot::SnapshotName;
use psalink::{Config, Error, ErrorKind, Session};
use tokio::sync::{Semaphore, broadcast};

use super::kept_mails::KeptMails;
use super::opened::Opened;
use super::outside::Outside;
use crate::args::TemplateArgs;
use crate::atomic_write;
use crate::inputs::input::Input;
use crate::inputs::workspace::Workspace;
use crate::paths::{folder_of, real_path};

/// How many requests are processed at a time; more must wait. Work that no page is waiting for counts until it has
/// ended.
const AT_A_TIME: usize = 8;

/// The shared state of all requests.
#[derive(Debug)]
pub struct Workbench {
    folder: Option<PathBuf>,
    settings: TemplateArgs,
    overrides: Overrides,
    mails: KeptMails,
    outside: Arc<Outside>,
    desks: Arc<Semaphore>,
    version: AtomicU64,
    news: broadcast::Sender<Arc<str>>,
}

/// How to look at a template; what is left out is as in the settings.
#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct View {
    pub path: String,
    pub dialect: Option<String>,
    pub client: Option<Client>,
    pub sample: Option<String>,
    /// Values by meaning or by placeholder.
    pub values: std::collections::BTreeMap<String, String>,
    /// Rule options, which no page sets.
    #[serde(skip)]
    pub rules: LintConfig,
}

impl Workbench {
    pub fn new(folder: Option<&Path>, settings: &TemplateArgs, overrides: Overrides) -> Workbench {
        // The workbench never leaves the folder; other files that the settings name are added when the settings are
        // read.
        let reading =
            folder.map_or_else(|| overrides.reading.clone(), |folder| overrides.reading.clone().within(folder));
        Workbench {
            folder: folder.map(Path::to_owned),
            settings: settings.clone(),
            overrides: Overrides { reading, ..overrides },
            mails: KeptMails::default(),
            outside: Arc::default(),
            desks: Arc::new(Semaphore::new(AT_A_TIME)),
            version: AtomicU64::new(1),
            news: broadcast::channel(64).0,
        }
    }

    /// Removes what interrupted runs left in the folders that fixes and records are written to.
    pub fn sweep(&self) {
        let Ok(opened) = self.open(None, None) else { return };
        let files = opened.workspace.found.inputs.iter().filter_map(Input::file);
        let folders: BTreeSet<&Path> = files.map(folder_of).collect();
        for folder in folders {
            atomic_write::sweep(folder);
            let records = folder.join(SnapshotName::FOLDER);
            if psalink::source::lies_inside(&records, folder) {
                atomic_write::sweep(&records);
            }
        }
    }

    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    pub fn overrides(&self) -> &Overrides {
        &self.overrides
    }

    pub fn version(&self) -> u64 {
        self.version.load(Ordering::Relaxed)
    }

    /// Notifies every open page that files have changed.
    pub fn changed(&self, paths: &[String]) {
        let version = self.version.fetch_add(1, Ordering::Relaxed) + 1;
        let news = serde_json::json!({ "version": version, "paths": paths }).to_string();
        let _ = self.news.send(news.into()); // there may be no listener
    }

    pub fn news(&self) -> broadcast::Receiver<Arc<str>> {
        self.news.subscribe()
    }

    /// The messages that frames will request.
    pub fn mails(&self) -> &KeptMails {
        &self.mails
    }

    /// The files outside the folder that affect what is shown.
    pub fn outside(&self) -> &Outside {
        &self.outside
    }

    /// What a request waits for before it is processed.
    pub fn desks(&self) -> Arc<Semaphore> {
        Arc::clone(&self.desks)
    }

    /// What keeps the workbench from showing anything: invalid settings, vocabularies or samples.
    pub fn problem(&self) -> Option<Error> {
        if self.folder.is_none() {
            return self.session(self.overrides.clone()).err();
        }
        match self.open(None, None) {
            Ok(mut opened) => opened.problem(),
            Err(error) => Some(error),
        }
    }

    /// The settings for a template that is not in a folder: those of the open folder.
    ///
    /// # Errors
    ///
    /// Invalid settings.
    pub fn session(&self, overrides: Overrides) -> Result<Session, Error> {
        self.follow_settings();
        let mut config = match (&self.settings.config, self.settings.isolated) {
            (_, true) => Config::default(),
            (Some(path), _) => Config::read(path)?,
            (None, _) => match self.folder().and_then(Config::find) {
                Some(found) => Config::read_found(&found, &overrides.reading)?,
                None => Config::default(),
            },
        };
        self.follow_named(&config);
        // A pasted template may be for a different PSA than those in the folder.
        config.dialect = None;
        Session::new(config, overrides).map_err(|error| self.follow_error(error))
    }

    /// Follows the settings that are not in the folder.
    fn follow_settings(&self) {
        match (&self.settings.config, self.folder()) {
            (Some(path), _) => self.outside.follow(path),
            (None, Some(folder)) if !self.settings.isolated => self.outside.follow_settings_above(folder),
            (None, _) => {}
        }
    }

    /// Follows files outside the folder that settings name, and the settings themselves if they are behind a link.
    fn follow_named(&self, config: &Config) {
        let named = config.vocabulary.iter().map(|file| config.folder().join(file));
        let samples = config.samples.iter().map(|folder| config.folder().join(folder));
        named.chain(samples).chain(config.path().map(Path::to_owned)).for_each(|path| self.follow_outside(&path));
    }

    /// Follows the file with the error and, if that is a settings file, the files that it names: one of them may be
    /// missing.
    fn follow_error(&self, error: Error) -> Error {
        if let Some(path) = error.path().map(Path::new) {
            self.follow_outside(path);
            if let Ok(config) = Config::read(path) {
                self.follow_named(&config);
            }
        }
        error
    }

    /// Follows a file outside the folder; files in the folder are already followed.
    fn follow_outside(&self, path: &Path) {
        if self.folder().map(real_path).is_none_or(|root| !real_path(path).starts_with(root)) {
            self.outside.follow(path);
        }
    }

    /// The current templates of the folder.
    ///
    /// # Errors
    ///
    /// A workbench without a folder, or invalid settings.
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
        self.follow_settings();
        let workspace = Workspace::open(settings, &overrides, &[], false).map_err(|error| self.follow_error(error))?;
        let sessions = &workspace.sessions;
        (0..sessions.len()).for_each(|index| self.follow_named(sessions.config(index)));
        Ok(Opened::new(folder, workspace, Arc::clone(&self.outside)))
    }
}
