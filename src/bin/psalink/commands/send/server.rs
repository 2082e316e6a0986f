//! The connection to the mail server, and its password.

use std::time::Duration;

use psalink::config::SendConfig;
use psalink::mail::{Login, MailServer, Password, Timeouts};
use psalink::source::{plain_file, read_pipe};
use psalink::{Error, ErrorKind};

use crate::args::SendArgs;
use crate::inputs::stdin;
use crate::paths::show;

/// The environment variable with the password.
pub const PASSWORD: &str = "PSALINK_SMTP_PASSWORD";

/// The largest password that is read.
const LONGEST_PASSWORD: u64 = 4096;

/// How to connect to a mail server, as far as psalink.yaml may say.
#[derive(Debug, PartialEq, Eq)]
pub struct ServerOptions {
    pub host: String,
    port: Option<u16>,
    tls: Option<psalink::config::TlsConfig>,
    user: Option<String>,
}

impl ServerOptions {
    /// The connection from the command line and the settings; `may_lack` allows settings without a server.
    pub fn of(args: &SendArgs, settings: &SendConfig, may_lack: bool) -> Result<ServerOptions, Error> {
        let smtp = &settings.smtp;
        let host = match args.smtp_host.as_ref().or(smtp.host.as_ref()).filter(|host| !host.is_empty()) {
            Some(host) => host.clone(),
            None if may_lack => "a mail server that is not set yet".to_owned(),
            None => {
                let detail = "no mail server is set (`send.smtp.host`); add `send: { smtp: { host: smtp.msp.example, tls: starttls, \
                              user: preview@msp.example } }` to psalink.yaml, or use `--smtp-host smtp.msp.example`";
                return Err(Error::new(ErrorKind::Missing, detail));
            }
        };
        Ok(ServerOptions {
            host,
            port: args.smtp_port.or(smtp.port),
            tls: args.tls.map(Into::into).or(smtp.tls),
            user: args.user.as_ref().or(smtp.user.as_ref()).filter(|user| !user.is_empty()).cloned(),
        })
    }

    /// The server, without credentials.
    pub fn server(&self, args: &SendArgs) -> Result<MailServer, Error> {
        let mut server = MailServer::new(&self.host, self.port, self.tls);
        server.timeouts = Timeouts::of(Duration::from_secs(args.timeout.into()));
        if let Some(file) = &args.tls_ca {
            server.trust(file)?;
        }
        Ok(server)
    }

    /// The server, with the user name and password.
    pub fn signed_in(&self, args: &SendArgs) -> Result<MailServer, Error> {
        let mut server = self.server(args)?;
        let is_asked = args.password_file.is_some() || args.password_stdin;
        server.login = match (&self.user, is_asked) {
            (Some(user), _) => {
                if user.contains(char::is_control) {
                    let detail = "the user name (`send.smtp.user`) contains a line break or another control character; \
                                  in psalink.yaml, write a backslash in single quotes: `user: 'ACME\\robin'`";
                    return Err(Error::new(ErrorKind::Usage, detail));
                }
                Some(Login { user: user.clone(), password: password(args, user)? })
            }
            (None, true) => {
                let detail = "a password was given without a user name; add `send: { smtp: { user: preview@msp.example } }` \
                              to psalink.yaml, or use `--user preview@msp.example`";
                return Err(Error::new(ErrorKind::Missing, detail));
            }
            (None, false) => None,
        };
        Ok(server)
    }
}

/// Whether there is a password for the mail server.
pub fn has_password(args: &SendArgs) -> bool {
    args.password_stdin || args.password_file.is_some() || std::env::var_os(PASSWORD).is_some()
}

/// The password. Errors must not contain any part of it.
fn password(args: &SendArgs, user: &str) -> Result<Password, Error> {
    let not_text =
        |origin: &str| Error::new(ErrorKind::Encoding, format!("the password in {origin} is not valid UTF-8"));
    if args.password_stdin {
        if args.templates.paths.iter().any(|path| path.as_os_str() == "-") {
            let detail = "standard input cannot be both the template (`-`) and the password; use `--password-file`";
            return Err(Error::new(ErrorKind::Usage, detail));
        }
        return read_pipe(|| Ok(std::io::stdin()), LONGEST_PASSWORD, stdin::timeouts())
            .map_err(|error| Error::could_not("read the password from standard input", error))
            .and_then(|bytes| String::from_utf8(bytes).map_err(|_| not_text("standard input")))
            .and_then(Password::new);
    }
    if let Some(path) = &args.password_file {
        return plain_file::read_named(path, LONGEST_PASSWORD)
            .map_err(|error| Error::could_not("read the password in the file", error))
            .and_then(|bytes| String::from_utf8(bytes).map_err(|_| not_text("the file")))
            .and_then(Password::new)
            .map_err(|error| error.at(show(path)));
    }
    match std::env::var(PASSWORD) {
        Ok(text) => Password::new(text).map_err(|error| error.at(PASSWORD)),
        Err(std::env::VarError::NotUnicode(_)) => Err(not_text(PASSWORD)),
        Err(std::env::VarError::NotPresent) => {
            let detail = format!(
                "the password for `{user}` is missing; put it in the environment variable {PASSWORD}, or use \
                 `--password-file FILE` or `--password-stdin`"
            );
            Err(Error::new(ErrorKind::Missing, detail))
        }
    }
}
