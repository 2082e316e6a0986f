//! Markup that is escaped, so that a reader sees the tags: `&lt;p&gt;Your ticket …&lt;/p&gt;`.

use memchr::memmem;

use crate::diagnostic::{Diagnostic, Level};
use crate::html::elements::is_known;
use crate::lint::code_elements::CodeElements;
use crate::lint::{Check, Context, Rewrite, Rule, When};
use crate::parse::document::Place;
use crate::span::Span;

/// Markup is escaped, so a reader sees its tags.
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

/// The longest name of an element.
const LONGEST: usize = 12;

fn check(cx: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let bytes = cx.bytes();
    let mut places = cx.places();
    let mut code = CodeElements::new(cx);
    // `&lt;/p`, or `&amp;lt;/p` where it was escaped twice.
    for at in memmem::find_iter(bytes, b"lt;/") {
        let start =
            [&b"&"[..], b"&amp;"].into_iter().find(|head| bytes[..at].ends_with(head)).map(|head| at - head.len());
        let Some(start) = start else { continue };
        let rest = &bytes[at + 4..bytes.len().min(at + 4 + LONGEST)];
        let length = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
        let after = &bytes[at + 4 + length..];
        let Some(end) = [&b"&gt;"[..], b"&amp;gt;", b">"].into_iter().find(|end| after.starts_with(end)) else {
            continue;
        };
        if !is_known(&rest[..length].to_ascii_lowercase()) || places.at(start).0 != Place::Text {
            continue;
        }
        if !code.are_around(cx, start) {
            let span = Span::new(start, at + 4 + length + end.len());
            let finding = RULE.at(span, "this tag is escaped, so the customer sees it as text");
            found.push(finding.help("paste the HTML into the source view of the editor, not into the message"));
        }
    }
}
