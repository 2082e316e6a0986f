//! The elements that show code as it is written.

use crate::html::scan::{self, Region, RegionKind};
use crate::lint::Context;

/// `<pre>`, `<code>` and the like, in the order of the template.
pub(super) struct CodeElements<'a> {
    regions: &'a [Region],
    open: usize,
}

const NAMES: [&str; 5] = ["pre", "code", "samp", "kbd", "tt"];

impl<'a> CodeElements<'a> {
    pub(super) fn new(cx: &Context<'a>) -> CodeElements<'a> {
        CodeElements { regions: cx.document.regions(), open: 0 }
    }

    /// Whether a byte is in one of them; must be called with ascending positions.
    pub(super) fn are_around(&mut self, cx: &Context<'_>, at: usize) -> bool {
        let before = self.regions.partition_point(|region| (region.span.start as usize) < at);
        let (passed, rest) = self.regions.split_at(before);
        self.regions = rest;
        for region in passed {
            let is_end = match region.kind {
                RegionKind::StartTag => false,
                RegionKind::EndTag => true,
                _ => continue,
            };
            let name = cx.slice(scan::tag_name(cx.bytes(), region.span));
            if NAMES.iter().any(|known| name.eq_ignore_ascii_case(known.as_bytes())) {
                self.open = if is_end { self.open.saturating_sub(1) } else { self.open + 1 };
            }
        }
        self.open > 0
    }
}
