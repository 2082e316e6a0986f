//! Keeps two runs from changing the same files at once. A lock is an empty file in the user's cache folder, named after the
//! path that it is for, so that nothing appears among the templates. The system ends it with the run, however that ends.
//!
//! A run holds what it changes alone and every folder above together with others; so a run over a folder and a run over a
//! part of it meet, and runs over folders side by side do not.

use psalink::source::hex;
use std::collections::BTreeSet;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use etcetera::BaseStrategy as _;
use psalink::{Error, ErrorKind};
use sha2::{Digest as _, Sha256};

use crate::paths::{folder_of, real_path, show};

/// How long a run waits for another.
pub const PATIENCE: Duration = Duration::from_secs(3);

/// How often it looks.
const PAUSE: Duration = Duration::from_millis(10);

/// The most paths that a run holds by themselves; of more, the folders are held.
const MOST: usize = 32;

/// Holds files and folders for as long as it lives.
#[derive(Debug, Default)]
pub struct Lock {
    _files: Vec<File>,
    _here: Option<Here>,
    note: Option<String>,
}

impl Lock {
    /// What the user should know: that there is no lock.
    pub fn note(&self) -> Option<&str> {
        self.note.as_deref()
    }
}

/// Holds paths, each a file or a folder with all that is in it, so that no other run of this user changes them.
///
/// # Errors
///
/// Another run that is still at work when patience ends.
pub fn take<'a>(paths: impl IntoIterator<Item = &'a Path>) -> Result<Lock, Error> {
    let alone = outermost(few(paths.into_iter().collect()).into_iter().map(real_path).collect());
    let above: BTreeSet<&Path> =
        alone.iter().flat_map(|path| path.ancestors().skip(1)).filter(|path| !alone.contains(*path)).collect();
    let folder = match folder() {
        Ok(folder) => folder,
        Err(why) => return Ok(Lock { note: Some(why), ..Lock::default() }),
    };
    let until = Instant::now() + PATIENCE;
    let mut files = Vec::new();
    let all = above.iter().map(|path| (*path, false)).chain(alone.iter().map(|path| (path.as_path(), true)));
    for (path, is_alone) in all {
        match hold(&folder, path, is_alone, until) {
            Ok(Some(file)) => files.push(file),
            Ok(None) => {
                let detail = "another psalink is changing files here, so nothing was changed; wait until it finishes, \
                              and run psalink again";
                // What is held alone is what the user has named; what is above it says little.
                let place = if is_alone { path } else { alone.iter().next().map_or(path, PathBuf::as_path) };
                return Err(Error::new(ErrorKind::Io, detail).at(show(&seen_from_here(place))));
            }
            Err(error) => return Ok(Lock { note: Some(without(&folder, &error)), ..Lock::default() }),
        }
    }
    Ok(Lock { _files: files, ..Lock::default() })
}

/// Holds the folder of one file while it is written; threads of this program wait for each other too.
///
/// # Errors
///
/// Another run that is still at work when patience ends.
pub fn take_for_file(path: &Path) -> Result<Lock, Error> {
    let real = real_path(path);
    let folder = real.parent().unwrap_or(&real).to_owned();
    let here = Here::take(folder.clone());
    Ok(Lock { _here: Some(here), ..take([folder.as_path()])? })
}

/// A path as messages show it.
fn seen_from_here(path: &Path) -> PathBuf {
    let here = std::env::current_dir().and_then(fs::canonicalize).unwrap_or_default();
    path.strip_prefix(here).map_or_else(|_| path.to_owned(), |path| Path::new(".").join(path))
}

/// The folders of the paths where these are many.
fn few(paths: BTreeSet<&Path>) -> BTreeSet<&Path> {
    if paths.len() > MOST { paths.into_iter().map(folder_of).collect() } else { paths }
}

/// Leaves out what lies in another of the paths; takes the folders above where there are many.
fn outermost(mut paths: BTreeSet<PathBuf>) -> BTreeSet<PathBuf> {
    loop {
        let is_outer = |path: &&PathBuf| !path.ancestors().skip(1).any(|above| paths.contains(above));
        let outer: BTreeSet<PathBuf> = paths.iter().filter(is_outer).cloned().collect();
        if outer.len() <= MOST {
            return outer;
        }
        paths = outer.iter().map(|path| path.parent().unwrap_or(path).to_owned()).collect();
    }
}

/// Holds one path; none where another run still has it when patience ends.
fn hold(folder: &Path, path: &Path, is_alone: bool, until: Instant) -> std::io::Result<Option<File>> {
    let name = hex(&Sha256::digest(path.as_os_str().as_encoded_bytes())[..16]);
    let file = File::options().create(true).truncate(false).write(true).open(folder.join(name))?;
    loop {
        match if is_alone { file.try_lock() } else { file.try_lock_shared() } {
            Ok(()) => return Ok(Some(file)),
            Err(TryLockError::WouldBlock) if Instant::now() >= until => return Ok(None),
            Err(TryLockError::WouldBlock) => std::thread::sleep(PAUSE),
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
}

/// The folder of the locks; it is made where it is missing.
fn folder() -> Result<PathBuf, String> {
    let missing = "psalink cannot prevent two runs at once, because there is no cache folder or home folder; do not change the \
                   same folder from two windows";
    let strategy = etcetera::base_strategy::choose_native_strategy().map_err(|_| missing.to_owned())?;
    let folder = strategy.cache_dir().join("psalink").join("locks");
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(&folder).map_err(|error| without(&folder, &error))?;
    Ok(folder)
}

fn without(folder: &Path, error: &std::io::Error) -> String {
    format!(
        "psalink cannot prevent two runs at once, because `{}` cannot be used for locks ({}); do not change the same folder from two \
         windows",
        show(folder),
        psalink::Error::reason(error)
    )
}

/// Folders that threads of this program write to, each for one thread.
static HERE: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());
static FREED: Condvar = Condvar::new();

/// Holds a folder against the other threads of this program, also where there is no folder for locks.
#[derive(Debug)]
struct Here(PathBuf);

impl Here {
    fn take(folder: PathBuf) -> Here {
        let held = HERE.lock().unwrap_or_else(PoisonError::into_inner);
        let mut held = FREED.wait_while(held, |held| held.contains(&folder)).unwrap_or_else(PoisonError::into_inner);
        held.insert(folder.clone());
        Here(folder)
    }
}

impl Drop for Here {
    fn drop(&mut self) {
        HERE.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.0);
        FREED.notify_all();
    }
}
