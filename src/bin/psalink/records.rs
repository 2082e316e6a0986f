//! Records: the lines about findings in them, and their files, which are deleted if they no longer have a template.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use psalink::compose::Mapped;
use psalink::snapshot::pending;
use psalink::{Error, ErrorKind};

use crate::paths::{real_path, show};

/// The folder for recorded messages, next to their templates.
const RECORDS: &str = "snapshots";

/// Findings for a record, each as `warning[missing-alt] line 12: message`; findings outside the template's body name
/// their file.
pub fn finding_lines(found: &[Mapped], body: &str) -> Vec<String> {
    // The findings of one file are consecutive, and in order.
    found
        .chunk_by(|left, right| Arc::ptr_eq(&left.source, &right.source))
        .flat_map(|of_file| {
            let source = &of_file[0].source;
            let file = match source.name() == body {
                true => String::new(),
                false => format!(" {}", show(Path::new(Path::new(source.name()).file_name().unwrap_or_default()))),
            };
            let mut positions = source.positions();
            let line = move |Mapped { finding, .. }: &Mapped| {
                let line = positions.at(finding.span.start as usize).line;
                format!("{}[{}]{file} line {line}: {}", finding.level.name(), finding.rule, finding.message)
            };
            of_file.iter().map(line).collect::<Vec<String>>()
        })
        .collect()
}

/// Deletes a record that has no template, and the version next to it that was not accepted yet. A link may lead to the
/// record of another template, so nothing is deleted through one.
pub fn delete(path: &Path) -> Result<(), Error> {
    for path in [path.to_owned(), pending(path)] {
        if fs::symlink_metadata(&path).is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
            continue;
        }
        let folder = path.parent().unwrap_or(Path::new(""));
        // The folder of the records is inside that of the templates; the path above is the user's choice.
        let (home, inside) = match folder.file_name() {
            Some(name) if name == RECORDS => (folder.parent().unwrap_or(Path::new("")), Path::new(RECORDS)),
            _ => (folder, Path::new("")),
        };
        let straight = real_path(home).join(inside).join(path.file_name().unwrap_or_default());
        if real_path(&path) != straight {
            let detail = "a symbolic link leads from here to another folder, so the recorded message is not deleted; delete \
                          it yourself, or remove the link";
            return Err(Error::new(ErrorKind::Io, detail).at(show(&path)));
        }
        remove(&path)?;
    }
    Ok(())
}

/// Deletes a file, if it exists.
pub fn remove(path: &Path) -> Result<(), Error> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(Error::could_not("delete the file", error).at(show(path)))
        }
        _ => Ok(()),
    }
}
