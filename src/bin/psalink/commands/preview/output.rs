//! Where previews go, and in which format.

use std::path::{Path, PathBuf};

use psalink::{Error, ErrorKind};

use crate::args::PreviewArgs;
use crate::paths::{ends_like_a_folder, show};

/// The format of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PreviewFormat {
    Html,
    Text,
    Eml,
}

/// Where the messages go.
#[derive(Debug, PartialEq, Eq)]
pub enum PreviewOutput {
    /// The only message goes to standard output.
    Show(PreviewFormat),
    /// The only message goes to this file.
    File(PathBuf, PreviewFormat),
    /// All messages go to this folder, with pages that show them.
    Folder(PathBuf, Vec<PreviewFormat>),
}

impl PreviewOutput {
    /// What the command line asks for; `is_one` means that there is a single message.
    ///
    /// # Errors
    ///
    /// Several messages without a folder, and a file where a folder is needed.
    pub fn of(args: &PreviewArgs, is_one: bool) -> Result<PreviewOutput, Error> {
        let usage = |detail: &str| Err(Error::new(ErrorKind::Usage, detail));
        let options =
            [(args.html, PreviewFormat::Html), (args.text, PreviewFormat::Text), (args.eml, PreviewFormat::Eml)];
        let forms: Vec<PreviewFormat> =
            options.into_iter().filter_map(|(is_given, form)| is_given.then_some(form)).collect();
        let Some(output) = &args.output else {
            if args.open {
                let folder = tempfile::Builder::new().prefix("psalink-preview-").tempdir();
                let folder = folder
                    .map_err(|error| Error::could_not("make a folder in it", error).at(show(&std::env::temp_dir())))?;
                // The browser reads it after psalink has exited; the system deletes it eventually.
                return Ok(PreviewOutput::Folder(folder.keep(), forms));
            }
            return match forms.as_slice() {
                [] if is_one => Ok(PreviewOutput::Show(PreviewFormat::Html)),
                [form] if is_one => Ok(PreviewOutput::Show(*form)),
                _ => usage(
                    "there is more than one preview; use `-o DIR` to write them to a folder, or `--open` to view them in the \
                     browser",
                ),
            };
        };
        if output.as_os_str() == "-" {
            return usage("leave out `-o` to write the preview to standard output");
        }
        let is_file = is_one && forms.len() < 2 && !args.open && !output.is_dir() && !ends_like_a_folder(output);
        let is_there = output.exists();
        let ending = output.extension().map(|ending| ending.to_string_lossy().to_lowercase());
        let named_form = match ending.as_deref() {
            Some("html" | "htm") => Some(PreviewFormat::Html),
            Some("txt") => Some(PreviewFormat::Text),
            Some("eml") => Some(PreviewFormat::Eml),
            _ => None,
        };
        match (forms.as_slice(), named_form) {
            (&[form], _) if is_file && ending.is_some() => Ok(PreviewOutput::File(output.clone(), form)),
            ([], Some(form)) if is_file => Ok(PreviewOutput::File(output.clone(), form)),
            (forms, None) if is_file && is_there => {
                Ok(PreviewOutput::File(output.clone(), forms.first().copied().unwrap_or(PreviewFormat::Html)))
            }
            _ if output.exists() && !output.is_dir() || named_form.is_some() && !output.is_dir() => {
                let detail = "this is a file name, but the previews need a folder";
                Err(Error::new(ErrorKind::Usage, detail).at(show(output)))
            }
            _ => Ok(PreviewOutput::Folder(output.clone(), forms)),
        }
    }
}

/// The error for a preview that would overwrite a template.
pub fn is_template(path: &Path) -> Error {
    let detail = "this is one of the templates, and a preview never overwrites a template; choose another name";
    Error::new(ErrorKind::Usage, detail).at(show(path))
}
