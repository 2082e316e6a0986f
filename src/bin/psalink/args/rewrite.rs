//! The command line of `psalink rewrite`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::examples::EXAMPLES;
use super::output::OutputArgs;
use super::templates::TemplateArgs;

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct RewriteArgs {
    #[command(flatten)]
    pub templates: TemplateArgs,

    #[command(flatten)]
    pub output: OutputArgs,
    /// Also write a table of every link before and after; the file extension sets the format: .md, .html, .csv or .json
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub report: Option<PathBuf>,

    /// Which ticket numbers in the text become links
    #[arg(long, value_enum, value_name = "WHICH", help_heading = "What to change")]
    pub bare: Option<BareArg>,
    /// Also make changes that may not be what you want, such as removing sign-in tokens from links
    #[arg(long, help_heading = "What to change")]
    pub unsafe_fixes: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum BareArg {
    /// The first one, if the message does not link to its ticket yet
    First,
    /// Every one
    All,
    /// None
    Off,
}

impl From<BareArg> for psalink::config::Bare {
    fn from(bare: BareArg) -> Self {
        match bare {
            BareArg::First => psalink::config::Bare::First,
            BareArg::All => psalink::config::Bare::All,
            BareArg::Off => psalink::config::Bare::Off,
        }
    }
}
