//! A rewritten template as it goes into another folder.

use super::Session;
use crate::error::Error;
use crate::html::scan::{self, RegionKind};
use crate::lint;
use crate::parse::document::names_psalink;
use crate::parse::front_matter::FrontMatter;
use crate::source::edit::{self, Edit};
use crate::source::{Source, SourceKind};
use crate::span::Span;

/// A rewritten template as it goes into another folder, without what only psalink understands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// The body, in the encoding of the source.
    pub body: Vec<u8>,
    /// The subject in the settings at its top.
    pub subject: Option<String>,
    /// The text-only body in the settings at its top.
    pub text: Option<String>,
    /// What was removed, in order.
    pub cuts: Vec<Edit>,
}

impl Session {
    /// The bytes of a rewritten template for another folder, without the settings at its top and without allow
    /// comments.
    ///
    /// # Errors
    ///
    /// An encoding that cannot be written.
    pub fn output(&self, source: &Source, rewritten: Vec<u8>) -> Result<Output, Error> {
        let source = Source::read(source.name(), rewritten, source.kind(), Some(source.encoding()))?;
        let front_matter = FrontMatter::read(&source)?;
        let mut cuts: Vec<Edit> = front_matter.iter().map(|settings| Edit::delete(settings.span)).collect();
        let body = front_matter.as_ref().map_or(0, |settings| settings.span.end as usize);
        if source.kind() == SourceKind::Html && names_psalink(source.bytes()) {
            let comments =
                scan::scan(&source.bytes()[body..]).into_iter().filter(|region| region.kind == RegionKind::Comment);
            for comment in comments {
                let span = Span::new(comment.span.start as usize + body, comment.span.end as usize + body);
                if lint::is_allow(&source.bytes()[span.range()]) {
                    cuts.push(Edit::delete(whole_line(source.bytes(), span, body)));
                }
            }
        }
        let subject = front_matter.as_ref().and_then(|settings| settings.subject.clone()).map(|(subject, _)| subject);
        let text = front_matter.as_ref().and_then(|settings| settings.text_body(&source));
        let body = if cuts.is_empty() { source.into_disk() } else { edit::apply(&source, &cuts)? };
        Ok(Output { body, subject, text, cuts })
    }
}

/// A comment together with its line, if nothing else is on that line.
fn whole_line(bytes: &[u8], span: Span, body: usize) -> Span {
    let before = &bytes[body..span.start as usize];
    let indent = before.iter().rev().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let starts_line = before.len() == indent || matches!(before[before.len() - indent - 1], b'\n' | b'\r');
    let after = &bytes[span.end as usize..];
    let line_end = match after {
        [b'\r', b'\n', ..] => 2,
        [b'\n' | b'\r', ..] => 1,
        _ => 0,
    };
    if starts_line && (line_end > 0 || after.is_empty()) {
        return Span::new(span.start as usize - indent, span.end as usize + line_end);
    }
    span
}
