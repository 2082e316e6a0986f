//! Applies the fixes of findings, round by round, until nothing is left to fix.

use std::collections::BTreeSet;

use crate::diagnostic::{Diagnostic, Fix, Safety};
use crate::error::Error;
use crate::parse::document::Document;
use crate::source::Source;
use crate::source::edit::{self, Edit};
use crate::span::Span;

/// A template whose findings were fixed.
#[derive(Debug)]
pub struct Fixed {
    /// The template after the last fix, with its findings.
    pub document: Document,
    /// The findings that remain, in the order of the template.
    pub left: Vec<Diagnostic>,
    /// The rule of each finding that was fixed; a rule appears once for each fix.
    pub fixed: Vec<&'static str>,
    /// The edits of each round; their spans refer to the template after the previous round.
    pub rounds: Vec<Vec<Edit>>,
    /// Whether no fix is left to make; `false` would be a bug in psalink.
    pub is_quiet: bool,
}

/// The number of rounds after which two rules that undo each other are stopped.
const ROUNDS: usize = 20;

/// Makes every fix that is at least as safe as `least`, until none is left. `check` parses and checks a template.
///
/// # Errors
///
/// An error from `check`, and an encoding that cannot be written.
pub fn fix(
    source: Source,
    least: Safety,
    mut check: impl FnMut(Source) -> Result<(Document, Vec<Diagnostic>), Error>,
) -> Result<Fixed, Error> {
    let (mut document, mut findings) = check(source)?;
    let mut fixed = Vec::new();
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        if !findings.iter().any(|finding| fix_of(finding, least).is_some()) {
            return Ok(Fixed { document, left: findings, fixed, rounds, is_quiet: true });
        }
        // The old findings take as much memory as the new ones, so they end here.
        let (edits, rules) = choose(findings, least);
        let source = document.into_source();
        let bytes = edit::apply(&source, &edits)?;
        let new = Source::read(source.name(), bytes, source.kind(), Some(source.encoding()))?;
        drop(source);
        (document, findings) = check(new)?;
        fixed.extend(rules);
        rounds.push(edits);
    }
    Ok(Fixed { document, left: findings, fixed, rounds, is_quiet: false })
}

/// The edits of one round: those of every finding whose bytes no earlier finding has changed.
fn choose(findings: Vec<Diagnostic>, least: Safety) -> (Vec<Edit>, Vec<&'static str>) {
    let mut edits: Vec<Edit> = Vec::new();
    let mut rules = Vec::new();
    // No two of them overlap, so only the last one that starts before an edit ends can overlap it.
    let mut taken: BTreeSet<Span> = BTreeSet::new();
    for finding in findings {
        let Some(fix) = fix_of(&finding, least) else { continue };
        // Two insertions at the same place also conflict: their order would be arbitrary.
        let meets = |span: Span| {
            let before = Span { start: span.end, end: 0 };
            taken.contains(&span) || taken.range(..before).next_back().is_some_and(|earlier| span.start < earlier.end)
        };
        if fix.edits.iter().any(|edit| meets(edit.span)) {
            continue;
        }
        taken.extend(fix.edits.iter().map(|edit| edit.span));
        rules.push(finding.rule);
        edits.extend(finding.fix.into_iter().flat_map(|fix| fix.edits));
    }
    (edits, rules)
}

/// The fix of a finding, if it is safe enough and changes anything.
fn fix_of(finding: &Diagnostic, least: Safety) -> Option<&Fix> {
    finding.fix.as_deref().filter(|fix| fix.safety >= least && !fix.edits.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Parser, SourceKind, Span, Vocabulary};

    #[test]
    fn of_fixes_that_meet_the_first_is_made() {
        let mut random = 1_usize;
        for _ in 0..300 {
            let mut next = |below: usize| {
                random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                (random >> 33) % below
            };
            let found: Vec<Diagnostic> = (0..12)
                .map(|_| {
                    let start = next(20);
                    let span = Span::new(start, start + next(4));
                    Diagnostic::note("misspelt-case", span, "").fix("", Safety::Safe, vec![Edit::delete(span)])
                })
                .collect();
            let mut expected: Vec<Span> = Vec::new();
            for Span { start, end } in found.iter().map(|finding| finding.span) {
                let meets = |other: &Span| *other == Span { start, end } || start < other.end && other.start < end;
                if !expected.iter().any(meets) {
                    expected.push(Span { start, end });
                }
            }
            let (edits, _) = choose(found, Safety::Safe);
            assert_eq!(edits.iter().map(|edit| edit.span).collect::<Vec<_>>(), expected);
        }
    }

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
        let mut check = |source: Source| {
            let document = parser.parse_whole(source);
            let found = match document.source().bytes() {
                b"ab" => vec![finding(0, "x"), finding(0, "y"), finding(1, "z")],
                b"xz" => vec![finding(0, "y")],
                _ => Vec::new(),
            };
            Ok((document, found))
        };
        let done = fix(Source::from_text("a.html", "ab", SourceKind::Html), Safety::Safe, &mut check).unwrap();
        assert_eq!(done.document.source().bytes(), b"yz");
        assert_eq!(done.fixed.len(), 3);
        assert!(done.is_quiet);

        let mut quarrel = |source: Source| {
            let text = if source.bytes() == b"a" { "b" } else { "a" };
            Ok((Parser::new(Vocabulary::builtin()).parse_whole(source), vec![finding(0, text)]))
        };
        let done = fix(Source::from_text("a.html", "a", SourceKind::Html), Safety::Safe, &mut quarrel).unwrap();
        assert!(!done.is_quiet);
    }
}
