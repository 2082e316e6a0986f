//! The settings for each folder, loaded once.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use psalink::session::Overrides;
use psalink::source::Reading;
use psalink::{Config, Error, Session, Source, SourceKind};

use crate::args::TemplateArgs;

/// Loaded settings, each with one session per dialect on the command line.
#[derive(Debug)]
pub struct Sessions {
    overrides: Vec<Overrides>,
    /// Whether one settings file applies to every template, because the command line names it.
    fixed: bool,
    folders: HashMap<PathBuf, usize>,
    files: HashMap<Option<PathBuf>, usize>,
    loaded: Vec<Vec<Session>>,
}

impl Sessions {
    /// Checks what the command line says about settings.
    pub fn new(args: &TemplateArgs, overrides: &Overrides) -> Result<Sessions, Error> {
        if let Some(label) = &args.encoding {
            Source::read("--encoding", Vec::new(), SourceKind::Html, Some(label))?;
        }
        let mut dialects = Vec::new();
        for dialect in &args.dialect {
            if !dialects.contains(dialect) {
                dialects.push(dialect.clone());
            }
        }
        let overrides: Vec<Overrides> = match dialects.as_slice() {
            [] => vec![overrides.clone()],
            _ => {
                dialects.into_iter().map(|dialect| Overrides { dialect: Some(dialect), ..overrides.clone() }).collect()
            }
        };
        let fixed = args.isolated || args.config.is_some();
        let mut sessions =
            Sessions { overrides, fixed, folders: HashMap::new(), files: HashMap::new(), loaded: Vec::new() };
        if fixed {
            sessions.load(args.config.clone())?;
        }
        Ok(sessions)
    }

    /// The index of the settings for templates in a folder.
    pub fn of_folder(&mut self, folder: &Path) -> Result<usize, Error> {
        if self.fixed {
            return Ok(0);
        }
        if let Some(&index) = self.folders.get(folder) {
            return Ok(index);
        }
        let found = Config::find(folder).map(|path| shorten(&path));
        let index = self.load(found)?;
        self.folders.insert(folder.to_owned(), index);
        Ok(index)
    }

    fn load(&mut self, path: Option<PathBuf>) -> Result<usize, Error> {
        if let Some(&index) = self.files.get(&path) {
            return Ok(index);
        }
        let read = |path: &Path| match self.fixed {
            true => Config::read(path),
            false => Config::read_found(path, self.reading()),
        };
        let config = path.as_deref().map_or_else(|| Ok(Config::default()), read)?;
        let sessions: Result<Vec<Session>, Error> =
            self.overrides.iter().map(|overrides| Session::new(config.clone(), overrides.clone())).collect();
        self.loaded.push(sessions?);
        self.files.insert(path, self.loaded.len() - 1);
        Ok(self.loaded.len() - 1)
    }

    /// How files are read.
    pub fn reading(&self) -> &Reading {
        &self.overrides[0].reading
    }

    /// The settings with that index.
    pub fn config(&self, index: usize) -> &Config {
        self.loaded[index][0].config()
    }

    /// The session for these settings and a dialect from the command line.
    pub fn get(&self, index: usize, dialect: usize) -> &Session {
        &self.loaded[index][dialect]
    }

    /// How many settings are loaded.
    pub fn len(&self) -> usize {
        self.loaded.len()
    }

    /// The dialects on the command line, if there are several.
    pub fn dialects(&self) -> &[Overrides] {
        &self.overrides
    }

    /// Whether these settings name a portal.
    pub fn has_portal(&self, index: usize) -> bool {
        let config = self.config(index);
        let overrides = &self.overrides[0];
        overrides.portal.is_some() || overrides.host.is_some() || config.portal.is_some() || config.host.is_some()
    }
}

/// A path, relative to the current folder if it is inside it.
fn shorten(path: &Path) -> PathBuf {
    let current = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(current).map_or_else(|_| path.to_owned(), Path::to_owned)
}
