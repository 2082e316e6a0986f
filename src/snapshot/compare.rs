//! A recorded mail compared with the current one.

use std::time::Duration;

use super::body::{Body, Left};
use super::changes::{Changes, Difference};
use super::links::differences;
use super::{Record, Snapshot};

/// Lines around a change in a diff.
const CONTEXT: usize = 3;

/// How long a diff may look for the shortest way.
const PATIENCE: Duration = Duration::from_secs(5);

/// How a mail compares with the recorded one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// It is as recorded, byte for byte.
    Same,
    /// It differs, or the recorded mail was edited.
    Changed(Box<Changes>),
}

/// Compares a mail with the recorded one.
pub fn compare(old: &Snapshot, new: &Record) -> Comparison {
    let text = new.body();
    let is_mail_same = old.hash() == new.hash();
    let is_edited = old.is_edited();
    if is_mail_same && !is_edited && !old.holds_secret && old.body() == text {
        return Comparison::Same;
    }
    let (was, is) = (&old.body, &Body::of(new));
    let same = |entry: &str| entry.to_owned();
    let mut changes = Changes {
        is_edited,
        is_mail_same,
        is_unmasked: old.holds_secret,
        subject: (was.subject != is.subject).then(|| (was.subject.clone(), is.subject.clone())),
        links: differences(&was.links, &is.links),
        filled: Difference::of(&was.filled, &is.filled, same),
        left: Difference::of(&left(&was.left), &left(&is.left), same),
        findings: Difference::of(&was.findings, &is.findings, without_line),
        text_made: (was.is_text_made != is.is_text_made).then_some((was.is_text_made, is.is_text_made)),
        text: changed_lines(&was.text, &is.text),
        has_html: (was.html.is_some() != is.html.is_some()).then_some((was.html.is_some(), is.html.is_some())),
        html: match (&was.html, &is.html) {
            (Some(was), Some(is)) => changed_lines(was, is),
            _ => 0,
        },
        hunks: hunks(old.body(), &text),
        ..Changes::default()
    };
    let orders = [
        ("links", was.links != is.links && changes.links.is_empty()),
        ("placeholders", was.filled != is.filled && changes.filled.is_empty()),
        ("what is left as is", was.left != is.left && changes.left.is_empty()),
        ("findings", was.findings != is.findings && changes.findings.is_empty()),
    ];
    changes.reordered =
        orders.into_iter().filter(|(_, is_reordered)| *is_reordered).map(|(section, _)| section).collect();
    let is_hidden = was == is && !is_mail_same;
    changes.is_secret = is_hidden && new.holds_secret();
    changes.is_hidden = is_hidden && !changes.is_secret;
    Comparison::Changed(Box::new(changes))
}

fn left(list: &[Left]) -> Vec<String> {
    list.iter().map(|Left { text, why }| format!("`{text}`: {why}")).collect()
}

/// A finding without its place: `warning[missing-alt] line 12: message` without the number.
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

/// A unified diff whose hunks say in which section the first change is.
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
