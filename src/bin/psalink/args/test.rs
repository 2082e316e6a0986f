//! The command line of `psalink test`.

use clap::{Args, ValueEnum};

use super::examples::TEST_EXAMPLES;
use super::samples::SampleArgs;
use super::templates::TemplateArgs;

#[derive(Debug, Default, Args)]
#[command(after_help = TEST_EXAMPLES)]
pub struct TestArgs {
    #[command(flatten)]
    pub templates: TemplateArgs,
    #[command(flatten)]
    pub samples: SampleArgs,

    /// Record the messages as they are now; with FILTER, only those with FILTER in their template, folder or sample name
    #[arg(long, value_name = "FILTER", num_args = 0..=1, default_missing_value = "", help_heading = "Recorded messages")]
    pub accept: Option<String>,
    /// Go through each message that is new or has changed, and accept it or keep the old one
    #[arg(long, help_heading = "Recorded messages", conflicts_with = "accept")]
    pub review: bool,
    /// What to do with recorded messages that no longer have a template; the default is `warn`
    #[arg(long, value_enum, value_name = "WHAT", help_heading = "Recorded messages")]
    pub unreferenced: Option<UnreferencedArg>,
}

/// What to do with recorded messages that no longer have a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum UnreferencedArg {
    /// List them, and give exit code 1
    Reject,
    /// Delete them
    Delete,
    /// List them
    Warn,
}
