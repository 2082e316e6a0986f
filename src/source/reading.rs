//! Where files may be and how large they may be: set once for a run, and checked for each file.

use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::source::pipe::{self, PipeTimeouts};
use crate::source::plain_file::{self, LARGEST};
use crate::source::too_large::TooLarge;

/// How files are read: up to which size, and from which folders.
///
/// ```
/// use psalink::source::Reading;
/// let folder = std::env::temp_dir().join(format!("psalink-doc-reading-{}", std::process::id()));
/// std::fs::create_dir_all(folder.join("mails")).unwrap();
/// std::fs::write(folder.join("secret.txt"), "secret").unwrap();
/// let reading = Reading::default().within(&folder.join("mails"));
/// assert!(reading.read(&folder.join("mails/../secret.txt")).is_err());
/// assert_eq!(Reading::default().read(&folder.join("secret.txt"))?, b"secret");
/// std::fs::remove_dir_all(folder).unwrap();
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// The largest file, in bytes.
    max_size: u64,
    /// The folders that files must be in after following all links; if empty, a file may be anywhere.
    folders: Vec<PathBuf>,
}

impl Default for Reading {
    fn default() -> Reading {
        Reading { max_size: LARGEST, folders: Vec::new() }
    }
}

impl Reading {
    /// The same, for files of at most that many bytes (`--max-size`).
    #[must_use]
    pub fn up_to(mut self, max_size: u64) -> Reading {
        self.max_size = max_size;
        self
    }

    /// The same for recorded messages, which may be four times as large as a template, since they contain the message
    /// in several forms.
    #[must_use]
    pub fn of_records(&self) -> Reading {
        self.clone().up_to(self.max_size.saturating_mul(4))
    }

    /// The largest file that is read, in bytes.
    pub fn max_size(&self) -> u64 {
        self.max_size
    }

    /// The same, also allowing files in this folder; the first folder rules out everything outside it.
    #[must_use]
    pub fn within(mut self, folder: &Path) -> Reading {
        self.folders.push(real_path(folder));
        self
    }

    /// The same, also allowing files in this folder if files are restricted to some folders.
    #[must_use]
    pub fn and(&self, folder: &Path) -> Reading {
        match self.folders.is_empty() {
            true => self.clone(),
            false => self.clone().within(folder),
        }
    }

    /// Whether files are restricted to some folders.
    pub fn is_confined(&self) -> bool {
        !self.folders.is_empty()
    }

    /// Refuses a path that leads out of the folders, whether the file exists or not.
    ///
    /// # Errors
    ///
    /// A path that leads out of the folders.
    pub fn check(&self, path: &Path) -> io::Result<()> {
        match self.folders.is_empty() || self.has(&real_path(path)) {
            true => Ok(()),
            false => Err(outside()),
        }
    }

    /// Opens a plain file.
    ///
    /// # Errors
    ///
    /// A path that leads out of the folders, and the errors of [`plain_file::open`].
    pub fn open(&self, path: &Path) -> io::Result<(File, Metadata)> {
        self.check(path)?;
        let (file, metadata) = plain_file::open(path)?;
        if self.is_confined() {
            // A link may have been changed since it was checked, so the file that is open now is what counts.
            let real = path.canonicalize()?;
            if !self.has(&real) || !is_same(&metadata, &fs::metadata(&real)?) {
                return Err(outside());
            }
        }
        Ok((file, metadata))
    }

    /// Reads a plain file, reusing the memory of another file. The metadata tells whether the file changes later.
    ///
    /// # Errors
    ///
    /// The same as [`Reading::open`], and a file that is too large.
    pub fn read_into(&self, path: &Path, bytes: &mut Vec<u8>) -> io::Result<Metadata> {
        let (file, metadata) = self.open(path)?;
        plain_file::fill(file, &metadata, self.max_size, bytes).map_err(with_option)?;
        Ok(metadata)
    }

    /// Reads a plain file.
    ///
    /// # Errors
    ///
    /// The same as [`Reading::read_into`].
    pub fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.read_into(path, &mut bytes)?;
        Ok(bytes)
    }

    /// Reads a UTF-8 plain file.
    ///
    /// # Errors
    ///
    /// The same as [`Reading::read`], and a file that is not valid UTF-8.
    pub fn read_to_string(&self, path: &Path) -> io::Result<String> {
        plain_file::text(self.read(path)?)
    }

    /// Reads what the user named on the command line, including pipes; a user may name files anywhere.
    ///
    /// # Errors
    ///
    /// The same as [`plain_file::read_named`].
    pub fn read_named(&self, path: &Path) -> io::Result<Vec<u8>> {
        plain_file::read_named(path, self.max_size).map_err(with_option)
    }

    /// Reads standard input, or another pipe that the user named.
    ///
    /// # Errors
    ///
    /// An error of the operating system, more bytes than the limit, or a pipe that takes too long.
    pub fn read_pipe<R: Read>(
        &self,
        open: impl FnOnce() -> io::Result<R> + Send + 'static,
        timeouts: PipeTimeouts,
    ) -> io::Result<Vec<u8>> {
        pipe::read(open, self.max_size, timeouts).map_err(with_option)
    }

    fn has(&self, real: &Path) -> bool {
        self.folders.iter().any(|folder| real.starts_with(folder))
    }
}

/// Whether a path is really inside a folder, after following all links in both.
pub fn lies_inside(path: &Path, folder: &Path) -> bool {
    real_path(path).starts_with(real_path(folder))
}

/// A path with all its links followed, as far as it exists. The empty path is the current folder.
pub fn real_path(path: &Path) -> PathBuf {
    let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut rest = Vec::new();
    let mut existing = path.as_path();
    let mut real = loop {
        if let Ok(real) = existing.canonicalize() {
            break real;
        }
        match (existing.parent(), existing.components().next_back()) {
            (Some(parent), Some(part)) => {
                rest.push(part);
                existing = parent;
            }
            _ => break PathBuf::new(),
        }
    };
    // `..` after a component that does not exist must not pass for a way into the folder.
    for part in rest.into_iter().rev() {
        match part {
            Component::ParentDir => drop(real.pop()),
            part => real.push(part),
        }
    }
    real
}

/// Adds the option that allows a larger file.
fn with_option(error: io::Error) -> io::Error {
    let Some(too_large) = error.get_ref().and_then(|inner| inner.downcast_ref::<TooLarge>()) else { return error };
    let option = match too_large.size.map(|size| size.div_ceil(1 << 20)) {
        Some(1025..) => "psalink does not read files larger than 1 GB".to_owned(),
        Some(size) => format!("use `--max-size {size}M` to read it anyway"),
        None => "use `--max-size` to raise it".to_owned(),
    };
    io::Error::new(error.kind(), format!("{error}; {option}"))
}

fn outside() -> io::Error {
    io::Error::other("it is a link to a file outside the folder, which psalink does not open")
}

#[cfg(unix)]
fn is_same(left: &Metadata, right: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    (left.dev(), left.ino()) == (right.dev(), right.ino())
}

#[cfg(not(unix))]
fn is_same(_: &Metadata, _: &Metadata) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_empty_path_is_the_current_folder() {
        let current = std::env::current_dir().unwrap().canonicalize().unwrap();
        assert_eq!((real_path(Path::new("")), real_path(Path::new("."))), (current.clone(), current));
        for path in ["/etc/passwd", "..", "../x", "no/../../x", "no/such/../../../x", "src/no/../../../x"] {
            assert!(!lies_inside(Path::new(path), Path::new("")), "{path}");
        }
        for path in ["", ".", "src", "./src/lib.rs", "no/such/file", "no/../src", "src/no/../../Cargo.toml"] {
            assert!(lies_inside(Path::new(path), Path::new("")), "{path}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_before_a_file_counts_as_inside() {
        use std::os::unix::fs::symlink;
        let root = std::env::temp_dir().join(format!("psalink-reading-{}", std::process::id()));
        fs::create_dir_all(root.join("in/deep")).unwrap();
        fs::create_dir_all(root.join("out")).unwrap();
        fs::create_dir_all(root.join("inside")).unwrap();
        for name in ["in/a", "out/secret", "inside/secret", "shared"] {
            fs::write(root.join(name), name).unwrap();
        }
        for (to, name) in [
            ("../out/secret", "in/file"),
            ("../out", "in/folder"),
            ("../../out/secret", "in/deep/file"),
            ("file", "in/twice"),
            ("a", "in/fine"),
            ("in", "way"),
            ("../shared", "in/shared"),
        ] {
            symlink(to, root.join(name)).unwrap();
        }
        let reading = Reading::default().within(&root.join("way"));
        for (name, expected) in
            [("in/a", "in/a"), ("way/a", "in/a"), ("way/fine", "in/a"), ("in/../in/deep/../a", "in/a")]
        {
            assert_eq!(reading.read_to_string(&root.join(name)).unwrap(), expected);
        }
        for name in [
            "in/file",
            "in/folder/secret",
            "in/folder/new",
            "in/deep/file",
            "in/twice",
            "inside/secret",
            "way/../shared",
        ] {
            assert!(reading.check(&root.join(name)).is_err(), "{name}");
            assert!(reading.read(&root.join(name)).is_err(), "{name}");
        }
        assert_eq!(reading.read(&root.join("in/gone")).unwrap_err().kind(), io::ErrorKind::NotFound);
        assert!(reading.read(&root.join("in/shared")).is_err());
        assert_eq!(reading.and(&root).read_to_string(&root.join("in/shared")).unwrap(), "shared");
        assert!(!Reading::default().and(&root).is_confined());
        fs::remove_dir_all(root).unwrap();
    }
}
