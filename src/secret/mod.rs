//! Passwords and tokens in links: where they are, and what is shown instead.
//!
//! ```text
//! text --find--> [Secret] --mask--> the same text, most of each value replaced
//! ```
//!
//! A secret is the value of a parameter listed in `grammar/secrets.yaml`, or a password before `@`: in a link, in a
//! link inside another link, or in a macro. A value that contains a placeholder is not a secret, since something else
//! writes it.
//!
//! Everything that *quotes or lists* what a user wrote passes through this module: [`mask`] for a text,
//! [`Source::quoted`](crate::Source::quoted) for a span of a template, `lint::cover` for findings.
//! [`Error`](crate::Error) and [`Diagnostic`](crate::Diagnostic) mask what they are given. What is *applied, saved,
//! sent or copied* is never masked.
//!
//! More is masked than the rules report, where that costs nothing: a name wherever it begins a word, signatures in
//! links that are meant to be shared, a password that extends past a stray `#` or `&`.

mod bounds;
mod find;
mod names;
mod shown;
mod triggers;
mod value;
mod word;

use std::borrow::Cow;

pub(crate) use find::find;
pub(crate) use names::{SecretKind, is_reported};
use shown::shown_len;
pub(crate) use shown::{REST, Secret, is_masked};

/// A text with its secrets masked: each is shown as its first two characters and `…`, or just `…` if it has fewer than
/// 8 characters.
///
/// For anything that quotes or lists a link. What is written, sent or copied is never masked.
///
/// ```
/// use psalink::secret::mask;
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

/// The same for an owned text.
pub(crate) fn masked(text: String) -> String {
    match mask(&text) {
        Cow::Borrowed(_) => text,
        Cow::Owned(masked) => masked,
    }
}

/// A secret without the link around it, masked for display.
pub(crate) fn mask_value(value: &str) -> String {
    if is_masked(value.as_bytes()) {
        return value.to_owned();
    }
    let shown = value.get(..shown_len(value.as_bytes())).unwrap_or_default();
    format!("{shown}{REST}")
}

#[cfg(test)]
mod tests;
