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
use super::rewrite::RewriteArgs;
use super::send::SendArgs;
use super::serve::ServeArgs;
use super::test::TestArgs;
use super::tokens::TokensCommand;
use super::translate::TranslateArgs;

/// Notification templates for ConnectWise and Autotask: correct portal links, no mistakes, and the mail seen first.
#[derive(Debug, Parser)]
#[command(name = "psalink", version, arg_required_else_help = true, max_term_width = 100, propagate_version = true)]
#[command(
    after_help = "Exit codes: 0 all is well; 1 something needs your eye, or would change under --check or --diff; \
                        2 psalink could not do its work."
)]
pub struct Cli {
    #[command(flatten)]
    pub console: ConsoleArgs,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Find what is wrong in templates, and mend it with --fix
    #[command(visible_alias = "check")]
    Lint(Box<LintArgs>),
    /// Turn macros into portal links, and put wrong portal links right
    Rewrite(Box<RewriteArgs>),
    /// Show the mail that a customer would get, filled with sample values
    Preview(Box<PreviewArgs>),
    /// Turn the placeholders of one PSA into those of the other
    #[command(mut_args(TranslateArgs::in_own_words))]
    Translate(Box<TranslateArgs>),
    /// Compare every mail with the recorded one, and record those that are right
    Test(Box<TestArgs>),
    /// Mail previews to yourself, so that you see them in a real inbox
    Send(Box<SendArgs>),
    /// Explain a rule, a placeholder, a command of the portal or a meaning
    Explain(ExplainArgs),
    /// List, search or import placeholders
    Tokens {
        #[command(subcommand)]
        command: TokensCommand,
    },
    /// Open the workbench: a page in your browser to look at templates, mend them and paste new ones
    Serve(Box<ServeArgs>),
    /// Begin a project: settings, a set of templates, samples
    Init(InitArgs),
    /// About psalink.yaml, the file for settings
    Config {
        #[command(subcommand)]
        command: ConfigCommand,
    },
    /// Print a script that lets your shell complete psalink's options
    Completions {
        /// The shell that you use
        shell: Shell,
    },
    /// Print the manual page, or write those of all commands
    Man {
        /// Write this page, and one for each command, into this folder instead
        #[arg(value_name = "DIR")]
        folder: Option<PathBuf>,
    },
}

impl Command {
    /// Its name, without anything that is behind it on the command line.
    pub fn name(&self) -> &'static str {
        match self {
            Command::Lint(_) => "lint",
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
