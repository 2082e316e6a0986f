//! Writes comments that allow the findings of a template.

use std::collections::HashMap;

use crate::diagnostic::Diagnostic;
use crate::html::scan::RegionKind;
use crate::lint::allow::{self, Allow};
use crate::lint::rules::unused_allow;
use crate::parse::document::Document;
use crate::source::SourceKind;
use crate::source::edit::Edit;
use crate::span::Span;

/// Edits that allow findings, and the findings that no comment can allow.
#[derive(Debug, Default)]
pub struct Allowed {
    /// Comments to write, or rules to add to comments that are there.
    pub edits: Vec<Edit>,
    /// How many findings they allow.
    pub count: usize,
    /// Findings in a text-only body, a subject or the settings at the top, where a comment would be sent to the reader.
    pub left: Vec<Diagnostic>,
}

/// Edits that allow findings. Each comment goes on the line before its finding, or at the top of the file where that
/// line is inside a tag, a style sheet or a conditional comment.
pub fn allow_findings(document: &Document, findings: &[Diagnostic]) -> Allowed {
    let mut allowed = Allowed::default();
    let comments = allow::comments(document);
    let mut places: Vec<(CommentPlace, Vec<&str>)> = Vec::new();
    let mut known: HashMap<CommentPlace, usize> = HashMap::new();
    for finding in findings {
        let is_body = document.source().kind() == SourceKind::Html
            && document.front_matter().is_none_or(|settings| settings.span.end <= finding.span.start);
        // A problem with a comment cannot be allowed by another comment.
        if !is_body || finding.rule == unused_allow::RULE.name {
            allowed.left.push(finding.clone());
            continue;
        }
        allowed.count += 1;
        let place = place(document, &comments, finding);
        let index = *known.entry(place).or_insert(places.len());
        match places.get_mut(index) {
            Some((_, rules)) if rules.contains(&finding.rule) => {}
            Some((_, rules)) => rules.push(finding.rule),
            None => places.push((place, vec![finding.rule])),
        }
    }
    let end = line_end(document.source().bytes());
    allowed.edits = places.into_iter().map(|(place, rules)| edit(document, place, &rules.join(", "), end)).collect();
    allowed
}

/// Where a finding can be allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum CommentPlace {
    /// In an existing comment that applies there, after its last rule.
    Comment(u32),
    /// On a new line, before the line that starts there.
    Line(u32),
    /// At the top of the body.
    Top,
}

fn place(document: &Document, comments: &[Allow], finding: &Diagnostic) -> CommentPlace {
    let at = finding.span.start;
    if let Some((_, last)) = allow::around(comments, at).and_then(|allow| allow.rules.last()) {
        return CommentPlace::Comment(last.end);
    }
    let start = document.source().line_start(at as usize);
    let region = document.regions().partition_point(|region| region.span.end as usize <= start);
    let Some(region) = document.regions().get(region) else { return CommentPlace::Top };
    // A comment inside a conditional comment would end it. Between two tags is as safe as inside text.
    let is_free = !region.conditional && (region.kind == RegionKind::Text || region.span.start as usize == start);
    let body = body_start(document);
    if is_free && start > body { CommentPlace::Line(start as u32) } else { CommentPlace::Top }
}

fn edit(document: &Document, place: CommentPlace, rules: &str, end: &str) -> Edit {
    let source = document.source();
    match place {
        CommentPlace::Comment(after) => Edit::new(Span { start: after, end: after }, format!(", {rules}")),
        CommentPlace::Line(start) => {
            let rest = &source.bytes()[start as usize..];
            let indent = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
            let indent = String::from_utf8_lossy(&rest[..indent]).into_owned();
            Edit::new(Span { start, end: start }, format!("{indent}<!-- psalink: allow {rules} -->{end}"))
        }
        CommentPlace::Top => {
            let start = body_start(document);
            Edit::new(Span::new(start, start), format!("<!-- psalink: allow {rules} -->{end}"))
        }
    }
}

/// The first byte of the body, after a byte order mark and the settings at the top.
fn body_start(document: &Document) -> usize {
    let bom = if document.source().bytes().starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
    document.front_matter().map_or(bom, |settings| settings.span.end as usize)
}

/// The line ending that the file uses.
fn line_end(bytes: &[u8]) -> &'static str {
    match memchr::memchr(b'\n', bytes) {
        Some(at) if at > 0 && bytes[at - 1] == b'\r' => "\r\n",
        _ => "\n",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::Profile;
    use crate::source::edit;
    use crate::{Parser, Settings, Source, Vocabulary, check};

    #[test]
    fn what_is_allowed_is_found_no_more() {
        let vocabulary = Vocabulary::builtin();
        let settings = Settings::new(vocabulary, "connectwise", None).unwrap();
        let mut parser = Parser::new(vocabulary);
        for (html, expected) in [
            (
                "<p>a</p>\r\n  <p>[[srnumber]] [SRNumber]</p>\r\n",
                "<p>a</p>\r\n  <!-- psalink: allow doubled-brackets, misspelt-case -->\r\n  <p>[[srnumber]] [SRNumber]</p>\r\n",
            ),
            ("<p>[[srnumber]]</p>", "<!-- psalink: allow doubled-brackets -->\n<p>[[srnumber]]</p>"),
            (
                "<p>a</p>\n<!-- psalink: allow misspelt-case -->\n<p>[[srnumber]] [SRNumber]</p>",
                "<p>a</p>\n<!-- psalink: allow misspelt-case, doubled-brackets -->\n<p>[[srnumber]] [SRNumber]</p>",
            ),
            (
                "<p>a</p>\n<a\n title='[[srnumber]]'>x</a>",
                "<!-- psalink: allow doubled-brackets -->\n<p>a</p>\n<a\n title='[[srnumber]]'>x</a>",
            ),
        ] {
            let mut check = |text: &str| {
                let document = parser.parse_whole(Source::from_text("a.html", text, SourceKind::Html));
                let found = check(&document, &settings, vocabulary, &Profile::default());
                (document, found)
            };
            let (document, found) = check(html);
            let allowed = allow_findings(&document, &found);
            let text = String::from_utf8(edit::apply(document.source(), &allowed.edits).unwrap()).unwrap();
            assert_eq!(text, expected);
            assert_eq!(check(&text).1, []);
        }
    }
}
