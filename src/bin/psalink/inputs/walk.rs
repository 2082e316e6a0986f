//! A walk through a folder, as git would walk: what `.gitignore` and `.ignore` name is left out.
//!
//! The files that say so are read by the crate `ignore`, which would wait for a pipe of that name and take a device into
//! memory. They are looked at before it is let into a folder.

use std::cmp::Ordering;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use ignore::{DirEntry, WalkBuilder};
use psalink::{Error, ErrorKind};

use crate::paths::show;

/// The largest file of patterns, in bytes.
const LARGEST: u64 = 1 << 20;

/// The files that are read in a folder.
const FILES: [&str; 4] = [".gitignore", ".ignore", ".git", ".git/info/exclude"];

/// A walk, and what it did not go into.
pub struct Walk {
    walk: ignore::Walk,
    refused: Arc<Mutex<Vec<Error>>>,
}

impl Walk {
    /// Walks through a folder, `depth` folders deep, past what `enters` does not want.
    ///
    /// # Errors
    ///
    /// A file of patterns, in the folder or above it, that cannot be read.
    pub fn new(
        root: &Path,
        depth: Option<usize>,
        enters: impl Fn(&DirEntry) -> bool + Send + Sync + 'static,
    ) -> Result<Walk, Error> {
        let absolute = std::path::absolute(root).unwrap_or_else(|_| root.to_owned());
        // Those above are asked along the path as it is written, and along the one that links lead to.
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
            let is_folder = entry.file_type().is_some_and(|it| it.is_dir());
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
        // The user's own file of patterns for all folders.
        if ignore::gitignore::gitconfig_excludes_path().is_some_and(|path| look(&path).is_err()) {
            walk.git_global(false);
        }
        Ok(Walk { walk: walk.build(), refused })
    }

    /// The folders that were left out because a file of patterns in them cannot be read; complete after the walk.
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

/// Looks at the files of patterns of a folder.
fn check(folder: &Path) -> Result<(), Error> {
    let mut paths: Vec<PathBuf> = FILES.iter().map(|name| folder.join(name)).collect();
    paths.extend(common_folder(folder));
    for path in paths {
        look(&path).map_err(|error| {
            let action = "read this list of ignored files, so the folder was skipped";
            Error::could_not(action, error).at(show(&path))
        })?;
    }
    Ok(())
}

/// The files that lead from the worktree of a repository to its patterns: `.git` names a folder, and `commondir` in it
/// another one.
fn common_folder(folder: &Path) -> Vec<PathBuf> {
    let git = folder.join(".git");
    if !git.is_file() || look(&git).is_err() {
        return Vec::new();
    }
    let Ok(text) = psalink::source::plain_file::read_to_string(&git, LARGEST) else { return Vec::new() };
    let Some(to) = text.lines().next().and_then(|line| line.strip_prefix("gitdir: ")) else { return Vec::new() };
    let common = folder.join(to).join("commondir");
    let mut paths = vec![Path::new(to).join("commondir")];
    if look(&common).is_ok()
        && let Ok(text) = psalink::source::plain_file::read_to_string(&common, LARGEST)
        && let Some(line) = text.lines().next()
    {
        paths.push(folder.join(to).join(line).join("info/exclude"));
    }
    paths.push(common);
    paths
}

/// Whether a file, if there is one, can be read without waiting and without end.
fn look(path: &Path) -> io::Result<()> {
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => Ok(()),
        Ok(metadata) if metadata.len() > LARGEST => {
            Err(io::Error::new(io::ErrorKind::FileTooLarge, "it is larger than 1 MB"))
        }
        Ok(_) => psalink::source::plain_file::open(path).map(drop).or_else(|error| match error.kind() {
            io::ErrorKind::PermissionDenied | io::ErrorKind::NotFound => Ok(()), // it is not read either
            _ => Err(error),
        }),
        Err(_) => Ok(()),
    }
}

/// What a folder walk stumbled on.
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
    let why = inner.io_error().map_or_else(|| inner.to_string(), Error::reason);
    let what = if path.is_dir() { "folder" } else { "file" };
    Error::new(ErrorKind::Io, format!("could not read the {what}: {why}")).at(show(path))
}

/// The order of paths that one walk found, part by part; what they begin with is written alike.
pub fn in_order(one: &Path, other: &Path) -> Ordering {
    let (one, other) = (one.as_os_str().as_encoded_bytes(), other.as_os_str().as_encoded_bytes());
    let same = one.iter().zip(other).take_while(|(one, other)| one == other).count();
    // A folder comes before what its name begins.
    let rank = |path: &[u8]| path.get(same).map(|&byte| (!std::path::is_separator(byte.into()), byte));
    rank(one).cmp(&rank(other))
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
        paths.sort_unstable_by(|one, other| in_order(one, other));
        assert_eq!(paths, expected);
    }
}
