//! Options of every command that needs settings but no templates.

use std::path::PathBuf;

use clap::Args;

/// Which settings a command without templates uses.
#[derive(Debug, Args)]
pub struct SettingsArgs {
    /// Use the settings in this file, not the psalink.yaml in this folder or above
    #[arg(long, value_name = "FILE", conflicts_with = "isolated")]
    pub config: Option<PathBuf>,
    /// Do not use any psalink.yaml
    #[arg(long)]
    pub isolated: bool,
}
