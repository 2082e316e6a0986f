//! Changes templates in place: only one run at a time, keeping the old versions if requested.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use psalink::{Error, ErrorKind};

use crate::atomic_write::lock::{self, Lock};
use crate::atomic_write::{self, Before, Notes};
use crate::backup::Backup;
use crate::console::Console;
use crate::inputs::input::{Found, Input, InputOrigin};
use crate::inputs::own_folders::is_in_backup;
use crate::paths::{folder_of, show};

/// How many changed files are forced to disk right away; for more, the operating system decides when.
const SYNCED: usize = 64;

/// What a run that changes files in place holds until its end.
#[derive(Debug)]
pub struct InPlace {
    lock: Lock,
    backup: Option<Backup>,
    changed: AtomicUsize,
}

impl InPlace {
    /// Gets ready: keeps other runs from changing the same files, removes leftovers of interrupted runs, and creates a
    /// backup folder if one is requested.
    ///
    /// # Errors
    ///
    /// Another run is working there, or the folder is not for backups.
    pub fn begin(found: &Found, named: &[PathBuf], backup: Option<&Path>) -> Result<InPlace, Error> {
        let files: Vec<&Path> = found.inputs.iter().filter_map(|input| input.file()).collect();
        let lock = lock::take(files.iter().copied())?;
        let folders: BTreeSet<&Path> = files.iter().map(|path| folder_of(path)).collect();
        folders.into_iter().for_each(atomic_write::sweep);
        let backup = match backup {
            Some(folder) if !files.is_empty() => Some(Backup::begin(folder, named, found)?),
            _ => None,
        };
        Ok(InPlace { lock, backup, changed: AtomicUsize::new(0) })
    }

    /// Changes a file in place, if its content is still what was read, and keeps the old version if requested.
    ///
    /// # Errors
    ///
    /// A file that may not be changed, or that has changed in the meantime.
    pub fn change(&self, input: &Input, before: &[u8], new: &[u8]) -> Result<Notes, Error> {
        let (Some(path), name) = (writable(input)?, Path::new(&input.name)) else { return Ok(Notes::default()) };
        if let Some(backup) = &self.backup {
            atomic_write::check_unchanged(path, name, before)?;
            backup.keep(input, path, before)?;
        }
        let sync = self.changed.fetch_add(1, Ordering::Relaxed) < SYNCED;
        atomic_write::replace(path, name, new, Before::Bytes(before), sync)
    }

    /// Reports what is left to report at the end of a run.
    pub fn finish(self, console: &mut Console) {
        if let Some(note) = self.lock.note() {
            console.inform(note);
        }
        if let Some(backup) = self.backup {
            backup.finish(console);
        }
    }
}

/// The file to change for a template; `None` if it came from standard input.
fn writable(input: &Input) -> Result<Option<&Path>, Error> {
    let refuse = |detail: String| Err(Error::new(ErrorKind::Io, detail).at(&*input.name));
    let path = match &input.origin {
        InputOrigin::File(path) | InputOrigin::Link { to: path, leads_out: false } => path,
        InputOrigin::Link { to, leads_out: true } => {
            return refuse(format!(
                "this is a symbolic link to `{}`, outside the folder that you gave, so it is not changed; to change that \
                 file, name it directly",
                show(to)
            ));
        }
        InputOrigin::Stdin(_) => return Ok(None),
    };
    // A walk skips such folders.
    if input.named && is_in_backup(path) {
        return refuse("this is a backup made by psalink, so it is not changed; change a copy of it".to_owned());
    }
    Ok(Some(path))
}
