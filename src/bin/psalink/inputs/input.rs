//! One template to work on, and all of them.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use foldhash::fast::RandomState;
use psalink::{Error, SourceKind};

/// One template to work on.
#[derive(Debug)]
pub struct Input {
    /// Where its bytes are.
    pub origin: InputOrigin,
    /// Its name in messages.
    pub name: String,
    pub kind: SourceKind,
    /// Whether it is a source (`.j2`), which is composed before anything else.
    pub composed: bool,
    /// Whether the command line names it, not just a folder or a pattern.
    pub named: bool,
    /// Its path relative to the output folder.
    pub relative: PathBuf,
    /// Its settings.
    pub settings: usize,
}

impl Input {
    /// The file that may be changed, if there is one.
    pub fn file(&self) -> Option<&Path> {
        match &self.origin {
            InputOrigin::Stdin(_) | InputOrigin::Link { leads_out: true, .. } => None,
            InputOrigin::File(path) | InputOrigin::Link { to: path, leads_out: false } => Some(path),
        }
    }
}

/// Where the bytes of a template are.
#[derive(Debug)]
pub enum InputOrigin {
    /// Standard input, already read.
    Stdin(Vec<u8>),
    /// A file.
    File(PathBuf),
    /// A link to a file.
    Link {
        /// The file that it leads to.
        to: PathBuf,
        /// Whether that file is outside the folder that the user gave.
        leads_out: bool,
    },
}

/// Everything that the paths on the command line lead to.
#[derive(Debug, Default)]
pub struct Found {
    pub inputs: Vec<Input>,
    /// What could not be found or read.
    pub errors: Vec<Error>,
    /// Why there is nothing to do, for each path on the command line.
    pub nothing: Vec<Error>,
    /// Other notes about the paths.
    pub notes: Vec<String>,
    /// How many layouts and partials were skipped.
    pub partials: usize,
    /// Whether the command line names a single file and nothing else.
    pub is_one_file: bool,
    /// The real paths of all inputs that have one.
    pub real: HashSet<PathBuf, RandomState>,
}
