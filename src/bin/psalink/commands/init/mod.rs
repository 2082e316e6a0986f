//! `psalink init`: a new project with settings, a set of templates, samples, and their recorded messages.
//!
//! ```text
//! answers --starter--> files --> a new folder --test::record_new--> its recorded messages
//! ```

mod answers;
mod starter;

use std::fs;
use std::io::{self, IsTerminal as _};
use std::path::Path;

use psalink::session::Overrides;
use psalink::source::Reading;
use psalink::{Config, Error, ErrorKind, Session};

use self::answers::{Answers, Portal, Terminal};
use self::starter::{GITIGNORE_FILE, SCHEMA_FILE, SETTINGS_FILE};
use crate::args::InitArgs;
use crate::atomic_write::{self, Before, lock};
use crate::console::{Console, Status};
use crate::paths::show;
use crate::wording::count;

/// The message that is left out where the address of the survey is not known.
const SURVEY_FILE: &str = "templates/closed-with-survey.html.j2";

/// A file of the set: its path below the project folder, and its content.
type StarterFile = (String, String);

pub fn run(args: &InitArgs, console: &mut Console) -> Result<Status, Error> {
    let folder = args.folder.as_path();
    let there = folder.join(SETTINGS_FILE);
    let exists = |name: &str| fs::symlink_metadata(folder.join(name)).is_ok();
    let has_settings = exists(SETTINGS_FILE);
    let has_survey = exists(SURVEY_FILE);
    let answers = {
        let may_ask = io::stdin().is_terminal() && io::stderr().is_terminal();
        let mut say = |text: &str| console.say(text);
        // What follows may read from there too.
        let mut input = io::stdin().lock();
        let terminal = may_ask.then_some(Terminal { input: &mut input, say: &mut say });
        match has_settings {
            // The project's own settings apply; an error in them is reported before anything is written.
            true => settled(folder, &there, args, terminal.filter(|_| !has_survey))?,
            false => Answers::of(args, terminal)?,
        }
    };
    let files = starter::files(&answers);
    // Settings that were there name no schema.
    let is_wanted = |file: &&StarterFile| file.0 != SCHEMA_FILE || !has_settings || exists(SCHEMA_FILE);
    let (kept, new): (Vec<&StarterFile>, Vec<&StarterFile>) =
        files.iter().filter(is_wanted).partition(|(name, _)| exists(name));
    let is_ignored = exists(GITIGNORE_FILE);
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
    if is_ignored && !has_settings {
        console
            .inform("your `.gitignore` stays as it is; you may want these lines in it: `/out/`, `/old/`, `*.snap.new`");
    }
    if answers.survey.is_none() && !has_survey {
        console.inform(
            "left out `closed-with-survey`, since it needs the address of your survey; `psalink init --survey ADDRESS` adds it",
        );
    }
    if !new.is_empty() {
        console.inform(&next_steps(folder));
    }
    Ok(status)
}

/// The portal and the PSA that the settings of a project name already.
fn settled(folder: &Path, settings: &Path, args: &InitArgs, terminal: Option<Terminal<'_>>) -> Result<Answers, Error> {
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
    let portal = host.unwrap_or_else(|| Portal::Name(config.portal.clone().unwrap_or_default()));
    Ok(Answers { portal, dialect, name: None, survey: answers::survey(args, terminal)? })
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
    for name in [SETTINGS_FILE, SCHEMA_FILE, GITIGNORE_FILE] {
        if wrote(name) > 0 {
            parts.push(format!("`{}`", show(&folder.join(name))));
        }
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
