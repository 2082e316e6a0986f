//! What the names of files say: which are templates, which belong to one mail, which are put together.

use std::path::{Path, PathBuf};

/// Whether a name is that of a source.
pub(crate) fn is_composed(name: &str) -> bool {
    name.len() > 3 && name.as_bytes()[name.len() - 3..].eq_ignore_ascii_case(b".j2")
}

/// The folder of a template, and its name without what tells its files apart: `note` of `note.subject.txt`.
pub(crate) fn stem(path: &Path) -> Option<(PathBuf, &str)> {
    let name = path.file_name()?.to_str()?;
    let name = name.strip_suffix(".j2").unwrap_or(name);
    let stem = [".subject.txt", ".html", ".htm", ".txt"].iter().find_map(|end| name.strip_suffix(end))?;
    Some((path.parent().unwrap_or(Path::new("")).to_owned(), stem))
}
