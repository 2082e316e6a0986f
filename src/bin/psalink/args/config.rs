//! What may stand on the command line of `psalink config`.

use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Print the JSON schema of psalink.yaml, for editors that check it while you type
    Schema,
}
