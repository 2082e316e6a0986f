//! Recorded mails: what a mail was when somebody last looked at it, in files of insta's format.
//!
//! ```
//! use psalink::Rendered;
//! use psalink::snapshot::{Comparison, Record, Snapshot, compare};
//! let mail = |subject: &str| Record {
//!     template: "mails/new-ticket.html".to_owned(),
//!     dialect: "connectwise".to_owned(),
//!     sample: "standard".to_owned(),
//!     rendered: Rendered { subject: Some(subject.to_owned()), text: "Hello\n".to_owned(), ..Rendered::default() },
//!     findings: Vec::new(),
//! };
//! let path = std::env::temp_dir().join(format!("psalink-doc-{}.snap", std::process::id()));
//! assert!(Snapshot::read(&path)?.is_none());
//! std::fs::write(&path, mail("Ticket 1").to_file()).unwrap();
//! let recorded = Snapshot::read(&path)?.unwrap();
//! std::fs::remove_file(&path).unwrap();
//! assert_eq!(compare(&recorded, &mail("Ticket 1")), Comparison::Same);
//! let Comparison::Changed(changes) = compare(&recorded, &mail("Ticket 2")) else { panic!() };
//! assert_eq!(changes.summary(), ["subject changed: `Ticket 1` -> `Ticket 2`"]);
//! # Ok::<(), psalink::Error>(())
//! ```

mod body;
mod changes;
mod compare;
mod header;
mod links;
mod name;
mod shown;
mod unreferenced;

use std::path::Path;

use sha2::{Digest as _, Sha256};

use crate::error::{Error, ErrorKind, reason};
use crate::reading::Reading;
use crate::rendered::Rendered;
use crate::secret::{find, masked};

pub use changes::{Changes, Difference};
pub use compare::{Comparison, compare};
pub use links::LinkDifference;
pub use name::{SnapshotName, check_names, pending};
pub use unreferenced::{Unreferenced, unreferenced};

use body::Body;
use header::Header;

/// What to do about a recorded mail that cannot be read.
const MEND: &str = "restore it from git, or record it anew with `psalink test --accept`";

/// What is recorded of one mail.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// The file of the template, as messages show it.
    pub template: String,
    /// The PSA that the mail is for: `connectwise`.
    pub dialect: String,
    /// The sample whose values fill it.
    pub sample: String,
    /// The mail.
    pub rendered: Rendered,
    /// What the rules find in the template, each as `warning[missing-alt] line 12: message`.
    pub findings: Vec<String>,
}

impl Record {
    /// The mail as people read it in a diff; it ends without a line end.
    pub fn body(&self) -> String {
        Body::of(self).write()
    }

    /// The whole file.
    pub fn to_file(&self) -> String {
        let body = self.body();
        let header = Header::of(self, digest(body.as_bytes()));
        format!("{}{body}\n", header.write())
    }

    /// Whether the mail has passwords or tokens in its links, which the body does not show.
    fn holds_secret(&self) -> bool {
        let Rendered { subject, html, text, .. } = &self.rendered;
        let parts = [subject.as_deref(), html.as_deref(), Some(text.as_str())];
        parts.into_iter().flatten().any(|part| !find(part.as_bytes()).is_empty())
    }

    /// The exact bytes of the mail in short; the body does not show line ends and the like.
    pub fn hash(&self) -> String {
        let Rendered { subject, html, text, .. } = &self.rendered;
        let mut bytes = Vec::new();
        for part in [subject.as_deref(), html.as_deref(), Some(text.as_str())] {
            // The length tells where one part ends and the next begins.
            let length = part.map_or_else(|| "none".to_owned(), |part| part.len().to_string());
            bytes.extend_from_slice(length.as_bytes());
            bytes.push(b'\n');
            bytes.extend_from_slice(part.unwrap_or_default().as_bytes());
        }
        digest(&bytes)
    }
}

/// A recorded mail, read from its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    header: Header,
    text: String,
    body: Body,
    /// Whether somebody else than psalink wrote in the file.
    is_edited: bool,
    /// Whether the file holds a secret that an earlier psalink did not mask.
    holds_secret: bool,
}

impl Snapshot {
    /// Reads a recorded mail; gives none where there is no such file.
    ///
    /// # Errors
    ///
    /// A file that cannot be read, and one that is no recorded mail any more: cut short, edited so that it cannot be
    /// understood, left by git in the middle of a merge. Such a file is still worth something to a person; only
    /// `--accept` should write over it.
    pub fn read(path: &Path) -> Result<Option<Snapshot>, Error> {
        Snapshot::read_found(path, &Reading::default())
    }

    /// The same, with limits on where the file may lie; a recorded mail may be four times as large as a template.
    ///
    /// # Errors
    ///
    /// As [`Snapshot::read`], and a link that leads elsewhere.
    pub fn read_found(path: &Path, reading: &Reading) -> Result<Option<Snapshot>, Error> {
        let name = path.strip_prefix(".").unwrap_or(path).display().to_string();
        let bytes = match reading.of_records().read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                let detail = format!("could not read the recorded mail: {}", reason(&error));
                return Err(Error::new(ErrorKind::Io, detail).at(name).because(error));
            }
        };
        let text = checked(&name, bytes)?;
        let (header, before) = Header::read(&name, &text)?;
        // From here on insta reads, so that psalink and `cargo insta` see the same text.
        let read = insta::Snapshot::from_file(path).map_err(|error| {
            damaged(&name, None, &format!("insta cannot read it ({})", error.to_string().trim_end()))
        })?;
        let Some(text) = read.as_text().map(ToString::to_string) else {
            return Err(damaged(&name, None, "it holds no text"));
        };
        let is_edited = digest(text.as_bytes()) != header.info.body;
        let shown = masked(text.clone());
        let holds_secret = shown != text;
        let body = Body::read(&name, &shown, before)?;
        Ok(Some(Snapshot { header, text: shown, body, is_edited, holds_secret }))
    }

    /// The mail as people read it in a diff.
    pub fn body(&self) -> &str {
        &self.text
    }

    /// The exact bytes of the mail in short.
    pub fn hash(&self) -> &str {
        &self.header.info.hash
    }

    /// Whether somebody else than psalink wrote in it.
    pub fn is_edited(&self) -> bool {
        self.is_edited
    }
}

/// The text of a file, if it can be one of a recorded mail.
fn checked(name: &str, bytes: Vec<u8>) -> Result<String, Error> {
    let text = String::from_utf8(bytes).map_err(|error| {
        let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = memchr::memchr_iter(b'\n', good).count() + 1;
        damaged(name, Some(line), "this line is not UTF-8, and psalink writes nothing else")
    })?;
    // No line that psalink writes begins so, whatever the mail holds.
    let conflict = text.lines().position(|line| {
        ["<<<<<<<", "|||||||", ">>>>>>>"].iter().any(|mark| line.starts_with(mark)) || line == "======="
    });
    match conflict {
        Some(line) => {
            let why = "git left the two sides of a merge here";
            Err(damaged(name, Some(line + 1), why))
        }
        None => Ok(text),
    }
}

/// The error for a recorded mail that cannot be understood.
fn damaged(name: &str, line: Option<usize>, why: &str) -> Error {
    let error = Error::new(ErrorKind::Snapshot, format!("this recorded mail cannot be read: {why}; {MEND}")).at(name);
    match line {
        Some(line) => error.at_place(line, 1),
        None => error,
    }
}

fn digest(bytes: &[u8]) -> String {
    let hash = Sha256::digest(bytes);
    // With a word before it no reader of YAML takes it for a number.
    hash.iter().fold("sha256:".to_owned(), |text, byte| text + &format!("{byte:02x}"))
}

#[cfg(test)]
pub(crate) mod tests;
