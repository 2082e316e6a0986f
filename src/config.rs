//! `psalink.yaml`: what a team has settled for its templates.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use globset::{Glob, GlobBuilder, GlobMatcher};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::error::{Error, ErrorKind, reason};
use crate::front_matter::Audience;
use crate::link::{self, Ampersand, Client};
use crate::settings::Bare;
use crate::yaml::{self, Map};

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
    /// How previews are mailed.
    pub send: SendConfig,
    #[serde(skip)]
    path: Option<PathBuf>,
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
    /// The event that sends the mail.
    pub context: Option<String>,
    /// Who reads the mail: customer or internal.
    pub audience: Option<Audience>,
    /// The language of the instance's variables: en, de or es.
    pub language: Option<String>,
    /// Words that the instance has renamed.
    #[serde(default)]
    pub terms: Map<String>,
    /// Which findings are reported, beside what holds for all templates.
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
    /// The colour of buttons, as `#rrggbb`.
    pub color: Option<String>,
    /// The address of your logo.
    pub logo: Option<String>,
}

/// How previews are mailed.
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
    /// The name to sign in with; the password never stands in this file.
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

/// The name of the file.
pub const FILE_NAME: &str = "psalink.yaml";

impl Config {
    /// Reads a file.
    ///
    /// # Errors
    ///
    /// A file that cannot be read, and what it has wrong, with line and column.
    pub fn read(path: &Path) -> Result<Config, Error> {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|error| {
            Error::new(ErrorKind::Io, format!("could not read the file: {}", reason(&error))).at(&*name).because(error)
        })?;
        let mut config = Config::parse(&name, &text)?;
        config.path = Some(path.to_owned());
        Ok(config)
    }

    /// Reads a text; `name` is what errors call it.
    ///
    /// # Errors
    ///
    /// What the text has wrong, with line and column.
    ///
    /// ```
    /// let error = psalink::Config::parse("psalink.yaml", "# ours\nportl: acme\n").unwrap_err();
    /// assert_eq!(error.to_string(), "`psalink.yaml` line 2, column 1: unknown key `portl`, did you mean `portal`?");
    /// ```
    pub fn parse(name: &str, text: &str) -> Result<Config, Error> {
        let config: Config = yaml::read(name, text, ErrorKind::Config)?;
        let wrong = |detail: String| Err(Error::new(ErrorKind::Config, detail).at(name));
        if config.portal.is_some() && config.host.is_some() {
            return wrong("`portal` and `host` both stand here; keep the one that is right".to_owned());
        }
        for host in config.allowed_hosts.iter().chain(&config.host) {
            if link::valid_host(host).is_none() {
                return wrong(format!("`{host}` is not a host; write it like `support.example.com`"));
            }
        }
        for pattern in config.templates.iter().map(|entry| &entry.path).chain(&config.exclude) {
            if let Err(error) = glob(pattern) {
                return wrong(format!("`{pattern}` is not a path or glob: {}", error.kind()));
            }
        }
        if let Some(color) = &config.brand.color
            && !(color.len() == 7 && color.starts_with('#') && color[1..].bytes().all(|byte| byte.is_ascii_hexdigit()))
        {
            return wrong(format!("`brand.color` is `{color}`; write a colour like `#0b5fff`, in quotes"));
        }
        Ok(config)
    }

    /// The file that governs a template: the nearest `psalink.yaml` in its folder or above.
    pub fn find(folder: &Path) -> Option<PathBuf> {
        let folder = std::path::absolute(folder).ok()?;
        folder.ancestors().map(|folder| folder.join(FILE_NAME)).find(|path| path.is_file())
    }

    /// The file that this was read from.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// The folder that paths in the file are seen from.
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

    /// The entries of `templates` that fit a path, the one that wins last.
    pub fn entries(&self, path: &Path) -> Vec<&TemplateConfig> {
        if self.templates.is_empty() {
            return Vec::new();
        }
        let path = self.relative(path);
        let fits = self.globs().templates.iter().map(|glob| glob.as_ref().is_some_and(|glob| glob.is_match(&path)));
        self.templates.iter().zip(fits).filter_map(|(entry, fits)| fits.then_some(entry)).collect()
    }

    /// Whether `exclude` names a path.
    pub fn excludes(&self, path: &Path) -> bool {
        if self.exclude.is_empty() {
            return false;
        }
        let path = self.relative(path);
        self.globs().exclude.iter().flatten().any(|glob| glob.is_match(&path))
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
mod tests {
    use super::*;

    #[test]
    fn the_whole_file_of_the_manual_is_read() {
        let text = r##"
portal: acme
allowed_hosts: []
dialect: connectwise
client: web
templates:
  - { path: "autotask/**", dialect: autotask, context: workflow, audience: customer }
exclude: ["drafts/**"]
autotask: { language: en, terms: { Organization: Company } }
commands: { invoice: { name: invoice } }
lint: { select: [], ignore: [], levels: { missing-alt: note } }
vocabulary: [tokens/ours.yaml]
brand: { name: Acme IT, color: "#0b5fff", logo: https://example.com/logo.png }
samples: samples
send:
  from: preview@msp.example
  allow: ["*@msp.example"]
  smtp: { host: smtp.msp.example, port: 587, tls: starttls, user: preview }
"##;
        let config = Config::parse("psalink.yaml", text).unwrap();
        assert_eq!(config.portal.as_deref(), Some("acme"));
        assert_eq!(config.entries(Path::new("autotask/new/a.html")).len(), 1);
        assert!(config.entries(Path::new("connectwise/a.html")).is_empty());
        assert!(config.excludes(Path::new("drafts/a.html")) && !config.excludes(Path::new("a.html")));
    }

    #[test]
    fn mistakes_are_explained() {
        for (text, expected) in [
            ("portal: acme\nhost: a.example\n", "keep the one"),
            ("host: https://a.example\n", "not a host"),
            ("brand: { color: blue }\n", "`brand.color` is `blue`"),
            ("client: dekstop\n", "did you mean `desktop`?"),
            ("allowed_hosts: a.example\n", "`allowed_hosts` should be a sequence"),
            ("templates:\n  - { pth: x }\n", "did you mean `path`?"),
            ("autotask: { terms: { A: x, A: y } }\n", "stands twice"),
            ("exclude: ['a[']\n", "not a path or glob"),
        ] {
            let error = Config::parse("psalink.yaml", text).unwrap_err().to_string();
            assert!(error.starts_with("`psalink.yaml`") && error.contains(expected), "{error}");
        }
    }

    #[test]
    fn the_schema_names_every_key() {
        let schema = Config::schema();
        for key in ["portal", "host", "templates", "send", "lint", "ampersand"] {
            assert!(schema["properties"].get(key).is_some(), "{key}");
        }
        assert_eq!(schema["additionalProperties"], false);
    }
}
