//! Composes templates from their sources, with values from the configuration.

use std::path::Path;

use super::Session;
use crate::compose::{self, Composed, Composer, Inputs, Mapped, WrittenFor};
use crate::error::Error;
use crate::file_names::is_composed;
use crate::lint::Profile;
use crate::parse::front_matter::FrontMatter;
use crate::rewrite::rewriter::Rewriter;
use crate::source::Source;
use crate::template::{Template, TemplateFile};

impl Session {
    /// Composes a template: fills in the values of its `.j2` source, includes partials, and puts it into its layout.
    ///
    /// This runs in the caller's process, on a thread with a 256 MB stack. Deep nesting, long loops and unbounded
    /// growth are refused as far as they can be detected in advance, and loops are stopped. A source can still build
    /// values that exhaust the memory or the stack, which ends the process. Compose untrusted sources in a process with
    /// limits, using [`Composer::in_workroom`], as the program does.
    ///
    /// # Errors
    ///
    /// A mistake in the source or in a file that it uses, with its line and column.
    ///
    /// ```
    /// use psalink::compose::Composer;
    /// use psalink::{Config, Session, Source, SourceKind};
    /// use psalink::session::Overrides;
    /// let overrides = Overrides { dialect: Some("connectwise".to_owned()), ..Overrides::default() };
    /// let session = Session::new(Config::default(), overrides)?;
    /// let text = r#"<p>Ticket #{{ placeholder("ticket.number") }}</p>"#;
    /// let source = Source::from_text("new.html.j2", text, SourceKind::Html);
    /// let composed = session.compose(source, &Composer::default())?;
    /// assert_eq!(composed.source.bytes(), b"<p>Ticket #[srnumber]</p>");
    /// # Ok::<(), psalink::Error>(())
    /// ```
    pub fn compose(&self, source: Source, composer: &Composer) -> Result<Composed, Error> {
        let target = |path: &Path, front_matter: Option<&FrontMatter>| {
            let (dialect, language) = self.target(path, front_matter)?;
            Ok(WrittenFor { vocabulary: self.vocabulary_for(path), dialect, language })
        };
        let inputs = Inputs {
            project: self.config().folder(),
            reading: self.reading(),
            shared_reading: self.shared_reading(),
            brand: &self.config().brand,
            target: &target,
        };
        compose::compose(&inputs, source, composer)
    }

    /// Composes the files of a template that are sources (`.j2`).
    ///
    /// # Errors
    ///
    /// A mistake in a source or in a file that it uses.
    pub fn put_together(&self, template: Template, composer: &Composer) -> Result<Template, Error> {
        let compose = |file: Option<TemplateFile>| match file {
            Some(TemplateFile { source, origins: None }) if is_composed(source.name()) => {
                let composed = self.compose(source, composer)?;
                Ok(Some(TemplateFile { source: composed.source, origins: Some(composed.origins) }))
            }
            file => Ok(file),
        };
        let Template { html, text, subject } = template;
        Ok(Template { html: compose(html)?, text: compose(text)?, subject: compose(subject)? })
    }

    /// What the rules of a profile find in the files of a template, as with `psalink lint`. The rewriter must be for the
    /// template's vocabulary.
    ///
    /// # Errors
    ///
    /// Settings at the top of a file that cannot be read, and a dialect that cannot be determined.
    pub fn check_template(
        &self,
        template: &Template,
        rewriter: &mut Rewriter<'_>,
        profile: &Profile,
    ) -> Result<Vec<Mapped>, Error> {
        let mut found = Vec::new();
        for file in template.files() {
            let source = &file.source;
            let copy = source.to_disk(source.bytes().to_vec());
            let copy = Source::read(source.name(), copy, source.kind(), Some(source.encoding()))?;
            let (document, findings) = self.check(copy, rewriter, profile)?;
            found.extend(file.mapped(document.into_source(), findings));
        }
        Ok(found)
    }
}
