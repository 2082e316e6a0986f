//! Turns link macros and bare ticket numbers into links, depending on their place.

mod arguments;
pub(crate) mod look;
mod macro_cache;
mod neighbours;
pub(crate) mod reply_markers;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use arguments::{Checked, Checker, broken};
pub(crate) use macro_cache::MacroCache;
pub(crate) use neighbours::is_whole_value;
use neighbours::{goes_on, is_glued, next_word};

use crate::config::settings::{Bare, Settings};
use crate::diagnostic::Diagnostic;
use crate::error::Error;
use crate::expand::look::{Branch, Look};
use crate::expand::reply_markers::ReplyMarkers;
use crate::html::open_elements::{Outline, Surroundings};
use crate::html::scan::Quote;
use crate::interned::intern;
use crate::lint::rules::{macro_not_expandable, unclosed_anchor, unknown_macro};
use crate::lint::{foreign_placeholder as foreign, html_in_attribute};
use crate::parse::deep_link::{self, Ampersand, in_link, is_ours};
use crate::parse::document::{
    AttributePlace, AttributeRole, Document, Flaw, LinkMacro, MacroFlaw, Part, PartKind, Piece, Place,
};
use crate::parse::front_matter::Audience;
use crate::parse::reaches_over;
use crate::rewrite::rewritten::{LinkChange, LinkOutcome, Rewritten};
use crate::source::edit::Edit;
use crate::span::Span;
use crate::vocabulary::{ValueKind, Vocabulary};

/// Expands the macros of a document; `has_ticket_link` says that its main body links to its ticket already.
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

/// Adds what expanding the macros of a document would report; nothing else is kept.
pub(crate) fn findings(
    document: &Document,
    settings: &Settings,
    vocabulary: &Vocabulary,
    found: &mut Vec<Diagnostic>,
) -> Result<(), Error> {
    let mut rewritten = Rewritten { diagnostics: std::mem::take(found), ..Rewritten::default() };
    let done = run(document, settings, vocabulary, &mut MacroCache::default(), &mut rewritten, true, false);
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
    };
    let mut outline = Outline::of_links(document);
    let mut bare = Vec::new();
    let mut inside_anchor = None;
    // The last macro that is never closed.
    let mut open: Option<&Part> = None;
    for part in document.parts() {
        if expansion.rewritten.leaves(part.span) {
            // A number that stays needs no word.
            if matches!(part.kind, PartKind::LinkMacro(_)) || part.place != Place::Text {
                expansion.rewritten.diagnostics.push(macro_not_expandable::glued(part.span));
                expansion.left(part);
            }
            continue;
        }
        match &part.kind {
            PartKind::LinkMacro(_) if open.is_some_and(|open| swallows(document, open, part)) => {
                // The next run would read the link as a part of the macro before it.
                expansion.rewritten.diagnostics.push(macro_not_expandable::in_macro(part.span));
                expansion.left(part);
            }
            PartKind::LinkMacro(link_macro) => {
                let around = if part.place == Place::Text {
                    outline.at(part.span.start as usize)
                } else {
                    Surroundings::default()
                };
                inside_anchor = inside_anchor.or(around.anchor);
                let before = expansion.handled + expansion.waiting.len();
                expansion.link_macro(part, link_macro, around)?;
                if expansion.handled + expansion.waiting.len() == before {
                    expansion.left(part);
                }
            }
            PartKind::BrokenMacro(flaw) => {
                expansion.rewritten.diagnostics.push(broken(document, part, *flaw));
                expansion.left(part);
                open = Some(part).filter(|_| *flaw == MacroFlaw::NeverClosed);
            }
            PartKind::Placeholder(_) | PartKind::Malformed(_) => match part.place {
                Place::Attribute(attribute) => expansion.whole_address(part, attribute)?,
                Place::Text => bare.push(part),
                _ => {}
            },
            PartKind::FillIn => {}
        }
    }
    expansion.settle_waiting();
    let wants_bare = match settings.bare {
        Bare::Off => false,
        Bare::First => !expansion.has_ticket_link,
        Bare::All => true,
    };
    if wants_bare && settings.audience != Some(Audience::Internal) {
        inside_anchor = inside_anchor.or(expansion.bare(&bare)?);
        expansion.settle_waiting();
    }
    for Waiting { part, .. } in std::mem::take(&mut expansion.waiting) {
        expansion.rewritten.diagnostics.push(macro_not_expandable::runs_on(part.span));
        expansion.left(part);
    }
    if let Some(tag) = inside_anchor.filter(|&tag| outline.unclosed() == Some(tag)) {
        expansion.rewritten.diagnostics.push(unclosed_anchor::finding(tag));
    }
    Ok(())
}

/// Whether a macro that is never closed would reach over another one if that were no macro.
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
    /// Whether the links are wanted, not only what there is to say of them.
    writes: bool,
    /// How many macros were written or left.
    handled: usize,
    /// Macros that become an address as soon as what follows is known not to be part of it.
    waiting: Vec<Waiting<'a, 'v>>,
    /// The unquoted value that gained quotes last.
    quoted: Option<Span>,
    /// The value that was looked at last, and whether it holds a damaged placeholder.
    damaged: Option<(Span, bool)>,
}

/// A macro directly followed by something else.
struct Waiting<'a, 'v> {
    part: &'a Part,
    checked: Checked<'v>,
    around: Surroundings,
}

/// Replaces a byte that is not valid text.
const NO_LETTER: char = '\u{1a}';

impl<'a, 'v> Expansion<'a, '_, 'v> {
    fn link_macro(&mut self, part: &'a Part, link_macro: &LinkMacro, around: Surroundings) -> Result<(), Error> {
        let prefix = &link_macro.prefix;
        let vocabulary = self.vocabulary;
        let Some(target) = vocabulary.targets().iter().find(|it| it.prefix.eq_ignore_ascii_case(&prefix.text)) else {
            self.rewritten.diagnostics.push(unknown_macro::finding(vocabulary, part.span, &prefix.text));
            return Ok(());
        };
        if let Some(diagnostic) = macro_not_expandable::in_place(part.place, part.span) {
            self.rewritten.diagnostics.push(diagnostic);
            return Ok(());
        }
        let links = self.document.links();
        let first = links.partition_point(|link| link.span.start < part.span.start);
        let holds_link = links.get(first).is_some_and(|link| part.span.covers(link.span));
        let is_in_link =
            in_link(self.document, part.span).is_some_and(|link| is_ours(self.document, *link, self.vocabulary));
        if holds_link || is_in_link {
            self.rewritten.diagnostics.push(if holds_link {
                macro_not_expandable::around_link(part.span)
            } else {
                macro_not_expandable::in_link(part.span)
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
        if writes_address && goes_on(next_word(self.document, part.span).1, part.place) {
            self.waiting.push(Waiting { part, checked, around });
        } else {
            self.write(part, &checked, around);
        }
        Ok(())
    }

    fn checker(&self) -> Checker<'a, 'v> {
        Checker { document: self.document, settings: self.settings, vocabulary: self.vocabulary }
    }

    /// Writes the macros that waited and behind which a link begins now: an address ends there.
    fn settle_waiting(&mut self) {
        if self.waiting.is_empty() {
            return;
        }
        let mut written: BTreeMap<u32, Arc<str>> =
            self.rewritten.edits.iter().map(|edit| (edit.span.start, edit.text.clone())).collect();
        let mut waiting = std::mem::take(&mut self.waiting);
        // The last one first: the one before it waits for what becomes of it.
        while let Some(Waiting { part, checked, around }) = waiting.pop() {
            let (at, _) = next_word(self.document, part.span);
            if written.get(&at).is_none_or(|text| goes_on(text.as_bytes(), part.place)) {
                self.waiting.push(Waiting { part, checked, around });
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

    /// Writes a macro whose words are right.
    fn write(&mut self, part: &Part, checked: &Checked<'v>, around: Surroundings) {
        let wrong = checked.text.as_ref().filter(|_| part.place == Place::Text).and_then(|text| {
            let lower = text.text.to_ascii_lowercase();
            let in_comment = part.conditional || checked.look == Look::Button;
            let ends_comment = in_comment && (lower.contains("--") && lower.contains('>') || lower.contains("<!"));
            let has_anchor = ["<a ", "<a>", "</a", "<a\t", "<a\n"].iter().any(|tag| lower.contains(tag));
            if ends_comment {
                Some(macro_not_expandable::ends_comment(part.span))
            } else {
                has_anchor.then(|| macro_not_expandable::around_anchor(part.span))
            }
        });
        if let Some(diagnostic) = wrong {
            self.rewritten.diagnostics.push(diagnostic);
            return;
        }
        let ampersand = self.settings.ampersand;
        let url = deep_link::escape(&checked.url, ampersand);
        let text = match part.place {
            Place::PlainText => {
                let text = checked.text.as_ref().map_or(Cow::Borrowed(checked.command.text.as_str()), |text| {
                    Cow::Owned(htmlize::unescape(&*text.text).into_owned())
                });
                checked.look.text(&checked.url, &text).into()
            }
            Place::Attribute(attribute) => match self.attribute_text(part, attribute, &url) {
                Some(text) => text.into(),
                None => return,
            },
            Place::Text if around.anchor.is_none() && !around.takes_no_link => {
                let branch = if part.conditional {
                    Branch::Outlook
                } else if around.revealed {
                    Branch::Others
                } else {
                    Branch::Everyone
                };
                if let Some(piece) = checked.text.as_ref().filter(|text| text.text.contains(NO_LETTER)) {
                    return self.around_bytes(part, piece, checked, &url);
                }
                self.html(part, checked, &url, branch)
            }
            _ => url.into(),
        };
        let can_be_clicked = match part.place {
            Place::Text => around.anchor.is_none() && !around.takes_no_link,
            Place::Attribute(attribute) => {
                attribute.role == AttributeRole::Link && is_whole_value(self.document, part.span, attribute)
            }
            _ => false,
        };
        self.has_ticket_link |= checked.opens_ticket && can_be_clicked && !part.conditional;
        self.push(part.span, text, checked.url.clone());
    }

    /// The HTML for a macro in text.
    fn html(&mut self, part: &Part, checked: &Checked<'_>, url: &str, branch: Branch) -> Arc<str> {
        if !self.writes {
            // Callers ask only whether a tag is here.
            return intern("<");
        }
        let write = || {
            let text = checked.text.as_ref().map_or_else(
                || deep_link::escape(&checked.command.text, Ampersand::Escaped),
                |text| text.text.to_string(),
            );
            checked.look.html(url, &text, &self.settings.color, branch)
        };
        match self.macros.find_mut(self.document, part) {
            Some(known) => known.html(branch).get_or_insert_with(|| write().into()).clone(),
            None => write().into(),
        }
    }

    /// A link whose text contains bytes that are not valid text: the tags are written around them, and they stay.
    fn around_bytes(&mut self, part: &Part, piece: &Piece, checked: &Checked<'_>, url: &str) {
        let html = checked.look.html(url, "\0", &self.settings.color, Branch::Everyone);
        let Some((before, after)) = html.split_once('\0').filter(|_| checked.look == Look::Link) else {
            self.rewritten.diagnostics.push(macro_not_expandable::holds_no_letters(piece.span));
            return;
        };
        let (before, after) = (before.to_owned(), after.to_owned());
        self.has_ticket_link |= checked.opens_ticket && !part.conditional;
        self.rewritten.edits.push(Edit::new(Span { start: part.span.start, end: piece.span.start }, before));
        self.expanded(part.span, checked.url.clone());
        self.rewritten.edits.push(Edit::new(Span { start: piece.span.end, end: part.span.end }, after));
    }

    /// The text for an attribute; an unquoted value that it would break gains quotes.
    fn attribute_text(&mut self, part: &Part, attribute: AttributePlace, url: &str) -> Option<String> {
        let value = attribute.value.start as usize..part.span.start as usize;
        if self.document.source().bytes().get(value).is_some_and(|before| before.ends_with(b"://")) {
            let message = "a scheme such as `http://` comes before this macro, which already includes one";
            self.rewritten.diagnostics.push(
                Diagnostic::error("scheme-before-placeholder", part.span, message)
                    .help("delete the text before the macro"),
            );
            return None;
        }
        if self.stands_beside_damage(attribute.value) {
            self.rewritten.diagnostics.push(macro_not_expandable::beside_damage(part.span));
            return None;
        }
        let quote = match attribute.quote {
            Quote::Single => '\'',
            Quote::Double => '"',
            Quote::None => {
                let bytes = self.document.source().bytes();
                let ends =
                    bytes.get(part.span.end as usize).is_none_or(|byte| byte.is_ascii_whitespace() || *byte == b'>');
                if attribute.value.start == part.span.start && ends {
                    return Some(format!("\"{url}\""));
                }
                let is_whole = attribute.value.covers(part.span) && !url.contains([' ', '\'', '`', '=', '"']);
                if !is_whole && attribute.value.covers(part.span) {
                    let Span { start, end } = attribute.value;
                    if self.quoted.replace(attribute.value) == Some(attribute.value) {
                        return Some(url.to_owned());
                    }
                    self.rewritten.edits.push(Edit::new(Span { start, end: start }, "\""));
                    self.rewritten.edits.push(Edit::new(Span { start: end, end }, "\""));
                } else if !is_whole {
                    let message = "this value has no quotes, so the macro in it ends at its first space";
                    self.rewritten.diagnostics.push(
                        Diagnostic::error("unquoted-placeholder", part.span, message)
                            .help("put double quotes around the whole value"),
                    );
                    return None;
                }
                return Some(url.to_owned());
            }
        };
        if url.contains(quote) {
            self.rewritten.diagnostics.push(macro_not_expandable::holds_quote(part.span, quote));
            return None;
        }
        Some(url.to_owned())
    }

    /// Whether a value holds a damaged placeholder beside something that is not damaged.
    fn stands_beside_damage(&mut self, value: Span) -> bool {
        if let Some((known, is_damaged)) = self.damaged
            && known == value
        {
            return is_damaged;
        }
        let parts = self.document.parts_in(value);
        let is_damaged = parts.len() > 1 && parts.iter().any(|part| matches!(part.kind, PartKind::Malformed(_)));
        self.damaged = Some((value, is_damaged));
        is_damaged
    }

    /// A placeholder that is the whole address of a link becomes the address of the ticket.
    fn whole_address(&mut self, part: &Part, attribute: AttributePlace) -> Result<(), Error> {
        if attribute.role != AttributeRole::Link || in_link(self.document, part.span).is_some() {
            return Ok(());
        }
        let is_whole = is_whole_value(self.document, part.span, attribute);
        let Some(spelling) = part.spelling().filter(|_| is_whole) else { return Ok(()) };
        let vocabulary = self.vocabulary;
        let dialect = self.settings.dialect(vocabulary);
        let Some(known) = spelling.known_in(self.settings.dialect) else { return Ok(()) };
        let placeholder = dialect.placeholder(known);
        if placeholder.kind == ValueKind::HtmlLink {
            self.rewritten.diagnostics.push(html_in_attribute(part));
            return Ok(());
        }
        let repairable = !spelling.flaws.iter().any(|flaw| matches!(flaw, Flaw::NeverClosed | Flaw::WrongCase));
        if !dialect.identifies_ticket(known) || !repairable || foreign(vocabulary, self.settings, part).is_some() {
            return Ok(());
        }
        let Some(url) = self.ticket_link()? else { return Ok(()) };
        let escaped = deep_link::escape(&url, self.settings.ampersand);
        if let Some(text) = self.attribute_text(part, attribute, &escaped) {
            self.has_ticket_link |= !part.conditional;
            self.push(part.span, text.into(), url);
        }
        Ok(())
    }

    /// Bare ticket numbers in text. Returns the `<a>` around one that had to stay.
    fn bare(&mut self, parts: &[&'a Part]) -> Result<Option<Span>, Error> {
        let vocabulary = self.vocabulary;
        let dialect = self.settings.dialect(vocabulary);
        let mut outline = Outline::new(self.document);
        let mut markers = None;
        let mut inside = None;
        for part in parts {
            let PartKind::Placeholder(spelling) = &part.kind else { continue };
            let Some(known) = spelling.known_in(self.settings.dialect) else { continue };
            let right_language = known.languages & dialect.language_bit(&self.settings.language) != 0;
            if !dialect.identifies_ticket(known) || !right_language || in_link(self.document, part.span).is_some() {
                continue;
            }
            let first = self.settings.bare == Bare::First;
            if first && part.conditional {
                continue;
            }
            let around = outline.at(part.span.start as usize);
            if around.anchor.is_some() {
                inside = inside.or(around.anchor);
                continue;
            }
            if around.hidden || around.takes_no_link || first && around.revealed || is_glued(self.document, part.span) {
                continue;
            }
            let markers = markers.get_or_insert_with(|| ReplyMarkers::new(self.document));
            if markers.are_around(part.span.start as usize) {
                continue;
            }
            let Some(url) = self.ticket_link()? else { return Ok(inside) };
            let escaped = deep_link::escape(&url, self.settings.ampersand);
            let text = self.document.text(part.span).into_owned();
            let html = Look::Link.html(&escaped, &text, &self.settings.color, Branch::Everyone);
            self.push(part.span, html.into(), url);
            if first {
                break;
            }
        }
        Ok(inside)
    }

    /// The link to the ticket of the mail, with the dialect's own placeholder; `None` where the dialect has none.
    fn ticket_link(&self) -> Result<Option<String>, Error> {
        let vocabulary = self.vocabulary;
        let Some(token) = self.settings.token(vocabulary, "ticket.id") else { return Ok(None) };
        for target in vocabulary.targets() {
            for command in &target.commands {
                let Some(param) = command.params.iter().find(|param| param.means.as_deref() == Some("ticket.id"))
                else {
                    continue;
                };
                let host = self.checker().host(target, self.settings.client, None)?;
                let token = format!("[{token}]");
                return Ok(Some(deep_link::build(
                    target,
                    self.settings.client,
                    &host,
                    &command.name,
                    &[(&param.name, &token)],
                )));
            }
        }
        Ok(None)
    }

    /// A macro that stays as it is, for the table of links.
    fn left(&mut self, part: &Part) {
        self.handled += 1;
        if !self.writes {
            return;
        }
        let text = intern(&self.document.text(part.span));
        let (before, after) = (text.clone(), text);
        self.rewritten.links.push(LinkChange { span: part.span, before, after, outcome: LinkOutcome::Reported });
    }

    fn push(&mut self, span: Span, text: Arc<str>, url: String) {
        self.expanded(span, url);
        // The next link asks what this one begins with.
        self.rewritten.edits.push(Edit { span, text });
    }

    fn expanded(&mut self, span: Span, url: String) {
        self.handled += 1;
        if !self.writes {
            return;
        }
        self.rewritten.expanded += 1;
        let before = intern(&self.document.text(span));
        self.rewritten.links.push(LinkChange { span, before, after: intern(&url), outcome: LinkOutcome::Expanded });
    }
}
