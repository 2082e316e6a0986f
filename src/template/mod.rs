//! A template on disk: its HTML body, its text-only body and its subject.
//!
//! ```text
//! note.html, note.txt, note.subject.txt --Template::with_companions--> Template --Session::ready, finish--> the message
//! ```
//!
//! ```
//! use psalink::{Source, SourceKind, Template};
//! let folder = std::env::temp_dir().join(format!("psalink-doc-template-{}", std::process::id()));
//! std::fs::create_dir_all(&folder)?;
//! std::fs::write(folder.join("new.subject.txt"), "Ticket #[srnumber]")?;
//! let body = Source::from_text("new.html", "<p>Hello</p>", SourceKind::Html);
//! let template = Template::with_companions(body, &folder.join("new.html"), None)?;
//! assert_eq!(template.subject.ok_or("none")?.source.bytes(), b"Ticket #[srnumber]");
//! assert!(template.text.is_none());
//! std::fs::remove_dir_all(&folder)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::path::Path;
use std::sync::Arc;

use crate::compose::{Mapped, Origins};
use crate::diagnostic::Diagnostic;
use crate::error::Error;
use crate::file_names::{SUBJECT, TEXT, folder_and_stem, is_composed, names_of};
use crate::source::reading::Reading;
use crate::source::{Source, SourceKind};

/// The files of one message. It has at least one body; a subject alone is not a message.
#[derive(Debug, Default)]
pub struct Template {
    /// The HTML body.
    pub html: Option<TemplateFile>,
    /// The text-only body, if it has its own file.
    pub text: Option<TemplateFile>,
    /// The subject, if it has its own file.
    pub subject: Option<TemplateFile>,
}

/// One file of a template.
#[derive(Debug)]
pub struct TemplateFile {
    /// Its content; for a composed file, the result.
    pub source: Source,
    /// The way back to the files that it was composed from.
    pub origins: Option<Origins>,
}

impl Template {
    /// A template with a single body.
    pub fn of(body: Source) -> Template {
        let mut template = Template::default();
        let place = match body.kind() {
            SourceKind::Html => &mut template.html,
            SourceKind::Text => &mut template.text,
            SourceKind::Subject => &mut template.subject,
        };
        *place = Some(body.into());
        template
    }

    /// A template with a body and the files that belong to it: `note.txt` and `note.subject.txt` next to `note.html`.
    ///
    /// # Errors
    ///
    /// A companion that cannot be read.
    pub fn with_companions(body: Source, path: &Path, encoding: Option<&str>) -> Result<Template, Error> {
        Template::with_companions_read(body, path, encoding, &Reading::default())
    }

    /// The same, with limits on where the companions may be and how large they may be.
    ///
    /// # Errors
    ///
    /// A companion that cannot be read.
    pub fn with_companions_read(
        body: Source,
        path: &Path,
        encoding: Option<&str>,
        reading: &Reading,
    ) -> Result<Template, Error> {
        let mut template = Template::of(body);
        let Some((folder, stem)) = folder_and_stem(path) else { return Ok(template) };
        // A pipe with that name is not a missing companion: trying to read it reports what is wrong.
        let is_there = |path: &Path| path.metadata().is_ok_and(|metadata| !metadata.is_dir());
        let read = |ending: &str, kind| {
            // A source takes precedence over what was composed from it.
            for path in names_of(stem, &[ending]).into_iter().rev().map(|name| folder.join(name)) {
                if is_there(&path) {
                    // A source is composed as text.
                    let encoding = if is_composed(&path.to_string_lossy()) { Some("utf-8") } else { encoding };
                    return read(&path, kind, encoding, reading).map(|source| Some(source.into()));
                }
            }
            Ok(None)
        };
        if template.text.is_none() {
            template.text = read(TEXT, SourceKind::Text)?;
        }
        if template.subject.is_none() {
            template.subject = read(SUBJECT, SourceKind::Subject)?;
        }
        Ok(template)
    }

    /// Its name in messages: that of its HTML body, or else of its text.
    pub fn name(&self) -> &str {
        let bodies = [&self.html, &self.text, &self.subject];
        bodies.into_iter().flatten().next().map_or("", |file| file.source.name())
    }

    /// The files, body first.
    pub fn files(&self) -> impl Iterator<Item = &TemplateFile> {
        [&self.html, &self.text, &self.subject].into_iter().flatten()
    }
}

impl TemplateFile {
    /// Findings in a file, which is passed as it was read for them, each mapped to the file where it must be fixed.
    pub(crate) fn mapped(&self, read: Source, findings: Vec<Diagnostic>) -> Vec<Mapped> {
        if findings.is_empty() {
            return Vec::new();
        }
        match &self.origins {
            Some(origins) => origins.map(&read, findings),
            None => {
                let source = Arc::new(read);
                in_file(&source, findings)
            }
        }
    }
}

/// How many findings are moved at a time.
const MOVED: usize = 8192;

/// Findings in a file, each with its file. There may be as many as characters, so the old list becomes shorter while the
/// new one grows.
fn in_file(source: &Arc<Source>, mut findings: Vec<Diagnostic>) -> Vec<Mapped> {
    let mut mapped = Vec::with_capacity(findings.len());
    while let Some(finding) = findings.pop() {
        mapped.push(Mapped { source: Arc::clone(source), finding });
        if findings.len().is_multiple_of(MOVED) {
            findings.shrink_to_fit();
        }
    }
    mapped.reverse();
    mapped
}

impl From<Source> for TemplateFile {
    fn from(source: Source) -> TemplateFile {
        TemplateFile { source, origins: None }
    }
}

fn read(path: &Path, kind: SourceKind, encoding: Option<&str>, reading: &Reading) -> Result<Source, Error> {
    let name = path.display().to_string();
    let bytes = reading.read(path).map_err(|error| Error::could_not("read the file", error).at(&*name))?;
    Source::read(name.strip_prefix("./").unwrap_or(&name), bytes, kind, encoding)
}
