//! Folders and files that psalink itself writes, such as backups and previews; they contain no templates.

use std::fs;
use std::io::Read as _;
use std::path::Path;

use psalink::report::preview;
use psalink::snapshot::is_record;
use psalink::source::plain_file;

use crate::paths::{folder_of, real_path};

/// The file that marks a backup folder.
pub const BACKUP_FILE: &str = "psalink-backup.txt";

/// How that file begins.
pub const BACKUP_START: &str = "This folder holds backups made by psalink.";

/// Why a folder that the command line names contains no templates, if psalink itself has filled it.
pub fn not_a_folder_of_templates(folder: &Path) -> Option<&'static str> {
    if is_in_backup(folder) {
        return Some(
            "this folder contains backups made by psalink, not templates; copy what you need to another folder, or name a \
             single file",
        );
    }
    is_in_preview(folder).then_some(
        "this folder contains previews made by psalink, which are pages that show messages, not templates; name the folder \
         of the templates",
    )
}

/// Why a file that the command line names is not a template, if psalink itself has written it.
pub fn not_a_template(path: &Path) -> Option<&'static str> {
    if is_record(path) {
        return Some("this is a message recorded by `psalink test`, not a template; name the template");
    }
    is_in_preview(folder_of(path))
        .then_some("this is in a folder of previews made by psalink, so it is not a template; name the template")
}

/// Whether the files in a folder are previews or backups by psalink, not templates.
pub fn is_passed_over(folder: &Path) -> bool {
    is_preview(folder) || is_backup(folder)
}

/// Whether a folder contains backups.
pub fn is_backup(folder: &Path) -> bool {
    let marker = folder.join(BACKUP_FILE);
    if !fs::symlink_metadata(&marker).is_ok_and(|metadata| metadata.is_file()) {
        return false;
    }
    let mut start = [0; BACKUP_START.len()];
    plain_file::open(&marker)
        .and_then(|(mut file, _)| file.read_exact(&mut start))
        .is_ok_and(|()| start == BACKUP_START.as_bytes())
}

/// Whether a path is a backup folder or in one.
pub fn is_in_backup(path: &Path) -> bool {
    real_path(path).ancestors().any(is_backup)
}

/// Whether a folder contains previews, or is inside one that does.
fn is_in_preview(folder: &Path) -> bool {
    real_path(folder).ancestors().any(is_preview)
}

/// Whether the files in a folder are previews by psalink, not templates.
pub fn is_preview(folder: &Path) -> bool {
    let mut start = [0; 1024];
    let read = plain_file::open(&folder.join(preview::INDEX)).and_then(|(mut file, _)| file.read(&mut start));
    read.is_ok_and(|length| memchr::memmem::find(&start[..length], preview::MARK.as_bytes()).is_some())
}
