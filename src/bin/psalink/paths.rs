//! Paths: the folder of a file, its real location, and how messages show it.

use std::path::Path;

pub use psalink::source::real_path;
use psalink::visible::visible;

/// A path as messages show it.
pub fn show(path: &Path) -> String {
    visible(&name(path)).into_owned()
}

/// The name of a path, which still finds the file if it is valid UTF-8.
pub fn name(path: &Path) -> String {
    let path = path.strip_prefix(".").unwrap_or(path);
    match path.to_str() {
        Some("") => ".".to_owned(),
        Some(path) => path.to_owned(),
        None => path.display().to_string(),
    }
}

/// The folder of a file; the current one if its path has no folder.
pub fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Whether a path is a device or an open file: `/dev/stdout`, `/dev/fd/63`.
pub fn is_of_system(path: &Path) -> bool {
    cfg!(unix) && std::path::absolute(path).is_ok_and(|path| path.starts_with("/dev") || path.starts_with("/proc"))
}

/// Whether a path can only be a folder.
pub fn ends_like_a_folder(path: &Path) -> bool {
    path.as_os_str().to_string_lossy().ends_with(std::path::is_separator)
}
