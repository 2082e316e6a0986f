//! What may stand on the command line of `psalink send`.

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

    /// Who gets the previews; may be given several times. Each address must fit `send.allow` in psalink.yaml
    ///
    /// A preview must never reach a customer, so recipients stand here and nowhere else: neither a template nor a sample
    /// can add one.
    #[arg(long, value_name = "ADDRESS", help_heading = "Who gets it")]
    pub to: Vec<String>,
    /// Also send to this address, which `send.allow` does not name; it must stand after --to as well
    #[arg(long, value_name = "ADDRESS", help_heading = "Who gets it")]
    pub yes_send_to: Vec<String>,
    /// The sender, in place of `send.from`: preview@msp.example or 'Acme IT <preview@msp.example>'
    #[arg(long, value_name = "ADDRESS", help_heading = "Who gets it")]
    pub from: Option<String>,

    /// Let pictures that lie in the folder of a template go with its mail
    #[arg(long, help_heading = "What is sent")]
    pub inline_images: bool,
    /// Send nothing, and show who would get what
    #[arg(long, help_heading = "What is sent", conflicts_with = "eml")]
    pub dry_run: bool,
    /// Send nothing, and write the mails into this folder as files that mail programs open
    #[arg(long, value_name = "DIR", help_heading = "What is sent")]
    pub eml: Option<PathBuf>,

    /// The mail server, in place of `send.smtp.host`
    #[arg(long, value_name = "HOST", help_heading = "Mail server")]
    pub smtp_host: Option<String>,
    /// Its port, in place of `send.smtp.port`; the usual one for --tls, if both are left out
    #[arg(long, value_name = "PORT", help_heading = "Mail server", value_parser = clap::value_parser!(u16).range(1..))]
    pub smtp_port: Option<u16>,
    /// How the connection is secured, in place of `send.smtp.tls`
    #[arg(long, value_enum, value_name = "HOW", help_heading = "Mail server")]
    pub tls: Option<TlsArg>,
    /// Also trust the authority whose certificate stands in this file (PEM)
    #[arg(long, value_name = "FILE", help_heading = "Mail server")]
    pub tls_ca: Option<PathBuf>,
    /// The name to sign in with, in place of `send.smtp.user`
    #[arg(long, value_name = "NAME", help_heading = "Mail server")]
    pub user: Option<String>,
    /// Read the password from this file
    ///
    /// Without it and without --password-stdin psalink takes the password from the environment variable
    /// PSALINK_SMTP_PASSWORD. It never stands on the command line or in psalink.yaml, where others could read it.
    #[arg(long, value_name = "FILE", help_heading = "Mail server", conflicts_with = "password_stdin")]
    pub password_file: Option<PathBuf>,
    /// Read the password from the standard input
    #[arg(long, help_heading = "Mail server")]
    pub password_stdin: bool,
    /// How many seconds to wait for an answer of the mail server
    #[arg(long, value_name = "SECONDS", default_value = "30", help_heading = "Mail server", value_parser = clap::value_parser!(u16).range(1..))]
    pub timeout: u16,
}

/// How a connection to a mail server is secured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TlsArg {
    /// From the first byte, usually at port 465
    Implicit,
    /// By STARTTLS, usually at port 587; a server that does not offer it gets nothing
    Starttls,
    /// Not at all; only for a mail server on this computer
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
  psalink send new-ticket.html --to me@msp.example         mail a preview to yourself
  psalink send mails --to me@msp.example --sample unicode  mail a whole folder, with another sample
  psalink send mails --to me@msp.example --dry-run         show who would get what
  psalink send mails --eml out                             write files that mail programs open
  psalink send a.html --to me@client.example --yes-send-to me@client.example
                                                           to whom send.allow does not name

What psalink.yaml should say:
  send:
    from: Acme IT <preview@msp.example>
    allow: [\"*@msp.example\"]
    smtp: { host: smtp.msp.example, tls: starttls, user: preview@msp.example }
The password comes from the environment variable PSALINK_SMTP_PASSWORD, --password-file or --password-stdin.
--verbose shows the conversation with the mail server, without the password.

Exit codes: 0 all was sent; 1 all was sent, and a mail needs your eye; 2 something was not sent, or
nobody knows whether it was.";
