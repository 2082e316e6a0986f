//! Options of every command that fills templates.

use clap::Args;

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
