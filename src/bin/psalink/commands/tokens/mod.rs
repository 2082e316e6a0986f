//! `psalink tokens`: the placeholders that psalink knows, and those of the user's own instance.
//!
//! ```text
//! Vocabulary --list, search--> Console; a list from the PSA --import--> a vocabulary file in YAML
//! ```

mod spreadsheet;

use std::fmt::Write as _;
use std::io::ErrorKind as Reason;
use std::path::{Path, PathBuf};

use psalink::nearest::{hint, nearest};
use psalink::report::wrap;
use psalink::session::Overrides;
use psalink::source::{Reading, plain_file};
use psalink::vocabulary::import::{self, HEADER, Import};
use psalink::vocabulary::{Dialect, Placeholder};
use psalink::{Config, Error, ErrorKind, Session, Vocabulary};

use crate::args::{ImportArgs, ImportFrom, SettingsArgs, TokensCommand};
use crate::atomic_write::{self, Before, lock};
use crate::console::{Console, Status};
use crate::panics;
use crate::paths::{real_path, show};
use crate::wording::count;

pub fn run(command: &TokensCommand, console: &mut Console) -> Result<Status, Error> {
    match command {
        TokensCommand::List { dialect, settings } => {
            let session = session(settings)?;
            let mut out = String::new();
            for dialect in dialects(session.vocabulary(), dialect.as_deref())? {
                list(
                    &mut out,
                    dialect,
                    dialect.placeholders().iter().filter(|placeholder| placeholder.use_instead.is_none()),
                );
            }
            console.result(wrap(&out, console.out_width, 0).as_bytes());
            Ok(Status::Clean)
        }
        TokensCommand::Search { word, dialect, settings } => {
            let session = session(settings)?;
            search(session.vocabulary(), word, dialect.as_deref(), console)
        }
        TokensCommand::Import(args) => import(args, console),
    }
}

/// The settings of the current folder.
pub fn session(args: &SettingsArgs) -> Result<Session, Error> {
    let config = match (&args.config, args.isolated) {
        (Some(path), _) => Config::read(path)?,
        (None, true) => Config::default(),
        (None, false) => {
            let found = |path: PathBuf| Config::read_found(&path, &Reading::default());
            Config::find(Path::new(".")).map_or_else(|| Ok(Config::default()), found)?
        }
    };
    Session::new(config, Overrides::default())
}

fn dialects<'v>(vocabulary: &'v Vocabulary, requested: Option<&str>) -> Result<Vec<&'v Dialect>, Error> {
    let Some(id) = requested else { return Ok(vocabulary.dialects().iter().collect()) };
    let known = vocabulary.dialect(id).map(|dialect| vec![dialect]);
    known.ok_or_else(|| {
        let ids = vocabulary.dialects().iter().map(|dialect| dialect.id.as_str());
        let hint = hint(id, "PSAs", ids);
        Error::new(ErrorKind::Usage, format!("there is no PSA called `{id}`; {hint}"))
    })
}

/// Lists placeholders, one per line, under the title of their PSA.
fn list<'v>(out: &mut String, dialect: &Dialect, placeholders: impl Iterator<Item = &'v Placeholder>) {
    let rows: Vec<(String, &Placeholder)> =
        placeholders.map(|placeholder| (format!("[{}]", placeholder.name), placeholder)).collect();
    if rows.is_empty() {
        return;
    }
    if !out.is_empty() {
        out.push('\n');
    }
    let whole = match rows.iter().any(|(_, placeholder)| !dialect.is_complete_for(&placeholder.name)) {
        true => "; the public lists are not complete: use `psalink tokens import` to add the list from your own PSA",
        false => "",
    };
    let _ = writeln!(out, "{}: {}{whole}", dialect.title, count(rows.len(), "placeholder", "placeholders"));
    let width = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0).min(48);
    for (name, placeholder) in rows {
        let mut notes: Vec<String> = placeholder.means.clone();
        notes.extend(
            placeholder
                .translations
                .iter()
                .filter(|(_, name)| **name != placeholder.name)
                .map(|(language, name)| format!("{language}: [{name}]")),
        );
        let notes = notes.join(", ");
        // The notes of a long name go on the next line, in their column.
        let is_long = name.chars().count() > width && !notes.is_empty();
        let gap = if is_long { format!("\n{:1$}", "", width + 4) } else { "  ".to_owned() };
        let line = format!("  {name:width$}{gap}{notes}");
        let _ = writeln!(out, "{}", line.trim_end());
    }
}

fn search(vocabulary: &Vocabulary, word: &str, dialect: Option<&str>, console: &mut Console) -> Result<Status, Error> {
    let wanted = word.trim().trim_start_matches('[').trim_end_matches(']').to_lowercase();
    let mut out = String::new();
    let dialects = dialects(vocabulary, dialect)?;
    for dialect in &dialects {
        let holds = |text: &str| text.to_lowercase().contains(&wanted);
        let fits = |placeholder: &&Placeholder| {
            placeholder.use_instead.is_none()
                && (holds(&placeholder.name)
                    || placeholder.translations.iter().any(|(_, name)| holds(name))
                    || placeholder.means.iter().any(|means| holds(means)))
        };
        list(&mut out, dialect, dialect.placeholders().iter().filter(fits));
    }
    if out.is_empty() {
        let names =
            dialects.iter().flat_map(|dialect| dialect.placeholders()).map(|placeholder| placeholder.name.as_str());
        let near = nearest(&wanted, names).map(|near| near.question_of(|right| format!("[{right}]")));
        let hint = near.map(|near| format!("; {near}")).unwrap_or_default();
        console.inform(&format!("no known placeholder contains `{word}`{hint}"));
        return Ok(Status::Found);
    }
    console.result(wrap(&out, console.out_width, 0).as_bytes());
    Ok(Status::Clean)
}

fn import(args: &ImportArgs, console: &mut Console) -> Result<Status, Error> {
    let name = show(&args.file);
    let bytes = match plain_file::read_named(&args.file, spreadsheet::LARGEST) {
        Err(error) if error.kind() == Reason::FileTooLarge => {
            let limit = spreadsheet::LARGEST >> 20;
            let detail =
                format!("this is too large for a list of placeholders (more than {limit} MB), so it was not imported");
            return Err(Error::new(ErrorKind::Vocabulary, detail).at(&*name));
        }
        read => read.map_err(|error| Error::could_not("read the file", error).at(show(&args.file)))?,
    };
    let (id, import) = panics::caught(&name, || {
        panics::provoke(&bytes);
        Ok(match args.from {
            ImportFrom::Connectwise => {
                let text = String::from_utf8(bytes)
                    .map_err(|_| Error::new(ErrorKind::Vocabulary, "this is not valid UTF-8").at(&*name))?;
                ("connectwise", import::connectwise(&name, &text)?)
            }
            ImportFrom::Autotask => ("autotask", spreadsheet::autotask(&name, &bytes)?),
        })
    })?;
    let output = args.output.clone().unwrap_or_else(|| PathBuf::from(format!("tokens/{id}.yaml")));
    let old = plain_file::read(&output, spreadsheet::LARGEST).ok();
    let is_ours = old.as_ref().is_some_and(|old| old.starts_with(HEADER.as_bytes()));
    if output.exists() && !is_ours {
        let detail = "this file was not written by `psalink tokens import`, so it is not overwritten; choose another file with `-o FILE`";
        return Err(Error::new(ErrorKind::Usage, detail).at(show(&output)));
    }
    match &args.output {
        Some(output) => atomic_write::check_file(output)?,
        None => atomic_write::check_inside(Path::new("."), &output)?,
    }
    atomic_write::make_folder_of(&output)?;
    let real = real_path(&output);
    let _lock = lock::take_for_file(&real)?;
    let before = Before::read(old.as_deref());
    console.notes(&atomic_write::replace(&real, &output, import.yaml.as_bytes(), before, false)?);
    let Import { names, new, language, .. } = import;
    let language = if language == "en" { String::new() } else { format!(" (language: {language})") };
    console.inform(&format!(
        "{} written to `{}`{language}, {new} of them new to psalink",
        count(names, "placeholder", "placeholders"),
        show(&output)
    ));
    if !is_named(&output) {
        console.inform(&format!("add it to psalink.yaml: `vocabulary: [{}]`", show(&output)));
    }
    Ok(Status::Clean)
}

/// Whether the settings of the current folder include a vocabulary file.
fn is_named(output: &Path) -> bool {
    let read = |path: PathBuf| Config::read_found(&path, &Reading::default()).ok();
    let Some(config) = Config::find(Path::new(".")).and_then(read) else { return false };
    config.vocabulary.iter().any(|file| real_path(&config.folder().join(file)) == real_path(output))
}
