//! Comments that allow findings: `<!-- psalink: allow RULE -->`.

use std::collections::HashMap;

use crate::diagnostic::Diagnostic;
use crate::html::scan::{Region, RegionKind};
use crate::parse::document::Document;
use crate::source::Source;
use crate::span::Span;

/// A comment that allows findings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Allow {
    /// The whole comment.
    pub(crate) comment: Span,
    /// The rules that it names, with their places.
    pub(crate) rules: Vec<(String, Span)>,
    /// The part of the file that it applies to.
    pub(crate) holds: Span,
    /// Whether it applies to the whole file.
    pub(crate) is_top: bool,
}

/// The comments of a template that allow findings, in order.
pub(crate) fn comments(document: &Document) -> Vec<Allow> {
    let source = document.source();
    let bytes = source.bytes();
    let regions = document.regions();
    let may_allow = |region: &Region| region.kind == RegionKind::Comment && is_allow(&bytes[region.span.range()]);
    if !regions.iter().any(may_allow) {
        return Vec::new();
    }
    let mut allows = Vec::new();
    let mut is_top = true;
    for region in regions {
        let text = &bytes[region.span.range()];
        let rules = if region.kind == RegionKind::Comment { rules(text, region.span.start as usize) } else { None };
        if let Some(rules) = rules {
            let holds = if is_top { Span::new(0, bytes.len()) } else { line_of(source, region.span.end as usize) };
            allows.push(Allow { comment: region.span, rules, holds, is_top });
            continue;
        }
        let is_blank = region.kind == RegionKind::Text && text.trim_ascii().is_empty();
        is_top &=
            is_blank || matches!(region.kind, RegionKind::Doctype | RegionKind::Comment | RegionKind::BogusComment);
    }
    allows
}

/// For each rule, the spans in which it is allowed, ordered by start. The last span that starts before a finding
/// reaches at least as far as all earlier ones.
pub(crate) struct AllowedSpans<'a>(HashMap<&'a str, Vec<Span>>);

impl AllowedSpans<'_> {
    /// The spans of some comments, which are in the order of the template.
    pub(crate) fn of(allows: &[Allow]) -> AllowedSpans<'_> {
        let mut spans: HashMap<&str, Vec<Span>> = HashMap::new();
        for allow in allows {
            for (rule, _) in &allow.rules {
                let of_rule = spans.entry(rule).or_default();
                let reach = of_rule.last().map_or(0, |last| last.end);
                of_rule.push(Span { start: allow.holds.start, end: allow.holds.end.max(reach) });
            }
        }
        AllowedSpans(spans)
    }

    /// Whether a finding of a rule that begins there is allowed.
    pub(crate) fn allow(&self, rule: &str, at: u32) -> bool {
        let Some(spans) = self.0.get(rule) else { return false };
        let before = spans.partition_point(|span| span.start <= at);
        before.checked_sub(1).is_some_and(|last| at <= spans[last].end)
    }
}

/// Removes the findings that comments allow. For each comment, returns which of its rules allowed a finding.
pub(crate) fn sift(allows: &[Allow], found: &mut Vec<Diagnostic>) -> Vec<Vec<bool>> {
    let spans = AllowedSpans::of(allows);
    let mut allowed: HashMap<&'static str, Vec<u32>> = HashMap::new();
    found.retain(|finding| {
        let at = finding.span.start;
        let is_allowed = spans.allow(finding.rule, at);
        if is_allowed {
            allowed.entry(finding.rule).or_default().push(at);
        }
        !is_allowed
    });
    allowed.values_mut().for_each(|places| places.sort_unstable());
    let is_used = |rule: &str, holds: Span| {
        let Some(places) = allowed.get(rule) else { return false };
        let first = places.partition_point(|at| *at < holds.start);
        places.get(first).is_some_and(|at| *at <= holds.end)
    };
    allows.iter().map(|allow| allow.rules.iter().map(|(rule, _)| is_used(rule, allow.holds)).collect()).collect()
}

/// The comment in which a finding can be allowed: the last one that applies there.
pub(crate) fn around(allows: &[Allow], at: u32) -> Option<&Allow> {
    let holds = |allow: &&Allow| allow.holds.start <= at && at < allow.holds.end;
    let tops = allows.partition_point(|allow| allow.is_top);
    let before = allows.partition_point(|allow| allow.is_top || allow.holds.start <= at);
    // Comments for the whole file come first. Of the others, the last one that starts before the finding reaches at
    // least as far as any.
    allows[..before].last().filter(holds).or_else(|| allows[..tops].last().filter(holds))
}

/// Whether a comment is a psalink comment.
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

/// The rest of the line that a comment ends on or, if that is blank, the next line that is not.
fn line_of(source: &Source, end: usize) -> Span {
    let bytes = source.bytes();
    let mut line = source.line_of(end);
    let mut start = end;
    loop {
        let stop = (source.line(line).end as usize).max(start);
        if !bytes[start..stop].trim_ascii_start().is_empty() || stop == bytes.len() {
            return Span::new(start, stop);
        }
        line += 1;
        start = source.line(line).start as usize;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Parser, Source, SourceKind, Vocabulary};

    fn allows(html: &str) -> Vec<(Vec<String>, String)> {
        let source = Source::from_text("a.html", html, SourceKind::Html);
        let document = Parser::new(Vocabulary::builtin()).parse_whole(source);
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

    #[test]
    fn many_comments_hold_where_each_alone_would() {
        let units = [
            "<!-- psalink: allow missing-alt -->",
            "<!-- psalink: allow magic-token, missing-alt, missing-alt -->\n",
            "<!-- psalink: allow -->",
            "<img>",
            "\n",
            " \r\n",
            "x",
        ];
        for seed in 0..400_usize {
            let mut random = seed.wrapping_mul(0x9E37_79B9) | 1;
            let mut html = String::new();
            for _ in 0..12 {
                random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                html.push_str(units[(random >> 33) % units.len()]);
            }
            let source = Source::from_text("a.html", &html, SourceKind::Html);
            let document = Parser::new(Vocabulary::builtin()).parse_whole(source);
            let allows = comments(&document);
            let found: Vec<Diagnostic> = (0..html.len())
                .flat_map(|at| ["missing-alt", "magic-token"].map(|rule| Diagnostic::note(rule, Span::new(at, at), "")))
                .collect();
            let mut left = found.clone();
            let used = sift(&allows, &mut left);
            let holds = |allow: &Allow, finding: &Diagnostic| {
                allow.holds.start <= finding.span.start && finding.span.start <= allow.holds.end
            };
            let names = |allow: &Allow, finding: &Diagnostic| allow.rules.iter().any(|(rule, _)| rule == finding.rule);
            let expected: Vec<Diagnostic> = found
                .iter()
                .filter(|finding| !allows.iter().any(|allow| holds(allow, finding) && names(allow, finding)))
                .cloned()
                .collect();
            assert_eq!(left, expected, "{html}");
            for (allow, used) in allows.iter().zip(used) {
                for ((rule, _), used) in allow.rules.iter().zip(used) {
                    assert_eq!(
                        used,
                        found.iter().any(|finding| finding.rule == rule && holds(allow, finding)),
                        "{html}"
                    );
                }
            }
            for at in 0..html.len() as u32 {
                let last = allows.iter().rev().find(|allow| allow.holds.start <= at && at < allow.holds.end);
                assert_eq!(around(&allows, at), last, "{html} {at}");
            }
        }
    }
}
