//! Why a path of the command line leads to no template: what is there, and why it is left out.

use std::fs;
use std::path::{Path, PathBuf};

use ignore::WalkBuilder;
use psalink::file_names::{is_source, is_template};
use psalink::snapshot::is_record;
use psalink::{Config, Error, ErrorKind};

use super::own_folders::{is_backup, is_preview};
use crate::paths::{folder_of, real_path, show};
use crate::wording::count;

/// How many files and folders are looked at.
const MOST: usize = 10_000;

/// How many names of other files are given.
const NAMED: usize = 3;

/// What a folder holds that leads to no template.
#[derive(Default)]
struct Contents {
    /// Templates that `exclude` leaves out.
    excluded: usize,
    /// Layouts and parts.
    partials: usize,
    /// Templates that git ignores, and hidden ones.
    ignored: usize,
    previews: usize,
    backups: usize,
    records: usize,
    others: Vec<String>,
    is_empty: bool,
    is_cut: bool,
}

/// The error about a folder, or a pattern in it, that leads to no template; `own` is what the run itself writes.
pub fn error(named: &Path, folder: &Path, own: &[PathBuf], config: &Config, left_out: usize) -> Error {
    let contents = Contents::of(folder, own.to_vec(), config, left_out);
    Error::new(ErrorKind::Usage, contents.sentence()).at(show(named))
}

impl Contents {
    fn of(folder: &Path, own: Vec<PathBuf>, config: &Config, excluded: usize) -> Contents {
        let is_empty = fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_none());
        let mut contents = Contents { excluded, is_empty, ..Contents::default() };
        let mut templates = 0;
        let is_own = |path: &Path| is_backup(path) || is_preview(path);
        let mut walk = WalkBuilder::new(folder);
        walk.standard_filters(false).filter_entry(move |entry| {
            let is_git = entry.file_name() == ".git";
            let is_written = !own.is_empty() && entry.depth() > 0 && own.contains(&real_path(entry.path()));
            !is_git && !is_written && !entry.path().parent().is_some_and(|above| entry.depth() > 1 && is_own(above))
        });
        for (index, entry) in walk.build().flatten().enumerate() {
            if index == MOST {
                contents.is_cut = true;
                break;
            }
            let path = entry.path();
            if entry.file_type().is_some_and(|it| it.is_dir()) {
                contents.backups += usize::from(is_backup(path));
                contents.previews += usize::from(is_preview(path));
            } else if is_own(folder_of(path)) {
                continue;
            } else if is_record(path) {
                contents.records += 1;
            } else if is_source(path)
                && psalink::file_names::is_partial(path, config.path().map(folder_of).or(Some(folder)))
            {
                contents.partials += 1;
            } else if is_template(path) || is_source(path) {
                templates += 1;
            } else if !entry.file_name().as_encoded_bytes().starts_with(b".") {
                contents.others.push(show(path.strip_prefix(folder).unwrap_or(path)));
            }
        }
        contents.ignored = usize::saturating_sub(templates, excluded);
        contents.others.sort_unstable();
        contents
    }

    fn sentence(&self) -> String {
        let mut parts = Vec::new();
        let mut add = |number: usize, one: &str, many: &str, why: &str| {
            if number > 0 {
                parts.push(format!("{} {why}", count(number, one, many)));
            }
        };
        add(self.excluded, "template", "templates", "that `exclude` in psalink.yaml leaves out");
        add(self.ignored, "template", "templates", "that git ignores or whose name begins with a dot");
        add(self.partials, "layout or part", "layouts and parts", "(`_` at the beginning) that other templates use");
        add(self.records, "message", "messages", "recorded by `psalink test`");
        add(self.previews, "folder", "folders", "of previews made by psalink");
        add(self.backups, "folder", "folders", "of backups made by psalink");
        let (named, more) = self.others.split_at(self.others.len().min(NAMED));
        match (named.is_empty(), more.len()) {
            (true, _) => {}
            (false, 0) => parts.push(named.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")),
            (false, more) => {
                let named = named.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
                let at_least = if self.is_cut { "at least " } else { "" };
                parts.push(format!("{named} and {at_least}{}", count(more, "other file", "other files")));
            }
        }
        let none = "no templates found (.html, .htm, .txt, .j2)";
        let what = match parts.as_slice() {
            [] if self.is_empty => return format!("{none}; this folder is empty"),
            [] => return none.to_owned(),
            [one] => one.clone(),
            [most @ .., last] => format!("{}, and {last}", most.join(", ")),
        };
        let advice = match self.excluded + self.ignored {
            0 => "",
            1 => "; name the file to read it all the same",
            _ => "; name the files to read them all the same",
        };
        format!("{none}, only {what}{advice}")
    }
}
