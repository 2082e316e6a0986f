//! Markup that is escaped, so readers see the tags: `&lt;p&gt;Your ticket …&lt;/p&gt;`.

use memchr::memmem;

use crate::diagnostic::{Diagnostic, Level};
use crate::html::elements::is_known;
use crate::lint::code_elements::CodeElements;
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

/// The ways to write `<` before its `;`, and the ways to write `>`.
const LESS: [&str; 8] = ["&amp;lt", "&amp;#60", "&amp;#x3c", "&lt", "&#60", "&#060", "&#x3c", "&#x03c"];
const GREATER: [&str; 8] = ["&gt;", "&#62;", "&#062;", "&#x3e;", "&amp;gt;", "&amp;#62;", "&amp;#x3e;", ">"];

fn ends_with(text: &[u8], end: &str) -> bool {
    let start = text.len().checked_sub(end.len());
    start.and_then(|start| text.get(start..)).is_some_and(|tail| tail.eq_ignore_ascii_case(end.as_bytes()))
}

fn check(cx: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let bytes = cx.bytes();
    let mut places = cx.places();
    let mut code = CodeElements::new(cx);
    // `&lt;/p`, `&#60;/p`, or `&amp;lt;/p` if it was escaped twice.
    for at in memmem::find_iter(bytes, b";/") {
        let before = &bytes[at.saturating_sub(LONGEST)..at];
        let Some(start) = LESS.iter().find(|written| ends_with(before, written)).map(|written| at - written.len())
        else {
            continue;
        };
        let rest = &bytes[at + 2..bytes.len().min(at + 2 + LONGEST)];
        let length = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
        let after = &bytes[at + 2 + length..];
        let begins = |end: &&&str| after.get(..end.len()).is_some_and(|head| head.eq_ignore_ascii_case(end.as_bytes()));
        let Some(end) = GREATER.iter().find(begins) else { continue };
        if !is_known(&rest[..length].to_ascii_lowercase()) || places.at(start).0 != Place::Text {
            continue;
        }
        if !code.are_around(cx, start) {
            let span = Span::new(start, at + 2 + length + end.len());
            let finding = RULE.at(span, "this tag is escaped, so the customer sees it as text");
            found.push(finding.help("paste the HTML into the source view of the editor, not into the message"));
        }
    }
}
