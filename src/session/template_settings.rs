//! The settings of a whole template, combined from those of its files.

use super::Session;
use crate::config::settings::Settings;
use crate::error::{Error, ErrorKind};
use crate::parse::Parser;
use crate::source::Source;
use crate::span::Span;
use crate::template::Template;

impl Session {
    /// The settings for a whole template: those of its body, with the dialect that any of its files reveals.
    ///
    /// # Errors
    ///
    /// A template without files, settings at the top that cannot be read, or a dialect that cannot be determined.
    pub fn settings_of(&self, template: &Template, parser: &mut Parser<'_>) -> Result<Settings, Error> {
        let mut combined = CombinedSettings::default();
        for file in template.files() {
            let document = self.parse(as_text(&file.source), parser)?;
            if combined.add(self.settings(&document, parser)) {
                break;
            }
        }
        combined.settings(template.name())
    }
}

/// The settings of a whole template, combined from those of its files: the first file's settings, with the dialect that
/// any file reveals.
#[derive(Default)]
pub(super) struct CombinedSettings(Option<Result<Settings, Error>>);

impl CombinedSettings {
    /// Adds the settings of one file. Returns whether no other file can add to them.
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

    /// The settings of the template with that name.
    ///
    /// # Errors
    ///
    /// A template without files, or a dialect that cannot be detected.
    pub(super) fn settings(self, name: &str) -> Result<Settings, Error> {
        self.0.unwrap_or_else(|| Err(Error::new(ErrorKind::Usage, "the template has no body").at(name)))
    }
}

/// The source as UTF-8 without a byte order mark; its lines and columns are those of the file.
pub(super) fn as_text(source: &Source) -> Source {
    let text = source.text(Span::new(0, source.bytes().len()));
    Source::from_text(source.name(), text.strip_prefix('\u{feff}').unwrap_or(&text), source.kind())
}
