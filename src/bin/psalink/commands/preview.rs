//! `psalink preview`: fills each template with sample values, and shows the mail that its reader would get.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use psalink::display::{self, Pictures};
use psalink::report::preview::{self, Shown};
use psalink::{Error, ErrorKind, Source, SourceKind, eml};

use crate::args::PreviewArgs;
use crate::atomic_write::{self, Before, lock};
use crate::console::{Console, Status};
use crate::inputs::mails;
use crate::inputs::own_folders::is_preview;
use crate::inputs::workspace::Workspace;
use crate::panics;
use crate::paths::{ends_like_a_folder, real_path, show};
use crate::previews::{self, PreviewMail, Previews};
use crate::wording::{could_not, count};
use crate::workers::Workers;

/// What a mail is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Html,
    Text,
    Eml,
}

/// Where the mails go.
#[derive(Debug, PartialEq, Eq)]
enum PreviewOutput {
    /// The only mail goes to the standard output.
    Show(Form),
    /// The only mail goes into this file.
    File(PathBuf, Form),
    /// All mails go into this folder, with pages that show them.
    Folder(PathBuf, Vec<Form>),
}

pub fn run(args: &PreviewArgs, console: &mut Console) -> Result<Status, Error> {
    let own: Vec<&Path> = args.output.as_deref().into_iter().collect();
    let overrides = args.templates.overrides();
    let workspace = Workspace::open(args.templates.or_here(), &overrides, &own, args.output.is_some())?;
    let Workspace { sessions, found, .. } = &workspace;
    workspace.say_errors(console);
    let samples = mails::samples(&args.samples, sessions, false)?;
    let workers = Workers::new(&workspace);
    let jobs = workers.jobs_of(&mails::bodies(found));
    if jobs.is_empty() {
        console.inform("nothing to show: no template (.html, .htm, .txt, .j2) was found");
        return Ok(workspace.status());
    }
    let times: usize = jobs.iter().map(|job| samples[found.inputs[job.input].settings].len()).sum();
    let mode = mode(args, found.is_one_file && times == 1)?;

    let Previews { mails: all, problems, mut status, .. } = previews::render_all(&workers, &samples, &jobs, console)?;
    status = status.max(workspace.status());
    let made = all.len();
    match mode {
        PreviewOutput::Show(form) => {
            for mail in &all {
                console.result(&bytes_of(&workers, mail, form, true)?);
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
        // What is wrong with each template has been said.
        PreviewOutput::Folder(..) if all.is_empty() => {}
        PreviewOutput::Folder(folder, forms) => {
            let pictures = if args.remote_images { Pictures::Https { except: &[] } } else { Pictures::Off };
            let (index, written) = write_folder(&workers, all, &folder, (&forms, pictures), console)?;
            let mails = count(written, "mail", "mails");
            if written < made {
                status = Status::Failed;
            }
            let checked = if problems > 0 { String::new() } else { ", every portal link in them is right".to_owned() };
            console.inform(&format!("{mails} in `{}`{checked}; look at `{}`", show(&folder), show(&index)));
            if args.open {
                open(&index)?;
            }
        }
    }
    Ok(status)
}

fn mode(args: &PreviewArgs, is_one: bool) -> Result<PreviewOutput, Error> {
    let usage = |detail: &str| Err(Error::new(ErrorKind::Usage, detail));
    let asked = [(args.html, Form::Html), (args.text, Form::Text), (args.eml, Form::Eml)];
    let forms: Vec<Form> = asked.into_iter().filter_map(|(is_asked, form)| is_asked.then_some(form)).collect();
    let Some(output) = &args.output else {
        if args.open {
            let folder = tempfile::Builder::new().prefix("psalink-preview-").tempdir();
            let folder = folder.map_err(|error| could_not("make a folder in", &std::env::temp_dir(), error))?;
            // The browser reads it after psalink has ended; the system clears it away some day.
            return Ok(PreviewOutput::Folder(folder.keep(), forms));
        }
        return match forms.as_slice() {
            [] if is_one => Ok(PreviewOutput::Show(Form::Html)),
            [form] if is_one => Ok(PreviewOutput::Show(*form)),
            _ => usage(
                "these are several previews; say `-o DIR` to write them to a folder, or `--open` to look at them in the \
                 browser",
            ),
        };
    };
    if output.as_os_str() == "-" {
        return usage("leave `-o` out, and the preview goes to the standard output");
    }
    let is_file = is_one && forms.len() < 2 && !args.open && !output.is_dir() && !ends_like_a_folder(output);
    let is_there = output.exists();
    let ending = output.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    let told = match ending.as_deref() {
        Some("html" | "htm") => Some(Form::Html),
        Some("txt") => Some(Form::Text),
        Some("eml") => Some(Form::Eml),
        _ => None,
    };
    match (forms.as_slice(), told) {
        (&[form], _) if is_file && ending.is_some() => Ok(PreviewOutput::File(output.clone(), form)),
        ([], Some(form)) if is_file => Ok(PreviewOutput::File(output.clone(), form)),
        (forms, None) if is_file && is_there => {
            Ok(PreviewOutput::File(output.clone(), forms.first().copied().unwrap_or(Form::Html)))
        }
        _ if output.exists() && !output.is_dir() || told.is_some() && !output.is_dir() => {
            let detail = "this is the name of a file, and the previews need a folder";
            Err(Error::new(ErrorKind::Usage, detail).at(show(output)))
        }
        _ => Ok(PreviewOutput::Folder(output.clone(), forms)),
    }
}

fn bytes_of(workers: &Workers<'_>, mail: &PreviewMail, form: Form, is_piped: bool) -> Result<Vec<u8>, Error> {
    let name = &workers.found.inputs[mail.job.input].name;
    panics::caught(name, || bytes_as(workers, mail, form, is_piped))
}

fn bytes_as(workers: &Workers<'_>, mail: &PreviewMail, form: Form, is_piped: bool) -> Result<Vec<u8>, Error> {
    Ok(match form {
        Form::Html => match &mail.rendered.html {
            // What goes through a pipe has no mark, unless the page says that it is in another encoding than this.
            Some(html) if is_piped && says_utf_8(html) => html.clone().into_bytes(),
            Some(html) => page(html),
            None => {
                let detail = "the template has no HTML body; say `--text` to see its text";
                return Err(Error::new(ErrorKind::Usage, detail).at(&*workers.found.inputs[mail.job.input].name));
            }
        },
        Form::Text => mail.rendered.text.clone().into_bytes(),
        Form::Eml => {
            let from = workers.session(mail.job).config().send.from.clone();
            let name = &workers.found.inputs[mail.job.input].name;
            eml(&mail.rendered, name, from.as_deref().unwrap_or("preview@psalink.invalid"))?
        }
    })
}

/// The files of one mail in a folder.
struct Place {
    /// The page that shows it.
    page: String,
    /// The copy of its HTML that the page shows, if it has any.
    html: Option<String>,
    /// What the page leads to.
    more: Vec<String>,
    /// All but the page, with what goes into them.
    files: Vec<(PathBuf, Vec<u8>)>,
}

/// Writes every mail into a folder, with a page for each and a list of all. Gives the path of the list, and how many
/// mails are in it: one that cannot be written is named and left out.
///
/// The pages show a copy of each mail in which nothing runs or fetches: a browser that opens a file from the disk trusts it
/// with more than a mail program would. The mail itself is written where it is asked for, and no page leads to it.
fn write_folder(
    workers: &Workers<'_>,
    mails: Vec<PreviewMail>,
    folder: &Path,
    (forms, pictures): (&[Form], Pictures<'_>),
    console: &mut Console,
) -> Result<(PathBuf, usize), Error> {
    let names = previews::file_names(workers, &mails);
    let places = mails.iter().zip(names).map(|(mail, name)| place(workers, mail, &name, folder, (forms, pictures)));
    let places = places.collect::<Result<Vec<Place>, Error>>()?;
    let index = folder.join(preview::INDEX);
    check_folder(folder)?;
    let pages = places.iter().map(|place| folder.join(&place.page));
    for path in
        pages.chain(places.iter().flat_map(|place| &place.files).map(|(path, _)| path.clone())).chain([index.clone()])
    {
        if workers.found.real.contains(&real_path(&path)) {
            return Err(is_template(&path));
        }
        atomic_write::check_inside(folder, &path)?;
    }
    atomic_write::make_folder(folder)?;
    let _lock = lock::take([folder])?;
    let mut written: Vec<(PreviewMail, Place)> = Vec::new();
    for (mail, place) in mails.into_iter().zip(places) {
        // A name that does not fit is found out before half of a mail is written.
        let longest = folder.join(&place.page);
        let fits = match fs::symlink_metadata(&longest) {
            Err(error) if error.kind() == io::ErrorKind::InvalidFilename => Err(could_not("write", &longest, error)),
            _ => Ok(()),
        };
        let mut write = |(path, bytes): &(PathBuf, Vec<u8>)| {
            atomic_write::replace_inside(folder, path, bytes, Before::Anything).map(|notes| console.notes(&notes))
        };
        match fits.and_then(|()| place.files.iter().try_for_each(&mut write)) {
            Ok(()) => written.push((mail, place)),
            Err(error) => console.error(&error),
        }
    }
    write_pages(workers, &written, folder, (&index, pictures), console)?;
    Ok((index, written.len()))
}

fn place(
    workers: &Workers<'_>,
    mail: &PreviewMail,
    name: &str,
    folder: &Path,
    (forms, pictures): (&[Form], Pictures<'_>),
) -> Result<Place, Error> {
    let mut place = Place { page: format!("{name}.page.html"), html: None, more: Vec::new(), files: Vec::new() };
    if let Some(html) = &mail.rendered.html {
        let file = format!("{name}.mail.html");
        place.files.push((folder.join(&file), page(&display::page(html, pictures))));
        if forms.contains(&Form::Html) {
            place.files.push((folder.join(format!("{name}.raw.html")), page(html)));
        }
        place.more.push(file.clone());
        place.html = Some(file);
    }
    for (form, ending) in [(Form::Text, "mail.txt"), (Form::Eml, "eml")] {
        if forms.contains(&form) {
            let file = format!("{name}.{ending}");
            place.files.push((folder.join(&file), bytes_of(workers, mail, form, false)?));
            place.more.push(file);
        }
    }
    Ok(place)
}

/// Writes the pages of mails, and the list of them.
fn write_pages(
    workers: &Workers<'_>,
    mails: &[(PreviewMail, Place)],
    folder: &Path,
    (index, pictures): (&Path, Pictures<'_>),
    console: &mut Console,
) -> Result<(), Error> {
    // `%`, `#` or `:` in a file name would mean something else in an address.
    let address = |file: &str| percent_encoding::utf8_percent_encode(file, IN_ADDRESS).to_string();
    let addresses: Vec<(String, Option<String>, Vec<String>)> = mails
        .iter()
        .map(|(_, Place { page, html, more, .. })| {
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
    for (shown, (_, place)) in shown.iter().zip(mails) {
        write(&folder.join(&place.page), preview::page(shown)?)?;
    }
    write(index, preview::index(&shown)?)
}

/// The letters of a file name that mean themselves in an address.
const IN_ADDRESS: &percent_encoding::AsciiSet =
    &percent_encoding::NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A mail as a file for the browser, which would guess at its encoding, or believe what it says of that of its template.
fn page(html: &str) -> Vec<u8> {
    let mark = if html.is_ascii() { "" } else { "\u{feff}" };
    format!("{mark}{html}").into_bytes()
}

/// Whether a page says that it is UTF-8, or nothing.
fn says_utf_8(html: &str) -> bool {
    let read = Source::read("mail", html.as_bytes().to_vec(), SourceKind::Html, None);
    read.is_ok_and(|source| source.encoding() == "UTF-8")
}

fn is_template(path: &Path) -> Error {
    let detail = "this is one of the templates, and a preview never takes the place of one; choose another name";
    Error::new(ErrorKind::Usage, detail).at(show(path))
}

/// Previews need a folder of their own: finished mails that lie in it could be mistaken for them, and pasted into a PSA.
fn check_folder(folder: &Path) -> Result<(), Error> {
    let Ok(mut entries) = fs::read_dir(folder) else { return Ok(()) };
    if entries.next().is_none() || is_preview(folder) {
        return Ok(());
    }
    let detail = "there are other files in this folder, and previews need one of their own; name another folder";
    Err(Error::new(ErrorKind::Usage, detail).at(show(folder)))
}

fn open(path: &Path) -> Result<(), Error> {
    open::that_detached(real_path(path)).map_err(|error| {
        let detail = "could not start a browser; open the file yourself";
        Error::new(ErrorKind::Io, detail).at(show(path)).because(error)
    })
}
