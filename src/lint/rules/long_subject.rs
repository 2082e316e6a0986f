//! A subject that is longer than the PSA allows.

use crate::diagnostic::{Diagnostic, Level};
use crate::lint::{Check, Context, Rewrite, Rule, When};
use crate::span::Span;

/// A subject is longer than the PSA allows.
pub const RULE: Rule = Rule {
    name: "long-subject",
    level: Level::Warning,
    also: &[],
    when: When::On,
    rewrite: Rewrite::Leaves,
    summary: "a subject is longer than the PSA allows",
    page: include_str!("../../../fixtures/rules/long-subject.md"),
    checks: &[Check::Subject(check)],
};

fn check(cx: &Context<'_>, text: &str, span: Span, found: &mut Vec<Diagnostic>) {
    let Some(limit) = cx.dialect().behavior.subject_limit(cx.settings.context.as_deref()) else { return };
    let Some((end, _)) = text.char_indices().nth(limit) else { return };
    // In other encodings each character is one byte; a quoted subject is not stored the way it is written.
    let is_written_so = cx.slice(span) == text.as_bytes();
    let offset = match span.len() {
        _ if is_written_so => end,
        length if length == text.chars().count() && !cx.document.source().is_utf8() => limit,
        _ => 0,
    };
    let message =
        format!("this subject has {} characters, and {} allows {limit}", text.chars().count(), cx.dialect().title);
    found.push(
        RULE.at(Span { start: span.start + offset as u32, ..span }, message)
            .help("shorten it; a placeholder counts with its name and brackets"),
    );
}
