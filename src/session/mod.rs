//! A loaded configuration and vocabulary, and the few operations that the command line and the web page use.
//!
//! ```text
//! Config, Overrides --Session::new--> Session, for a whole run
//!    Source --parse, check--> findings; Document --rewrite, translate--> edits; Source --compose--> Source
//!    Template --ready--> Ready, for a preview; --finish--> Finished or Stopped, for the PSA
//! ```
//!
//! ```
//! use psalink::session::Overrides;
//! use psalink::{Config, Session, Source, SourceKind};
//! let config = Config::parse("psalink.yaml", "portal: acme\ndialect: connectwise\n")?;
//! let session = Session::new(config, Overrides::default())?;
//! let mut rewriter = session.rewriter();
//! let source = Source::from_text("new.html", "<p>[dd:ticket]</p>", SourceKind::Html);
//! let document = session.parse(source, &mut rewriter.parser)?;
//! let rewritten = session.rewrite(&document, &mut rewriter)?;
//! let link = "https://acme.deskdirector.com/portal/deeplink?name=ticket&ticket_id=[srnumber]";
//! assert_eq!(&*rewritten.links[0].after, link);
//! # Ok::<(), psalink::Error>(())
//! ```

mod check;
mod compose;
mod detect;
mod finish;
mod finished_links;
mod output;
mod overrides;
mod ready;
mod samples;
mod template_settings;

use std::path::Path;
use std::sync::OnceLock;

pub use finish::{Finish, FinishWork, Finished, Stopped};
pub use output::Output;
pub use overrides::Overrides;

use crate::compose::literal_settings;
use crate::config::settings::{DEFAULT_COLOR, Settings};
use crate::config::{Config, LintConfig, TemplateConfig};
use crate::diagnostic::Diagnostic;
use crate::error::Error;
use crate::expand::rewritten::Rewritten;
use crate::file_names::{HTML, folder_and_stem, is_composed, names_of};
use crate::lint::{Profile, check_remembering};
use crate::parse::Parser;
use crate::parse::document::Document;
use crate::parse::front_matter::{Audience, FrontMatter};
use crate::rewrite::rewriter::Rewriter;
use crate::rewrite::{rewrite, untouched};
use crate::source::reading::Reading;
use crate::source::{Source, SourceKind};
use crate::translate::{self, Translated};
use crate::vocabulary::{Dialect, Vocabulary};
use crate::yaml::{Map, Step};

/// A configuration with its vocabulary.
#[derive(Debug)]
pub struct Session {
    config: Config,
    overrides: Overrides,
    /// The vocabulary without renamed terms.
    vocabulary: Vocabulary,
    /// One vocabulary for each set of terms in the configuration, built on first use.
    renamed: Vec<(Map<String>, OnceLock<Vocabulary>)>,
    host: Option<String>,
}

impl Session {
    /// Loads the vocabularies that a configuration names, and checks the command line's settings.
    ///
    /// # Errors
    ///
    /// A vocabulary file that cannot be read or is wrong, an unknown dialect, an invalid portal.
    pub fn new(config: Config, overrides: Overrides) -> Result<Session, Error> {
        let mut vocabulary = Vocabulary::builtin().clone();
        for (index, file) in config.vocabulary.iter().enumerate() {
            let path = config.folder().join(file);
            let name = path.strip_prefix(".").unwrap_or(&path).display().to_string();
            // Files that the settings name are read from the folder of the settings, not from where a link leads.
            let reading = overrides.reading.and(path.parent().unwrap_or(Path::new("")));
            let text = reading.read_to_string(&path).map_err(|error| {
                let detail = format!("could not read the vocabulary file `{name}`: {}", Error::reason(&error));
                config.wrong(&[Step::Key("vocabulary"), Step::Item(index)], detail).because(error)
            })?;
            vocabulary.add(&name, &text)?;
        }
        for (key, command) in config.commands.iter() {
            vocabulary
                .name_command(key, &command.name)
                .map_err(|error| config.wrong(&[Step::Key("commands"), Step::Name(key)], error.detail()))?;
        }
        check::terms(&vocabulary, &config)?;
        check::dialects(&vocabulary, &config)?;
        check::languages(&vocabulary, &config)?;
        check::rules(&config)?;
        if let Some(dialect) = &overrides.dialect {
            check::dialect(&vocabulary, dialect)?;
        }
        let host = check::host(&vocabulary, &config, &overrides)?;
        let mut renamed: Vec<(Map<String>, OnceLock<Vocabulary>)> = Vec::new();
        for terms in config.templates.iter().filter_map(|entry| entry.terms.as_ref()).chain([&config.autotask.terms]) {
            if !terms.is_empty() && !renamed.iter().any(|(known, _)| known == terms) {
                renamed.push((terms.clone(), OnceLock::new()));
            }
        }
        Ok(Session { config, overrides, vocabulary, renamed, host })
    }

    /// The configuration.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// How the files of templates are read.
    pub fn reading(&self) -> &Reading {
        &self.overrides.reading
    }

    /// How files that several templates share are read: they may also be next to the settings.
    pub fn shared_reading(&self) -> Reading {
        match self.config.path() {
            Some(_) => self.overrides.reading.and(&self.config.folder()),
            None => self.overrides.reading.clone(),
        }
    }

    /// The host that links lead to, if it is known.
    pub fn host(&self) -> Option<&str> {
        self.host.as_deref()
    }

    /// The vocabulary of templates whose terms no entry of `templates` renames.
    pub fn vocabulary(&self) -> &Vocabulary {
        self.renamed(&self.config.autotask.terms)
    }

    /// The vocabulary of a template, with the terms for its path. All templates with the same terms share one
    /// vocabulary.
    pub fn vocabulary_for(&self, path: &Path) -> &Vocabulary {
        let entry = match self.renamed.is_empty() {
            true => None,
            false => self.config.entries(path).into_iter().rev().find_map(|entry| entry.terms.as_ref()),
        };
        self.renamed(entry.unwrap_or(&self.config.autotask.terms))
    }

    /// A parser for templates whose terms no entry of `templates` renames; use one per thread.
    ///
    /// For other templates, use `Parser::new(session.vocabulary_for(path))`.
    pub fn parser(&self) -> Parser<'_> {
        Parser::new(self.vocabulary())
    }

    /// A rewriter for templates whose terms no entry of `templates` renames; use one per thread.
    ///
    /// For other templates, use `Rewriter::new(session.vocabulary_for(path))`.
    pub fn rewriter(&self) -> Rewriter<'_> {
        Rewriter::new(self.vocabulary())
    }

    /// Parses a template with the settings at its top.
    ///
    /// # Errors
    ///
    /// Settings at the top of the template that cannot be read.
    pub fn parse(&self, source: Source, parser: &mut Parser<'_>) -> Result<Document, Error> {
        let front_matter = FrontMatter::read(&source)?;
        Ok(parser.parse_with(source, front_matter))
    }

    /// Rewrites a template: returns the changes without applying them. The rewriter must be for the template's
    /// vocabulary.
    ///
    /// # Errors
    ///
    /// A dialect that cannot be determined, or a link that is needed although no portal is known.
    pub fn rewrite(&self, document: &Document, rewriter: &mut Rewriter<'_>) -> Result<Rewritten, Error> {
        let is_bare = document.parts().is_empty() && document.links().is_empty();
        if is_bare && document.regions().is_empty() {
            return Ok(untouched(document));
        }
        match self.settings(document, &mut rewriter.parser) {
            Ok(settings) => rewrite(document, &settings, rewriter),
            // Without a placeholder, there may be no clue about the PSA, and nothing depends on it.
            Err(_) if is_bare => Ok(untouched(document)),
            Err(error) => Err(error),
        }
    }

    /// Which rules are reported for a template: the default ones, changed by the configuration, by its entries for the
    /// template's path, and by `choice`, the rule options from the command line.
    ///
    /// # Errors
    ///
    /// A rule that does not exist.
    pub fn profile(&self, name: &str, choice: &LintConfig) -> Result<Profile, Error> {
        let mut profile = Profile::default();
        profile.configure(&self.config.lint)?;
        for entry in self.config.entries(Path::new(name)) {
            profile.configure(&entry.lint)?;
        }
        profile.configure(choice)?;
        Ok(profile)
    }

    /// Checks a template: parses it with the settings at its top, and returns what the rules of a profile find.
    ///
    /// # Errors
    ///
    /// Settings at the top of the template that cannot be read, or a dialect that cannot be determined.
    pub fn check(
        &self,
        source: Source,
        rewriter: &mut Rewriter<'_>,
        profile: &Profile,
    ) -> Result<(Document, Vec<Diagnostic>), Error> {
        let front_matter = FrontMatter::read(&source)?;
        let parser = &mut rewriter.parser;
        let document = parser.parse_whole_with(source, front_matter);
        let settings = self.settings(&document, parser)?;
        let vocabulary = parser.vocabulary();
        let memory = (&mut rewriter.checked_links, &mut rewriter.checked_macros);
        let findings = check_remembering(&document, &settings, vocabulary, profile, memory);
        Ok((document, findings))
    }

    /// The settings for a template. The command line overrides the template's own settings, which override the entry
    /// for its path, then the configuration, then what the template looks like.
    ///
    /// # Errors
    ///
    /// A dialect that cannot be determined or does not exist.
    pub fn settings(&self, document: &Document, parser: &mut Parser<'_>) -> Result<Settings, Error> {
        let name = document.source().name();
        let path = Path::new(name);
        let entries = self.config.entries(path);
        let front_matter = document.front_matter();
        let companion = match document.source().kind() {
            SourceKind::Html => None,
            SourceKind::Text | SourceKind::Subject => body_settings(path, self.reading()),
        };
        let companion = companion.as_ref();
        let last = |find: fn(&crate::config::TemplateConfig) -> Option<String>| {
            entries.iter().rev().find_map(|entry| find(entry))
        };
        let dialect = self.named_dialect(&entries, [front_matter, companion]);
        let dialect = match dialect {
            Some(dialect) => Some(check::dialect(parser.vocabulary(), &dialect).map_err(|error| error.at(name))?),
            None => self.detect(document, parser)?,
        };
        let is_dialect_known = dialect.is_some();
        let dialect = dialect.unwrap_or(0);
        let known = &parser.vocabulary().dialects()[dialect];
        let language = self.language(path, known).unwrap_or_else(|| document.language(known, dialect).to_owned());
        let context = (front_matter.and_then(|front_matter| front_matter.context.clone()))
            .or_else(|| companion.and_then(|front_matter| front_matter.context.clone()))
            .or_else(|| last(|entry| entry.context.clone()));
        let audience: Option<Audience> = front_matter
            .and_then(|front_matter| front_matter.audience)
            .or_else(|| companion.and_then(|front_matter| front_matter.audience))
            .or_else(|| entries.iter().rev().find_map(|entry| entry.audience));
        Ok(Settings {
            dialect,
            is_dialect_known,
            language,
            host: self.host.clone(),
            allowed_hosts: self.config.allowed_hosts.iter().map(|host| host.to_lowercase()).collect(),
            client: self.overrides.client.or(self.config.client).unwrap_or_default(),
            bare: self.overrides.bare.or(self.config.bare).unwrap_or_default(),
            ampersand: self.config.ampersand.unwrap_or_default(),
            context,
            audience,
            unsafe_fixes: self.overrides.unsafe_fixes,
            color: self.config.brand.color.clone().unwrap_or_else(|| DEFAULT_COLOR.to_owned()),
        })
    }

    /// Translates a template to the dialect with an ID: returns the changes without applying them. The new names are in
    /// the configured language, or in the first language of the dialect. The parser must be for the template's
    /// vocabulary.
    ///
    /// # Errors
    ///
    /// No dialect has that ID, or the template's own dialect cannot be determined.
    pub fn translate(&self, document: &Document, to: &str, parser: &mut Parser<'_>) -> Result<Translated, Error> {
        let to = check::dialect(parser.vocabulary(), to)?;
        if !translate::has_work(document, parser) {
            return Ok(Translated::default());
        }
        let settings = self.settings(document, parser)?;
        let target = &parser.vocabulary().dialects()[to];
        let language = self.language(Path::new(document.source().name()), target);
        let language = language.as_ref().or(target.languages.first()).map_or("en", String::as_str);
        Ok(translate::translate(document, &settings, to, language, parser))
    }

    /// Checks that there is a dialect with an ID.
    ///
    /// # Errors
    ///
    /// No dialect has it; the error suggests the closest one.
    pub fn check_dialect(&self, id: &str) -> Result<(), Error> {
        check::dialect(&self.vocabulary, id).map(drop)
    }

    /// The dialect and the language to compose a template for, as far as they are set. `own` are the settings at its
    /// top.
    pub(crate) fn target(
        &self,
        path: &Path,
        front_matter: Option<&FrontMatter>,
    ) -> Result<(Option<usize>, String), Error> {
        let vocabulary = self.vocabulary_for(path);
        let entries = self.config.entries(path);
        let companion = if SourceKind::of(&path.to_string_lossy()) == SourceKind::Html {
            None
        } else {
            body_settings(path, self.reading())
        };
        let dialect = self
            .named_dialect(&entries, [front_matter, companion.as_ref()])
            .map(|dialect| check::dialect(vocabulary, &dialect))
            .transpose()?;
        let language = self.configured_language(&entries);
        let language = match dialect.map(|dialect| &vocabulary.dialects()[dialect].languages) {
            Some(known) => language.filter(|language| known.contains(language)).or_else(|| known.first().cloned()),
            None => language,
        };
        Ok((dialect, language.unwrap_or_else(|| "en".to_owned())))
    }

    /// The dialect that is set first: on the command line, in the template's own settings, in the last entry for its
    /// path, in the configuration.
    fn named_dialect(&self, entries: &[&TemplateConfig], front_matter: [Option<&FrontMatter>; 2]) -> Option<String> {
        (self.overrides.dialect.clone())
            .or_else(|| front_matter.into_iter().flatten().find_map(|front_matter| front_matter.dialect.clone()))
            .or_else(|| entries.iter().rev().find_map(|entry| entry.dialect.clone()))
            .or_else(|| self.config.dialect.clone())
    }

    fn configured_language(&self, entries: &[&TemplateConfig]) -> Option<String> {
        let entry = entries.iter().rev().find_map(|entry| entry.language.clone());
        entry.or_else(|| self.config.autotask.language.clone())
    }

    /// The language of a dialect's names that the configuration sets for a path.
    fn language(&self, path: &Path, dialect: &Dialect) -> Option<String> {
        self.configured_language(&self.config.entries(path)).filter(|language| dialect.languages.contains(language))
    }

    fn renamed(&self, terms: &Map<String>) -> &Vocabulary {
        match self.renamed.iter().find(|(known, _)| known == terms) {
            None => &self.vocabulary,
            Some((_, renamed)) => renamed.get_or_init(|| {
                let mut vocabulary = self.vocabulary.clone();
                vocabulary.rename_terms("autotask", terms);
                vocabulary
            }),
        }
    }
}

/// The settings at the top of the HTML body that a text or a subject belongs to.
fn body_settings(path: &Path, reading: &Reading) -> Option<FrontMatter> {
    let (folder, stem) = folder_and_stem(path)?;
    // A source takes precedence over what was composed from it.
    let (sources, finished): (Vec<String>, Vec<String>) =
        names_of(stem, &HTML).into_iter().partition(|name| is_composed(name));
    let source = sources.iter().find_map(|name| reading.read_to_string(&folder.join(name)).ok());
    if let Some(text) = source {
        return literal_settings(&text, SourceKind::Html);
    }
    let (body, bytes) = finished.iter().find_map(|name| {
        let body = folder.join(name);
        reading.read(&body).ok().map(|bytes| (body, bytes))
    })?;
    let source = Source::read(&body.display().to_string(), bytes, SourceKind::Html, None).ok()?;
    FrontMatter::read(&source).ok().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_context_of_a_template_outranks_that_of_its_path() {
        let text = "portal: acme\ndialect: connectwise\ntemplates:\n  - { path: '*.html', context: new }\n\
                    \x20 - { path: 'b.*', context: closed }\n";
        let config = Config::parse("psalink.yaml", text).unwrap();
        let session = Session::new(config, Overrides::default()).unwrap();
        let mut parser = session.parser();
        let mut context = |name: &str, text: &str| {
            let document = session.parse(Source::from_text(name, text, SourceKind::Html), &mut parser).unwrap();
            session.settings(&document, &mut parser).unwrap().context
        };
        assert_eq!(context("a.html", "<p>").as_deref(), Some("new"));
        assert_eq!(context("b.html", "<p>").as_deref(), Some("closed"));
        assert_eq!(context("b.html", "---\ncontext: note\n---\n<p>").as_deref(), Some("note"));
        assert_eq!(context("c/a.html", "<p>"), None);
    }
}
