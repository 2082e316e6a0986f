//! Keeps files as they were before a run changed them, in a folder for each run inside the one that the user names.

use std::collections::{BTreeSet, HashSet};
use std::fs::{self, DirBuilder};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use psalink::visible::visible;
use psalink::{Error, ErrorKind};
use same_file::Handle;
use time::OffsetDateTime;

use crate::atomic_write::{self, make_folder};
use crate::console::Console;
use crate::inputs::input::{Found, Input};
use crate::inputs::own_folders::{BACKUP_FILE, BACKUP_START, is_backup};
use crate::paths::{folder_of, real_path, show};
use crate::wording::count;

/// The text of the file that marks a backup folder, after its first line.
const EXPLANATION: &str = "
Each folder in here is named after the time (UTC) at which psalink was about to
change templates, and holds them as they were. To get one back, copy it over the
changed one. psalink never changes or deletes what is in here, and never takes it
for templates, as long as this file is here. Delete what you no longer need.
";

/// Files that a folder may contain and still count as new, because systems and version control create them.
const OF_THE_SYSTEM: [&str; 2] = ["desktop.ini", "Thumbs.db"];

/// Where a run keeps copies of the files that it changes.
#[derive(Debug)]
pub struct Backup {
    /// The folder that the user named.
    root: PathBuf,
    is_new: bool,
    /// The folder of this run.
    folder: PathBuf,
    /// The common parent folder of the inputs, if two of them would otherwise get the same path.
    common: Option<PathBuf>,
    kept: AtomicUsize,
    /// Folders of this run that already exist.
    known: Mutex<HashSet<PathBuf>>,
}

impl Backup {
    /// Creates the folder for the backups of a run.
    ///
    /// # Errors
    ///
    /// A folder that contains templates at any level, or other files, or that cannot be created.
    pub fn begin(root: &Path, named: &[PathBuf], found: &Found) -> Result<Backup, Error> {
        check(root, named, found)?;
        let is_new = !root.exists();
        make_folder(root)?;
        if !is_backup(root) {
            let text = format!("{BACKUP_START}\n{EXPLANATION}");
            let marker = root.join(BACKUP_FILE);
            let _ = atomic_write::replace(&marker, &marker, text.as_bytes(), atomic_write::Before::Nothing, true)?;
        }
        sweep(root);
        let folder = make_folder_of_run(root)?;
        let common = shares_places(found).then(|| common(found));
        let to_disk = |folder: &Path| atomic_write::sync_folder(folder).map_err(|error| failed(error).at(show(folder)));
        to_disk(folder_of(root))?;
        to_disk(root)?;
        let kept = AtomicUsize::new(0);
        Ok(Backup { root: root.to_owned(), is_new, folder, common, kept, known: Mutex::default() })
    }

    /// Keeps a copy of a file, which is on disk when this returns.
    ///
    /// # Errors
    ///
    /// A copy that cannot be written; then the file must not be changed.
    pub fn keep(&self, input: &Input, original: &Path, bytes: &[u8]) -> Result<(), Error> {
        let real;
        let relative = match &self.common {
            None => input.relative.as_path(),
            Some(common) => {
                real = real_path(original);
                real.strip_prefix(common).unwrap_or(&input.relative)
            }
        };
        let path = self.folder.join(relative);
        if let Some(folder) = path.parent() {
            self.make(folder).map_err(|error| failed(error).at(show(folder)))?;
        }
        atomic_write::copy(&path, bytes, original)?;
        self.kept.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    /// Creates a folder of this run, which is on disk when this returns: a copy in a lost folder is lost.
    fn make(&self, folder: &Path) -> io::Result<()> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if !known.insert(folder.to_owned()) {
            return Ok(());
        }
        make_private(folder, true)?;
        folder.ancestors().skip(1).take_while(|above| *above != self.root).try_for_each(atomic_write::sync_folder)
    }

    /// Reports where the files are, and removes folders that stayed empty.
    pub fn finish(self, console: &mut Console) {
        match self.kept.into_inner() {
            0 => {
                let _ = fs::remove_dir(&self.folder); // a folder that is not empty stays
                if self.is_new && fs::remove_file(self.root.join(BACKUP_FILE)).is_ok() {
                    let _ = fs::remove_dir(&self.root);
                }
            }
            kept => {
                let versions = if kept == 1 { "version" } else { "versions" };
                let files = count(kept, "file", "files");
                console.inform(&format!("the old {versions} of {files}: `{}`", show(&self.folder)));
            }
        }
    }
}

/// Refuses a folder that is not only for backups, however its path is written.
fn check(root: &Path, named: &[PathBuf], found: &Found) -> Result<(), Error> {
    let refuse = |detail: String| Err(Error::new(ErrorKind::Usage, detail).at(show(root)));
    if root.exists() && !root.is_dir() {
        return refuse("this is a file, but backups need a folder".to_owned());
    }
    let folders: BTreeSet<PathBuf> =
        found.inputs.iter().filter_map(Input::file).map(|path| folder_of(path).to_owned()).collect();
    let named = named.iter().filter(|path| path.is_dir()).cloned();
    let with_templates: BTreeSet<PathBuf> = folders.into_iter().chain(named).map(|folder| real_path(&folder)).collect();
    let above: HashSet<&Path> = with_templates.iter().flat_map(|folder| folder.ancestors()).collect();
    let real = real_path(root);
    // A folder may have several names: different case, another mount.
    let handle = Handle::from_path(&real).ok();
    let is_this = |folder: &Path| folder == real || handle.is_some() && Handle::from_path(folder).ok() == handle;
    if above.into_iter().any(is_this) {
        return refuse(
            "this folder contains templates; backups need their own folder, so choose another one, such as \
             `--backup old`"
                .to_owned(),
        );
    }
    let others = |entry: &fs::DirEntry| {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        !name.starts_with('.') && !OF_THE_SYSTEM.contains(&&*name)
    };
    let other = fs::read_dir(root).ok().and_then(|entries| entries.flatten().find(others));
    match other {
        Some(entry) if !is_backup(root) => refuse(format!(
            "this folder contains other files (`{}`); backups need their own folder, so choose a folder that does not exist \
             yet",
            visible(&entry.file_name().to_string_lossy())
        )),
        _ => Ok(()),
    }
}

/// Removes files that interrupted runs left half-written.
fn sweep(folder: &Path) {
    atomic_write::sweep(folder);
    let Ok(entries) = fs::read_dir(folder) else { return };
    let folders = entries.flatten().filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    folders.for_each(|entry| sweep(&entry.path()));
}

/// Creates a folder whose name no earlier run used.
fn make_folder_of_run(root: &Path) -> Result<PathBuf, Error> {
    let now = OffsetDateTime::now_utc();
    let name = format!(
        "{}-{:02}-{:02}T{:02}-{:02}-{:02}Z",
        now.year(),
        u8::from(now.month()),
        now.day(),
        now.hour(),
        now.minute(),
        now.second()
    );
    let mut number = 1;
    loop {
        let folder = root.join(if number == 1 { name.clone() } else { format!("{name}-{number}") });
        match make_private(&folder, false) {
            Ok(()) => return Ok(folder),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
            Err(error) => {
                return Err(failed(error).at(show(&folder)));
            }
        }
    }
}

/// Creates a folder that only the user can read, because the folder of the template may have been private.
fn make_private(folder: &Path, recursive: bool) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(recursive);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn failed(error: io::Error) -> Error {
    Error::could_not("create the folder", error)
}

/// Whether two files from different folders have the same path relative to the folder that they were found in.
fn shares_places(found: &Found) -> bool {
    let mut known = HashSet::new();
    found.inputs.iter().any(|input| !known.insert(input.relative.to_string_lossy().to_lowercase()))
}

/// The folder that contains all files.
fn common(found: &Found) -> PathBuf {
    let mut folders = found.inputs.iter().filter_map(Input::file).map(|path| real_path(folder_of(path)));
    let first = folders.next().unwrap_or_default();
    folders.fold(first, |common, folder| {
        common.ancestors().find(|above| folder.starts_with(above)).unwrap_or(Path::new("")).to_owned()
    })
}
