//! Templates that are put together from layouts, partials and values: a source `new.html.j2` gives `new.html`.
//!
//! What comes out goes the way of any template: it is parsed, checked and rewritten. [`Origins`] leads back from there
//! to the files that the user changes.

mod engine;
mod library;
mod origins;
mod top;
mod trouble;
mod values;

pub use self::library::Composer;
pub use self::origins::{Mapped, Origin, Origins};
pub(crate) use self::top::settings_said;

use std::path::Path;

use minijinja::Value;

use self::engine::Engine;
use self::origins::Text;
use crate::error::{Error, ErrorKind};
use crate::front_matter::FrontMatter;
use crate::session::Session;
use crate::source::{Source, SourceKind};
use crate::span::Span;
use crate::template::stem;

/// A template that was put together, and where each part of it came from.
#[derive(Debug)]
pub struct Composed {
    /// The finished template with the settings on its top, named like its `.j2` file.
    pub source: Source,
    /// The way back to the files.
    pub origins: Origins,
}

impl Session {
    /// Puts a template together: fills in the values of its `.j2` source, takes in partials, and sets it in its layout.
    ///
    /// # Errors
    ///
    /// What the source, or a file that it uses, has wrong, with its line and column.
    ///
    /// ```
    /// use psalink::{Composer, Config, Overrides, Session, Source, SourceKind};
    /// let overrides = Overrides { dialect: Some("connectwise".to_owned()), ..Overrides::default() };
    /// let session = Session::new(Config::default(), overrides)?;
    /// let text = r#"<p>Ticket #{{ placeholder("ticket.number") }}</p>"#;
    /// let source = Source::from_text("new.html.j2", text, SourceKind::Html);
    /// let composed = session.compose(source, &Composer::default())?;
    /// assert_eq!(composed.source.bytes(), b"<p>Ticket #[srnumber]</p>");
    /// # Ok::<(), psalink::Error>(())
    /// ```
    pub fn compose(&self, source: Source, composer: &Composer) -> Result<Composed, Error> {
        let (name, kind) = (source.name().to_owned(), source.kind());
        let file = library::checked(source)?;
        let top = top::end_of(file.text(), kind);
        let said = settings_said(&file.text()[..top], kind);
        let engine = Engine::new(self, composer, file, said.as_ref())?;

        let mut settings = None;
        let mut composed = Text::default();
        if top > 0 {
            (composed, settings) = engine.settings()?;
            if settings.as_ref().is_none_or(|settings| settings.span.len() != composed.text().len()) {
                let detail = "what stands between the two lines of `---` is no longer a list of settings when its values \
                              are filled in";
                return Err(Error::new(ErrorKind::Template, detail).at(&*name).at_place(1, 1));
            }
        }
        let subject = match settings.as_ref().and_then(|settings| settings.subject.clone()) {
            Some((subject, _)) => Some(Value::from(subject)),
            None if kind == SourceKind::Html => None,
            // What is wrong with the other file matters only to those who ask for its subject.
            None => self.subject_beside(&name, composer).map(|subject| match subject {
                Ok(subject) => Value::from(subject),
                Err(error) => Value::from(trouble::told(error)),
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
        // What looks like settings would be taken for them later, with no layout and no subject.
        if top == 0 && composed.text().starts_with("---") {
            let finished = Source::from_text(&name, composed.text(), kind);
            if FrontMatter::read(&finished).ok().flatten().is_some_and(|settings| !settings.is_empty()) {
                let detail = "the settings must begin on the first line of this file; move what stands above them below \
                              them";
                return Err(Error::new(ErrorKind::Template, detail).at(name).at_place(1, 1));
            }
        }
        if u32::try_from(composed.text().len()).is_err() {
            return Err(Error::new(ErrorKind::Template, "the finished template is larger than 4 GB").at(name));
        }
        let (text, mut origins) = composed.into_parts();
        origins.use_files(engine.files());
        Ok(Composed { source: Source::from_text(&name, &text, kind), origins })
    }

    /// The subject that the HTML source of the same mail has in the settings on its top.
    fn subject_beside(&self, name: &str, composer: &Composer) -> Option<Result<String, Error>> {
        let (folder, stem) = stem(Path::new(name))?;
        let mut sources = [".html.j2", ".htm.j2"].iter().map(|end| folder.join(format!("{stem}{end}")));
        let path = sources.find(|path| path.is_file())?;
        let read = || {
            let file = composer.file(&path.to_string_lossy(), SourceKind::Html, self.reading())?;
            let top = top::end_of(file.text(), SourceKind::Html);
            if top == 0 {
                return Ok(None);
            }
            let said = settings_said(&file.text()[..top], SourceKind::Html);
            let (_, settings) = Engine::new(self, composer, file, said.as_ref())?.settings()?;
            Ok(settings.and_then(|settings| settings.subject).map(|(subject, _)| subject))
        };
        read().transpose()
    }
}

impl Composed {
    /// Where a stretch of the finished template came from.
    pub fn origin(&self, span: Span) -> Option<Origin<'_>> {
        self.origins.origin(span)
    }
}
