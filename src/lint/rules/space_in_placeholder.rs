//! A space that is missing, extra, or of the wrong kind: `[Ticket:ID]`, `[Ticket:&nbsp;ID]`.

use crate::diagnostic::{Diagnostic, Level, Safety};
use crate::invisible::{is_other_space, name};
use crate::lint::placeholders::damage;
use crate::lint::{Case, Check, Context, Rewrite, Rule, Token, When, foreign};
use crate::parse::document::{Document, Flaw};
use crate::source::decoded::{Decoded, References};
use crate::source::edit::Edit;
use crate::span::Span;

/// A space in a placeholder is missing, extra, or of the wrong kind.
pub const RULE: Rule = Rule {
    name: "space-in-placeholder",
    level: Level::Warning,
    also: &[IN_MACRO],
    when: When::On,
    rewrite: Rewrite::Fixes,
    summary: "a space in a placeholder is missing, extra, or of the wrong kind",
    page: include_str!("../../../fixtures/rules/space-in-placeholder.md"),
    checks: &[Check::Placeholder(check)],
};

const IN_MACRO: Case = Case { level: Level::Error, when: "for a link macro, which then stays as it is" };

fn check(cx: &Context<'_>, token: &Token<'_>, found: &mut Vec<Diagnostic>) {
    if !matches!(token.worst_flaw(), Some(Flaw::Spaces))
        || foreign::reason(cx.vocabulary, cx.settings, token.spelling).is_some()
    {
        return;
    }
    let message = format!(
        "the spaces in this placeholder differ from those in `[{}]`, so the PSA does not see it",
        token.spelling.name
    );
    let mut finding = damage(cx, &RULE, token, message, Safety::Safe);
    let text = htmlize::unescape(cx.document.text(token.part.span));
    if let Some(character) = text.chars().find(|character| is_other_space(*character)) {
        finding.add_note(format!("it contains {}, which looks like a space", name(character)).into());
    }
    found.push(finding);
}

/// A link macro with a space in its first word, or with a non-ASCII space.
pub(crate) fn in_macro(document: &Document, span: Span) -> Diagnostic {
    let decoded = Decoded::new(document.source(), span, References::Text);
    let text = decoded.text();
    let first = text.find(|character: char| character != '[' && !character.is_whitespace()).unwrap_or(0);
    let spaces = text.char_indices().filter(|(_, character)| is_other_space(*character));
    // Spaces before the first word are deleted.
    let edits: Vec<Edit> = spaces
        .map(|(at, character)| {
            Edit::new(decoded.span(at..at + character.len_utf8()), if at < first { "" } else { " " })
        })
        .collect();
    let Some(character) = text.chars().find(|character| is_other_space(*character)) else {
        return RULE
            .at_in(IN_MACRO, span, "this looks like a link macro, but it has a space where none is allowed")
            .help("write it like this: `[dd:ticket]`, with no space before `dd` and a colon after it");
    };
    RULE.at_in(IN_MACRO, span, format!("this looks like a link macro, but it contains {}", name(character)))
        .help("write plain spaces")
        .fix("write plain spaces", Safety::Safe, edits)
}
