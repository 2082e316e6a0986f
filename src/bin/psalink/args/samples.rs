//! Options of every command that fills templates.

use clap::Args;

/// Which values a template is filled in with.
#[derive(Clone, Debug, Default, Args)]
pub struct SampleArgs {
    /// Fill in the message with this sample: standard, long-names, unicode, markup, empty, one from the samples folder set in
    /// psalink.yaml, or a YAML file; can be used more than once
    #[arg(long, value_name = "NAME or FILE", help_heading = "Sample values")]
    pub sample: Vec<String>,
    /// Set one value, by meaning or by placeholder: ticket.id=42 or '[Ticket: Title]=No sound'; can be used more than once
    #[arg(long, value_name = "NAME=VALUE", help_heading = "Sample values")]
    pub set: Vec<String>,
}
