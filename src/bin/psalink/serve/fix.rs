//! Fixes that a page asks for, made in the file itself.

use std::path::Path;

use psalink::config::LintConfig;
use psalink::lint::fix;
use psalink::source::edit;
use psalink::template::TemplateFile;
use psalink::{Diagnostic, Document, Error, ErrorKind, Safety, Source};
use serde::Deserialize;

use super::answer::{self, Answer};
use super::opened::check_inside;
use super::patience;
use super::template;
use super::workbench::{View, Workbench};
use crate::atomic_write::{self, Before, lock};
use crate::inputs::input::InputOrigin;
use crate::paths::real_path;

/// What to fix, and where.
#[derive(Debug, Deserialize)]
pub struct Wish {
    pub path: String,
    #[serde(default)]
    pub dialect: Option<String>,
    pub file: String,
    pub what: What,
    /// What the page has seen of the file: its hash.
    pub version: String,
}

/// All that is safe, or one finding.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum What {
    All(All),
    One { rule: String, line: usize, column: usize },
}

/// The word for all safe fixes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum All {
    Safe,
}

/// Fixes a file, and gives the template as it is then.
pub fn answer(workbench: &Workbench, wish: Wish) -> Result<Answer, Error> {
    let opened = workbench.open(wish.dialect.as_deref(), None)?;
    let is_asked = |file: &&TemplateFile| file.source.name() == wish.file;
    let notes = opened.with(&wish.path, |session, template, rewriter, input| {
        let template = template?;
        let Some(TemplateFile { source, origins: None }) = template.files().find(is_asked) else {
            let detail =
                "psalink does not change this file, because it is a source or other templates may use it; change it yourself";
            return Err(Error::new(ErrorKind::Usage, detail).at(&*wish.file));
        };
        if let InputOrigin::Link { leads_out: true, .. } = &input.origin {
            let detail = "this is a symbolic link to a file outside the folder, so it is not changed";
            return Err(Error::new(ErrorKind::Usage, detail).at(&*wish.file));
        }
        if answer::hash(source) != wish.version {
            return Err(changed_meanwhile(&wish.file));
        }
        let copy = source.to_disk(source.bytes().to_vec());
        let copy = Source::read(source.name(), copy, source.kind(), Some(source.encoding()))?;
        let profile = session.profile(&wish.file, &LintConfig::default())?;
        let new = with_fixes(copy, &wish.what, |source| {
            patience::check()?;
            session.check(source, &mut rewriter.parser, &profile)
        })?;
        let path = Path::new(&wish.file);
        // What is checked is the path that is written to: a link may be turned around meanwhile.
        let real = real_path(path);
        check_inside(session.reading(), &real)?;
        let _lock = lock::take_for_file(&real)?;
        patience::check()?; // what was answered as given up must not be written later
        // No other program may have written since the file was read.
        let seen = source.to_disk(source.bytes().to_vec());
        let notes = atomic_write::replace(&real, path, &new, Before::Bytes(&seen), true)?;
        atomic_write::check_no_late_save(path)?;
        Ok(notes)
    })?;
    let told = template::answer(workbench, View { path: wish.path, dialect: wish.dialect, ..View::default() })?;
    Ok(Answer { notes: notes.lines().map(str::to_owned).collect(), ..told })
}

/// The bytes of a file after the fixes that were asked for.
pub fn with_fixes(
    source: Source,
    what: &What,
    mut look: impl FnMut(Source) -> Result<(Document, Vec<Diagnostic>), Error>,
) -> Result<Vec<u8>, Error> {
    let (rule, line, column) = match what {
        What::All(All::Safe) => {
            let fixed = fix(source, Safety::Safe, look)?;
            let source = fixed.document.source();
            return Ok(source.to_disk(source.bytes().to_vec()));
        }
        What::One { rule, line, column } => (rule, *line, *column),
    };
    let (document, findings) = look(source)?;
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
