//! Findings with lines and columns instead of byte offsets, which stay valid after the template is dropped.

use std::collections::HashMap;

use crate::diagnostic::{Diagnostic, Fix, Level, Safety};
use crate::report::fingerprint::fingerprint;
use crate::source::{Position, Source};

/// A finding with its place in the file, in a reader's units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located {
    /// The template.
    pub path: String,
    /// The rule that reports it: `unknown-command`.
    pub rule: &'static str,
    /// How serious it is.
    pub level: Level,
    /// What is wrong, in the user's terms.
    pub message: String,
    /// Where it starts.
    pub start: Position,
    /// Where it ends: the position after its last character.
    pub end: Position,
    /// What else is worth knowing.
    pub notes: Vec<String>,
    /// What to do.
    pub help: Option<String>,
    /// The change that fixes it.
    pub fix: Option<LocatedFix>,
    /// Stays the same when other lines of the template change, and differs from that of every other finding in the
    /// template.
    pub fingerprint: String,
}

/// A change with its places in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocatedFix {
    /// What it does, worded like a button label.
    pub title: String,
    /// How certain it is; in a file that cannot be written, it is only shown.
    pub safety: Safety,
    /// The ranges that it replaces, in order.
    pub edits: Vec<LocatedEdit>,
}

/// A range of a file that a text replaces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocatedEdit {
    /// Where it starts.
    pub start: Position,
    /// Where it ends: the position after its last character.
    pub end: Position,
    /// The new text.
    pub text: String,
}

/// How many bytes of a finding's text distinguish it from others.
const TELLING: usize = 1024;

/// Determines the lines and columns of findings, after which the template can be dropped.
///
/// ```
/// use psalink::{Diagnostic, Source, SourceKind, Span, report};
/// let source = Source::from_text("mail.html", "<p>\r\n\t[dd:tikcet]</p>\n", SourceKind::Html);
/// let finding = Diagnostic::error("unknown-command", Span::new(10, 16), "DeskDirector links have no command `tikcet`");
/// let located = report::locate(&source, &[finding]);
/// assert_eq!((located[0].start.line, located[0].start.column), (2, 6));
/// assert_eq!(located[0].end.offset, 16);
/// ```
pub fn locate(source: &Source, diagnostics: &[Diagnostic]) -> Vec<Located> {
    let places = LocatedPlaces::of(source, diagnostics);
    let mut times = HashMap::new();
    diagnostics
        .iter()
        .map(|diagnostic| Located {
            path: source.name().to_owned(),
            rule: diagnostic.rule,
            level: diagnostic.level,
            message: diagnostic.message.to_string(),
            start: places.at(diagnostic.span.start),
            end: places.at(diagnostic.span.end),
            notes: diagnostic.notes().iter().map(|note| note.to_string()).collect(),
            help: diagnostic.help.as_deref().map(str::to_owned),
            fix: diagnostic.fix.as_ref().map(|fix| located_fix(source, fix, &places)),
            fingerprint: name(source, diagnostic, &mut times),
        })
        .collect()
}

/// How certain a fix is, in this file.
pub(super) fn safety(source: &Source, fix: &Fix) -> Safety {
    if source.can_write().is_ok() { fix.safety } else { Safety::Shown }
}

fn located_fix(source: &Source, fix: &Fix, places: &LocatedPlaces) -> LocatedFix {
    let mut edits: Vec<&crate::source::edit::Edit> = fix.edits.iter().collect();
    edits.sort_by_key(|edit| edit.span);
    let edits = edits.into_iter().map(|edit| LocatedEdit {
        start: places.at(edit.span.start),
        end: places.at(edit.span.end),
        text: edit.text.to_string(),
    });
    LocatedFix { title: fix.title.to_string(), safety: safety(source, fix), edits: edits.collect() }
}

/// The rule and the text that it is about, and how many equal findings came before.
fn name(source: &Source, diagnostic: &Diagnostic, times: &mut HashMap<String, usize>) -> String {
    let quoted;
    let text = match source.is_quoted_as_written(diagnostic.span) {
        true => source.bytes().get(diagnostic.span.range()).unwrap_or_default(),
        // A short password could be guessed from its hash.
        false => {
            quoted = source.quoted(diagnostic.span);
            quoted.as_bytes()
        }
    };
    let text = &text[..text.len().min(TELLING)];
    let identity = fingerprint([diagnostic.rule.as_bytes(), text]);
    let before = times.entry(identity.clone()).or_default();
    *before += 1;
    if *before == 1 { identity } else { fingerprint([identity.as_bytes(), before.to_string().as_bytes()]) }
}

impl Located {
    /// What is wrong, what else is worth knowing, and what to do, each on separate lines.
    pub(super) fn text(&self) -> String {
        let mut text = self.message.clone();
        for note in &self.notes {
            text.push_str("\nnote: ");
            text.push_str(note);
        }
        if let Some(help) = &self.help {
            text.push_str("\nhelp: ");
            text.push_str(help);
        }
        text
    }
}

/// All positions that findings and their fixes mention, looked up in ascending order in a single pass over the file.
struct LocatedPlaces {
    offsets: Vec<u32>,
    positions: Vec<Position>,
}

impl LocatedPlaces {
    fn of(source: &Source, diagnostics: &[Diagnostic]) -> LocatedPlaces {
        let edits = diagnostics.iter().filter_map(|diagnostic| diagnostic.fix.as_ref()).flat_map(|fix| &fix.edits);
        let spans = diagnostics.iter().map(|diagnostic| diagnostic.span).chain(edits.map(|edit| edit.span));
        let mut offsets: Vec<u32> = spans.flat_map(|span| [span.start, span.end]).collect();
        offsets.sort_unstable();
        offsets.dedup();
        let mut positions = source.positions();
        let positions = offsets.iter().map(|&offset| positions.at(offset as usize)).collect();
        LocatedPlaces { offsets, positions }
    }

    /// The position of an offset in a finding or an edit.
    fn at(&self, offset: u32) -> Position {
        self.positions[self.offsets.partition_point(|&known| known < offset)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Edit, SourceKind, Span};

    fn finding(start: usize, end: usize) -> Diagnostic {
        Diagnostic::warning("misspelt-case", Span::new(start, end), "wrong")
    }

    #[test]
    fn fingerprints_survive_other_lines() {
        let fingerprints = |text: &str| -> Vec<String> {
            let source = Source::from_text("a.html", text, SourceKind::Html);
            let at = text.match_indices("[X]").map(|(at, found)| finding(at, at + found.len()));
            locate(&source, &at.collect::<Vec<_>>()).into_iter().map(|located| located.fingerprint).collect()
        };
        let before = fingerprints("<p>[X]</p>\n[X] [X]");
        let after = fingerprints("<p>é</p>\r\n\r\n<b>[X]</b>\n[X] more [X]");
        assert_eq!(before, after);
        assert!(before[0] != before[1] && before[1] != before[2] && before[0] != before[2]);
    }

    #[test]
    fn edits_have_places_in_their_order() {
        let source = Source::from_text("a.html", "é[X]\n[Y]", SourceKind::Html);
        let edits = vec![Edit::new(Span::new(7, 8), "y"), Edit::new(Span::new(3, 4), "x")];
        let located = locate(&source, &[finding(2, 5).fix("both", Safety::Safe, edits)]);
        let fix = located[0].fix.as_ref().unwrap();
        let places: Vec<_> = fix.edits.iter().map(|edit| (edit.start.line, edit.start.column)).collect();
        assert_eq!(places, [(1, 3), (2, 2)]);
    }

    #[test]
    fn what_cannot_be_written_is_only_shown() {
        let bytes = b"<meta charset=shift_jis>[X]".to_vec();
        let source = Source::read("a.html", bytes, SourceKind::Html, None).unwrap();
        let fix = finding(24, 27).fix("write it", Safety::Safe, vec![Edit::new(Span::new(25, 26), "x")]);
        assert_eq!(locate(&source, &[fix])[0].fix.as_ref().unwrap().safety, Safety::Shown);
    }
}
