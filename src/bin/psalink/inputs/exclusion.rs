//! What `exclude` skips, and what is read anyway because the command line names it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use psalink::Config;

use crate::paths::show;
use crate::wording::count;

/// A made-up name, to ask whether any template in a folder could be left out.
const ANY: &str = "any-template-of-this-folder.html";

/// How `exclude` applies to the paths on one command line.
#[derive(Default)]
pub struct Exclusion {
    /// Whether it also applies to what the command line names.
    pub is_forced: bool,
    /// The folders that are skipped, for each set of settings.
    folders: HashMap<(usize, PathBuf), bool>,
    /// The patterns that do not apply below the current path, and the settings that they are from.
    lifted: (usize, Vec<usize>),
    /// How many templates were skipped.
    pub left_out: usize,
    /// What is read because it was named, and the settings that would skip it.
    named: Vec<(String, String)>,
}

impl Exclusion {
    pub fn new(is_forced: bool) -> Exclusion {
        Exclusion { is_forced, ..Exclusion::default() }
    }

    /// Lifts the patterns that exclude a whole folder or one of its parents, since the user has named it.
    pub fn lift(&mut self, folder: &Path, settings: usize, config: &Config) {
        self.lifted = (settings, Vec::new());
        self.folders.clear();
        if self.is_forced || config.exclude.is_empty() {
            return;
        }
        let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let project = absolute(&config.folder());
        let named = absolute(folder);
        // Naming the whole project does not name what it excludes.
        let above: Vec<&Path> = named.ancestors().take_while(|path| **path != project).collect();
        if above.is_empty() || !named.starts_with(&project) {
            return;
        }
        let mut patterns = config.exclusions(&named.join(ANY));
        patterns.extend(above.into_iter().flat_map(|path| config.exclusions(path)));
        self.lifted.1 = patterns;
    }

    /// Records that something was found in the folder for which patterns were lifted.
    pub fn note_lifted(&mut self, folder: &Path, config: &Config) {
        if !self.lifted.1.is_empty() {
            self.add_named(folder, config);
        }
    }

    /// Whether a template in a folder is excluded.
    pub fn leaves_out(&mut self, path: &Path, folder: &Path, settings: usize, config: &Config) -> bool {
        let is_out = !config.exclude.is_empty()
            && (self.names(path, settings, config) || self.leaves_out_folder(folder, settings, config));
        self.left_out += usize::from(is_out);
        is_out
    }

    /// The same for a file that the command line names, which is excluded only on request.
    pub fn leaves_out_named(&mut self, path: &Path, folder: &Path, settings: usize, config: &Config) -> bool {
        self.lifted = (settings, Vec::new());
        self.folders.clear();
        if !self.leaves_out(path, folder, settings, config) {
            return false;
        }
        if !self.is_forced {
            self.left_out -= 1;
            self.add_named(path, config);
        }
        self.is_forced
    }

    /// The line about what was named although `exclude` skips it.
    pub fn note(&self) -> Option<String> {
        let [(name, settings), more @ ..] = self.named.as_slice() else { return None };
        let end = format!("`exclude` in `{settings}`, but you named");
        Some(match more {
            [] if name == "." => format!(
                "this folder matches `exclude` in `{settings}`, but psalink reads it because you are in it; \
                 `--force-exclude` leaves it out"
            ),
            [] => format!("`{name}` matches {end} it, so psalink reads it; `--force-exclude` leaves it out"),
            more => format!(
                "`{name}` and {} match {end} them, so psalink reads them; `--force-exclude` leaves them out",
                count(more.len(), "other path", "other paths")
            ),
        })
    }

    fn add_named(&mut self, path: &Path, config: &Config) {
        self.named.push((show(path), config.path().map(show).unwrap_or_default()));
    }

    /// Whether a pattern that is not lifted matches a path.
    fn names(&self, path: &Path, settings: usize, config: &Config) -> bool {
        let is_lifted = |pattern: &usize| self.lifted.0 == settings && self.lifted.1.contains(pattern);
        config.exclusions(path).iter().any(|pattern| !is_lifted(pattern))
    }

    /// Whether a folder or one of its parents is excluded.
    fn leaves_out_folder(&mut self, folder: &Path, settings: usize, config: &Config) -> bool {
        let key = (settings, folder.to_owned());
        if let Some(&known) = self.folders.get(&key) {
            return known;
        }
        let is_below = !folder.as_os_str().is_empty() && folder != Path::new(".");
        let is_out = is_below
            && (self.names(folder, settings, config)
                || folder.parent().is_some_and(|above| self.leaves_out_folder(above, settings, config)));
        self.folders.insert(key, is_out);
        is_out
    }
}
