//! A link macro or a placeholder in the wrong kind of brackets, or without its first one: `{dd:ticket}`, `srnumber]`.

use crate::diagnostic::{Diagnostic, Level, Safety};
use crate::html::elements::is_known;
use crate::lint::code_elements::CodeElements;
use crate::lint::damaged_names::damaged_names;
use crate::lint::names::{How, OtherBrackets};
use crate::lint::other_brackets;
use crate::lint::{Address, Case, Check, Context, Rewrite, Rule, Tag, TagKind, When};
use crate::parse::document::{Document, Place};
use crate::parse::{in_square_brackets, is_between_marks, macro_in_address};
use crate::source::edit::Edit;
use crate::span::Span;

/// A link macro or a placeholder is not in square brackets.
pub const RULE: Rule = Rule {
    name: "wrong-brackets",
    level: Level::Error,
    also: &[OF_PLACEHOLDER],
    when: When::On,
    rewrite: Rewrite::Leaves,
    summary: "a link macro or a placeholder is in brackets of another kind, or its first bracket is missing",
    page: include_str!("../../../fixtures/rules/wrong-brackets.md"),
    checks: &[Check::Macro, Check::AllParts(placeholders), Check::Addresses(check), Check::Tags(TagKind::Unknown, tag)],
};

const OF_PLACEHOLDER: Case = Case { level: Level::Warning, when: "for a placeholder" };

fn placeholders(cx: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let mut code = CodeElements::new(cx);
    for name in &damaged_names(cx).other {
        let Some(right) = name.right.as_ref().filter(|_| !code.are_around(cx, name.span.start as usize)) else {
            continue;
        };
        let (what, safety) = match name.how {
            How::Encoded => continue,
            How::LookAlike => ("is in brackets that only look like square ones", Safety::Safe),
            // A single word in braces may belong to another program.
            How::Other if right.contains(": ") => ("is in brackets of another kind", Safety::Safe),
            How::Other => ("is in brackets of another kind", Safety::Suggested),
            How::NoLast => continue,
            How::NoFirst => ("lacks its first bracket", Safety::Suggested),
        };
        let message = format!("this placeholder {what}, so the PSA does not see `[{right}]`");
        found.push(name.write(cx, RULE.at_in(OF_PLACEHOLDER, name.span, message), safety));
    }
}

/// `<srnumber>`: a placeholder that HTML reads as a tag, so readers do not see it.
fn tag(cx: &Context<'_>, tag: &Tag, found: &mut Vec<Diagnostic>) {
    if tag.name.len() < other_brackets::SHORTEST || is_known(&cx.slice(tag.name).to_ascii_lowercase()) {
        return;
    }
    let (mut span, bytes) = (tag.span, cx.bytes());
    let name = cx.document.text(span);
    // The outer brackets of `<<srnumber>>` are text.
    if span.start.checked_sub(1).is_some_and(|before| bytes[before as usize] == b'<')
        && bytes.get(span.end as usize) == Some(&b'>')
    {
        span = Span { start: span.start - 1, end: span.end + 1 };
    }
    let Some(right) = other_brackets::known(cx, name.trim_matches(['<', '>', '/'])) else { return };
    let message = format!("this placeholder is in brackets of another kind, so the PSA does not see `[{right}]`");
    let name = OtherBrackets { span, place: Place::Text, name: right.clone(), right: Some(right), how: How::Other };
    found.push(name.write(cx, RULE.at_in(OF_PLACEHOLDER, span, message), Safety::Suggested));
}

/// Removes what is shown as code: `<code>##dd:ticket##</code>`.
pub(in crate::lint) fn without_code(cx: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let mut places: Vec<u32> =
        found.iter().filter(|finding| finding.rule == RULE.name).map(|finding| finding.span.start).collect();
    places.sort_unstable();
    let mut code = CodeElements::new(cx);
    places.retain(|at| code.are_around(cx, *at as usize));
    found.retain(|finding| finding.rule != RULE.name || places.binary_search(&finding.span.start).is_err());
}

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
