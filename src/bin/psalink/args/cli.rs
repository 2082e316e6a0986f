//! The command line as a whole: the commands, and what each is for.

use std::path::PathBuf;

use clap::{Parser, Subcommand};
use clap_complete::Shell;

use super::config::ConfigCommand;
use super::console::ConsoleArgs;
use super::explain::ExplainArgs;
use super::init::InitArgs;
use super::lint::LintArgs;
use super::preview::PreviewArgs;
use super::ready::ReadyArgs;
use super::rewrite::RewriteArgs;
use super::send::SendArgs;
use super::serve::ServeArgs;
use super::test::TestArgs;
use super::tokens::TokensCommand;
use super::translate::TranslateArgs;

/// Notification templates for ConnectWise and Autotask: working portal links, no mistakes, and a look at each message before it goes out.
#[derive(Debug, Parser)]
#[command(name = "psalink", version, arg_required_else_help = true, max_term_width = 100, propagate_version = true)]
#[command(after_help = "Exit codes: 0 no problems; 1 something needs attention, or --check or --diff found changes; \
                        2 psalink could not finish.")]
pub struct Cli {
    #[command(flatten)]
    pub console: ConsoleArgs,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Find problems in templates, and fix them with --fix
    #[command(visible_alias = "check")]
    Lint(Box<LintArgs>),
    /// Make templates ready for the PSA: fix what is safe, write the links, and check the result
    #[command(mut_args(ReadyArgs::in_own_words))]
    Ready(Box<ReadyArgs>),
    /// Turn macros into portal links, and correct portal links that are wrong
    Rewrite(Box<RewriteArgs>),
    /// Show the message that a customer would get, filled in with sample values
    Preview(Box<PreviewArgs>),
    /// Translate the placeholders of one PSA into those of the other
    #[command(mut_args(TranslateArgs::in_own_words))]
    Translate(Box<TranslateArgs>),
    /// Compare every message with its recorded version, and record the ones you accept
    Test(Box<TestArgs>),
    /// Email previews to yourself, to see them in a real inbox
    Send(Box<SendArgs>),
    /// Explain a rule, a placeholder, a portal command or a meaning
    Explain(ExplainArgs),
    /// List, search or import placeholders
    Tokens {
        #[command(subcommand)]
        command: TokensCommand,
    },
    /// Open the workbench: a page in your browser to view and fix templates, and paste new ones
    Serve(Box<ServeArgs>),
    /// Start a project with settings, templates and samples
    Init(InitArgs),
    /// Commands about psalink.yaml, the settings file
    Config {
        #[command(subcommand)]
        command: ConfigCommand,
    },
    /// Print a shell script that completes psalink's commands and options
    Completions {
        /// Your shell
        shell: Shell,
    },
    /// Print the manual page, or write the manual pages of all commands
    Man {
        /// Write the manual pages to this folder, one for each command
        #[arg(value_name = "DIR")]
        folder: Option<PathBuf>,
    },
}

impl Command {
    /// Its name, without its arguments.
    pub fn name(&self) -> &'static str {
        match self {
            Command::Lint(_) => "lint",
            Command::Ready(_) => "ready",
            Command::Rewrite(_) => "rewrite",
            Command::Preview(_) => "preview",
            Command::Translate(_) => "translate",
            Command::Test(_) => "test",
            Command::Send(_) => "send",
            Command::Explain(_) => "explain",
            Command::Tokens { .. } => "tokens",
            Command::Serve(_) => "serve",
            Command::Init(_) => "init",
            Command::Config { .. } => "config",
            Command::Completions { .. } => "completions",
            Command::Man { .. } => "man",
        }
    }
}
