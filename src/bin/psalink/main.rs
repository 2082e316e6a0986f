//! The program: reads the command line, runs a command, and says by its exit code how it went.

mod args;
mod commands;
mod composed;
mod console;
mod crew;
mod files;
mod findings;
mod mails;
mod names;
mod page;
mod plan;
mod previews;
mod queue;
mod review;
mod run;
mod serve;
mod sessions;
mod starter;
mod tally;
mod work;
mod write;

use std::process::ExitCode;

use clap::Parser as _;

use crate::args::{Cli, Command, ConfigCommand};
use crate::console::{Console, Status};

fn main() -> ExitCode {
    let cli = Cli::parse();
    let mut console = Console::new(&cli.console);
    let result = match &cli.command {
        Command::Lint(args) => commands::lint::run(args, &mut console),
        Command::Preview(args) => commands::preview::run(args, &mut console),
        Command::Test(args) => commands::test::run(args, &mut console),
        Command::Serve(args) => serve::run(args, &mut console),
        Command::Send(args) => commands::send::run(args, &mut console),
        Command::Init(args) => commands::init::run(args, &mut console),
        Command::Explain(args) => commands::explain::run(args, &mut console),
        Command::Tokens { command } => commands::tokens::run(command, &mut console),
        Command::Rewrite(args) => commands::rewrite::run(args, &mut console),
        Command::Translate(args) => commands::translate::run(args, &mut console),
        Command::Config { command: ConfigCommand::Schema } => commands::config::schema(&mut console),
        Command::Completions { shell } => commands::completions::run(*shell, &mut console),
        Command::Man { folder } => commands::man::run(folder.as_deref(), &mut console),
    };
    let status = result.unwrap_or_else(|error| {
        console.error(&error);
        Status::Failed
    });
    console.finish(status)
}
