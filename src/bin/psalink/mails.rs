//! The mails of a run: which templates are one, and the samples that fill them.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use psalink::{Error, LintConfig, Parser, Ready, Sample, SourceKind, Template};

use crate::args::SampleArgs;
use crate::crew::{Crew, Job, Worker};
use crate::files::{Found, Input, Origin};
use crate::sessions::Sessions;
use crate::write::show;

/// The inputs that are mails: every HTML body, and every text-only body that belongs to none of them.
pub fn bodies(found: &Found) -> Vec<usize> {
    let stem = |input: &Input| {
        input.name.strip_suffix(".j2").unwrap_or(&input.name).rsplit_once('.').map(|it| it.0.to_owned())
    };
    let html: HashSet<Option<String>> =
        found.inputs.iter().filter(|input| input.kind == SourceKind::Html).map(stem).collect();
    let is_mail = |input: &Input| match input.kind {
        SourceKind::Html => true,
        SourceKind::Text => !html.contains(&stem(input)),
        SourceKind::Subject => false,
    };
    (0..found.inputs.len()).filter(|&index| is_mail(&found.inputs[index])).collect()
}

/// The samples for each settings of a run: those of the command line, or else the usual one, or all that the settings
/// offer.
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
            samples.retain(|sample| names.insert(sample.name().to_owned()));
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

/// A mail made ready for the PSA, and the parser that knows its names.
pub fn ready<'a, 'w>(
    crew: &Crew<'a>,
    worker: &'w mut Worker<'a>,
    job: Job,
) -> Result<(Ready, &'w mut Parser<'a>), Error> {
    let template = template(crew, worker, job)?;
    let parser = crew.parser(&mut worker.parsers, job);
    Ok((crew.session(job).ready(template, parser)?, parser))
}

/// What the rules find in the files of a mail, each on a line: `warning[missing-alt] line 12: message`. What is not in
/// the body names its file.
pub fn findings<'a>(crew: &Crew<'a>, worker: &mut Worker<'a>, job: Job) -> Result<Vec<String>, Error> {
    let session = crew.session(job);
    let template = template(crew, worker, job)?;
    let parser = crew.parser(&mut worker.parsers, job);
    let body = template.name().to_owned();
    let mut lines = Vec::new();
    for source in [template.html, template.text, template.subject].into_iter().flatten() {
        let profile = session.profile(source.name(), &LintConfig::default())?;
        let (document, findings) = session.check(source, parser, &profile)?;
        let source = document.source();
        let file = match source.name() == body {
            true => String::new(),
            false => format!(" {}", show(Path::new(Path::new(source.name()).file_name().unwrap_or_default()))),
        };
        let mut positions = source.positions();
        for finding in &findings {
            let line = positions.at(finding.span.start as usize).line;
            lines.push(format!("{}[{}]{file} line {line}: {}", finding.level.name(), finding.rule, finding.message));
        }
    }
    Ok(lines)
}

fn template<'a>(crew: &Crew<'a>, worker: &mut Worker<'a>, job: Job) -> Result<Template, Error> {
    let input = &crew.found.inputs[job.input];
    let (bytes, _) = crew.read(input, &mut worker.memory)?;
    let body = crew.source(input, bytes)?;
    match &input.origin {
        Origin::Stdin(_) => Ok(Template::of(body)),
        Origin::File(_) | Origin::Link { .. } => Template::with_companions(body, Path::new(&input.name), crew.encoding),
    }
}

/// The path of a mail without the ending of its template: `mails/new-ticket`.
pub fn stem(input: &Input) -> PathBuf {
    let name = input.relative.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let name = name.strip_suffix(".j2").unwrap_or(&name);
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    input.relative.with_file_name(if stem.is_empty() { "mail" } else { stem })
}
