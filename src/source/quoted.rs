//! What may be shown of a template: its text, with secrets masked.

use std::borrow::Cow;

use super::Source;
use crate::secret::REST;
use crate::span::Span;

impl Source {
    /// The text of a span with its secrets masked, as messages, code frames and tables show it.
    ///
    /// Secrets are found in the whole template, so a part of one is masked too.
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

    /// Whether a span contains no secret.
    pub(crate) fn is_quoted_as_written(&self, span: Span) -> bool {
        let secrets = self.secrets();
        let first = secrets.partition_point(|secret| secret.span.end <= span.start);
        secrets.get(first).is_none_or(|secret| secret.span.start >= span.end)
    }
}
