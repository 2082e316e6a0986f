//! `psalink init`: a new project with settings, a set of templates, samples, and their recorded messages.
//!
//! ```text
//! answers --starter--> files --> a new folder --test::record_new--> its recorded messages
//! ```

mod starter;

use std::fs;
use std::io::{self, BufRead as _, IsTerminal as _};
use std::path::Path;

use psalink::nearest::hint;
use psalink::session::Overrides;
use psalink::source::Reading;
use psalink::{Config, Error, ErrorKind, Session, Vocabulary};

use self::starter::Portal;
use crate::args::InitArgs;
use crate::atomic_write::{self, Before, lock};
use crate::console::{Console, Status};
use crate::paths::show;
use crate::wording::count;

/// The name of the settings file.
const SETTINGS: &str = "psalink.yaml";

/// A file of the set: its path below the project folder, and its content.
type StarterFile = (String, String);

pub fn run(args: &InitArgs, console: &mut Console) -> Result<Status, Error> {
    let folder = args.folder.as_path();
    let settings = folder.join(SETTINGS);
    let (portal, dialect) = match fs::symlink_metadata(&settings) {
        // The project's own settings apply; an error in them is reported before anything is written.
        Ok(_) => settled(folder, &settings)?,
        Err(_) => asked(args, console)?,
    };
    let files = starter::files(&portal, &dialect);
    let (kept, new): (Vec<&StarterFile>, Vec<&StarterFile>) =
        files.iter().partition(|(name, _)| fs::symlink_metadata(folder.join(name)).is_ok());
    write(folder, &new, console)?;
    let (recorded, status) = match new.is_empty() {
        true => (0, Status::Clean),
        false => super::test::record_new(&folder.join("templates"), console)?,
    };
    say_what_was_written(folder, &new, recorded, console);
    if !kept.is_empty() && !new.is_empty() {
        let were = if kept.len() == 1 { "exists and was" } else { "exist and were" };
        console.inform(&format!("{} already {were} not changed", count(kept.len(), "file", "files")));
    }
    if !new.is_empty() {
        console.inform(&next_steps(folder));
    }
    Ok(status)
}

/// The portal and the PSA that the existing settings of a project name.
fn settled(folder: &Path, settings: &Path) -> Result<(Portal, String), Error> {
    let config = Config::read_found(settings, &Reading::default())?;
    Session::new(config.clone(), Overrides::default())?;
    let first = folder.join("templates").join("assigned.html.j2");
    let of_path = || config.entries(&first).into_iter().rev().find_map(|entry| entry.dialect.clone());
    let Some(dialect) = config.dialect.clone().or_else(of_path) else {
        let detail = "the starter set needs the PSA that sends the messages; add a line `dialect: connectwise` or \
                      `dialect: autotask` here, and run `psalink init` again";
        return Err(Error::new(ErrorKind::Missing, detail).at(show(settings)));
    };
    if config.host.is_none() && config.portal.is_none() {
        let detail = "the starter set needs the portal that links lead to; add a line `portal: acme` here (for \
                      acme.deskdirector.com), and run `psalink init` again";
        return Err(Error::new(ErrorKind::Missing, detail).at(show(settings)));
    }
    let host = config.host.clone().map(Portal::Host);
    Ok((host.unwrap_or_else(|| Portal::Name(config.portal.clone().unwrap_or_default())), dialect))
}

/// Writes all files, or none if one of them cannot be written: half a project would be worse than none.
fn write(folder: &Path, new: &[&StarterFile], console: &mut Console) -> Result<(), Error> {
    for (name, _) in new {
        let path = folder.join(name);
        if let Some(file) = path.ancestors().skip(1).find(|above| above.is_file()) {
            let detail = "this is a file, not a folder; nothing was written";
            return Err(Error::new(ErrorKind::Io, detail).at(show(file)));
        }
        if path.parent().is_some_and(Path::exists) {
            atomic_write::check_inside(folder, &path)?;
        }
    }
    atomic_write::make_folder(folder)?;
    // The lock ends here: another command writes the records.
    let _lock = lock::take([folder])?;
    for (name, text) in new {
        let path = folder.join(name);
        console.notes(&atomic_write::replace_inside(folder, &path, text.as_bytes(), Before::Nothing)?);
    }
    Ok(())
}

/// Reports which files were written, and how many messages were recorded.
fn say_what_was_written(folder: &Path, new: &[&StarterFile], recorded: usize, console: &mut Console) {
    let wrote = |prefix: &str| new.iter().filter(|(name, _)| name.starts_with(prefix)).count();
    let mut parts = Vec::new();
    if wrote(SETTINGS) > 0 {
        parts.push(format!("`{}`", show(&folder.join(SETTINGS))));
    }
    let templates = new.iter().filter(|(name, _)| is_mail(name)).count();
    for (number, unit, below) in [
        (templates, ("template", "templates"), "templates"),
        (wrote("samples/"), ("sample", "samples"), "samples"),
        (recorded, ("record", "records"), "templates/snapshots"),
    ] {
        if number > 0 {
            parts.push(format!("{} in `{}`", count(number, unit.0, unit.1), show(&folder.join(below))));
        }
    }
    if parts.is_empty() && !new.is_empty() {
        parts.push(count(new.len(), "file", "files"));
    }
    match parts.as_slice() {
        [] => console.inform("nothing was written: all files of the starter set already exist"),
        [only] => console.inform(&format!("wrote {only}")),
        [first @ .., last] => console.inform(&format!("wrote {} and {last}", first.join(", "))),
    }
}

/// Whether a file of the set is a separate message, counted by its HTML body.
fn is_mail(name: &str) -> bool {
    name.strip_prefix("templates/").is_some_and(|name| name.ends_with(".html.j2") && !name.starts_with('_'))
}

fn next_steps(folder: &Path) -> String {
    let place = if folder == Path::new(".") { String::new() } else { format!("  cd {}\n", show(folder)) };
    format!(
        "\nnext:\n{place}  psalink preview templates --open     view the messages\n  psalink ready templates -o out       \
         build them to paste into your PSA\n  psalink test                         after a change, see what is different \
         for customers"
    )
}

/// The portal and the PSA, from the command line or from the person at the terminal.
fn asked(args: &InitArgs, console: &mut Console) -> Result<(Portal, String), Error> {
    let may_ask = io::stdin().is_terminal() && io::stderr().is_terminal();
    let portal = match (&args.portal, &args.host) {
        (Some(portal), _) => Portal::Name(portal.clone()),
        (None, Some(host)) => Portal::Host(host.clone()),
        (None, None) if may_ask => {
            let answer = ask(console, "The name of your DeskDirector portal (acme for acme.deskdirector.com)")?;
            // A portal name has no dots, apart from the vendor's domain.
            match answer.trim_end_matches(".deskdirector.com").contains('.') {
                true => Portal::Host(answer),
                false => Portal::Name(answer),
            }
        }
        (None, None) => {
            let detail = "no portal was given; use `psalink init --portal acme --dialect connectwise` for acme.deskdirector.com, \
                          or `--host support.example.com` if the portal has its own domain";
            return Err(Error::new(ErrorKind::Usage, detail));
        }
    };
    let known: Vec<&str> = Vocabulary::builtin().dialects().iter().map(|dialect| dialect.id.as_str()).collect();
    let dialect = match &args.dialect {
        Some(dialect) => dialect.clone(),
        None if may_ask => ask(console, &format!("Your PSA ({})", known.join(" or ")))?.to_lowercase(),
        None => {
            let detail = format!("no PSA was given; use `--dialect {}`", known.join("` or `--dialect "));
            return Err(Error::new(ErrorKind::Usage, detail));
        }
    };
    if !known.contains(&dialect.as_str()) {
        let hint = hint(&dialect, "PSAs", known.iter().copied());
        return Err(Error::new(ErrorKind::Usage, format!("there is no PSA called `{dialect}`; {hint}")));
    }
    // A wrong portal would end up in every link, so it is checked like one from the command line.
    let overrides = match &portal {
        Portal::Name(name) => Overrides { portal: Some(name.clone()), ..Overrides::default() },
        Portal::Host(host) => Overrides { host: Some(host.clone()), ..Overrides::default() },
    };
    Session::new(Config::default(), overrides)?;
    let portal = match portal {
        Portal::Name(name) => Portal::Name(name.trim_end_matches(".deskdirector.com").to_owned()),
        host => host,
    };
    Ok((portal, dialect))
}

fn ask(console: &mut Console, question: &str) -> Result<String, Error> {
    console.say(&format!("{question}: "));
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer).map_err(|error| Error::could_not("read the answer", error))?;
    match answer.trim() {
        "" => Err(Error::new(ErrorKind::Usage, "no answer was given, so nothing was written")),
        answer => Ok(answer.to_owned()),
    }
}
