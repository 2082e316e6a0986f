//! One template to work on, and all of them.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use foldhash::fast::RandomState;
use psalink::{Error, SourceKind};

/// One template to work on.
#[derive(Debug)]
pub struct Input {
    /// What holds its bytes.
    pub origin: InputOrigin,
    /// What messages call it.
    pub name: String,
    pub kind: SourceKind,
    /// Whether it is a source (`.j2`) that is put together before anything else.
    pub composed: bool,
    /// Whether the command line names it, and not only a folder or a pattern.
    pub named: bool,
    /// Where it goes below another folder.
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

/// What holds the bytes of a template.
#[derive(Debug)]
pub enum InputOrigin {
    /// The standard input, read to its end.
    Stdin(Vec<u8>),
    /// A file.
    File(PathBuf),
    /// A link to a file.
    Link {
        /// The file that it leads to.
        to: PathBuf,
        /// Whether that lies outside the folder that the user gave.
        leads_out: bool,
    },
}

/// Everything that the paths on the command line lead to.
#[derive(Debug, Default)]
pub struct Found {
    pub inputs: Vec<Input>,
    /// What could not be found or looked at.
    pub errors: Vec<Error>,
    /// Why there is nothing to do, for each path of the command line.
    pub nothing: Vec<Error>,
    /// What else there is to say of the paths.
    pub notes: Vec<String>,
    /// How many layouts and partials were passed over.
    pub partials: usize,
    /// Whether the command line names one file and nothing else.
    pub is_one_file: bool,
    /// The real paths of all inputs; except those that cannot be named.
    pub real: HashSet<PathBuf, RandomState>,
}
