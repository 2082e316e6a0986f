//! Detects the dialect of a template from its content if it is not set anywhere.

use std::path::Path;

use super::Session;
use crate::error::{Error, ErrorKind, Missing};
use crate::file_names::{HTML, SUBJECT, TEXT, folder_and_stem, names_of};
use crate::parse::Parser;
use crate::parse::deep_link::DeepLink;
use crate::parse::document::{Document, PartKind};
use crate::source::reading::Reading;
use crate::source::{Source, SourceKind};
use crate::vocabulary::Unwrapped;

impl Session {
    /// The dialect that knows most of a template's names; if the template itself has no clue, its companions are
    /// checked. `None` if there is no clue and nothing in the template depends on the dialect.
    pub(super) fn detect(&self, document: &Document, parser: &mut Parser<'_>) -> Result<Option<usize>, Error> {
        let vocabulary = parser.vocabulary();
        let mut votes = votes(document, parser, WRAPPED);
        if winner(&votes).is_none() {
            for source in companions(Path::new(document.source().name()), self.reading()) {
                let companion = parser.parse_body(source);
                add(&mut votes, &self::votes(&companion, parser, WRAPPED));
            }
        }
        if let Some(winner) = winner(&votes) {
            return Ok(Some(winner));
        }
        let needs_dialect = document.parts().iter().any(|part| {
            part.spelling().is_some_and(|spelling| !spelling.known.is_empty())
                || matches!(part.kind, PartKind::LinkMacro(_))
        });
        if !needs_dialect {
            return Ok(None);
        }
        let titles: Vec<&str> = vocabulary.dialects().iter().map(|dialect| dialect.title.as_str()).collect();
        let names = titles.join(" or ");
        let most = votes.iter().max().copied().unwrap_or(0);
        let reason = match most {
            0 => "it contains no placeholder that shows which".to_owned(),
            1 => "it contains as many names from one as from the other (1 each)".to_owned(),
            _ => format!("it contains as many names from one as from the other ({most} each)"),
        };
        let ids: Vec<String> =
            vocabulary.dialects().iter().map(|dialect| format!("`--dialect {}`", dialect.id)).collect();
        let detail = format!("psalink cannot tell whether this template is for {names}: {reason}");
        let advice = format!("use {}", ids.join(" or "));
        Err(Error::new(ErrorKind::Usage, detail).needs(Missing::Dialect, &advice).at(document.source().name()))
    }
}

/// How many gateway wrappers around a link are removed.
const WRAPPED: usize = 3;

/// How many names each dialect knows in a template, as it is after a rewrite: if a mail gateway has wrapped a link, the
/// names in the inner link count.
fn votes(document: &Document, parser: &mut Parser<'_>, depth: usize) -> Vec<usize> {
    let vocabulary = parser.vocabulary();
    let mut votes = document.votes(vocabulary);
    let bytes = document.source().bytes();
    for &link in document.links() {
        let text = &bytes[link.span.range()];
        if depth == 0 || !parser.holds_gateway(text) {
            continue;
        }
        let read = |target| DeepLink::read(document, link, target, &[])?.unwrapped();
        let Some(Unwrapped { url: inner, .. }) = vocabulary.targets().iter().find_map(read) else { continue };
        let outer = document.parts_in(link.span).iter().flat_map(|part| part.votes(vocabulary));
        outer.for_each(|dialect| votes[dialect] = votes[dialect].saturating_sub(1));
        let inner = parser.parse_body(Source::from_text(document.source().name(), &inner, SourceKind::Text));
        add(&mut votes, &self::votes(&inner, parser, depth - 1));
    }
    votes
}

fn add(votes: &mut [usize], more: &[usize]) {
    votes.iter_mut().zip(more).for_each(|(vote, more)| *vote += more);
}

fn winner(votes: &[usize]) -> Option<usize> {
    let most = votes.iter().max().copied().filter(|&most| most > 0)?;
    let mut leaders = votes.iter().enumerate().filter(|&(_, &vote)| vote == most);
    let (first, _) = leaders.next()?;
    leaders.next().is_none().then_some(first)
}

/// The other files of a template.
fn companions(path: &Path, reading: &Reading) -> Vec<Source> {
    let Some((folder, stem)) = folder_and_stem(path) else { return Vec::new() };
    let kinds = [(&HTML[..], SourceKind::Html), (&[TEXT], SourceKind::Text), (&[SUBJECT], SourceKind::Subject)];
    let named =
        kinds.into_iter().flat_map(|(endings, kind)| names_of(stem, endings).into_iter().map(move |name| (name, kind)));
    named
        .map(|(name, kind)| (folder.join(name), kind))
        .filter(|(companion, _)| companion != path)
        .filter_map(|(companion, kind)| {
            let bytes = reading.read(&companion).ok()?;
            Source::read(&companion.display().to_string(), bytes, kind, None).ok()
        })
        .collect()
}
