//! Corrects addresses of the portal that are not links only because of quotes around them or invisible characters.
//!
//! ```text
//! Address --lint::address_findings--> edits --> fixed tag --Parser--> its links --lint--> edits: one change for both
//! ```

use crate::config::settings::Settings;
use crate::diagnostic::{Diagnostic, Safety};
use crate::expand::is_whole_value;
use crate::expand::rewritten::{LinkChange, LinkOutcome, Rewritten};
use crate::lint::{self, Address, Context};
use crate::parse::Parser;
use crate::parse::document::{AttributeRole, Document, PartKind, Place};
use crate::source::edit::{self, Edit};
use crate::source::{Source, SourceKind};
use crate::span::Span;

/// A tag that is longer than this is only read once.
const LONGEST: usize = 1024;

/// Corrects such addresses; `unread` tells that something in an address looks like a portal link but is not one.
pub(crate) fn correct(
    document: &Document,
    settings: &Settings,
    parser: &mut Parser<'_>,
    unread: bool,
    rewritten: &mut Rewritten,
) {
    if !(unread || holds_macro(document) || holds_quotes(document)) {
        return;
    }
    let cx = Context::new(document, settings, parser.vocabulary());
    let expanded = rewritten.links.iter().filter(|link| link.outcome == LinkOutcome::Expanded);
    let mut expanded: Vec<Span> = expanded.map(|link| link.span).collect();
    expanded.sort_unstable();
    let (mut last, mut is_done) = (None, false);
    for address in cx.addresses() {
        let tag = address.tag.span;
        is_done &= last.replace(tag) == Some(tag);
        // A second address in a tag almost never matters, and each check reads the whole tag.
        if is_done {
            continue;
        }
        for finding in lint::address_findings(&cx, address) {
            is_done |= of_address(&cx, parser, (address, &expanded), finding, rewritten) || tag.len() > LONGEST;
        }
    }
}

/// Whether a link macro is only part of an address.
fn holds_macro(document: &Document) -> bool {
    document.parts().iter().filter(|part| matches!(part.kind, PartKind::LinkMacro(_))).any(|part| match part.place {
        Place::Markup => true,
        Place::Attribute(at) => at.role != AttributeRole::Other && !is_whole_value(document, part.span, at),
        _ => false,
    })
}

/// Whether the value of an attribute begins with more than one quote.
fn holds_quotes(document: &Document) -> bool {
    const DOUBLED: [&[u8]; 3] = [b"=\"\"", b"=''", b"=\\"];
    if !document.summary().has_odd_value {
        return false;
    }
    let bytes = document.source().bytes();
    let begins =
        |at: usize| bytes.get(at + 3).is_some_and(|next| next.is_ascii_alphanumeric() || b"\"'[".contains(next));
    DOUBLED.iter().any(|quotes| memchr::memmem::find_iter(bytes, quotes).any(begins))
}

/// Corrects an address, or reports it; `expanded` are the macros that become links. Returns whether it belongs to the
/// portal.
fn of_address(
    cx: &Context<'_>,
    parser: &mut Parser<'_>,
    (address, expanded): (&Address, &[Span]),
    mut finding: Diagnostic,
    rewritten: &mut Rewritten,
) -> bool {
    let source = cx.document.source();
    let tag = address.tag.span;
    let edits = match finding.fix.take() {
        Some(fix) if fix.safety == Safety::Safe => fix.edits,
        fix => {
            finding.fix = fix;
            let is_ours = is_ours(cx, parser, finding.span);
            rewritten.diagnostics.extend(Some(finding).filter(|_| is_ours));
            return is_ours;
        }
    };
    let holds_macro =
        |span: Span| cx.document.parts_in(span).iter().any(|part| matches!(part.kind, PartKind::LinkMacro(_)));
    if holds_macro(finding.span) || holds_macro(address.value) {
        // A macro that stays, because it is elsewhere in the tag or because of what is next to it, would only be expanded
        // by a second rewrite.
        let next = expanded.partition_point(|span| span.start < address.value.start);
        let is_expanded = expanded.get(next).is_some_and(|span| span.start < address.value.end);
        if is_expanded && !rewritten.leaves(finding.span) {
            rewritten.edits.extend(edits);
        } else {
            rewritten.diagnostics.retain(|other| !finding.span.covers(other.span));
            rewritten.diagnostics.push(finding);
        }
        return true;
    }
    if has_link(cx, tag) {
        return false;
    }
    let alone = |bytes: Vec<u8>| Source::read(source.name(), bytes, SourceKind::Html, Some(source.encoding())).ok();
    let Some(written) = alone(source.to_disk(cx.slice(tag).to_vec())) else { return false };
    let inner_edits: Vec<Edit> = edits.iter().map(|edit| moved_in(edit, tag)).collect();
    let Some(fixed) = edit::apply(&written, &inner_edits).ok().and_then(alone) else { return false };
    let inside = parser.parse_body(fixed);
    let inner = Context::new(&inside, cx.settings, cx.vocabulary);
    let Some(found) = inside.links().iter().find_map(|at| inner.portal_link(*at)) else { return false };
    if rewritten.leaves(finding.span) {
        rewritten.diagnostics.push(finding);
        return true;
    }
    let (more, left) = lint::fix_link(&inner, lint::link_findings(&inner, &found));
    let after = lint::after_edits(inside.source(), found.link.at.span, &more);
    let Some(done) = edit::apply(inside.source(), &more).ok().and_then(alone) else { return false };
    let change = difference(source, tag, done.bytes());
    if !more.is_empty() && holds_macro(change.span) {
        rewritten.diagnostics.push(finding);
        return true;
    }
    match more.is_empty() {
        true => rewritten.edits.extend(edits),
        false => rewritten.edits.push(change),
    }
    rewritten.diagnostics.extend(left.into_iter().map(|mut other| {
        (other.span, other.fix) = (finding.span, None);
        other
    }));
    rewritten.corrected += 1;
    let before = source.text(finding.span).into_owned().into();
    rewritten.links.push(LinkChange {
        span: finding.span,
        before,
        after: after.into(),
        outcome: LinkOutcome::Corrected,
        reason: Some(finding.message.clone()),
    });
    true
}

/// An edit of a template as an edit of one tag.
fn moved_in(edit: &Edit, tag: Span) -> Edit {
    let span = Span { start: edit.span.start - tag.start, end: edit.span.end - tag.start };
    Edit { span, text: edit.text.clone() }
}

/// Whether a span contains a portal link, regardless of what is around it.
fn is_ours(cx: &Context<'_>, parser: &mut Parser<'_>, span: Span) -> bool {
    let source = cx.document.source();
    let inside = parser.parse_body(Source::from_text(source.name(), &*source.text(span), SourceKind::Text));
    inside.links().iter().any(|at| cx.inside(&inside).portal_link(*at).is_some())
}

/// Whether a tag already has a portal link, which is checked like all others.
fn has_link(cx: &Context<'_>, tag: Span) -> bool {
    let links = cx.document.links();
    let links = &links[links.partition_point(|at| at.span.start < tag.start)..];
    links.iter().take_while(|at| at.span.start < tag.end).any(|at| cx.portal_link(*at).is_some())
}

/// The one edit that turns a tag into other bytes, without what both share at the beginning and end.
fn difference(source: &Source, tag: Span, new: &[u8]) -> Edit {
    let old = source.bytes().get(tag.range()).unwrap_or_default();
    let is_start = |byte: u8| byte.is_ascii();
    let head = old.iter().zip(new).take_while(|(old, new)| old == new && is_start(**old)).count();
    let rest = old[head..].iter().rev().zip(new[head..].iter().rev());
    let tail = rest.take_while(|(old, new)| old == new && is_start(**old)).count();
    let start = tag.start as usize;
    let text = source.decode(&new[head..new.len() - tail]).into_owned();
    Edit::new(Span::new(start + head, start + old.len() - tail), text)
}
