//! Folders that psalink itself fills with backups or previews; they contain no templates.

use std::fs;
use std::io::Read as _;
use std::path::Path;

use psalink::report::preview;
use psalink::source::plain_file;

use crate::paths::real_path;

/// The file that marks a backup folder.
pub const BACKUP_FILE: &str = "psalink-backup.txt";

/// How that file begins.
pub const BACKUP_START: &str = "This folder holds backups made by psalink.";

/// Whether the files of a folder are previews or backups by psalink, not templates.
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

/// Whether a folder contains previews.
pub fn is_preview(folder: &Path) -> bool {
    let mut start = [0; 1024];
    let read = plain_file::open(&folder.join(preview::INDEX)).and_then(|(mut file, _)| file.read(&mut start));
    read.is_ok_and(|length| memchr::memmem::find(&start[..length], preview::MARK.as_bytes()).is_some())
}
