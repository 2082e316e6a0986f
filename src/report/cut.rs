//! Limits how many places of a rule a report prints; the others are only counted.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::diagnostic::Diagnostic;
use crate::report::totals::Totals;
use crate::source::{Position, Source};

/// How many places of one rule in one file a report prints: more places are one mistake, not many.
pub const MOST: usize = 100;

/// Places of one rule in one file that a report counts but does not print.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// The template.
    pub path: String,
    /// The rule.
    pub rule: &'static str,
    /// The position of the first of them.
    pub start: Position,
    /// How many there are at each level; its `files` is 0.
    pub totals: Totals,
}

impl Cut {
    /// The number of places that are not printed.
    pub fn count(&self) -> usize {
        self.totals.errors + self.totals.warnings + self.totals.notes
    }

    /// The sentence about them: `250 more places of `missing-alt` are not shown; `--verbose` shows all`.
    pub fn text(&self) -> String {
        let (count, rule) = (self.count(), self.rule);
        let places = if count == 1 { "place" } else { "places" };
        let verb = if count == 1 { "is" } else { "are" };
        format!("{count} more {places} of `{rule}` {verb} not shown; `--verbose` shows all")
    }
}

/// Keeps the first findings of each rule, up to `most`, and counts the others.
///
/// ```
/// use psalink::{Diagnostic, Source, SourceKind, Span, report};
/// let source = Source::from_text("mail.html", "[x][x][x]", SourceKind::Html);
/// let found = [0, 3, 6].map(|at| Diagnostic::note("unexpected-host", Span::new(at, at + 3), "it"));
/// let (shown, cut) = report::first_of_each(&source, &found, 2);
/// assert_eq!((shown.len(), cut[0].count(), cut[0].start.column), (2, 1, 7));
/// assert_eq!(report::first_of_each(&source, &found, 3).1, []);
/// ```
pub fn first_of_each<'a>(
    source: &Source,
    findings: &'a [Diagnostic],
    most: usize,
) -> (Cow<'a, [Diagnostic]>, Vec<Cut>) {
    if findings.len() <= most {
        return (Cow::Borrowed(findings), Vec::new());
    }
    let mut times: HashMap<&str, usize> = HashMap::new();
    let mut shown = Vec::new();
    let mut cuts: Vec<Cut> = Vec::new();
    let mut positions = source.positions();
    for finding in findings {
        let before = times.entry(finding.rule).or_default();
        *before += 1;
        if *before <= most {
            shown.push(finding.clone());
            continue;
        }
        let known = cuts.iter().position(|cut| cut.rule == finding.rule);
        let index = known.unwrap_or_else(|| {
            cuts.push(Cut {
                path: source.name().to_owned(),
                rule: finding.rule,
                start: positions.at(finding.span.start as usize),
                totals: Totals::default(),
            });
            cuts.len() - 1
        });
        cuts[index].totals.count(finding.level, finding.fix.as_ref().map(|fix| fix.safety));
    }
    if cuts.is_empty() { (Cow::Borrowed(findings), cuts) } else { (Cow::Owned(shown), cuts) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{SourceKind, Span};

    #[test]
    fn each_rule_has_its_own_places() {
        let source = Source::from_text("a.html", "x".repeat(1000), SourceKind::Html);
        let at = |rule, at: usize| Diagnostic::warning(rule, Span::new(at, at + 1), "it");
        let mut found: Vec<Diagnostic> = (0..250).map(|offset| at("missing-alt", offset)).collect();
        found.extend((250..300).map(|offset| at("misspelt-case", offset)));
        let (shown, cut) = first_of_each(&source, &found, MOST);
        assert_eq!(shown.len(), 150);
        let [cut] = cut.as_slice() else { panic!("{cut:?}") };
        assert_eq!((cut.rule, cut.count(), cut.start.column), ("missing-alt", 150, 101));
        assert_eq!(cut.text(), "150 more places of `missing-alt` are not shown; `--verbose` shows all");
        assert!(matches!(first_of_each(&source, &found[..MOST], MOST), (Cow::Borrowed(_), cut) if cut.is_empty()));
    }
}
