//! Recorded messages that no longer have a template.

use std::collections::HashSet;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::header::Header;
use super::name::{ENDING, FOLDER, PENDING, shortened};
use crate::error::Error;
use crate::file_names::template_name;
use crate::source::plain_file;

/// The size limit for the header of a recorded message, in bytes.
const START: u64 = 64 * 1024;

/// A record that matches no message of a run.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unreferenced {
    /// Its file.
    pub path: PathBuf,
    /// The template that its name refers to, if it exists. The run may not have included it, or not with the sample of
    /// this record.
    pub template: Option<PathBuf>,
    /// The PSA that the message was for, according to the record's name.
    pub dialect: String,
}

/// The records next to templates, or in `snapshots/` there, that match no message of the run; in order.
///
/// `folders` are those of the templates that were checked, and `known` are the files of all their messages. Files of
/// other programs are skipped, including insta's in a Rust project. A message that was not accepted yet counts if it
/// has no record next to it.
///
/// # Errors
///
/// A folder that cannot be read.
pub fn unreferenced<'a>(
    folders: impl IntoIterator<Item = &'a Path>,
    known: &HashSet<PathBuf>,
) -> Result<Vec<Unreferenced>, Error> {
    let known: HashSet<&Path> = known.iter().map(|path| plain(path)).collect();
    let folders: HashSet<PathBuf> =
        folders.into_iter().flat_map(|folder| [plain(folder).to_owned(), plain(folder).join(FOLDER)]).collect();
    let mut found = Vec::new();
    for folder in folders {
        let place = if folder.as_os_str().is_empty() { Path::new(".") } else { &folder };
        let entries = match std::fs::read_dir(place) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) if error.kind() == std::io::ErrorKind::NotADirectory => continue,
            Err(error) => return Err(Error::could_not("read the folder", error).at(place.display().to_string())),
        };
        for entry in entries.flatten() {
            let name = entry.file_name();
            let Some(name) = name.to_str() else { continue };
            let stem = name.strip_suffix(PENDING).or_else(|| name.strip_suffix(ENDING));
            let Some(recorded) = stem.map(|stem| folder.join(format!("{stem}{ENDING}"))) else { continue };
            let path = folder.join(name);
            let is_alone = path == recorded || !recorded.exists();
            if is_alone && !known.contains(&*recorded) && entry.path().is_file() && is_ours(&entry.path()) {
                // `new-ticket.connectwise.standard`: neither of the last two words contains a dot.
                let mut words = stem.unwrap_or_default().rsplitn(3, '.').skip(1);
                let dialect = words.next().unwrap_or_default().to_owned();
                let template = words.next().and_then(|name| template(&folder, name));
                found.push(Unreferenced { path, template, dialect });
            }
        }
    }
    found.sort_unstable();
    Ok(found)
}

/// The template with that name that a record in a folder can belong to.
fn template(folder: &Path, name: &str) -> Option<PathBuf> {
    let above = folder.ends_with(FOLDER).then(|| folder.parent().unwrap_or(Path::new("")));
    [Some(folder), above].into_iter().flatten().find_map(|folder| {
        let place = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let mut files = std::fs::read_dir(place).ok()?.flatten().map(|entry| entry.file_name());
        let is_template = |file: &std::ffi::OsString| {
            file.to_str().and_then(template_name).is_some_and(|stem| shortened(stem) == name)
        };
        files.find(is_template).map(|file| folder.join(file))
    })
}

fn plain(path: &Path) -> &Path {
    path.strip_prefix(".").unwrap_or(path)
}

/// Whether psalink wrote a file. If it cannot be read, this is `false`.
fn is_ours(path: &Path) -> bool {
    let mut start = Vec::new();
    let read = plain_file::open(path).and_then(|(file, _)| file.take(START).read_to_end(&mut start));
    read.is_ok() && Header::is_ours(&String::from_utf8_lossy(&start))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::tests::TestFolder;
    use crate::snapshot::{Record, SnapshotName, pending};

    #[test]
    fn finds_what_no_template_has() {
        let folder = TestFolder::new();
        let snapshots = folder.path("snapshots");
        std::fs::create_dir(&snapshots).unwrap();
        let write = |path: &Path| std::fs::write(path, Record::default().to_file()).unwrap();
        let name = |template: &str| SnapshotName::new(Path::new(&folder.path(template)), "connectwise", "standard");
        let [kept, gone, unaccepted] = ["kept.html", "gone.html", "never.html"].map(|template| name(template).path());
        write(&kept);
        write(&pending(&kept));
        write(&gone);
        write(&pending(&gone));
        write(&pending(&unaccepted));
        let beside = PathBuf::from(folder.path("old.connectwise.standard.snap"));
        write(&beside);
        std::fs::write(folder.path("rust.snap"), "---\nsource: src/lib.rs\nexpression: x\n---\nx\n").unwrap();
        std::fs::write(folder.path("half.snap"), "---\ninfo:\n  psalink: 1").unwrap();
        std::fs::write(folder.path("bytes.snap"), b"\xff\0\xfe").unwrap();
        let known = HashSet::from([kept]);
        let other = name("kept.html").path().with_file_name("kept.connectwise.other.snap");
        write(&other);
        let kept_html = PathBuf::from(folder.path("kept.html"));
        std::fs::write(&kept_html, "").unwrap();
        let mut expected = [(beside, None), (gone, None), (pending(&unaccepted), None), (other, Some(kept_html))]
            .map(|(path, template)| Unreferenced { path, template, dialect: "connectwise".to_owned() });
        expected.sort();
        let root = PathBuf::from(folder.path(""));
        assert_eq!(unreferenced([&*root, &*root], &known).unwrap(), expected);
        assert_eq!(unreferenced([Path::new("no/such/folder")], &known).unwrap(), Vec::new());
    }
}
