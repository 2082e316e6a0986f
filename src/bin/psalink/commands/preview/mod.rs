//! `psalink preview`: fills each template with sample values, and shows the message that its reader would get.
//!
//! ```text
//! Workspace --previews::render_all--> [PreviewMail] --> the terminal, one file, or a folder with an index
//! ```

mod folder;
mod form;
mod output;

use std::path::Path;

use psalink::display::Pictures;
use psalink::{Error, ErrorKind};

use self::folder::write_folder;
use self::form::bytes_of;
use self::output::{PreviewOutput, is_template};
use crate::args::PreviewArgs;
use crate::atomic_write::{self, Before};
use crate::console::{Console, Status};
use crate::inputs::mails;
use crate::inputs::workspace::Workspace;
use crate::paths::{real_path, show};
use crate::previews::{self, Previews};
use crate::wording::count;
use crate::workers::Workers;

pub fn run(args: &PreviewArgs, console: &mut Console) -> Result<Status, Error> {
    let outputs: Vec<&Path> = args.output.as_deref().into_iter().collect();
    let overrides = args.templates.overrides();
    let workspace = Workspace::open(args.templates.or_here(), &overrides, &outputs, args.output.is_some())?;
    let Workspace { sessions, found, .. } = &workspace;
    workspace.say_errors(console);
    let samples = mails::samples(&args.samples, sessions, false)?;
    let workers = Workers::new(&workspace);
    let jobs = workers.jobs_of(&mails::bodies(found));
    if jobs.is_empty() {
        return Ok(workspace.finish_empty("nothing to show", console));
    }
    let times: usize = jobs.iter().map(|job| samples[found.inputs[job.input].settings].len()).sum();
    let output = PreviewOutput::of(args, found.is_one_file && times == 1)?;

    let Previews { mails: all, problems, mut status, .. } = previews::render_all(&workers, &samples, &jobs, console)?;
    status = status.max(workspace.status());
    let made = all.len();
    let is_doubtful = all.iter().flat_map(|mail| &mail.rendered.links).any(|link| link.doubt.is_some());
    match output {
        PreviewOutput::Show(form) => {
            for mail in &all {
                console.document(&bytes_of(&workers, mail, form, true)?);
            }
        }
        PreviewOutput::File(path, form) => {
            if workers.found.real.contains(&real_path(&path)) {
                return Err(is_template(&path));
            }
            atomic_write::check_file(&path)?;
            atomic_write::make_folder_of(&path)?;
            for mail in &all {
                let bytes = bytes_of(&workers, mail, form, false)?;
                console.notes(&atomic_write::replace(&real_path(&path), &path, &bytes, Before::Anything, false)?);
            }
        }
        // The problem of each template has been reported.
        PreviewOutput::Folder(..) if all.is_empty() => {}
        PreviewOutput::Folder(folder, forms) => {
            let pictures = if args.remote_images { Pictures::Https { except: &[] } } else { Pictures::Off };
            let (index, written) = write_folder(&workers, all, &folder, (&forms, pictures), console)?;
            let mails = count(written, "message", "messages");
            if written < made {
                status = Status::Failed;
            }
            let checked =
                if problems > 0 || is_doubtful { String::new() } else { ", all portal links are correct".to_owned() };
            console.inform(&format!("{mails} in `{}`{checked}; open `{}`", show(&folder), show(&index)));
            if args.open {
                open(&index)?;
            }
        }
    }
    Ok(status)
}

fn open(path: &Path) -> Result<(), Error> {
    open::that_detached(real_path(path)).map_err(|error| {
        let detail = "could not start a browser; open this file yourself";
        Error::new(ErrorKind::Io, detail).at(show(path)).because(error)
    })
}
