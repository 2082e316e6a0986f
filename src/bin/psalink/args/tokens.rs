//! The command line of `psalink tokens`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::settings::SettingsArgs;

#[derive(Debug, Subcommand)]
pub enum TokensCommand {
    /// List the placeholders that psalink knows
    List {
        /// Only the placeholders of this PSA: connectwise or autotask
        #[arg(long, value_name = "PSA")]
        dialect: Option<String>,
        #[command(flatten)]
        settings: SettingsArgs,
    },
    /// Find placeholders by part of their name or by their meaning
    Search {
        /// Part of a name, such as `due date`, or of a meaning, such as `ticket.id`
        word: String,
        /// Only the placeholders of this PSA: connectwise or autotask
        #[arg(long, value_name = "PSA")]
        dialect: Option<String>,
        #[command(flatten)]
        settings: SettingsArgs,
    },
    /// Create a vocabulary file from the list that your PSA provides
    Import(ImportArgs),
}

#[derive(Debug, Args)]
pub struct ImportArgs {
    /// The PSA that the list is from
    #[arg(value_enum, value_name = "PSA")]
    pub from: ImportFrom,
    /// The list: for ConnectWise, the response of GET /system/emailTokens (.json); for Autotask, Datto's spreadsheet of
    /// variables (.xlsx)
    pub file: PathBuf,
    /// The file to write; the default is tokens/PSA.yaml
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ImportFrom {
    /// The response of GET /system/emailTokens, as JSON
    Connectwise,
    /// Datto's spreadsheet of variables, as .xlsx
    Autotask,
}
