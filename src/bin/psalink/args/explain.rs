//! The command line of `psalink explain`.

use clap::Args;

use super::settings::SettingsArgs;

#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// A rule (magic-token), a placeholder ('[srnumber]'), a portal command (ticket_list) or a meaning (ticket.id);
    /// without it, all rules are listed
    #[arg(value_name = "WORD")]
    pub word: Option<String>,
    #[command(flatten)]
    pub settings: SettingsArgs,
}
