//! The settings of a whole template, from those of its files.

use super::Session;
use crate::config::settings::Settings;
use crate::error::{Error, ErrorKind};
use crate::parse::Parser;
use crate::source::Source;
use crate::span::Span;
use crate::template::Template;

impl Session {
    /// The settings for a whole template: those of its body, and the dialect that any of its files tells.
    ///
    /// # Errors
    ///
    /// A template without files, settings at the top that cannot be read, a dialect that cannot be determined.
    pub fn settings_of(&self, template: &Template, parser: &mut Parser<'_>) -> Result<Settings, Error> {
        let mut told = ToldSettings::default();
        for file in template.files() {
            let document = self.parse(as_text(&file.source), parser)?;
            if told.add(self.settings(&document, parser)) {
                break;
            }
        }
        told.settings(template.name())
    }
}

/// The settings of a whole template, from those of its files: the first one's, with the dialect that any of them tells.
#[derive(Default)]
pub(super) struct ToldSettings(Option<Result<Settings, Error>>);

impl ToldSettings {
    /// Adds those of one file; whether no other file can add to them.
    pub(super) fn add(&mut self, settings: Result<Settings, Error>) -> bool {
        let is_known = settings.as_ref().is_ok_and(|settings| settings.is_dialect_known);
        match (settings, &mut self.0) {
            (Ok(Settings { dialect, language, .. }), Some(Ok(first))) if is_known => {
                (first.dialect, first.is_dialect_known, first.language) = (dialect, true, language);
            }
            (known, first) if is_known => *first = Some(known),
            (settings, first @ None) => *first = Some(settings),
            _ => {}
        }
        is_known
    }

    /// What holds for the template of that name.
    ///
    /// # Errors
    ///
    /// A template without files, and a dialect that cannot be detected.
    pub(super) fn settings(self, name: &str) -> Result<Settings, Error> {
        self.0.unwrap_or_else(|| Err(Error::new(ErrorKind::Usage, "the template has no body").at(name)))
    }
}

/// The source as UTF-8 without a byte order mark; its lines and columns are those of the file.
pub(super) fn as_text(source: &Source) -> Source {
    let text = source.text(Span::new(0, source.bytes().len()));
    Source::from_text(source.name(), text.strip_prefix('\u{feff}').unwrap_or(&text), source.kind())
}
