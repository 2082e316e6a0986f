//! `psalink preview`: fills each template with sample values, and shows the mail that its reader would get.

use std::fs;
use std::path::{Path, PathBuf};

use psalink::report::preview::{self, Shown};
use psalink::{Error, ErrorKind, Vocabulary, eml};

use crate::args::PreviewArgs;
use crate::console::{Console, Status};
use crate::crew::Crew;
use crate::files;
use crate::mails;
use crate::plan;
use crate::previews::{self, Mail, Previews};
use crate::sessions::Sessions;
use crate::tally::count;
use crate::write::{self, could_not, reason, resolve, show};

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
                console.result(&bytes_of(&crew, mail, form)?);
            }
        }
        Mode::File(path, form) => {
            if crew.found.real.contains(&resolve(&path)) {
                return Err(plan::overwrites(&path));
            }
            for mail in &all {
                write::replace(&resolve(&path), &path, &bytes_of(&crew, mail, form)?, false)?;
            }
        }
        Mode::Folder(folder, forms) => {
            let index = write_folder(&crew, &all, &folder, &forms)?;
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
    let is_file = is_one && forms.len() < 2 && !args.open && !output.is_dir() && !plan::ends_like_a_folder(output);
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
        _ if output.exists() && !output.is_dir() || told.is_some() && !output.is_dir() => {
            let detail = "this is the name of a file, and the previews need a folder";
            Err(Error::new(ErrorKind::Usage, detail).at(show(output)))
        }
        _ => Ok(Mode::Folder(output.clone(), forms)),
    }
}

fn bytes_of(crew: &Crew<'_>, mail: &Mail, form: Form) -> Result<Vec<u8>, Error> {
    Ok(match form {
        Form::Html => match &mail.rendered.html {
            Some(html) => html.clone().into_bytes(),
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

/// Writes every mail into a folder, with a page for each and a list of all. Gives the path of the list.
fn write_folder(crew: &Crew<'_>, mails: &[Mail], folder: &Path, forms: &[Form]) -> Result<PathBuf, Error> {
    let mut files: Vec<(PathBuf, Vec<u8>)> = Vec::new();
    let mut places: Vec<(String, Option<String>, Vec<String>)> = Vec::new();
    for (mail, name) in mails.iter().zip(previews::file_names(crew, mails)) {
        let html = mail.rendered.html.as_ref().map(|html| (format!("{name}.html"), html));
        let mut more = Vec::new();
        if let Some((file, html)) = &html {
            // Without it a browser would guess at the encoding of a file.
            let mark = if html.is_ascii() { "" } else { "\u{feff}" };
            files.push((folder.join(file), format!("{mark}{html}").into_bytes()));
            more.push(file.clone());
        }
        for (form, ending) in [(Form::Text, "txt"), (Form::Eml, "eml")] {
            if forms.contains(&form) {
                files.push((folder.join(format!("{name}.{ending}")), bytes_of(crew, mail, form)?));
                more.push(format!("{name}.{ending}"));
            }
        }
        places.push((format!("{name}.page.html"), html.map(|(file, _)| file), more));
    }
    // `%` and `#` in a file name would mean something else in an address.
    let address = |file: &str| file.replace('%', "%25").replace('#', "%23").replace('?', "%3F");
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
        })
        .collect();
    for (shown, (page, ..)) in shown.iter().zip(&places) {
        files.push((folder.join(page), preview::page(shown)?.into_bytes()));
    }
    let index = folder.join(preview::INDEX);
    files.push((index.clone(), preview::index(&shown)?.into_bytes()));
    for (path, _) in &files {
        may_write(crew, path)?;
    }
    write::make_folder(folder)?;
    for (path, bytes) in &files {
        write::replace(&resolve(path), path, bytes, false)?;
    }
    Ok(index)
}

/// A template is never written over, nor a page that somebody else made.
fn may_write(crew: &Crew<'_>, path: &Path) -> Result<(), Error> {
    if crew.found.real.contains(&resolve(path)) {
        return Err(plan::overwrites(path));
    }
    let is_page = path.to_string_lossy().ends_with(".page.html") || path.ends_with(preview::INDEX);
    if is_page && fs::read(path).is_ok_and(|old| memchr::memmem::find(&old, preview::MARK.as_bytes()).is_none()) {
        let detail = "this file exists and is no page of psalink's; choose another folder for the previews";
        return Err(Error::new(ErrorKind::Usage, detail).at(show(path)));
    }
    Ok(())
}

fn open(path: &Path) -> Result<(), Error> {
    open::that_detached(resolve(path)).map_err(|error| {
        let detail = format!("could not start a browser: {}; open the file yourself", reason(&error));
        Error::new(ErrorKind::Io, detail).at(show(path)).because(error)
    })
}
