//! Checks what follows a macro in the same address and becomes part of its link: `[dd:ticket]&amp;action=chat`.

use super::Expansion;
use super::arguments::Checked;
use crate::diagnostic::Level;
use crate::lint::{self, Context};
use crate::parse::Parser;
use crate::parse::document::Part;
use crate::span::Span;

impl Expansion<'_, '_, '_> {
    /// Reports what is wrong with the link of a macro together with the rest of its address, and returns whether it
    /// would lead nowhere. The macro alone is correct, so every finding is about the text after it.
    pub(super) fn leads_astray(&mut self, part: &Part, checked: &Checked<'_>, value: Span) -> bool {
        let bytes = self.document.source().bytes();
        let before = bytes.get(value.start as usize..part.span.start as usize).unwrap_or_default();
        if !before.trim_ascii().is_empty() {
            return false;
        }
        let after = Span { start: part.span.end, end: value.end.max(part.span.end) };
        let text = htmlize::unescape_attribute(self.document.text(after));
        let text = text.trim_end();
        let is_plain = |character: char| character.is_ascii_graphic() && !"\"'\\<>".contains(character);
        // Other rules report damaged addresses.
        if !text.starts_with('&') || !text.chars().all(is_plain) || text.contains("&amp;") {
            return false;
        }
        let url = format!("{}{text}", checked.url);
        let cx = Context::new(self.document, self.settings, self.vocabulary);
        let parser = self.parser.get_or_insert_with(|| Parser::new(self.vocabulary));
        let mut findings = lint::findings_on(&cx, &url, parser);
        findings.retain(|finding| finding.level > Level::Note);
        for finding in &mut findings {
            (finding.span, finding.fix) = (Span { start: part.span.start, end: after.end }, None);
        }
        let is_dead = findings.iter().any(|finding| finding.level == Level::Error);
        self.rewritten.diagnostics.extend(findings);
        is_dead
    }
}
