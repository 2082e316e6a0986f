//! A walk through a folder that skips what git would: everything that `.gitignore` and `.ignore` exclude.
//!
//! The crate `ignore` reads those files. It would wait for a pipe with such a name, and read a device into memory, so
//! they are checked before it enters a folder.

use std::cmp::Ordering;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use ignore::{DirEntry, WalkBuilder};
use psalink::{Error, ErrorKind};

use crate::paths::show;

/// The largest ignore file that is read, in bytes.
const LARGEST: u64 = 1 << 20;

/// The files that the crate reads in a folder.
const FILES: [&str; 4] = [".gitignore", ".ignore", ".git", ".git/info/exclude"];

/// A walk, and the folders that it did not enter.
pub struct Walk {
    walk: ignore::Walk,
    refused: Arc<Mutex<Vec<Error>>>,
}

impl Walk {
    /// Walks through a folder, `depth` levels deep, skipping what `enters` rejects.
    ///
    /// # Errors
    ///
    /// An ignore file in the folder or above it that cannot be read.
    pub fn new(
        root: &Path,
        depth: Option<usize>,
        enters: impl Fn(&DirEntry) -> bool + Send + Sync + 'static,
    ) -> Result<Walk, Error> {
        let absolute = std::path::absolute(root).unwrap_or_else(|_| root.to_owned());
        // Parent folders are checked along the path as written, and along the real path behind links.
        let real = root.canonicalize().unwrap_or_else(|_| absolute.clone());
        for folder in absolute.ancestors().chain(real.ancestors()) {
            check(folder)?;
        }
        let refused: Arc<Mutex<Vec<Error>>> = Arc::default();
        let kept = Arc::clone(&refused);
        let enters = move |entry: &DirEntry| {
            if entry.depth() == 0 {
                return true;
            }
            if !enters(entry) {
                return false;
            }
            let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
            match if is_folder { check(entry.path()) } else { Ok(()) } {
                Ok(()) => true,
                Err(error) => {
                    kept.lock().unwrap_or_else(PoisonError::into_inner).push(error);
                    false
                }
            }
        };
        let mut walk = WalkBuilder::new(root);
        walk.require_git(false).max_depth(depth).filter_entry(enters);
        // The user's global ignore file.
        if ignore::gitignore::gitconfig_excludes_path().is_some_and(|path| check_file(&path).is_err()) {
            walk.git_global(false);
        }
        Ok(Walk { walk: walk.build(), refused })
    }

    /// The folders that were skipped because an ignore file in them cannot be read; complete after the walk.
    pub fn refused(&self) -> Vec<Error> {
        std::mem::take(&mut self.refused.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Iterator for Walk {
    type Item = Result<DirEntry, ignore::Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.walk.next()
    }
}

/// Checks the ignore files of a folder.
fn check(folder: &Path) -> Result<(), Error> {
    let mut paths: Vec<PathBuf> = FILES.iter().map(|name| folder.join(name)).collect();
    paths.extend(common_folder(folder));
    for path in paths {
        check_file(&path).map_err(|error| {
            let action = "read this list of ignored files, so the folder was skipped";
            Error::could_not(action, error).at(show(&path))
        })?;
    }
    Ok(())
}

/// The files that lead from a repository's worktree to its exclude patterns: `.git` names a folder, and `commondir` in
/// that folder names another.
fn common_folder(folder: &Path) -> Vec<PathBuf> {
    let git = folder.join(".git");
    if !git.is_file() || check_file(&git).is_err() {
        return Vec::new();
    }
    let Ok(text) = psalink::source::plain_file::read_to_string(&git, LARGEST) else { return Vec::new() };
    let Some(to) = text.lines().next().and_then(|line| line.strip_prefix("gitdir: ")) else { return Vec::new() };
    let common = folder.join(to).join("commondir");
    let mut paths = vec![Path::new(to).join("commondir")];
    if check_file(&common).is_ok()
        && let Ok(text) = psalink::source::plain_file::read_to_string(&common, LARGEST)
        && let Some(line) = text.lines().next()
    {
        paths.push(folder.join(to).join(line).join("info/exclude"));
    }
    paths.push(common);
    paths
}

/// Checks that a file, if it exists, can be read without waiting and without end.
fn check_file(path: &Path) -> io::Result<()> {
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => Ok(()),
        Ok(metadata) if metadata.len() > LARGEST => {
            Err(io::Error::new(io::ErrorKind::FileTooLarge, "it is larger than 1 MB"))
        }
        Ok(_) => psalink::source::plain_file::open(path).map(drop).or_else(|error| match error.kind() {
            io::ErrorKind::PermissionDenied | io::ErrorKind::NotFound => Ok(()), // the crate cannot read it either
            _ => Err(error),
        }),
        Err(_) => Ok(()),
    }
}

/// The error for a problem during a walk.
pub fn walk_error(root: &Path, error: &ignore::Error) -> Error {
    let mut path = root;
    let mut inner = error;
    loop {
        match inner {
            ignore::Error::WithPath { path: at, err } => (path, inner) = (at, err),
            ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => inner = err,
            _ => break,
        }
    }
    let reason = inner.io_error().map_or_else(|| inner.to_string(), Error::reason);
    let kind = if path.is_dir() { "folder" } else { "file" };
    Error::new(ErrorKind::Io, format!("could not read the {kind}: {reason}")).at(show(path))
}

/// The order of paths that one walk found, component by component; their common beginning is spelled alike.
pub fn in_order(left: &Path, right: &Path) -> Ordering {
    let (left, right) = (left.as_os_str().as_encoded_bytes(), right.as_os_str().as_encoded_bytes());
    let same = left.iter().zip(right).take_while(|(left, right)| left == right).count();
    // A folder comes before files whose names begin with its name.
    let rank = |path: &[u8]| path.get(same).map(|&byte| (!std::path::is_separator(byte.into()), byte));
    rank(left).cmp(&rank(right))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stand_in_the_order_of_their_parts() {
        let mut paths: Vec<PathBuf> = [
            "m/a.html",
            "m/a",
            "m/a/b.html",
            "m/a!b.html",
            "m/a-b/c.html",
            "m/é.txt",
            "m/B.txt",
            "m/a/b/c.html",
            "m/a b",
        ]
        .map(PathBuf::from)
        .into();
        let mut expected = paths.clone();
        expected.sort();
        paths.sort_unstable_by(|left, right| in_order(left, right));
        assert_eq!(paths, expected);
    }
}
