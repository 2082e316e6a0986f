//! A recorded mail, read from its file.

use std::path::Path;

use super::body::Body;
use super::damaged::damaged;
use super::header::Header;
use super::record::digest;
use crate::error::Error;
use crate::secret::masked;
use crate::source::reading::Reading;

/// A recorded mail, read from its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    header: Header,
    text: String,
    pub(super) body: Body,
    /// Whether someone other than psalink wrote in the file.
    is_edited: bool,
    /// Whether the file holds a secret that an earlier psalink did not mask.
    pub(super) holds_secret: bool,
}

impl Snapshot {
    /// Reads a recorded mail; gives none where there is no such file.
    ///
    /// # Errors
    ///
    /// A file that cannot be read, and one that is no longer a recorded mail: cut short, edited so that it cannot be
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
            Err(error) => return Err(Error::could_not("read the recorded message", error).at(name)),
        };
        let text = checked(&name, bytes)?;
        let (header, before) = Header::read(&name, &text)?;
        // From here on insta reads, so that psalink and `cargo insta` see the same text.
        let read = insta::Snapshot::from_file(path).map_err(|error| {
            damaged(&name, None, &format!("insta cannot read it ({})", error.to_string().trim_end()))
        })?;
        let Some(text) = read.as_text().map(ToString::to_string) else {
            return Err(damaged(&name, None, "it contains no text"));
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

    /// Whether someone other than psalink wrote in it.
    pub fn is_edited(&self) -> bool {
        self.is_edited
    }
}

/// The text of a file, if it can be one of a recorded mail.
fn checked(name: &str, bytes: Vec<u8>) -> Result<String, Error> {
    let text = String::from_utf8(bytes).map_err(|error| {
        let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = memchr::memchr_iter(b'\n', good).count() + 1;
        damaged(name, Some(line), "this line is not valid UTF-8")
    })?;
    // No line that psalink writes begins so, whatever the mail holds.
    let conflict = text.lines().position(|line| {
        ["<<<<<<<", "|||||||", ">>>>>>>"].iter().any(|mark| line.starts_with(mark)) || line == "======="
    });
    match conflict {
        Some(line) => {
            let why = "it has an unresolved merge conflict from git";
            Err(damaged(name, Some(line + 1), why))
        }
        None => Ok(text),
    }
}
