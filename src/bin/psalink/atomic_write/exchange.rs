//! A new file takes the place of an old one, and the file that came out of that place is checked: if it is not what was
//! read, another program saved there in the meantime, and its file is put back.

use std::fs::{self, File, Metadata};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use psalink::source::plain_file;
use tempfile::NamedTempFile;

use super::access::FileAccess;
use super::temporary;

/// What is at a path: the file's identity, content and permissions.
#[derive(Debug, PartialEq, Eq)]
pub struct Version {
    id: Id,
    state: VersionState,
}

#[derive(Debug, PartialEq, Eq)]
enum VersionState {
    Known {
        access: FileAccess,
        bytes: Vec<u8>,
    },
    /// Not a plain file, or one that may not be read; its times tell whether it stays the same.
    Unknown {
        len: u64,
        modified: Option<std::time::SystemTime>,
    },
}

/// The identity of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Id(#[cfg(unix)] (u64, u64));

impl Id {
    #[cfg(unix)]
    fn of(metadata: &Metadata) -> Id {
        use std::os::unix::fs::MetadataExt as _;
        Id((metadata.dev(), metadata.ino()))
    }

    #[cfg(not(unix))]
    fn of(_: &Metadata) -> Id {
        Id() // the standard library cannot tell
    }
}

impl Version {
    /// What is at a path; links are not followed.
    fn of(path: &Path) -> io::Result<Version> {
        let metadata = fs::symlink_metadata(path)?;
        let known = if metadata.is_file() {
            plain_file::open(path).and_then(|(file, _)| Version::read(&file))
        } else {
            Err(io::ErrorKind::Other.into())
        };
        Ok(known.unwrap_or_else(|_| Version {
            id: Id::of(&metadata),
            state: VersionState::Unknown { len: metadata.len(), modified: metadata.modified().ok() },
        }))
    }

    /// The content of an open file, from its current position.
    pub fn read(mut file: &File) -> io::Result<Version> {
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Version::with(file, bytes)
    }

    fn with(file: &File, bytes: Vec<u8>) -> io::Result<Version> {
        Ok(Version {
            id: Id::of(&file.metadata()?),
            state: VersionState::Known { access: FileAccess::of(file)?, bytes },
        })
    }

    /// Its content.
    pub fn bytes(&self) -> &[u8] {
        match &self.state {
            VersionState::Known { bytes, .. } => bytes,
            VersionState::Unknown { .. } => &[],
        }
    }
}

/// The result of an exchange.
#[derive(Debug)]
pub enum Exchange {
    /// The file was replaced. Contains the old file if another program may still save to it.
    Replaced(Option<Displaced>),
    /// Another program changed the file, and its version is in place. If two of its versions came in between, and it is
    /// not certain that one replaced the other, this is the second file.
    Changed(Option<PathBuf>),
}

/// What another program wrote to an old file after that file was replaced.
#[cfg_attr(
    not(any(target_os = "linux", target_os = "macos")),
    expect(dead_code, reason = "only where two files can change places")
)]
#[derive(Debug)]
pub enum LateSave {
    /// Nothing.
    None,
    /// The file now contains it, or something newer. If two versions came in between, this is the second file.
    PutBack(Option<PathBuf>),
    /// It could not be written to the file.
    Lost(io::Error),
}

/// An old file that was replaced, and what replaced it.
#[cfg(any(target_os = "linux", target_os = "macos"))]
#[derive(Debug)]
pub struct Displaced {
    file: File,
    len: u64,
    mark: String,
    path: PathBuf,
    new: Id,
    new_mark: String,
}

/// If two files cannot be exchanged, the old one is gone immediately.
#[cfg(not(any(target_os = "linux", target_os = "macos")))]
#[derive(Debug)]
pub enum Displaced {}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
impl Displaced {
    pub fn late_save(self) -> LateSave {
        match self {}
    }
}

/// Puts a finished file in place of exactly what was read there.
///
/// # Errors
///
/// An error of the operating system; then the file is unchanged.
#[cfg(any(target_os = "linux", target_os = "macos"))]
pub fn replace(new: NamedTempFile, bytes: &[u8], path: &Path, old: &Version) -> io::Result<Exchange> {
    use rustix::io::Errno;

    let new_version = Version::with(new.as_file(), bytes.to_vec())?;
    let between = temporary::name_of_both(new.path(), old.bytes(), bytes);
    fs::rename(new.path(), &between)?;
    // It stays open and locked until it is in its final place.
    let (_locked, gone) = new.into_parts();
    let _ = gone.keep();
    // Two runs must not mistake each other's files for an editor's.
    let _one_at_a_time = with_exchange::hold(path);
    let outcome = match with_exchange::exchange(&between, path) {
        Ok(()) => return Ok(with_exchange::settle(&between, path, old, new_version)),
        Err(Errno::NOENT) => Ok(Exchange::Changed(None)),
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => compare_and_rename(&between, path, old),
        Err(error) => Err(error.into()),
    };
    if !matches!(outcome, Ok(Exchange::Replaced(_))) {
        let _ = fs::remove_file(&between);
    }
    outcome
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
pub fn replace(new: NamedTempFile, _: &[u8], path: &Path, old: &Version) -> io::Result<Exchange> {
    temporary::unlock(new.as_file());
    let (_, new) = new.into_parts();
    compare_and_rename(&new, path, old)
}

/// If two files cannot be exchanged, the last check comes right before the rename. A save between these two calls,
/// within a few microseconds, would be lost.
fn compare_and_rename(new: &Path, path: &Path, old: &Version) -> io::Result<Exchange> {
    if !Version::of(path).is_ok_and(|now| now == *old) {
        return Ok(Exchange::Changed(None));
    }
    fs::rename(new, path)?;
    Ok(Exchange::Replaced(None))
}

#[cfg(any(target_os = "linux", target_os = "macos"))]
mod with_exchange {
    use std::fs::TryLockError;
    use std::io::{Seek as _, Write as _};
    use std::thread::sleep;
    use std::time::{Duration, Instant};

    use rustix::fs::{CWD, RenameFlags, renameat_with};
    use rustix::io::Errno;

    use super::*;
    use crate::paths::folder_of;

    /// How often versions are exchanged if another program keeps saving.
    const ROUNDS: usize = 1000;

    /// The end of the name of another program's version that may still be needed.
    const KEPT: &str = "psalink-kept";

    /// How long a file must be quiet to count as finished, and how often to wait for that.
    const QUIET: Duration = Duration::from_millis(20);
    const WAITS: usize = 50;

    /// How often to retry a folder that another run holds.
    const PAUSE: Duration = Duration::from_micros(50);

    /// How long a run waits for another run to check what came out.
    const PATIENCE: Duration = Duration::from_secs(2);

    /// Locks the folder of a file, so that only one run at a time changes something in it. This needs no lock file, and
    /// also works between different users. If a folder cannot be locked, the run's own lock must do.
    pub fn hold(path: &Path) -> Option<File> {
        let folder = File::open(folder_of(path)).ok()?;
        let until = Instant::now() + PATIENCE;
        loop {
            match folder.try_lock() {
                Ok(()) => return Some(folder),
                Err(TryLockError::WouldBlock) if Instant::now() < until => sleep(PAUSE),
                Err(_) => return None,
            }
        }
    }

    pub fn exchange(from: &Path, to: &Path) -> Result<(), Errno> {
        renameat_with(CWD, from, CWD, to, RenameFlags::EXCHANGE)
    }

    fn move_to_free(from: &Path, to: &Path) -> Result<(), Errno> {
        renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE)
    }

    /// Checks the file that was replaced, and puts it back if another program wrote it.
    pub fn settle(between: &Path, path: &Path, old: &Version, new_version: Version) -> Exchange {
        if let Ok((file, _)) = plain_file::open(between)
            && Version::of(between).is_ok_and(|out| out == *old)
        {
            let _ = fs::remove_file(between); // if it stays, the next run removes it
            let displaced = Displaced {
                file,
                len: old.bytes().len() as u64,
                mark: temporary::mark(old.bytes()),
                path: path.to_owned(),
                new: new_version.id,
                new_mark: temporary::mark(new_version.bytes()),
            };
            return Exchange::Replaced(Some(displaced));
        }
        // From here on, `between` contains another program's version. Putting it back must not replace something newer,
        // so whatever comes out is compared with what was put there last.
        let mut placed = new_version;
        for _ in 0..ROUNDS {
            // It may be being written at this moment; then it differs when it comes out, and is put back again.
            let Ok(saved) = Version::of(between) else { break };
            match exchange(between, path) {
                Ok(()) => {}
                // The other program removed the file, perhaps to put a new one there.
                Err(Errno::NOENT) if move_to_free(between, path).is_ok() => return Exchange::Changed(None),
                Err(Errno::NOENT) => continue,
                Err(_) => break,
            }
            match Version::of(between) {
                Ok(out) if out == placed => {
                    let _ = fs::remove_file(between); // if it stays, the next run removes it
                    return Exchange::Changed(None);
                }
                _ => placed = saved,
            }
        }
        Exchange::Changed(keep(between, path))
    }

    /// Gives a version a name that people notice.
    fn keep(between: &Path, path: &Path) -> Option<PathBuf> {
        for number in 1..ROUNDS {
            let mut name = path.file_name().unwrap_or_default().to_owned();
            name.push(format!(".{KEPT}-{number}"));
            let kept = path.with_file_name(name);
            match move_to_free(between, &kept) {
                Ok(()) => return Some(kept),
                Err(Errno::EXIST) => {}
                Err(_) => break,
            }
        }
        between.exists().then(|| between.to_owned())
    }

    impl Displaced {
        /// Writes what another program wrote to the nameless file into the real one. A newer version stays.
        pub fn late_save(self) -> LateSave {
            if self.is_as_it_was() {
                return LateSave::None;
            }
            let stamp = || self.file.metadata().ok().map(|metadata| (metadata.len(), metadata.modified().ok()));
            for _ in 0..WAITS {
                let last = stamp();
                sleep(QUIET);
                // An empty file is most likely in the middle of being saved.
                if stamp() == last && last.is_some_and(|(len, _)| len > 0) {
                    break;
                }
            }
            let _one_at_a_time = hold(&self.path);
            match Version::of(&self.path) {
                Ok(new_version)
                    if new_version.id == self.new && temporary::mark(new_version.bytes()) == self.new_mark =>
                {
                    match self.put_back(&new_version) {
                        Ok(kept) => LateSave::PutBack(kept),
                        Err(error) => LateSave::Lost(error),
                    }
                }
                _ => LateSave::PutBack(None),
            }
        }

        fn put_back(&self, new_version: &Version) -> io::Result<Option<PathBuf>> {
            let bytes = read_all(&self.file, 0)?;
            match write_back(&self.path, &bytes, new_version) {
                Ok(Exchange::Changed(kept)) => Ok(kept),
                Ok(Exchange::Replaced(_)) => Ok(None),
                // If there is no space for another file, there may be space in the existing one.
                Err(_) => {
                    let fill =
                        |bytes: &[u8]| File::options().write(true).truncate(true).open(&self.path)?.write_all(bytes);
                    // A half-written file helps no one: if the save does not fit, psalink's version did.
                    fill(&bytes).inspect_err(|_| drop(fill(new_version.bytes()))).map(|()| None)
                }
            }
        }

        /// Its time proves nothing, because two changes within a few milliseconds can have the same time.
        fn is_as_it_was(&self) -> bool {
            let has_other_length = self.file.metadata().is_ok_and(|metadata| metadata.len() != self.len);
            !has_other_length && read_all(&self.file, self.len).is_ok_and(|bytes| temporary::mark(&bytes) == self.mark)
        }
    }

    fn read_all(mut file: &File, len: u64) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::with_capacity(usize::try_from(len).unwrap_or_default());
        file.rewind()?;
        file.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Writes what another program wrote to the nameless file into the real one.
    fn write_back(path: &Path, bytes: &[u8], new_version: &Version) -> io::Result<Exchange> {
        let folder = folder_of(path);
        let mut replacement = temporary::create(folder, false)?;
        if let VersionState::Known { access, .. } = &new_version.state {
            access.give(replacement.as_file()).map_err(|_| io::Error::other("its permissions cannot be kept"))?;
        }
        replacement.write_all(bytes)?;
        replacement.as_file().sync_all()?;
        // The folder is locked. If this run ended here, the next one must not mistake the save for one of psalink's own
        // files, so its name does not describe the content.
        let between = temporary::name_of_both(replacement.path(), new_version.bytes(), new_version.bytes());
        fs::rename(replacement.path(), &between)?;
        let (_locked, gone) = replacement.into_parts();
        let _ = gone.keep();
        let written = Version::of(&between)?;
        exchange(&between, path)?;
        Ok(settle(&between, path, new_version, written))
    }
}
