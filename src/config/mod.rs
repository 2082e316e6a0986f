//! `psalink.yaml`: what a team has decided for its templates.
//!
//! ```text
//! psalink.yaml --Config::parse--> Config --Session::settings(Document)--> Settings, what holds for one template
//! ```
//!
//! ```
//! use psalink::Config;
//! let config = Config::parse("psalink.yaml", "portal: acme\ndialect: connectwise\n")?;
//! assert_eq!(config.portal.as_deref(), Some("acme"));
//! let error = Config::parse("psalink.yaml", "portl: acme").unwrap_err();
//! assert!(error.to_string().contains("did you mean `portal`?"));
//! # Ok::<(), psalink::Error>(())
//! ```

pub(crate) mod per_settings;
pub(crate) mod settings;

pub use crate::yaml::Map;
pub use settings::{Bare, DEFAULT_COLOR, Settings};

use std::io;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use globset::{Glob, GlobBuilder, GlobMatcher};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::error::{Error, ErrorKind};
use crate::file_names::finished_of_source;
use crate::mail;
use crate::parse::deep_link::{self, Ampersand, Client};
use crate::parse::front_matter::Audience;
use crate::source::plain_file;
use crate::source::reading::Reading;
use crate::vocabulary::Vocabulary;
use crate::yaml::{self, Step};

/// The settings of a folder of templates. Every key is optional.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(title = "psalink.yaml")]
pub struct Config {
    /// The name of the DeskDirector portal: `acme` for acme.deskdirector.com.
    pub portal: Option<String>,
    /// The portal's host, where it has a domain of its own: support.example.com.
    pub host: Option<String>,
    /// Further hosts that links to the portal may lead to.
    pub allowed_hosts: Vec<String>,
    /// The PSA that the templates are for: connectwise or autotask.
    pub dialect: Option<String>,
    /// Where new links open: in a browser (web, the default) or in the installed portal (desktop).
    pub client: Option<Client>,
    /// How `&` is written in HTML: escaped (`&amp;`, the default) or plain, for editors that escape it themselves.
    pub ampersand: Option<Ampersand>,
    /// Which bare ticket numbers become links: first (the default), all or off.
    pub bare: Option<Bare>,
    /// Settings for some of the templates; where several entries fit a path, the later one wins.
    pub templates: Vec<TemplateConfig>,
    /// Paths that are left out of a folder.
    pub exclude: Vec<String>,
    /// How the Autotask instance names its variables.
    pub autotask: AutotaskConfig,
    /// Names of commands that you have checked in your portal.
    pub commands: Map<CommandConfig>,
    /// Which findings are reported, and how.
    pub lint: LintConfig,
    /// Files with placeholders, dialects or targets of your own.
    pub vocabulary: Vec<String>,
    /// How buttons and layouts look.
    pub brand: Brand,
    /// The folder of sample values.
    pub samples: Option<String>,
    /// How previews are sent.
    pub send: SendConfig,
    #[serde(skip)]
    path: Option<PathBuf>,
    /// The name of the file in errors, and its text, which error positions refer to.
    #[serde(skip)]
    text: Option<(String, String)>,
    #[serde(skip)]
    globs: OnceLock<Globs>,
}

/// Compiled paths, in the order of their entries.
#[derive(Clone, Debug, Default)]
struct Globs {
    templates: Vec<Option<GlobMatcher>>,
    exclude: Vec<Option<GlobMatcher>>,
}

/// Settings for the templates whose path fits.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TemplateConfig {
    /// A path or glob, seen from the folder of psalink.yaml: `autotask/**`.
    pub path: String,
    /// The PSA that these templates are for.
    pub dialect: Option<String>,
    /// The event that sends the message.
    pub context: Option<String>,
    /// Who reads the message: customer or internal.
    pub audience: Option<Audience>,
    /// The language of the instance's variables: en, de or es.
    pub language: Option<String>,
    /// Words that the instance has renamed, in the place of those under `autotask`.
    pub terms: Option<Map<String>>,
    /// Which findings are reported, in addition to what holds for all templates.
    #[serde(default)]
    pub lint: LintConfig,
}

/// How an Autotask instance names its variables.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AutotaskConfig {
    /// The language of the zone: en, de or es.
    pub language: Option<String>,
    /// Words that the instance has renamed: `Organization: Company`.
    pub terms: Map<String>,
}

/// A command of the portal whose name you have checked.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CommandConfig {
    /// The value of `name=` in its links.
    pub name: String,
}

/// Which findings are reported.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LintConfig {
    /// Rules that are reported although they are off by default.
    pub select: Vec<String>,
    /// Rules that are not reported.
    pub ignore: Vec<String>,
    /// The level of a rule: error, warning, note or off.
    pub levels: Map<LevelConfig>,
}

/// The level of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LevelConfig {
    /// A link that cannot work.
    Error,
    /// What a customer would notice.
    Warning,
    /// Worth knowing.
    Note,
    /// Not reported.
    Off,
}

/// How buttons and layouts look.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Brand {
    /// The name of your company.
    pub name: Option<String>,
    /// The color of buttons, as `#rrggbb`.
    pub color: Option<String>,
    /// The address of your logo.
    pub logo: Option<String>,
}

/// How previews are sent.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SendConfig {
    /// The sender.
    pub from: Option<String>,
    /// Recipients that may get previews, as addresses with `*`.
    pub allow: Vec<String>,
    /// The mail server.
    pub smtp: SmtpConfig,
}

/// The mail server for previews.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SmtpConfig {
    /// Its name.
    pub host: Option<String>,
    /// Its port.
    pub port: Option<u16>,
    /// How the connection is secured: implicit, starttls, or none on this computer only.
    pub tls: Option<TlsConfig>,
    /// The name to sign in with; the password is never in this file.
    pub user: Option<String>,
}

/// How a connection to a mail server is secured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TlsConfig {
    /// From the first byte.
    Implicit,
    /// By STARTTLS, which the server must offer.
    Starttls,
    /// Not at all; on this computer only.
    None,
}

/// The name of the settings file.
pub const FILE_NAME: &str = "psalink.yaml";

impl Config {
    /// Reads a file.
    ///
    /// # Errors
    ///
    /// A file that cannot be read, or a mistake in it, with line and column.
    pub fn read(path: &Path) -> Result<Config, Error> {
        Config::from_text(path, plain_file::read_named_to_string(path, plain_file::LARGEST))
    }

    /// Reads a file that [`Config::find`] found and the user did not name. It must be a plain file and, if only some
    /// folders may be read, not a link to another file.
    ///
    /// # Errors
    ///
    /// A file that cannot be read, or a mistake in it, with line and column.
    pub fn read_found(path: &Path, reading: &Reading) -> Result<Config, Error> {
        let reading = reading.and(path.parent().unwrap_or(Path::new("")));
        if reading.check(path).is_err() {
            let detail = "this is a link to a file outside its folder, which psalink does not follow; name that file \
                          with `--config`";
            return Err(Error::new(ErrorKind::Usage, detail).at(path.display().to_string()));
        }
        let (file, metadata) = match reading.open(path) {
            Ok(open) => open,
            Err(error) => return Config::from_text(path, Err(error)),
        };
        let mut bytes = Vec::new();
        let read = plain_file::fill(file, &metadata, plain_file::LARGEST, &mut bytes);
        Config::from_text(path, read.and_then(|()| plain_file::text(bytes)))
    }

    fn from_text(path: &Path, text: io::Result<String>) -> Result<Config, Error> {
        let name = path.display().to_string();
        let text = text.map_err(|error| {
            if path.is_dir() {
                let detail =
                    "this is a folder, but psalink reads its settings from a file with this name; rename the folder";
                return Error::new(ErrorKind::Io, detail).at(&*name);
            }
            Error::could_not("read the file", error).at(&*name)
        })?;
        let mut config = Config::parse(&name, &text)?;
        config.path = Some(path.to_owned());
        Ok(config)
    }

    /// Reads a text; errors call it `name`.
    ///
    /// # Errors
    ///
    /// A mistake in the text, with line and column.
    ///
    /// ```
    /// let error = psalink::Config::parse("psalink.yaml", "# ours\nportl: acme\n").unwrap_err();
    /// assert_eq!(error.to_string(), "`psalink.yaml` line 2, column 1: unknown key `portl`; did you mean `portal`?");
    /// ```
    pub fn parse(name: &str, text: &str) -> Result<Config, Error> {
        let mut config: Config =
            yaml::read_names(name, text, ErrorKind::Config, &|word| Vocabulary::builtin().begins_meaning(word))?;
        config.text = Some((name.to_owned(), text.to_owned()));
        config.check_comments(text)?;
        config.check()?;
        Ok(config)
    }

    /// Checks everything that can be checked without a vocabulary.
    fn check(&self) -> Result<(), Error> {
        if self.portal.is_some() && self.host.is_some() {
            let second = [Step::Name("portal"), Step::Name("host")].into_iter().max_by_key(|&step| self.place(&[step]));
            let detail = "`portal` and `host` are both set; keep the right one";
            return Err(self.wrong(second.as_slice(), detail));
        }
        if let Some(host) = &self.host {
            self.check_host(host, &[Step::Key("host")])?;
        }
        for (index, host) in self.allowed_hosts.iter().enumerate() {
            self.check_host(host, &[Step::Key("allowed_hosts"), Step::Item(index)])?;
        }
        for (index, entry) in self.templates.iter().enumerate() {
            self.check_glob(&entry.path, &[Step::Key("templates"), Step::Item(index), Step::Key("path")])?;
        }
        for (index, pattern) in self.exclude.iter().enumerate() {
            self.check_glob(pattern, &[Step::Key("exclude"), Step::Item(index)])?;
        }
        for (index, entry) in self.send.allow.iter().enumerate() {
            mail::check_entry(entry)
                .map_err(|detail| self.wrong(&[Step::Key("send"), Step::Key("allow"), Step::Item(index)], detail))?;
        }
        if let Some(from) = &self.send.from {
            mail::MailSender::parse(from)
                .map_err(|error| self.wrong(&[Step::Key("send"), Step::Key("from")], error.detail()))?;
        }
        if let Some(color) = &self.brand.color
            && !(color.len() == 7 && color.starts_with('#') && color[1..].bytes().all(|byte| byte.is_ascii_hexdigit()))
        {
            let detail = format!("`brand.color` is `{color}`; write a color like `#0b5fff`, in quotes");
            return Err(self.wrong(&[Step::Key("brand"), Step::Key("color")], detail));
        }
        Ok(())
    }

    /// A value that begins with `#` is a comment to YAML without quotes, and its key has no value.
    fn check_comments(&self, text: &str) -> Result<(), Error> {
        let Some((value, (line, column))) = yaml::commented_value(text) else { return Ok(()) };
        let is_color = matches!(value.len(), 4 | 7 | 9) && value[1..].bytes().all(|byte| byte.is_ascii_hexdigit());
        let what = if is_color { "color" } else { "value" };
        let detail = format!("`#` begins a comment here; put the {what} in quotes: `\"{value}\"`");
        let name = self.text.as_ref().map_or("psalink.yaml", |(name, _)| name);
        Err(Error::new(ErrorKind::Config, detail).at(name).at_place(line, column))
    }

    fn check_host(&self, host: &str, steps: &[Step]) -> Result<(), Error> {
        match deep_link::valid_host(host) {
            Some(_) => Ok(()),
            None => {
                Err(self
                    .wrong(steps, format!("`{host}` is not a valid host name; write it like `support.example.com`")))
            }
        }
    }

    fn check_glob(&self, pattern: &str, steps: &[Step]) -> Result<(), Error> {
        if pattern.contains(char::is_control) {
            let detail = "a backslash in double quotes begins a code; use single quotes, or write `/` between folders";
            return Err(self.wrong(steps, detail));
        }
        match glob(pattern) {
            Ok(_) => Ok(()),
            Err(error) => Err(self.wrong(steps, format!("`{pattern}` is not a path or glob: {}", error.kind()))),
        }
    }

    /// An error about something in this file, at its line and column.
    pub(crate) fn wrong(&self, steps: &[Step], detail: impl Into<String>) -> Error {
        let error = Error::new(ErrorKind::Config, detail);
        let Some((name, _)) = &self.text else { return error };
        let error = error.at(name);
        match self.place(steps) {
            Some((line, column)) => error.at_place(line, column),
            None => error,
        }
    }

    fn place(&self, steps: &[Step]) -> Option<(usize, usize)> {
        self.text.as_ref().and_then(|(_, text)| yaml::locate(text, steps))
    }

    /// The file that applies to a template: the nearest `psalink.yaml` in its folder or above. A file that cannot be
    /// read is found too, so settings are never silently ignored.
    pub fn find(folder: &Path) -> Option<PathBuf> {
        Config::places(folder).into_iter().find(|path| path.symlink_metadata().is_ok())
    }

    /// Where the file that applies to a template may be, whether it exists or not: its folder first, then the folders
    /// above.
    pub fn places(folder: &Path) -> Vec<PathBuf> {
        let folder = std::path::absolute(folder).unwrap_or_default();
        folder.ancestors().map(|folder| folder.join(FILE_NAME)).collect()
    }

    /// The file that this was read from.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// The folder that paths in the file are relative to.
    pub fn folder(&self) -> PathBuf {
        let folder = self.path.as_deref().and_then(Path::parent).filter(|folder| !folder.as_os_str().is_empty());
        folder.map_or_else(|| PathBuf::from("."), Path::to_owned)
    }

    /// The paths of `templates` and of `exclude`, compiled once.
    fn globs(&self) -> &Globs {
        self.globs.get_or_init(|| {
            let compile =
                |patterns: &mut dyn Iterator<Item = &String>| patterns.map(|pattern| glob(pattern).ok()).collect();
            Globs {
                templates: compile(&mut self.templates.iter().map(|entry| &entry.path)),
                exclude: compile(&mut self.exclude.iter()),
            }
        })
    }

    /// The entries of `templates` that match a path; the last one takes precedence.
    pub fn entries(&self, path: &Path) -> Vec<&TemplateConfig> {
        if self.templates.is_empty() {
            return Vec::new();
        }
        let path = self.relative(path);
        // `new.html` is what `new.html.j2` is composed to.
        let finished = path.to_str().and_then(finished_of_source);
        let fits = |glob: &GlobMatcher| glob.is_match(&path) || finished.is_some_and(|path| glob.is_match(path));
        let fits = self.globs().templates.iter().map(|glob| glob.as_ref().is_some_and(fits));
        self.templates.iter().zip(fits).filter_map(|(entry, fits)| fits.then_some(entry)).collect()
    }

    /// Which patterns of `exclude` match a path, by their position in the list.
    pub fn exclusions(&self, path: &Path) -> Vec<usize> {
        let path = self.relative(path);
        let fits = |glob: &Option<GlobMatcher>| glob.as_ref().is_some_and(|glob| glob.is_match(&path));
        self.globs().exclude.iter().enumerate().filter_map(|(at, glob)| fits(glob).then_some(at)).collect()
    }

    /// The JSON schema of the file, for editors.
    pub fn schema() -> serde_json::Value {
        schemars::schema_for!(Config).to_value()
    }

    fn relative(&self, path: &Path) -> PathBuf {
        let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let folder = std::path::absolute(self.folder()).unwrap_or_else(|_| self.folder());
        absolute.strip_prefix(&folder).map_or_else(|_| path.to_owned(), Path::to_owned)
    }
}

fn glob(pattern: &str) -> Result<GlobMatcher, globset::Error> {
    let glob: Glob = GlobBuilder::new(pattern.strip_prefix("./").unwrap_or(pattern)).literal_separator(true).build()?;
    Ok(glob.compile_matcher())
}

#[cfg(test)]
mod tests;
