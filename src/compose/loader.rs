//! The files that templates are composed from: found by name, and read once.

use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::room::Workroom;
use super::{bounds, front_matter};
use crate::error::{Error, ErrorKind};
use crate::nearest::nearest;
use crate::source::reading::Reading;
use crate::source::{Source, SourceKind};
use crate::span::Span;

/// Composes templates. It reads layouts and partials only once for many templates; a new composer sees what has changed
/// since.
#[derive(Clone, Debug, Default)]
pub struct Composer {
    files: Arc<Mutex<HashMap<String, SourceFile>>>,
    /// Identifies this composer where files are read for several.
    run: u64,
    /// Where templates are composed, if not in this process.
    room: Option<Arc<dyn Workroom>>,
}

/// The largest source, layout or partial in bytes: larger than any message, and small enough to process.
const LARGEST: usize = 8 << 20;

/// The number of the next composer that lets others read.
static NEXT_RUN: AtomicU64 = AtomicU64::new(1);

/// A file whose bytes are known to be UTF-8.
#[derive(Clone, Debug)]
pub(super) struct SourceFile {
    pub source: Arc<Source>,
}

/// A line and a column, both counted from 1.
pub(super) type LineColumn = (usize, usize);

/// The end of the key of the settings at the top of a file, which are a separate text. Paths never contain this
/// character.
pub(super) const TOP: &str = "\0top";

/// The start of a key that does not refer to a file; the rest is a number.
const NO_FILE: char = '\u{1}';

/// What one template may use, and what it has used.
#[derive(Debug)]
pub(super) struct Library {
    composer: Composer,
    pub root: SourceFile,
    /// The folder of psalink.yaml, for messages.
    project: PathBuf,
    /// The folders that may contain the files.
    homes: Vec<PathBuf>,
    /// The same folders, or fewer, for files after following all links.
    reading: Reading,
    log: Mutex<UseLog>,
}

/// What was requested.
#[derive(Debug, Default)]
pub(super) struct UseLog {
    /// Which file used which, in order of first use.
    pub uses: Vec<(String, String)>,
    /// The names that refer to no file, or to none that may be used.
    lost: Vec<Lost>,
    /// The keys by name and by the file that uses it: a loop may ask a thousand times.
    keys: HashMap<(String, String), String>,
}

#[derive(Clone, Debug)]
struct Lost {
    /// What is wrong with the name.
    detail: String,
    /// Whether the file does not exist, which a template may allow.
    is_missing: bool,
}

impl Composer {
    pub(super) fn of_room(room: Arc<dyn Workroom>) -> Composer {
        let run = NEXT_RUN.fetch_add(1, Ordering::Relaxed);
        Composer { files: Arc::default(), run, room: Some(room) }
    }

    pub(super) fn room(&self) -> Option<&dyn Workroom> {
        self.room.as_deref()
    }

    pub(super) fn run(&self) -> u64 {
        self.run
    }

    /// Discards what was read for another run.
    pub(super) fn begin_run(&mut self, run: u64) {
        if self.run != run {
            *self = Composer { run, ..Composer::default() };
        }
    }

    /// The same file, shared with others that have the same content.
    pub(super) fn known(&self, file: SourceFile) -> SourceFile {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        match files.get(file.name()) {
            Some(known) if known.source.bytes() == file.source.bytes() => known.clone(),
            _ => {
                files.insert(file.name().to_owned(), file.clone());
                file
            }
        }
    }

    /// The file at that path.
    pub(super) fn file(&self, name: &str, kind: SourceKind, reading: &Reading) -> Result<SourceFile, Error> {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(file) = files.get(name) {
            return Ok(file.clone());
        }
        let bytes = reading.read(Path::new(name)).map_err(|error| Error::could_not("read the file", error).at(name))?;
        check_size(name, bytes.len() as u64)?;
        let file = checked(Source::read(name, bytes, kind, Some("utf-8"))?)?;
        files.insert(name.to_owned(), file.clone());
        Ok(file)
    }
}

impl SourceFile {
    pub fn name(&self) -> &str {
        self.source.name()
    }

    /// Where the text begins: after a byte order mark.
    pub fn start(&self) -> usize {
        if self.source.bytes().starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 }
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.source.bytes()[self.start()..]).unwrap_or_default()
    }

    /// The line and column of an offset in the text.
    pub fn place(&self, offset: usize) -> LineColumn {
        let at = self.source.position(self.start() + offset);
        (at.line, at.column)
    }
}

/// A source that is valid UTF-8.
///
/// # Errors
///
/// A source that is not, at its first invalid byte.
pub(super) fn checked(source: Source) -> Result<SourceFile, Error> {
    check_size(source.name(), source.bytes().len() as u64)?;
    let wrong = match source.invalid_utf8() {
        None if source.encoding() == "UTF-8" => return Ok(SourceFile { source: Arc::new(source) }),
        None => Span::default(),
        Some(wrong) => wrong,
    };
    let at = source.position(wrong.start as usize);
    let detail = "this file is not UTF-8, which is required for templates that are built from other files; save it as \
                  UTF-8";
    Err(Error::new(ErrorKind::Encoding, detail).at(source.name()).at_place(at.line, at.column))
}

fn check_size(name: &str, length: u64) -> Result<(), Error> {
    if length <= LARGEST as u64 {
        return Ok(());
    }
    let detail = format!(
        "this file is larger than {} MB, the limit for templates that are built from other files; remove anything that \
         is not text, such as embedded images",
        LARGEST >> 20
    );
    Err(Error::new(ErrorKind::Template, detail).at(name))
}

impl Library {
    /// `project` is the folder of psalink.yaml, and `shared` says where the files that templates share may be.
    pub fn new(project: &Path, shared: &Reading, composer: &Composer, root: SourceFile) -> Library {
        let folder = Path::new(root.name()).parent().unwrap_or(Path::new(""));
        let homes: Vec<PathBuf> = [project, folder].map(absolute).into();
        let reading = match shared.is_confined() {
            true => shared.clone(),
            false => homes.iter().fold(shared.clone(), |reading, home| reading.within(home)),
        };
        let project = project.strip_prefix(".").unwrap_or(project).to_owned();
        Library { composer: composer.clone(), root, project, homes, reading, log: Mutex::default() }
    }

    /// The key of the file that `name` refers to in the file with the key `parent`.
    pub fn join(&self, name: &str, parent: &str) -> String {
        let parent = parent.strip_suffix(TOP).unwrap_or(parent);
        let request = (name.to_owned(), parent.to_owned());
        if let Some(key) = self.log().keys.get(&request) {
            return key.clone();
        }
        let found = self.find(name, parent);
        let mut log = self.log();
        let key = match found {
            Ok(key) => {
                log.uses.push((parent.to_owned(), key.clone()));
                key
            }
            Err(lost) => {
                log.lost.push(lost);
                format!("{NO_FILE}{}", log.lost.len() - 1)
            }
        };
        log.keys.insert(request, key.clone());
        key
    }

    /// The text for a key: that of a file with its settings turned into a comment, or only the settings.
    ///
    /// # Errors
    ///
    /// A file that cannot be read, a name that may not be used, or a text that is nested too deeply.
    pub fn load(&self, key: &str) -> Result<Option<String>, Error> {
        if let Some(lost) = self.lost(key) {
            return if lost.is_missing { Ok(None) } else { Err(Error::new(ErrorKind::Template, lost.detail)) };
        }
        let name = key.strip_suffix(TOP).unwrap_or(key);
        let file = self.file(name)?;
        let end = front_matter::end_of(file.text(), SourceKind::of(name));
        let text = if name.len() < key.len() {
            if let Some(at) = front_matter::glued_end(file.text(), end) {
                let (line, column) = file.place(at);
                let detail = "write a space before the `%}` at the end of a setting: `{% endif %}`";
                return Err(Error::new(ErrorKind::Template, detail).at(name).at_place(line, column));
            }
            front_matter::alone(file.text(), end)
        } else {
            front_matter::hidden(file.text(), end)
        };
        bounds::check(&text).map_err(|(at, detail)| {
            let (line, column) = file.place(at);
            Error::new(ErrorKind::Template, detail).at(name).at_place(line, column)
        })?;
        Ok(Some(text))
    }

    /// The file of a key.
    ///
    /// # Errors
    ///
    /// A file that cannot be read.
    pub fn file(&self, key: &str) -> Result<SourceFile, Error> {
        let name = key.strip_suffix(TOP).unwrap_or(key);
        if name == self.root.name() {
            return Ok(self.root.clone());
        }
        self.composer.file(name, SourceKind::of(name), &self.reading)
    }

    /// What is wrong with the name of a key that refers to no file.
    pub fn lost_detail(&self, key: &str) -> Option<String> {
        self.lost(key).map(|lost| lost.detail)
    }

    /// The last name that referred to no file.
    pub fn last_missing(&self) -> Option<String> {
        self.log().lost.iter().rev().find(|lost| lost.is_missing).map(|lost| lost.detail.clone())
    }

    pub fn log(&self) -> MutexGuard<'_, UseLog> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A cycle of files that use each other, as reached from the template: `a`, `b`, `a`.
    pub fn ring(&self) -> Option<Vec<String>> {
        let log = self.log();
        let mut path = vec![self.root.name().to_owned()];
        let mut done = Vec::new();
        fn visit(uses: &[(String, String)], path: &mut Vec<String>, done: &mut Vec<String>) -> Option<Vec<String>> {
            let last = path.last()?.clone();
            for (_, next) in uses.iter().filter(|(user, _)| *user == last) {
                if let Some(at) = path.iter().position(|known| known == next) {
                    let mut ring = path[at..].to_vec();
                    ring.push(next.clone());
                    return Some(ring);
                }
                if !done.contains(next) {
                    path.push(next.clone());
                    if let Some(ring) = visit(uses, path, done) {
                        return Some(ring);
                    }
                    path.pop();
                }
            }
            done.push(last);
            None
        }
        visit(&log.uses, &mut path, &mut done)
    }

    fn lost(&self, key: &str) -> Option<Lost> {
        let index: usize = key.strip_prefix(NO_FILE)?.parse().ok()?;
        self.log().lost.get(index).cloned()
    }

    fn find(&self, name: &str, parent: &str) -> Result<String, Lost> {
        let refuse = |detail: String| Lost { detail, is_missing: false };
        if name.starts_with(['/', '\\']) || Path::new(name).is_absolute() || name.get(1..2) == Some(":") {
            return Err(refuse(format!(
                "`{name}` is an absolute path; write it relative to this file or to the folder of psalink.yaml"
            )));
        }
        let folder = Path::new(parent).parent().unwrap_or(Path::new(""));
        let candidates = [folder, &self.project].map(|folder| normal(&folder.join(name)));
        let may_use = |path: &PathBuf| self.homes.iter().any(|home| absolute(path).starts_with(home));
        let allowed: Vec<PathBuf> = candidates.into_iter().filter(may_use).collect();
        let leads_out = || refuse(format!("`{name}` is outside the project folder; move the file into it"));
        if allowed.is_empty() {
            return Err(leads_out());
        }
        if !name.to_ascii_lowercase().ends_with(".j2") {
            return Err(refuse(format!(
                "`{name}` cannot be used in a template, because only files ending in .j2 are filled in; rename it to \
                 `{name}.j2`"
            )));
        }
        match allowed.iter().find(|path| path.metadata().is_ok_and(|metadata| !metadata.is_dir())) {
            // A link is allowed or refused by where it really leads.
            Some(path) if self.reading.check(path).is_err() => Err(leads_out()),
            Some(path) => Ok(path.to_string_lossy().into_owned()),
            None if allowed.iter().any(|path| path.is_dir()) => {
                Err(refuse(format!("`{name}` is a folder; name a file in it")))
            }
            None => Err(Lost { detail: self.missing(name, &allowed), is_missing: true }),
        }
    }

    /// The message about a name that refers to no file.
    fn missing(&self, name: &str, candidates: &[PathBuf]) -> String {
        let near = candidates.iter().find_map(|path| {
            let wrong = path.file_name()?.to_str()?;
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            let entries = std::fs::read_dir(folder).ok()?;
            let mut names: Vec<String> = entries
                .flatten()
                .filter_map(|entry| entry.file_name().into_string().ok())
                .filter(|name| name.ends_with(".j2") && name != wrong)
                .collect();
            names.sort_unstable();
            let folder = &name[..name.len().checked_sub(wrong.len())?];
            Some(nearest(wrong, names.iter().map(String::as_str))?.question_of(|right| format!("{folder}{right}")))
        });
        match near {
            Some(hint) => format!("there is no file `{name}`; {hint}"),
            None => format!("there is no file `{name}` in the folder of this file or in that of psalink.yaml"),
        }
    }
}

fn absolute(path: &Path) -> PathBuf {
    let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    normal(&std::path::absolute(path).unwrap_or_else(|_| path.to_owned()))
}

/// A path without `.` and, where possible, without `..`.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(normal.components().next_back(), Some(Component::Normal(_))) => {
                normal.pop();
            }
            Component::ParentDir if normal.has_root() => {}
            part => normal.push(part),
        }
    }
    normal
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SourceKind;

    #[test]
    fn paths_lose_their_detours() {
        for (path, right) in [
            ("./a/../b", "b"),
            ("a/./b/../../c", "c"),
            ("../a", "../a"),
            ("a/../../b", "../b"),
            ("/a/../../b", "/b"),
            ("", ""),
        ] {
            assert_eq!(normal(Path::new(path)), Path::new(right), "{path}");
        }
    }

    #[test]
    fn a_source_must_be_utf_8() {
        let read = |bytes: &[u8]| checked(Source::read("a.html.j2", bytes.to_vec(), SourceKind::Html, Some("utf-8"))?);
        assert_eq!(read(b"\xEF\xBB\xBFa").unwrap().text(), "a");
        let error = read(b"<p>\n caf\xE9").unwrap_err();
        assert_eq!(error.place(), Some((2, 5)));
        assert!(read(b"\xFF\xFEa\0").unwrap_err().to_string().contains("save it as UTF-8"));
    }
}
