//! A link macro in the wrong kind of brackets, or without its first one: `{dd:ticket}`, `dd:ticket]`.

use crate::diagnostic::{Diagnostic, Level, Safety};
use crate::lint::{Address, Check, Context, Rewrite, Rule, When};
use crate::parse::document::Document;
use crate::parse::{in_square_brackets, is_between_marks, macro_in_address};
use crate::source::edit::Edit;
use crate::span::Span;

/// A link macro is not in square brackets.
pub const RULE: Rule = Rule {
    name: "wrong-brackets",
    level: Level::Error,
    also: &[],
    when: When::On,
    rewrite: Rewrite::Leaves,
    summary: "a link macro is in brackets of another kind, or its first bracket is missing",
    page: include_str!("../../../fixtures/rules/wrong-brackets.md"),
    checks: &[Check::Macro, Check::Addresses(check)],
};

/// How far after a macro its end tag may be.
const NEAR: usize = 200;

/// How far into an address the encoded colon of a macro may be.
const COLON: usize = 32;

/// Reports a macro that is all of an address, and whose colon is encoded: `dd%3Aticket`.
fn check(cx: &Context<'_>, address: &Address, found: &mut Vec<Diagnostic>) {
    if is_encoded_macro(cx, address) {
        found.push(finding(cx.document, cx.trim(address.value)));
    }
}

/// Whether an address is such a macro.
pub(in crate::lint) fn is_encoded_macro(cx: &Context<'_>, address: &Address) -> bool {
    let value = cx.trim(address.value);
    let written = cx.slice(value);
    let near = &written[..written.len().min(COLON)];
    let is_colon = |at: usize| near[at..].get(1..3).is_some_and(|code| code.eq_ignore_ascii_case(b"3A"));
    address.leads
        && memchr::memchr_iter(b'%', near).any(is_colon)
        && cx.part_at(value.start as usize).is_none()
        && macro_in_address(&cx.document.text(value)).is_some_and(|right| {
            // The word before the colon makes it a macro.
            let prefix = right[1..].split(':').next().unwrap_or_default();
            cx.vocabulary.targets().iter().any(|target| target.prefix.eq_ignore_ascii_case(prefix))
        })
}

/// The finding about a macro in the wrong brackets.
pub(crate) fn finding(document: &Document, span: Span) -> Diagnostic {
    let text = &*document.text(span);
    let message = match text.chars().next() {
        Some(first) if (first.is_ascii_alphabetic() || first == '/') && !text.ends_with(']') => {
            "this link macro has no brackets, so it stays as it is"
        }
        _ if is_between_marks(text) => {
            "this link macro has other characters in place of its brackets, so it stays as it is"
        }
        Some(first) if first.is_ascii_alphabetic() => "this link macro lacks its first bracket, so it stays as it is",
        Some('[') => "this link macro has a colon in front of it, so it stays as it is",
        _ => "this link macro is in brackets of another kind, so it stays as it is",
    };
    let finding = RULE.at(span, message);
    // In `<dd:ticket>Open</dd:ticket>`, the end tag would be left over.
    let rest = document.source().bytes().get(span.end as usize..).unwrap_or_default();
    let has_end = || {
        let name =
            text[1..].split(|character: char| character.is_whitespace() || character == '>').next().unwrap_or_default();
        memchr::memmem::find(&rest[..rest.len().min(NEAR)], format!("</{name}").as_bytes()).is_some()
    };
    let right = in_square_brackets(text).filter(|_| !(text.starts_with('<') && !text.contains("</") && has_end()));
    let Some(right) = right else {
        return finding.help("write it like this: `[dd:ticket]`, with square brackets around it");
    };
    // In a sentence, parentheses may be meant, and so may a single `#` or `*`: as a hashtag, or for emphasis.
    let is_one_mark =
        text.starts_with(['#', '*', '@', '|']) && text[1..].starts_with(|next: char| next.is_alphabetic());
    let is_sure = is_between_marks(text) && !is_one_mark
        || text.trim_start_matches(['$', '#', '%']).starts_with('{') && text.ends_with('}');
    let safety = if is_sure { Safety::Safe } else { Safety::Suggested };
    finding.fix(format!("write `{right}`"), safety, vec![Edit::new(span, right)])
}
