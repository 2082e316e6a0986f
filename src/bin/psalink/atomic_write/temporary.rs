//! Files that are being written, and those that an interrupted run left behind.
//!
//! A file is written under a hidden name next to the file that it replaces, and stays locked as long as its run is
//! alive: a file without a lock is abandoned. Before the two are exchanged, it is renamed after the content of both, so
//! that a later run can tell what it is: psalink's own work, or another program's.

use psalink::source::hex;
use std::collections::BTreeSet;
use std::fs::{self, File, Metadata, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use psalink::source::plain_file;
use sha2::{Digest as _, Sha256};
use tempfile::NamedTempFile;

use crate::paths::show;
use crate::wording::count;

/// The start of the name of a file that is being written; the name is hidden, so that folder walks skip it.
pub const PREFIX: &str = ".psalink-";

/// The number of random characters that follow.
const RANDOM: usize = 6;

/// The end of the name of a file that is being written.
const WRITTEN: &str = ".part";

/// How many names to try if a run that cleans up interferes.
const ATTEMPTS: usize = 16;

/// The age at which no run can still be writing an unlocked file.
const OLD: Duration = Duration::from_secs(86_400);

/// Longer than it takes to exchange two files.
const MOMENT: Duration = Duration::from_millis(100);

/// Creates a locked file with a unique name in a folder. `is_new` is for a file that replaces no other.
pub fn create(folder: &Path, is_new: bool) -> io::Result<NamedTempFile> {
    sweep(folder);
    let mut builder = tempfile::Builder::new();
    builder.prefix(PREFIX).rand_bytes(RANDOM).suffix(WRITTEN);
    #[cfg(unix)]
    let all = std::os::unix::fs::PermissionsExt::from_mode(0o666); // minus the umask
    #[cfg(unix)]
    if is_new {
        builder.permissions(all);
    }
    #[cfg(not(unix))]
    let _ = is_new;
    for _ in 0..ATTEMPTS {
        let file = builder.tempfile_in(folder)?;
        match file.as_file().try_lock() {
            Err(TryLockError::WouldBlock) => continue,
            // If a file system has no locks, only its age tells whether a file is still in use.
            Ok(()) | Err(TryLockError::Error(_)) => {}
        }
        if is_at(file.as_file(), file.path()) {
            return Ok(file);
        }
    }
    Err(io::Error::other("its temporary file was deleted repeatedly"))
}

/// Releases the lock where it would keep others from reading the file.
pub fn unlock(file: &File) {
    if cfg!(windows) {
        let _ = file.unlock();
    }
}

/// The name of a file while it is exchanged with another.
#[cfg(any(target_os = "linux", target_os = "macos", test))]
pub fn name_of_both(temporary: &Path, old: &[u8], new: &[u8]) -> PathBuf {
    let name = temporary.file_name().unwrap_or_default().to_string_lossy();
    let stem = name.strip_suffix(WRITTEN).unwrap_or(&name);
    temporary.with_file_name(format!("{stem}.{}.{}", mark(old), mark(new)))
}

/// A fingerprint of content.
pub fn mark(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes)[..8])
}

/// Whether a file still has this name.
#[cfg(unix)]
pub fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let id = |metadata: Metadata| (metadata.dev(), metadata.ino());
    file.metadata().is_ok_and(|open_file| fs::symlink_metadata(path).is_ok_and(|named| id(named) == id(open_file)))
}

#[cfg(not(unix))]
pub fn is_at(_: &File, path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_file())
}

/// What runs left behind in the folders that this run writes to.
#[derive(Debug, Default)]
struct SweepReport {
    swept: BTreeSet<PathBuf>,
    removed: Vec<PathBuf>,
    /// With the reason why they are still there.
    kept: Vec<(PathBuf, &'static str)>,
}

static REPORT: Mutex<Option<SweepReport>> = Mutex::new(None);

fn report() -> MutexGuard<'static, Option<SweepReport>> {
    REPORT.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes what interrupted runs left in a folder, once per run.
pub fn sweep(folder: &Path) {
    if !report().get_or_insert_default().swept.insert(folder.to_owned()) {
        return;
    }
    let found = left_over(folder);
    if found.iter().any(|(_, kind)| matches!(kind, Remains::Exchanged { .. })) {
        // By then, a living run has finished with it.
        std::thread::sleep(MOMENT);
    }
    let (mut removed, mut kept) = (Vec::new(), Vec::new());
    for (path, kind) in found {
        match remove(&path, &kind) {
            Removal::Removed => removed.push(path),
            Removal::Busy => {}
            Removal::Kept(reason) => kept.push((path, reason)),
        }
    }
    let mut report = report();
    let report = report.get_or_insert_default();
    report.removed.append(&mut removed);
    report.kept.append(&mut kept);
}

/// The lines about what was removed, and about what a person must check. They are returned only once.
pub fn swept() -> Vec<String> {
    let Some(SweepReport { mut removed, mut kept, .. }) = report().replace(SweepReport::default()) else {
        return Vec::new();
    };
    let mut lines = Vec::new();
    removed.sort_unstable();
    kept.sort_unstable();
    let list = |paths: &[PathBuf]| {
        let names: Vec<String> = paths.iter().take(3).map(|path| format!("`{}`", show(path))).collect();
        let more = paths.len() - names.len();
        names.join(", ") + &if more > 0 { format!(" and {more} more") } else { String::new() }
    };
    if !removed.is_empty() {
        let files = count(removed.len(), "file", "files");
        lines.push(format!("removed {files} left over from an interrupted run: {}", list(&removed)));
    }
    lines.extend(kept.into_iter().map(|(path, reason)| format!("`{}` {reason}", show(&path))));
    lines
}

/// What a file is, according to its name.
enum Remains {
    /// It was being written.
    Written,
    /// It was being exchanged with another.
    Exchanged { old: String, new: String },
    /// It was being written by a version without locks.
    Unlocked,
}

impl Remains {
    fn of(name: &str) -> Option<Remains> {
        let rest = name.strip_prefix(PREFIX)?;
        let (random, rest) = rest.split_at_checked(RANDOM)?;
        if !random.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return None;
        }
        let is_mark = |mark: &str| mark.len() == 16 && mark.bytes().all(|byte| byte.is_ascii_hexdigit());
        match rest {
            "" => Some(Remains::Unlocked),
            WRITTEN => Some(Remains::Written),
            _ => match rest.strip_prefix('.')?.split_once('.')? {
                (old, new) if is_mark(old) && is_mark(new) => {
                    Some(Remains::Exchanged { old: old.to_owned(), new: new.to_owned() })
                }
                _ => None,
            },
        }
    }
}

/// What happened to a file.
enum Removal {
    Removed,
    /// A run is using it, or may be using it.
    Busy,
    Kept(&'static str),
}

/// The plain files in a folder whose names psalink generates.
fn left_over(folder: &Path) -> Vec<(PathBuf, Remains)> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let is_plain = |entry: &fs::DirEntry| entry.file_type().is_ok_and(|kind| kind.is_file());
    let named = entries.flatten().filter_map(|entry| Some((Remains::of(entry.file_name().to_str()?)?, entry)));
    let mut found: Vec<(PathBuf, Remains)> =
        named.filter(|(_, entry)| is_plain(entry)).map(|(kind, entry)| (entry.path(), kind)).collect();
    found.sort_by(|(left, _), (right, _)| left.cmp(right));
    found
}

fn remove(path: &Path, kind: &Remains) -> Removal {
    const OF_ANOTHER: &str = "appears to be left over from an interrupted run of another account; delete it if psalink is \
                              not running there";
    let Ok(metadata) = fs::symlink_metadata(path) else { return Removal::Busy };
    let is_old = metadata.modified().is_ok_and(|time| time.elapsed().is_ok_and(|age| age > OLD));
    if !is_ours(&metadata) {
        return if is_old { Removal::Kept(OF_ANOTHER) } else { Removal::Busy };
    }
    // Another name of the file may be in use.
    let Ok((file, _)) = plain_file::open(path) else { return Removal::Busy };
    if matches!(kind, Remains::Unlocked) && !is_old || super::access::other_names(&file) > 0 {
        return Removal::Busy;
    }
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Removal::Busy,
        Err(TryLockError::Error(_)) if is_old => {}
        Err(TryLockError::Error(_)) => return Removal::Busy,
    }
    if !is_at(&file, path) {
        return Removal::Busy;
    }
    if let Remains::Exchanged { old, new } = kind {
        let Ok(bytes) = plain_file::read(path, u64::MAX) else { return Removal::Busy };
        let mark = mark(&bytes);
        if mark != *old && mark != *new {
            return Removal::Kept(
                "contains what another program saved in this folder when psalink was interrupted; compare it with the \
                 templates next to it, then delete it",
            );
        }
    }
    // Windows does not delete open files.
    #[cfg(windows)]
    drop(file);
    match fs::remove_file(path) {
        Ok(()) => Removal::Removed,
        Err(_) if is_old => {
            Removal::Kept("is left over from an interrupted run and could not be removed; delete it yourself")
        }
        Err(_) => Removal::Busy,
    }
}

/// Whether this account created a file.
#[cfg(any(target_os = "linux", target_os = "macos"))]
fn is_ours(metadata: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    metadata.uid() == rustix::process::geteuid().as_raw()
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn is_ours(_: &Metadata) -> bool {
    true // the operating system refuses those who may not delete it
}
