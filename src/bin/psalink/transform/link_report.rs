//! The table of all links before and after, for `--report`.

use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use psalink::compose::Origins;
use psalink::report::links::{self, Row};
use psalink::rewrite::LinkChange;
use psalink::source::plain_file;
use psalink::{Error, ErrorKind, Source};

use crate::atomic_write::{self, Before, Notes};
use crate::console::Console;
use crate::paths::{ends_like_a_folder, folder_of, real_path, show};

/// The title of every HTML report.
const REPORT_TITLE: &[u8] = b"<title>Links in your notification templates</title>";

/// How many bytes are searched for it.
const REPORT_START: u64 = 64 * 1024;

/// The rows of one template. In a composed template, each link is reported at the file that it came from.
pub fn rows(source: &Source, origins: Option<&Origins>, links: &[LinkChange]) -> Vec<Row> {
    let Some(origins) = origins else { return links::rows(source, links) };
    let row = |link: &LinkChange| match origins.origin(link.span) {
        Some(origin) => links::rows(origin.source, &[LinkChange { span: origin.span, ..link.clone() }]),
        None => links::rows(source, std::slice::from_ref(link)),
    };
    links.iter().flat_map(row).collect()
}

/// Distinguishes the rows of several dialects.
pub fn name_dialect(dialect: Option<&str>, rows: &mut [Row]) {
    let Some(dialect) = dialect else { return };
    for rows in rows.chunk_by_mut(|a, b| a.path == b.path) {
        let path: Arc<str> = format!("{dialect}: {}", rows[0].path).into();
        rows.iter_mut().for_each(|row| row.path = Arc::clone(&path));
    }
}

/// A table of links, and the file that it goes into.
pub struct LinkReport<'a> {
    path: &'a Path,
    format: links::Format,
}

impl<'a> LinkReport<'a> {
    /// The report with that name, whose extension determines the format.
    pub fn new(path: &'a Path) -> Result<LinkReport<'a>, Error> {
        Ok(LinkReport { path, format: links::Format::of(path)? })
    }

    /// Checks that it can be written.
    ///
    /// # Errors
    ///
    /// A folder, a path that does not exist, and a file that is not a report.
    pub fn check(&self) -> Result<(), Error> {
        let path = self.path;
        let refuse = |detail: &str| Err(Error::new(ErrorKind::Usage, detail).at(show(path)));
        if path.is_dir() || ends_like_a_folder(path) {
            return refuse("this is a folder, but the report needs a file name");
        }
        if !folder_of(path).is_dir() {
            return refuse("the folder for the report does not exist");
        }
        atomic_write::check_file(path)?;
        // An older report may be overwritten, but a template never.
        let is_other = |(file, _): (fs::File, fs::Metadata)| {
            let mut start = Vec::new();
            let read = file.take(REPORT_START).read_to_end(&mut start);
            read.is_err() || memchr::memmem::find(&start, REPORT_TITLE).is_none()
        };
        if self.format == links::Format::Html && plain_file::open(path).is_ok_and(is_other) {
            return refuse(
                "this file is not a psalink report, so it is not overwritten; choose another name for the report",
            );
        }
        Ok(())
    }

    /// Writes it; an error is reported, and gives `false`.
    pub fn write_or_say(&self, rows: &[Row], console: &mut Console) -> bool {
        match self.write(rows) {
            Ok(notes) => console.notes(&notes),
            Err(error) => {
                console.error(&error);
                return false;
            }
        }
        true
    }

    fn write(&self, rows: &[Row]) -> Result<Notes, Error> {
        let text = links::write(rows, self.format)?;
        atomic_write::replace(&real_path(self.path), self.path, text.as_bytes(), Before::Anything, false)
    }
}
