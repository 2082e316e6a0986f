//! What went wrong between psalink and a mail server, in the user's terms.

use std::io;
use std::time::Duration;

use rustls::CertificateError;

use super::connection::{Deadline, Failure, Scope};

/// Why a step failed, which determines what may be tried next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// The server refuses for good (5xx).
    Refused(String),
    /// The server says that it may work later (4xx).
    Later(String),
    /// The connection is lost, or the server says that it will close it (421).
    Lost(String),
    /// Nothing can be sent until someone changes something.
    Hopeless(String),
}

impl Trouble {
    pub fn text(&self) -> &str {
        match self {
            Trouble::Refused(text) | Trouble::Later(text) | Trouble::Lost(text) | Trouble::Hopeless(text) => text,
        }
    }

    pub fn map(self, change: impl FnOnce(&str) -> String) -> Trouble {
        match self {
            Trouble::Refused(text) => Trouble::Refused(change(&text)),
            Trouble::Later(text) => Trouble::Later(change(&text)),
            Trouble::Lost(text) => Trouble::Lost(change(&text)),
            Trouble::Hopeless(text) => Trouble::Hopeless(change(&text)),
        }
    }
}

/// Describes a failure in words.
pub(super) fn explain(failure: &Failure) -> Trouble {
    match failure {
        Failure::Refused(reply) => {
            let text = format!("{} {}", reply.code, reply.text()).trim_end().to_owned();
            match reply.code {
                421 => Trouble::Lost(format!("the server closed the connection: {text}")),
                400..=499 => Trouble::Later(text),
                _ => Trouble::Refused(text),
            }
        }
        Failure::Io(error) => of_io(error),
        Failure::Late(deadline) => late(*deadline),
        Failure::Closed => Trouble::Lost(CLOSED.to_owned()),
        Failure::NotSmtp => Trouble::Lost(NOT_SMTP.to_owned()),
        Failure::TooLong => Trouble::Hopeless("the server sent a reply that does not end".to_owned()),
        Failure::Early => Trouble::Hopeless(
            "the server, or someone between it and this computer, sent replies to commands that psalink had not sent \
             yet; the connection cannot be trusted and was closed"
                .to_owned(),
        ),
    }
}

const CLOSED: &str = "the server closed the connection";

const NOT_SMTP: &str = "the server answered with something that is not SMTP";

/// Whether the operating system reports that nothing more could be sent, so that the last bytes never left.
pub(super) fn is_broken_pipe(failure: &Failure) -> bool {
    matches!(failure, Failure::Io(error) if error.kind() == io::ErrorKind::BrokenPipe)
}

fn late(deadline: Deadline) -> Trouble {
    let limit = seconds(deadline.limit);
    match deadline.scope {
        Scope::Step => Trouble::Lost(format!("the server did not answer within {limit}")),
        Scope::Message => Trouble::Lost(format!("the server was too slow: the message was not sent within {limit}")),
        Scope::All => Trouble::Hopeless(format!("the server was too slow: not everything was sent within {limit}")),
    }
}

fn of_io(error: &io::Error) -> Trouble {
    if let Some(tls) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        return Trouble::Hopeless(of_tls(tls));
    }
    match error.kind() {
        io::ErrorKind::UnexpectedEof
        | io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe => Trouble::Lost(CLOSED.to_owned()),
        io::ErrorKind::ConnectionRefused => Trouble::Lost("nothing answers on that port".to_owned()),
        _ => Trouble::Lost(crate::Error::reason(error)),
    }
}

fn seconds(time: Duration) -> String {
    match time.as_secs_f64() {
        1.0 => "1 second".to_owned(),
        seconds => format!("{seconds} seconds"),
    }
}

fn of_tls(error: &rustls::Error) -> String {
    match error {
        rustls::Error::InvalidCertificate(certificate) => {
            format!("the server's certificate is not trusted, so nothing was sent: {}", of_certificate(certificate))
        }
        rustls::Error::InvalidMessage(_) => {
            "the server does not start with TLS on this port; port 465 usually needs `tls: implicit`, port 587 `tls: \
             starttls`"
                .to_owned()
        }
        rustls::Error::AlertReceived(_) | rustls::Error::PeerIncompatible(_) => {
            format!(
                "psalink and the server have no way to secure the connection in common ({error}); psalink needs TLS \
                 1.2 or 1.3"
            )
        }
        _ => format!("the connection could not be secured: {error}"),
    }
}

fn of_certificate(error: &CertificateError) -> String {
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "it has expired; ask the server's administrator to renew it (or is this computer's clock wrong?)".to_owned()
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "it is not valid yet; is this computer's clock right?".to_owned()
        }
        CertificateError::NotValidForName => {
            "it is for another name; set `send.smtp.host` to the name in it".to_owned()
        }
        CertificateError::NotValidForNameContext { expected, presented } => {
            // rustls writes `DnsName("mail.example.com")`.
            let names: Vec<&str> = presented.iter().map(|name| name.split('"').nth(1).unwrap_or(name)).collect();
            let names = if names.is_empty() { "no name".to_owned() } else { names.join(", ") };
            format!("it is for {names}, not for {}; set `send.smtp.host` to the right name", expected.to_str())
        }
        CertificateError::UnknownIssuer => {
            "no authority that this computer trusts has signed it; if the server is yours, use `--tls-ca FILE` with \
             the certificate of your own authority (PEM)"
                .to_owned()
        }
        CertificateError::Revoked => "its authority has revoked it".to_owned(),
        CertificateError::BadSignature => {
            "its authority only has the same name as one that this computer trusts; is the file of `--tls-ca` the \
             right one?"
                .to_owned()
        }
        CertificateError::BadEncoding => "it is damaged".to_owned(),
        CertificateError::Other(other) if format!("{other:?}").contains("CaUsedAsEndEntity") => {
            "it is the certificate of an authority; the server needs its own, signed by the authority".to_owned()
        }
        other => other.to_string(),
    }
}
