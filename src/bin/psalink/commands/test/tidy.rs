//! Finds recorded messages that no longer have a template, and lists or deletes them.

use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};

use psalink::report::full;
use psalink::snapshot::{Unreferenced, unreferenced};
use psalink::{Error, Level};

use super::mail::TestedMail;
use crate::args::{TestArgs, UnreferencedArg};
use crate::console::{Console, Status};
use crate::inputs::input::Found;
use crate::inputs::own_folders::is_passed_over;
use crate::inputs::walk::Walk;
use crate::paths::{name, show};
use crate::records::delete;

/// Finds recorded messages that no longer have a template.
pub fn tidy(
    args: &TestArgs,
    paths: &[PathBuf],
    found: &Found,
    all: &[TestedMail],
    console: &mut Console,
) -> Result<Status, Error> {
    let action = args.unreferenced.unwrap_or(UnreferencedArg::Warn);
    let known: HashSet<PathBuf> = all.iter().map(|mail| mail.path.clone()).collect();
    let mut folders: BTreeSet<PathBuf> = all.iter().filter_map(|mail| mail.path.parent().map(Path::to_owned)).collect();
    for path in paths.iter().filter(|path| path.is_dir()) {
        let is_folder = |entry: &ignore::DirEntry| entry.file_type().is_some_and(|kind| kind.is_dir());
        let enters = move |entry: &ignore::DirEntry| !is_folder(entry) || !is_passed_over(entry.path());
        let Ok(walk) = Walk::new(path, None, enters) else { continue }; // reported when its templates were searched
        folders.extend(walk.flatten().filter(is_folder).map(ignore::DirEntry::into_path));
    }
    // With only some of the samples or one PSA, the records of the others still count.
    let is_whole = args.samples.sample.is_empty();
    let rendered: HashSet<(&str, &str)> =
        all.iter().map(|mail| (found.inputs[mail.input].name.as_str(), mail.record.dialect.as_str())).collect();
    let is_lost = |lost: &Unreferenced| match &lost.template {
        None => true,
        Some(template) => is_whole && rendered.contains(&(name(template).as_str(), lost.dialect.as_str())),
    };
    let lost: Vec<Unreferenced> =
        unreferenced(folders.iter().map(PathBuf::as_path), &known)?.into_iter().filter(is_lost).collect();
    let mut has_failed = false;
    for Unreferenced { path, template, .. } in &lost {
        let reason = match template {
            None => "its template is gone".to_owned(),
            Some(template) => format!("`{}` no longer uses this sample", show(template)),
        };
        if action == UnreferencedArg::Delete {
            if let Err(error) = delete(path) {
                console.error(&error);
                has_failed = true;
                continue;
            }
            console.inform(&format!("deleted: {} ({reason})", show(path)));
        } else {
            let text = format!("`{}`: this recorded message has no template: {reason}", show(path));
            match console.quiet && action == UnreferencedArg::Warn {
                true => {}
                false => console.say(&full::write_message(Level::Warning, &text, console.style)),
            }
        }
    }
    if !lost.is_empty() && action != UnreferencedArg::Delete {
        console.inform("run `psalink test --unreferenced delete` to delete recorded messages that have no template");
    }
    let is_found = action == UnreferencedArg::Reject && !lost.is_empty();
    Ok(match (has_failed, is_found) {
        (true, _) => Status::Failed,
        (_, true) => Status::Found,
        _ => Status::Clean,
    })
}
