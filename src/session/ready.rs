//! Makes a template ready for the PSA: expands macros, corrects links, and leaves nothing that only psalink
//! understands.

use super::Session;
use super::template_settings::{CombinedSettings, as_text};
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
    /// Makes a template ready for the PSA, as `psalink rewrite` does. The rewriter must be for the template's
    /// vocabulary.
    ///
    /// # Errors
    ///
    /// Settings at the top of the template that cannot be read, a dialect that cannot be determined, a link that is
    /// needed although no portal is known, a subject or a text-only body in two places.
    pub fn ready(&self, template: &Template, rewriter: &mut Rewriter<'_>) -> Result<Ready, Error> {
        let name = template.name().to_owned();
        let parser = &mut rewriter.parser;
        let (mut combined, mut is_settled) = (CombinedSettings::default(), false);
        let mut parse = |file: &Option<TemplateFile>| {
            // For its reader a message is text, so it can be shown even if its encoding cannot be written.
            let Some(file) = file else { return Ok(None) };
            let document = self.parse(as_text(&file.source), parser)?;
            if !is_settled {
                is_settled = combined.add(self.settings(&document, parser));
            }
            Ok(Some(document))
        };
        let (html, text, subject) = (parse(&template.html)?, parse(&template.text)?, parse(&template.subject)?);
        let settings = combined.settings(&name)?;
        let (mut ready, mut subject_setting, mut text_setting) = (
            Ready { settings, html: None, text: None, subject: None, traces: Vec::new(), findings: Vec::new() },
            None,
            None,
        );
        if let (Some(document), Some(file)) = (html, &template.html) {
            let part = self.part(document, file, &mut ready, rewriter)?;
            (ready.html, subject_setting, text_setting) = (Some(part.document), part.subject, part.text);
            ready.traces = part.traces;
        }
        ready.text = match (text.zip(template.text.as_ref()), text_setting) {
            (Some((_, file)), Some(_)) => return Err(twice(&name, "text-only body", &file.source)),
            (Some((document, file)), None) => {
                let part = self.part(document, file, &mut ready, rewriter)?;
                subject_setting = subject_setting.or(part.subject);
                Some(part.document)
            }
            (None, text) => {
                text.map(|text| rewriter.parser.parse_body(Source::from_text(&name, &text, SourceKind::Text)))
            }
        };
        ready.subject = match (subject.zip(template.subject.as_ref()), subject_setting) {
            (Some((_, file)), Some(_)) => return Err(twice(&name, "subject", &file.source)),
            (Some((document, file)), None) => Some(self.part(document, file, &mut ready, rewriter)?.document),
            (None, subject) => subject
                .map(|subject| rewriter.parser.parse_body(Source::from_text(&name, &subject, SourceKind::Subject))),
        };
        Ok(ready)
    }

    /// One rewritten file of a template, with what the settings at its top contain.
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
        drop(edits); // they hold another copy of much of the text
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

pub(super) fn twice(name: &str, part_name: &str, file: &Source) -> Error {
    let detail =
        format!("its {part_name} is both in the settings at its top and in `{}`; keep one of them", file.name());
    Error::new(ErrorKind::Usage, detail).at(name)
}
