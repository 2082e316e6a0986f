//! `psalink completions SHELL`

use clap::CommandFactory as _;
use clap_complete::Shell;
use psalink::Error;

use crate::args::Cli;
use crate::console::{Console, Status};

pub fn run(shell: Shell, console: &mut Console) -> Result<Status, Error> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "psalink", &mut script);
    console.result(&script);
    Ok(Status::Clean)
}
