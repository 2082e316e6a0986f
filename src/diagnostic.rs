//! What is wrong in a template, where, and how to fix it.

use std::borrow::Cow;
use std::sync::Arc;

use crate::interned::{intern, intern_as};
use crate::secret::mask;
use crate::source::edit::Edit;
use crate::span::Span;

/// One problem in a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The rule that reports it: `unknown-command`.
    pub rule: &'static str,
    /// How serious it is.
    pub level: Level,
    /// The bytes that it is about.
    pub span: Span,
    /// What is wrong, in the user's terms.
    pub message: Arc<str>,
    /// What else is worth knowing. Few findings have notes, and a template may have as many findings as characters.
    #[expect(clippy::box_collection, reason = "a pointer instead of three words in each finding")]
    notes: Option<Box<Vec<Arc<str>>>>,
    /// Other places in the file that it also covers; few findings have any.
    #[expect(clippy::box_collection, reason = "a pointer instead of three words in each finding")]
    more: Option<Box<Vec<Span>>>,
    /// What to do.
    pub help: Option<Arc<str>>,
    /// The change that fixes it.
    pub fix: Option<Box<Fix>>,
}

/// How serious a diagnostic is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Good to know.
    Note,
    /// Something that a customer would notice.
    Warning,
    /// A link that cannot work, or that reveals something.
    Error,
}

/// A change that fixes a diagnostic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What it does, worded like a button label.
    pub title: Arc<str>,
    /// How certain the fix is.
    pub safety: Safety,
    /// The changes.
    pub edits: Vec<Edit>,
}

/// How certain a fix is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Safety {
    /// Only shown, never applied.
    Shown,
    /// Probably what was meant.
    Suggested,
    /// Every recipient sees the same message, or one that now works.
    Safe,
}

impl Diagnostic {
    /// An error about a span.
    pub fn error(rule: &'static str, span: Span, message: impl Into<Cow<'static, str>>) -> Diagnostic {
        Diagnostic::new(rule, Level::Error, span, message.into())
    }

    /// A warning about a span.
    pub fn warning(rule: &'static str, span: Span, message: impl Into<Cow<'static, str>>) -> Diagnostic {
        Diagnostic::new(rule, Level::Warning, span, message.into())
    }

    /// A note about a span.
    pub fn note(rule: &'static str, span: Span, message: impl Into<Cow<'static, str>>) -> Diagnostic {
        Diagnostic::new(rule, Level::Note, span, message.into())
    }

    fn new(rule: &'static str, level: Level, span: Span, message: Cow<'static, str>) -> Diagnostic {
        let message = shared_text(message);
        Diagnostic { rule, level, span, message, notes: None, more: None, help: None, fix: None }
    }

    /// The same diagnostic, with what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<Cow<'static, str>>) -> Diagnostic {
        self.help = Some(shared_text(help.into()));
        self
    }

    /// The same diagnostic, with something else worth knowing.
    #[must_use]
    pub fn with_note(mut self, note: impl Into<Cow<'static, str>>) -> Diagnostic {
        self.add_note(shared_text(note.into()));
        self
    }

    /// What else is worth knowing.
    pub fn notes(&self) -> &[Arc<str>] {
        self.notes.as_deref().map_or(&[], Vec::as_slice)
    }

    pub(crate) fn notes_mut(&mut self) -> &mut [Arc<str>] {
        self.notes.as_deref_mut().map_or(&mut [], Vec::as_mut_slice)
    }

    /// Adds something else worth knowing.
    pub fn add_note(&mut self, note: Arc<str>) {
        let notes = self.notes.get_or_insert_default();
        notes.reserve_exact(1);
        notes.push(note);
    }

    /// Every place in the file that it is about: its own, and the others that it covers if one finding is enough for
    /// all.
    pub fn places(&self) -> impl Iterator<Item = Span> {
        std::iter::once(self.span).chain(self.more.iter().flat_map(|more| more.iter().copied()))
    }

    /// Makes it cover other places too, and adds a note that says how many.
    pub(crate) fn stand_for(&mut self, more: Vec<Span>) {
        self.add_note(format!("{} more in this file", more.len()).into());
        self.more = Some(Box::new(more));
    }

    /// The same diagnostic, with a fix.
    #[must_use]
    pub fn fix(mut self, title: impl Into<Cow<'static, str>>, safety: Safety, edits: Vec<Edit>) -> Diagnostic {
        self.fix = Some(Box::new(Fix { title: shared_text(title.into()), safety, edits }));
        self
    }
}

impl Level {
    /// `error`, `warning`, `note`.
    pub fn name(self) -> &'static str {
        match self {
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Note => "note",
        }
    }
}

/// A text without secrets, shared with earlier equal texts: a template may have as many findings as characters.
fn shared_text(text: Cow<'static, str>) -> Arc<str> {
    match text {
        // psalink's own texts contain nothing from a template.
        Cow::Borrowed(text) => intern(text),
        Cow::Owned(text) => intern_as(&text, |text| match mask(text) {
            Cow::Borrowed(_) => None,
            Cow::Owned(masked) => Some(masked),
        }),
    }
}
