//! Templates with their settings, as every command that reads templates opens them.

use std::path::Path;

use psalink::session::Overrides;
use psalink::{Error, Vocabulary};

use super::finder;
use super::input::Found;
use super::sessions::Sessions;
use crate::args::TemplateArgs;
use crate::console::{Console, Status};

/// What the command line leads to: the settings of each folder, and the templates.
pub struct Workspace {
    pub args: TemplateArgs,
    pub sessions: Sessions,
    pub found: Found,
}

impl Workspace {
    /// Loads the settings and finds the templates; looks past the paths in `own`, which psalink itself writes. Where the
    /// folder is `mirrored`, a link in it counts as a file of its own.
    ///
    /// # Errors
    ///
    /// Settings that are wrong, and a command line that names no template.
    pub fn open(args: TemplateArgs, overrides: &Overrides, own: &[&Path], mirrored: bool) -> Result<Workspace, Error> {
        // Takes some milliseconds the first time, in which this thread can look for templates.
        std::thread::spawn(Vocabulary::builtin);
        let mut sessions = Sessions::new(&args, overrides)?;
        let found = finder::find(&args, &mut sessions, own, mirrored)?;
        Ok(Workspace { args, sessions, found })
    }

    /// Says what could not be found or looked at.
    pub fn say_errors(&self, console: &mut Console) {
        self.found.errors.iter().for_each(|error| console.error(error));
    }

    /// How a run goes in which nothing else happens.
    pub fn status(&self) -> Status {
        if self.found.errors.is_empty() { Status::Clean } else { Status::Failed }
    }
}
