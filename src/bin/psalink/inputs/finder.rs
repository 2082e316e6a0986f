//! The templates that a run is about: files, folders, patterns, and standard input.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use foldhash::fast::RandomState;
use ignore::DirEntry;
use psalink::file_names::{finished, is_partial, is_source, is_template};
use psalink::source::plain_file;
use psalink::{Error, ErrorKind, SourceKind};

use super::empty;
use super::exclusion::Exclusion;
use super::input::{Found, Input, InputOrigin};
use super::own_folders::{is_passed_over, not_a_folder_of_templates, not_a_template};
use super::pattern::PathPattern;
use super::sessions::Sessions;
use super::stdin;
use super::walk::{Walk, in_order, walk_error};
use crate::args::{EXAMPLES, TemplateArgs};
use crate::paths::{folder_of, is_of_system, name, real_path, show};

/// Finds the templates. Skips the paths in `own`, which psalink itself writes. A file that several paths lead to is
/// processed once, unless the folder is `mirrored`: then a link in it counts as a separate file.
///
/// # Errors
///
/// Invalid settings, and a command line that names no template.
pub fn find(args: &TemplateArgs, sessions: &mut Sessions, own: &[&Path], mirrored: bool) -> Result<Found, Error> {
    if args.paths.is_empty() {
        let detail = format!("no template was given; name files or folders, or `-` for standard input\n\n{EXAMPLES}");
        return Err(Error::new(ErrorKind::Usage, detail));
    }
    let mut finder = Finder {
        sessions,
        own: own.iter().map(|path| real_path(path)).collect(),
        folder: None,
        exclusion: Exclusion::new(args.force_exclude),
        known: 0,
        seen: HashSet::default(),
        mirrored,
        is_alone: !mirrored && args.paths.len() == 1,
        has_stdin: false,
        found: Found::default(),
    };
    let mut nothing = Vec::new();
    for path in &args.paths {
        if path.as_os_str() == "-" {
            finder.stdin(args.stdin_filename.as_deref())?;
        } else {
            let (before, left_out) = (finder.count(), finder.exclusion.left_out);
            finder.path(path)?;
            if finder.count() == before {
                nothing.push((path, finder.exclusion.left_out - left_out));
            }
        }
    }
    finder.explain(&nothing)?;
    let mut found = finder.found;
    let is_folder =
        |path: &PathBuf| path.as_os_str() != "-" && fs::metadata(path).map_or(true, |metadata| metadata.is_dir());
    found.is_one_file = matches!(args.paths.as_slice(), [path] if !is_folder(path));
    Ok(found)
}

struct Finder<'a> {
    sessions: &'a mut Sessions,
    own: Vec<PathBuf>,
    /// The folder of the last file.
    folder: Option<TemplateFolder>,
    exclusion: Exclusion,
    /// How often a path led to a file that was there already.
    known: usize,
    /// The files of a mirrored folder.
    seen: HashSet<PathBuf, RandomState>,
    mirrored: bool,
    /// Whether every path leads to a different file.
    is_alone: bool,
    has_stdin: bool,
    found: Found,
}

impl Finder<'_> {
    fn stdin(&mut self, filename: Option<&Path>) -> Result<(), Error> {
        if std::mem::replace(&mut self.has_stdin, true) {
            return Ok(());
        }
        let bytes = match self.sessions.reading().read_pipe(|| Ok(io::stdin()), stdin::timeouts()) {
            Ok(bytes) => bytes,
            Err(error) => {
                self.found.errors.push(Error::could_not("read standard input", error));
                return Ok(());
            }
        };
        let settings = self.sessions.of_folder(filename.map_or(Path::new("."), folder_of))?;
        let name = filename.map_or_else(|| "<stdin>".to_owned(), name);
        self.found.inputs.push(Input {
            origin: InputOrigin::Stdin(bytes),
            kind: SourceKind::of(&name),
            composed: is_source(Path::new(&name)),
            named: true,
            name,
            relative: finished(filename.and_then(Path::file_name).map(PathBuf::from).unwrap_or_default()),
            settings,
        });
        Ok(())
    }

    fn path(&mut self, path: &Path) -> Result<(), Error> {
        match fs::symlink_metadata(path) {
            Ok(_) => match fs::metadata(path) {
                Ok(metadata) if metadata.is_dir() => self.named_folder(path, path, None),
                Ok(_) => self.named_file(path),
                Err(error) => {
                    self.found.errors.push(link_error(path, error));
                    Ok(())
                }
            },
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                self.found.errors.push(Error::could_not("read the file", error).at(show(path)));
                Ok(())
            }
            Err(_) => self.pattern(path),
        }
    }

    /// How much was found, and how much of it cannot be looked at.
    fn count(&self) -> usize {
        self.found.inputs.len() + self.found.errors.len() + self.known
    }

    /// Says why paths lead to no template. A run that finds nothing at all has failed, unless it was asked to pass over
    /// what it was given.
    fn explain(&mut self, nothing: &[(&PathBuf, usize)]) -> Result<(), Error> {
        self.found.notes.extend(self.exclusion.note());
        let is_empty = self.count() == 0;
        for &(path, left_out) in nothing {
            if left_out > 0 && self.exclusion.is_forced {
                let text = format!("`{}`: left out by `exclude` in psalink.yaml", show(path));
                self.found.notes.push(text);
                continue;
            }
            let pattern = PathPattern::of(path).filter(|_| fs::symlink_metadata(path).is_err());
            let folder = pattern.map_or_else(|| path.clone(), |pattern| pattern.base);
            let settings = self.sessions.of_folder(&folder)?;
            let error = empty::error(path, &folder, &self.own, self.sessions.config(settings), left_out);
            match is_empty {
                true => self.found.nothing.push(error),
                false => self.found.notes.push(error.to_string()),
            }
        }
        Ok(())
    }

    /// A folder that the command line names, or that one of its patterns begins in.
    fn named_folder(&mut self, root: &Path, base: &Path, pattern: Option<&PathPattern>) -> Result<(), Error> {
        if let Some(detail) = not_a_folder_of_templates(root) {
            self.found.errors.push(Error::new(ErrorKind::Usage, detail).at(show(root)));
            return Ok(());
        }
        let settings = self.sessions.of_folder(root)?;
        self.exclusion.lift(root, settings, self.sessions.config(settings));
        let before = self.count();
        self.folder(root, base, pattern)?;
        if self.count() > before {
            self.exclusion.note_lifted(root, self.sessions.config(settings));
        }
        Ok(())
    }

    fn named_file(&mut self, path: &Path) -> Result<(), Error> {
        // A system pipe is in no project.
        let folder = if is_of_system(path) { Path::new(".") } else { folder_of(path) };
        let settings = self.enter(folder, folder)?.settings;
        if let Some(detail) = not_a_template(path) {
            self.found.errors.push(Error::new(ErrorKind::Usage, detail).at(show(path)));
            return Ok(());
        }
        if self.exclusion.leaves_out_named(path, folder, settings, self.sessions.config(settings)) {
            return Ok(());
        }
        if is_source(path) && is_partial(path, self.project(settings)) {
            let detail = "the `_` at the beginning of its name, or of its folder's name, means that this file is only used \
                          by other templates; name a template that uses it";
            self.found.errors.push(Error::new(ErrorKind::Usage, detail).at(show(path)));
            return Ok(());
        }
        let origin =
            match fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink()).then(|| path.canonicalize()) {
                // What comes through a pipe can be read only once, and cannot be changed in place.
                _ if plain_file::is_pipe(path) => match self.sessions.reading().read_named(path) {
                    Ok(bytes) => InputOrigin::Stdin(bytes),
                    Err(error) => {
                        self.found.errors.push(Error::could_not("read the file", error).at(show(path)));
                        return Ok(());
                    }
                },
                Some(Ok(to)) => InputOrigin::Link { to, leads_out: false },
                _ => InputOrigin::File(path.to_owned()),
            };
        let relative = path.file_name().map(PathBuf::from).unwrap_or_default();
        self.add(path, origin, relative, settings, true);
        Ok(())
    }

    /// The folder that contains the settings.
    fn project(&self, settings: usize) -> Option<&Path> {
        self.sessions.config(settings).path().map(folder_of)
    }

    fn pattern(&mut self, path: &Path) -> Result<(), Error> {
        let Some(pattern) = PathPattern::of(path) else {
            let error = Error::new(ErrorKind::Io, "there is no file or folder with this name").at(show(path));
            self.found.errors.push(error);
            return Ok(());
        };
        let before = (self.count(), self.found.partials, self.exclusion.left_out);
        self.is_alone = false; // `a/**` fits the folder `a/b` and what is in it
        if pattern.base.is_dir() {
            self.named_folder(&pattern.base, &pattern.base, Some(&pattern))?;
        }
        let is_known = before != (self.count(), self.found.partials, self.exclusion.left_out);
        if !is_known {
            let detail = "there is no file with this name, and no template matches it as a pattern";
            self.found.errors.push(Error::new(ErrorKind::Io, detail).at(show(path)));
        }
        Ok(())
    }

    /// Adds the templates in a folder; `base` is the folder that they are mirrored from.
    fn folder(&mut self, root: &Path, base: &Path, pattern: Option<&PathPattern>) -> Result<(), Error> {
        let real_root = real_path(root);
        let own: Vec<PathBuf> = self
            .own
            .iter()
            .filter_map(|path| path.strip_prefix(&real_root).ok())
            .filter(|path| !path.as_os_str().is_empty())
            .map(|path| root.join(path))
            .collect();
        let enters = move |entry: &DirEntry| {
            let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
            let is_left_out = own.iter().any(|own| own == entry.path()) || is_folder && is_passed_over(entry.path());
            !is_left_out
        };
        let mut walk = match Walk::new(root, pattern.and_then(|pattern| pattern.depth), enters) {
            Ok(walk) => walk,
            Err(error) => {
                self.found.errors.push(error);
                return Ok(());
            }
        };
        let mut paths = Vec::new();
        let mut folders = Vec::new();
        for entry in &mut walk {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    self.found.errors.push(walk_error(root, &error));
                    continue;
                }
            };
            let path = entry.path();
            let file_type = entry.file_type();
            let is_folder = file_type.is_some_and(|kind| kind.is_dir());
            if let Some(pattern) = pattern {
                if !pattern.fits(path) {
                    continue;
                }
                if is_folder {
                    folders.push(path.to_owned());
                    continue;
                }
            }
            let wanted = is_template(path) || is_source(path) || pattern.is_some_and(|pattern| pattern.any_kind);
            if !is_folder && wanted {
                let is_link = file_type.is_some_and(|kind| kind.is_symlink());
                match file_type.is_some_and(|kind| kind.is_file()) || is_link {
                    true => paths.push((entry.into_path(), is_link)),
                    false => self.found.errors.push(no_file(path)),
                }
            }
        }
        self.found.errors.extend(walk.refused());
        if paths.is_empty() && pattern.is_none() {
            // Invalid settings are reported even if no template needs them yet.
            self.sessions.of_folder(root)?;
        }
        paths.sort_unstable_by(|(left, _), (right, _)| in_order(left, right));
        self.is_alone &= paths.iter().all(|(_, is_link)| !is_link);
        self.found.inputs.reserve(paths.len());
        self.found.real.reserve(if self.is_alone { 0 } else { paths.len() });
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
        let settings = self.enter(folder, base)?.settings;
        if self.exclusion.leaves_out(&path, folder, settings, self.sessions.config(settings)) {
            return Ok(());
        }
        if is_source(&path) && is_partial(&path, self.project(settings).or(Some(base))) {
            self.found.partials += 1;
            return Ok(());
        }
        let origin = if is_link {
            match path.canonicalize() {
                Ok(to) if to.is_dir() => return Ok(()),
                Ok(to) if !to.is_file() => {
                    self.found.errors.push(no_file(&path));
                    return Ok(());
                }
                Ok(to) => InputOrigin::Link { leads_out: !to.starts_with(real_root), to },
                Err(error) => {
                    self.found.errors.push(link_error(&path, error));
                    return Ok(());
                }
            }
        } else {
            InputOrigin::File(path.clone())
        };
        let name = path.file_name().unwrap_or_default();
        let relative = self.enter(folder, base)?.relative.join(name);
        self.add(&path, origin, relative, settings, false);
        Ok(())
    }

    /// What all files in a folder have in common; they come one after the other.
    fn enter(&mut self, path: &Path, base: &Path) -> Result<&TemplateFolder, Error> {
        let is_same = |left: &Path, right: &Path| left.as_os_str() == right.as_os_str();
        let known = self.folder.take().filter(|folder| is_same(&folder.path, path) && is_same(&folder.base, base));
        let folder = match known {
            Some(folder) => folder,
            None => TemplateFolder {
                settings: self.sessions.of_folder(path)?,
                real: real_path(path),
                relative: path.strip_prefix(base).unwrap_or(path).to_owned(),
                base: base.to_owned(),
                path: path.to_owned(),
            },
        };
        Ok(self.folder.insert(folder))
    }

    fn add(&mut self, path: &Path, origin: InputOrigin, relative: PathBuf, settings: usize, named: bool) {
        if self.is_alone || self.is_new(path, &origin) {
            let name = name(path);
            let composed = is_source(path);
            let relative = if composed { finished(relative) } else { relative };
            self.found.inputs.push(Input {
                origin,
                kind: SourceKind::of(&name),
                composed,
                named,
                name,
                relative,
                settings,
            });
        } else {
            self.known += 1;
        }
    }

    fn is_new(&mut self, path: &Path, origin: &InputOrigin) -> bool {
        let real = match origin {
            InputOrigin::Link { to, .. } => to.clone(),
            _ => self.real(path),
        };
        if !self.mirrored {
            return self.found.real.insert(real);
        }
        let is_new = self.seen.insert(self.real(path));
        self.found.real.extend(is_new.then_some(real));
        is_new
    }

    /// The real path of a file that is not a link.
    fn real(&self, path: &Path) -> PathBuf {
        let folder = folder_of(path);
        let name = path.file_name().unwrap_or_default();
        match &self.folder {
            Some(known) if known.path.as_os_str() == folder.as_os_str() => known.real.join(name),
            _ => real_path(folder).join(name),
        }
    }
}

/// A folder with templates.
struct TemplateFolder {
    path: PathBuf,
    real: PathBuf,
    settings: usize,
    /// The folder that its files are mirrored from, and the relative path from there.
    base: PathBuf,
    relative: PathBuf,
}

/// The error for a pipe or device that is named like a template.
fn no_file(path: &Path) -> Error {
    match plain_file::open(path) {
        Err(error) => Error::could_not("read the file", error).at(show(path)),
        Ok(_) => Error::new(ErrorKind::Io, "the file has just changed; run psalink again").at(show(path)),
    }
}

fn link_error(path: &Path, error: io::Error) -> Error {
    if error.kind() != io::ErrorKind::NotFound {
        return Error::could_not("read the file", error).at(show(path));
    }
    let to = fs::read_link(path).map(|to| format!(" `{}`", show(&to))).unwrap_or_default();
    Error::new(ErrorKind::Io, format!("this is a symbolic link to{to}, which does not exist"))
        .at(show(path))
        .because(error)
}
