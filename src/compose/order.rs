//! Everything needed to compose one template, independent of the session.

use std::path::{Path, PathBuf};

use minijinja::Value;
use serde::{Deserialize, Serialize};

use super::composed::Composed;
use super::engine::Engine;
use super::inputs::Inputs;
use super::loader::{Composer, SourceFile};
use super::source_map::RenderedText;
use super::values::Values;
use super::wrong::Wrong;
use super::{carried, front_matter, stack};
use crate::error::{Error, ErrorKind};
use crate::file_names::{HTML, folder_and_stem, is_composed, names_of};
use crate::parse::front_matter::FrontMatter;
use crate::source::reading::Reading;
use crate::source::{Source, SourceKind};

/// One template to compose.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Composition {
    /// The source.
    pub root: SourceFile,
    /// The folder of psalink.yaml, as the session names it.
    project: PathBuf,
    /// Where the files that templates share may be.
    reading: Reading,
    values: Values,
    /// The HTML source of the same message, whose subject a text may ask for.
    beside: Option<Result<Beside, Wrong>>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Beside {
    file: SourceFile,
    values: Values,
}

impl Composition {
    /// Prepares the composition of a source.
    ///
    /// # Errors
    ///
    /// A dialect that does not exist.
    pub fn new(inputs: &Inputs<'_>, composer: &Composer, root: SourceFile) -> Result<Composition, Error> {
        let kind = root.source.kind();
        let values = values_for(inputs, &root, kind)?;
        let beside = if kind == SourceKind::Html { None } else { Beside::find(inputs, composer, root.name()) };
        let (project, reading) = (inputs.project.clone(), inputs.shared_reading.clone());
        Ok(Composition { root, project, reading, values, beside })
    }

    /// Composes the template.
    ///
    /// # Errors
    ///
    /// A mistake in the source or in a file that it uses.
    pub fn fill(&self, composer: &Composer) -> Result<Composed, Error> {
        stack::known(self.root.name(), || self.put_together(composer))
    }

    fn put_together(&self, composer: &Composer) -> Result<Composed, Error> {
        let (name, kind) = (self.root.name(), self.root.source.kind());
        let top = front_matter::end_of(self.root.text(), kind);
        let engine = Engine::new(&self.values, &self.project, &self.reading, composer, self.root.clone());

        let mut settings = None;
        let mut composed = RenderedText::default();
        if top > 0 {
            (composed, settings) = engine.settings()?;
            if settings.as_ref().is_none_or(|settings| settings.span.len() != composed.text().len()) {
                let detail = "with its values filled in, the part between the two `---` lines is no longer a list of \
                              settings";
                return Err(Error::new(ErrorKind::Template, detail).at(name).at_place(1, 1));
            }
        }
        let subject = match settings.as_ref().and_then(|settings| settings.subject.clone()) {
            Some((subject, _)) => Some(Value::from(subject)),
            // A mistake in the other file matters only to those who ask for its subject.
            None => self.subject_beside(composer).map(|subject| match subject {
                Ok(subject) => Value::from(subject),
                Err(error) => Value::from(carried::carry(error)),
            }),
        };
        let layout = settings.as_ref().and_then(|settings| settings.layout.clone());
        let body = match layout {
            None => engine.body(subject)?,
            Some(layout) => {
                let place = engine.place_of_key(b"layout");
                engine.set_in(&layout, place, engine.body(subject.clone())?, subject)?
            }
        };
        composed.push(body);
        // What looks like settings would be taken for them later, without layout and subject.
        if top == 0 && composed.text().starts_with("---") {
            let finished = Source::from_text(name, composed.text(), kind);
            if FrontMatter::read(&finished).ok().flatten().is_some_and(|settings| !settings.is_empty()) {
                let detail = "the settings must start on the first line of this file; move whatever is above them \
                              below them";
                return Err(Error::new(ErrorKind::Template, detail).at(name).at_place(1, 1));
            }
        }
        let (text, mut origins) = composed.into_parts();
        origins.use_files(engine.files());
        Ok(Composed { source: Source::from_text(name, &text, kind), origins })
    }

    /// The subject in the settings at the top of the HTML source of the same message.
    fn subject_beside(&self, composer: &Composer) -> Option<Result<String, Error>> {
        let Beside { file, values } = match self.beside.as_ref()? {
            Ok(beside) => beside,
            Err(wrong) => return Some(Err(wrong.clone().into_error())),
        };
        let settings = Engine::new(values, &self.project, &self.reading, composer, file.clone()).settings();
        let subject = |(_, settings): (RenderedText, Option<FrontMatter>)| Some(settings?.subject?.0);
        settings.map(subject).transpose()
    }
}

impl Beside {
    /// The HTML source of the same message, if it has settings at its top.
    fn find(inputs: &Inputs<'_>, composer: &Composer, name: &str) -> Option<Result<Beside, Wrong>> {
        let (folder, stem) = folder_and_stem(Path::new(name))?;
        let names = names_of(stem, &HTML).into_iter().filter(|name| is_composed(name));
        let mut sources = names.map(|name| folder.join(name));
        let path = sources.find(|path| path.is_file())?;
        let read = || {
            let file = composer.file(&path.to_string_lossy(), SourceKind::Html, inputs.reading)?;
            if front_matter::end_of(file.text(), SourceKind::Html) == 0 {
                return Ok(None);
            }
            let values = values_for(inputs, &file, SourceKind::Html)?;
            Ok(Some(Beside { file, values }))
        };
        read().map_err(|error: Error| Wrong::from(&error)).transpose()
    }
}

/// The values for a source, as far as literal settings at its top determine them.
fn values_for(inputs: &Inputs<'_>, file: &SourceFile, kind: SourceKind) -> Result<Values, Error> {
    let top = front_matter::end_of(file.text(), kind);
    let settings = front_matter::literal_settings(&file.text()[..top], kind);
    Values::of(inputs, file.name(), settings.as_ref())
}
