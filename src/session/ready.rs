//! Makes a template ready for the PSA: macros expanded, links corrected, nothing left that only psalink understands.

use super::Session;
use super::template_settings::{ToldSettings, as_text};
use crate::error::{Error, ErrorKind};
use crate::expand::rewritten::Rewritten;
use crate::parse::document::Document;
use crate::render::ready::Ready;
use crate::rewrite::rewrite;
use crate::rewrite::rewriter::Rewriter;
use crate::source::offset_map::OffsetMap;
use crate::source::{Source, SourceKind, edit};
use crate::template::{Template, TemplateFile};

impl Session {
    /// Makes a template ready for the PSA, as `psalink rewrite` does. The rewriter is that of the
    /// template's vocabulary.
    ///
    /// # Errors
    ///
    /// Settings at the top of the template that cannot be read, a dialect that cannot be determined, a link that is needed
    /// where no portal is known, a subject or a text-only body that is in two places.
    pub fn ready(&self, template: &Template, rewriter: &mut Rewriter<'_>) -> Result<Ready, Error> {
        let name = template.name().to_owned();
        let parser = &mut rewriter.parser;
        let (mut told, mut is_told) = (ToldSettings::default(), false);
        let mut parse = |file: &Option<TemplateFile>| {
            // What a mail is to its reader is text: an encoding that cannot be written can be shown.
            let Some(file) = file else { return Ok(None) };
            let document = self.parse(as_text(&file.source), parser)?;
            if !is_told {
                is_told = told.add(self.settings(&document, parser));
            }
            Ok(Some(document))
        };
        let (html, text, subject) = (parse(&template.html)?, parse(&template.text)?, parse(&template.subject)?);
        let settings = told.settings(&name)?;
        let (mut ready, mut own_subject, mut own_text) = (
            Ready { settings, html: None, text: None, subject: None, traces: Vec::new(), findings: Vec::new() },
            None,
            None,
        );
        if let (Some(document), Some(file)) = (html, &template.html) {
            let part = self.part(document, file, &mut ready, rewriter)?;
            (ready.html, own_subject, own_text) = (Some(part.document), part.subject, part.text);
            ready.traces = part.traces;
        }
        ready.text = match (text.zip(template.text.as_ref()), own_text) {
            (Some((_, file)), Some(_)) => return Err(twice(&name, "text-only body", &file.source)),
            (Some((document, file)), None) => {
                let part = self.part(document, file, &mut ready, rewriter)?;
                own_subject = own_subject.or(part.subject);
                Some(part.document)
            }
            (None, own) => own.map(|own| rewriter.parser.parse_body(Source::from_text(&name, &own, SourceKind::Text))),
        };
        ready.subject = match (subject.zip(template.subject.as_ref()), own_subject) {
            (Some((_, file)), Some(_)) => return Err(twice(&name, "subject", &file.source)),
            (Some((document, file)), None) => Some(self.part(document, file, &mut ready, rewriter)?.document),
            (None, own) => {
                own.map(|own| rewriter.parser.parse_body(Source::from_text(&name, &own, SourceKind::Subject)))
            }
        };
        Ok(ready)
    }

    /// One file of a template, rewritten, with what is in the settings at its top.
    fn part(
        &self,
        document: Document,
        file: &TemplateFile,
        ready: &mut Ready,
        rewriter: &mut Rewriter<'_>,
    ) -> Result<ReadyPart, Error> {
        let Rewritten { edits, diagnostics, .. } = rewrite(&document, &ready.settings, rewriter)?;
        let source = rewriter.parser.release(document);
        let new = edit::apply(&source, &edits)?;
        let trace = OffsetMap::of_edits(&edits);
        drop(edits); // they hold much of the text once more
        let output = self.output(&source, new)?;
        let traces = vec![OffsetMap::of_edits(&output.cuts), trace];
        let text = String::from_utf8(output.body);
        let text = text.unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
        let body = Source::from_text(source.name(), text, source.kind());
        ready.findings.extend(file.mapped(source, diagnostics));
        Ok(ReadyPart { document: rewriter.parser.parse_body(body), subject: output.subject, text: output.text, traces })
    }
}

/// One file of a template, as it goes into the PSA.
struct ReadyPart {
    document: Document,
    subject: Option<String>,
    text: Option<String>,
    traces: Vec<OffsetMap>,
}

pub(super) fn twice(name: &str, what: &str, file: &Source) -> Error {
    let detail = format!("its {what} is both in the settings at its top and in `{}`; keep one of them", file.name());
    Error::new(ErrorKind::Usage, detail).at(name)
}
