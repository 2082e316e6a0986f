//! News of files that change while the workbench is open.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use notify_debouncer_full::notify::{RecommendedWatcher, RecursiveMode};
use notify_debouncer_full::{DebounceEventResult, Debouncer, RecommendedCache, new_debouncer};
use psalink::{Error, ErrorKind};

use super::workbench::Workbench;
use crate::write::{PREFIX, name, resolve, show};

/// How long a file must be quiet; editors write in several steps.
const QUIET: Duration = Duration::from_millis(30);

/// Watches the folder of a workbench, for as long as what it gives is kept.
pub fn start(workbench: &Arc<Workbench>) -> Option<Result<Debouncer<RecommendedWatcher, RecommendedCache>, Error>> {
    let folder = workbench.folder()?.to_owned();
    let told = Arc::clone(workbench);
    let root = resolve(&folder);
    let tell = move |events: DebounceEventResult| {
        let Ok(events) = events else { return };
        let paths = events.iter().filter(|event| !event.kind.is_access()).flat_map(|event| &event.paths);
        let mut paths: Vec<String> =
            paths.filter(|path| matters(path) || is_folder(path, &root)).map(|path| name(path)).collect();
        paths.sort_unstable();
        paths.dedup();
        if !paths.is_empty() {
            told.changed(&paths);
        }
    };
    let watch = || {
        let mut debouncer = new_debouncer(QUIET, None, tell)?;
        debouncer.watch(&folder, RecursiveMode::Recursive)?;
        Ok(debouncer)
    };
    Some(watch().map_err(|error: notify_debouncer_full::notify::Error| {
        let detail = format!("cannot tell when files here change, so load the page anew yourself: {error}");
        Error::new(ErrorKind::Io, detail).at(show(&folder)).because(error)
    }))
}

/// Whether a file can change what the workbench shows; those that psalink is still writing cannot.
fn matters(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let endings = [".html", ".htm", ".txt", ".j2", ".yaml", ".yml", ".snap"];
    !name.starts_with(PREFIX) && endings.iter().any(|ending| name.to_lowercase().ends_with(ending))
}

/// Whether a path may be that of a folder, which comes and goes with all templates in it; hidden ones hold none.
fn is_folder(path: &Path, root: &Path) -> bool {
    let inside = resolve(path);
    let inside = inside.strip_prefix(root).unwrap_or(&inside);
    let is_hidden = inside.iter().any(|name| name.as_encoded_bytes().starts_with(b"."));
    (path.is_dir() || path.extension().is_none()) && !is_hidden
}
