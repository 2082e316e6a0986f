//! Rewrites templates one after the other, and remembers what it has seen.

use crate::expand::MacroCache;
use crate::parse::Parser;
use crate::rewrite::link_cache::LinkCache;
use crate::vocabulary::Vocabulary;

/// Rewrites templates. Use one per thread, since it remembers every spelling, link and macro that it has seen.
pub struct Rewriter<'v> {
    /// Parses the templates to rewrite, and those that are only checked or filled in.
    pub parser: Parser<'v>,
    pub(crate) link_cache: LinkCache,
    pub(crate) macro_cache: MacroCache<'v>,
}

impl<'v> Rewriter<'v> {
    /// A rewriter for the names of a vocabulary.
    pub fn new(vocabulary: &'v Vocabulary) -> Rewriter<'v> {
        Rewriter {
            parser: Parser::new(vocabulary),
            link_cache: LinkCache::default(),
            macro_cache: MacroCache::default(),
        }
    }

    /// The vocabulary that this rewriter uses.
    pub fn vocabulary(&self) -> &'v Vocabulary {
        self.parser.vocabulary()
    }
}
