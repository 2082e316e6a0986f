//! What a run does with each template: a rewrite, or a translation.

use std::collections::BTreeSet;

use psalink::rewrite::LinkChange;
use psalink::session::Output;
use psalink::{Diagnostic, Document, Edit, Error, ErrorKind, Rewriter, Session, Source};

use super::destination::Destination;
use crate::console::Console;
use crate::inputs::input::Found;
use crate::inputs::sessions::Sessions;
use crate::paths::show;
use crate::wording::count;

/// What a run does with each template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Expands macros and corrects links.
    Rewrite,
    /// Replaces placeholders with those of another PSA.
    Translate {
        /// The ID of its dialect.
        to: String,
    },
}

/// The changes to one template.
#[derive(Debug, Default)]
pub struct TemplateChanges {
    pub edits: Vec<Edit>,
    pub diagnostics: Vec<Diagnostic>,
    pub links: Vec<LinkChange>,
    pub expanded: usize,
    pub linked: usize,
    pub corrected: usize,
    pub translated: usize,
    /// Whether the template may have settings or comments that only psalink understands.
    pub may_keep_own: bool,
}

impl Operation {
    /// Checks the settings before anything is done.
    pub fn prepare(&self, sessions: &Sessions) -> Result<(), Error> {
        let Operation::Translate { to } = self else { return Ok(()) };
        (0..sessions.len()).try_for_each(|index| sessions.get(index, 0).check_dialect(to))
    }

    /// Skips the sources (`.j2`) that the operation does not apply to, and returns how many there are. For those that
    /// the command line names, this is an error.
    pub fn leave_sources(&self, destination: &Destination, diff: bool, found: &mut Found) -> usize {
        let is_built = matches!(destination, Destination::Show | Destination::File(_) | Destination::Folder(_));
        if *self == Operation::Rewrite && is_built || !found.inputs.iter().any(|input| input.composed) {
            return 0;
        }
        let reason = match (self, destination) {
            (Operation::Translate { to }, _) => format!(
                "this source works for every PSA and does not need to be translated; build it for one with `psalink rewrite NAME --dialect \
                 {to}`"
            ),
            (_, Destination::InPlace) => {
                "`--in-place` overwrites a template, but this source is built into another file; use `-o DIR` to write it \
                 there"
                    .to_owned()
            }
            (_, destination) => {
                let target = match destination {
                    Destination::Check => "`--check` tells whether a template would change, but ",
                    _ if diff => "`--diff` shows what would change in a template, but ",
                    _ => "",
                };
                format!("{target}this source is built into another file; use `-o DIR` to write it there")
            }
        };
        let mut left_out = 0;
        let errors = &mut found.errors;
        found.inputs.retain(|input| {
            if input.composed && input.named {
                errors.push(Error::new(ErrorKind::Usage, reason.replace("NAME", &input.name)).at(&*input.name));
            }
            left_out += usize::from(input.composed && !input.named);
            !input.composed
        });
        left_out
    }

    /// Does the work for one template.
    pub fn changes(
        &self,
        session: &Session,
        document: &Document,
        rewriter: &mut Rewriter<'_>,
    ) -> Result<TemplateChanges, Error> {
        Ok(match self {
            Operation::Rewrite => {
                let done = session.rewrite(document, rewriter)?;
                TemplateChanges {
                    edits: done.edits,
                    diagnostics: done.diagnostics,
                    links: done.links,
                    expanded: done.expanded,
                    linked: done.linked,
                    corrected: done.corrected,
                    translated: 0,
                    may_keep_own: document.may_have_own(),
                }
            }
            Operation::Translate { to } => {
                let done = session.translate(document, to, &mut rewriter.parser)?;
                TemplateChanges {
                    edits: done.edits,
                    diagnostics: done.diagnostics,
                    translated: done.translated,
                    ..TemplateChanges::default()
                }
            }
        })
    }

    /// What goes into another folder. A rewritten template is for a PSA. A translated one is still for psalink, with
    /// the settings at its top.
    pub fn output(&self, session: &Session, source: &Source, new: Vec<u8>) -> Result<Output, Error> {
        match self {
            Operation::Rewrite => session.output(source, new),
            Operation::Translate { .. } => Ok(Output { body: new, subject: None, text: None, cuts: Vec::new() }),
        }
    }

    /// Whether a template that is changed in place keeps settings or comments that only psalink understands.
    pub fn keeps_own(&self, session: &Session, source: &Source) -> Result<bool, Error> {
        let output = || session.output(source, source.to_disk(source.bytes().to_vec()));
        Ok(*self == Operation::Rewrite && !output()?.cuts.is_empty())
    }

    /// The line about sources that were skipped.
    pub fn sources_left_out(&self, sources: usize) -> String {
        let many = sources > 1;
        let reason = match self {
            Operation::Rewrite => {
                let they_are = if many { "they are" } else { "it is" };
                format!("{they_are} built into other files; use `-o DIR`")
            }
            Operation::Translate { to } => {
                let they_are = if many { "they are" } else { "it is" };
                format!("{they_are} for every PSA; use `psalink rewrite --dialect {to}` to build for one")
            }
        };
        format!("{} (.j2) skipped: {reason}", count(sources, "source", "sources"))
    }

    /// Reports what the user still has to do after templates were changed in place.
    pub fn say_what_is_left(&self, found: &Found, sessions: &Sessions, console: &mut Console) {
        let Operation::Translate { to } = self else { return };
        let used: BTreeSet<usize> = found.inputs.iter().map(|input| input.settings).collect();
        for config in used.into_iter().map(|index| sessions.config(index)) {
            let named = config.dialect.iter().chain(config.templates.iter().filter_map(|entry| entry.dialect.as_ref()));
            let others: BTreeSet<&str> = named.map(String::as_str).filter(|dialect| dialect != to).collect();
            if let (Some(path), Some(other)) = (config.path(), others.first()) {
                console.inform(&format!(
                    "`{}` still says `dialect: {other}`; if that is for these templates, change it to `dialect: {to}`",
                    show(path)
                ));
            }
        }
    }
}
