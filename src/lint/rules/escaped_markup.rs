//! Markup that is escaped, so readers see the tags: `&lt;p&gt;Your ticket …&lt;/p&gt;`.

use memchr::memmem;

use crate::diagnostic::{Diagnostic, Level};
use crate::html::elements::is_known;
use crate::lint::backslashes;
use crate::lint::code_elements::CodeElements;
use crate::lint::html_in_text::ALONE;
use crate::lint::{Check, Context, Rewrite, Rule, When};
use crate::parse::document::Place;
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

/// The length of the longest tag.
const TAG: usize = 300;

/// The ways to write `<` without a `;`, and the ways to write `>`.
const LESS: [&str; 8] = ["&amp;lt", "&amp;#60", "&amp;#x3c", "&lt", "&#60", "&#060", "&#x3c", "&#x03c"];
const GREATER: [&str; 9] = ["&gt;", "&#62;", "&#062;", "&#x3e;", "&amp;gt;", "&amp;#62;", "&amp;#x3e;", "&gt", ">"];

fn begins_with(text: &[u8], start: &str) -> bool {
    text.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start.as_bytes()))
}

fn check(cx: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let bytes = cx.bytes();
    let mut places = cx.places();
    let mut code = CodeElements::new(cx);
    // `&lt;/p`, `&#60;/p`, or `&amp;lt;/p` where it was escaped twice; `&lt;br`; `&lt;!--`.
    for start in memchr::memchr_iter(b'&', bytes) {
        let rest = &bytes[start..];
        if !matches!(rest, [_, b'l' | b'L' | b'#', ..] | [_, b'a' | b'A', b'm', b'p', b';', b'l' | b'#', ..]) {
            continue;
        }
        let Some(less) = LESS.iter().find(|less| begins_with(rest, less)) else { continue };
        let at = less.len() + usize::from(rest.get(less.len()) == Some(&b';'));
        let Some(EscapedTag { length, what }) = escaped_tag(&rest[at..]) else { continue };
        let end = start + at + length;
        let (place, is_conditional, _) = places.at(start);
        // Another rule reports what ends a conditional comment.
        let is_end = is_conditional && rest[at..].starts_with(b"!");
        if place != Place::Text || is_end || code.are_around(cx, start) || is_mentioned(bytes, start, end) {
            continue;
        }
        let finding =
            RULE.at(Span::new(start, end), format!("this {what} is escaped, so the customer sees it as text"));
        found.push(finding.help("paste the HTML into the source view of the editor, not into the message"));
    }
    backslashes::check(cx, &RULE, found);
}

/// What follows an escaped `<`.
struct EscapedTag {
    length: usize,
    what: &'static str,
}

/// A tag or the start of a comment after an escaped `<`.
fn escaped_tag(text: &[u8]) -> Option<EscapedTag> {
    if text.starts_with(b"!--") {
        return Some(EscapedTag { length: 3, what: "comment" });
    }
    if begins_with(text, "![endif]") || begins_with(text, "![if ") {
        let length = memchr::memchr(b']', text)? + 1;
        return Some(EscapedTag { length, what: "part of a conditional comment" });
    }
    if begins_with(text, "!doctype html") || begins_with(text, "?xml") {
        let length = text.iter().take(TAG).position(|byte| b"&>".contains(byte))?;
        return Some(EscapedTag { length, what: "declaration" });
    }
    let rest = &text[..text.len().min(TAG)];
    // A tag does not contain another one.
    let rest = &rest[..memmem::find(rest, b"&lt").unwrap_or(rest.len())];
    let closed = |at: usize| GREATER.iter().find(|end| begins_with(&rest[at..], end)).map(|end| at + end.len());
    let name_at = usize::from(rest.starts_with(b"/"));
    let name = rest[name_at..].iter().take(LONGEST);
    let length = name.take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b':').count();
    let name = rest[name_at..name_at + length].to_ascii_lowercase();
    let after = name_at + length;
    // `o:p` and the like are Word's.
    let is_word =
        ALONE.iter().any(|known| known.as_bytes() == name) || matches!(&*name, [b'o' | b'v' | b'w', b':', _, ..]);
    if !is_word && !is_known(&name) {
        return None;
    }
    let tag = |length| Some(EscapedTag { length, what: "tag" });
    if name_at > 0 {
        return closed(after).and_then(tag);
    }
    let end = memchr::memchr2_iter(b'&', b'>', rest).filter(|end| *end >= after).find_map(closed)?;
    let inside = rest.get(after..end)?;
    // `&lt;img of the lobby&gt;` are words, and so may `&lt;code&gt;` be.
    let is_bare =
        inside.trim_ascii_start().strip_prefix(b"/").unwrap_or(inside).trim_ascii_start().len() <= "&amp;gt;".len();
    let has_attribute = inside.first().is_some_and(u8::is_ascii_whitespace) && inside.contains(&b'=');
    let is_tag = if has_attribute { true } else { is_word && is_bare && name != b"img" };
    is_tag.then(|| tag(end)).flatten()
}

/// Whether a sentence is about a tag: in quotation marks, or before the word `tag`.
fn is_mentioned(bytes: &[u8], start: usize, end: usize) -> bool {
    let (before, after) = (&bytes[..start], &bytes[end..]);
    const QUOTES: [(&[u8], &[u8]); 7] = [
        (b"`", b"`"),
        (b"\"", b"\""),
        (b"'", b"'"),
        (b"&quot;", b"&quot;"),
        ("\u{201c}".as_bytes(), "\u{201d}".as_bytes()),
        ("\u{201e}".as_bytes(), "\u{201c}".as_bytes()),
        (b"&ldquo;", b"&rdquo;"),
    ];
    let is_quoted = QUOTES.iter().any(|(open, close)| before.ends_with(open) && after.starts_with(close));
    let word = after.trim_ascii_start();
    let length = word.iter().take(LONGEST).take_while(|byte| byte.is_ascii_alphabetic()).count();
    let word = word[..length].to_ascii_lowercase();
    is_quoted || matches!(&*word, b"tag" | b"tags" | b"element" | b"elements")
}
