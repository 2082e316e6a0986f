//! Options of every command that reads templates.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::size;

/// Which templates, and what they are for.
#[derive(Clone, Debug, Default, Args)]
pub struct TemplateArgs {
    /// Templates: files, folders, patterns such as "mails/*.html", or `-` to read one from standard input
    ///
    /// In a folder, psalink reads every .html, .htm and .txt file that git does not ignore. NAME.txt is the text-only body of
    /// NAME.html, and NAME.subject.txt is its subject line. NAME.html.j2 is the source of NAME.html; a file whose name
    /// begins with _ is only used by other files.
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,

    /// The PSA that the templates are for: connectwise or autotask. Without it, psalink detects the PSA
    ///
    /// Use the option twice to process each template for both. `ready -o DIR` and `rewrite -o DIR` then write the results
    /// to DIR/connectwise and DIR/autotask.
    #[arg(long, value_name = "PSA", help_heading = "PSA and portal")]
    pub dialect: Vec<String>,
    /// The name of your DeskDirector portal: `acme` for acme.deskdirector.com
    #[arg(long, value_name = "NAME", help_heading = "PSA and portal", conflicts_with = "host")]
    pub portal: Option<String>,
    /// The portal's address if it has its own domain: support.example.com
    #[arg(long, value_name = "HOST", help_heading = "PSA and portal")]
    pub host: Option<String>,
    /// Where new links open
    #[arg(long, value_enum, value_name = "CLIENT", help_heading = "PSA and portal")]
    pub client: Option<ClientArg>,

    /// The encoding of the files, even if they declare another one: utf-8, windows-1252, utf-16le …
    #[arg(long, value_name = "NAME", help_heading = "Files and settings")]
    pub encoding: Option<String>,
    /// A file name for standard input; it sets the file type (.html or .txt) and which settings apply
    #[arg(long, value_name = "NAME", help_heading = "Files and settings")]
    pub stdin_filename: Option<PathBuf>,
    /// Use the settings in this file, not the psalink.yaml nearest to each template
    #[arg(long, value_name = "FILE", help_heading = "Files and settings", conflicts_with = "isolated")]
    pub config: Option<PathBuf>,
    /// Do not use any psalink.yaml
    #[arg(long, help_heading = "Files and settings")]
    pub isolated: bool,
    /// Leave out what `exclude` in psalink.yaml names, even if it is on the command line: for hooks that name files
    #[arg(long, help_heading = "Files and settings")]
    pub force_exclude: bool,
    /// The largest template to read: 16M, 500K or a number of bytes; the default is 16M
    #[arg(long, value_name = "SIZE", value_parser = size::parse, help_heading = "Files and settings")]
    pub max_size: Option<u64>,
    /// How many files to process at the same time; the default is the number of processor cores
    #[arg(short, long, value_name = "N", help_heading = "Files and settings")]
    pub jobs: Option<NonZeroUsize>,
}

impl TemplateArgs {
    /// What the command line says about settings.
    pub fn overrides(&self) -> psalink::session::Overrides {
        psalink::session::Overrides {
            portal: self.portal.clone(),
            host: self.host.clone(),
            client: self.client.map(Into::into),
            reading: match self.max_size {
                Some(max_size) => psalink::source::Reading::default().up_to(max_size),
                None => psalink::source::Reading::default(),
            },
            ..psalink::session::Overrides::default()
        }
    }

    /// The same, for the current folder if no path is given.
    pub fn or_here(&self) -> TemplateArgs {
        let mut args = self.clone();
        if args.paths.is_empty() {
            args.paths.push(PathBuf::from("."));
        }
        args
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum ClientArg {
    /// In the browser
    Web,
    /// In the portal app that is installed on the reader's computer
    Desktop,
}

impl From<ClientArg> for psalink::link::Client {
    fn from(client: ClientArg) -> Self {
        match client {
            ClientArg::Web => psalink::link::Client::Web,
            ClientArg::Desktop => psalink::link::Client::Desktop,
        }
    }
}
