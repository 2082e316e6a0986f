//! Rewrites a template once, without considering what a second rewrite would do.

use crate::config::settings::Settings;
use crate::error::Error;
use crate::expand;
use crate::expand::rewritten::Rewritten;
use crate::parse::document::Document;
use crate::rewrite::rewriter::Rewriter;
use crate::rewrite::{addresses, correct};
use crate::sorting::sort_in_place;
use crate::span::Span;

/// Rewrites a template, without considering what a second rewrite would do. Everything inside the spans of `left`,
/// which are in order, stays unchanged.
pub(crate) fn rewrite_once(
    document: &Document,
    settings: &Settings,
    rewriter: &mut Rewriter<'_>,
    left: &[Span],
) -> Result<Rewritten, Error> {
    let mut rewritten = Rewritten { left: left.to_vec(), ..Rewritten::default() };
    let seen = correct::correct(document, settings, &mut rewriter.parser, &mut rewriter.clean_links, &mut rewritten);
    let vocabulary = rewriter.vocabulary();
    expand::expand(document, settings, vocabulary, &mut rewriter.macro_cache, &mut rewritten, seen.has_ticket_link)?;
    addresses::correct(document, settings, &mut rewriter.parser, seen.unread, &mut rewritten);
    sort_in_place(&mut rewritten.edits, |edit| (edit.span.start, edit.span.end));
    sort_in_place(&mut rewritten.links, |link| link.span);
    Ok(rewritten)
}
