//! Makes fixes that a page requests, in the file itself.

use std::path::Path;

use psalink::config::LintConfig;
use psalink::lint::fix;
use psalink::source::edit;
use psalink::template::TemplateFile;
use psalink::{Diagnostic, Document, Error, ErrorKind, Safety, Source};
use serde::Deserialize;

use super::answer::{self, TemplateAnswer};
use super::opened::check_inside;
use super::patience;
use super::template;
use super::workbench::{View, Workbench};
use crate::atomic_write::{self, Before, lock};
use crate::inputs::input::InputOrigin;
use crate::paths::real_path;

/// What to fix, and where.
#[derive(Debug, Deserialize)]
pub struct FixRequest {
    pub path: String,
    #[serde(default)]
    pub dialect: Option<String>,
    pub file: String,
    pub what: FixChoice,
    /// The hash of the file that the page has seen.
    pub version: String,
}

/// All safe fixes, or one finding.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum FixChoice {
    All(AllSafe),
    One { rule: String, line: usize, column: usize },
}

/// The word for all safe fixes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AllSafe {
    Safe,
}

/// Fixes a file, and returns the template after that.
pub fn answer(workbench: &Workbench, request: FixRequest) -> Result<TemplateAnswer, Error> {
    let opened = workbench.open(request.dialect.as_deref(), None)?;
    let is_asked = |file: &&TemplateFile| file.source.name() == request.file;
    let notes = opened.with(&request.path, |session, template, rewriter, input| {
        let template = template?;
        let Some(TemplateFile { source, origins: None }) = template.files().find(is_asked) else {
            let detail =
                "psalink does not change this file, because it is a source or other templates may use it; change it yourself";
            return Err(Error::new(ErrorKind::Usage, detail).at(&*request.file));
        };
        if let InputOrigin::Link { leads_out: true, .. } = &input.origin {
            let detail = "this is a symbolic link to a file outside the folder, so it is not changed";
            return Err(Error::new(ErrorKind::Usage, detail).at(&*request.file));
        }
        if answer::hash(source) != request.version {
            return Err(changed_meanwhile(&request.file));
        }
        let copy = source.to_disk(source.bytes().to_vec());
        let copy = Source::read(source.name(), copy, source.kind(), Some(source.encoding()))?;
        let profile = session.profile(&request.file, &LintConfig::default())?;
        let new = with_fixes(copy, &request.what, |source| {
            patience::check()?;
            session.check(source, rewriter, &profile)
        })?;
        let path = Path::new(&request.file);
        // The path that is checked is the one that is written to, because a link may change in the meantime.
        let real = real_path(path);
        check_inside(session.reading(), &real)?;
        let _lock = lock::take_for_file(&real)?;
        patience::check()?; // what was reported as given up must not be written later
        // No other program may have written to the file since it was read.
        let seen = source.to_disk(source.bytes().to_vec());
        let notes = atomic_write::replace(&real, path, &new, Before::Bytes(&seen), true)?;
        atomic_write::check_no_late_save(path)?;
        Ok(notes)
    })?;
    let answer = template::answer(workbench, View { path: request.path, dialect: request.dialect, ..View::default() })?;
    Ok(TemplateAnswer { notes: notes.lines().map(str::to_owned).collect(), ..answer })
}

/// The bytes of a file after the requested fixes.
pub fn with_fixes(
    source: Source,
    choice: &FixChoice,
    mut check: impl FnMut(Source) -> Result<(Document, Vec<Diagnostic>), Error>,
) -> Result<Vec<u8>, Error> {
    let (rule, line, column) = match choice {
        FixChoice::All(AllSafe::Safe) => {
            let fixed = fix(source, Safety::Safe, check)?;
            let source = fixed.document.source();
            return Ok(source.to_disk(source.bytes().to_vec()));
        }
        FixChoice::One { rule, line, column } => (rule, *line, *column),
    };
    let (document, findings) = check(source)?;
    let source = document.source();
    let is_asked = |finding: &&Diagnostic| {
        let is_there = || {
            let at = answer::place(source, finding.span.start as usize);
            (at.line, at.column) == (line, column)
        };
        finding.rule == rule && is_there()
    };
    let edits = findings.iter().find(is_asked).and_then(|finding| finding.fix.as_ref()).map(|fix| &fix.edits);
    match edits {
        Some(edits) if !edits.is_empty() => edit::apply(source, edits),
        _ => Err(changed_meanwhile(source.name())),
    }
}

fn changed_meanwhile(file: &str) -> Error {
    let detail = "the file has changed in the meantime, so it was not overwritten; check it again";
    Error::new(ErrorKind::Io, detail).at(file)
}
