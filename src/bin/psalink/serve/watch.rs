//! Notifications about files that change while the workbench is open.

use std::path::Path;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use notify_debouncer_full::notify::{RecommendedWatcher, RecursiveMode};
use notify_debouncer_full::{DebounceEventResult, Debouncer, RecommendedCache, new_debouncer};
use psalink::{Error, ErrorKind};
use tokio::sync::mpsc::UnboundedSender;

use super::event::Event;
use super::workbench::Workbench;
use crate::atomic_write::PREFIX;
use crate::paths::{name, real_path, show};

/// How long a file must be quiet, since editors write in several steps.
const QUIET: Duration = Duration::from_millis(30);

/// How often the files outside the folder are checked.
const PAUSE: Duration = Duration::from_millis(300);

/// How often to wait for quiet; files that never come to rest are reported anyway.
const TRIES: usize = 20;

/// Reports changed files for as long as this is kept.
#[derive(Debug)]
pub struct Watch {
    _folder: Option<Debouncer<RecommendedWatcher, RecommendedCache>>,
    /// Ends the thread that checks files outside the folder.
    _end: mpsc::Sender<()>,
}

/// Watches the folder of a workbench and the outside files that it depends on, and reports problems with the settings
/// to the terminal, now and later.
pub fn start(workbench: &Arc<Workbench>, tell: UnboundedSender<Event>) -> (Watch, Option<Error>) {
    let (due, is_due) = mpsc::channel();
    let folder = workbench.folder().map(|folder| watch_folder(workbench, folder, due.clone()));
    let (folder, error) = match folder {
        None => (None, None),
        Some(Ok(debouncer)) => (Some(debouncer), None),
        Some(Err(error)) => (None, Some(error)),
    };
    let workbench = Arc::clone(workbench);
    std::thread::spawn(move || look_outside(&workbench, &is_due, &tell));
    (Watch { _folder: folder, _end: due }, error)
}

fn watch_folder(
    workbench: &Arc<Workbench>,
    folder: &Path,
    due: mpsc::Sender<()>,
) -> Result<Debouncer<RecommendedWatcher, RecommendedCache>, Error> {
    let workbench = Arc::clone(workbench);
    let root = real_path(folder);
    let tell = move |events: DebounceEventResult| {
        let Ok(events) = events else { return };
        let paths = events.iter().filter(|event| !event.kind.is_access()).flat_map(|event| &event.paths);
        let mut paths: Vec<String> =
            paths.filter(|path| matters(path) || is_folder(path, &root)).map(|path| name(path)).collect();
        paths.sort_unstable();
        paths.dedup();
        if !paths.is_empty() {
            workbench.changed(&paths);
            let _ = due.send(()); // the other thread ends with the program
        }
    };
    let watch = || {
        let mut debouncer = new_debouncer(QUIET, None, tell)?;
        debouncer.watch(folder, RecursiveMode::Recursive)?;
        Ok(debouncer)
    };
    watch().map_err(|error: notify_debouncer_full::notify::Error| {
        let detail = format!("psalink cannot watch this folder for changes ({error}); reload the page to see them");
        Error::new(ErrorKind::Io, detail).at(show(folder)).because(error)
    })
}

/// Follows the files outside the folder, and the state of the settings.
fn look_outside(workbench: &Workbench, due: &mpsc::Receiver<()>, tell: &UnboundedSender<Event>) {
    let mut reported = None;
    let mut is_due = true;
    loop {
        if is_due {
            let problem = workbench.problem();
            let text = problem.as_ref().map(ToString::to_string);
            if text != reported {
                reported = text;
                if tell.send(Event::Settings(problem)).is_err() {
                    return;
                }
            }
        }
        is_due = match due.recv_timeout(PAUSE) {
            Ok(()) => true,
            Err(mpsc::RecvTimeoutError::Timeout) => false,
            Err(mpsc::RecvTimeoutError::Disconnected) => return,
        };
        while due.try_recv().is_ok() {}
        let mut paths = workbench.outside().changed();
        if paths.is_empty() {
            continue;
        }
        for _ in 0..TRIES {
            std::thread::sleep(QUIET);
            match workbench.outside().changed() {
                more if more.is_empty() => break,
                more => paths.extend(more),
            }
        }
        let mut paths: Vec<String> = paths.iter().map(|path| name(path)).collect();
        paths.sort_unstable();
        paths.dedup();
        workbench.changed(&paths);
        is_due = true;
    }
}

/// Whether a file can affect what the workbench shows; files that psalink is still writing cannot.
fn matters(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let endings = [".html", ".htm", ".txt", ".j2", ".yaml", ".yml", ".snap"];
    !name.starts_with(PREFIX) && endings.iter().any(|ending| name.to_lowercase().ends_with(ending))
}

/// Whether a path may be a folder, which appears and disappears with all its templates; hidden folders have none.
fn is_folder(path: &Path, root: &Path) -> bool {
    let inside = real_path(path);
    let inside = inside.strip_prefix(root).unwrap_or(&inside);
    let is_hidden = inside.iter().any(|name| name.as_encoded_bytes().starts_with(b"."));
    (path.is_dir() || path.extension().is_none()) && !is_hidden
}
