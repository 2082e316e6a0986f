//! Where a recorded message is stored: next to its template, under a unique name.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use crate::error::{Error, ErrorKind};
use crate::file_names::{ends_with, template_name};
use crate::source::hex;

/// The folder for recorded messages, next to the templates.
pub(super) const FOLDER: &str = "snapshots";

/// The extension of a recorded message, and of a new message that was not accepted yet.
pub(super) const ENDING: &str = ".snap";
pub(super) const PENDING: &str = ".snap.new";

/// How many bytes of a name are kept, since the length of a path may be limited.
const LIMIT: usize = 80;

/// The name of a recorded message: `new-ticket.connectwise.standard.snap`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotName {
    template: PathBuf,
    file: String,
}

impl SnapshotName {
    /// The folder for recorded messages, next to the templates.
    pub const FOLDER: &str = FOLDER;

    /// The name for a template, its PSA, and a sample.
    ///
    /// ```
    /// use std::path::Path;
    /// use psalink::snapshot::SnapshotName;
    /// let name = SnapshotName::new(Path::new("mails/new-ticket.html"), "connectwise", "long names");
    /// assert_eq!(name.file_name(), "new-ticket.connectwise.long-names.snap");
    /// assert_eq!(name.path(), Path::new("mails/snapshots/new-ticket.connectwise.long-names.snap"));
    /// ```
    pub fn new(template: &Path, dialect: &str, sample: &str) -> SnapshotName {
        let file = template.file_name().unwrap_or_default().to_string_lossy();
        let stem = template_name(&file).unwrap_or(&file);
        let file = format!("{}.{}.{}{ENDING}", shortened(stem), safe(dialect), safe(sample));
        SnapshotName { template: template.to_owned(), file }
    }

    /// The file name without folders.
    pub fn file_name(&self) -> &str {
        &self.file
    }

    /// The path: next to the template if it already exists there, otherwise in `snapshots/` next to the template.
    pub fn path(&self) -> PathBuf {
        let beside = self.template.with_file_name(&self.file);
        if beside.is_file() { beside } else { self.template.with_file_name(FOLDER).join(&self.file) }
    }
}

/// The file next to a record that holds the new message until it is accepted, named as `cargo insta` expects.
pub fn pending(path: &Path) -> PathBuf {
    path.with_extension(&PENDING[1..])
}

/// Whether a file is named like a recorded message, accepted or not.
pub fn is_record(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().as_encoded_bytes();
    ends_with(name, ENDING) || ends_with(name, PENDING)
}

/// Checks that each message of a run has its own file, even if the file system ignores case.
///
/// # Errors
///
/// Two messages with the same file; the error names both.
pub fn check_names<'a>(names: impl IntoIterator<Item = &'a SnapshotName>) -> Result<(), Error> {
    let mut seen: HashMap<(PathBuf, String), &SnapshotName> = HashMap::new();
    for name in names {
        let folder = name.template.parent().map(Path::to_owned).unwrap_or_default();
        let Some(other) = seen.insert((folder, name.file.to_lowercase()), name) else { continue };
        let show =
            |name: &SnapshotName| name.template.strip_prefix(".").unwrap_or(&name.template).display().to_string();
        let (first, second) = (show(other), show(name));
        let detail = if other.template == name.template {
            format!("two samples for `{first}` would be recorded in `{}`; rename one of the samples", name.file)
        } else if other.file == name.file {
            format!("`{first}` and `{second}` would both be recorded in `{}`; rename one of them", name.file)
        } else {
            format!(
                "`{first}` and `{second}` would be recorded in `{}` and `{}`, which are the same file on Windows and \
                 macOS; rename one of them",
                other.file, name.file
            )
        };
        return Err(Error::new(ErrorKind::Usage, detail));
    }
    Ok(())
}

/// A word that is valid in file names on every system, without dots, so that names can be parsed from their end.
fn safe(word: &str) -> String {
    let mut out = String::with_capacity(word.len());
    for character in word.chars() {
        if character.is_alphanumeric() || character == '_' {
            out.push(character);
        } else if !out.ends_with('-') {
            out.push('-');
        }
    }
    let out = out.trim_matches('-');
    if out.is_empty() { "sample".to_owned() } else { shortened(out) }
}

/// A name that fits; a hash of what was cut off keeps it unique.
pub(super) fn shortened(name: &str) -> String {
    if name.len() <= LIMIT {
        return name.to_owned();
    }
    let start = (0..=LIMIT - 9).rev().find(|&at| name.is_char_boundary(at)).unwrap_or(0);
    format!("{}-{}", &name[..start], hex(&Sha256::digest(name.as_bytes())[..4]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(template: &str, sample: &str) -> SnapshotName {
        SnapshotName::new(Path::new(template), "connectwise", sample)
    }

    #[test]
    fn names_are_safe_and_can_be_read_from_their_end() {
        for (template, sample, expected) in [
            ("m/new-ticket.html", "standard", "new-ticket.connectwise.standard.snap"),
            ("new-ticket.v2.HTM", "long names", "new-ticket.v2.connectwise.long-names.snap"),
            ("a.html.j2", "R&D <ops>", "a.connectwise.R-D-ops.snap"),
            ("a.txt.j2", "../../etc/passwd", "a.connectwise.etc-passwd.snap"),
            ("a.txt", "x.yaml", "a.connectwise.x-yaml.snap"),
            ("a", "שלום", "a.connectwise.שלום.snap"),
            (".html", "", ".html.connectwise.sample.snap"),
            ("-", "///", "-.connectwise.sample.snap"),
        ] {
            assert_eq!(name(template, sample).file_name(), expected);
        }
        let long = name(&format!("m/{}.html", "é".repeat(200)), &"x".repeat(500));
        assert!(long.file_name().len() < 255, "{}", long.file_name());
        let other = name("m/a.html", &format!("{}y", "x".repeat(499)));
        assert_ne!(name("m/a.html", &"x".repeat(500)), other);
        assert_eq!(pending(Path::new("m/a.b.c.snap")), Path::new("m/a.b.c.snap.new"));
    }

    #[test]
    fn a_file_beside_the_template_is_used() {
        let folder = crate::snapshot::tests::TestFolder::new();
        let name = name(&folder.path("a.html"), "standard");
        let beside = folder.path("a.connectwise.standard.snap");
        assert_eq!(name.path(), Path::new(&folder.path("snapshots")).join(name.file_name()));
        std::fs::write(&beside, "x").unwrap();
        assert_eq!(name.path(), Path::new(&beside));
    }

    #[test]
    fn two_mails_with_one_file_are_found() {
        let check = |names: &[SnapshotName]| check_names(names).map_err(|error| error.to_string());
        let twice = check(&[name("m/a.html", "s"), name("m/b.html", "s"), name("m/a.htm", "s")]);
        let expected = "`m/a.html` and `m/a.htm` would both be recorded in `a.connectwise.s.snap`; rename one of them";
        assert_eq!(twice.unwrap_err(), expected);
        let case = check(&[name("./m/Note.html", "s"), name("./m/note.html", "s")]).unwrap_err();
        assert!(case.starts_with("`m/Note.html` and `m/note.html` would be recorded in `Note.connectwise.s.snap` and"));
        assert!(case.contains("the same file on Windows and macOS"), "{case}");
        let samples = check(&[name("a.html", "long names"), name("a.html", "long-names")]).unwrap_err();
        assert!(samples.starts_with("two samples for `a.html` would be recorded in"), "{samples}");
        assert!(check(&[name("m/a.html", "s"), name("n/a.html", "s"), name("m/a.html", "t")]).is_ok());
    }
}
