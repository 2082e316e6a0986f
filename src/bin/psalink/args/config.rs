//! The command line of `psalink config`.

use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Print the JSON schema of psalink.yaml, so that your editor can check the file as you type
    Schema,
}
