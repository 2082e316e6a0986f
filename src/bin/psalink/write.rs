//! Files are old or new, never half: a new file is written beside the old one and takes its name.

use std::fs::{self, File, Metadata};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use psalink::{Error, ErrorKind, visible};

/// Begins the name of a file that is still being written; a hidden name, so that no folder walk takes it up.
const PREFIX: &str = ".psalink-";

/// How many random letters end it.
const RANDOM: usize = 6;

/// What tells whether a file has changed since it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    len: u64,
    modified: Option<SystemTime>,
}

impl Stamp {
    pub fn of(metadata: &Metadata) -> Stamp {
        Stamp { len: metadata.len(), modified: metadata.modified().ok() }
    }
}

/// Files in a folder that a run was still writing when it was stopped: nobody has touched them for a day. Only their
/// names tell whose they are, so they are for a person to delete.
pub fn left_over(folder: &Path) -> Vec<PathBuf> {
    let is_ours = |name: &str| {
        let random = name.strip_prefix(PREFIX).unwrap_or_default();
        random.len() == RANDOM && random.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    let is_old = |metadata: Metadata| {
        metadata.is_file()
            && metadata.modified().is_ok_and(|time| time.elapsed().is_ok_and(|age| age > Duration::from_secs(86_400)))
    };
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries
        .flatten()
        .filter(|entry| entry.file_name().to_str().is_some_and(is_ours) && entry.metadata().is_ok_and(is_old))
        .map(|entry| entry.path())
        .collect();
    paths.sort_unstable();
    paths
}

/// Gives a file new content, all at once. An existing file keeps its permissions and its owner. `name` is what
/// messages call it.
pub fn replace(path: &Path, name: &Path, bytes: &[u8], sync: bool) -> Result<(), Error> {
    let failed = |error: io::Error| could_not("write", name, error);
    let old = fs::metadata(path).ok();
    // A device or a pipe has no old and new; it is written to.
    if old.as_ref().is_some_and(|old| !old.is_file() && !old.is_dir()) {
        return File::options().write(true).open(path).and_then(|mut file| file.write_all(bytes)).map_err(failed);
    }
    // The folder alone decides who may put a file in the place of another; the file has a say too.
    if old.is_some() {
        File::options().write(true).open(path).map_err(failed)?;
    }
    let temporary = temporary(path, name, bytes, old.as_ref(), sync)?;
    temporary.persist(path).map(drop).map_err(|error| failed(error.error))
}

/// Whether a file that is to be written really lies in a folder.
pub fn check_inside(folder: &Path, path: &Path) -> Result<(), Error> {
    if resolve(path).starts_with(resolve(folder)) {
        return Ok(());
    }
    let detail = format!("this is a link that leads out of `{}`, so it is not written to; take it away", show(folder));
    Err(Error::new(ErrorKind::Io, detail).at(show(path)))
}

/// Keeps the content of a file in a folder, under a name that no other content has.
pub fn keep(path: &Path, bytes: &[u8], old: &Metadata) -> Result<(), Error> {
    make_folder_of(path)?;
    for number in 0_u32.. {
        let candidate = match number {
            0 => path.to_owned(),
            _ => {
                let mut name = path.file_name().unwrap_or_default().to_owned();
                name.push(format!(".{number}"));
                path.with_file_name(name)
            }
        };
        if fs::symlink_metadata(&candidate).is_ok() {
            if fs::read(&candidate).is_ok_and(|there| there == bytes) {
                return Ok(());
            }
            continue;
        }
        match temporary(&candidate, &candidate, bytes, Some(old), false)?.persist_noclobber(&candidate) {
            Ok(_) => return Ok(()),
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(could_not("write", &candidate, error.error)),
        }
    }
    Ok(())
}

/// Makes the folder that a file goes into.
pub fn make_folder_of(path: &Path) -> Result<(), Error> {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => make_folder(folder),
        _ => Ok(()),
    }
}

/// Makes a folder, with those above it.
pub fn make_folder(folder: &Path) -> Result<(), Error> {
    fs::create_dir_all(folder).map_err(|error| {
        let detail = match error.kind() {
            io::ErrorKind::AlreadyExists => "a folder is needed here, and this is a file".to_owned(),
            _ => format!("could not make the folder: {}", reason(&error)),
        };
        Error::new(ErrorKind::Io, detail).at(show(folder)).because(error)
    })
}

/// A path with every link in it followed, as far as it exists.
pub fn resolve(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut rest = Vec::new();
    let mut existing = path.as_path();
    loop {
        if let Ok(real) = existing.canonicalize() {
            return rest.iter().rev().fold(real, |path, name| path.join(name));
        }
        match (existing.parent(), existing.file_name()) {
            (Some(parent), Some(name)) => {
                rest.push(name);
                existing = parent;
            }
            _ => return path,
        }
    }
}

fn temporary(
    path: &Path,
    name: &Path,
    bytes: &[u8],
    old: Option<&Metadata>,
    sync: bool,
) -> Result<tempfile::NamedTempFile, Error> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut builder = tempfile::Builder::new();
    builder.prefix(PREFIX).rand_bytes(RANDOM);
    #[cfg(unix)]
    let all = std::os::unix::fs::PermissionsExt::from_mode(0o666); // less what the umask takes
    #[cfg(unix)]
    if old.is_none() {
        builder.permissions(all);
    }
    let mut temporary = builder.tempfile_in(folder).map_err(|error| {
        let detail = match error.kind() {
            io::ErrorKind::PermissionDenied => {
                let folder = name.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
                format!("could not write the file: you may not write to the folder `{}`", show(folder))
            }
            _ => format!("could not write the file: {}", reason(&error)),
        };
        Error::new(ErrorKind::Io, detail).at(show(name)).because(error)
    })?;
    let mut fill = || {
        if let Some(old) = old {
            keep_owner(temporary.as_file(), old);
            temporary.as_file().set_permissions(old.permissions())?;
        }
        temporary.write_all(bytes)?;
        if sync { temporary.as_file().sync_all() } else { Ok(()) }
    };
    fill().map_err(|error| could_not("write", name, error))?;
    Ok(temporary)
}

/// Gives a file the owner of another; only the superuser may, and needs to.
#[cfg(unix)]
fn keep_owner(file: &File, old: &Metadata) {
    use std::os::unix::fs::{MetadataExt, fchown};
    let is_same = file.metadata().is_ok_and(|new| new.uid() == old.uid() && new.gid() == old.gid());
    if !is_same {
        let _ = fchown(file, Some(old.uid()), Some(old.gid()));
    }
}

#[cfg(not(unix))]
fn keep_owner(_: &File, _: &Metadata) {}

/// An error about a file that could not be read or written.
pub fn could_not(verb: &str, path: &Path, error: io::Error) -> Error {
    let detail = format!("could not {verb} the file: {}", reason(&error));
    Error::new(ErrorKind::Io, detail).at(show(path)).because(error)
}

/// What the system says, in words that help.
pub fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "it does not exist".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::StorageFull => "the disk is full".to_owned(),
        io::ErrorKind::ReadOnlyFilesystem => "the disk is read-only".to_owned(),
        io::ErrorKind::IsADirectory => "it is a folder".to_owned(),
        io::ErrorKind::NotADirectory => "part of its path is not a folder".to_owned(),
        _ => {
            let text = error.to_string();
            text.split(" (os error").next().unwrap_or(&text).to_owned()
        }
    }
}

/// A path as messages show it.
pub fn show(path: &Path) -> String {
    visible(&name(path)).into_owned()
}

/// The name of a path, by which it is still found where it is UTF-8.
pub fn name(path: &Path) -> String {
    let path = path.strip_prefix(".").unwrap_or(path);
    match path.to_str() {
        Some("") => ".".to_owned(),
        Some(path) => path.to_owned(),
        None => path.display().to_string(),
    }
}
