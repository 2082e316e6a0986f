//! Options for the messages of every command.

use clap::{Args, ColorChoice};

/// What psalink prints besides its results.
#[derive(Debug, Args)]
#[command(next_help_heading = "Console")]
pub struct ConsoleArgs {
    /// Print only errors, and a summary if a template needs attention
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Also print the settings used, what was done with each file, and every finding
    #[arg(short, long, global = true)]
    pub verbose: bool,
    /// When to use color; `auto` means on a terminal, unless NO_COLOR is set
    #[arg(long, global = true, value_name = "WHEN", default_value_t = ColorChoice::Auto)]
    pub color: ColorChoice,
}
