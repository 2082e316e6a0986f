//! A rule: what it is called, how bad what it finds is, and how it looks.

use std::borrow::Cow;

use crate::diagnostic::{Diagnostic, Level};
use crate::lint::{Checkup, PortalLink, Token};
use crate::span::Span;

/// One thing that a check looks for.
#[derive(Debug)]
pub struct Rule {
    /// Its name, which names the mistake: `unfilled-host`.
    pub name: &'static str,
    /// How bad it is; some findings of a rule may weigh less.
    pub level: Level,
    /// When it is reported.
    pub when: When,
    /// What it notices, in one line.
    pub summary: &'static str,
    /// Its page: what it notices, why it matters, examples. The examples are its tests.
    pub page: &'static str,
    /// How it looks.
    pub check: Check,
}

/// When a rule is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Always.
    On,
    /// Always, but only the first finding of a file.
    OncePerFile,
    /// Always, but only the first of its notes in a file.
    NotesOncePerFile,
    /// Only when it is selected.
    Off,
}

/// How a rule looks at a template.
#[derive(Clone, Copy, Debug)]
pub enum Check {
    /// At the whole template.
    Template(fn(&Checkup<'_>, &mut Vec<Diagnostic>)),
    /// At each link of the portal, as `psalink rewrite` does too.
    Link(fn(&Checkup<'_>, &PortalLink<'_>, &mut Vec<Diagnostic>)),
    /// At each link of the portal as above, and at the whole template for the links of others.
    Links(fn(&Checkup<'_>, &PortalLink<'_>, &mut Vec<Diagnostic>), fn(&Checkup<'_>, &mut Vec<Diagnostic>)),
    /// At each link of the portal that a mail gateway has wrapped, and at the link inside as it should be, where that can
    /// be told.
    Wrapped(fn(&Checkup<'_>, &PortalLink<'_>, Option<&str>, &mut Vec<Diagnostic>)),
    /// At each placeholder, whole or damaged; `psalink rewrite` asks about those in links.
    Placeholder(fn(&Checkup<'_>, &Token<'_>, &mut Vec<Diagnostic>)),
    /// At nothing of its own: it is what expanding the link macros would report.
    Macro,
    /// At the comments that allow findings, once everything else is known.
    Allow,
}

impl Rule {
    /// A finding of this rule.
    pub(crate) fn at(&self, span: Span, message: impl Into<Cow<'static, str>>) -> Diagnostic {
        self.weighing(self.level, span, message)
    }

    /// A finding of this rule that weighs more or less than usual.
    pub(crate) fn weighing(&self, level: Level, span: Span, message: impl Into<Cow<'static, str>>) -> Diagnostic {
        match level {
            Level::Error => Diagnostic::error(self.name, span, message),
            Level::Warning => Diagnostic::warning(self.name, span, message),
            Level::Note => Diagnostic::note(self.name, span, message),
        }
    }
}
