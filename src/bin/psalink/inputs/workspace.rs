//! Templates with their settings, as all commands that read templates open them.

use std::path::Path;

use psalink::session::Overrides;
use psalink::{Error, Vocabulary};

use super::finder;
use super::input::Found;
use super::sessions::Sessions;
use crate::args::TemplateArgs;
use crate::console::{Console, Status};

/// What the command line refers to: the settings of each folder, and the templates.
pub struct Workspace {
    pub args: TemplateArgs,
    pub sessions: Sessions,
    pub found: Found,
}

impl Workspace {
    /// Loads the settings and finds the templates. Skips the paths in `own`, which psalink itself writes. If the folder
    /// is `mirrored`, a link in it counts as a separate file.
    ///
    /// # Errors
    ///
    /// Invalid settings, and a command line that names no template.
    pub fn open(
        args: TemplateArgs,
        overrides: &Overrides,
        outputs: &[&Path],
        mirrored: bool,
    ) -> Result<Workspace, Error> {
        // Takes some milliseconds the first time, while this thread can search for templates.
        std::thread::spawn(Vocabulary::builtin);
        let mut sessions = Sessions::new(&args, overrides)?;
        let found = finder::find(&args, &mut sessions, outputs, mirrored)?;
        Ok(Workspace { args, sessions, found })
    }

    /// Reports what could not be found or read.
    pub fn say_errors(&self, console: &mut Console) {
        self.found.errors.iter().for_each(|error| console.error(error));
    }

    /// The status of a run if nothing else happens.
    pub fn status(&self) -> Status {
        if self.found.errors.is_empty() { Status::Clean } else { Status::Failed }
    }
}
