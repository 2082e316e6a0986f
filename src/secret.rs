//! Passwords and tokens in links: where they are, and what is shown in their place.
//!
//! A secret is the value of a parameter that `grammar/secrets.yaml` lists, or a password before `@`; in a link, in a link
//! inside another, in a macro. A value that holds a placeholder is none: something else writes it.
//!
//! Everything that *quotes or lists* what a user wrote passes through this file: [`mask`] for a text,
//! [`Source::quoted`](crate::Source::quoted) for a stretch of a template, [`cover`] for findings. [`Error`](crate::Error)
//! and [`Diagnostic`] mask what they are given. What is *applied, saved, sent or copied* never does.
//!
//! More is masked than the rules report, where that costs nothing: a name in any place where it begins a word, signatures
//! of links that are meant to be given away, a password that runs over a stray `#` or `&`.

mod find;
mod names;
mod value;
mod word;

use std::borrow::Cow;

use crate::diagnostic::{Diagnostic, Fix};
use crate::edit::Edit;
use crate::source::Source;
use crate::span::Span;

pub(crate) use find::find;
pub(crate) use names::Kind;

/// A secret in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Secret {
    /// Its bytes.
    pub span: Span,
    /// The end of what of it may be shown.
    shown: usize,
    /// What it is.
    pub kind: Kind,
    /// The host of the link that it stands in, in lower case, or nothing where that has none; none outside of a link.
    pub link: Option<String>,
    /// Whether a rule reports it in a link to another host.
    pub report: bool,
}

/// Stands for what is not shown.
const REST: &str = "…";

/// How many characters of a secret are shown.
const SHOWN: usize = 2;

/// How many characters a secret has of which some are shown.
const SHORT: usize = 8;

/// A text with its secrets masked: of each the first two characters and `…`, and of one with fewer than 8 characters `…`
/// alone.
///
/// For whatever quotes or lists a link. What is written, sent or copied is never masked.
///
/// ```
/// use psalink::mask;
/// assert_eq!(mask("https://acme.example/?token=0123456789&id=1"), "https://acme.example/?token=01…&id=1");
/// assert_eq!(mask("https://bob:hunter2@acme.example/"), "https://bob:…@acme.example/");
/// assert_eq!(mask("https://acme.example/?token=[contactid]"), "https://acme.example/?token=[contactid]");
/// ```
pub fn mask(text: &str) -> Cow<'_, str> {
    let secrets = find(text.as_bytes());
    if secrets.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for secret in &secrets {
        out.push_str(text.get(done..secret.shown).unwrap_or_default());
        out.push_str(REST);
        done = secret.span.end as usize;
    }
    out.push_str(text.get(done..).unwrap_or_default());
    Cow::Owned(out)
}

/// The same for a text that is one's own.
pub(crate) fn masked(text: String) -> String {
    match mask(&text) {
        Cow::Borrowed(_) => text,
        Cow::Owned(masked) => masked,
    }
}

/// A secret without the link around it, as it is shown.
pub(crate) fn mask_value(value: &str) -> String {
    if is_masked(value.as_bytes()) {
        return value.to_owned();
    }
    let shown = value.get(..shown_len(value.as_bytes())).unwrap_or_default();
    format!("{shown}{REST}")
}

/// How many bytes of a secret are shown.
fn shown_len(text: &[u8]) -> usize {
    let letters = text.iter().enumerate().filter(|(_, byte)| **byte & 0xC0 != 0x80).map(|(at, _)| at);
    let letters: Vec<usize> = letters.take(SHORT).collect();
    if letters.len() == SHORT { letters[SHOWN] } else { 0 }
}

/// Whether a value has nothing to hide: it is empty, masked already, or stands for one that is still to come.
fn is_masked(value: &[u8]) -> bool {
    let is_mask = memchr::memmem::find(value, REST.as_bytes())
        .is_some_and(|at| String::from_utf8_lossy(&value[..at]).chars().count() <= SHOWN);
    is_mask || value.iter().all(|byte| b"*.xX-_ ".contains(byte))
}

impl Source {
    /// The text of a span with its secrets masked: what messages, frames and tables show of a template.
    ///
    /// The secret itself is found in the whole template, so that a part of it is masked too.
    ///
    /// ```
    /// use psalink::{Source, SourceKind, Span};
    /// let source = Source::from_text("a.html", "<a href='https://x.example/?token=0123456789'>", SourceKind::Html);
    /// assert_eq!(source.quoted(Span::new(28, 44)), "token=01…");
    /// assert_eq!(source.quoted(Span::new(40, 44)), "…");
    /// ```
    pub fn quoted(&self, span: Span) -> Cow<'_, str> {
        let secrets = self.secrets();
        let first = secrets.partition_point(|secret| secret.span.end <= span.start);
        let inside = secrets[first..].iter().take_while(|secret| secret.span.start < span.end);
        if span.is_empty() || self.is_quoted_as_written(span) {
            return self.text(span);
        }
        let mut out = String::new();
        let mut done = span.start as usize;
        for secret in inside {
            if secret.shown > done {
                out.push_str(&self.text(Span::new(done, secret.shown.min(span.end as usize))));
            }
            if span.end as usize > secret.shown {
                out.push_str(REST);
            }
            done = secret.span.end as usize;
        }
        if done < span.end as usize {
            out.push_str(&self.text(Span::new(done, span.end as usize)));
        }
        Cow::Owned(out)
    }

    /// Whether no secret stands in a span.
    pub(crate) fn is_quoted_as_written(&self, span: Span) -> bool {
        let secrets = self.secrets();
        let first = secrets.partition_point(|secret| secret.span.end <= span.start);
        secrets.get(first).is_none_or(|secret| secret.span.start >= span.end)
    }
}

/// How far from a finding the secrets are that it may quote.
const NEAR: u32 = 2048;

/// Masks what findings quote of a template: also a value without its name. A fix that would hold a secret is made
/// smaller, or taken back.
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
            finding.add_note("no fix is offered: it would write the password or token of this link once more".into());
        }
    }
}

/// A secret as it is written, and as a program reads it.
fn forms(source: &Source, secret: &Secret) -> Vec<String> {
    let written = source.text(secret.span).into_owned();
    let read = crate::link::percent_decode(&htmlize::unescape_attribute(&*written));
    if read == written { vec![written] } else { vec![written, read] }
}

/// Masks values in a text: long ones wherever they are, short ones where they are quoted alone.
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

/// Changes a fix so that no edit holds a secret: what stays as it is stays outside of the edits. Gives `false` where that
/// cannot be.
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

/// An edit as several, around the secrets that are in the old text and in the new one.
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
        // Where it occurs twice, or is no known secret there, no one can say which of them stays.
        let &[place] = places.as_slice() else { continue };
        if !values.iter().any(|known| known.as_str() == value) {
            continue;
        }
        push(source, Span::new(start + old_done, start + place), &edit.text[new_done..range.start], out);
        (old_done, new_done) = (place + encoded.len(), range.end);
    }
    push(source, Span::new(start + old_done, edit.span.end as usize), &edit.text[new_done..], out);
}

/// Adds an edit without what it would not change.
fn push(source: &Source, span: Span, text: &str, out: &mut Vec<Edit>) {
    let old = source.bytes().get(span.range()).unwrap_or_default();
    if old == &*source.encode(text) {
        return;
    }
    out.push(Edit::new(span, text));
}

#[cfg(test)]
mod tests;
