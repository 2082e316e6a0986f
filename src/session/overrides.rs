//! What the command line sets, whatever the configuration says.

use crate::config::settings::Bare;
use crate::parse::deep_link::Client;
use crate::source::reading::Reading;

/// What the command line says; it overrides every file.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// `--dialect`
    pub dialect: Option<String>,
    /// `--portal`
    pub portal: Option<String>,
    /// `--host`
    pub host: Option<String>,
    /// `--client`
    pub client: Option<Client>,
    /// `--bare`
    pub bare: Option<Bare>,
    /// `--unsafe-fixes`
    pub unsafe_fixes: bool,
    /// `--max-size`, and the folder that a workbench must not leave.
    pub reading: Reading,
}
