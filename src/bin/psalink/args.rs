//! What may stand on the command line, and the help for it.

mod examples;
mod send;
mod size;

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{ArgGroup, Args, ColorChoice, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

pub use self::examples::{EXAMPLES, LINT_EXAMPLES, PREVIEW_EXAMPLES, TEST_EXAMPLES, TRANSLATE_EXAMPLES};
pub use self::send::SendArgs;

/// Notification templates for ConnectWise and Autotask: correct portal links, no mistakes, and the mail seen first.
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
    /// Find what is wrong in templates, and mend it with --fix
    #[command(visible_alias = "check")]
    Lint(Box<LintArgs>),
    /// Turn macros into portal links, and put wrong portal links right
    Rewrite(Box<RewriteArgs>),
    /// Show the mail that a customer would get, filled with sample values
    Preview(Box<PreviewArgs>),
    /// Turn the placeholders of one PSA into those of the other
    #[command(mut_args(TranslateArgs::in_own_words))]
    Translate(Box<TranslateArgs>),
    /// Compare every mail with the recorded one, and record those that are right
    Test(Box<TestArgs>),
    /// Mail previews to yourself, so that you see them in a real inbox
    Send(Box<SendArgs>),
    /// Explain a rule, a placeholder, a command of the portal or a meaning
    Explain(ExplainArgs),
    /// List, search or import placeholders
    Tokens {
        #[command(subcommand)]
        command: TokensCommand,
    },
    /// Open the workbench: a page in your browser to look at templates, mend them and paste new ones
    Serve(Box<ServeArgs>),
    /// Begin a project: settings, a set of templates, samples
    Init(InitArgs),
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

impl Command {
    /// Its name, without anything that is behind it on the command line.
    pub fn name(&self) -> &'static str {
        match self {
            Command::Lint(_) => "lint",
            Command::Rewrite(_) => "rewrite",
            Command::Preview(_) => "preview",
            Command::Translate(_) => "translate",
            Command::Test(_) => "test",
            Command::Send(_) => "send",
            Command::Explain(_) => "explain",
            Command::Tokens { .. } => "tokens",
            Command::Serve(_) => "serve",
            Command::Init(_) => "init",
            Command::Config { .. } => "config",
            Command::Completions { .. } => "completions",
            Command::Man { .. } => "man",
        }
    }
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
    /// Also say which settings were used and what was done with each file, and print every finding
    #[arg(short, long, global = true)]
    pub verbose: bool,
    /// When to use colours; `auto` means on a terminal, unless NO_COLOR is set
    #[arg(long, global = true, value_name = "WHEN", default_value_t = ColorChoice::Auto)]
    pub color: ColorChoice,
}

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

/// Where the results go. Every command that changes templates takes these.
impl TemplateArgs {
    /// What the command line says about settings.
    pub fn overrides(&self) -> psalink::Overrides {
        psalink::Overrides {
            portal: self.portal.clone(),
            host: self.host.clone(),
            client: self.client.map(Into::into),
            reading: match self.max_size {
                Some(max_size) => psalink::Reading::default().up_to(max_size),
                None => psalink::Reading::default(),
            },
            ..psalink::Overrides::default()
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

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("mode").args(["output", "in_place", "diff", "check"]).multiple(false)))]
pub struct OutputArgs {
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
    /// With --in-place: keep the files as they were in this folder, which holds backups alone
    ///
    /// Each run makes a folder in it, named after the time (UTC), and never touches an older one. The folder may lie among
    /// the templates: psalink knows it by a file in it, psalink-backup.txt, and never takes what is in it for templates.
    #[arg(long, value_name = "DIR", help_heading = "Where the result goes", requires = "in_place")]
    pub backup: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct RewriteArgs {
    #[command(flatten)]
    pub templates: TemplateArgs,

    #[command(flatten)]
    pub output: OutputArgs,
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

/// Which values fill a template.
#[derive(Clone, Debug, Default, Args)]
pub struct SampleArgs {
    /// The values that fill the mail: the name of a sample (standard, long-names, unicode, markup, empty, or one of the
    /// folder that psalink.yaml names), or a YAML file; may be given several times
    #[arg(long, value_name = "NAME or FILE", help_heading = "Sample values")]
    pub sample: Vec<String>,
    /// One value, by meaning or by placeholder: ticket.id=42 or '[Ticket: Title]=No sound'; may be given several times
    #[arg(long, value_name = "NAME=VALUE", help_heading = "Sample values")]
    pub set: Vec<String>,
}

#[derive(Debug, Args)]
#[command(after_help = PREVIEW_EXAMPLES)]
pub struct PreviewArgs {
    #[command(flatten)]
    pub templates: TemplateArgs,
    #[command(flatten)]
    pub samples: SampleArgs,

    /// Write the HTML of the mail, byte for byte; without another option this is what happens for a single mail
    #[arg(long, help_heading = "What is written, and where")]
    pub html: bool,
    /// Write the text-only body; it is made of the HTML where the template has none
    #[arg(long, help_heading = "What is written, and where")]
    pub text: bool,
    /// Write a mail file (.eml), which mail programs open
    #[arg(long, help_heading = "What is written, and where")]
    pub eml: bool,
    /// Write to this file, or write all mails into this folder with a page that lists them
    #[arg(short, long, value_name = "FILE or DIR", help_heading = "What is written, and where")]
    pub output: Option<PathBuf>,
    /// Look at the mails in the browser
    #[arg(long, help_heading = "What is written, and where")]
    pub open: bool,
    /// Let the pages load images from other servers, over https
    #[arg(long, help_heading = "What is written, and where")]
    pub remote_images: bool,
}

#[derive(Debug, Args)]
#[command(after_help = TRANSLATE_EXAMPLES)]
pub struct TranslateArgs {
    /// The PSA that the templates are to be for: autotask or connectwise
    #[arg(long, value_name = "PSA", help_heading = "PSA and portal")]
    pub to: String,
    #[command(flatten)]
    pub templates: TemplateArgs,
    #[command(flatten)]
    pub output: OutputArgs,
}

impl TranslateArgs {
    /// What the shared options mean for a translation.
    fn in_own_words(arg: clap::Arg) -> clap::Arg {
        match arg.get_id().as_str() {
            // A translation writes no links.
            "client" | "portal" => arg.hide(true),
            "dialect" => arg
                .help("The PSA that the templates are for now; without it psalink looks at the templates")
                .long_help(None),
            "host" => arg.help("The portal's own domain, so that psalink knows its links: support.example.com"),
            _ => arg,
        }
    }
}

/// What happens to recorded mails that no template has any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum UnreferencedArg {
    /// They are listed, and end the run with exit code 1
    Reject,
    /// They are deleted
    Delete,
    /// They are listed
    Warn,
}

#[derive(Debug, Default, Args)]
#[command(after_help = TEST_EXAMPLES)]
pub struct TestArgs {
    #[command(flatten)]
    pub templates: TemplateArgs,
    #[command(flatten)]
    pub samples: SampleArgs,

    /// Record the mails as they are now; with FILTER, only those whose name contains it: a template, a folder, a sample
    #[arg(long, value_name = "FILTER", num_args = 0..=1, default_missing_value = "", help_heading = "Recorded mails")]
    pub accept: Option<String>,
    /// Look at each mail that is new or has changed, and say which are right
    #[arg(long, help_heading = "Recorded mails", conflicts_with = "accept")]
    pub review: bool,
    /// What happens to recorded mails that no template has any more; `warn`, if left out
    #[arg(long, value_enum, value_name = "WHAT", help_heading = "Recorded mails")]
    pub unreferenced: Option<UnreferencedArg>,
}

/// Levels that a run can fail on; notes never count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// Links that cannot work, or give something away
    Error,
    /// Also what a customer would notice
    Warning,
}

#[derive(Debug, Args)]
#[command(after_help = LINT_EXAMPLES)]
#[command(group(ArgGroup::new("changes").args(["fix", "unsafe_fixes", "add_allow"]).multiple(true)))]
pub struct LintArgs {
    #[command(flatten)]
    pub templates: TemplateArgs,

    /// Mend what has one right answer, in the files themselves; of the standard input, print the mended template
    #[arg(long, help_heading = "Mending", conflicts_with = "diff")]
    pub fix: bool,
    /// Also mend what is only probably meant; alone it means `--fix --unsafe-fixes`
    #[arg(long, help_heading = "Mending")]
    pub unsafe_fixes: bool,
    /// Show what `--fix` would change, and write nothing
    #[arg(long, help_heading = "Mending")]
    pub diff: bool,
    /// Write comments into the templates that allow what is found
    #[arg(long, help_heading = "Mending", conflicts_with_all = ["fix", "diff", "unsafe_fixes"])]
    pub add_allow: bool,
    /// With --fix, --unsafe-fixes or --add-allow: keep the files as they were in this folder, which holds backups alone
    ///
    /// Each run makes a folder in it, named after the time (UTC), and never touches an older one. The folder may lie among
    /// the templates: psalink knows it by a file in it, psalink-backup.txt, and never takes what is in it for templates.
    #[arg(long, value_name = "DIR", help_heading = "Mending", requires = "changes", conflicts_with = "diff")]
    pub backup: Option<PathBuf>,

    /// Also report these rules; `all` means every rule
    #[arg(long, value_name = "RULE", value_delimiter = ',', help_heading = "What is reported")]
    pub select: Vec<String>,
    /// Do not report these rules; with `all`, only those of --select
    #[arg(long, value_name = "RULE", value_delimiter = ',', help_heading = "What is reported")]
    pub ignore: Vec<String>,
    /// The last look before a template goes into the PSA: nothing may be left that only psalink understands
    #[arg(long, help_heading = "What is reported")]
    pub ready: bool,
    /// Report only what this file does not know yet
    #[arg(long, value_name = "FILE", help_heading = "What is reported")]
    pub baseline: Option<PathBuf>,
    /// Write what is found into the file of --baseline (psalink-baseline.json if it is left out)
    #[arg(long, help_heading = "What is reported", conflicts_with_all = ["fix", "diff", "unsafe_fixes", "add_allow"])]
    pub write_baseline: bool,

    /// How findings are written: full, concise, json, sarif, github, gitlab or junit
    #[arg(long, value_name = "FORMAT", help_heading = "How it is reported")]
    pub format: Option<String>,
    /// Write the findings to this file
    #[arg(long, value_name = "FILE", help_heading = "How it is reported")]
    pub output_file: Option<PathBuf>,
    /// Count the findings of each rule instead
    #[arg(long, help_heading = "How it is reported")]
    pub statistics: bool,
    /// List the templates that would be checked
    #[arg(long, help_heading = "How it is reported")]
    pub show_files: bool,
    /// Show the settings that hold for each template
    #[arg(long, help_heading = "How it is reported", conflicts_with = "show_files")]
    pub show_settings: bool,

    /// The level that ends a run with exit code 1
    #[arg(long, value_enum, value_name = "LEVEL", default_value = "warning", help_heading = "Exit code")]
    pub fail_on: FailOn,
    /// Up to so many warnings do not end a run with exit code 1
    #[arg(long, value_name = "N", help_heading = "Exit code")]
    pub max_warnings: Option<usize>,
    /// End with exit code 0 even where something was found
    #[arg(long, help_heading = "Exit code")]
    pub exit_zero: bool,
}

#[derive(Debug, Args)]
#[command(mut_args(ServeArgs::in_own_words))]
pub struct ServeArgs {
    #[command(flatten)]
    pub settings: TemplateArgs,
    /// The port of the page; 7474, or another one if that is taken
    #[arg(long, value_name = "N", help_heading = "The page")]
    pub port: Option<u16>,
    /// The address to listen on. With any other than 127.0.0.1, other computers can connect; 0.0.0.0 and :: stand for every
    /// network of this computer. Each needs an address of its own: press Enter where psalink runs
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1", help_heading = "The page")]
    pub bind: std::net::IpAddr,
    /// Only print the address, which works once, and start no browser
    #[arg(long, help_heading = "The page")]
    pub no_open: bool,
}

impl ServeArgs {
    /// What the shared options mean for the workbench.
    fn in_own_words(arg: clap::Arg) -> clap::Arg {
        match arg.get_id().as_str() {
            "paths" => arg
                .help("The folder of templates; without one, the page takes what you paste")
                .long_help(None)
                .value_name("DIR"),
            "stdin_filename" => arg.hide(true),
            _ => arg,
        }
    }
}

#[derive(Debug, Args)]
pub struct InitArgs {
    /// The folder of the project; this one, if left out. What is there already is never written over
    #[arg(value_name = "DIR", default_value = ".")]
    pub folder: PathBuf,
    /// The name of your DeskDirector portal: `acme` for acme.deskdirector.com
    #[arg(long, value_name = "NAME", conflicts_with = "host")]
    pub portal: Option<String>,
    /// The portal's address where it has a domain of its own: support.example.com
    #[arg(long, value_name = "HOST")]
    pub host: Option<String>,
    /// The PSA that sends the mails: connectwise or autotask
    #[arg(long, value_name = "PSA")]
    pub dialect: Option<String>,
}

#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// A rule (magic-token), a placeholder ('[srnumber]'), a command (ticket_list), a meaning (ticket.id); without it,
    /// all rules are listed
    #[arg(value_name = "WORD")]
    pub word: Option<String>,
    #[command(flatten)]
    pub settings: SettingsArgs,
}

/// Which settings a command takes that reads no templates.
#[derive(Debug, Args)]
pub struct SettingsArgs {
    /// Take the settings from this file, not from the psalink.yaml in this folder or above
    #[arg(long, value_name = "FILE", conflicts_with = "isolated")]
    pub config: Option<PathBuf>,
    /// Use no psalink.yaml at all
    #[arg(long)]
    pub isolated: bool,
}

#[derive(Debug, Subcommand)]
pub enum TokensCommand {
    /// List the placeholders that psalink knows
    List {
        /// Only those of one PSA: connectwise or autotask
        #[arg(long, value_name = "PSA")]
        dialect: Option<String>,
        #[command(flatten)]
        settings: SettingsArgs,
    },
    /// Look for placeholders by a part of their name or by their meaning
    Search {
        /// A part of a name, such as `due date`, or of a meaning, such as `ticket.id`
        word: String,
        /// Only those of one PSA: connectwise or autotask
        #[arg(long, value_name = "PSA")]
        dialect: Option<String>,
        #[command(flatten)]
        settings: SettingsArgs,
    },
    /// Make a vocabulary file of the list that your PSA gives
    Import(ImportArgs),
}

#[derive(Debug, Args)]
pub struct ImportArgs {
    /// The PSA whose list it is
    #[arg(value_enum, value_name = "PSA")]
    pub from: ImportFrom,
    /// The list: for ConnectWise the reply of GET /system/emailTokens (.json), for Autotask Datto's spreadsheet of
    /// variables (.xlsx)
    pub file: PathBuf,
    /// The file to write; tokens/PSA.yaml, if left out
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ImportFrom {
    /// The reply of GET /system/emailTokens, as JSON
    Connectwise,
    /// Datto's spreadsheet of variables, as .xlsx
    Autotask,
}

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
