//! Keeps two runs from changing the same files at the same time. A lock is an empty file in the user's cache folder,
//! named after its path, so that nothing appears among the templates. The operating system releases it when the run
//! ends, however that happens.
//!
//! A run locks what it changes exclusively, and every folder above in shared mode. So a run over a folder excludes a
//! run over a part of it, but not runs over sibling folders.

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

/// How often to check.
const PAUSE: Duration = Duration::from_millis(10);

/// The maximum number of paths that a run locks individually; for more, it locks their folders.
const MOST: usize = 32;

/// Locks files and folders for as long as it exists.
#[derive(Debug, Default)]
pub struct Lock {
    _files: Vec<File>,
    _thread_lock: Option<ThreadLock>,
    note: Option<String>,
}

impl Lock {
    /// What the user should know: that there is no lock.
    pub fn note(&self) -> Option<&str> {
        self.note.as_deref()
    }
}

/// Locks paths, each a file or a folder with everything in it, so that no other run of this user changes them.
///
/// # Errors
///
/// Another run that is still working when the wait is over.
pub fn take<'a>(paths: impl IntoIterator<Item = &'a Path>) -> Result<Lock, Error> {
    let alone = outermost(few(paths.into_iter().collect()).into_iter().map(real_path).collect());
    let above: BTreeSet<&Path> =
        alone.iter().flat_map(|path| path.ancestors().skip(1)).filter(|path| !alone.contains(*path)).collect();
    let folder = match folder() {
        Ok(folder) => folder,
        Err(reason) => return Ok(Lock { note: Some(reason), ..Lock::default() }),
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
                // The exclusive paths are those that the user named; the folders above mean little to them.
                let place = if is_alone { path } else { alone.iter().next().map_or(path, PathBuf::as_path) };
                return Err(Error::new(ErrorKind::Io, detail).at(show(&seen_from_here(place))));
            }
            Err(error) => return Ok(Lock { note: Some(without(&folder, &error)), ..Lock::default() }),
        }
    }
    Ok(Lock { _files: files, ..Lock::default() })
}

/// Locks the folder of one file while it is written; threads of this program also wait for each other.
///
/// # Errors
///
/// Another run that is still working when the wait is over.
pub fn take_for_file(path: &Path) -> Result<Lock, Error> {
    let real = real_path(path);
    let folder = real.parent().unwrap_or(&real).to_owned();
    let thread_lock = ThreadLock::take(folder.clone());
    Ok(Lock { _thread_lock: Some(thread_lock), ..take([folder.as_path()])? })
}

/// A path as messages show it.
fn seen_from_here(path: &Path) -> PathBuf {
    let current = std::env::current_dir().and_then(fs::canonicalize).unwrap_or_default();
    path.strip_prefix(current).map_or_else(|_| path.to_owned(), |path| Path::new(".").join(path))
}

/// The folders of the paths, if there are many paths.
fn few(paths: BTreeSet<&Path>) -> BTreeSet<&Path> {
    if paths.len() > MOST { paths.into_iter().map(folder_of).collect() } else { paths }
}

/// Removes paths inside other paths, and replaces paths with their folders if there are many.
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

/// Locks one path; `None` if another run still has it when the wait is over.
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

/// The folder for locks, created if it is missing.
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

/// Folders that threads of this program are writing to, each for one thread.
static BUSY_FOLDERS: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());
static FREED: Condvar = Condvar::new();

/// Locks a folder against other threads of this program, even if there is no folder for locks.
#[derive(Debug)]
struct ThreadLock(PathBuf);

impl ThreadLock {
    fn take(folder: PathBuf) -> ThreadLock {
        let held = BUSY_FOLDERS.lock().unwrap_or_else(PoisonError::into_inner);
        let mut held = FREED.wait_while(held, |held| held.contains(&folder)).unwrap_or_else(PoisonError::into_inner);
        held.insert(folder.clone());
        ThreadLock(folder)
    }
}

impl Drop for ThreadLock {
    fn drop(&mut self) {
        BUSY_FOLDERS.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.0);
        FREED.notify_all();
    }
}
