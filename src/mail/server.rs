//! A mail server, and how a connection to it begins: found, secured, signed in.

use std::net::{SocketAddr, ToSocketAddrs as _};
use std::path::Path;
use std::time::Duration;

use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{Certificate, SmtpConnection, TlsParameters};
use lettre::transport::smtp::extension::{ClientId, Extension};
use url::Host;

use super::talk::{Password, Talk};
use super::trouble::{Trouble, explain};
use crate::config::TlsConfig;
use crate::error::{Error, ErrorKind, reason};

/// A mail server that takes previews.
#[derive(Clone, Debug)]
pub struct MailServer {
    /// Its name.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is secured. A connection that is not goes nowhere but to this computer.
    pub tls: TlsConfig,
    /// The certificate of an authority that this computer does not know, as PEM.
    pub authority: Option<Vec<u8>>,
    /// How to sign in.
    pub login: Option<Login>,
    /// How long to wait.
    pub patience: Patience,
}

/// How to sign in to a mail server.
#[derive(Clone, Debug)]
pub struct Login {
    /// The name.
    pub user: String,
    /// The password.
    pub password: Password,
}

/// How long to wait for a mail server.
#[derive(Clone, Debug)]
pub struct Patience {
    /// For a connection and its greeting.
    pub connect: Duration,
    /// For the answer to each command.
    pub command: Duration,
    /// For the answer to a mail, which a server may look at for long.
    pub mail: Duration,
    /// Before each further attempt at what may work later; there are no more attempts than these.
    pub waits: Vec<Duration>,
    /// For all of these together.
    pub waits_in_all: Duration,
}

impl Default for Patience {
    fn default() -> Patience {
        Patience::of(Duration::from_secs(30))
    }
}

impl Patience {
    /// So much for each answer of the server; for the answer to a mail four times as much.
    pub fn of(limit: Duration) -> Patience {
        Patience {
            connect: limit,
            command: limit,
            mail: limit * 4,
            waits: [1, 2, 4].map(Duration::from_secs).to_vec(),
            waits_in_all: Duration::from_secs(60),
        }
    }
}

impl MailServer {
    /// A server with the usual port for the way in which the connection is secured.
    pub fn new(host: &str, port: Option<u16>, tls: Option<TlsConfig>) -> MailServer {
        let tls = tls.unwrap_or(if port == Some(465) { TlsConfig::Implicit } else { TlsConfig::Starttls });
        let usual = match tls {
            TlsConfig::Implicit => 465,
            TlsConfig::Starttls => 587,
            TlsConfig::None => 25,
        };
        let (host, port) = (host.to_owned(), port.unwrap_or(usual));
        MailServer { host, port, tls, authority: None, login: None, patience: Patience::default() }
    }

    /// Also trusts the authority whose certificate stands in a file.
    ///
    /// # Errors
    ///
    /// A file that cannot be read, or that holds no certificate.
    pub fn trust(&mut self, file: &Path) -> Result<(), Error> {
        let name = file.display().to_string();
        let pem = std::fs::read(file).map_err(|error| {
            let detail = format!("could not read the certificate: {}", reason(&error));
            Error::new(ErrorKind::Io, detail).at(&*name).because(error)
        })?;
        if memchr::memmem::find(&pem, b"-----BEGIN CERTIFICATE-----").is_none() || Certificate::from_pem(&pem).is_err()
        {
            let detail = "this is no certificate; it should be a PEM file, which begins with \
                          `-----BEGIN CERTIFICATE-----`";
            return Err(Error::new(ErrorKind::Usage, detail).at(name));
        }
        self.authority = Some(pem);
        Ok(())
    }

    /// What messages call it.
    pub fn name(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }

    /// Opens a connection that mail can go over.
    pub(super) fn connect(&self, talk: &mut Talk<'_>) -> Result<SmtpConnection, Trouble> {
        let host = machine_name(&self.host);
        let addresses = self.resolve(&host)?;
        let is_here = addresses.iter().all(|address| address.ip().to_canonical().is_loopback());
        if self.tls == TlsConfig::None && !is_here {
            return Err(Trouble::Hopeless(format!(
                "`tls: none` works for a mail server on this computer only, and {} is another; use `starttls` or \
                 `implicit`",
                self.host
            )));
        }
        let tls = match self.tls {
            TlsConfig::None => None,
            TlsConfig::Implicit | TlsConfig::Starttls => Some(self.tls_parameters(host)?),
        };
        talk.note(&format!("connecting to {} ({})", self.name(), self.way()));
        let limit = self.patience.connect;
        let from_start = tls.as_ref().filter(|_| self.tls == TlsConfig::Implicit);
        // lettre sends EHLO by itself, and keeps of the answer what it understands.
        let hello = ClientId::default();
        talk.sent(&format!("EHLO {hello}"));
        let opened = SmtpConnection::connect(addresses.as_slice(), Some(limit), &hello, from_start, None);
        let mut smtp = opened.map_err(|error| self.told(talk, &error, limit))?;
        talk.failed(&greeting(&smtp));
        let broken = |_| Trouble::Lost("the connection broke".to_owned());
        smtp.set_timeout(Some(self.patience.command)).map_err(broken)?;
        let limit = self.patience.command;
        if let Some(tls) = tls.filter(|_| self.tls == TlsConfig::Starttls) {
            if !smtp.can_starttls() {
                return Err(Trouble::Hopeless(format!(
                    "{} does not offer STARTTLS, so the connection cannot be secured and nothing was sent; a server that \
                     begins with TLS needs `tls: implicit`, usually with port 465",
                    self.name()
                )));
            }
            talk.sent("STARTTLS");
            smtp.starttls(&tls, &hello).map_err(|error| self.told(talk, &error, limit))?;
            talk.note("the connection is secured");
            talk.sent(&format!("EHLO {hello}"));
            talk.failed(&greeting(&smtp));
        }
        if let Some(login) = &self.login {
            if !smtp.is_encrypted() && !is_here {
                return Err(Trouble::Hopeless(
                    "a password is never sent over a connection that is not secured".to_owned(),
                ));
            }
            self.sign_in(&mut smtp, login, talk)?;
        }
        Ok(smtp)
    }

    fn resolve(&self, host: &str) -> Result<Vec<SocketAddr>, Trouble> {
        let found = (host, self.port).to_socket_addrs().map(Iterator::collect::<Vec<_>>);
        match found {
            Ok(addresses) if !addresses.is_empty() => Ok(addresses),
            _ => Err(Trouble::Hopeless(format!("there is no mail server `{}`: the name leads nowhere", self.host))),
        }
    }

    fn tls_parameters(&self, host: String) -> Result<TlsParameters, Trouble> {
        let hopeless = |error: lettre::transport::smtp::Error| {
            Trouble::Hopeless(format!("the connection to {} cannot be secured: {error}", self.name()))
        };
        let mut parameters = TlsParameters::builder(host);
        if let Some(pem) = &self.authority {
            parameters = parameters.add_root_certificate(Certificate::from_pem(pem).map_err(hopeless)?);
        }
        parameters.build_rustls().map_err(hopeless)
    }

    fn sign_in(&self, smtp: &mut SmtpConnection, login: &Login, talk: &mut Talk<'_>) -> Result<(), Trouble> {
        let info = smtp.server_info();
        let Some(mechanism) = info.get_auth_mechanism(&[Mechanism::Plain, Mechanism::Login]) else {
            return Err(Trouble::Hopeless(format!(
                "{} offers no way to sign in that psalink knows (PLAIN, LOGIN); leave `send.smtp.user` away if it needs \
                 no password",
                self.name()
            )));
        };
        talk.sent(&format!("AUTH {mechanism} ****"));
        let credentials = Credentials::new(login.user.clone(), login.password.expose().to_owned());
        match smtp.auth(&[mechanism], &credentials) {
            Ok(response) => {
                talk.got(&response);
                Ok(())
            }
            Err(error) => match self.told(talk, &error, self.patience.command) {
                Trouble::Refused(text) | Trouble::Hopeless(text) => Err(Trouble::Hopeless(format!(
                    "{} does not let `{}` sign in: {text}; is the password right?",
                    self.name(),
                    login.user
                ))),
                trouble => Err(trouble),
            },
        }
    }

    /// An error of a connection that is being opened, told and with the name of the server.
    fn told(&self, talk: &mut Talk<'_>, error: &lettre::transport::smtp::Error, limit: Duration) -> Trouble {
        let trouble = explain(error, limit).map(|text| talk.clean(text));
        talk.failed(trouble.text());
        match trouble {
            Trouble::Refused(text) => Trouble::Hopeless(text),
            trouble => trouble,
        }
    }

    fn way(&self) -> &'static str {
        match self.tls {
            TlsConfig::Implicit => "TLS from the first byte",
            TlsConfig::Starttls => "TLS by STARTTLS",
            TlsConfig::None => "without TLS, on this computer",
        }
    }
}

/// A name as it is looked up, and as it stands in a certificate.
fn machine_name(host: &str) -> String {
    match Host::parse(host) {
        Ok(Host::Domain(domain)) => domain,
        _ => host.to_owned(),
    }
}

/// What lettre keeps of the answer to EHLO.
fn greeting(smtp: &SmtpConnection) -> String {
    let info = smtp.server_info();
    let known = [
        Extension::StartTls,
        Extension::EightBitMime,
        Extension::SmtpUtfEight,
        Extension::Authentication(Mechanism::Plain),
        Extension::Authentication(Mechanism::Login),
    ];
    let offers: Vec<String> =
        known.iter().filter(|&&extension| info.supports_feature(extension)).map(ToString::to_string).collect();
    let offers = if offers.is_empty() { "no extension".to_owned() } else { offers.join(", ") };
    format!("250 {} (offers {offers})", info.name())
}
