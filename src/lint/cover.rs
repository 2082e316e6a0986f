//! Removes secrets of the template from findings.

use crate::diagnostic::{Diagnostic, Fix};
use crate::parse::deep_link::percent_decode;
use crate::secret::{Secret, find, is_masked, mask_value};
use crate::source::Source;
use crate::source::edit::Edit;
use crate::span::Span;

/// How far from a finding a secret may be for the finding to quote it.
const NEAR: u32 = 2048;

/// Masks secrets that findings quote from a template, even values without their names. A fix that would contain a
/// secret is narrowed or dropped.
pub(crate) fn cover(source: &Source, findings: &mut [Diagnostic]) {
    if findings.is_empty() {
        return;
    }
    let secrets = source.secrets();
    if secrets.is_empty() {
        return;
    }
    for finding in findings {
        let (from, to) = (finding.span.start.saturating_sub(NEAR), finding.span.end.saturating_add(NEAR));
        let first = secrets.partition_point(|secret| secret.span.end <= from);
        let near = secrets[first..].iter().take_while(|secret| secret.span.start < to).take(64);
        let values: Vec<String> = near.flat_map(|secret| forms(source, secret)).collect();
        cover_text(&mut finding.message, &values);
        finding.notes_mut().iter_mut().for_each(|note| cover_text(note, &values));
        finding.help.iter_mut().for_each(|help| cover_text(help, &values));
        let Some(fix) = &mut finding.fix else { continue };
        cover_text(&mut fix.title, &values);
        if !leave_out(source, fix, &values) {
            finding.fix = None;
            finding.add_note("no fix is offered: it would write the password or token in this link again".into());
        }
    }
}

/// A secret as written, and as a program reads it.
fn forms(source: &Source, secret: &Secret) -> Vec<String> {
    let written = source.text(secret.span).into_owned();
    let read = percent_decode(&htmlize::unescape_attribute(&*written));
    if read == written { vec![written] } else { vec![written, read] }
}

/// Masks values in a text: long ones anywhere, short ones only where they are quoted alone.
fn cover_text<T: AsRef<str> + From<String>>(text: &mut T, values: &[String]) {
    for value in values.iter().filter(|value| !is_masked(value.as_bytes())) {
        let written = text.as_ref();
        if !written.contains(value.as_str()) {
            continue;
        }
        let masked = mask_value(value);
        *text = T::from(match value.chars().count() {
            6.. => written.replace(value.as_str(), &masked),
            _ => written.replace(&format!("`{value}`"), &format!("`{masked}`")),
        });
    }
}

/// Changes a fix so that no edit contains a secret, by keeping unchanged text out of the edits. Returns `false` if that
/// is impossible.
fn leave_out(source: &Source, fix: &mut Fix, values: &[String]) -> bool {
    let holds = |text: &str| {
        !find(text.as_bytes()).is_empty()
            || values.iter().any(|value| value.len() >= 6 && text.contains(value.as_str()))
    };
    if !fix.edits.iter().any(|edit| holds(&edit.text)) {
        return true;
    }
    let mut edits = Vec::new();
    for edit in &fix.edits {
        match holds(&edit.text) {
            true => split(source, edit, values, &mut edits),
            false => edits.push(edit.clone()),
        }
    }
    if edits.iter().any(|edit| holds(&edit.text)) {
        return false;
    }
    fix.edits = edits;
    true
}

/// Splits an edit around the secrets that are in both the old and the new text.
fn split(source: &Source, edit: &Edit, values: &[String], out: &mut Vec<Edit>) {
    let old = source.bytes().get(edit.span.range()).unwrap_or_default();
    let start = edit.span.start as usize;
    let (mut old_done, mut new_done) = (0, 0);
    for secret in find(edit.text.as_bytes()) {
        let range = secret.span.range();
        let Some(value) = edit.text.get(range.clone()) else { continue };
        let encoded = source.encode(value);
        let places: Vec<usize> =
            memchr::memmem::find_iter(&old[old_done..], &*encoded).map(|at| old_done + at).take(2).collect();
        // If it occurs twice, or is not a known secret there, we cannot tell which one stays.
        let &[place] = places.as_slice() else { continue };
        if !values.iter().any(|known| known.as_str() == value) {
            continue;
        }
        push(source, Span::new(start + old_done, start + place), &edit.text[new_done..range.start], out);
        (old_done, new_done) = (place + encoded.len(), range.end);
    }
    push(source, Span::new(start + old_done, edit.span.end as usize), &edit.text[new_done..], out);
}

/// Adds an edit without the parts that would not change.
fn push(source: &Source, span: Span, text: &str, out: &mut Vec<Edit>) {
    let old = source.bytes().get(span.range()).unwrap_or_default();
    if old == &*source.encode(text) {
        return;
    }
    out.push(Edit::new(span, text));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Safety, SourceKind};

    #[test]
    fn a_fix_is_made_smaller_or_taken_back() {
        let text = "<a href=\"http://x.example/?token=0123456789&a=1\">";
        let source = Source::from_text("a.html", text, SourceKind::Html);
        let at = text.find("http").unwrap();
        let span = Span::new(at, text.len() - 2);
        let fixed = |new: &str| {
            let edits = vec![Edit::new(span, new)];
            let mut found = [Diagnostic::error("x", span, "`0123456789` is here").fix("t", Safety::Safe, edits)];
            cover(&source, &mut found);
            let [finding] = found;
            assert_eq!(&*finding.message, "`01…` is here");
            finding.fix.map(|fix| fix.edits)
        };
        let edits = fixed("https://x.example/?token=0123456789&amp;a=1").unwrap();
        assert!(edits.iter().all(|edit| !edit.text.contains("0123")), "{edits:?}");
        let bytes = crate::source::edit::apply(&source, &edits).unwrap();
        assert_eq!(String::from_utf8(bytes).unwrap(), "<a href=\"https://x.example/?token=0123456789&amp;a=1\">");
        assert_eq!(fixed("https://x.example/?token=9876543210"), None);
    }
}
