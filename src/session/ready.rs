//! Makes a template ready for the PSA: expands macros, corrects links, and leaves nothing that only psalink
//! understands.

use std::sync::Arc;

use super::Session;
use super::template_settings::{CombinedSettings, as_text};
use crate::config::LintConfig;
use crate::config::settings::Settings;
use crate::diagnostic::Diagnostic;
use crate::error::{Error, ErrorKind};
use crate::expand::rewritten::Rewritten;
use crate::lint::{self, Allow, AllowedSpans};
use crate::parse::document::{Document, names_psalink};
use crate::parse::front_matter::FrontMatter;
use crate::render::ready::{Background, Ready};
use crate::render::verdicts::Verdicts;
use crate::rewrite::rewrite;
use crate::rewrite::rewriter::Rewriter;
use crate::source::offset_map::OffsetMap;
use crate::source::{Source, SourceKind, edit};
use crate::span::Span;
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
            // A reader only sees text, so a message can be shown even if its encoding cannot be written.
            let Some(file) = file else { return Ok(None) };
            let source = as_text(&file.source);
            let front_matter = FrontMatter::read(&source)?;
            let document = match names_psalink(source.bytes()) {
                // If a comment allows something, its place among the tags matters.
                true => parser.parse_whole_with(source, front_matter),
                false => parser.parse_with(source, front_matter),
            };
            if !is_settled {
                is_settled = combined.add(self.settings(&document, parser));
            }
            Ok(Some(document))
        };
        let (html, text, subject) = (parse(&template.html)?, parse(&template.text)?, parse(&template.subject)?);
        let settings = combined.settings(&name)?;
        let backgrounds = Default::default();
        let mut ready = Ready { settings, html: None, text: None, subject: None, backgrounds, findings: Vec::new() };
        let (mut own_subject, mut own_text) = (None, None);
        if let (Some(document), Some(file)) = (html, &template.html) {
            let part = self.part(document, file, &mut ready, rewriter)?;
            (own_subject, own_text) = (part.subject, part.text);
            (ready.html, ready.backgrounds[0]) = (Some(part.document), part.background);
        }
        let text = match (text.zip(template.text.as_ref()), own_text) {
            (Some((_, file)), Some(_)) => return Err(twice(&name, "text-only body", &file.source)),
            (Some((document, file)), None) => {
                let part = self.part(document, file, &mut ready, rewriter)?;
                own_subject = own_subject.or(part.subject);
                Some((part.document, part.background))
            }
            (None, part) => part.map(|part| self.inner(part, &name, SourceKind::Text, &ready, rewriter)).transpose()?,
        };
        let subject = match (subject.zip(template.subject.as_ref()), own_subject) {
            (Some((_, file)), Some(_)) => return Err(twice(&name, "subject", &file.source)),
            (Some((document, file)), None) => {
                let part = self.part(document, file, &mut ready, rewriter)?;
                Some((part.document, part.background))
            }
            (None, part) => {
                part.map(|part| self.inner(part, &name, SourceKind::Subject, &ready, rewriter)).transpose()?
            }
        };
        if let Some((document, background)) = text {
            (ready.text, ready.backgrounds[1]) = (Some(document), background);
        }
        if let Some((document, background)) = subject {
            (ready.subject, ready.backgrounds[2]) = (Some(document), background);
        }
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
        let allows = Arc::new(lint::allow_comments(&document));
        let settings = document.front_matter();
        let subject_at = settings.and_then(|settings| settings.subject.as_ref()).map(|(_, span)| *span);
        let text_at = settings.and_then(|settings| settings.text.or(Some(settings.span)));
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
        let background = Background { traces, ..Background::default() };
        let (document, background) = self.judged(body, background, &allows, &ready.settings, rewriter)?;
        let inner = |text: Option<String>, at: Option<Span>| {
            Some(InnerPart { text: text?, at: at?, allows: Arc::clone(&allows) })
        };
        let (subject, text) = (inner(output.subject, subject_at), inner(output.text, text_at));
        Ok(ReadyPart { document, background, subject, text })
    }

    /// A part of the settings at the top of a template.
    fn inner(
        &self,
        inner: InnerPart,
        name: &str,
        kind: SourceKind,
        ready: &Ready,
        rewriter: &mut Rewriter<'_>,
    ) -> Result<(Document, Background), Error> {
        let background = Background { inside: Some(inner.at), ..Background::default() };
        let source = Source::from_text(name, &inner.text, kind);
        self.judged(source, background, &inner.allows, &ready.settings, rewriter)
    }

    /// A text to fill in from a sample, with what the rules report about the addresses in it.
    fn judged(
        &self,
        source: Source,
        mut background: Background,
        allows: &[Allow],
        settings: &Settings,
        rewriter: &mut Rewriter<'_>,
    ) -> Result<(Document, Background), Error> {
        let profile = self.profile(source.name(), &LintConfig::default())?;
        let document = rewriter.parser.parse_whole_with(source, None);
        let allowed = AllowedSpans::of(allows);
        let is_allowed = |finding: &Diagnostic| {
            !allows.is_empty() && allowed.allow(finding.rule, background.origin(finding.span).start)
        };
        let found = lint::check_addresses(&document, settings, rewriter.vocabulary(), &profile, is_allowed);
        background.verdicts = Verdicts::of(found);
        Ok((document, background))
    }
}

/// One file of a template, as it goes into the PSA.
struct ReadyPart {
    document: Document,
    background: Background,
    subject: Option<InnerPart>,
    text: Option<InnerPart>,
}

/// A part in the settings at the top of a file, and what the comments in that file allow.
struct InnerPart {
    text: String,
    /// Where it was.
    at: Span,
    allows: Arc<Vec<Allow>>,
}

pub(super) fn twice(name: &str, part_name: &str, file: &Source) -> Error {
    let detail =
        format!("its {part_name} is both in the settings at its top and in `{}`; keep one of them", file.name());
    Error::new(ErrorKind::Usage, detail).at(name)
}
