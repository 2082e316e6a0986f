//! The smallest change: bytes out, text in; and applying many changes to a template.

use std::sync::Arc;

use crate::error::{Error, ErrorKind};
use crate::interned::intern;
use crate::source::Source;
use crate::span::Span;
use crate::visible::visible;

/// Replaces a span of a template with a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The bytes to remove.
    pub span: Span,
    /// The text to insert.
    pub text: Arc<str>,
}

impl Edit {
    /// Replaces `span` with `text`.
    pub fn new(span: Span, text: impl AsRef<str>) -> Edit {
        Edit { span, text: intern(text.as_ref()) }
    }

    /// Deletes `span`.
    pub fn delete(span: Span) -> Edit {
        Edit::new(span, "")
    }
}

/// Applies edits to a source, and returns the bytes for the disk. Bytes outside the edits stay as they are.
///
/// # Errors
///
/// Edits that overlap or lie outside the source, and an encoding that cannot be written.
///
/// ```
/// use psalink::{Edit, Source, SourceKind, Span};
/// use psalink::source::edit;
/// let source = Source::from_text("a.html", "<p>[x]</p>", SourceKind::Html);
/// assert_eq!(edit::apply(&source, &[Edit::new(Span::new(4, 5), "y")])?, b"<p>[y]</p>");
/// # Ok::<(), psalink::Error>(())
/// ```
pub fn apply(source: &Source, edits: &[Edit]) -> Result<Vec<u8>, Error> {
    let bytes = source.bytes();
    if !edits.is_empty() {
        source.can_write()?;
    }
    let mut sorted: Vec<&Edit> = edits.iter().collect();
    sorted.sort_by_key(|edit| (edit.span.start, edit.span.end));
    let grown: usize = sorted.iter().map(|edit| edit.text.len()).sum();
    let mut out = Vec::with_capacity(bytes.len() + grown);
    let mut done = 0;
    for edit in sorted {
        let Span { start, end } = edit.span;
        if (start as usize) < done || end < start || end as usize > bytes.len() {
            let detail = format!("two changes overlap at byte {start}; this is a bug in psalink, please report it");
            return Err(Error::new(ErrorKind::Usage, detail).at(source.name()));
        }
        out.extend_from_slice(&bytes[done..start as usize]);
        if let Some(character) = source.lacks(&edit.text) {
            let detail = format!(
                "`{character}` cannot be written in {}; save the file as UTF-8, or use other characters",
                source.encoding()
            );
            return Err(Error::new(ErrorKind::Encoding, detail).at(source.name()));
        }
        out.extend_from_slice(&source.encode(&edit.text));
        done = end as usize;
    }
    out.extend_from_slice(&bytes[done..]);
    Ok(source.to_disk(out))
}

/// Printed above a diff that `patch` must not be used with.
const NO_PATCH: &str =
    "# Passwords and tokens in links are shown as `…`, so this diff is for reading only: it is not a patch.\n";

/// A unified diff between two states of a file, for people and, if the file is UTF-8, for `patch`.
///
/// Passwords and tokens in links are masked; a diff with a masked one says that it is not a patch.
pub fn diff(name: &str, before: &Source, after: &Source) -> String {
    let old = before.quoted(Span::new(0, before.bytes().len()));
    let new = after.quoted(Span::new(0, after.bytes().len()));
    let is_masked = !(before.secrets().is_empty() && after.secrets().is_empty());
    let diff = similar::TextDiff::configure()
        .algorithm(similar::Algorithm::Myers)
        .timeout(std::time::Duration::from_secs(5))
        .diff_lines(&*old, &*new)
        .unified_diff()
        .context_radius(3)
        .header(&format!("a/{}", visible(name)), &format!("b/{}", visible(name)))
        .to_string();
    if is_masked && diff.contains('…') { format!("{NO_PATCH}{diff}") } else { diff }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SourceKind;

    #[test]
    fn keeps_every_other_byte() {
        let bytes = b"\xEF\xBB\xBFa\r\n\xFF[x]\0".to_vec();
        let source = Source::read("a.html", bytes.clone(), SourceKind::Html, None).unwrap();
        assert_eq!(apply(&source, &[]).unwrap(), bytes);
        let edited = apply(&source, &[Edit::new(Span::new(8, 9), "é"), Edit::delete(Span::new(3, 4))]).unwrap();
        assert_eq!(edited, b"\xEF\xBB\xBF\r\n\xFF[\xC3\xA9]\0");
    }

    #[test]
    fn refuses_overlaps() {
        let source = Source::from_text("a.html", "abcdef", SourceKind::Html);
        let overlap = [Edit::new(Span::new(0, 3), "x"), Edit::new(Span::new(2, 4), "y")];
        assert!(apply(&source, &overlap).is_err());
        assert!(apply(&source, &[Edit::new(Span::new(5, 9), "x")]).is_err());
        let neighbours = [Edit::new(Span::new(0, 3), "x"), Edit::new(Span::new(3, 4), "y")];
        assert_eq!(apply(&source, &neighbours).unwrap(), b"xyef");
    }

    #[test]
    fn writes_in_the_encoding_of_the_file() {
        let bytes: Vec<u8> = "\u{feff}[x]".encode_utf16().flat_map(u16::to_be_bytes).collect();
        let source = Source::read("a.html", bytes, SourceKind::Html, None).unwrap();
        let edited = apply(&source, &[Edit::new(Span::new(1, 2), "é")]).unwrap();
        assert_eq!(edited, b"\xFE\xFF\0[\0\xE9\0]");
    }

    #[test]
    fn shows_a_unified_diff() {
        let before = Source::from_text("a.html", "a\nb\n", SourceKind::Html);
        let after = Source::from_text("a.html", "a\nc\n", SourceKind::Html);
        assert_eq!(diff("a.html", &before, &after), "--- a/a.html\n+++ b/a.html\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n");
    }
}
