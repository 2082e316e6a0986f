//! A program that began to save just before two files were exchanged writes to the old one, which no longer has a name.
//! So old files stay open, and are checked once more a moment later.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::sleep;
use std::time::{Duration, Instant};

use psalink::Error;

use super::exchange::{Displaced, LateSave};
use super::{changed_meanwhile, save_lost};

/// How long a program may take from opening a file to its first change, for example on a busy machine.
pub(super) const MOMENT: Duration = Duration::from_millis(20);

/// The maximum number of open old files, since a program may have few.
const MOST: usize = 64;

struct WatchedFile {
    name: PathBuf,
    displaced: Displaced,
    since: Instant,
}

#[derive(Default)]
struct Displacements {
    files: VecDeque<WatchedFile>,
    errors: Vec<Error>,
}

static WATCH: Mutex<Option<Displacements>> = Mutex::new(None);

fn watch() -> MutexGuard<'static, Option<Displacements>> {
    WATCH.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Keeps an old file open until it is certain that no save went to it.
pub fn look_later(displaced: Displaced, name: &Path) {
    let watched = WatchedFile { name: name.to_owned(), displaced, since: Instant::now() };
    let due: Vec<WatchedFile> = {
        let mut guard = watch();
        let files = &mut guard.get_or_insert_default().files;
        files.push_back(watched);
        let old = files.partition_point(|file| file.since.elapsed() >= MOMENT);
        let due = old.max(files.len().saturating_sub(MOST));
        files.drain(..due).collect()
    };
    let errors: Vec<Error> = due.into_iter().filter_map(WatchedFile::check).collect();
    watch().get_or_insert_default().errors.extend(errors);
}

/// The files that another program saved just as psalink replaced them. They contain what that program saved.
pub fn late_saves() -> Vec<Error> {
    let Displacements { files, mut errors } = watch().take().unwrap_or_default();
    errors.extend(files.into_iter().filter_map(WatchedFile::check));
    errors
}

/// The same for one file.
///
/// # Errors
///
/// Another program saved it just as psalink replaced it.
pub fn check_no_late_save(name: &Path) -> Result<(), Error> {
    let matching = {
        let mut guard = watch();
        let files = &mut guard.get_or_insert_default().files;
        let (matching, others) = std::mem::take(files).into_iter().partition::<Vec<_>, _>(|file| file.name == name);
        files.extend(others);
        matching
    };
    matching.into_iter().filter_map(WatchedFile::check).next().map_or(Ok(()), Err)
}

impl WatchedFile {
    fn check(self) -> Option<Error> {
        sleep(MOMENT.saturating_sub(self.since.elapsed()));
        match self.displaced.late_save() {
            LateSave::None => None,
            LateSave::PutBack(kept) => Some(changed_meanwhile(&self.name, kept.as_deref())),
            LateSave::Lost(error) => Some(save_lost(&self.name, &error)),
        }
    }
}
