//! Rewriting a result again must change nothing, so whatever would become a different link together with the text next
//! to it is left unchanged.

use crate::config::settings::Settings;
use crate::error::Error;
use crate::expand::is_whole_value;
use crate::expand::rewritten::{LinkChange, LinkOutcome, Rewritten};
use crate::parse::deep_link::in_link;
use crate::parse::document::{AttributeRole, Document, Part, PartKind, Place};
use crate::parse::front_matter::FrontMatter;
use crate::parse::plain_macro_end;
use crate::rewrite::once::rewrite_once;
use crate::rewrite::rewriter::Rewriter;
use crate::source::Source;
use crate::source::edit;
use crate::span::Span;

/// How often changes are undone one by one before all of them are.
const ROUNDS: usize = 6;

/// Undoes what a second rewrite would change again.
pub(crate) fn settle(
    document: &Document,
    settings: &Settings,
    rewriter: &mut Rewriter<'_>,
    mut rewritten: Rewritten,
) -> Result<Rewritten, Error> {
    let mut left: Vec<Span> = Vec::new();
    for round in 0..=ROUNDS {
        if rewritten.edits.is_empty() || left.is_empty() && !is_doubtful(document, &rewritten) {
            break;
        }
        let source = document.source();
        let result = edit::apply(source, &rewritten.edits)
            .and_then(|bytes| Source::read(source.name(), bytes, source.kind(), Some(source.encoding())));
        let Ok(result) = result else { break }; // writing the file will report why it cannot be written
        let front_matter = FrontMatter::read(&result).ok().flatten();
        let result = rewriter.parser.parse_with(result, front_matter);
        let moves = Moves::of(source, &rewritten);
        // What was undone would be tried and undone again.
        let left_in_result: Vec<Span> = left.iter().map(|span| moves.span(*span)).collect();
        let second = rewrite_once(&result, settings, rewriter, &left_in_result)?;
        if second.edits.is_empty() {
            break;
        }
        let mut unstable = if round < ROUNDS { touched(&moves, &rewritten, &second) } else { Vec::new() };
        if unstable.is_empty() {
            unstable = changed(&rewritten).map(|link| link.span).collect();
        }
        left.extend(unstable);
        left.sort_unstable();
        rewritten = rewrite_once(document, settings, rewriter, &left)?;
    }
    Ok(rewritten)
}

fn changed(rewritten: &Rewritten) -> impl Iterator<Item = &LinkChange> {
    rewritten.links.iter().filter(|link| matches!(link.outcome, LinkOutcome::Corrected | LinkOutcome::Expanded))
}

/// Whether a second rewrite may see something different. Plain macros and ticket numbers that become tags, by far the
/// most common changes, are known to be read correctly, and checking again would cost as much as the first time.
fn is_doubtful(document: &Document, rewritten: &Rewritten) -> bool {
    let is_broken = |part: &Part| matches!(part.kind, PartKind::BrokenMacro(_));
    let is_plain = |link: &LinkChange| {
        let bytes = document.source().bytes();
        link.outcome == LinkOutcome::Expanded
            && matches!(document.parts_in(link.span), [part] if part.span == link.span && match part.kind {
                PartKind::LinkMacro(_) => plain_macro_end(bytes, part.span.start as usize) == Some(part.span.end as usize),
                PartKind::Placeholder(_) => true,
                _ => false,
            })
    };
    document.parts().iter().any(is_broken)
        || changed(rewritten).any(|link| !is_plain(link) || is_glued(document, rewritten, link))
}

/// Whether something next to a change may belong to the link in its place.
fn is_glued(document: &Document, rewritten: &Rewritten, link: &LinkChange) -> bool {
    // A link in text that extends over the change now ends there, and what follows may be another link.
    if in_link(document, link.span).is_some_and(|around| around.span != link.span) {
        return true;
    }
    // Nothing attaches to a tag.
    let edit = rewritten.edits.binary_search_by_key(&link.span, |edit| edit.span).ok();
    if edit.is_some_and(|index| rewritten.edits[index].text.starts_with('<')) {
        return false;
    }
    // In an attribute that is a link, everything belongs together.
    if let [part, ..] = document.parts_in(link.span)
        && part.span == link.span
        && let Place::Attribute(attribute) = part.place
    {
        // No portal grammar reads an email address as a link, whatever its subject contains.
        let value = &document.source().bytes()[attribute.value.range()];
        let is_mail = value.get(..7).is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"mailto:"));
        return attribute.role != AttributeRole::Other && !is_mail && !is_whole_value(document, part.span, attribute);
    }
    let bytes = document.source().bytes();
    let ends = |byte: &u8| byte.is_ascii_whitespace() || b"<>\"'".contains(byte);
    let before = &bytes[..link.span.start as usize];
    let after = &bytes[link.span.end as usize..];
    let after = after.iter().find(|byte| !b".,;:!?)".contains(byte));
    !before.last().is_none_or(|byte| ends(byte) || *byte == b'(') || !after.is_none_or(ends)
}

/// Where the bytes of a template are after a rewrite.
struct Moves(Vec<(u32, i64)>);

impl Moves {
    fn of(source: &Source, rewritten: &Rewritten) -> Moves {
        // How much longer the text has become after each edit.
        let mut grown = 0;
        let growth = rewritten.edits.iter().map(|edit| {
            grown += source.encode(&edit.text).len() as i64 - i64::from(edit.span.end - edit.span.start);
            (edit.span.end, grown)
        });
        Moves(growth.collect())
    }

    fn at(&self, at: u32) -> i64 {
        let next = self.0.partition_point(|&(end, _)| end <= at);
        i64::from(at) + next.checked_sub(1).map_or(0, |index| self.0[index].1)
    }

    /// The new position of a span that was left unchanged.
    fn span(&self, span: Span) -> Span {
        let start = usize::try_from(self.at(span.start)).unwrap_or(0);
        Span::new(start, start + span.len())
    }
}

/// The changes of a rewrite whose results a second one would change.
fn touched(moves: &Moves, first: &Rewritten, second: &Rewritten) -> Vec<Span> {
    let places: Vec<(i64, i64, Span)> =
        changed(first).map(|link| (moves.at(link.span.start), moves.at(link.span.end), link.span)).collect();
    let mut found: Vec<Span> = Vec::new();
    for span in changed(second).map(|link| link.span).chain(second.edits.iter().map(|edit| edit.span)) {
        let index = places.partition_point(|&(_, end, _)| end < i64::from(span.start));
        found.extend(
            places[index..].iter().take_while(|&&(start, ..)| start <= i64::from(span.end)).map(|&(.., span)| span),
        );
    }
    found.sort_unstable();
    found.dedup();
    found
}
