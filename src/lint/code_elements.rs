//! The elements that show code as it is written.

use crate::lint::{Context, Tag};

/// `<pre>`, `<code>` and the like, in the order of the template.
pub(super) struct CodeElements<'c> {
    tags: std::iter::Peekable<std::slice::Iter<'c, Tag>>,
    open: usize,
}

const NAMES: [&str; 5] = ["pre", "code", "samp", "kbd", "tt"];

impl<'c> CodeElements<'c> {
    pub(super) fn new(cx: &'c Context<'_>) -> CodeElements<'c> {
        CodeElements { tags: cx.tags().iter().peekable(), open: 0 }
    }

    /// Whether a byte is in one of them; must be called with ascending positions.
    pub(super) fn are_around(&mut self, cx: &Context<'_>, at: usize) -> bool {
        while let Some(tag) = self.tags.next_if(|tag| (tag.span.start as usize) < at) {
            if NAMES.iter().any(|name| cx.is_named(tag, name)) {
                self.open = if tag.is_end { self.open.saturating_sub(1) } else { self.open + 1 };
            }
        }
        self.open > 0
    }
}
