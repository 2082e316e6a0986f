//! What may stand on the command line of `psalink rewrite`.

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

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum BareArg {
    /// The first one, where the mail has no link to its ticket yet
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
