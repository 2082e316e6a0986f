//! Turns link macros and bare ticket numbers into links, depending on where they are.
//!
//! ```text
//! Part --arguments--> Checked { url, text, look } --write, by place--> Rewritten { edits, diagnostics, links }
//!    bare ticket numbers --bare--> the same, if the message has no link to its ticket yet
//! ```

mod arguments;
mod attribute;
mod bare;
mod continuation;
mod in_address;
pub(crate) mod look;
mod macro_cache;
mod neighbours;
pub(crate) mod reply_markers;
pub(crate) mod rewritten;
mod write;

use std::collections::BTreeMap;
use std::sync::Arc;

use arguments::{Checked, Checker, broken};
pub(crate) use macro_cache::MacroCache;
pub(crate) use neighbours::is_whole_value;
use neighbours::{continues_address, goes_on, next_word};

use crate::config::settings::{Bare, Settings};
use crate::diagnostic::Diagnostic;
use crate::error::Error;
use crate::expand::look::Look;
use crate::expand::rewritten::{LinkChange, LinkOutcome, Rewritten, reason};
use crate::html::open_elements::{OpenElements, Surroundings};
use crate::interned::intern;
use crate::lint::rules::{macro_not_expandable, unclosed_anchor, unknown_macro};
use crate::parse::Parser;
use crate::parse::deep_link::{LinkForm, form_of, in_link};
use crate::parse::document::{Document, LinkMacro, MacroFlaw, Part, PartKind, Place};
use crate::parse::front_matter::Audience;
use crate::parse::reaches_over;
use crate::source::edit::Edit;
use crate::span::Span;
use crate::vocabulary::Vocabulary;

/// Expands the macros of a document; `has_ticket_link` says that its main body already links to its ticket.
pub(crate) fn expand<'v>(
    document: &Document,
    settings: &Settings,
    vocabulary: &'v Vocabulary,
    macros: &mut MacroCache<'v>,
    rewritten: &mut Rewritten,
    has_ticket_link: bool,
) -> Result<(), Error> {
    run(document, settings, vocabulary, macros, rewritten, has_ticket_link, true)
}

/// Adds what expanding the macros of a document would report, and discards everything else.
pub(crate) fn findings<'v>(
    document: &Document,
    settings: &Settings,
    vocabulary: &'v Vocabulary,
    macros: &mut MacroCache<'v>,
    found: &mut Vec<Diagnostic>,
) -> Result<(), Error> {
    let mut rewritten = Rewritten { diagnostics: std::mem::take(found), ..Rewritten::default() };
    let done = run(document, settings, vocabulary, macros, &mut rewritten, true, false);
    *found = rewritten.diagnostics;
    done
}

fn run<'v>(
    document: &Document,
    settings: &Settings,
    vocabulary: &'v Vocabulary,
    macros: &mut MacroCache<'v>,
    rewritten: &mut Rewritten,
    has_ticket_link: bool,
    writes: bool,
) -> Result<(), Error> {
    macros.begin(settings);
    let mut expansion = Expansion {
        document,
        settings,
        vocabulary,
        macros,
        rewritten,
        has_ticket_link,
        writes,
        handled: 0,
        waiting: Vec::new(),
        quoted: None,
        damaged: None,
        parser: None,
    };
    let mut walk =
        PartWalk { open_elements: OpenElements::of_links(document), bare: Vec::new(), inside_anchor: None, open: None };
    for part in document.parts() {
        expansion.part(part, &mut walk)?;
    }
    expansion.settle_waiting();
    let PartWalk { open_elements, bare, mut inside_anchor, .. } = walk;
    let wants_bare = match settings.bare {
        Bare::Off => false,
        Bare::First => !expansion.has_ticket_link,
        Bare::All => true,
    };
    if wants_bare && settings.audience != Some(Audience::Internal) {
        inside_anchor = inside_anchor.or(expansion.bare(&bare)?);
        expansion.settle_waiting();
    }
    for WaitingMacro { part, .. } in std::mem::take(&mut expansion.waiting) {
        expansion.rewritten.diagnostics.push(macro_not_expandable::runs_on(part.span));
        expansion.left(part);
    }
    if let Some(tag) = inside_anchor.filter(|&tag| open_elements.unclosed() == Some(tag)) {
        expansion.rewritten.diagnostics.push(unclosed_anchor::finding(tag));
    }
    Ok(())
}

/// The state while going through the parts of a document.
struct PartWalk<'a> {
    open_elements: OpenElements<'a>,
    /// Placeholders that may become links.
    bare: Vec<&'a Part>,
    /// The first anchor around a macro.
    inside_anchor: Option<Span>,
    /// The last macro that is never closed.
    open: Option<&'a Part>,
}

/// Whether a macro that is never closed would extend over another macro if that one were plain text.
fn swallows(document: &Document, open: &Part, inner: &Part) -> bool {
    let bytes = document.source().bytes();
    open.place == inner.place && reaches_over(bytes, open.span.start as usize, inner.span)
}

struct Expansion<'a, 'p, 'v> {
    document: &'a Document,
    settings: &'a Settings,
    vocabulary: &'v Vocabulary,
    macros: &'p mut MacroCache<'v>,
    rewritten: &'p mut Rewritten,
    has_ticket_link: bool,
    /// Whether to produce links, not just findings.
    writes: bool,
    /// How many macros were written or left unchanged.
    handled: usize,
    /// Macros that become an address once it is clear that what follows is not part of it.
    waiting: Vec<WaitingMacro<'a, 'v>>,
    /// The last unquoted value that was given quotes.
    quoted: Option<Span>,
    /// The last value that was checked, and whether it contains a damaged placeholder.
    damaged: Option<(Span, bool)>,
    /// Reads addresses in which something follows a macro.
    parser: Option<Parser<'v>>,
}

/// A macro that something else follows directly.
struct WaitingMacro<'a, 'v> {
    part: &'a Part,
    checked: Checked<'v>,
    around: Surroundings,
}

/// How many findings about one macro are given as reasons why it is left.
const REASONS: usize = 8;

/// Stands in for a byte that is not valid text.
const INVALID_BYTE: char = '\u{1a}';

impl<'a, 'v> Expansion<'a, '_, 'v> {
    fn part(&mut self, part: &'a Part, walk: &mut PartWalk<'a>) -> Result<(), Error> {
        if self.rewritten.leaves(part.span) {
            // A number that stays unchanged is not worth mentioning.
            if matches!(part.kind, PartKind::LinkMacro(_)) || part.place != Place::Text {
                self.rewritten.diagnostics.push(macro_not_expandable::glued(part.span));
                self.left(part);
            }
            return Ok(());
        }
        match &part.kind {
            PartKind::LinkMacro(_) if walk.open.is_some_and(|open| swallows(self.document, open, part)) => {
                // The next run would read the link as part of the macro before it.
                self.rewritten.diagnostics.push(macro_not_expandable::in_macro(part.span));
                self.left(part);
            }
            PartKind::LinkMacro(link_macro) => {
                let around = if part.place == Place::Text {
                    walk.open_elements.at(part.span.start as usize)
                } else {
                    Surroundings::default()
                };
                walk.inside_anchor = walk.inside_anchor.or(around.anchor);
                let before = self.handled + self.waiting.len();
                self.link_macro(part, link_macro, around)?;
                if self.handled + self.waiting.len() == before {
                    self.left(part);
                }
            }
            PartKind::BrokenMacro(flaw) => {
                // In a place where no link macro can be, there is nothing to fix in it.
                let no_place = macro_not_expandable::in_place(part.place, part.span);
                let finding = no_place.filter(|_| part.place == Place::Subject);
                self.rewritten.diagnostics.push(finding.unwrap_or_else(|| broken(self.document, part, *flaw)));
                self.left(part);
                walk.open = Some(part).filter(|_| *flaw == MacroFlaw::NeverClosed);
            }
            PartKind::Placeholder(_) | PartKind::Malformed(_) => match part.place {
                Place::Attribute(attribute) => self.whole_address(part, attribute)?,
                Place::Text => walk.bare.push(part),
                _ => {}
            },
            PartKind::FillIn => {}
        }
        Ok(())
    }

    fn link_macro(&mut self, part: &'a Part, link_macro: &LinkMacro, around: Surroundings) -> Result<(), Error> {
        let prefix = &link_macro.prefix;
        let vocabulary = self.vocabulary;
        let Some(target) = vocabulary.targets().iter().find(|target| target.prefix.eq_ignore_ascii_case(&prefix.text))
        else {
            self.rewritten.diagnostics.push(unknown_macro::finding(vocabulary, part.span, &prefix.text));
            return Ok(());
        };
        if let Some(diagnostic) = macro_not_expandable::in_place(part.place, part.span) {
            self.rewritten.diagnostics.push(diagnostic);
            return Ok(());
        }
        if let Place::Attribute(attribute) = part.place
            && let Some(diagnostic) = attribute::useless_in(self.document, part.span, attribute)
        {
            self.rewritten.diagnostics.push(diagnostic);
            return Ok(());
        }
        let links = self.document.links();
        let first = links.partition_point(|link| link.span.start < part.span.start);
        let holds_link = links.get(first).is_some_and(|link| part.span.covers(link.span));
        let outer = in_link(self.document, part.span);
        let outer_form = outer.and_then(|link| form_of(self.document, *link, self.vocabulary));
        if holds_link || outer_form.is_some() {
            self.rewritten.diagnostics.push(match outer_form {
                _ if holds_link => macro_not_expandable::around_link(part.span),
                Some(LinkForm::Wrapped(_)) => macro_not_expandable::in_gateway(part.span),
                _ => macro_not_expandable::in_link(part.span),
            });
            return Ok(());
        }
        let known = self.macros.find(self.document, part);
        let checked = match known.map(|known| known.checked.moved(0, part.span.start)) {
            Some(checked) => checked,
            None => {
                let before = self.rewritten.diagnostics.len();
                match self.checker().check(target, link_macro, part, &mut self.rewritten.diagnostics)? {
                    Ok(checked) => {
                        if self.rewritten.diagnostics.len() == before {
                            self.macros.remember(self.document, part, &checked);
                        }
                        checked
                    }
                    Err(diagnostics) => {
                        self.rewritten.diagnostics.extend(diagnostics);
                        return Ok(());
                    }
                }
            }
        };
        let writes_address = part.place == Place::PlainText
            || part.place == Place::Text
                && (checked.look == Look::Url || around.anchor.is_some() || around.takes_no_link);
        if !matches!(part.place, Place::Attribute(_)) && continues_address(self.document, part.span, writes_address) {
            self.rewritten.diagnostics.push(macro_not_expandable::in_other_address(part.span));
            return Ok(());
        }
        if writes_address && goes_on(next_word(self.document, part.span).1, part.place) {
            self.waiting.push(WaitingMacro { part, checked, around });
        } else {
            self.write(part, &checked, around);
        }
        Ok(())
    }

    fn checker(&self) -> Checker<'a, 'v> {
        Checker { document: self.document, settings: self.settings, vocabulary: self.vocabulary }
    }

    /// Writes the waiting macros that are now followed by a link, which ends their address.
    fn settle_waiting(&mut self) {
        if self.waiting.is_empty() {
            return;
        }
        let mut written: BTreeMap<u32, Arc<str>> =
            self.rewritten.edits.iter().map(|edit| (edit.span.start, edit.text.clone())).collect();
        let mut waiting = std::mem::take(&mut self.waiting);
        // Last one first: each macro depends on what the next one becomes.
        while let Some(WaitingMacro { part, checked, around }) = waiting.pop() {
            let (at, _) = next_word(self.document, part.span);
            if written.get(&at).is_none_or(|text| goes_on(text.as_bytes(), part.place)) {
                self.waiting.push(WaitingMacro { part, checked, around });
                continue;
            }
            let before = self.handled;
            self.write(part, &checked, around);
            if self.handled == before {
                self.left(part);
            } else if let Some(edit) = self.rewritten.edits.last() {
                written.insert(edit.span.start, edit.text.clone());
            }
        }
        self.waiting.reverse();
    }

    /// Lists a macro that stays unchanged in the table of links.
    fn left(&mut self, part: &Part) {
        self.handled += 1;
        if !self.writes {
            return;
        }
        let text = intern(&self.document.text(part.span));
        let (before, after) = (text.clone(), text);
        // The diagnostics about it were added last.
        let is_about = |finding: &&Diagnostic| part.span.covers(finding.span) || finding.span.covers(part.span);
        let count = self.rewritten.diagnostics.iter().rev().take_while(is_about).take(REASONS).count();
        let about = &self.rewritten.diagnostics[self.rewritten.diagnostics.len() - count..];
        let (outcome, reason) = (LinkOutcome::Reported, reason(about));
        self.rewritten.links.push(LinkChange { span: part.span, before, after, outcome, reason });
    }

    fn push(&mut self, span: Span, text: Arc<str>, url: String) {
        self.expanded(span, url);
        // The next link needs to know what this one begins with.
        self.rewritten.edits.push(Edit { span, text });
    }

    fn expanded(&mut self, span: Span, url: String) {
        self.handled += 1;
        if !self.writes {
            return;
        }
        let is_macro = |part: &Part| matches!(part.kind, PartKind::LinkMacro(_));
        match self.document.parts_in(span).first().is_some_and(is_macro) {
            true => self.rewritten.expanded += 1,
            false => self.rewritten.linked += 1,
        }
        let before = intern(&self.document.text(span));
        let (after, outcome) = (intern(&url), LinkOutcome::Expanded);
        self.rewritten.links.push(LinkChange { span, before, after, outcome, reason: None });
    }
}
