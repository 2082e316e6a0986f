//! The command line of `psalink ready`.

use std::path::PathBuf;

use clap::Args;

use super::examples::{READY_EXAMPLES, READY_EXIT_CODES};
use super::lint::FailOn;
use super::output::OutputArgs;
use super::rewrite::BareArg;
use super::templates::TemplateArgs;

#[derive(Debug, Args)]
#[command(after_help = format!("{READY_EXAMPLES}\n\n{READY_EXIT_CODES}"))]
pub struct ReadyArgs {
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

    /// Turn these rules on; `all` means every rule
    #[arg(long, value_name = "RULE", value_delimiter = ',', help_heading = "What stops a template")]
    pub select: Vec<String>,
    /// Turn these rules off; with `all`, only the rules in --select are used
    #[arg(long, value_name = "RULE", value_delimiter = ',', help_heading = "What stops a template")]
    pub ignore: Vec<String>,
    /// The lowest level that stops a template
    #[arg(long, value_enum, value_name = "LEVEL", default_value = "warning", help_heading = "What stops a template")]
    pub fail_on: FailOn,
}

impl ReadyArgs {
    /// The shared options, in the words of this command.
    pub fn in_own_words(arg: clap::Arg) -> clap::Arg {
        match arg.get_id().as_str() {
            "in_place" => {
                arg.help("Change the files in place, if they have no settings at the top and no allow comments")
            }
            _ => arg,
        }
    }
}
