//! What went wrong between psalink and a mail server, in the user's words.

use std::error::Error as _;
use std::io;
use std::time::Duration;

use lettre::transport::smtp::Error;
use rustls::CertificateError;

/// Why a step failed, and so what may be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// The server says no (5xx).
    Refused(String),
    /// The server says that it may work later (4xx).
    Later(String),
    /// The connection is gone, or the server says that it will close it (421).
    Lost(String),
    /// Nothing can be sent until somebody changes something.
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

/// Puts an error of lettre's into words. `limit` is how long was waited.
pub(super) fn explain(error: &Error, limit: Duration) -> Trouble {
    if let Some(code) = error.status() {
        let code = u16::from(code);
        let text = format!("{code} {}", error.source().map(ToString::to_string).unwrap_or_default());
        let text = text.trim_end().to_owned();
        return match code {
            421 => Trouble::Lost(format!("the server closes the connection: {text}")),
            400..=499 => Trouble::Later(text),
            _ => Trouble::Refused(text),
        };
    }
    if let Some(io) = io_error(error) {
        return of_io(io, limit);
    }
    let text = error.source().map_or_else(|| error.to_string(), ToString::to_string);
    match text.as_str() {
        "incomplete response" => Trouble::Lost(CLOSED.to_owned()),
        _ if error.is_response() => Trouble::Lost("the server answered with something that is not SMTP".to_owned()),
        _ => Trouble::Hopeless(text),
    }
}

const CLOSED: &str = "the server closed the connection";

/// Whether the system says that nothing more could be sent, so that the last bytes never left.
pub(super) fn is_broken_pipe(error: &Error) -> bool {
    io_error(error).is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

fn io_error(error: &Error) -> Option<&io::Error> {
    let mut source = error.source();
    while let Some(error) = source {
        if let Some(error) = error.downcast_ref::<io::Error>() {
            return Some(error);
        }
        source = error.source();
    }
    None
}

/// A silent server is `WouldBlock` to the system, and lettre does not call that a time limit.
fn of_io(error: &io::Error, limit: Duration) -> Trouble {
    if let Some(tls) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        return Trouble::Hopeless(of_tls(tls));
    }
    match error.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => {
            Trouble::Lost(format!("the server did not answer within {}", seconds(limit)))
        }
        io::ErrorKind::UnexpectedEof
        | io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe => Trouble::Lost(CLOSED.to_owned()),
        io::ErrorKind::ConnectionRefused => Trouble::Lost("nothing answers at that port".to_owned()),
        io::ErrorKind::InvalidData => Trouble::Lost("the server answered with something that is not SMTP".to_owned()),
        _ => Trouble::Lost(crate::error::reason(error)),
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
            format!(
                "the certificate of the server is not accepted, so nothing was sent: {}",
                of_certificate(certificate)
            )
        }
        rustls::Error::InvalidMessage(_) => {
            "the server does not begin with TLS at this port; port 465 usually wants `tls: implicit`, port 587 \
             `tls: starttls`"
                .to_owned()
        }
        rustls::Error::AlertReceived(_) | rustls::Error::PeerIncompatible(_) => {
            format!(
                "psalink and the server find no common way to secure the connection ({error}); psalink needs TLS 1.2 or 1.3"
            )
        }
        _ => format!("the connection could not be secured: {error}"),
    }
}

fn of_certificate(error: &CertificateError) -> String {
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "it has expired; whoever runs the server must renew it (is the clock of this computer right?)".to_owned()
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "it is not valid yet; is the clock of this computer right?".to_owned()
        }
        CertificateError::NotValidForName => {
            "it is for another name; write the name that stands in it as `send.smtp.host`".to_owned()
        }
        CertificateError::NotValidForNameContext { expected, presented } => {
            // rustls writes `DnsName("mail.example.com")`.
            let names: Vec<&str> = presented.iter().map(|name| name.split('"').nth(1).unwrap_or(name)).collect();
            let names = if names.is_empty() { "no name at all".to_owned() } else { names.join(", ") };
            format!(
                "it is for another name: it names {names}, and not {}; write the right name as `send.smtp.host`",
                expected.to_str()
            )
        }
        CertificateError::UnknownIssuer => {
            "no authority that this computer trusts has signed it; if the server is yours, say `--tls-ca FILE` with the \
             certificate of your own authority (PEM)"
                .to_owned()
        }
        CertificateError::Revoked => "its authority has revoked it".to_owned(),
        CertificateError::BadSignature => {
            "its authority has the name of one that this computer trusts, and is another; is the file of `--tls-ca` the \
             right one?"
                .to_owned()
        }
        CertificateError::BadEncoding => "it is damaged".to_owned(),
        CertificateError::Other(other) if format!("{other:?}").contains("CaUsedAsEndEntity") => {
            "it is the certificate of an authority, and a server needs one of its own that the authority has signed"
                .to_owned()
        }
        other => other.to_string(),
    }
}
