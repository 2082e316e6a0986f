//! What may stand on the command line of `psalink tokens`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::settings::SettingsArgs;

#[derive(Debug, Subcommand)]
pub enum TokensCommand {
    /// List the placeholders that psalink knows
    List {
        /// Only those of one PSA: connectwise or autotask
        #[arg(long, value_name = "PSA")]
        dialect: Option<String>,
        #[command(flatten)]
        settings: SettingsArgs,
    },
    /// Look for placeholders by a part of their name or by their meaning
    Search {
        /// A part of a name, such as `due date`, or of a meaning, such as `ticket.id`
        word: String,
        /// Only those of one PSA: connectwise or autotask
        #[arg(long, value_name = "PSA")]
        dialect: Option<String>,
        #[command(flatten)]
        settings: SettingsArgs,
    },
    /// Make a vocabulary file of the list that your PSA gives
    Import(ImportArgs),
}

#[derive(Debug, Args)]
pub struct ImportArgs {
    /// The PSA whose list it is
    #[arg(value_enum, value_name = "PSA")]
    pub from: ImportFrom,
    /// The list: for ConnectWise the reply of GET /system/emailTokens (.json), for Autotask Datto's spreadsheet of
    /// variables (.xlsx)
    pub file: PathBuf,
    /// The file to write; tokens/PSA.yaml, if left out
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ImportFrom {
    /// The reply of GET /system/emailTokens, as JSON
    Connectwise,
    /// Datto's spreadsheet of variables, as .xlsx
    Autotask,
}
