//! Where the result of each template goes, determined before anything is written.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use psalink::visible::visible;
use psalink::{Error, ErrorKind, SourceKind};

use crate::args::OutputArgs;
use crate::inputs::input::{Found, Input, InputOrigin};
use crate::paths::{ends_like_a_folder, real_path, show};

/// What a run does with its results.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// Writes the new template to standard output.
    Show,
    /// Shows the changes.
    Diff,
    /// Lists the files that would change.
    Check,
    /// Changes the files.
    InPlace,
    /// Writes the new template to this file.
    File(PathBuf),
    /// Writes the new templates to this folder.
    Folder(PathBuf),
}

impl Destination {
    /// What the command line asks for.
    pub fn of(args: &OutputArgs, found: &Found, dialects: usize) -> Result<Destination, Error> {
        let usage = |detail: &str| Err(Error::new(ErrorKind::Usage, detail));
        if dialects > 1 && args.output.is_none() {
            return usage(
                "two values of `--dialect` give two results for each template; use `-o DIR` to write each PSA to its own folder",
            );
        }
        Ok(if args.in_place {
            if found.inputs.iter().any(|input| matches!(input.origin, InputOrigin::Stdin(_))) {
                return usage("standard input cannot be changed in place; leave out `--in-place`, or name the file");
            }
            Destination::InPlace
        } else if args.check {
            Destination::Check
        } else if args.diff {
            Destination::Diff
        } else if let Some(output) = &args.output {
            let is_file = found.is_one_file && !ends_like_a_folder(output) && !output.is_dir();
            match is_file {
                true if dialects > 1 && (output.exists() || output.extension().is_some()) => {
                    return usage(
                        "two values of `--dialect` give two results, so `-o` must be a folder; add a `/` to the end",
                    );
                }
                true if dialects < 2 && output.extension().is_some_and(|end| end.eq_ignore_ascii_case("j2")) => {
                    let detail = "`-o` is the finished template, and only sources end in `.j2`; leave out `.j2`";
                    return Err(Error::new(ErrorKind::Usage, detail).at(show(output)));
                }
                true if dialects < 2 => Destination::File(output.clone()),
                _ if output.exists() && !output.is_dir() => {
                    let detail = "this is a file, but the results need a folder";
                    return Err(Error::new(ErrorKind::Usage, detail).at(show(output)));
                }
                _ => Destination::Folder(output.clone()),
            }
        } else if found.is_one_file {
            Destination::Show
        } else {
            Destination::Diff
        })
    }

    /// The file that a template's result goes into, inside a folder for its dialect if there are several.
    pub fn target(&self, input: &Input, dialect: Option<&str>) -> Option<PathBuf> {
        match self {
            Destination::File(path) => Some(path.clone()),
            Destination::Folder(folder) => {
                Some(dialect.map_or_else(|| folder.clone(), |dialect| folder.join(dialect)).join(&input.relative))
            }
            _ => None,
        }
    }
}

/// The files next to a result for its subject and its text-only body.
pub fn companions(target: &Path) -> (PathBuf, PathBuf) {
    (target.with_extension("subject.txt"), target.with_extension("txt"))
}

/// Which template each result file belongs to.
#[derive(Debug, Default)]
pub struct Targets {
    files: HashMap<PathBuf, usize>,
    /// The first HTML body with each name; others with that name would write the same subject.
    bodies: HashMap<PathBuf, usize>,
}

impl Targets {
    /// Determines the result files of all templates.
    ///
    /// # Errors
    ///
    /// Results that would overwrite a template, or each other.
    pub fn settle(destination: &Destination, found: &Found, dialects: &[Option<&str>]) -> Result<Targets, Vec<Error>> {
        let mut targets = Targets::default();
        let mut errors = Vec::new();
        for (index, input) in found.inputs.iter().enumerate() {
            let Some(target) = destination.target(input, None) else { break };
            if input.relative.as_os_str().is_empty() && matches!(destination, Destination::Folder(_)) {
                let detail = "standard input has no file name to write to; use `--stdin-filename mail.html`, or name a \
                              file after `-o`";
                errors.push(Error::new(ErrorKind::Usage, detail));
                continue;
            }
            let all = dialects.iter().filter_map(|dialect| destination.target(input, *dialect));
            errors
                .extend(all.filter(|target| found.real.contains(&real_path(target))).map(|target| overwrites(&target)));
            if input.kind == SourceKind::Html {
                targets.bodies.entry(companions(&target).0).or_insert(index);
            }
            if let Some(&first) = targets.files.get(&target) {
                let (rival, other) = (&found.inputs[first], input);
                let advice = match rival.composed == other.composed {
                    true => "use the folder that contains them, or one file at a time",
                    false => "keep only one: psalink builds the finished template from the source",
                };
                let detail = format!(
                    "`{}` and `{}` would both be written here; {advice}",
                    visible(&rival.name),
                    visible(&other.name)
                );
                errors.push(Error::new(ErrorKind::Usage, detail).at(show(&target)));
            } else {
                targets.files.insert(target, index);
            }
        }
        if errors.is_empty() { Ok(targets) } else { Err(errors) }
    }

    /// Another template that would write the companion of a template's result; paths without a dialect.
    pub fn rival(&self, index: usize, target: &Path, companion: &Path) -> Option<usize> {
        let body = self.bodies.get(&companions(target).0).copied().filter(|&other| other != index);
        self.files.get(companion).copied().or(body)
    }
}

/// The error for a result that would overwrite a template.
pub fn overwrites(target: &Path) -> Error {
    let detail = "this is one of the templates, and `-o` never overwrites templates; use another folder, or `--in-place` to \
                  change the templates themselves";
    Error::new(ErrorKind::Usage, detail).at(show(target))
}
