//! Options of every command that reads templates.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::size;

/// Which templates, and what they are for. Every command that reads templates takes these.
#[derive(Clone, Debug, Default, Args)]
pub struct TemplateArgs {
    /// Templates: files, folders, patterns such as "mails/*.html", or `-` to read one from the standard input.
    ///
    /// In a folder psalink takes every .html, .htm and .txt file that git would not ignore. NAME.txt is the text-only
    /// body of NAME.html, and NAME.subject.txt its subject line. NAME.html.j2 is the source of NAME.html; one whose name
    /// begins with _ is only used by others.
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,

    /// The PSA that the templates are for: connectwise or autotask. Without it psalink looks at the templates
    ///
    /// Give the option twice to look at each template for both. With `rewrite -o DIR` the results then stand in
    /// DIR/connectwise and DIR/autotask.
    #[arg(long, value_name = "PSA", help_heading = "PSA and portal")]
    pub dialect: Vec<String>,
    /// The name of your DeskDirector portal: `acme` for acme.deskdirector.com
    #[arg(long, value_name = "NAME", help_heading = "PSA and portal", conflicts_with = "host")]
    pub portal: Option<String>,
    /// The portal's address where it has a domain of its own: support.example.com
    #[arg(long, value_name = "HOST", help_heading = "PSA and portal")]
    pub host: Option<String>,
    /// Where new links open
    #[arg(long, value_enum, value_name = "CLIENT", help_heading = "PSA and portal")]
    pub client: Option<ClientArg>,

    /// The encoding of the files, whatever they say themselves: utf-8, windows-1252, utf-16le …
    #[arg(long, value_name = "NAME", help_heading = "Files and settings")]
    pub encoding: Option<String>,
    /// What to call the standard input; the name also says its kind (.html or .txt) and which settings hold for it
    #[arg(long, value_name = "NAME", help_heading = "Files and settings")]
    pub stdin_filename: Option<PathBuf>,
    /// Take the settings from this file, not from the psalink.yaml nearest to each template
    #[arg(long, value_name = "FILE", help_heading = "Files and settings", conflicts_with = "isolated")]
    pub config: Option<PathBuf>,
    /// Use no psalink.yaml at all
    #[arg(long, help_heading = "Files and settings")]
    pub isolated: bool,
    /// The largest template that is read: 16M, 500K, or a number of bytes; 16M, if left out
    #[arg(long, value_name = "SIZE", value_parser = size::parse, help_heading = "Files and settings")]
    pub max_size: Option<u64>,
    /// How many files to work on at the same time; as many as the computer has cores, if left out
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

    /// The same, about the folder that one stands in where no path is given.
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
    /// In the portal that is installed on the reader's computer
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
