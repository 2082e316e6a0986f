//! The product that links lead to: its commands, its hosts, and the link forms that it no longer accepts.

use serde::Deserialize;

use super::address_bar::AddressBar;
use super::fact::{Confidence, FactSource};
use super::technician_page::TechnicianPage;
use crate::error::{Error, ErrorKind};
use crate::visible::visible;
use crate::yaml::Map;

/// A product with deep links.
#[derive(Clone, Debug)]
pub struct Target {
    /// The name in configuration: `deskdirector`.
    pub id: String,
    /// The name for people.
    pub title: String,
    /// What its link macros start with: `dd` in `[dd:ticket]`.
    pub prefix: String,
    /// Where its facts come from.
    pub sources: Map<FactSource>,
    /// What a link can open.
    pub commands: Vec<Command>,
    /// Parameters that sign a person in; they may be added to any command.
    pub auth: Vec<Param>,
    /// Link forms of an older portal.
    pub retired: Vec<Retired>,
    /// The retired sign-in parameter, and the one next to it that names the ticket.
    pub magic: Option<(String, String)>,
    /// The meaning of the placeholder that names the ticket next to the sign-in parameter.
    pub magic_means: Option<String>,
    /// `{portal}.deskdirector.com`.
    pub default_host: String,
    /// `deskdirector.com`.
    pub host_suffix: String,
    /// Pages of the portal that only technicians can open.
    pub technician_pages: Vec<TechnicianPage>,
    /// Addresses of its pages as a browser shows them.
    pub address_bar: Option<AddressBar>,
    /// First labels of hosts that documentation uses as examples, and that people forget to replace.
    pub unfilled_hosts: Vec<String>,
    web: String,
    desktop: String,
}

/// One thing that a link can open.
#[derive(Clone, Debug)]
pub struct Command {
    /// The name in a link macro.
    pub key: String,
    /// The value of `name=` in a link.
    pub name: String,
    /// The default link text.
    pub text: String,
    /// What must be enabled in the portal.
    pub needs: Option<String>,
    /// Its parameters, in the order in which a link lists them.
    pub params: Vec<Param>,
    /// A key of the target's sources.
    pub source: String,
    /// How certain the name is.
    pub confidence: Confidence,
}

/// A parameter of a command.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Param {
    /// Its name in the link.
    pub name: String,
    /// What its value looks like.
    pub kind: ParamKind,
    /// Whether the link does not work without it.
    #[serde(default)]
    pub required: bool,
    /// The allowed values of a choice.
    #[serde(default)]
    pub values: Vec<String>,
    /// Values that start an action without asking.
    #[serde(default)]
    pub automatic: Vec<String>,
    /// The value that the portal uses if it is left out.
    pub default: Option<String>,
    /// The meaning of the placeholder that fills it in.
    pub means: Option<String>,
    /// Whether its value must stay secret.
    #[serde(default)]
    pub secret: bool,
    /// A key of the target's sources.
    pub source: String,
    /// How certain it is.
    pub confidence: Confidence,
    /// A note to the reader.
    pub note: Option<String>,
}

/// What the value of a parameter looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ParamKind {
    /// The number of a record.
    Id,
    /// Any text.
    Text,
    /// One of the parameter's values.
    Choice,
    /// An email address.
    Email,
    /// `true` or `false`.
    Boolean,
}

/// A link form that an older portal accepted.
#[derive(Clone, Debug)]
pub struct Retired {
    /// The word or the parameter that it consists of: `mytickets`, `ticketid`.
    pub word: String,
    /// Whether a value follows the word.
    pub has_value: bool,
    /// The command that replaced it, if that is certain.
    pub becomes: Option<String>,
    /// The parameter of that command that takes the value.
    pub value: Option<String>,
    /// A note to the reader.
    pub note: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TargetFile {
    pub(super) id: String,
    title: Option<String>,
    prefix: Option<String>,
    #[serde(default)]
    sources: Map<FactSource>,
    hosts: Option<Hosts>,
    clients: Option<Clients>,
    #[serde(default)]
    commands: Map<CommandRow>,
    #[serde(default)]
    auth: Vec<Param>,
    #[serde(default)]
    retired: Vec<RetiredRow>,
    magic: Option<Magic>,
    #[serde(default)]
    technician_pages: Vec<TechnicianPage>,
    address_bar: Option<AddressBar>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Hosts {
    default: String,
    suffix: String,
    #[serde(default)]
    unfilled: Vec<String>,
    source: String,
    #[allow(dead_code)] // for people who read the file
    confidence: Confidence,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Clients {
    web: ClientRow,
    desktop: ClientRow,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ClientRow {
    link: String,
    source: String,
    #[allow(dead_code)] // for people who read the file
    confidence: Confidence,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CommandRow {
    name: String,
    text: String,
    needs: Option<String>,
    #[serde(default)]
    params: Vec<Param>,
    source: String,
    confidence: Confidence,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RetiredRow {
    form: String,
    becomes: Option<String>,
    value: Option<String>,
    source: String,
    #[allow(dead_code)] // for people who read the file
    confidence: Confidence,
    note: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Magic {
    param: String,
    ticket: String,
    means: Option<String>,
    source: String,
    #[allow(dead_code)] // for people who read the file
    confidence: Confidence,
}

/// Checks a name that is written into links: any other character would end it there, or start something else.
pub(super) fn check_link_name(subject: &str, name: &str) -> Result<(), String> {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    if (1..=LONGEST_NAME).contains(&name.len()) && name.bytes().all(is_allowed) {
        return Ok(());
    }
    let shown: String = name.chars().take(LONGEST_NAME).collect();
    let rule = "it may contain only the letters a to z, digits, `_`, `-`, and `.`, and at most 64 characters";
    Err(format!("`{}` cannot be {subject} in a link: {rule}", visible(&shown)))
}

/// The length of the longest name in a link.
const LONGEST_NAME: usize = 64;

impl Target {
    pub(super) fn new(file_name: &str, file: TargetFile) -> Result<Target, Error> {
        let needs = |key: &str| Error::new(ErrorKind::Vocabulary, format!("a new target needs `{key}`")).at(file_name);
        let hosts = file.hosts.as_ref().ok_or_else(|| needs("hosts"))?;
        let clients = file.clients.as_ref().ok_or_else(|| needs("clients"))?;
        let mut target = Target {
            id: file.id.clone(),
            title: file.title.clone().unwrap_or_else(|| file.id.clone()),
            prefix: file.prefix.clone().ok_or_else(|| needs("prefix"))?,
            sources: Map::default(),
            commands: Vec::new(),
            auth: Vec::new(),
            retired: Vec::new(),
            magic: None,
            magic_means: None,
            technician_pages: Vec::new(),
            address_bar: None,
            default_host: hosts.default.clone(),
            host_suffix: hosts.suffix.clone(),
            unfilled_hosts: hosts.unfilled.clone(),
            web: clients.web.link.clone(),
            desktop: clients.desktop.link.clone(),
        };
        let is_web = target.web.starts_with("https://{host}/") && target.web.ends_with("?{command}");
        let is_desktop = target.desktop.ends_with("://{command}");
        if !is_web || !is_desktop {
            let detail =
                "the links of `clients` should look like `https://{host}/path?{command}` and `scheme://{command}`";
            return Err(Error::new(ErrorKind::Vocabulary, detail).at(file_name));
        }
        target.extend(file_name, file)?;
        Ok(target)
    }

    pub(super) fn extend(&mut self, file_name: &str, file: TargetFile) -> Result<(), Error> {
        let wrong = |detail: String| Error::new(ErrorKind::Vocabulary, detail).at(file_name);
        self.sources.0.extend(file.sources.0);
        let mut used: Vec<String> = Vec::new();
        used.extend(file.hosts.map(|hosts| hosts.source));
        used.extend(file.clients.into_iter().flat_map(|clients| [clients.web.source, clients.desktop.source]));
        let names = file.commands.0.iter().map(|(_, row)| ("the name of a command", &row.name));
        let params = file.commands.0.iter().flat_map(|(_, row)| &row.params).chain(&file.auth);
        for (subject, name) in names.chain(params.map(|param| ("the name of a parameter", &param.name))) {
            check_link_name(subject, name).map_err(wrong)?;
        }
        for (key, row) in file.commands.0 {
            used.push(row.source.clone());
            used.extend(row.params.iter().map(|param| param.source.clone()));
            let command = Command {
                key,
                name: row.name,
                text: row.text,
                needs: row.needs,
                params: row.params,
                source: row.source,
                confidence: row.confidence,
            };
            match self.commands.iter_mut().find(|known| known.key == command.key) {
                Some(known) => *known = command,
                None => self.commands.push(command),
            }
        }
        used.extend(file.technician_pages.iter().map(|page| page.source.clone()));
        self.technician_pages.extend(file.technician_pages);
        if let Some(bar) = file.address_bar {
            used.extend([&bar.source].into_iter().chain(bar.pages.iter().map(|page| &page.source)).cloned());
            if let Some(page) = bar.pages.iter().find(|page| self.command(&page.becomes).is_none()) {
                return Err(wrong(format!("the page `{}` becomes an unknown command `{}`", page.path, page.becomes)));
            }
            self.address_bar = Some(bar);
        }
        used.extend(file.auth.iter().map(|param| param.source.clone()));
        self.auth.extend(file.auth);
        for row in file.retired {
            used.push(row.source);
            if let Some(becomes) = &row.becomes
                && self.command(becomes).is_none()
            {
                return Err(wrong(format!("the retired form `{}` becomes an unknown command `{becomes}`", row.form)));
            }
            let word = row.form.strip_suffix("={value}");
            self.retired.push(Retired {
                has_value: word.is_some(),
                word: word.unwrap_or(&row.form).to_owned(),
                becomes: row.becomes,
                value: row.value,
                note: row.note,
            });
        }
        if let Some(magic) = file.magic {
            used.push(magic.source);
            self.magic = Some((magic.param, magic.ticket));
            self.magic_means = magic.means;
        }
        match used.iter().find(|source| self.sources.get(source).is_none() && *source != "configured") {
            Some(source) => Err(wrong(format!("`{source}` is not one of the file's sources"))),
            None => Ok(()),
        }
    }

    /// The command with that name in a link macro.
    pub fn command(&self, key: &str) -> Option<&Command> {
        self.commands.iter().find(|command| command.key == key)
    }

    /// The command that `name=` in a link refers to.
    pub fn command_named(&self, name: &str) -> Option<&Command> {
        self.commands.iter().find(|command| command.name == name)
    }

    /// The command that opens a page from the address bar, and its parameters, if the command can express everything in
    /// the address.
    pub fn of_address_bar<'a>(
        &'a self,
        page: &'a str,
        params: &[(&'a str, &'a str)],
    ) -> Option<(&'a Command, Vec<(&'a str, &'a str)>)> {
        let bar = self.address_bar.as_ref()?;
        let (known, value) = bar.known(page)?;
        let command = self.command(&known.becomes)?;
        let mut given: Vec<(&str, &str)> = known.value.as_deref().zip(value).into_iter().collect();
        for (key, value) in params.iter().filter(|(key, _)| !bar.ignored.iter().any(|ignored| ignored == key)) {
            let param = command.param(key).filter(|param| param.values.iter().any(|known| known == value))?;
            given.push((&param.name, value));
        }
        Some((command, given))
    }

    /// The sign-in parameter with that name.
    pub fn auth_param(&self, name: &str) -> Option<&Param> {
        self.auth.iter().find(|param| param.name == name)
    }

    /// The web link of a command, as written in the target's file.
    pub fn web_link(&self, host: &str, command: &str) -> String {
        self.web.replace("{host}", host).replace("{command}", command)
    }

    /// The desktop link of a command.
    pub fn desktop_link(&self, command: &str) -> String {
        self.desktop.replace("{command}", command)
    }

    /// The path of web links: `/portal/deeplink`.
    pub fn web_path(&self) -> &str {
        let rest = self.web.strip_prefix("https://{host}").unwrap_or(&self.web);
        rest.split('?').next().unwrap_or(rest)
    }

    /// The scheme of desktop links: `ddportal`.
    pub fn desktop_scheme(&self) -> &str {
        self.desktop.split(':').next().unwrap_or(&self.desktop)
    }

    /// Whether a host is an example from documentation: `[your-subdomain].deskdirector.com`.
    pub fn is_unfilled(&self, host: &str) -> bool {
        if host.contains("{{") {
            return true;
        }
        let suffix = host.len().checked_sub(self.host_suffix.len()).and_then(|at| host.get(at..));
        let is_portal_host = suffix.is_some_and(|suffix| suffix.eq_ignore_ascii_case(&self.host_suffix));
        let first =
            if is_portal_host { host[..host.len() - self.host_suffix.len()].trim_end_matches('.') } else { host };
        let without_spaces =
            |text: &'_ str| text.chars().filter(|character| !character.is_whitespace()).collect::<String>();
        let may = |unfilled: &&String| unfilled.len().abs_diff(first.len()) <= 4;
        self.unfilled_hosts
            .iter()
            .filter(may)
            .any(|unfilled| without_spaces(unfilled).eq_ignore_ascii_case(&without_spaces(first)))
    }

    /// The host of a portal: `acme.deskdirector.com` for `acme`.
    pub fn host_of(&self, portal: &str) -> String {
        self.default_host.replace("{portal}", portal)
    }
}

impl Command {
    /// The parameter with that name.
    pub fn param(&self, name: &str) -> Option<&Param> {
        self.params.iter().find(|param| param.name == name)
    }
}
