//! Which templates a run is about: files, folders, patterns, and the standard input.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

use globset::{GlobBuilder, GlobMatcher};
use ignore::WalkBuilder;
use psalink::{Error, ErrorKind, SourceKind};

use crate::args::{EXAMPLES, TemplateArgs};
use crate::sessions::Sessions;
use crate::write::{could_not, reason, resolve, show};

/// One template to work on.
#[derive(Debug)]
pub struct Input {
    /// What holds its bytes.
    pub origin: Origin,
    /// What messages call it.
    pub name: String,
    pub kind: SourceKind,
    /// Where it goes below another folder.
    pub relative: PathBuf,
    /// Its settings.
    pub settings: usize,
}

/// What holds the bytes of a template.
#[derive(Debug)]
pub enum Origin {
    /// The standard input, read to its end.
    Stdin(Vec<u8>),
    /// A file.
    File(PathBuf),
    /// A link to a file.
    Link {
        /// The file that it leads to.
        to: PathBuf,
        /// Whether that lies outside the folder that the user gave.
        leads_out: bool,
    },
}

/// Everything that the paths on the command line lead to.
#[derive(Debug, Default)]
pub struct Found {
    pub inputs: Vec<Input>,
    /// What could not be found or looked at.
    pub errors: Vec<Error>,
    /// How many layouts were passed over.
    pub layouts: usize,
    /// Whether the command line names one file and nothing else.
    pub is_one_file: bool,
    /// The real paths of all inputs.
    pub real: HashSet<PathBuf>,
}

/// Finds the templates; looks past the paths in `own`, which psalink itself writes. A file that several paths lead to
/// is done once, but where the folder is `mirrored` a link in it stands for a file of its own.
///
/// # Errors
///
/// Settings that are wrong, and a command line that names no template.
pub fn find(args: &TemplateArgs, sessions: &mut Sessions, own: &[&Path], mirrored: bool) -> Result<Found, Error> {
    if args.paths.is_empty() {
        let detail =
            format!("no template is given; name files or folders, or `-` for the standard input\n\n{EXAMPLES}");
        return Err(Error::new(ErrorKind::Usage, detail));
    }
    let mut finder = Finder {
        sessions,
        own: own.iter().map(|path| resolve(path)).collect(),
        real_folders: HashMap::new(),
        excluded: HashMap::new(),
        seen: HashSet::new(),
        mirrored,
        found: Found::default(),
    };
    for path in &args.paths {
        if path.as_os_str() == "-" {
            finder.stdin(args.stdin_filename.as_deref())?;
        } else {
            finder.path(path)?;
        }
    }
    let mut found = finder.found;
    let is_folder = |path: &PathBuf| path.as_os_str() != "-" && fs::metadata(path).map_or(true, |it| it.is_dir());
    found.is_one_file = matches!(args.paths.as_slice(), [path] if !is_folder(path));
    Ok(found)
}

/// What a file's name says it holds.
fn kind(name: &str) -> SourceKind {
    let name = name.to_lowercase();
    if name.ends_with(".subject.txt") {
        SourceKind::Subject
    } else if name.ends_with(".txt") {
        SourceKind::Text
    } else {
        SourceKind::Html
    }
}

fn has_ending(path: &Path, endings: &[&str]) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    endings.iter().any(|ending| name.ends_with(ending))
}

fn is_template(path: &Path) -> bool {
    has_ending(path, &[".html", ".htm", ".txt"])
}

fn is_layout(path: &Path) -> bool {
    has_ending(path, &[".html.j2", ".txt.j2"])
}

struct Finder<'a> {
    sessions: &'a mut Sessions,
    own: Vec<PathBuf>,
    real_folders: HashMap<PathBuf, PathBuf>,
    excluded: HashMap<PathBuf, bool>,
    seen: HashSet<PathBuf>,
    mirrored: bool,
    found: Found,
}

impl Finder<'_> {
    fn stdin(&mut self, filename: Option<&Path>) -> Result<(), Error> {
        if self.found.inputs.iter().any(|input| matches!(input.origin, Origin::Stdin(_))) {
            return Ok(());
        }
        let mut bytes = Vec::new();
        if let Err(error) = io::stdin().lock().read_to_end(&mut bytes) {
            let detail = format!("could not read the standard input: {}", reason(&error));
            self.found.errors.push(Error::new(ErrorKind::Io, detail).because(error));
            return Ok(());
        }
        let settings = self.sessions.of_folder(filename.map_or(Path::new("."), folder_of))?;
        let name = filename.map_or_else(|| "<stdin>".to_owned(), show);
        self.found.inputs.push(Input {
            origin: Origin::Stdin(bytes),
            kind: kind(&name),
            name,
            relative: filename.and_then(Path::file_name).map(PathBuf::from).unwrap_or_default(),
            settings,
        });
        Ok(())
    }

    fn path(&mut self, path: &Path) -> Result<(), Error> {
        match fs::symlink_metadata(path) {
            Ok(_) => match fs::metadata(path) {
                Ok(metadata) if metadata.is_dir() => self.folder(path, path, None),
                Ok(_) => self.named_file(path),
                Err(error) => {
                    self.found.errors.push(link_error(path, error));
                    Ok(())
                }
            },
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                self.found.errors.push(could_not("read", path, error));
                Ok(())
            }
            Err(_) => self.pattern(path),
        }
    }

    fn named_file(&mut self, path: &Path) -> Result<(), Error> {
        if is_layout(path) {
            let detail = "this is a layout, and this version of psalink does not build layouts yet; name the finished \
                          template instead";
            self.found.errors.push(Error::new(ErrorKind::Usage, detail).at(show(path)));
            return Ok(());
        }
        let origin = match fs::symlink_metadata(path).is_ok_and(|it| it.is_symlink()).then(|| path.canonicalize()) {
            Some(Ok(to)) => Origin::Link { to, leads_out: false },
            _ => Origin::File(path.to_owned()),
        };
        let relative = path.file_name().map(PathBuf::from).unwrap_or_default();
        let settings = self.sessions.of_folder(folder_of(path))?;
        self.add(path, origin, relative, settings);
        Ok(())
    }

    fn pattern(&mut self, path: &Path) -> Result<(), Error> {
        let text = path.to_string_lossy();
        let is_meta = |text: &str| text.contains(['*', '?', '[', '{']);
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
        let glob =
            if is_meta(&text) { GlobBuilder::new(&rest.join("/")).literal_separator(true).build().ok() } else { None };
        let Some(glob) = glob else {
            let error = Error::new(ErrorKind::Io, "there is no file or folder of this name").at(show(path));
            self.found.errors.push(error);
            return Ok(());
        };
        if base.as_os_str().is_empty() {
            base.push(".");
        }
        let before = (self.found.inputs.len(), self.found.layouts, self.found.errors.len());
        if base.is_dir() {
            let depth = (!rest.iter().any(|part| part.contains("**"))).then_some(rest.len());
            // `*.eml` asks for files of that kind; `*` does not ask for the pictures in between.
            let ending = rest.last().and_then(|last| last.rsplit_once('.')).map(|(_, ending)| ending);
            let any_kind = ending.is_some_and(|ending| !ending.is_empty() && !is_meta(ending) && !ending.contains('}'));
            self.folder(&base, &base, Some(&Pattern { glob: glob.compile_matcher(), depth, any_kind }))?;
        }
        let is_known = before != (self.found.inputs.len(), self.found.layouts, self.found.errors.len());
        if !is_known {
            let detail = "there is no file of this name, and as a pattern it fits no template";
            self.found.errors.push(Error::new(ErrorKind::Io, detail).at(show(path)));
        }
        Ok(())
    }

    /// Takes the templates of a folder; `base` is what they are mirrored from.
    fn folder(&mut self, root: &Path, base: &Path, pattern: Option<&Pattern>) -> Result<(), Error> {
        let real_root = resolve(root);
        let own: Vec<PathBuf> = self
            .own
            .iter()
            .filter_map(|path| path.strip_prefix(&real_root).ok())
            .filter(|path| !path.as_os_str().is_empty())
            .map(|path| root.join(path))
            .collect();
        let walk = WalkBuilder::new(root)
            .require_git(false)
            .max_depth(pattern.and_then(|pattern| pattern.depth))
            .filter_entry(move |entry| entry.depth() == 0 || !own.iter().any(|own| own == entry.path()))
            .build();
        let mut paths = Vec::new();
        let mut folders = Vec::new();
        for entry in walk {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    self.found.errors.push(walk_error(root, &error));
                    continue;
                }
            };
            let path = entry.path();
            let file_type = entry.file_type();
            let is_folder = file_type.is_some_and(|it| it.is_dir());
            if let Some(pattern) = pattern {
                let fits = path.strip_prefix(root).is_ok_and(|path| pattern.glob.is_match(path));
                if !fits {
                    continue;
                }
                if is_folder {
                    folders.push(path.to_owned());
                    continue;
                }
            }
            let wanted = is_template(path) || is_layout(path) || pattern.is_some_and(|pattern| pattern.any_kind);
            if !is_folder && wanted {
                paths.push((entry.into_path(), file_type.is_some_and(|it| it.is_symlink())));
            }
        }
        paths.sort_unstable();
        for (path, is_link) in paths {
            self.walked_file(path, is_link, base, &real_root)?;
        }
        folders.sort_unstable();
        for folder in folders {
            self.folder(&folder, base, None)?;
        }
        Ok(())
    }

    fn walked_file(&mut self, path: PathBuf, is_link: bool, base: &Path, real_root: &Path) -> Result<(), Error> {
        let folder = folder_of(&path);
        let settings = self.sessions.of_folder(folder)?;
        if !self.sessions.config(settings).exclude.is_empty()
            && (self.sessions.config(settings).excludes(&path) || self.is_excluded(folder, settings))
        {
            return Ok(());
        }
        if is_layout(&path) {
            self.found.layouts += 1;
            return Ok(());
        }
        let origin = if is_link {
            match path.canonicalize() {
                Ok(to) if to.is_dir() => return Ok(()),
                Ok(to) => Origin::Link { leads_out: !to.starts_with(real_root), to },
                Err(error) => {
                    self.found.errors.push(link_error(&path, error));
                    return Ok(());
                }
            }
        } else {
            Origin::File(path.clone())
        };
        let relative = path.strip_prefix(base).unwrap_or(&path).to_owned();
        self.add(&path, origin, relative, settings);
        Ok(())
    }

    /// Whether the settings leave out a folder or one above it.
    fn is_excluded(&mut self, folder: &Path, settings: usize) -> bool {
        if let Some(&known) = self.excluded.get(folder) {
            return known;
        }
        let here = !folder.as_os_str().is_empty() && folder != Path::new(".");
        let excluded = here
            && (self.sessions.config(settings).excludes(folder)
                || folder.parent().is_some_and(|above| self.is_excluded(above, settings)));
        self.excluded.insert(folder.to_owned(), excluded);
        excluded
    }

    fn add(&mut self, path: &Path, origin: Origin, relative: PathBuf, settings: usize) {
        let real = match &origin {
            Origin::Link { to, .. } => to.clone(),
            _ => self.real(path),
        };
        let one = if self.mirrored { self.real(path) } else { real.clone() };
        if self.seen.insert(one) {
            self.found.real.insert(real);
            let name = show(path);
            self.found.inputs.push(Input { origin, kind: kind(&name), name, relative, settings });
        }
    }

    /// The real path of a file that is no link.
    fn real(&mut self, path: &Path) -> PathBuf {
        let folder = folder_of(path);
        let name = path.file_name().unwrap_or_default();
        if let Some(real) = self.real_folders.get(folder) {
            return real.join(name);
        }
        let real = resolve(folder);
        let path = real.join(name);
        self.real_folders.insert(folder.to_owned(), real);
        path
    }
}

struct Pattern {
    glob: GlobMatcher,
    /// How deep it can reach.
    depth: Option<usize>,
    /// Whether it asks for files of any name.
    any_kind: bool,
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

fn link_error(path: &Path, error: io::Error) -> Error {
    if error.kind() != io::ErrorKind::NotFound {
        return could_not("read", path, error);
    }
    let to = fs::read_link(path).map(|to| format!(" `{}`", to.display())).unwrap_or_default();
    Error::new(ErrorKind::Io, format!("this is a link to{to}, which does not exist")).at(show(path)).because(error)
}

/// What a folder walk stumbled on.
fn walk_error(root: &Path, error: &ignore::Error) -> Error {
    let mut path = root;
    let mut inner = error;
    loop {
        match inner {
            ignore::Error::WithPath { path: at, err } => (path, inner) = (at, err),
            ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => inner = err,
            _ => break,
        }
    }
    let why = inner.io_error().map_or_else(|| inner.to_string(), reason);
    let what = if path.is_dir() { "folder" } else { "file" };
    Error::new(ErrorKind::Io, format!("could not read the {what}: {why}")).at(show(path))
}
