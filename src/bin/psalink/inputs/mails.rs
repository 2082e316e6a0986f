//! The messages of a run: which templates produce one, and the samples that fill them in.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use psalink::file_names;
use psalink::render::Sample;
use psalink::{Error, ErrorKind, SourceKind};

use super::input::{Found, Input};
use super::sessions::Sessions;
use crate::args::SampleArgs;
use crate::paths::real_path;

/// The inputs that produce messages: every HTML body, and every text-only body that does not belong to one.
pub fn bodies(found: &Found) -> Vec<usize> {
    let is_html = |input: &&Input| input.kind == SourceKind::Html;
    let html: HashSet<&str> = found.inputs.iter().filter(is_html).map(|input| file_names::stem(&input.name)).collect();
    let is_mail = |input: &Input| match input.kind {
        SourceKind::Html => true,
        SourceKind::Text => !html.contains(file_names::stem(&input.name)),
        SourceKind::Subject => false,
    };
    (0..found.inputs.len()).filter(|&index| is_mail(&found.inputs[index])).collect()
}

/// The samples for each of a run's settings: those from the command line, or else the usual one or, with `all`, all
/// that the settings offer.
pub fn samples(args: &SampleArgs, sessions: &Sessions, all: bool) -> Result<Vec<Vec<Sample>>, Error> {
    (0..sessions.len())
        .map(|index| {
            let session = sessions.get(index, 0);
            let mut samples = match args.sample.as_slice() {
                [] if all => session.samples()?,
                [] => vec![session.sample("standard")?],
                named => {
                    let read = |name: &String| match is_file(name) {
                        true => Sample::read(Path::new(name), session.vocabulary()),
                        false => session.sample(name),
                    };
                    named.iter().map(read).collect::<Result<Vec<Sample>, Error>>()?
                }
            };
            let mut names = HashSet::new();
            if let Some(second) = samples.iter().find(|sample| !names.insert(sample.name().to_owned())) {
                let detail = format!(
                    "two samples are called `{}`; use each name only once, or rename one of the files",
                    second.name()
                );
                return Err(Error::new(ErrorKind::Usage, detail));
            }
            for assignment in &args.set {
                samples.iter_mut().try_for_each(|sample| sample.set(assignment, session.vocabulary()))?;
            }
            Ok(samples)
        })
        .collect()
}

fn is_file(name: &str) -> bool {
    let ends_so = [".yaml", ".yml"].iter().any(|ending| name.ends_with(ending));
    ends_so || name.contains(['/', '\\'])
}

/// Whether the command line gives values that a later run without the same arguments would not have: single values, or
/// a file outside the samples folder.
pub fn has_own_values(args: &SampleArgs, sessions: &Sessions) -> bool {
    let is_of_folder = |name: &String| {
        let resolved = real_path(Path::new(name));
        (0..sessions.len()).any(|index| {
            let config = sessions.config(index);
            let folder = config.samples.as_ref().map(|folder| real_path(&config.folder().join(folder)));
            folder.is_some_and(|folder| resolved.parent() == Some(folder.as_path()))
        })
    };
    !args.set.is_empty() || args.sample.iter().any(|name| is_file(name) && !is_of_folder(name))
}

/// The HTML body that a text-only body on disk belongs to.
pub fn html_of(input: &Input) -> Option<PathBuf> {
    let stem = file_names::stem(&input.name);
    if input.kind != SourceKind::Text {
        return None;
    }
    file_names::names_of(stem, &file_names::HTML).into_iter().map(PathBuf::from).find(|path| path.is_file())
}

/// The path of a message without its template's extension: `mails/new-ticket`.
pub fn stem(input: &Input) -> PathBuf {
    let name = input.relative.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    // Standard input has no name.
    input.relative.with_file_name(if name.is_empty() { "mail" } else { file_names::stem(&name) })
}
