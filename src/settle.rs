//! A rewrite of its own result must change nothing: what would become another link together with the text beside it is
//! left as it stands.

use crate::document::Document;
use crate::edit;
use crate::error::Error;
use crate::front_matter::FrontMatter;
use crate::parse::Parser;
use crate::rewrite::rewrite_once;
use crate::rewritten::{LinkChange, LinkOutcome, Rewritten};
use crate::settings::Settings;
use crate::source::Source;
use crate::span::Span;

/// How often something is taken back before everything is.
const ROUNDS: usize = 6;

/// Takes back what a second rewrite would change again.
pub(crate) fn settle(
    document: &Document,
    settings: &Settings,
    parser: &mut Parser<'_>,
    mut rewritten: Rewritten,
) -> Result<Rewritten, Error> {
    let mut left: Vec<Span> = Vec::new();
    for round in 0..=ROUNDS {
        if rewritten.edits.is_empty() {
            break;
        }
        let source = document.source();
        let again = edit::apply(source, &rewritten.edits)
            .and_then(|bytes| Source::read(source.name(), bytes, source.kind(), Some(source.encoding())));
        let Ok(again) = again else { break }; // whoever writes the file will say why it cannot be written
        let front_matter = FrontMatter::read(&again).ok().flatten();
        let again = parser.parse(again, front_matter);
        let second = rewrite_once(&again, settings, parser, &[])?;
        if second.edits.is_empty() {
            break;
        }
        let mut unstable = if round < ROUNDS { touched(source, &rewritten, &second) } else { Vec::new() };
        if unstable.is_empty() {
            unstable = changed(&rewritten).map(|link| link.span).collect();
        }
        left.extend(unstable);
        left.sort_unstable();
        rewritten = rewrite_once(document, settings, parser, &left)?;
    }
    Ok(rewritten)
}

fn changed(rewritten: &Rewritten) -> impl Iterator<Item = &LinkChange> {
    rewritten.links.iter().filter(|link| matches!(link.outcome, LinkOutcome::Corrected | LinkOutcome::Expanded))
}

/// The changes of a rewrite whose results a second one would change.
fn touched(source: &Source, first: &Rewritten, second: &Rewritten) -> Vec<Span> {
    // How much longer the text has become behind each edit.
    let mut grown = 0;
    let growth: Vec<(u32, i64)> = first
        .edits
        .iter()
        .map(|edit| {
            grown += source.encode(&edit.text).len() as i64 - i64::from(edit.span.end - edit.span.start);
            (edit.span.end, grown)
        })
        .collect();
    let moved = |at: u32| {
        let next = growth.partition_point(|&(end, _)| end <= at);
        i64::from(at) + next.checked_sub(1).map_or(0, |index| growth[index].1)
    };
    let places: Vec<(i64, i64, Span)> =
        changed(first).map(|link| (moved(link.span.start), moved(link.span.end), link.span)).collect();
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
