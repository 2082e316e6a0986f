//! A recorded message, read from its file.

use std::path::Path;

use super::body::Body;
use super::damaged::damaged;
use super::header::Header;
use super::record::digest;
use crate::error::Error;
use crate::secret::masked;
use crate::source::reading::Reading;

/// A recorded message, read from its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    header: Header,
    text: String,
    pub(super) body: Body,
    /// Whether someone other than psalink changed the file.
    is_edited: bool,
    /// Whether the file contains a secret that an earlier version of psalink did not mask.
    pub(super) holds_secret: bool,
}

impl Snapshot {
    /// Reads a recorded message; `None` if there is no such file.
    ///
    /// # Errors
    ///
    /// A file that cannot be read, or that is no longer a valid record: cut short, edited beyond recognition, or left
    /// by git in the middle of a merge. Such a file may still be valuable to a person, so only `--accept` should
    /// overwrite it.
    pub fn read(path: &Path) -> Result<Option<Snapshot>, Error> {
        Snapshot::read_found(path, &Reading::default())
    }

    /// The same, with limits on where the file may be; a recorded message may be four times as large as a template.
    ///
    /// # Errors
    ///
    /// The same as [`Snapshot::read`], and a link that leads elsewhere.
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

    /// The message as people read it in a diff.
    pub fn body(&self) -> &str {
        &self.text
    }

    /// A hash of the exact bytes of the message.
    pub fn hash(&self) -> &str {
        &self.header.info.hash
    }

    /// Whether someone other than psalink changed it.
    pub fn is_edited(&self) -> bool {
        self.is_edited
    }
}

/// The text of a file, if it can be a recorded message.
fn checked(name: &str, bytes: Vec<u8>) -> Result<String, Error> {
    let text = String::from_utf8(bytes).map_err(|error| {
        let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = memchr::memchr_iter(b'\n', good).count() + 1;
        damaged(name, Some(line), "this line is not valid UTF-8")
    })?;
    // psalink never writes a line that begins this way, whatever the message contains.
    let conflict = text.lines().position(|line| {
        ["<<<<<<<", "|||||||", ">>>>>>>"].iter().any(|mark| line.starts_with(mark)) || line == "======="
    });
    match conflict {
        Some(line) => {
            let reason = "it has an unresolved merge conflict from git";
            Err(damaged(name, Some(line + 1), reason))
        }
        None => Ok(text),
    }
}
