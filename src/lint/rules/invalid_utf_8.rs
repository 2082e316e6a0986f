//! Bytes that are not valid text, as in a file that is read in the wrong encoding.

use crate::diagnostic::{Diagnostic, Level};
use crate::lint::{Check, Context, Rewrite, Rule, When};
use crate::parse::document::Document;

/// Bytes of a template are not valid text.
pub const RULE: Rule = Rule {
    name: "invalid-utf-8",
    level: Level::Note,
    also: &[],
    when: When::OncePerFile,
    rewrite: Rewrite::Leaves,
    summary: "the template contains bytes that are not valid UTF-8, so it may be in another encoding",
    page: include_str!("../../../fixtures/rules/invalid-utf-8.md"),
    checks: &[Check::Template(check)],
};

fn check(cx: &Context<'_>, found: &mut Vec<Diagnostic>) {
    found.extend(finding(cx.document));
}

/// The first bytes that are not valid text.
pub(crate) fn finding(document: &Document) -> Option<Diagnostic> {
    let span = document.source().invalid_utf8()?;
    if memchr::memchr(0, document.source().bytes()).is_some() {
        let message = "this file is not text: it contains NUL bytes, and bytes that are not valid UTF-8";
        return Some(RULE.at(span, message).help("check the file name; an image or a Word file is not a template"));
    }
    let finding = RULE.at(span, "these bytes are not valid UTF-8, and are left as they are");
    Some(finding.help("if the file is in an older encoding, name it, such as `--encoding windows-1252`"))
}
