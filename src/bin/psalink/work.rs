//! What a run does with each template: a rewrite, or a translation.

use std::collections::BTreeSet;

use psalink::{Diagnostic, Document, Edit, Error, LinkChange, Output, Parser, Session, Source};

use crate::console::Console;
use crate::files::{self, Found};
use crate::sessions::Sessions;
use crate::tally::count;
use crate::write::show;

/// What a run does with each template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Work {
    /// Links are written and put right.
    Rewrite,
    /// Placeholders become those of another PSA.
    Translate {
        /// The id of its dialect.
        to: String,
    },
}

/// What the work makes of one template.
#[derive(Debug, Default)]
pub struct Changes {
    pub edits: Vec<Edit>,
    pub diagnostics: Vec<Diagnostic>,
    pub links: Vec<LinkChange>,
    pub expanded: usize,
    pub corrected: usize,
    pub translated: usize,
}

impl Work {
    /// Looks over what was found before anything is done.
    pub fn prepare(&self, found: &mut Found, sessions: &Sessions) -> Result<(), Error> {
        let Work::Translate { to } = self else { return Ok(()) };
        for index in 0..sessions.len() {
            sessions.get(index, 0).check_dialect(to)?;
        }
        let before = found.inputs.len();
        found.inputs.retain(|input| !files::is_layout(std::path::Path::new(&input.name)));
        found.layouts += before - found.inputs.len();
        Ok(())
    }

    /// Does the work for one template.
    pub fn changes(&self, session: &Session, document: &Document, parser: &mut Parser<'_>) -> Result<Changes, Error> {
        Ok(match self {
            Work::Rewrite => {
                let done = session.rewrite(document, parser)?;
                Changes {
                    edits: done.edits,
                    diagnostics: done.diagnostics,
                    links: done.links,
                    expanded: done.expanded,
                    corrected: done.corrected,
                    translated: 0,
                }
            }
            Work::Translate { to } => {
                let done = session.translate(document, to, parser)?;
                Changes {
                    edits: done.edits,
                    diagnostics: done.diagnostics,
                    translated: done.translated,
                    ..Changes::default()
                }
            }
        })
    }

    /// What goes into another folder. A rewritten template goes to a PSA; a translated one is still a source of psalink,
    /// with the settings on its top.
    pub fn output(&self, session: &Session, source: &Source, new: Vec<u8>) -> Result<Output, Error> {
        match self {
            Work::Rewrite => session.output(source, &new),
            Work::Translate { .. } => Ok(Output { body: new, subject: None, text: None }),
        }
    }

    /// The line about layouts that were passed over.
    pub fn layouts_left_out(&self, layouts: usize) -> String {
        match self {
            Work::Rewrite => format!(
                "{} (.html.j2, .txt.j2) left out: this version of psalink does not build them yet",
                count(layouts, "layout", "layouts")
            ),
            Work::Translate { to } => format!(
                "{} (.html.j2, .txt.j2) left out: such a file is for every PSA, and is built for one with \
                 `psalink rewrite --dialect {to}`",
                count(layouts, "layout", "layouts")
            ),
        }
    }

    /// What the user has still to do when templates were changed where they are.
    pub fn say_what_is_left(&self, found: &Found, sessions: &Sessions, console: &mut Console) {
        let Work::Translate { to } = self else { return };
        let used: BTreeSet<usize> = found.inputs.iter().map(|input| input.settings).collect();
        for config in used.into_iter().map(|index| sessions.config(index)) {
            let named = config.dialect.iter().chain(config.templates.iter().filter_map(|entry| entry.dialect.as_ref()));
            let others: BTreeSet<&str> = named.map(String::as_str).filter(|dialect| dialect != to).collect();
            if let (Some(path), Some(other)) = (config.path(), others.first()) {
                console.inform(&format!(
                    "`{}` still says `dialect: {other}`; where that was about these templates, write `dialect: {to}`",
                    show(path)
                ));
            }
        }
    }
}
