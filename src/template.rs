//! One template as it lies on the disk: its HTML body, its text-only body and its subject.

use std::path::{Path, PathBuf};

use crate::error::{Error, ErrorKind, reason};
use crate::source::{Source, SourceKind};

/// The files of one mail. At least one of the bodies is there; a subject alone is no mail.
#[derive(Debug, Default)]
pub struct Template {
    /// The HTML body.
    pub html: Option<Source>,
    /// The text-only body, where it has a file of its own.
    pub text: Option<Source>,
    /// The subject, where it has a file of its own.
    pub subject: Option<Source>,
}

impl Template {
    /// A template of one body.
    pub fn of(body: Source) -> Template {
        let mut template = Template::default();
        let place = match body.kind() {
            SourceKind::Html => &mut template.html,
            SourceKind::Text => &mut template.text,
            SourceKind::Subject => &mut template.subject,
        };
        *place = Some(body);
        template
    }

    /// A template of a body and of the files that belong to it: `note.txt` and `note.subject.txt` beside `note.html`.
    ///
    /// # Errors
    ///
    /// A companion that cannot be read.
    pub fn with_companions(body: Source, path: &Path, encoding: Option<&str>) -> Result<Template, Error> {
        let mut template = Template::of(body);
        let Some((folder, stem)) = stem(path) else { return Ok(template) };
        let read = |ending: &str, kind| {
            for path in [format!("{stem}{ending}.j2"), format!("{stem}{ending}")].map(|name| folder.join(name)) {
                if path.is_file() {
                    return read(&path, kind, encoding).map(Some);
                }
            }
            Ok(None)
        };
        if template.text.is_none() {
            template.text = read(".txt", SourceKind::Text)?;
        }
        if template.subject.is_none() {
            template.subject = read(".subject.txt", SourceKind::Subject)?;
        }
        Ok(template)
    }

    /// What messages call it: the name of its HTML body, or else of its text.
    pub fn name(&self) -> &str {
        let bodies = [&self.html, &self.text, &self.subject];
        bodies.into_iter().flatten().next().map_or("", Source::name)
    }
}

fn read(path: &Path, kind: SourceKind, encoding: Option<&str>) -> Result<Source, Error> {
    let name = path.display().to_string();
    let bytes = std::fs::read(path).map_err(|error| {
        let detail = format!("could not read the file: {}", reason(&error));
        Error::new(ErrorKind::Io, detail).at(&*name).because(error)
    })?;
    Source::read(name.strip_prefix("./").unwrap_or(&name), bytes, kind, encoding)
}

/// The folder of a template, and its name without what tells its files apart: `note` of `note.subject.txt`.
pub(crate) fn stem(path: &Path) -> Option<(PathBuf, &str)> {
    let name = path.file_name()?.to_str()?;
    let name = name.strip_suffix(".j2").unwrap_or(name);
    let stem = [".subject.txt", ".html", ".htm", ".txt"].iter().find_map(|end| name.strip_suffix(end))?;
    Some((path.parent().unwrap_or(Path::new("")).to_owned(), stem))
}
