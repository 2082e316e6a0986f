//! Patterns on the command line, such as `mails/*.html`.

use std::path::{Component, Path, PathBuf};

use globset::{GlobBuilder, GlobMatcher};

/// A pattern for files in a folder.
pub struct PathPattern {
    /// The folder that the pattern starts in.
    pub base: PathBuf,
    glob: GlobMatcher,
    /// How many folders deep it can match.
    pub depth: Option<usize>,
    /// Whether it asks for files with any extension.
    pub any_kind: bool,
}

impl PathPattern {
    /// The path as a pattern, if it is one.
    pub fn of(path: &Path) -> Option<PathPattern> {
        let mut base = PathBuf::new();
        let mut rest: Vec<String> = Vec::new();
        for part in path.components() {
            let part_text = part.as_os_str().to_string_lossy();
            if rest.is_empty() && !is_meta(&part_text) {
                base.push(part);
            } else if part != Component::CurDir {
                rest.push(part_text.into_owned());
            }
        }
        if !is_meta(&path.to_string_lossy()) {
            return None;
        }
        let glob = GlobBuilder::new(&rest.join("/")).literal_separator(true).build().ok()?;
        if base.as_os_str().is_empty() {
            base.push(".");
        }
        let depth = (!rest.iter().any(|part| part.contains("**"))).then_some(rest.len());
        // `*.eml` asks for files of that kind; `*` does not ask for the images in between.
        let ending = rest.last().and_then(|last| last.rsplit_once('.')).map(|(_, ending)| ending);
        let any_kind = ending.is_some_and(|ending| !ending.is_empty() && !is_meta(ending) && !ending.contains('}'));
        Some(PathPattern { base, glob: glob.compile_matcher(), depth, any_kind })
    }

    /// Whether a path below the folder matches.
    pub fn fits(&self, path: &Path) -> bool {
        path.strip_prefix(&self.base).is_ok_and(|path| self.glob.is_match(path))
    }
}

/// Whether a text contains wildcards.
fn is_meta(text: &str) -> bool {
    text.contains(['*', '?', '[', '{'])
}
