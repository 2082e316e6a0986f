//! The program: reads the command line, runs a command, and says by its exit code how it went.

mod args;
mod backup;
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
mod records;
mod review;
mod run;
mod serve;
mod sessions;
mod spreadsheet;
mod starter;
mod tally;
mod walk;
mod work;
mod write;

use std::io::IsTerminal as _;
use std::process::ExitCode;

use clap::Parser as _;

use crate::args::{Cli, Command, ConfigCommand};
use crate::console::{Console, Status};

fn main() -> ExitCode {
    let cli = match is_opened_from_a_desktop() {
        true => Cli::parse_from(["psalink", "serve"]),
        false => Cli::parse(),
    };
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
    write::swept().iter().for_each(|line| console.inform(line));
    console.finish(status)
}

/// Whether somebody has clicked on the program, and waits for a window: nothing was typed, and there is no terminal.
fn is_opened_from_a_desktop() -> bool {
    let has_desktop =
        ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| std::env::var_os(name).is_some_and(|it| !it.is_empty()));
    let has_terminal =
        std::io::stdin().is_terminal() || std::io::stdout().is_terminal() || std::io::stderr().is_terminal();
    std::env::args_os().len() < 2 && has_desktop && !has_terminal
}
