//! Compares a message with its record.

use std::time::Duration;

use super::body::{Body, RecordedLeftOver};
use super::changes::{Changes, Difference};
use super::links::differences;
use super::{Record, Snapshot};

/// How many lines around a change a diff shows.
const CONTEXT: usize = 3;

/// How long to search for the shortest diff.
const PATIENCE: Duration = Duration::from_secs(5);

/// How a message compares with its record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// It is as recorded, byte for byte.
    Same,
    /// It differs, or the record was edited.
    Changed(Box<Changes>),
}

/// Compares a message with its record.
pub fn compare(old: &Snapshot, new: &Record) -> Comparison {
    let text = new.body();
    let is_mail_same = old.hash() == new.hash();
    let is_edited = old.is_edited();
    if is_mail_same && !is_edited && !old.holds_secret && old.body() == text {
        return Comparison::Same;
    }
    let (before, after) = (&old.body, &Body::of(new));
    let same = |entry: &str| entry.to_owned();
    let mut changes = Changes {
        is_edited,
        is_mail_same,
        is_unmasked: old.holds_secret,
        subject: (before.subject != after.subject).then(|| (before.subject.clone(), after.subject.clone())),
        links: differences(&before.links, &after.links),
        filled: Difference::of(&before.filled, &after.filled, same),
        left: Difference::of(&left(&before.left), &left(&after.left), same),
        findings: Difference::of(&before.findings, &after.findings, without_line),
        text_made: (before.is_text_made != after.is_text_made).then_some((before.is_text_made, after.is_text_made)),
        text: changed_lines(&before.text, &after.text),
        has_html: (before.html.is_some() != after.html.is_some())
            .then_some((before.html.is_some(), after.html.is_some())),
        html: match (&before.html, &after.html) {
            (Some(before), Some(after)) => changed_lines(before, after),
            _ => 0,
        },
        hunks: hunks(old.body(), &text),
        ..Changes::default()
    };
    let orders = [
        ("links", before.links != after.links && changes.links.is_empty()),
        ("placeholders", before.filled != after.filled && changes.filled.is_empty()),
        ("what is left as is", before.left != after.left && changes.left.is_empty()),
        ("findings", before.findings != after.findings && changes.findings.is_empty()),
    ];
    changes.reordered =
        orders.into_iter().filter(|(_, is_reordered)| *is_reordered).map(|(section, _)| section).collect();
    let is_hidden = before == after && !is_mail_same;
    changes.is_secret = is_hidden && new.holds_secret();
    changes.is_hidden = is_hidden && !changes.is_secret;
    Comparison::Changed(Box::new(changes))
}

fn left(list: &[RecordedLeftOver]) -> Vec<String> {
    list.iter().map(|RecordedLeftOver { text, reason }| format!("`{text}`: {reason}")).collect()
}

/// A finding without its line number, as in `warning[missing-alt] line 12: message`.
fn without_line(finding: &str) -> String {
    let Some((place, message)) = finding.split_once(": ") else { return finding.to_owned() };
    format!("{}: {message}", place.trim_end_matches(|character: char| character.is_ascii_digit()))
}

/// How many lines were changed, added or removed.
fn changed_lines(old: &[String], new: &[String]) -> usize {
    let ops = similar::capture_diff_slices_deadline(
        similar::Algorithm::Myers,
        old,
        new,
        Some(std::time::Instant::now() + PATIENCE),
    );
    let changed = ops.iter().filter(|op| op.tag() != similar::DiffTag::Equal);
    changed.map(|op| op.old_range().len().max(op.new_range().len())).sum()
}

/// A unified diff whose hunks name the section of their first change.
fn hunks(old: &str, new: &str) -> String {
    if old == new {
        return String::new();
    }
    let (old, new) = (format!("{old}\n"), format!("{new}\n"));
    let diff =
        similar::TextDiff::configure().algorithm(similar::Algorithm::Myers).timeout(PATIENCE).diff_lines(&old, &new);
    let marks = Body::marks(&old);
    let mut out = String::new();
    for hunk in diff.unified_diff().context_radius(CONTEXT).iter_hunks() {
        let first = hunk.ops().iter().find(|op| op.tag() != similar::DiffTag::Equal);
        let first = first.map_or(0, |op| op.old_range().start);
        let section = marks.iter().rev().find(|(line, _)| *line <= first).map(|(_, section)| *section);
        let text = hunk.to_string();
        match (text.split_once('\n'), section) {
            (Some((head, rest)), Some(section)) => out.push_str(&format!("{head} {section}\n{rest}")),
            _ => out.push_str(&text),
        }
    }
    out
}
