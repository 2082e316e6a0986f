//! Checks and rewrites templates one after the other, and remembers what it has seen.

use crate::expand::MacroCache;
use crate::lint::CleanLinks;
use crate::parse::Parser;
use crate::rewrite::correct::CleanLink;
use crate::vocabulary::Vocabulary;

/// Checks and rewrites templates. Use one per thread, since it remembers every spelling, link and macro that it has seen.
pub struct Rewriter<'v> {
    /// Parses the templates to rewrite, and those that are only checked or filled in.
    pub parser: Parser<'v>,
    pub(crate) clean_links: CleanLinks<CleanLink>,
    /// Links about which no rule reports anything, not even a note.
    pub(crate) checked_links: CleanLinks<()>,
    pub(crate) macro_cache: MacroCache<'v>,
    /// Macros about which no rule reports anything.
    pub(crate) checked_macros: MacroCache<'v>,
}

impl<'v> Rewriter<'v> {
    /// A rewriter for the names of a vocabulary.
    pub fn new(vocabulary: &'v Vocabulary) -> Rewriter<'v> {
        Rewriter {
            parser: Parser::new(vocabulary),
            clean_links: CleanLinks::default(),
            checked_links: CleanLinks::default(),
            macro_cache: MacroCache::default(),
            checked_macros: MacroCache::default(),
        }
    }

    /// The vocabulary that this rewriter uses.
    pub fn vocabulary(&self) -> &'v Vocabulary {
        self.parser.vocabulary()
    }
}
