//! Results brought to their files, with the subject and the text-only body of the settings next to them.

use std::path::{Path, PathBuf};

use psalink::session::Output;
use psalink::{Error, ErrorKind};

use super::destination::{Destination, Targets, companions, overwrites};
use crate::atomic_write::{self, Before, Notes};
use crate::inputs::input::Found;
use crate::paths::{real_path, show};
use crate::workers::Job;

/// Where the results of a run go.
#[derive(Clone, Copy)]
pub struct Placing<'a> {
    pub destination: &'a Destination,
    pub found: &'a Found,
    pub targets: &'a Targets,
    pub dialects: &'a [Option<&'a str>],
}

/// A file that is to be written, and its content.
pub type PlacedFile = (PathBuf, Vec<u8>);

impl Placing<'_> {
    /// The files for the result of a job, the template first; none for a result that goes into no file.
    ///
    /// # Errors
    ///
    /// A subject or a text-only body that would go over another result or a template, and a place that cannot be written.
    pub fn files(&self, job: Job, output: Output) -> Result<Vec<PlacedFile>, Error> {
        let input = &self.found.inputs[job.input];
        let (Some(plain), Some(target)) =
            (self.destination.target(input, None), self.destination.target(input, self.dialects[job.dialect]))
        else {
            return Ok(Vec::new());
        };
        let (plain_subject, plain_text) = companions(&plain);
        let (subject, text) = companions(&target);
        let mut files = vec![(target, output.body)];
        for (what, content, plain_path, path) in
            [("subject", output.subject, plain_subject, subject), ("text", output.text, plain_text, text)]
        {
            let Some(content) = content else { continue };
            if let Some(rival) = self.targets.rival(job.input, &plain, &plain_path) {
                let detail = format!(
                    "its {what} and `{}` would both be written to `{}`; keep one of them",
                    self.found.inputs[rival].name,
                    show(&path)
                );
                return Err(Error::new(ErrorKind::Usage, detail).at(&*input.name));
            }
            if self.found.real.contains(&real_path(&path)) {
                return Err(overwrites(&path));
            }
            files.push((path, content.into_bytes()));
        }
        for (path, _) in &files {
            match self.destination {
                Destination::Folder(folder) => atomic_write::check_inside(folder, path)?,
                _ => atomic_write::check_file(path)?,
            }
        }
        Ok(files)
    }

    /// Writes a file.
    ///
    /// # Errors
    ///
    /// It cannot be written.
    pub fn write(&self, path: &Path, content: &[u8]) -> Result<Notes, Error> {
        match self.destination {
            Destination::Folder(folder) => atomic_write::replace_inside(folder, path, content, Before::Anything),
            _ => {
                atomic_write::make_folder_of(path)?;
                atomic_write::replace(&real_path(path), path, content, Before::Anything, false)
            }
        }
    }
}
