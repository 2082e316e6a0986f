//! `psalink man`

use std::path::Path;

use clap::CommandFactory as _;
use psalink::{Error, ErrorKind};

use crate::args::Cli;
use crate::console::{Console, Status};
use crate::write::{self, Before};

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
    let failed = |error: std::io::Error| {
        let detail = format!("could not write the manual pages: {}", write::reason(&error));
        Error::new(ErrorKind::Io, detail).at(write::show(folder)).because(error)
    };
    // What makes the pages writes over whatever is in its way, so it gets a folder of its own.
    let made = tempfile::tempdir().map_err(failed)?;
    clap_mangen::generate_to(command, made.path()).map_err(failed)?;
    for page in std::fs::read_dir(made.path()).map_err(failed)? {
        let page = page.map_err(failed)?;
        let bytes = std::fs::read(page.path()).map_err(failed)?;
        let path = folder.join(page.file_name());
        console.notes(&write::replace(&write::resolve(&path), &path, &bytes, Before::Anything, false)?);
    }
    console.inform(&format!("the manual pages stand in `{}`", write::show(folder)));
    Ok(Status::Clean)
}
