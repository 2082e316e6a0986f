//! A template made ready for the PSA: macros expanded, links put right, nothing left that only psalink understands.

use super::Session;
use crate::diagnostic::Diagnostic;
use crate::document::Document;
use crate::edit;
use crate::error::{Error, ErrorKind};
use crate::front_matter::FrontMatter;
use crate::parse::Parser;
use crate::rewrite::rewrite;
use crate::settings::Settings;
use crate::source::{Source, SourceKind};
use crate::span::Span;
use crate::template::Template;

/// A template as it goes into the PSA.
#[derive(Debug)]
pub struct Ready {
    /// What holds for it.
    pub settings: Settings,
    /// The HTML body.
    pub html: Option<Document>,
    /// The text-only body.
    pub text: Option<Document>,
    /// The subject.
    pub subject: Option<Document>,
    /// What making it ready could not settle, by the file that it stands in.
    pub findings: Vec<(Source, Vec<Diagnostic>)>,
}

impl Session {
    /// Makes a template ready for the PSA, as `psalink rewrite` does. The parser is that of the template's vocabulary.
    ///
    /// # Errors
    ///
    /// Settings on top of the template that cannot be read, a dialect that cannot be told, a link that is needed where
    /// no portal is known, a subject or a text-only body that stands in two places.
    pub fn ready(&self, template: Template, parser: &mut Parser<'_>) -> Result<Ready, Error> {
        let name = template.name().to_owned();
        let Template { html, text, subject } = template;
        let Some(first) = html.as_ref().or(text.as_ref()).or(subject.as_ref()) else {
            return Err(Error::new(ErrorKind::Usage, "the template has no body").at(name));
        };
        let document = self.parse(as_text(first), parser)?;
        let settings = self.settings(&document, parser)?;
        let mut ready = Ready { settings, html: None, text: None, subject: None, findings: Vec::new() };
        let html = html.map(|html| self.part(html, &mut ready, parser)).transpose()?;
        let (html, mut own_subject, own_text) =
            html.map_or((None, None, None), |(html, own)| (Some(html), own.0, own.1));
        ready.html = html;
        let text = match (text, own_text) {
            (Some(file), Some(_)) => return Err(twice(&name, "text-only body", &file)),
            (Some(file), None) => Some(self.part(file, &mut ready, parser)?),
            (None, Some(own)) => {
                Some((parser.parse(Source::from_text(&name, &own, SourceKind::Text), None), (None, None)))
            }
            (None, None) => None,
        };
        if let Some((text, own)) = text {
            ready.text = Some(text);
            own_subject = own_subject.or(own.0);
        }
        ready.subject = match (subject, own_subject) {
            (Some(file), Some(_)) => return Err(twice(&name, "subject", &file)),
            (Some(file), None) => Some(self.part(file, &mut ready, parser)?.0),
            (None, own) => own.map(|own| parser.parse(Source::from_text(&name, &own, SourceKind::Subject), None)),
        };
        Ok(ready)
    }

    /// One file of a template, rewritten, with the subject and the text-only body of the settings on its top.
    #[allow(clippy::type_complexity)] // two names would say less than the two texts do
    fn part(
        &self,
        source: Source,
        ready: &mut Ready,
        parser: &mut Parser<'_>,
    ) -> Result<(Document, (Option<String>, Option<String>)), Error> {
        // What a mail is to its reader is text: an encoding that cannot be written can be shown.
        let source = as_text(&source);
        let front_matter = FrontMatter::read(&source)?;
        let document = parser.parse(source, front_matter);
        let rewritten = rewrite(&document, &ready.settings, parser)?;
        let source = parser.release(document);
        let output = self.output(&source, &edit::apply(&source, &rewritten.edits)?)?;
        let body = Source::from_text(source.name(), &String::from_utf8_lossy(&output.body), source.kind());
        if !rewritten.diagnostics.is_empty() {
            ready.findings.push((source, rewritten.diagnostics));
        }
        Ok((parser.parse(body, None), (output.subject, output.text)))
    }
}

/// The source as UTF-8 without a byte order mark; its lines and columns are those of the file.
fn as_text(source: &Source) -> Source {
    let text = source.text(Span::new(0, source.bytes().len()));
    Source::from_text(source.name(), text.strip_prefix('\u{feff}').unwrap_or(&text), source.kind())
}

fn twice(name: &str, what: &str, file: &Source) -> Error {
    let detail = format!("its {what} stands in the settings on its top and in `{}`; keep one of them", file.name());
    Error::new(ErrorKind::Usage, detail).at(name)
}
