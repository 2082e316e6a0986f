//! `psalink man`

use std::io;
use std::path::{Path, PathBuf};

use clap::{Command, CommandFactory as _};
use psalink::{Error, ErrorKind};

use crate::args::Cli;
use crate::atomic_write::{self, Before};
use crate::console::{Console, Status};
use crate::paths::show;

/// The location of the command pages, which this page refers to.
const OTHER_PAGES: &[u8] = b".SH \"OTHER PAGES\"
\\fBpsalink man\\fR \\fIDIR\\fR writes this page and one for each command to a folder; read them with
\\fBman\\fR \\fIDIR\\fR/psalink\\-rewrite.1 and so on.
";

pub fn run(folder: Option<&Path>, console: &mut Console) -> Result<Status, Error> {
    let command = Cli::command();
    let Some(folder) = folder else {
        let mut page = Vec::new();
        clap_mangen::Man::new(command)
            .render(&mut page)
            .map_err(|error| Error::new(ErrorKind::Io, error.to_string()))?;
        page.extend(OTHER_PAGES);
        console.result(&page);
        return Ok(Status::Clean);
    };
    let mut command = command.disable_help_subcommand(true);
    command.build();
    let mut pages = Vec::new();
    add_pages(command, &mut pages).map_err(|error| Error::new(ErrorKind::Io, error.to_string()))?;
    let pages: Vec<(PathBuf, Vec<u8>)> = pages.into_iter().map(|(name, page)| (folder.join(name), page)).collect();
    pages.iter().try_for_each(|(path, _)| atomic_write::check_inside(folder, path))?;
    atomic_write::make_folder(folder)?;
    for (path, page) in &pages {
        console.notes(&atomic_write::replace_inside(folder, path, page, Before::Anything)?);
    }
    console.inform(&format!("the manual pages are in `{}`", show(folder)));
    Ok(Status::Clean)
}

/// The page of a command, and the pages of all its subcommands.
fn add_pages(command: Command, pages: &mut Vec<(String, Vec<u8>)>) -> io::Result<()> {
    for command in command.get_subcommands().filter(|command| !command.is_hide_set()) {
        add_pages(command.clone(), pages)?;
    }
    let man = clap_mangen::Man::new(command);
    let mut page = Vec::new();
    man.render(&mut page)?;
    pages.push((man.get_filename(), page));
    Ok(())
}
