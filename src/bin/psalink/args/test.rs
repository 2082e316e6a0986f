//! What may stand on the command line of `psalink test`.

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
