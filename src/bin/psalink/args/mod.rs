//! The command line and its help.
//!
//! ```text
//! arguments --clap--> Cli { console, command } --> the run of that command, with its own arguments
//! ```

mod cli;
mod config;
mod console;
mod examples;
mod explain;
mod init;
mod lint;
mod output;
mod preview;
mod ready;
mod rewrite;
mod samples;
mod send;
mod serve;
mod settings;
mod size;
mod templates;
mod test;
mod tokens;
mod translate;

pub use self::cli::{Cli, Command};
pub use self::config::ConfigCommand;
pub use self::console::ConsoleArgs;
pub use self::examples::{EXAMPLES, READY_EXAMPLES, TRANSLATE_EXAMPLES};
pub use self::explain::ExplainArgs;
pub use self::init::InitArgs;
pub use self::lint::{FailOn, LintArgs};
pub use self::output::OutputArgs;
pub use self::preview::PreviewArgs;
pub use self::ready::ReadyArgs;
pub use self::rewrite::RewriteArgs;
pub use self::samples::SampleArgs;
pub use self::send::SendArgs;
pub use self::serve::ServeArgs;
pub use self::settings::SettingsArgs;
pub use self::templates::TemplateArgs;
pub use self::test::{TestArgs, UnreferencedArg};
pub use self::tokens::{ImportArgs, ImportFrom, TokensCommand};
pub use self::translate::TranslateArgs;
