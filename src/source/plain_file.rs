//! Opens plain files only, never waits, and never reads more bytes than a limit allows.
//!
//! A pipe or a device may be where a file is expected, behind a link from a zip file or next to a template. Reading it
//! might take forever, or use up all memory. So the kind and size of the opened file are checked before a byte is read;
//! they are those of the open file, not of a name that may refer to another file by then.
//!
//! ```
//! use psalink::source::plain_file;
//! let path = std::env::temp_dir().join(format!("psalink-doc-plain-{}", std::process::id()));
//! std::fs::write(&path, "<p>Hello</p>").unwrap();
//! assert_eq!(plain_file::read_to_string(&path, 100)?, "<p>Hello</p>");
//! let error = plain_file::read(&path, 5).unwrap_err();
//! assert_eq!(error.to_string(), "it is 12 bytes, and the limit is 5 bytes");
//! assert_eq!(plain_file::read(&std::env::temp_dir(), 100).unwrap_err().kind(), std::io::ErrorKind::IsADirectory);
//! std::fs::remove_file(&path).unwrap();
//! # Ok::<(), std::io::Error>(())
//! ```

use std::fs::{self, File, FileType, Metadata};
use std::io::{self, ErrorKind, Read as _};
use std::path::Path;

use crate::error::NOT_UTF_8;
use crate::source::pipe::{self, PipeTimeouts};
use crate::source::too_large::too_large;

/// The largest file that is read by default, in bytes.
pub const LARGEST: u64 = 16 << 20;

/// Memory reserved at once for a file; more is added while reading.
const AT_ONCE: u64 = 1 << 20;

/// Opens a plain file to read it.
///
/// # Errors
///
/// An error of the operating system, and anything that is not a regular file: a folder, a pipe, a device.
pub fn open(path: &Path) -> io::Result<(File, Metadata)> {
    // Opening a device can already have an effect, such as rewinding a tape.
    check(fs::metadata(path)?.file_type())?;
    let file = open_without_waiting(path)?;
    let metadata = file.metadata()?;
    check(metadata.file_type())?;
    Ok((file, metadata))
}

/// Reads a plain file of at most `limit` bytes.
///
/// # Errors
///
/// The same as [`open()`], and a file that is larger.
pub fn read(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let (file, metadata) = open(path)?;
    let mut bytes = Vec::new();
    fill(file, &metadata, limit, &mut bytes)?;
    Ok(bytes)
}

/// Reads a UTF-8 plain file of at most `limit` bytes.
///
/// # Errors
///
/// The same as [`read`], and a file that is not valid UTF-8.
pub fn read_to_string(path: &Path, limit: u64) -> io::Result<String> {
    text(read(path, limit)?)
}

/// Reads what the user named on the command line: a plain file, or a pipe such as `<(…)` and `/dev/stdin`, with limits
/// on size and time.
///
/// # Errors
///
/// The same as [`read`], and a pipe that sends nothing or never ends.
pub fn read_named(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    if !is_pipe(path) {
        return read(path, limit);
    }
    let path = path.to_owned();
    pipe::read(move || File::open(path), limit, PipeTimeouts::default())
}

/// Reads UTF-8 text that the user named on the command line.
///
/// # Errors
///
/// The same as [`read_named`], and text that is not valid UTF-8.
pub fn read_named_to_string(path: &Path, limit: u64) -> io::Result<String> {
    text(read_named(path, limit)?)
}

/// Whether a path leads to a pipe, a terminal or the null device: not a file, but readable to an end.
pub fn is_pipe(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| is_readable_stream(&metadata, path))
}

/// Reads an open file, reusing the memory of another file.
///
/// # Errors
///
/// An error of the operating system, and a file of more than `limit` bytes.
pub fn fill(mut file: File, metadata: &Metadata, limit: u64, bytes: &mut Vec<u8>) -> io::Result<()> {
    let size = metadata.len();
    if size > limit {
        return Err(too_large(Some(size), limit));
    }
    // Knowing the length saves system calls: nearly every file takes one.
    let length = usize::try_from(size.min(AT_ONCE)).unwrap_or(0);
    bytes.resize(length, 0);
    let mut filled = 0;
    while filled < length {
        match file.read(&mut bytes[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    bytes.truncate(filled);
    // A file that is being written grows; a file in `/proc` claims to be empty.
    if filled == length && (size == 0 || size > AT_ONCE) {
        let rest = if size == 0 { limit } else { size - AT_ONCE };
        file.take(rest.saturating_add(u64::from(size == 0))).read_to_end(bytes)?;
        if bytes.len() as u64 > limit {
            return Err(too_large(None, limit));
        }
    }
    Ok(())
}

/// Bytes as UTF-8.
pub(crate) fn text(bytes: Vec<u8>) -> io::Result<String> {
    String::from_utf8(bytes).map_err(|_| io::Error::new(ErrorKind::InvalidData, NOT_UTF_8))
}

/// Refuses anything that is not a regular file.
fn check(kind: FileType) -> io::Result<()> {
    if kind.is_file() {
        return Ok(());
    }
    if kind.is_dir() {
        return Err(io::Error::new(ErrorKind::IsADirectory, "it is a folder"));
    }
    let kind = name_of(kind);
    Err(io::Error::other(format!("it is {kind}, and psalink reads only regular files")))
}

#[cfg(unix)]
fn name_of(kind: FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt as _;
    match kind {
        kind if kind.is_fifo() => "a pipe",
        kind if kind.is_socket() => "a socket",
        _ => "a device",
    }
}

#[cfg(not(unix))]
fn name_of(_: FileType) -> &'static str {
    "a device"
}

#[cfg(unix)]
fn open_without_waiting(path: &Path) -> io::Result<File> {
    use rustix::fs::OFlags;
    use std::os::unix::fs::OpenOptionsExt as _;
    // Opening a pipe would wait for a writer, and a terminal could become the program's controlling terminal.
    let flags = OFlags::NONBLOCK | OFlags::NOCTTY;
    File::options().read(true).custom_flags(flags.bits().cast_signed()).open(path)
}

#[cfg(not(unix))]
fn open_without_waiting(path: &Path) -> io::Result<File> {
    File::open(path)
}

#[cfg(unix)]
fn is_readable_stream(metadata: &Metadata, path: &Path) -> bool {
    use std::io::IsTerminal as _;
    use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
    let kind = metadata.file_type();
    let is_null = || fs::metadata("/dev/null").is_ok_and(|null| null.rdev() == metadata.rdev());
    let is_terminal = || open_without_waiting(path).is_ok_and(|file| file.is_terminal());
    kind.is_fifo() || kind.is_char_device() && (is_null() || is_terminal())
}

#[cfg(not(unix))]
fn is_readable_stream(_: &Metadata, _: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_whole_or_not_at_all() {
        let path = std::env::temp_dir().join(format!("psalink-plain-{}", std::process::id()));
        for length in [0, 1, 100, AT_ONCE - 1, AT_ONCE, AT_ONCE + 1, 3 * AT_ONCE] {
            let bytes: Vec<u8> = (0..length).map(|at| (at % 251) as u8).collect();
            fs::write(&path, &bytes).unwrap();
            assert!(read(&path, length).unwrap() == bytes, "{length}");
            assert!(read(&path, u64::MAX).unwrap() == bytes, "{length}");
            if length > 0 {
                assert_eq!(read(&path, length - 1).unwrap_err().kind(), ErrorKind::FileTooLarge, "{length}");
            }
        }
        // A sparse file takes no space on disk, and none in memory.
        File::create(&path).unwrap().set_len(6 << 30).unwrap();
        assert_eq!(read(&path, LARGEST).unwrap_err().to_string(), "it is 6 GB, and the limit is 16 MB");
        fs::write(&path, b"\xff").unwrap();
        assert_eq!(read_to_string(&path, 9).unwrap_err().kind(), ErrorKind::InvalidData);
        fs::remove_file(&path).unwrap();
        assert_eq!(read(&path, 9).unwrap_err().kind(), ErrorKind::NotFound);
    }

    #[cfg(unix)]
    #[test]
    fn what_is_not_a_plain_file_is_refused_at_once() {
        let folder = std::env::temp_dir().join(format!("psalink-plain-kinds-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let (fifo, link) = (folder.join("fifo"), folder.join("link"));
        assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
        std::os::unix::fs::symlink(&fifo, &link).unwrap();
        let socket = folder.join("socket");
        let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        for (path, expected) in [
            (fifo.as_path(), "it is a pipe, and psalink reads only regular files"),
            (&link, "it is a pipe, and psalink reads only regular files"),
            (&socket, "it is a socket, and psalink reads only regular files"),
            (Path::new("/dev/zero"), "it is a device, and psalink reads only regular files"),
            (Path::new("/dev/null"), "it is a device, and psalink reads only regular files"),
            (&folder, "it is a folder"),
        ] {
            assert_eq!(read(path, LARGEST).unwrap_err().to_string(), expected, "{}", path.display());
        }
        assert_eq!(read_named(Path::new("/dev/null"), LARGEST).unwrap(), b"");
        assert!(read_named(Path::new("/dev/zero"), LARGEST).is_err());
        if Path::new("/proc/self/status").exists() {
            assert!(read_to_string(Path::new("/proc/self/status"), LARGEST).unwrap().contains("Name:"));
            assert_eq!(read(Path::new("/proc/self/status"), 9).unwrap_err().kind(), ErrorKind::FileTooLarge);
        }
        fs::remove_dir_all(&folder).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_that_the_user_names_is_read() {
        let fifo = std::env::temp_dir().join(format!("psalink-plain-named-{}", std::process::id()));
        assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
        let to = fifo.clone();
        let writer = std::thread::spawn(move || fs::write(to, "<p>through a pipe"));
        assert_eq!(read_named_to_string(&fifo, LARGEST).unwrap(), "<p>through a pipe");
        writer.join().unwrap().unwrap();
        fs::remove_file(&fifo).unwrap();
    }
}
