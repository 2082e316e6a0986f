//! A folder of previews: the messages, a page for each, and an index.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use psalink::display::{self, Pictures};
use psalink::report::preview::{self, Shown};
use psalink::{Error, ErrorKind};

use super::form::{bytes_of, page};
use super::output::{PreviewFormat, is_template};
use crate::atomic_write::{self, Before, lock};
use crate::console::Console;
use crate::inputs::own_folders::is_preview;
use crate::paths::{real_path, show};
use crate::previews::{self, PreviewMail};
use crate::workers::Workers;

/// File name characters that need no escaping in a URL.
const IN_ADDRESS: &percent_encoding::AsciiSet =
    &percent_encoding::NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Writes every message into a folder, with a page for each and an index. Returns the path of the index and the number
/// of messages in it. A message that cannot be written is reported and left out.
///
/// The pages show a copy of each message in which nothing runs or loads, because a browser trusts a file on disk more
/// than a mail program would. The message itself is written only if requested, and no page links to it.
pub fn write_folder(
    workers: &Workers<'_>,
    mails: Vec<PreviewMail>,
    folder: &Path,
    (forms, pictures): (&[PreviewFormat], Pictures<'_>),
    console: &mut Console,
) -> Result<(PathBuf, usize), Error> {
    let names = previews::file_names(workers, &mails);
    let all_files = mails.iter().zip(names).map(|(mail, name)| files(workers, mail, &name, folder, (forms, pictures)));
    let all_files = all_files.collect::<Result<Vec<PreviewFiles>, Error>>()?;
    let index = folder.join(preview::INDEX);
    check_folder(folder)?;
    let pages = all_files.iter().map(|files| folder.join(&files.page));
    for path in pages
        .chain(all_files.iter().flat_map(|files| &files.contents).map(|(path, _)| path.clone()))
        .chain([index.clone()])
    {
        if workers.found.real.contains(&real_path(&path)) {
            return Err(is_template(&path));
        }
        atomic_write::check_inside(folder, &path)?;
    }
    atomic_write::make_folder(folder)?;
    let _lock = lock::take([folder])?;
    let mut written: Vec<(PreviewMail, PreviewFiles)> = Vec::new();
    for (mail, files) in mails.into_iter().zip(all_files) {
        // An invalid name is detected before half of a message is written.
        let longest = folder.join(&files.page);
        let fits = match fs::symlink_metadata(&longest) {
            Err(error) if error.kind() == io::ErrorKind::InvalidFilename => {
                Err(Error::could_not("write the file", error).at(show(&longest)))
            }
            _ => Ok(()),
        };
        let mut write = |(path, bytes): &(PathBuf, Vec<u8>)| {
            atomic_write::replace_inside(folder, path, bytes, Before::Anything).map(|notes| console.notes(&notes))
        };
        match fits.and_then(|()| files.contents.iter().try_for_each(&mut write)) {
            Ok(()) => written.push((mail, files)),
            Err(error) => console.error(&error),
        }
    }
    write_pages(workers, &written, folder, (&index, pictures), console)?;
    Ok((index, written.len()))
}

/// The files of one message in a folder.
struct PreviewFiles {
    /// The page that shows it.
    page: String,
    /// The copy of its HTML for the page, if it has HTML.
    html: Option<String>,
    /// The files that the page links to.
    more: Vec<String>,
    /// All files except the page, with their contents.
    contents: Vec<(PathBuf, Vec<u8>)>,
}

fn files(
    workers: &Workers<'_>,
    mail: &PreviewMail,
    name: &str,
    folder: &Path,
    (forms, pictures): (&[PreviewFormat], Pictures<'_>),
) -> Result<PreviewFiles, Error> {
    let mut files =
        PreviewFiles { page: format!("{name}.page.html"), html: None, more: Vec::new(), contents: Vec::new() };
    if let Some(html) = &mail.rendered.html {
        let file = format!("{name}.mail.html");
        files.contents.push((folder.join(&file), page(&display::page(html, pictures))));
        if forms.contains(&PreviewFormat::Html) {
            files.contents.push((folder.join(format!("{name}.raw.html")), page(html)));
        }
        files.more.push(file.clone());
        files.html = Some(file);
    }
    for (form, ending) in [(PreviewFormat::Text, "mail.txt"), (PreviewFormat::Eml, "eml")] {
        if forms.contains(&form) {
            let file = format!("{name}.{ending}");
            files.contents.push((folder.join(&file), bytes_of(workers, mail, form, false)?));
            files.more.push(file);
        }
    }
    Ok(files)
}

/// Writes the message pages and the index.
fn write_pages(
    workers: &Workers<'_>,
    mails: &[(PreviewMail, PreviewFiles)],
    folder: &Path,
    (index, pictures): (&Path, Pictures<'_>),
    console: &mut Console,
) -> Result<(), Error> {
    // `%`, `#` or `:` in a file name would have a special meaning in a URL.
    let address = |file: &str| percent_encoding::utf8_percent_encode(file, IN_ADDRESS).to_string();
    let addresses: Vec<(String, Option<String>, Vec<String>)> = mails
        .iter()
        .map(|(_, PreviewFiles { page, html, more, .. })| {
            (address(page), html.as_deref().map(address), more.iter().map(|file| address(file)).collect())
        })
        .collect();
    let shown: Vec<Shown<'_>> = mails
        .iter()
        .zip(&addresses)
        .map(|((mail, _), (page, html, more))| Shown {
            template: &workers.found.inputs[mail.job.input].name,
            psa: &mail.psa,
            sample: &mail.sample,
            mail: &mail.rendered,
            page,
            html: html.as_deref(),
            files: more,
            hides_images: pictures == Pictures::Off
                && mail.rendered.html.as_deref().is_some_and(display::has_remote_pictures),
        })
        .collect();
    let mut write = |path: &Path, text: String| {
        atomic_write::replace_inside(folder, path, text.as_bytes(), Before::Anything).map(|notes| console.notes(&notes))
    };
    for (shown, (_, files)) in shown.iter().zip(mails) {
        write(&folder.join(&files.page), preview::page(shown)?)?;
    }
    write(index, preview::index(&shown)?)
}

/// Previews need their own folder. Finished templates in it could be confused with them, and previews could be pasted
/// into a PSA.
fn check_folder(folder: &Path) -> Result<(), Error> {
    let Ok(mut entries) = fs::read_dir(folder) else { return Ok(()) };
    if entries.next().is_none() || is_preview(folder) {
        return Ok(());
    }
    let detail = "this folder contains other files; previews need their own folder, so choose another one";
    Err(Error::new(ErrorKind::Usage, detail).at(show(folder)))
}
