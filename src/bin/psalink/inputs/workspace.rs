//! Templates with their settings, as all commands that read templates open them.

use std::path::Path;

use psalink::report::full;
use psalink::session::Overrides;
use psalink::{Error, ErrorKind, Level, Vocabulary};

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

    /// Reports what could not be found or read, and what is read although it is excluded.
    pub fn say_errors(&self, console: &mut Console) {
        self.found.errors.iter().chain(&self.found.nothing).for_each(|error| console.error(error));
        if !console.quiet {
            let notes = self.found.notes.iter().map(|note| full::write_message(Level::Note, note, console.style));
            console.say(&notes.collect::<String>());
        }
    }

    /// Reports that there is no message to show or send, unless the reason was already reported; returns the run's
    /// status.
    pub fn finish_empty(&self, line: &str, console: &mut Console) -> Status {
        let is_said = self.status() != Status::Clean;
        match self.found.inputs.first() {
            _ if is_said => {}
            None => console.inform(line),
            Some(subject) => {
                let detail = "this is only the subject of a message; name the .html or .txt file that it belongs to";
                console.error(&Error::new(ErrorKind::Usage, detail).at(&*subject.name));
                return Status::Failed;
            }
        }
        self.status()
    }

    /// The status of a run if nothing else happens.
    pub fn status(&self) -> Status {
        let has_worked = self.found.errors.is_empty() && self.found.nothing.is_empty();
        if has_worked { Status::Clean } else { Status::Failed }
    }
}
