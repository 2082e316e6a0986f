//! Files outside the open folder that affect what the workbench shows: settings in a parent folder, vocabularies,
//! samples, layouts.
//!
//! There are few, and they may appear and disappear, be behind a link, or be on a share that sends no notifications. So
//! they are checked again and again.

use std::collections::BTreeMap;
use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use psalink::Config;

/// How many files are checked; beyond that, files are not followed.
const MOST: usize = 1000;

/// How many files of a samples folder are checked.
const MOST_IN_FOLDER: usize = 1000;

/// The files, each with its state at the last check.
#[derive(Debug, Default)]
pub struct Outside(Mutex<BTreeMap<PathBuf, u64>>);

impl Outside {
    /// Follows a file from now on, whether it exists yet or not. Must be called before the file is read, so that no
    /// change is missed.
    pub fn follow(&self, path: &Path) {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let mut files = self.files();
        if files.len() < MOST && !files.contains_key(&path) {
            let now = stamp(&path);
            files.insert(path, now);
        }
    }

    /// Follows the settings that apply to a folder, or would if they were created: the file with this name in each
    /// folder above.
    pub fn follow_settings_above(&self, folder: &Path) {
        Config::places(folder).iter().skip(1).for_each(|place| self.follow(place));
    }

    /// The files that have changed.
    pub fn changed(&self) -> Vec<PathBuf> {
        let paths: Vec<PathBuf> = self.files().keys().cloned().collect();
        let stamps: Vec<(PathBuf, u64)> = paths.into_iter().map(|path| (path.clone(), stamp(&path))).collect();
        let mut files = self.files();
        let is_new =
            |(path, now): &(PathBuf, u64)| files.get_mut(path).is_some_and(|old| std::mem::replace(old, *now) != *now);
        stamps.into_iter().filter(is_new).map(|(path, _)| path).collect()
    }

    fn files(&self) -> MutexGuard<'_, BTreeMap<PathBuf, u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Distinguishes states of a file, of a folder of files, or of a missing file.
fn stamp(path: &Path) -> u64 {
    let mut hasher = DefaultHasher::new();
    add(&mut hasher, path);
    if let Ok(entries) = fs::read_dir(path) {
        let mut inside: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).take(MOST_IN_FOLDER).collect();
        inside.sort_unstable();
        for path in inside {
            path.hash(&mut hasher);
            add(&mut hasher, &path);
        }
    }
    hasher.finish()
}

fn add(hasher: &mut DefaultHasher, path: &Path) {
    fs::read_link(path).ok().hash(hasher);
    match fs::metadata(path) {
        Ok(metadata) => {
            (metadata.is_dir(), metadata.len(), metadata.modified().ok()).hash(hasher);
            // Detects another file with the same name, and permissions that were restored.
            #[cfg(unix)]
            {
                use std::os::unix::fs::MetadataExt as _;
                (metadata.dev(), metadata.ino(), metadata.mode(), metadata.ctime(), metadata.ctime_nsec()).hash(hasher);
            }
        }
        Err(error) => error.kind().hash(hasher),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_followed_from_before_they_are_there() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let outside = Outside::default();
        fs::create_dir_all(at("deep/er")).unwrap();
        outside.follow_settings_above(&at("deep/er"));
        outside.follow(&at("samples"));
        assert!(outside.changed().is_empty());
        for change in [
            Box::new(|| fs::write(at("psalink.yaml"), "portal: acme\n").unwrap()) as Box<dyn Fn()>,
            Box::new(|| fs::write(at("psalink.yaml"), "portal: acne\n").unwrap()),
            Box::new(|| fs::remove_file(at("psalink.yaml")).unwrap()),
            Box::new(|| fs::create_dir(at("psalink.yaml")).unwrap()),
        ] {
            change();
            assert_eq!(outside.changed(), [at("psalink.yaml")]);
            assert!(outside.changed().is_empty());
        }
        fs::create_dir(at("samples")).unwrap();
        assert_eq!(outside.changed(), [at("samples")]);
        fs::write(at("samples/one.yaml"), "a").unwrap();
        assert_eq!(outside.changed(), [at("samples")]);
        fs::write(at("deep/er/psalink.yaml"), "").unwrap();
        assert!(outside.changed().is_empty(), "what lies in the folder is not outside it");
    }
}
