//! Findings one per line, for terminals and for programs that jump to a place.

use crate::diagnostic::{Diagnostic, Safety};
use crate::report::Cut;
use crate::report::located::safety;
use crate::source::Source;
use crate::visible::visible;

/// Writes findings about one source: `mail.html:1:8: error[unknown-command]: …`.
///
/// A finding that `--fix` fixes ends with `[fix]`, and one that only `--unsafe-fixes` fixes with `[unsafe fix]`.
///
/// ```
/// use psalink::{Diagnostic, Source, SourceKind, Span, report};
/// let source = Source::from_text("mail.html", "<p>[dd:tikcet]</p>\n", SourceKind::Html);
/// let finding = Diagnostic::error("unknown-command", Span::new(7, 13), "DeskDirector links have no command `tikcet`");
/// let text = report::concise::write(&source, &[finding]);
/// assert_eq!(text, "mail.html:1:8: error[unknown-command]: DeskDirector links have no command `tikcet`\n");
/// ```
pub fn write(source: &Source, diagnostics: &[Diagnostic]) -> String {
    let mut positions = source.positions();
    let mut out = String::new();
    for diagnostic in diagnostics {
        let at = positions.at(diagnostic.span.start as usize);
        let mark = match diagnostic.fix.as_ref().map(|fix| safety(source, fix)) {
            Some(Safety::Safe) => " [fix]",
            Some(Safety::Suggested) => " [unsafe fix]",
            Some(Safety::Shown) | None => "",
        };
        let message = visible(&diagnostic.message);
        out.push_str(&format!(
            "{}:{}:{}: {}[{}]: {message}{mark}\n",
            visible(source.name()),
            at.line,
            at.column,
            diagnostic.level.name(),
            diagnostic.rule,
        ));
    }
    out
}

/// Writes how many more places there are, at the first hidden one: `mail.html:9:8: note[missing-alt]: 250 more …`.
pub fn write_cut(cut: &[Cut]) -> String {
    let line = |cut: &Cut| {
        let (path, text) = (visible(&cut.path).into_owned(), cut.text());
        format!("{path}:{}:{}: note[{}]: {}\n", cut.start.line, cut.start.column, cut.rule, visible(&text))
    };
    cut.iter().map(line).collect()
}
