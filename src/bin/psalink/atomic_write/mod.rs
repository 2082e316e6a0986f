//! Files are old or new, never half-written: a new file is written next to the old one and then takes its name. It
//! replaces exactly what was read there, and gives access to no one who could not read the old file.
//!
//! ```text
//! bytes --temporary--> a new file next to the old one --exchange--> its place
//!    the old file --late--> put back, if another program saved to it in the meantime
//! ```

mod access;
mod exchange;
mod late;
pub mod lock;
mod temporary;
#[cfg(test)]
mod tests;

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use psalink::source::plain_file;
use psalink::{Error, ErrorKind};

use self::access::{FileAccess, Refusal, other_names};
use self::exchange::{Exchange, Version};
pub use self::late::{check_no_late_save, late_saves};
pub use self::temporary::{PREFIX, sweep, swept};
use crate::paths::{folder_of, is_of_system, real_path, show};

/// How long a file must have been unchanged, and how often to wait for that.
const QUIET: Duration = Duration::from_millis(50);
const WAITS: usize = 10;

/// What a file must contain to be replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Before<'a> {
    /// Anything: the user named it as the place for a result.
    Anything,
    /// Nothing, since the file does not exist yet.
    Nothing,
    /// What was read from it.
    Bytes(&'a [u8]),
}

impl<'a> Before<'a> {
    /// What was read, if anything.
    pub fn read(bytes: Option<&'a [u8]>) -> Before<'a> {
        bytes.map_or(Before::Nothing, Before::Bytes)
    }
}

/// What the user should know about a file that was written.
#[derive(Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct Notes(Vec<String>);

impl Notes {
    /// One line for each.
    pub fn lines(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Adds the notes about another file.
    pub fn add(&mut self, more: Notes) {
        self.0.extend(more.0);
    }
}

/// Gives a file new content all at once, if it contains what it should. An existing file keeps its permissions, owner
/// and group, access list and extended attributes. Messages call it `name`.
///
/// # Errors
///
/// A file that another program has changed, whose permissions cannot be kept, or that cannot be written. It is left
/// unchanged.
pub fn replace(path: &Path, name: &Path, bytes: &[u8], before: Before<'_>, sync: bool) -> Result<Notes, Error> {
    let failed = |error: io::Error| Error::could_not("write the file", error).at(show(name));
    let existing = fs::metadata(path).ok();
    // A device or a pipe cannot be replaced, so it is written to.
    if existing.as_ref().is_some_and(|existing| !existing.is_file() && !existing.is_dir()) {
        let written = File::options().write(true).open(path).and_then(|mut file| file.write_all(bytes));
        return written.map(|()| Notes::default()).map_err(failed);
    }
    if existing.is_none() {
        return match before {
            Before::Bytes(_) => Err(changed_meanwhile(name, None)),
            _ => make(path, name, bytes, before, sync),
        };
    }
    // Only the folder decides who may replace a file in it, but the file's own permissions should count too.
    let reads = before != Before::Anything;
    let file = File::options().read(reads).write(true).open(path).map_err(failed)?;
    let access = FileAccess::of(&file).map_err(failed)?;
    let old = match before {
        Before::Nothing => return Err(changed_meanwhile(name, None)),
        Before::Anything => None,
        Before::Bytes(known) => match Version::read(&file).map_err(failed)? {
            old if old.bytes() == known && is_quiet(&file) => Some(old),
            _ => return Err(changed_meanwhile(name, None)),
        },
    };
    let mut notes = Notes::default();
    if other_names(&file) > 0 {
        notes.0.push(format!(
            "`{}` has another name (a hard link), which still has the old content; only this file was changed",
            show(name)
        ));
    }
    drop(file);
    let mut new = temporary::create(folder_of(path), false).map_err(|error| could_not_make(name, error))?;
    let note = access.give(new.as_file()).map_err(|refusal| cannot_keep(name, refusal))?;
    notes.0.extend(note.map(|note| format!("`{}` {note}", show(name))));
    fill(&mut new, bytes, Some(&access), sync).map_err(failed)?;
    let Some(old) = old else {
        temporary::unlock(new.as_file());
        return new.persist(path).map(|_| notes).map_err(|error| failed(error.error));
    };
    match exchange::replace(new, bytes, path, &old).map_err(failed)? {
        Exchange::Replaced(displaced) => {
            displaced.into_iter().for_each(|displaced| late::look_later(displaced, name));
            Ok(notes)
        }
        Exchange::Changed(kept) => Err(changed_meanwhile(name, kept.as_deref())),
    }
}

/// Waits until a file has been unchanged for a while, since an editor that empties a file before filling it may be in
/// the middle of that. If the file changes during the wait, replacing it will detect that.
fn is_quiet(file: &File) -> bool {
    for _ in 0..WAITS {
        let age = file.metadata().and_then(|metadata| metadata.modified()).map(|time| time.elapsed().unwrap_or(QUIET));
        match age {
            Ok(age) if age < QUIET => std::thread::sleep(QUIET - age),
            _ => return true,
        }
    }
    false
}

/// Writes a file that does not exist yet.
fn make(path: &Path, name: &Path, bytes: &[u8], before: Before<'_>, sync: bool) -> Result<Notes, Error> {
    let failed = |error: io::Error| Error::could_not("write the file", error).at(show(name));
    let mut new = temporary::create(folder_of(path), true).map_err(|error| could_not_make(name, error))?;
    fill(&mut new, bytes, None, sync).map_err(failed)?;
    temporary::unlock(new.as_file());
    match new.persist_noclobber(path) {
        Ok(_) => Ok(Notes::default()),
        Err(error) if error.error.kind() != io::ErrorKind::AlreadyExists => Err(failed(error.error)),
        Err(error) if before == Before::Anything => {
            error.file.persist(path).map(|_| Notes::default()).map_err(|error| failed(error.error))
        }
        Err(_) => Err(changed_meanwhile(name, None)),
    }
}

/// Writes a copy of a file to a free path, which is on disk when this returns. It is never easier to read than the
/// original.
///
/// # Errors
///
/// A path that is taken, or a copy that cannot be written.
pub fn copy(path: &Path, bytes: &[u8], original: &Path) -> Result<(), Error> {
    let failed = |error: io::Error| Error::could_not("write the file", error).at(show(path));
    let access = plain_file::open(original).and_then(|(file, _)| FileAccess::of(&file));
    let access = access.map_err(|error| Error::could_not("read the file", error).at(show(original)))?;
    let mut new = temporary::create(folder_of(path), false).map_err(|error| could_not_make(path, error))?;
    access.give_at_most(new.as_file()).map_err(|refusal| cannot_keep(path, refusal))?;
    fill(&mut new, bytes, None, true).map_err(failed)?;
    temporary::unlock(new.as_file());
    new.persist_noclobber(path).map_err(|error| failed(error.error))?;
    sync_folder(folder_of(path)).map_err(failed)
}

/// Forces the names in a folder to disk.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// Checks that a file still has the content that was read.
///
/// # Errors
///
/// A file that another program has changed.
pub fn check_unchanged(path: &Path, name: &Path, known: &[u8]) -> Result<(), Error> {
    use io::ErrorKind::{FileTooLarge, NotFound};
    match plain_file::read(path, known.len() as u64) {
        Ok(now) if now == known => Ok(()),
        Ok(_) => Err(changed_meanwhile(name, None)),
        Err(error) if [NotFound, FileTooLarge].contains(&error.kind()) => Err(changed_meanwhile(name, None)),
        Err(error) => Err(Error::could_not("read the file", error).at(show(name))),
    }
}

fn fill(new: &mut tempfile::NamedTempFile, bytes: &[u8], access: Option<&FileAccess>, sync: bool) -> io::Result<()> {
    new.write_all(bytes)?;
    if let Some(access) = access {
        access.restore(new.as_file())?;
    }
    if sync { new.as_file().sync_all() } else { Ok(()) }
}

/// The error for a file that is not what it was when it was read.
fn changed_meanwhile(name: &Path, kept: Option<&Path>) -> Error {
    let more = kept.map_or_else(String::new, |kept| {
        format!("; it was saved twice at that moment, and the second-to-last version is in `{}`", show(kept))
    });
    let detail = format!("the file has changed in the meantime, so it is not overwritten; run psalink again{more}");
    Error::new(ErrorKind::Io, detail).at(show(name))
}

/// The error for another program's save that came too late to be noticed and could not be put back.
fn save_lost(name: &Path, error: &io::Error) -> Error {
    let reason = Error::reason(error);
    let detail = format!(
        "another program saved this file at the same moment, and its version could not be kept ({reason}); save it there again"
    );
    Error::new(ErrorKind::Io, detail).at(show(name))
}

fn cannot_keep(name: &Path, refusal: Refusal) -> Error {
    match refusal {
        Refusal::Io(error) => Error::could_not("write the file", error).at(show(name)),
        Refusal::Kept(attribute) => {
            let detail = format!(
                "psalink cannot keep {attribute}, so the file was not changed; change a copy of it, or ask its owner or an \
                 administrator to change it"
            );
            Error::new(ErrorKind::Io, detail).at(show(name))
        }
    }
}

fn could_not_make(name: &Path, error: io::Error) -> Error {
    if error.kind() != io::ErrorKind::PermissionDenied {
        return Error::could_not("write the file", error).at(show(name));
    }
    let folder = show(folder_of(name));
    let detail = format!("could not write the file: you do not have permission to write to the folder `{folder}`");
    Error::new(ErrorKind::Io, detail).at(show(name)).because(error)
}

/// Checks that a file to write is really inside a folder and, if it exists, a plain file.
pub fn check_inside(folder: &Path, path: &Path) -> Result<(), Error> {
    check_link(folder, path)?;
    match fs::metadata(path) {
        Ok(metadata) if !metadata.is_file() && !metadata.is_dir() => {
            let detail = "this is a pipe or a device, and psalink only writes plain files; remove it";
            Err(Error::new(ErrorKind::Io, detail).at(show(path)))
        }
        _ => Ok(()),
    }
}

/// Writes a file into a folder, creating the folders in between. The path that is checked is the one that is written
/// to, so that a link that changes in the meantime cannot redirect it.
pub fn replace_inside(folder: &Path, path: &Path, bytes: &[u8], before: Before<'_>) -> Result<Notes, Error> {
    make_folder_of(path)?;
    let real = real_path(path);
    check_inside(folder, &real).map_err(|error| Error::new(error.kind(), error.detail()).at(show(path)))?;
    replace(&real, path, bytes, before, false)
}

fn check_link(folder: &Path, path: &Path) -> Result<(), Error> {
    if psalink::source::lies_inside(path, folder) {
        return Ok(());
    }
    let detail =
        format!("this is a symbolic link that leads out of `{}`, so it is not written to; remove it", show(folder));
    Err(Error::new(ErrorKind::Io, detail).at(show(path)))
}

/// Refuses a file that the user named if it is a link out of its folder; devices may have links as names.
pub fn check_file(path: &Path) -> Result<(), Error> {
    match path.parent() {
        _ if is_of_system(path) => Ok(()),
        Some(folder) => check_link(folder, path),
        None => Ok(()),
    }
}

/// Whether a file already has this content.
pub fn holds(path: &Path, bytes: &[u8]) -> bool {
    plain_file::read(path, bytes.len() as u64).is_ok_and(|content| content == bytes)
}

/// Creates the folder that a file goes into.
pub fn make_folder_of(path: &Path) -> Result<(), Error> {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => make_folder(folder),
        _ => Ok(()),
    }
}

/// Creates a folder, including its parents.
pub fn make_folder(folder: &Path) -> Result<(), Error> {
    fs::create_dir_all(folder).map_err(|error| {
        let error = match error.kind() {
            io::ErrorKind::AlreadyExists => Error::new(ErrorKind::Io, "this is a file, not a folder").because(error),
            _ => Error::could_not("create the folder", error),
        };
        error.at(show(folder))
    })
}
