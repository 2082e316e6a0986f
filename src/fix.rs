//! The fixes of findings, made round by round until nothing is left to fix.

use crate::diagnostic::{Diagnostic, Safety};
use crate::document::Document;
use crate::edit::{self, Edit};
use crate::error::Error;
use crate::source::Source;

/// A template whose findings were fixed.
#[derive(Debug)]
pub struct Fixed {
    /// The template after the last fix, with its findings.
    pub document: Document,
    /// What is left, in the order of the template.
    pub left: Vec<Diagnostic>,
    /// The rules of the findings that were fixed, each time one was.
    pub fixed: Vec<&'static str>,
    /// The edits of each round, which are about the template as the round before left it.
    pub rounds: Vec<Vec<Edit>>,
    /// Whether nothing that may be fixed is left; `false` would be a mistake in psalink.
    pub is_quiet: bool,
}

/// Rounds after which two rules that undo each other are stopped.
const ROUNDS: usize = 20;

/// Makes every fix that is at least so safe, until none is left. `look` parses a template and checks it.
///
/// # Errors
///
/// What `look` has, and an encoding that cannot be written.
pub fn fix(
    source: Source,
    least: Safety,
    mut look: impl FnMut(Source) -> Result<(Document, Vec<Diagnostic>), Error>,
) -> Result<Fixed, Error> {
    let (mut document, mut left) = look(source)?;
    let mut fixed = Vec::new();
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let (edits, rules) = choose(&left, least);
        if edits.is_empty() {
            return Ok(Fixed { document, left, fixed, rounds, is_quiet: true });
        }
        let source = document.source();
        let bytes = edit::apply(source, &edits)?;
        let source = Source::read(source.name(), bytes, source.kind(), Some(source.encoding()))?;
        (document, left) = look(source)?;
        fixed.extend(rules);
        rounds.push(edits);
    }
    Ok(Fixed { document, left, fixed, rounds, is_quiet: false })
}

/// The edits of one round: those of each finding whose bytes no earlier one has changed.
fn choose(findings: &[Diagnostic], least: Safety) -> (Vec<Edit>, Vec<&'static str>) {
    let mut edits: Vec<Edit> = Vec::new();
    let mut rules = Vec::new();
    for finding in findings {
        let Some(fix) = finding.fix.as_ref().filter(|fix| fix.safety >= least && !fix.edits.is_empty()) else {
            continue;
        };
        // Two insertions at one place meet too: which comes first would be chance.
        let meets = |a: &Edit, b: &Edit| a.span == b.span || a.span.start < b.span.end && b.span.start < a.span.end;
        if fix.edits.iter().any(|edit| edits.iter().any(|earlier| meets(earlier, edit))) {
            continue;
        }
        edits.extend(fix.edits.iter().cloned());
        rules.push(finding.rule);
    }
    (edits, rules)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Parser, SourceKind, Span, Vocabulary};

    #[test]
    fn fixes_that_meet_take_turns_and_quarrels_end() {
        let mut parser = Parser::new(Vocabulary::builtin());
        let finding = |at: usize, text: &str| {
            Diagnostic::note("misspelt-case", Span::new(at, at + 1), "").fix(
                "",
                Safety::Safe,
                vec![Edit::new(Span::new(at, at + 1), text)],
            )
        };
        let mut look = |source: Source| {
            let document = parser.parse_whole(source, None);
            let found = match document.source().bytes() {
                b"ab" => vec![finding(0, "x"), finding(0, "y"), finding(1, "z")],
                b"xz" => vec![finding(0, "y")],
                _ => Vec::new(),
            };
            Ok((document, found))
        };
        let done = fix(Source::from_text("a.html", "ab", SourceKind::Html), Safety::Safe, &mut look).unwrap();
        assert_eq!(done.document.source().bytes(), b"yz");
        assert_eq!(done.fixed.len(), 3);
        assert!(done.is_quiet);

        let mut quarrel = |source: Source| {
            let text = if source.bytes() == b"a" { "b" } else { "a" };
            Ok((Parser::new(Vocabulary::builtin()).parse_whole(source, None), vec![finding(0, text)]))
        };
        let done = fix(Source::from_text("a.html", "a", SourceKind::Html), Safety::Safe, &mut quarrel).unwrap();
        assert!(!done.is_quiet);
    }
}
