//! Bytes that are no letters, as in a file that is read in the wrong encoding.

use crate::diagnostic::{Diagnostic, Level};
use crate::lint::{Check, Checkup, Rule, When};
use crate::parse::document::Document;

/// Bytes of a template are no letters.
pub const RULE: Rule = Rule {
    name: "invalid-utf-8",
    level: Level::Note,
    when: When::OncePerFile,
    summary: "bytes of a template are no letters, so it may be in another encoding",
    page: include_str!("../../../fixtures/rules/invalid-utf-8.md"),
    check: Check::Template(check),
};

fn check(cx: &Checkup<'_>, found: &mut Vec<Diagnostic>) {
    found.extend(finding(cx.document));
}

/// The first bytes that are no letters.
pub(crate) fn finding(document: &Document) -> Option<Diagnostic> {
    let span = document.source().no_letters()?;
    if memchr::memchr(0, document.source().bytes()).is_some() {
        let message = "this file is no text: it holds bytes that are no letters, and NUL bytes";
        return Some(RULE.at(span, message).help("check its name; a picture or a Word file is no template"));
    }
    let finding = RULE.at(span, "these bytes are no letters in UTF-8; they stay as they are");
    Some(finding.help("if the file is an old one, say which encoding it is in, such as `--encoding windows-1252`"))
}
