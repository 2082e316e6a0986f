//! Comments that allow findings: `<!-- psalink: allow RULE -->`.

use crate::diagnostic::Diagnostic;
use crate::document::Document;
use crate::scan::RegionKind;
use crate::span::Span;

/// A comment that allows findings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Allow {
    /// The whole comment.
    pub(crate) comment: Span,
    /// The rules that it names, each with its place.
    pub(crate) rules: Vec<(String, Span)>,
    /// Where it holds.
    pub(crate) holds: Span,
}

/// The comments of a template that allow findings, in their order.
pub(crate) fn comments(document: &Document) -> Vec<Allow> {
    let source = document.source();
    let bytes = source.bytes();
    if memchr::memmem::find(bytes, b"psalink:").is_none() {
        return Vec::new();
    }
    let mut allows = Vec::new();
    let mut is_top = true;
    for region in document.regions() {
        let text = &bytes[region.span.range()];
        let rules = if region.kind == RegionKind::Comment { rules(text, region.span.start as usize) } else { None };
        if let Some(rules) = rules {
            let holds = if is_top { Span::new(0, bytes.len()) } else { line_of(bytes, region.span.end as usize) };
            allows.push(Allow { comment: region.span, rules, holds });
            continue;
        }
        let is_blank = region.kind == RegionKind::Text && text.trim_ascii().is_empty();
        is_top &=
            is_blank || matches!(region.kind, RegionKind::Doctype | RegionKind::Comment | RegionKind::BogusComment);
    }
    allows
}

impl Allow {
    /// Whether it allows a finding.
    pub(crate) fn allows(&self, finding: &Diagnostic) -> bool {
        let start = finding.span.start;
        let holds = self.holds.start <= start && start <= self.holds.end;
        holds && self.rules.iter().any(|(rule, _)| rule == finding.rule)
    }
}

/// Whether a comment is one of psalink's.
pub(crate) fn is_allow(comment: &[u8]) -> bool {
    rules(comment, 0).is_some()
}

/// The rules of `<!-- psalink: allow RULE, RULE -->`.
fn rules(comment: &[u8], start: usize) -> Option<Vec<(String, Span)>> {
    let inside = comment.strip_prefix(b"<!--")?.strip_suffix(b"-->")?;
    let text = inside.trim_ascii().strip_prefix(b"psalink:")?.trim_ascii_start().strip_prefix(b"allow")?;
    if !text.first().is_none_or(u8::is_ascii_whitespace) {
        return None;
    }
    let from = comment.len() - b"-->".len() - trailing_space(inside) - text.len();
    let mut rules = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let separator = |byte: &u8| byte.is_ascii_whitespace() || *byte == b',';
        let length = text[at..].iter().position(separator).unwrap_or(text.len() - at);
        if length > 0 {
            let place = start + from + at;
            let name = String::from_utf8_lossy(&text[at..at + length]).into_owned();
            rules.push((name, Span::new(place, place + length)));
        }
        at += length + 1;
    }
    Some(rules)
}

fn trailing_space(bytes: &[u8]) -> usize {
    bytes.len() - bytes.trim_ascii_end().len()
}

/// The rest of the line that a comment ends on, or, where nothing follows it there, the next line with anything on it.
fn line_of(bytes: &[u8], end: usize) -> Span {
    let mut start = end;
    loop {
        let stop = memchr::memchr2(b'\n', b'\r', &bytes[start..]).map_or(bytes.len(), |at| start + at);
        if !bytes[start..stop].trim_ascii().is_empty() || stop == bytes.len() {
            return Span::new(start, stop);
        }
        start = stop + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Parser, Source, SourceKind, Vocabulary};

    fn allows(html: &str) -> Vec<(Vec<String>, String)> {
        let source = Source::from_text("a.html", html, SourceKind::Html);
        let document = Parser::new(Vocabulary::builtin()).parse_whole(source, None);
        let found = comments(&document).into_iter();
        found
            .map(|allow| {
                for (name, span) in &allow.rules {
                    assert_eq!(&html[span.range()], name);
                }
                (allow.rules.into_iter().map(|(rule, _)| rule).collect(), html[allow.holds.range()].to_owned())
            })
            .collect()
    }

    #[test]
    fn a_comment_holds_for_the_next_line_and_on_top_for_the_file() {
        let html = "<p>a</p>\n<!-- psalink: allow magic-token,  missing-alt -->\r\n\r\n<p>b</p>\r\n<p>c</p>";
        let rules = vec!["magic-token".to_owned(), "missing-alt".to_owned()];
        assert_eq!(allows(html), [(rules, "<p>b</p>".to_owned())]);
        let html = "<!DOCTYPE html>\n<!--psalink: allow magic-token-->\n<p>b</p>";
        assert_eq!(allows(html), [(vec!["magic-token".to_owned()], html.to_owned())]);
        let html = "<p>a</p><!-- psalink: allow magic-token --><p>b</p>\n<p>c</p>";
        assert_eq!(allows(html), [(vec!["magic-token".to_owned()], "<p>b</p>".to_owned())]);
        assert_eq!(allows("<!-- psalink: allowed x --><!-- allow x -->"), []);
    }
}
