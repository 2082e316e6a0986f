//! `psalink man`

use std::path::Path;

use clap::CommandFactory as _;
use psalink::{Error, ErrorKind};

use crate::args::Cli;
use crate::console::{Console, Status};
use crate::write;

/// The page names those of the commands, which are not printed with it.
const OTHER_PAGES: &[u8] = b".SH \"OTHER PAGES\"
\\fBpsalink man\\fR \\fIDIR\\fR writes this page, and one for each command, into a folder; read them with
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
    write::make_folder(folder)?;
    clap_mangen::generate_to(command, folder).map_err(|error| {
        let detail = format!("could not write the manual pages: {}", write::reason(&error));
        Error::new(ErrorKind::Io, detail).at(write::show(folder)).because(error)
    })?;
    console.inform(&format!("the manual pages stand in `{}`", write::show(folder)));
    Ok(Status::Clean)
}
