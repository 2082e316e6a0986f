//! A rule: its name, how serious its findings are, and what it checks.

use std::borrow::Cow;

use crate::diagnostic::{Diagnostic, Level};
use crate::html::element::Elements;
use crate::html::scan::Attribute;
use crate::lint::tags::TagKind;
use crate::lint::{Address, Anchor, Context, Inner, PortalLink, Tag, Token};
use crate::parse::document::{Document, Part};
use crate::parse::places::Places;
use crate::span::Span;

/// One problem that lint looks for.
#[derive(Debug)]
pub struct Rule {
    /// Its name, which describes the problem: `unfilled-host`.
    pub name: &'static str,
    /// How serious its findings usually are.
    pub level: Level,
    /// The cases in which a finding has another level.
    pub also: &'static [Case],
    /// When it is reported.
    pub when: When,
    /// Whether `psalink rewrite` fixes its findings in links.
    pub rewrite: Rewrite,
    /// What it finds, in one line.
    pub summary: &'static str,
    /// Its page: what it finds, why it matters, examples. The examples are its tests.
    pub page: &'static str,
    /// What it runs on.
    pub(crate) checks: &'static [Check],
}

/// A case in which a finding is more or less serious than usual.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Case {
    /// The level in this case.
    pub level: Level,
    /// The case as the end of a sentence: `in a link macro`.
    pub when: &'static str,
}

/// When a rule is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Always.
    On,
    /// Always, but only the first finding in a file.
    OncePerFile,
    /// Always, but only its first note in a file.
    NotesOncePerFile,
    /// Always, but for each name in a file only its first note.
    NotesOncePerName,
    /// Only when it is selected.
    Off,
}

/// What `psalink rewrite` does about a finding in a link, which it checks anyway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rewrite {
    /// Leaves it to `psalink lint --fix` and to the author.
    Leaves,
    /// Makes a safe fix.
    Fixes,
    /// Also makes a suggested fix, with `--unsafe-fixes`.
    FixesIfAsked,
}

/// What a rule runs on, and the function.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Check {
    /// The template, before all other checks; if it finds something, any other finding would be misleading.
    First(fn(&Document) -> Option<Diagnostic>),
    /// The template as a whole.
    Template(fn(&Context<'_>, &mut Vec<Diagnostic>)),
    /// Each start tag with one of these names.
    Elements(Elements, fn(&Context<'_>, &Tag, &mut Vec<Diagnostic>)),
    /// Each start tag of a kind.
    Tags(TagKind, fn(&Context<'_>, &Tag, &mut Vec<Diagnostic>)),
    /// In each tag that has one, the first attribute that begins with `on` and has a value.
    Handlers(fn(&Context<'_>, &Tag, &Attribute, &mut Vec<Diagnostic>)),
    /// Each `<a>`.
    Anchors(fn(&Context<'_>, &Anchor, &mut Vec<Diagnostic>)),
    /// Each address in an attribute.
    Addresses(fn(&Context<'_>, &Address, &mut Vec<Diagnostic>)),
    /// Each placeholder and macro, whole or damaged, and each text in brackets.
    Parts(fn(&Context<'_>, &Part, &mut Vec<Diagnostic>)),
    /// All parts at once, for a rule that remembers what it has seen.
    AllParts(fn(&Context<'_>, &mut Vec<Diagnostic>)),
    /// Each position of one of these bytes, at most three; the function returns where to continue.
    Bytes(&'static [u8], fn(&Context<'_>, &mut Places<'_>, usize, &mut Vec<Diagnostic>) -> usize),
    /// Each style sheet in the template.
    StyleSheets(fn(&Context<'_>, Span, &mut Vec<Diagnostic>)),
    /// The subject, from its own file or from the settings at the top of a template.
    Subject(fn(&Context<'_>, &str, Span, &mut Vec<Diagnostic>)),
    /// Each portal link; `psalink rewrite` runs these too.
    Link(fn(&Context<'_>, &PortalLink<'_>, &mut Vec<Diagnostic>)),
    /// Each link that a mail gateway has wrapped, and the address inside as it should be, if that is known.
    Wrapped(fn(&Context<'_>, &PortalLink<'_>, Option<&Inner>, &mut Vec<Diagnostic>)),
    /// Each placeholder, whole or damaged; `psalink rewrite` runs these for links.
    Placeholder(fn(&Context<'_>, &Token<'_>, &mut Vec<Diagnostic>)),
    /// Nothing by itself: the findings come from expanding the link macros.
    Macro,
    /// The comments that allow findings, after all other checks.
    Allow,
}

impl Rule {
    /// Its levels in words, and when it is reported: `Warning; error in a link macro.`
    ///
    /// ```
    /// let rule = psalink::lint::rule("unexpected-host")?;
    /// assert_eq!(rule.severity(), "Note. Only the first in a file is reported.");
    /// # Ok::<(), psalink::Error>(())
    /// ```
    pub fn severity(&self) -> String {
        let mut usual = self.level.name().to_owned();
        if let Some(first) = usual.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        let others = self.also.iter().map(|case| format!("; {} {}", case.level.name(), case.when));
        let when = match self.when {
            When::On => "",
            When::OncePerFile => " Only the first in a file is reported.",
            When::NotesOncePerFile => " Only the first note in a file is reported.",
            When::NotesOncePerName => " Only the first note about each name in a file is reported.",
            When::Off => " Off by default.",
        };
        let rewrite = match self.rewrite {
            Rewrite::Leaves => "",
            Rewrite::Fixes => " In a portal link, `psalink rewrite` fixes it too.",
            Rewrite::FixesIfAsked => " `psalink rewrite --unsafe-fixes` fixes it too.",
        };
        format!("{usual}{}.{when}{rewrite}", others.collect::<String>())
    }

    /// Whether it judges where an address leads, or a value in it.
    ///
    /// What such a rule finds in the address of a link is also reported for that link wherever the message is shown; an
    /// error means that the link does not work. These are the rules that check links, addresses, attributes,
    /// placeholders and macros. All others judge how the file is written, which does not change where a link leads: a
    /// `&` that should be `&amp;`, a link without text, two links that differ.
    ///
    /// ```
    /// let judges = |name| psalink::lint::rule(name).map(|rule| rule.judges_addresses());
    /// assert!(judges("unknown-command")? && judges("unknown-placeholder")? && !judges("unescaped-ampersand")?);
    /// # Ok::<(), psalink::Error>(())
    /// ```
    pub fn judges_addresses(&self) -> bool {
        self.checks.iter().any(|check| match check {
            Check::Link(_)
            | Check::Wrapped(_)
            | Check::Addresses(_)
            | Check::Tags(..)
            | Check::Handlers(_)
            | Check::Parts(_)
            | Check::AllParts(_)
            | Check::Placeholder(_)
            | Check::Macro => true,
            Check::First(_)
            | Check::Template(_)
            | Check::Elements(..)
            | Check::Anchors(_)
            | Check::Bytes(..)
            | Check::StyleSheets(_)
            | Check::Subject(_)
            | Check::Allow => false,
        })
    }

    /// A finding of this rule.
    pub(crate) fn at(&self, span: Span, message: impl Into<Cow<'static, str>>) -> Diagnostic {
        self.finding(self.level, span, message.into())
    }

    /// A finding of this rule, in one of its cases.
    pub(crate) fn at_in(&self, case: Case, span: Span, message: impl Into<Cow<'static, str>>) -> Diagnostic {
        self.in_case(case, self.finding(self.level, span, message.into()))
    }

    /// The same finding, in one of the rule's cases.
    pub(crate) fn in_case(&self, case: Case, mut finding: Diagnostic) -> Diagnostic {
        debug_assert!(finding.rule == self.name && self.also.contains(&case), "{} has no case {case:?}", self.name);
        finding.level = case.level;
        finding
    }

    fn finding(&self, level: Level, span: Span, message: Cow<'static, str>) -> Diagnostic {
        match level {
            Level::Error => Diagnostic::error(self.name, span, message),
            Level::Warning => Diagnostic::warning(self.name, span, message),
            Level::Note => Diagnostic::note(self.name, span, message),
        }
    }
}
