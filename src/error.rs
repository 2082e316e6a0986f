//! What kept psalink from doing its work: a file, a setting, an argument on the command line.
//!
//! A problem *in a template* is a [`Diagnostic`](crate::Diagnostic), never an error.

use std::fmt;
use std::io;

use crate::secret::{mask, masked};
use crate::visible::visible;

/// Why psalink could not do its work, and where.
///
/// ```
/// use psalink::{Error, ErrorKind};
/// let error = Error::new(ErrorKind::Config, "unknown key `portl`; did you mean `portal`?").at("psalink.yaml");
/// assert_eq!(error.to_string(), "`psalink.yaml`: unknown key `portl`; did you mean `portal`?");
/// ```
#[derive(Debug)]
pub struct Error(Box<ErrorRecord>);

#[derive(Debug)]
struct ErrorRecord {
    kind: ErrorKind,
    detail: String,
    /// What must be provided first, and where in the detail the advice on how to do so begins.
    missing: Option<(Missing, usize)>,
    path: Option<String>,
    place: Option<(usize, usize)>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// Why a file that must be text is refused.
pub(crate) const NOT_UTF_8: &str = "it is not valid UTF-8; save it as UTF-8";

/// The kinds of errors that are not about a template's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A file or folder could not be read or written.
    Io,
    /// The bytes of a file cannot be read, or cannot be written back without loss.
    Encoding,
    /// `psalink.yaml` or a template's front matter is wrong.
    Config,
    /// A template cannot be composed from its parts.
    Template,
    /// A vocabulary file is wrong.
    Vocabulary,
    /// An option or an argument is wrong.
    Usage,
    /// A required setting is missing, such as the portal.
    Missing,
    /// A recorded message cannot be read; recording it again fixes that.
    Snapshot,
    /// A bug in psalink.
    Internal,
}

/// What must be provided before psalink can do its work. The command line has options for it, a web page has fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum Missing {
    /// The portal that links lead to.
    Portal,
    /// The PSA that a template is for.
    Dialect,
}

impl Error {
    /// An error that says what happened and what to do.
    pub fn new(kind: ErrorKind, detail: impl Into<String>) -> Error {
        let detail = masked(detail.into());
        Error(Box::new(ErrorRecord { kind, detail, missing: None, path: None, place: None, source: None }))
    }

    /// An error about something that the operating system refused.
    ///
    /// ```
    /// use std::io;
    /// let refused = io::Error::from(io::ErrorKind::PermissionDenied);
    /// let error = psalink::Error::could_not("read the file", refused).at("ticket.html");
    /// assert_eq!(error.to_string(), "`ticket.html`: could not read the file: permission denied");
    /// ```
    pub fn could_not(action: &str, error: io::Error) -> Error {
        let detail = format!("could not {action}: {}", Error::reason(&error));
        Error::new(ErrorKind::Io, detail).because(error)
    }

    /// The operating system's message in helpful words, without the number that only programs need.
    pub fn reason(error: &io::Error) -> String {
        let text = error.to_string();
        if error.get_ref().is_some() && !text.contains("(os error") {
            return text; // psalink's own message
        }
        let known = match error.kind() {
            io::ErrorKind::NotFound => "it does not exist",
            io::ErrorKind::PermissionDenied => "permission denied",
            io::ErrorKind::StorageFull => "the disk is full",
            io::ErrorKind::QuotaExceeded => "this account has no disk space left",
            io::ErrorKind::FileTooLarge => "it is larger than this account is allowed to write",
            io::ErrorKind::ReadOnlyFilesystem => "the disk is read-only",
            io::ErrorKind::IsADirectory => "it is a folder",
            io::ErrorKind::InvalidFilename => "its name is too long or not valid on this computer",
            io::ErrorKind::NotADirectory => "part of its path is not a folder",
            io::ErrorKind::InvalidData => NOT_UTF_8,
            _ => "",
        };
        if !known.is_empty() {
            return known.to_owned();
        }
        let text = text.split(" (os error").next().unwrap_or_default().trim_end_matches('.');
        let mut characters = text.chars();
        characters.next().map_or_else(String::new, |first| first.to_lowercase().chain(characters).collect())
    }

    /// The same error about something that must be provided first, with the advice for the command line.
    ///
    /// ```
    /// use psalink::error::Missing;
    /// use psalink::{Error, ErrorKind};
    /// let error = Error::new(ErrorKind::Missing, "no portal is set").needs(Missing::Portal, "use `--portal acme`");
    /// assert_eq!(error.to_string(), "no portal is set; use `--portal acme`");
    /// assert_eq!(error.problem(), "no portal is set");
    /// ```
    #[must_use]
    pub fn needs(mut self, missing: Missing, advice: &str) -> Error {
        self.0.missing = Some((missing, self.0.detail.len()));
        self.0.detail += &masked(format!("; {advice}"));
        self
    }

    /// The same message without a file, with `more` appended to the problem.
    pub(crate) fn restated(&self, more: &str) -> Error {
        let mut error = Error::new(self.0.kind, format!("{}{more}", self.problem()));
        if let Some((missing, end)) = self.0.missing {
            error.0.missing = Some((missing, error.0.detail.len()));
            error.0.detail += self.0.detail.get(end..).unwrap_or_default();
        }
        error
    }

    /// The error of another process, unchanged.
    pub(crate) fn as_it_was(kind: ErrorKind, detail: String, missing: Option<(Missing, usize)>) -> Error {
        let mut error = Error::new(kind, detail);
        error.0.missing = missing;
        error
    }

    /// What must be provided first, and where in the detail the advice begins.
    pub(crate) fn missing_at(&self) -> Option<(Missing, usize)> {
        self.0.missing
    }

    /// The same error about a file.
    #[must_use]
    pub fn at(mut self, path: impl Into<String>) -> Error {
        self.0.path.get_or_insert(path.into());
        self
    }

    /// The same error at a line and column, both counted from 1.
    #[must_use]
    pub fn at_place(mut self, line: usize, column: usize) -> Error {
        self.0.place.get_or_insert((line, column));
        self
    }

    /// The same error, with its cause.
    #[must_use]
    pub fn because(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
        self.0.source = Some(source.into());
        self
    }

    /// What kind of error it is.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// What happened and what to do, without the path.
    pub fn detail(&self) -> &str {
        &self.0.detail
    }

    /// What happened, without the path and without advice that only the command line can follow.
    pub fn problem(&self) -> &str {
        let end = self.0.missing.map(|(_, end)| end);
        end.and_then(|end| self.0.detail.get(..end)).unwrap_or(&self.0.detail)
    }

    /// What must be provided first.
    pub fn missing(&self) -> Option<Missing> {
        self.0.missing.map(|(missing, _)| missing)
    }

    /// The line and column, both counted from 1, if they are known.
    pub fn place(&self) -> Option<(usize, usize)> {
        self.0.place
    }

    /// The file it is about.
    pub fn path(&self) -> Option<&str> {
        self.0.path.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(path) = &self.0.path {
            write!(f, "`{}`", visible(&mask(path)))?;
            if let Some((line, column)) = self.0.place {
                write!(f, " line {line}, column {column}")?;
            }
            f.write_str(": ")?;
        }
        f.write_str(&self.0.detail)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}
