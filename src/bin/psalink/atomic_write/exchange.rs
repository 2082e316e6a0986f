//! A new file takes the place of an old one, and what came out of that place is looked at: if it is not what was read,
//! another program has saved there, and its file goes back.

use std::fs::{self, File, Metadata};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use psalink::source::plain_file;
use tempfile::NamedTempFile;

use super::access::FileAccess;
use super::temporary;

/// What lies at a path: which file that is, what it holds, and who may do what with it.
#[derive(Debug, PartialEq, Eq)]
pub struct Version {
    id: Id,
    state: State,
}

#[derive(Debug, PartialEq, Eq)]
enum State {
    Known {
        access: FileAccess,
        bytes: Vec<u8>,
    },
    /// No plain file, or one that may not be read; its times tell whether it stays the same.
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
        Id() // the standard library does not tell
    }
}

impl Version {
    /// What is at a path; a link is not followed.
    fn of(path: &Path) -> io::Result<Version> {
        let metadata = fs::symlink_metadata(path)?;
        let known = if metadata.is_file() {
            plain_file::open(path).and_then(|(file, _)| Version::read(&file))
        } else {
            Err(io::ErrorKind::Other.into())
        };
        Ok(known.unwrap_or_else(|_| Version {
            id: Id::of(&metadata),
            state: State::Unknown { len: metadata.len(), modified: metadata.modified().ok() },
        }))
    }

    /// What an open file holds, from where it was read to so far.
    pub fn read(mut file: &File) -> io::Result<Version> {
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Version::with(file, bytes)
    }

    fn with(file: &File, bytes: Vec<u8>) -> io::Result<Version> {
        Ok(Version { id: Id::of(&file.metadata()?), state: State::Known { access: FileAccess::of(file)?, bytes } })
    }

    /// What it holds.
    pub fn bytes(&self) -> &[u8] {
        match &self.state {
            State::Known { bytes, .. } => bytes,
            State::Unknown { .. } => &[],
        }
    }
}

/// How it went.
#[derive(Debug)]
pub enum Exchange {
    /// With the old file, if a save may still go to it.
    Replaced(Option<Displaced>),
    /// Another program has changed the file, and its version is the one that is there. Where two of its versions came in
    /// between, and it is not certain that one replaced the other, this is the second file.
    Changed(Option<PathBuf>),
}

/// What another program wrote to an old file after that had lost its place.
#[cfg_attr(
    not(any(target_os = "linux", target_os = "macos")),
    expect(dead_code, reason = "only where two files can change places")
)]
#[derive(Debug)]
pub enum LateSave {
    /// Nothing.
    None,
    /// The file holds it, or something newer. Where two versions came in between, this is the second file.
    PutBack(Option<PathBuf>),
    /// The file could not be given it.
    Lost(io::Error),
}

/// An old file that has lost its place, and what took it.
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

/// Where two files cannot change places, the old one is gone at once.
#[cfg(not(any(target_os = "linux", target_os = "macos")))]
#[derive(Debug)]
pub enum Displaced {}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
impl Displaced {
    pub fn late_save(self) -> LateSave {
        match self {}
    }
}

/// Puts a finished file in the place of what was read there, and of nothing else.
///
/// # Errors
///
/// What the system refuses; the file is then as it was.
#[cfg(any(target_os = "linux", target_os = "macos"))]
pub fn replace(new: NamedTempFile, bytes: &[u8], path: &Path, old: &Version) -> io::Result<Exchange> {
    use rustix::io::Errno;

    let ours = Version::with(new.as_file(), bytes.to_vec())?;
    let between = temporary::name_of_both(new.path(), old.bytes(), bytes);
    fs::rename(new.path(), &between)?;
    // It stays open, and locked, until it is where it belongs.
    let (_locked, gone) = new.into_parts();
    let _ = gone.keep();
    // Two runs must not take each other's files for those of an editor.
    let _one_at_a_time = with_exchange::hold(path);
    let outcome = match with_exchange::exchange(&between, path) {
        Ok(()) => return Ok(with_exchange::settle(&between, path, old, ours)),
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

/// Where two files cannot change places, the last look comes right before the new one takes the name. A save between these
/// two calls, some millionths of a second, would be lost.
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

    /// How often versions are moved back and forth while another program saves all the time.
    const ROUNDS: usize = 1000;

    /// Ends the name of a version of another program that may be needed.
    const KEPT: &str = "psalink-kept";

    /// How long a file must be quiet to be finished, and how often that is waited for.
    const QUIET: Duration = Duration::from_millis(20);
    const WAITS: usize = 50;

    /// How often a folder is asked for that another run holds.
    const PAUSE: Duration = Duration::from_micros(50);

    /// How long a run waits for another to look at what came out.
    const PATIENCE: Duration = Duration::from_secs(2);

    /// Holds the folder of a file, so that one run at a time changes something in it: this needs no file, and also holds
    /// between the runs of different users. Where a folder cannot be locked, the lock of the run must do.
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

    pub fn exchange(one: &Path, other: &Path) -> Result<(), Errno> {
        renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE)
    }

    fn move_to_free(one: &Path, other: &Path) -> Result<(), Errno> {
        renameat_with(CWD, one, CWD, other, RenameFlags::NOREPLACE)
    }

    /// Looks at what came out of the place of a file, and puts it back where it is the work of another program.
    pub fn settle(between: &Path, path: &Path, old: &Version, ours: Version) -> Exchange {
        if let Ok((file, _)) = plain_file::open(between)
            && Version::of(between).is_ok_and(|out| out == *old)
        {
            let _ = fs::remove_file(between); // what is left is removed by the next run
            let displaced = Displaced {
                file,
                len: old.bytes().len() as u64,
                mark: temporary::mark(old.bytes()),
                path: path.to_owned(),
                new: ours.id,
                new_mark: temporary::mark(ours.bytes()),
            };
            return Exchange::Replaced(Some(displaced));
        }
        // From here on this holds what another program has saved. What is put back must not take the place of something
        // still newer: whatever comes out is compared with what was put there last.
        let mut placed = ours;
        for _ in 0..ROUNDS {
            // It may be written to at this moment; then it is not the same when it comes out, and goes back again.
            let Ok(saved) = Version::of(between) else { break };
            match exchange(between, path) {
                Ok(()) => {}
                // The other program has taken the file away, perhaps to put a new one there.
                Err(Errno::NOENT) if move_to_free(between, path).is_ok() => return Exchange::Changed(None),
                Err(Errno::NOENT) => continue,
                Err(_) => break,
            }
            match Version::of(between) {
                Ok(out) if out == placed => {
                    let _ = fs::remove_file(between); // what is left is removed by the next run
                    return Exchange::Changed(None);
                }
                _ => placed = saved,
            }
        }
        Exchange::Changed(keep(between, path))
    }

    /// Gives a version a name that people see.
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
        /// Gives the file what another program has written to the one without a name. A version that is newer still stays.
        pub fn late_save(self) -> LateSave {
            if self.is_as_it_was() {
                return LateSave::None;
            }
            let stamp = || self.file.metadata().ok().map(|it| (it.len(), it.modified().ok()));
            for _ in 0..WAITS {
                let last = stamp();
                sleep(QUIET);
                // An empty file is most likely in the middle of its save.
                if stamp() == last && last.is_some_and(|(len, _)| len > 0) {
                    break;
                }
            }
            let _one_at_a_time = hold(&self.path);
            match Version::of(&self.path) {
                Ok(ours) if ours.id == self.new && temporary::mark(ours.bytes()) == self.new_mark => {
                    match self.put_back(&ours) {
                        Ok(kept) => LateSave::PutBack(kept),
                        Err(error) => LateSave::Lost(error),
                    }
                }
                _ => LateSave::PutBack(None),
            }
        }

        fn put_back(&self, ours: &Version) -> io::Result<Option<PathBuf>> {
            let bytes = read_all(&self.file, 0)?;
            match write_back(&self.path, &bytes, ours) {
                Ok(Exchange::Changed(kept)) => Ok(kept),
                Ok(Exchange::Replaced(_)) => Ok(None),
                // Where there is no room for another file, there may be room in the one that is there.
                Err(_) => {
                    let fill =
                        |bytes: &[u8]| File::options().write(true).truncate(true).open(&self.path)?.write_all(bytes);
                    // A torn file helps no one: if the save does not fit, psalink's version did.
                    fill(&bytes).inspect_err(|_| drop(fill(ours.bytes()))).map(|()| None)
                }
            }
        }

        /// Its time is no evidence: two changes within a few milliseconds can have the same.
        fn is_as_it_was(&self) -> bool {
            let has_other_length = self.file.metadata().is_ok_and(|it| it.len() != self.len);
            !has_other_length && read_all(&self.file, self.len).is_ok_and(|bytes| temporary::mark(&bytes) == self.mark)
        }
    }

    fn read_all(mut file: &File, len: u64) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::with_capacity(usize::try_from(len).unwrap_or_default());
        file.rewind()?;
        file.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Gives the file what another program wrote to the one that has no name any more.
    fn write_back(path: &Path, bytes: &[u8], ours: &Version) -> io::Result<Exchange> {
        let folder = folder_of(path);
        let mut again = temporary::create(folder, false)?;
        if let State::Known { access, .. } = &ours.state {
            access.give(again.as_file()).map_err(|_| io::Error::other("its permissions cannot be kept"))?;
        }
        again.write_all(bytes)?;
        again.as_file().sync_all()?;
        // The folder is held. Should this run end here, the next one must not take the save for a file of psalink's own, so
        // its name says nothing of the content.
        let between = temporary::name_of_both(again.path(), ours.bytes(), ours.bytes());
        fs::rename(again.path(), &between)?;
        let (_locked, gone) = again.into_parts();
        let _ = gone.keep();
        let written = Version::of(&between)?;
        exchange(&between, path)?;
        Ok(settle(&between, path, ours, written))
    }
}
