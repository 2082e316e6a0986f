//! The command line of `psalink send`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::samples::SampleArgs;
use super::templates::TemplateArgs;

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct SendArgs {
    #[command(flatten)]
    pub templates: TemplateArgs,
    #[command(flatten)]
    pub samples: SampleArgs,

    /// Who gets the previews; can be used more than once. Each address must be allowed by `send.allow` in psalink.yaml
    ///
    /// A preview must never reach a customer, so this option is the only way to add recipients: templates and samples
    /// cannot add any.
    #[arg(long, value_name = "ADDRESS", help_heading = "Recipients")]
    pub to: Vec<String>,
    /// Also send to this address, which `send.allow` does not include; add it with --to as well
    #[arg(long, value_name = "ADDRESS", help_heading = "Recipients")]
    pub yes_send_to: Vec<String>,
    /// The sender, instead of `send.from`: preview@msp.example or 'Acme IT <preview@msp.example>'
    #[arg(long, value_name = "ADDRESS", help_heading = "Recipients")]
    pub from: Option<String>,

    /// Attach images from the template's folder, so that they appear in the message
    #[arg(long, help_heading = "What to send")]
    pub inline_images: bool,
    /// Send nothing; show who would get what
    #[arg(long, help_heading = "What to send", conflicts_with = "eml")]
    pub dry_run: bool,
    /// Send nothing; write the messages to this folder as .eml files, which email programs open
    #[arg(long, value_name = "DIR", help_heading = "What to send")]
    pub eml: Option<PathBuf>,

    /// The mail server, instead of `send.smtp.host`
    #[arg(long, value_name = "HOST", help_heading = "Mail server")]
    pub smtp_host: Option<String>,
    /// Its port, instead of `send.smtp.port`; the default depends on --tls
    #[arg(long, value_name = "PORT", help_heading = "Mail server", value_parser = clap::value_parser!(u16).range(1..))]
    pub smtp_port: Option<u16>,
    /// How to secure the connection, instead of `send.smtp.tls`
    #[arg(long, value_enum, value_name = "HOW", help_heading = "Mail server")]
    pub tls: Option<TlsArg>,
    /// Also trust the certificate authority in this file (PEM)
    #[arg(long, value_name = "FILE", help_heading = "Mail server")]
    pub tls_ca: Option<PathBuf>,
    /// The user name to sign in with, instead of `send.smtp.user`
    #[arg(long, value_name = "NAME", help_heading = "Mail server")]
    pub user: Option<String>,
    /// Read the password from this file
    ///
    /// Without this option and --password-stdin, psalink takes the password from the environment variable
    /// PSALINK_SMTP_PASSWORD. The password is never on the command line or in psalink.yaml, where others could read it.
    #[arg(long, value_name = "FILE", help_heading = "Mail server", conflicts_with = "password_stdin")]
    pub password_file: Option<PathBuf>,
    /// Read the password from standard input
    #[arg(long, help_heading = "Mail server")]
    pub password_stdin: bool,
    /// How many seconds to wait for the mail server to answer
    #[arg(long, value_name = "SECONDS", default_value = "30", help_heading = "Mail server", value_parser = clap::value_parser!(u16).range(1..))]
    pub timeout: u16,
}

/// How a connection to a mail server is secured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TlsArg {
    /// TLS from the start, usually on port 465
    Implicit,
    /// STARTTLS, usually on port 587; if the server does not offer it, nothing is sent
    Starttls,
    /// No encryption; only for a mail server on this computer
    None,
}

impl From<TlsArg> for psalink::config::TlsConfig {
    fn from(tls: TlsArg) -> Self {
        match tls {
            TlsArg::Implicit => psalink::config::TlsConfig::Implicit,
            TlsArg::Starttls => psalink::config::TlsConfig::Starttls,
            TlsArg::None => psalink::config::TlsConfig::None,
        }
    }
}

/// Shown below the help.
const EXAMPLES: &str = "\
Examples:
  psalink send new-ticket.html --to me@msp.example         send a preview to yourself
  psalink send mails --to me@msp.example --sample unicode  send a whole folder, with another sample
  psalink send mails --to me@msp.example --dry-run         show who would get what
  psalink send mails --eml out                             write files that email programs open
  psalink send a.html --to me@client.example --yes-send-to me@client.example
                                                           to an address not in send.allow

Settings for psalink.yaml:
  send:
    from: Acme IT <preview@msp.example>
    allow: [\"*@msp.example\"]
    smtp: { host: smtp.msp.example, tls: starttls, user: preview@msp.example }
The password comes from the environment variable PSALINK_SMTP_PASSWORD, --password-file or --password-stdin.
--verbose shows the conversation with the mail server, without the password.

Exit codes: 0 everything was sent; 1 everything was sent, but a message needs attention;
2 something was not sent, or the server did not confirm it.";
