//! Options of every command that needs settings and no templates.

use std::path::PathBuf;

use clap::Args;

/// Which settings a command takes that reads no templates.
#[derive(Debug, Args)]
pub struct SettingsArgs {
    /// Take the settings from this file, not from the psalink.yaml in this folder or above
    #[arg(long, value_name = "FILE", conflicts_with = "isolated")]
    pub config: Option<PathBuf>,
    /// Use no psalink.yaml at all
    #[arg(long)]
    pub isolated: bool,
}
