//! The program: reads the command line, runs a command, and reports the result as an exit code.
//!
//! ```text
//! arguments --args--> Command --commands, serve--> Status --Console::finish--> exit code
//!    a command: inputs::Workspace --> Workers --> one result per template, in order --> Console
//! ```

mod args;
mod atomic_write;
mod backup;
mod commands;
mod composed;
mod console;
mod in_place;
mod inputs;
mod markdown;
mod panics;
mod paths;
mod previews;
mod prompt;
mod records;
mod serve;
mod transform;
mod wording;
mod workers;
mod workroom;

use std::io::IsTerminal as _;
use std::process::ExitCode;

use clap::Parser as _;
use psalink::Error;

use crate::args::{Cli, Command, ConfigCommand};
use crate::console::{Console, Status};

fn main() -> ExitCode {
    if workroom::is_asked_for() {
        return workroom::work();
    }
    console::mask_panics();
    let parsed = match is_opened_from_a_desktop() {
        true => Cli::try_parse_from(["psalink", "serve"]),
        false => Cli::try_parse(),
    };
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => return console::refuse(&error),
    };
    let mut console = Console::new(&cli.console);
    panics::name_command(cli.command.name());
    let result = panics::caught_in_command(|| run(&cli.command, &mut console));
    let mut status = result.unwrap_or_else(|error| {
        console.error(&error);
        Status::Failed
    });
    for error in atomic_write::late_saves() {
        console.error(&error);
        status = Status::Failed;
    }
    atomic_write::swept().iter().for_each(|line| console.inform(line));
    console.finish(status)
}

fn run(command: &Command, console: &mut Console) -> Result<Status, Error> {
    match command {
        Command::Lint(args) => commands::lint::run(args, console),
        Command::Preview(args) => commands::preview::run(args, console),
        Command::Test(args) => commands::test::run(args, console),
        Command::Serve(args) => serve::run(args, console),
        Command::Send(args) => commands::send::run(args, console),
        Command::Init(args) => commands::init::run(args, console),
        Command::Explain(args) => commands::explain::run(args, console),
        Command::Tokens { command } => commands::tokens::run(command, console),
        Command::Ready(args) => commands::ready::run(args, console),
        Command::Rewrite(args) => commands::rewrite::run(args, console),
        Command::Translate(args) => commands::translate::run(args, console),
        Command::Config { command: ConfigCommand::Schema } => commands::config::schema(console),
        Command::Completions { shell } => commands::completions::run(*shell, console),
        Command::Man { folder } => commands::man::run(folder.as_deref(), console),
    }
}

/// Whether the program was started by a click: no arguments, no terminal, but a desktop.
fn is_opened_from_a_desktop() -> bool {
    let has_desktop =
        ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()));
    let has_terminal =
        std::io::stdin().is_terminal() || std::io::stdout().is_terminal() || std::io::stderr().is_terminal();
    std::env::args_os().len() < 2 && has_desktop && !has_terminal
}
