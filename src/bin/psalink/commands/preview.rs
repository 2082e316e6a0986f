//! `psalink preview`: fills each template with sample values, and shows the mail that its reader would get.

use std::fs;
use std::path::{Path, PathBuf};

use psalink::display::{self, Pictures};
use psalink::report::preview::{self, Shown};
use psalink::{Error, ErrorKind, Source, SourceKind, Vocabulary, eml};

use crate::args::PreviewArgs;
use crate::console::{Console, Status};
use crate::crew::Crew;
use crate::files;
use crate::mails;
use crate::plan;
use crate::previews::{self, Mail, Previews};
use crate::sessions::Sessions;
use crate::tally::count;
use crate::write::{self, Before, Notes, could_not, lock, resolve, show};

/// What a mail is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Html,
    Text,
    Eml,
}

/// Where the mails go.
#[derive(Debug, PartialEq, Eq)]
enum Mode {
    /// The only mail goes to the standard output.
    Show(Form),
    /// The only mail goes into this file.
    File(PathBuf, Form),
    /// All mails go into this folder, with pages that show them.
    Folder(PathBuf, Vec<Form>),
}

pub fn run(args: &PreviewArgs, console: &mut Console) -> Result<Status, Error> {
    std::thread::spawn(Vocabulary::builtin);
    let overrides = args.templates.overrides();
    let mut sessions = Sessions::new(&args.templates, &overrides)?;
    let templates = args.templates.or_here();
    let own: Vec<&Path> = args.output.as_deref().into_iter().collect();
    let found = files::find(&templates, &mut sessions, &own, args.output.is_some())?;
    found.errors.iter().for_each(|error| console.error(error));
    let bodies = mails::bodies(&found);
    let samples = mails::samples(&args.samples, &sessions, false)?;
    let jobs = previews::jobs(&bodies, &sessions);
    if jobs.is_empty() {
        console.inform("nothing to show: no template (.html, .htm, .txt, .j2) was found");
        return Ok(if found.errors.is_empty() { Status::Clean } else { Status::Failed });
    }
    let times: usize = jobs.iter().map(|job| samples[found.inputs[job.input].settings].len()).sum();
    let mode = mode(args, found.is_one_file && times == 1)?;

    let crew = Crew::new(&args.templates, &sessions, &found);
    let Previews { mails: all, problems, mut status, .. } = previews::render_all(&crew, &samples, &jobs, console)?;
    if !found.errors.is_empty() {
        status = Status::Failed;
    }
    match mode {
        Mode::Show(form) => {
            for mail in &all {
                console.result(&bytes_of(&crew, mail, form, true)?);
            }
        }
        Mode::File(path, form) => {
            if crew.found.real.contains(&resolve(&path)) {
                return Err(is_template(&path));
            }
            write::make_folder_of(&path)?;
            for mail in &all {
                let bytes = bytes_of(&crew, mail, form, false)?;
                console.notes(&write::replace(&resolve(&path), &path, &bytes, Before::Anything, false)?);
            }
        }
        // What is wrong with each template has been said.
        Mode::Folder(..) if all.is_empty() => {}
        Mode::Folder(folder, forms) => {
            let pictures = if args.remote_images { Pictures::Https { except: &[] } } else { Pictures::Off };
            let (index, notes) = write_folder(&crew, &all, &folder, &forms, pictures)?;
            console.notes(&notes);
            let mails = count(all.len(), "mail", "mails");
            let checked = if problems > 0 { String::new() } else { ", every portal link in them is right".to_owned() };
            console.inform(&format!("{mails} in `{}`{checked}; look at `{}`", show(&folder), show(&index)));
            if args.open {
                open(&index)?;
            }
        }
    }
    Ok(status)
}

fn mode(args: &PreviewArgs, is_one: bool) -> Result<Mode, Error> {
    let usage = |detail: &str| Err(Error::new(ErrorKind::Usage, detail));
    let asked = [(args.html, Form::Html), (args.text, Form::Text), (args.eml, Form::Eml)];
    let forms: Vec<Form> = asked.into_iter().filter_map(|(is_asked, form)| is_asked.then_some(form)).collect();
    let Some(output) = &args.output else {
        if args.open {
            let folder = tempfile::Builder::new().prefix("psalink-preview-").tempdir();
            let folder = folder.map_err(|error| could_not("make a folder in", &std::env::temp_dir(), error))?;
            // The browser reads it after psalink has ended; the system clears it away some day.
            return Ok(Mode::Folder(folder.keep(), forms));
        }
        return match forms.as_slice() {
            [] if is_one => Ok(Mode::Show(Form::Html)),
            [form] if is_one => Ok(Mode::Show(*form)),
            _ => usage(
                "these are several previews; say `-o DIR` to write them to a folder, or `--open` to look at them in the \
                 browser",
            ),
        };
    };
    if output.as_os_str() == "-" {
        return usage("leave `-o` out, and the preview goes to the standard output");
    }
    let is_file = is_one && forms.len() < 2 && !args.open && !output.is_dir() && !plan::ends_like_a_folder(output);
    let is_there = output.exists();
    let ending = output.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    let told = match ending.as_deref() {
        Some("html" | "htm") => Some(Form::Html),
        Some("txt") => Some(Form::Text),
        Some("eml") => Some(Form::Eml),
        _ => None,
    };
    match (forms.as_slice(), told) {
        (&[form], _) if is_file && ending.is_some() => Ok(Mode::File(output.clone(), form)),
        ([], Some(form)) if is_file => Ok(Mode::File(output.clone(), form)),
        (forms, None) if is_file && is_there => {
            Ok(Mode::File(output.clone(), forms.first().copied().unwrap_or(Form::Html)))
        }
        _ if output.exists() && !output.is_dir() || told.is_some() && !output.is_dir() => {
            let detail = "this is the name of a file, and the previews need a folder";
            Err(Error::new(ErrorKind::Usage, detail).at(show(output)))
        }
        _ => Ok(Mode::Folder(output.clone(), forms)),
    }
}

fn bytes_of(crew: &Crew<'_>, mail: &Mail, form: Form, is_piped: bool) -> Result<Vec<u8>, Error> {
    Ok(match form {
        Form::Html => match &mail.rendered.html {
            // What goes through a pipe has no mark, unless the page says that it is in another encoding than this.
            Some(html) if is_piped && says_utf_8(html) => html.clone().into_bytes(),
            Some(html) => page(html),
            None => {
                let detail = "the template has no HTML body; say `--text` to see its text";
                return Err(Error::new(ErrorKind::Usage, detail).at(&*crew.found.inputs[mail.job.input].name));
            }
        },
        Form::Text => mail.rendered.text.clone().into_bytes(),
        Form::Eml => {
            let from = crew.session(mail.job).config().send.from.clone();
            let name = &crew.found.inputs[mail.job.input].name;
            eml(&mail.rendered, name, from.as_deref().unwrap_or("preview@psalink.invalid"))?
        }
    })
}

/// Writes every mail into a folder, with a page for each and a list of all. Gives the path of the list, and what there is
/// to know of the files.
///
/// The pages show a copy of each mail in which nothing runs or fetches: a browser that opens a file from the disk trusts it
/// with more than a mail program would. The mail itself is written where it is asked for, and no page leads to it.
fn write_folder(
    crew: &Crew<'_>,
    mails: &[Mail],
    folder: &Path,
    forms: &[Form],
    pictures: Pictures<'_>,
) -> Result<(PathBuf, Notes), Error> {
    let mut files: Vec<(PathBuf, Vec<u8>)> = Vec::new();
    let mut places: Vec<(String, Option<String>, Vec<String>)> = Vec::new();
    for (mail, name) in mails.iter().zip(previews::file_names(crew, mails)) {
        let html = mail.rendered.html.as_ref().map(|html| (format!("{name}.mail.html"), html));
        let mut more = Vec::new();
        if let Some((file, html)) = &html {
            files.push((folder.join(file), page(&display::page(html, pictures))));
            more.push(file.clone());
            if forms.contains(&Form::Html) {
                files.push((folder.join(format!("{name}.raw.html")), page(html)));
            }
        }
        for (form, ending) in [(Form::Text, "mail.txt"), (Form::Eml, "eml")] {
            if forms.contains(&form) {
                files.push((folder.join(format!("{name}.{ending}")), bytes_of(crew, mail, form, false)?));
                more.push(format!("{name}.{ending}"));
            }
        }
        places.push((format!("{name}.page.html"), html.map(|(file, _)| file), more));
    }
    // `%`, `#` or `:` in a file name would mean something else in an address.
    let address = |file: &str| percent_encoding::utf8_percent_encode(file, IN_ADDRESS).to_string();
    let addresses: Vec<(String, Option<String>, Vec<String>)> = places
        .iter()
        .map(|(page, html, more)| {
            (address(page), html.as_deref().map(address), more.iter().map(|file| address(file)).collect())
        })
        .collect();
    let shown: Vec<Shown<'_>> = mails
        .iter()
        .zip(&addresses)
        .map(|(mail, (page, html, more))| Shown {
            template: &crew.found.inputs[mail.job.input].name,
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
    for (shown, (page, ..)) in shown.iter().zip(&places) {
        files.push((folder.join(page), preview::page(shown)?.into_bytes()));
    }
    let index = folder.join(preview::INDEX);
    files.push((index.clone(), preview::index(&shown)?.into_bytes()));
    check_folder(folder)?;
    for (path, _) in &files {
        if crew.found.real.contains(&resolve(path)) {
            return Err(is_template(path));
        }
        write::check_inside(folder, path)?;
    }
    write::make_folder(folder)?;
    let _lock = lock::take([folder])?;
    let mut notes = Notes::default();
    for (path, bytes) in &files {
        notes.add(write::replace(&resolve(path), path, bytes, Before::Anything, false)?);
    }
    Ok((index, notes))
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
    if entries.next().is_none() || files::is_preview(folder) {
        return Ok(());
    }
    let detail = "there are other files in this folder, and previews need one of their own; name another folder";
    Err(Error::new(ErrorKind::Usage, detail).at(show(folder)))
}

fn open(path: &Path) -> Result<(), Error> {
    open::that_detached(resolve(path)).map_err(|error| {
        let detail = "could not start a browser; open the file yourself";
        Error::new(ErrorKind::Io, detail).at(show(path)).because(error)
    })
}
