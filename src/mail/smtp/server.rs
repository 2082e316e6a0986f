//! A mail server, and how to set up a connection to it: resolve, encrypt, sign in.

use std::net::{SocketAddr, ToSocketAddrs as _};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lettre::transport::smtp::commands::{Ehlo, Starttls};
use lettre::transport::smtp::extension::ClientId;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use secrecy::zeroize::Zeroizing;
use url::Host;

use super::connection::{Connection, Deadline, Failure, Reply};
use super::failure::{Trouble, explain};
use super::transcript::{Password, Transcript};
use crate::config::TlsConfig;
use crate::error::{Error, ErrorKind};
use crate::source::plain_file;

/// A mail server for previews.
#[derive(Clone, Debug)]
pub struct MailServer {
    /// Its host name.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is secured. An unsecured connection may only lead to this computer.
    pub tls: TlsConfig,
    /// The certificate of an authority that this computer does not know, in PEM format.
    pub authority: Option<Vec<u8>>,
    /// How to sign in.
    pub login: Option<Login>,
    /// How long to wait.
    pub timeouts: Timeouts,
}

/// How to sign in to a mail server.
#[derive(Clone, Debug)]
pub struct Login {
    /// The user name.
    pub user: String,
    /// The password.
    pub password: Password,
}

/// How long to wait for a mail server.
#[derive(Clone, Debug)]
pub struct Timeouts {
    /// For connecting and the greeting.
    pub connect: Duration,
    /// For the reply to each command.
    pub command: Duration,
    /// For each piece of a message, and for the reply to it, which may take a server long.
    pub mail: Duration,
    /// For everything about one message, from connecting to the last reply.
    pub message: Duration,
    /// For everything sent to this server.
    pub all: Duration,
    /// Before each retry of something that may work later; the number of entries limits the retries.
    pub waits: Vec<Duration>,
    /// For all of these together.
    pub waits_in_all: Duration,
}

impl Default for Timeouts {
    fn default() -> Timeouts {
        Timeouts::of(Duration::from_secs(30))
    }
}

impl Timeouts {
    /// Timeouts based on the limit for each reply: four times as much for the reply to a message, twenty times for
    /// everything about it, and 240 times for all messages together (two hours at 30 seconds per reply).
    pub fn of(limit: Duration) -> Timeouts {
        Timeouts {
            connect: limit,
            command: limit,
            mail: limit * 4,
            message: limit * 20,
            all: limit * 240,
            waits: [1, 2, 4].map(Duration::from_secs).to_vec(),
            waits_in_all: Duration::from_secs(60),
        }
    }
}

impl MailServer {
    /// A server with the default port for how the connection is secured.
    pub fn new(host: &str, port: Option<u16>, tls: Option<TlsConfig>) -> MailServer {
        let tls = tls.unwrap_or(if port == Some(465) { TlsConfig::Implicit } else { TlsConfig::Starttls });
        let usual = match tls {
            TlsConfig::Implicit => 465,
            TlsConfig::Starttls => 587,
            TlsConfig::None => 25,
        };
        let (host, port) = (host.to_owned(), port.unwrap_or(usual));
        MailServer { host, port, tls, authority: None, login: None, timeouts: Timeouts::default() }
    }

    /// Also trusts the authority whose certificate is in a file.
    ///
    /// # Errors
    ///
    /// A file that cannot be read, or that contains no certificate.
    pub fn trust(&mut self, file: &Path) -> Result<(), Error> {
        let name = file.display().to_string();
        let pem = plain_file::read_named(file, plain_file::LARGEST)
            .map_err(|error| Error::could_not("read the certificate", error).at(&*name))?;
        let is_certificate =
            |pem: &[u8]| certificates(pem).is_ok_and(|all| RootCertStore::empty().add_parsable_certificates(all).0 > 0);
        if !is_certificate(&pem) {
            let detail = "this is not a certificate; it should be a PEM file, which begins with `-----BEGIN \
                          CERTIFICATE-----`";
            return Err(Error::new(ErrorKind::Usage, detail).at(name));
        }
        self.authority = Some(pem);
        Ok(())
    }

    /// Its name in messages.
    pub fn name(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }

    /// Opens a connection that messages can be sent over.
    pub(super) fn connect(&self, transcript: &mut Transcript<'_>, bound: Deadline) -> Result<ServerLink, Trouble> {
        let host = machine_name(&self.host);
        let addresses = self.resolve(&host)?;
        let is_here = addresses.iter().all(|address| address.ip().to_canonical().is_loopback());
        if self.tls == TlsConfig::None && !is_here {
            return Err(Trouble::Hopeless(format!(
                "`tls: none` works only for a mail server on this computer, and {} is not; use `starttls` or \
                 `implicit`",
                self.host
            )));
        }
        let tls = match self.tls {
            TlsConfig::None => None,
            TlsConfig::Implicit | TlsConfig::Starttls => Some((self.tls_config()?, self.tls_name(host)?)),
        };
        transcript.note(&format!("connecting to {} ({})", self.name(), self.way()));
        let limit = self.timeouts.connect;
        let from_start = tls.as_ref().filter(|_| self.tls == TlsConfig::Implicit);
        let from_start = from_start.map(|(config, name)| (config, name.clone()));
        let opened = Connection::open(&addresses, from_start, limit, bound);
        let mut smtp = opened.map_err(|failure| report_failure(transcript, &failure))?;
        let greeting = smtp.greeting(limit).map_err(|failure| report_failure(transcript, &failure))?;
        transcript.got(&greeting);
        let mut offers = self.hello(&mut smtp, transcript)?;
        let limit = self.timeouts.command;
        if let Some((config, name)) = tls.filter(|_| self.tls == TlsConfig::Starttls) {
            if !offers.starttls {
                return Err(Trouble::Hopeless(format!(
                    "{} does not offer STARTTLS, so the connection cannot be secured and nothing was sent; if the \
                     server starts with TLS, use `tls: implicit`, usually with port 465",
                    self.name()
                )));
            }
            transcript.sent("STARTTLS");
            let reply = smtp.command(Starttls, limit).map_err(|failure| report_failure(transcript, &failure))?;
            transcript.got(&reply);
            smtp = smtp.secured(&config, name, limit).map_err(|failure| report_failure(transcript, &failure))?;
            transcript.note("the connection is secure");
            // What was said before TLS does not count.
            offers = self.hello(&mut smtp, transcript)?;
        }
        if let Some(login) = &self.login {
            if !smtp.is_secured() && !is_here {
                return Err(Trouble::Hopeless("a password is never sent over an unsecured connection".to_owned()));
            }
            self.sign_in(&mut smtp, &offers, login, transcript)?;
        }
        Ok(ServerLink { smtp, has_utf8: offers.utf8, is_used: false })
    }

    fn hello(&self, smtp: &mut Connection, transcript: &mut Transcript<'_>) -> Result<Offers, Trouble> {
        let hello = Ehlo::new(ClientId::default());
        transcript.sent(hello.to_string().trim_end());
        let reply =
            smtp.command(hello, self.timeouts.command).map_err(|failure| report_failure(transcript, &failure))?;
        transcript.got(&reply);
        Ok(Offers::of(&reply))
    }

    fn resolve(&self, host: &str) -> Result<Vec<SocketAddr>, Trouble> {
        let found = (host, self.port).to_socket_addrs().map(Iterator::collect::<Vec<_>>);
        match found {
            Ok(addresses) if !addresses.is_empty() => Ok(addresses),
            _ => Err(Trouble::Hopeless(format!("the mail server `{}` was not found; is its name right?", self.host))),
        }
    }

    /// The trusted authorities: those that this computer knows, and the one from `--tls-ca`.
    fn tls_config(&self) -> Result<Arc<ClientConfig>, Trouble> {
        let mut roots = RootCertStore::empty();
        // A certificate that cannot be parsed is not trusted.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if let Some(pem) = &self.authority {
            let authorities = certificates(pem).map_err(|error| self.not_secured(&error))?;
            roots.add_parsable_certificates(authorities);
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| self.not_secured(&error))?;
        Ok(Arc::new(config.with_root_certificates(roots).with_no_client_auth()))
    }

    fn tls_name(&self, host: String) -> Result<ServerName<'static>, Trouble> {
        ServerName::try_from(host).map_err(|error| self.not_secured(&error))
    }

    fn not_secured(&self, error: &dyn std::error::Error) -> Trouble {
        Trouble::Hopeless(format!("the connection to {} cannot be secured: {error}", self.name()))
    }

    fn sign_in(
        &self,
        smtp: &mut Connection,
        offers: &Offers,
        login: &Login,
        transcript: &mut Transcript<'_>,
    ) -> Result<(), Trouble> {
        let (user, password) = (login.user.as_str(), login.password.expose());
        // Everything that contains the password is wiped from memory.
        let encoded = |text: &str| Zeroizing::new(STANDARD.encode(text));
        let both = || encoded(&Zeroizing::new(format!("\0{user}\0{password}")));
        let (mechanism, first, answers) = match (offers.plain, offers.login) {
            // A server that does not accept an initial response asks for it.
            (true, _) => ("PLAIN", Some(both()), vec![both()]),
            (_, true) => ("LOGIN", None, vec![encoded(user), encoded(password)]),
            _ => {
                return Err(Trouble::Hopeless(format!(
                    "{} offers no sign-in method that psalink supports (PLAIN, LOGIN); remove `send.smtp.user` if the \
                     server needs no password",
                    self.name()
                )));
            }
        };
        transcript.sent(&format!("AUTH {mechanism} ****"));
        let limit = self.timeouts.command;
        let command = match &first {
            Some(first) => Zeroizing::new(format!("AUTH {mechanism} {}\r\n", first.as_str())),
            None => Zeroizing::new(format!("AUTH {mechanism}\r\n")),
        };
        let mut reply = smtp.line(command.as_bytes(), limit);
        for answer in answers {
            match &reply {
                Ok(challenge) if challenge.code == 334 => {
                    let line = Zeroizing::new(format!("{}\r\n", answer.as_str()));
                    reply = smtp.line(line.as_bytes(), limit);
                }
                _ => break,
            }
        }
        let refused = |text: &str| {
            let (name, user) = (self.name(), &login.user);
            Trouble::Hopeless(format!("{name} did not let `{user}` sign in: {text}; is the password right?"))
        };
        match reply {
            Ok(reply) if reply.code == 334 => Err(refused("it asks for more than a user name and a password")),
            Ok(reply) => {
                transcript.got(&reply);
                Ok(())
            }
            Err(failure) => match report_failure(transcript, &failure) {
                Trouble::Hopeless(text) if matches!(failure, Failure::Refused(_)) => Err(refused(&text)),
                trouble => Err(trouble),
            },
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

/// A host name in the form that is looked up, and that is in a certificate.
fn machine_name(host: &str) -> String {
    match Host::parse(host) {
        Ok(Host::Domain(domain)) => domain,
        _ => host.to_owned(),
    }
}

/// An open connection to a server that is ready for messages.
pub(super) struct ServerLink {
    pub smtp: Connection,
    /// Whether the server accepts addresses with non-ASCII characters.
    pub has_utf8: bool,
    /// Whether it has carried a message, so that it may have been closed in the meantime.
    pub is_used: bool,
}

/// What a server supports, as far as it matters here.
#[derive(Debug, Default, PartialEq, Eq)]
struct Offers {
    starttls: bool,
    utf8: bool,
    plain: bool,
    login: bool,
}

impl Offers {
    /// Reads the reply to EHLO, whose first line is a greeting (RFC 5321, 4.1.1.1).
    fn of(reply: &Reply) -> Offers {
        let mut offers = Offers::default();
        for line in reply.lines.iter().skip(1) {
            let line = line.to_ascii_uppercase();
            // Some servers repeat their list for very old programs: `AUTH=LOGIN PLAIN`.
            let mut words = line.split([' ', '\t', '=']).filter(|word| !word.is_empty());
            match words.next() {
                Some("STARTTLS") => offers.starttls = true,
                Some("SMTPUTF8") => offers.utf8 = true,
                Some("AUTH") => {
                    for mechanism in words {
                        offers.plain |= mechanism == "PLAIN";
                        offers.login |= mechanism == "LOGIN";
                    }
                }
                _ => {}
            }
        }
        offers
    }
}

/// The certificates in a PEM file.
fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, rustls::pki_types::pem::Error> {
    CertificateDer::pem_slice_iter(pem).collect()
}

/// Describes a failure while opening a connection, and adds it to the transcript.
fn report_failure(transcript: &mut Transcript<'_>, failure: &Failure) -> Trouble {
    let trouble = explain(failure).map(|text| transcript.clean(text));
    transcript.failed(trouble.text());
    match trouble {
        Trouble::Refused(text) => Trouble::Hopeless(text),
        trouble => trouble,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offers_are_read_in_any_case() {
        let reply = |lines: &[&str]| Reply { code: 250, lines: lines.iter().map(|&line| line.to_owned()).collect() };
        let all = Offers { starttls: true, utf8: true, plain: true, login: true };
        for (lines, offers) in [
            (&["x", "StartTLS", "smtputf8", "auth plain", "AUTH=LOGIN"][..], all),
            (&["STARTTLS is my name", " ", "", "AUTH XOAUTH2"], Offers::default()),
            (&[], Offers::default()),
        ] {
            assert_eq!(Offers::of(&reply(lines)), offers, "{lines:?}");
        }
    }
}
