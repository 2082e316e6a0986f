//! What psalink knows about placeholders and deep links: the YAML files in `grammar/`, and the user's own files.
//!
//! ```text
//! grammar/*.yaml, the user's own --Vocabulary::add--> Dialect, Target --find(name)--> Known
//! ```
//!
//! Names are connected by their meaning:
//!
//! ```
//! use psalink::Vocabulary;
//! let vocabulary = Vocabulary::builtin();
//! let token = |psa: &str| vocabulary.dialect(psa)?.token("ticket.id", "en");
//! assert_eq!((token("connectwise"), token("autotask")), (Some("srnumber"), Some("Ticket: ID")));
//! ```

mod address_bar;
pub(crate) mod built_in;
mod dialect;
mod editor_address;
mod fact;
pub(crate) mod foreign_syntax;
mod gateway;
pub mod import;
mod reserved_host;
mod target;
mod technician_page;

use std::sync::OnceLock;

pub use address_bar::{AddressBar, PortalPage};
pub use dialect::{Behavior, Dialect, Known, Nearest, Placeholder, Shape, ValueKind};
pub(crate) use editor_address::EditorAddresses;
pub use fact::{Confidence, FactSource};
pub(crate) use gateway::host_of;
pub use gateway::{Gateway, GatewayForm, Unwrapped, unwrap};
pub use reserved_host::is_reserved_host;
pub use target::{Command, Param, ParamKind, Retired, Target};
pub use technician_page::TechnicianPage;

use crate::error::{Error, ErrorKind};
use crate::vocabulary::built_in::built_in;
use crate::yaml::{self, Map};

/// All dialects and targets that a run knows.
///
/// ```
/// let vocabulary = psalink::Vocabulary::builtin();
/// let connectwise = vocabulary.dialect("connectwise").ok_or("missing")?;
/// assert_eq!(connectwise.token("ticket.id", "en"), Some("srnumber"));
/// # Ok::<(), &str>(())
/// ```
#[derive(Clone, Debug)]
pub struct Vocabulary {
    dialects: Vec<Dialect>,
    targets: Vec<Target>,
}

const DIALECTS: [(&str, &str); 2] = [
    ("grammar/dialects/connectwise.yaml", built_in!("connectwise")),
    ("grammar/dialects/autotask.yaml", built_in!("autotask")),
];
const TARGETS: [(&str, &str); 1] = [("grammar/targets/deskdirector.yaml", built_in!("deskdirector"))];

fn read_built_in<T: serde::de::DeserializeOwned>(name: &str, json: &str) -> Result<T, Error> {
    built_in::read(json).map_err(|error| Error::new(ErrorKind::Vocabulary, error.to_string()).at(name))
}

impl Vocabulary {
    /// The vocabulary that ships with psalink.
    ///
    /// # Panics
    ///
    /// Never in a released build: a test reads the same files.
    pub fn builtin() -> &'static Vocabulary {
        static BUILTIN: OnceLock<Vocabulary> = OnceLock::new();
        BUILTIN.get_or_init(|| match Vocabulary::read_builtin() {
            Ok(vocabulary) => vocabulary,
            Err(error) => unreachable!("the files are part of the program and a test reads them: {error}"),
        })
    }

    fn read_builtin() -> Result<Vocabulary, Error> {
        let mut vocabulary = Vocabulary { dialects: Vec::new(), targets: Vec::new() };
        for (name, text) in DIALECTS {
            vocabulary.dialects.push(Dialect::new(name, read_built_in(name, text)?)?);
        }
        for (name, text) in TARGETS {
            vocabulary.targets.push(Target::new(name, read_built_in(name, text)?)?);
        }
        Ok(vocabulary)
    }

    /// Adds a vocabulary file: a new dialect or target, or an extension of a known one (same `id`).
    ///
    /// # Errors
    ///
    /// A mistake in the YAML, with line and column.
    pub fn add(&mut self, name: &str, text: &str) -> Result<(), Error> {
        let outline: serde_yaml::Value = yaml::read(name, text, ErrorKind::Vocabulary)?;
        if outline.get("commands").is_some() || outline.get("prefix").is_some() {
            let file: target::TargetFile = yaml::read(name, text, ErrorKind::Vocabulary)?;
            match self.targets.iter_mut().find(|target| target.id == file.id) {
                Some(target) => target.extend(name, file),
                None => Target::new(name, file).map(|target| self.targets.push(target)),
            }
        } else {
            let file: dialect::DialectFile = yaml::read(name, text, ErrorKind::Vocabulary)?;
            match self.dialects.iter_mut().find(|dialect| dialect.id == file.id) {
                Some(dialect) => dialect.extend(name, file),
                None => Dialect::new(name, file).map(|dialect| self.dialects.push(dialect)),
            }
        }
    }

    /// The dialects, built-in ones first.
    pub fn dialects(&self) -> &[Dialect] {
        &self.dialects
    }

    /// The dialect with that ID.
    pub fn dialect(&self, id: &str) -> Option<&Dialect> {
        self.dialects.iter().find(|dialect| dialect.id == id)
    }

    /// The meanings of placeholders, each once per placeholder that has it.
    pub fn meanings(&self) -> impl Iterator<Item = &str> {
        let exist = self.dialects.iter().flat_map(Dialect::placeholders).filter(|known| known.use_instead.is_none());
        exist.flat_map(|known| &known.means).map(String::as_str)
    }

    /// Whether a word is the first part of a meaning: `ticket` in `ticket.id`.
    pub(crate) fn begins_meaning(&self, word: &str) -> bool {
        let mut all = self.dialects.iter().flat_map(Dialect::placeholders).flat_map(|known| &known.means);
        all.any(|meaning| meaning.strip_prefix(word).is_some_and(|rest| rest.starts_with('.')))
    }

    /// The targets, DeskDirector first.
    pub fn targets(&self) -> &[Target] {
        &self.targets
    }

    /// The target whose link macros start with `prefix`.
    pub fn target(&self, prefix: &str) -> Option<&Target> {
        self.targets.iter().find(|target| target.prefix == prefix)
    }

    /// Renames terms that an instance calls something else, in one dialect: `Organization` to `Company`.
    pub fn rename_terms(&mut self, dialect: &str, terms: &Map<String>) {
        if let Some(dialect) = self.dialects.iter_mut().find(|known| known.id == dialect) {
            dialect.rename_terms(terms);
        }
    }

    /// Sets a command's name to one that the user has checked.
    ///
    /// # Errors
    ///
    /// A command that no target has, or a name that would change the rest of a link.
    pub fn name_command(&mut self, key: &str, name: &str) -> Result<(), Error> {
        target::check_link_name("the name of a command", name)
            .map_err(|detail| Error::new(ErrorKind::Config, detail))?;
        for target in &mut self.targets {
            if let Some(command) = target.commands.iter_mut().find(|command| command.key == key) {
                name.clone_into(&mut command.name);
                command.confidence = Confidence::Configured;
                return Ok(());
            }
        }
        let keys = self.targets.iter().flat_map(|target| &target.commands).map(|command| command.key.as_str());
        let hint = crate::nearest::hint(key, "commands", keys);
        Err(Error::new(ErrorKind::Config, format!("`commands` names an unknown command `{key}`; {hint}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_files_are_right() {
        Vocabulary::read_builtin().unwrap_or_else(|error| panic!("{error}"));
        // The YAML itself shows a mistake with its line.
        let mut vocabulary = Vocabulary { dialects: Vec::new(), targets: Vec::new() };
        for (name, _) in DIALECTS.into_iter().chain(TARGETS) {
            let text = std::fs::read_to_string(format!("{}/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap();
            vocabulary.add(name, &text).unwrap_or_else(|error| panic!("{error}"));
        }
    }
}
