//! Markup that is escaped, so readers see the tags: `&lt;p&gt;Your ticket …&lt;/p&gt;`.

use memchr::memmem;

use crate::diagnostic::{Diagnostic, Level, Safety};
use crate::html::elements::is_known;
use crate::lint::code_elements::CodeElements;
use crate::lint::{Check, Context, Rewrite, Rule, When};
use crate::parse::document::Place;
use crate::source::edit::Edit;
use crate::span::Span;

/// Markup is escaped, so readers see its tags.
pub const RULE: Rule = Rule {
    name: "escaped-markup",
    level: Level::Warning,
    also: &[],
    when: When::OncePerFile,
    rewrite: Rewrite::Leaves,
    summary: "markup is escaped, so the customer sees the tags",
    page: include_str!("../../../fixtures/rules/escaped-markup.md"),
    checks: &[Check::Template(check)],
};

/// The length of the longest element name.
const LONGEST: usize = 12;

/// The length of the longest tag of an element without an end tag.
const TAG: usize = 300;

/// The ways to write `<` before its `;`, and the ways to write `>`.
const LESS: [&str; 8] = ["&amp;lt", "&amp;#60", "&amp;#x3c", "&lt", "&#60", "&#060", "&#x3c", "&#x03c"];
const GREATER: [&str; 8] = ["&gt;", "&#62;", "&#062;", "&#x3e;", "&amp;gt;", "&amp;#62;", "&amp;#x3e;", ">"];

fn begins_with(text: &[u8], start: &str) -> bool {
    text.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start.as_bytes()))
}

/// Elements without an end tag, each with what comes after its name.
const VOID: [&str; 7] = ["br&", "br/", "br /", "br>", "hr&", "hr/", "img "];

fn check(cx: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let bytes = cx.bytes();
    let mut places = cx.places();
    let mut code = CodeElements::new(cx);
    // `&lt;/p`, `&#60;/p`, or `&amp;lt;/p` where it was escaped twice; `&lt;br`; `&lt;!--`.
    for start in cx.document.source().brackets(|byte| byte == b'&') {
        let rest = &bytes[start..];
        if !matches!(rest.get(1), Some(b'l' | b'L' | b'#' | b'a' | b'A')) {
            continue;
        }
        let is_written = |less: &&&str| begins_with(rest, less) && rest.get(less.len()) == Some(&b';');
        let Some(at) = LESS.iter().find(is_written).map(|less| start + less.len()) else { continue };
        let Some(b'/' | b'!' | b'b' | b'B' | b'h' | b'H' | b'i' | b'I') = bytes.get(at + 1) else { continue };
        let Some((length, is_comment)) = tag_length(&bytes[at + 1..]) else { continue };
        if places.at(start).0 != Place::Text || code.are_around(cx, start) {
            continue;
        }
        let message = match is_comment {
            true => "this comment is escaped, so the customer sees it as text",
            false => "this tag is escaped, so the customer sees it as text",
        };
        let finding = RULE.at(Span::new(start, at + 1 + length), message);
        found.push(finding.help("paste the HTML into the source view of the editor, not into the message"));
    }
    backslashed(cx, found);
}

/// The length of what follows an escaped `<`, where that is an end tag, a tag without one, or the start of a comment.
fn tag_length(text: &[u8]) -> Option<(usize, bool)> {
    if text.starts_with(b"!--") {
        return Some((3, true));
    }
    let is_end = text.starts_with(b"/");
    let rest = &text[usize::from(is_end)..];
    let rest = &rest[..rest.len().min(TAG)];
    // A tag does not contain another one.
    let rest = &rest[..memmem::find(rest, b"&lt").unwrap_or(rest.len())];
    let length = rest.iter().take(LONGEST).take_while(|byte| byte.is_ascii_alphanumeric()).count();
    let closed = |at: usize| GREATER.iter().find(|end| begins_with(&rest[at..], end)).map(|end| at + end.len());
    if is_end {
        let name = rest[..length].to_ascii_lowercase();
        return is_known(&name).then(|| closed(length)).flatten().map(|length| (length + 1, false));
    }
    if !VOID.iter().any(|start| begins_with(rest, start)) {
        return None;
    }
    let mut ends = memchr::memchr2_iter(b'&', b'>', rest);
    let is_image = begins_with(rest, "img");
    let end = ends.find_map(closed)?;
    // `&lt;img of the lobby&gt;` are words.
    let is_one = if is_image { rest[..end].contains(&b'=') } else { end <= LONGEST + 2 };
    is_one.then_some((end, false))
}

/// End tags whose slash a program has escaped, `<\/a>`: they end nothing.
fn backslashed(cx: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let bytes = cx.bytes();
    let mut places = cx.places();
    let mut code = CodeElements::new(cx);
    let mut first: Option<Span> = None;
    let mut edits = Vec::new();
    let slashes = cx.document.source().brackets(|byte| byte == b'\\').filter_map(|at| at.checked_sub(1));
    for at in slashes.filter(|at| bytes[*at..].starts_with(b"<\\/")) {
        let rest = &bytes[at + 3..];
        let length = rest.iter().take(LONGEST).take_while(|byte| byte.is_ascii_alphanumeric()).count();
        let is_tag = rest.get(length) == Some(&b'>') && is_known(&rest[..length].to_ascii_lowercase());
        if is_tag && places.at(at).0 == Place::Text && !code.are_around(cx, at) {
            first = first.or(Some(Span::new(at, at + 3 + length + 1)));
            edits.push(Edit::delete(Span::new(at + 1, at + 2)));
        }
    }
    if let Some(first) = first {
        let title = if edits.len() == 1 { "delete the backslash" } else { "delete the backslashes of all end tags" };
        let message = "the slash of this end tag is escaped, so it ends nothing and the customer sees it as text";
        found.push(RULE.at(first, message).help(title).fix(title, Safety::Safe, edits));
    }
}
