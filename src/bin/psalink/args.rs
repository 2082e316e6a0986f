//! What may stand on the command line, and the help for it.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{ArgGroup, Args, ColorChoice, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

/// Correct DeskDirector portal links in ConnectWise and Autotask notification templates.
#[derive(Debug, Parser)]
#[command(name = "psalink", version, arg_required_else_help = true, max_term_width = 100, propagate_version = true)]
#[command(
    after_help = "Exit codes: 0 all is well; 1 something needs your eye, or would change under --check or --diff; \
                        2 psalink could not do its work."
)]
pub struct Cli {
    #[command(flatten)]
    pub console: ConsoleArgs,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Turn macros into portal links, and put wrong portal links right
    Rewrite(Box<RewriteArgs>),
    /// About psalink.yaml, the file for settings
    Config {
        #[command(subcommand)]
        command: ConfigCommand,
    },
    /// Print a script that lets your shell complete psalink's options
    Completions {
        /// The shell that you use
        shell: Shell,
    },
    /// Print the manual page, or write those of all commands
    Man {
        /// Write this page, and one for each command, into this folder instead
        #[arg(value_name = "DIR")]
        folder: Option<PathBuf>,
    },
}

#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Print the JSON schema of psalink.yaml, for editors that check it while you type
    Schema,
}

/// How psalink talks.
#[derive(Debug, Args)]
#[command(next_help_heading = "Messages")]
pub struct ConsoleArgs {
    /// Say only what went wrong: the errors, and a summary where a template needs your eye
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Also say which settings were used and what was done with each file
    #[arg(short, long, global = true)]
    pub verbose: bool,
    /// When to use colours; `auto` means on a terminal, unless NO_COLOR is set
    #[arg(long, global = true, value_name = "WHEN", default_value_t = ColorChoice::Auto)]
    pub color: ColorChoice,
}

/// Which templates, and what they are for. Every command that reads templates takes these.
#[derive(Debug, Args)]
pub struct TemplateArgs {
    /// Templates: files, folders, patterns such as "mails/*.html", or `-` to read one from the standard input.
    ///
    /// In a folder psalink takes every .html, .htm and .txt file that git would not ignore. NAME.txt is the text-only
    /// body of NAME.html, and NAME.subject.txt its subject line.
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,

    /// The PSA that the templates are for: connectwise or autotask. Without it psalink looks at the templates
    ///
    /// Give the option twice, with `-o DIR`, to build each template for both; the results stand in DIR/connectwise
    /// and DIR/autotask.
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
    /// How many files to work on at the same time; as many as the computer has cores, if left out
    #[arg(short, long, value_name = "N", help_heading = "Files and settings")]
    pub jobs: Option<NonZeroUsize>,
}

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("mode").args(["output", "in_place", "diff", "check"]).multiple(false)))]
#[command(after_help = EXAMPLES)]
pub struct RewriteArgs {
    #[command(flatten)]
    pub templates: TemplateArgs,

    /// Write the result to this file, or each result into this folder
    #[arg(short, long, value_name = "FILE or DIR", help_heading = "Where the result goes")]
    pub output: Option<PathBuf>,
    /// Change the files where they are
    #[arg(short = 'w', long, help_heading = "Where the result goes")]
    pub in_place: bool,
    /// Only show what would change
    #[arg(long, help_heading = "Where the result goes")]
    pub diff: bool,
    /// Only list the files that would change
    #[arg(long, help_heading = "Where the result goes")]
    pub check: bool,
    /// With --in-place: keep the files as they were in this folder
    #[arg(long, value_name = "DIR", help_heading = "Where the result goes", requires = "in_place")]
    pub backup: Option<PathBuf>,
    /// Also write a table of every link before and after; the ending says how: .md, .html, .csv or .json
    #[arg(long, value_name = "FILE", help_heading = "Where the result goes")]
    pub report: Option<PathBuf>,

    /// Which ticket numbers that stand in the text become links
    #[arg(long, value_enum, value_name = "WHICH", help_heading = "What is changed")]
    pub bare: Option<BareArg>,
    /// Also make changes that are only probably what you want, such as taking sign-in tokens out of links
    #[arg(long, help_heading = "What is changed")]
    pub unsafe_fixes: bool,
}

/// Shown below the help, and where no template is given.
pub const EXAMPLES: &str = "\
Examples:
  psalink rewrite new-ticket.html --portal acme          show the new template
  psalink rewrite mails --portal acme                    show what would change in a folder
  psalink rewrite mails --portal acme -o out             write the new templates to another folder
  psalink rewrite mails --portal acme -w --backup old    change them in place, and keep the old ones";

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum ClientArg {
    /// In the browser
    Web,
    /// In the portal that is installed on the reader's computer
    Desktop,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum BareArg {
    /// The first one, where the mail has no link to its ticket yet
    First,
    /// Every one
    All,
    /// None
    Off,
}

impl From<ClientArg> for psalink::Client {
    fn from(client: ClientArg) -> Self {
        match client {
            ClientArg::Web => psalink::Client::Web,
            ClientArg::Desktop => psalink::Client::Desktop,
        }
    }
}

impl From<BareArg> for psalink::Bare {
    fn from(bare: BareArg) -> Self {
        match bare {
            BareArg::First => psalink::Bare::First,
            BareArg::All => psalink::Bare::All,
            BareArg::Off => psalink::Bare::Off,
        }
    }
}
