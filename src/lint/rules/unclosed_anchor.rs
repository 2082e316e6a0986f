//! A link that is never closed.

use crate::diagnostic::{Diagnostic, Level};
use crate::lint::rules::{unclosed_element, unclosed_quote};
use crate::lint::{Anchor, Check, Context, Rewrite, Rule, When};
use crate::span::Span;

/// A link is never closed.
pub const RULE: Rule = Rule {
    name: "unclosed-anchor",
    level: Level::Note,
    also: &[],
    when: When::OncePerFile,
    rewrite: Rewrite::Leaves,
    summary: "a link is never closed, so what follows counts as its text",
    page: include_str!("../../../fixtures/rules/unclosed-anchor.md"),
    checks: &[Check::Anchors(check)],
};

fn check(cx: &Context<'_>, anchor: &Anchor, found: &mut Vec<Diagnostic>) {
    if anchor.href.is_none() || anchor.end.is_some() {
        return;
    }
    // A tag without an end has swallowed the end of the link.
    if unclosed_element::is_open(cx, &anchor.tag) || unclosed_quote::of(cx, &anchor.tag).is_some() {
        return;
    }
    // An end tag whose slash is escaped is reported as such.
    let rest = &cx.bytes()[anchor.tag.span.end as usize..];
    if memchr::memmem::find(&rest[..rest.len().min(NEAR)], b"\\/a>").is_some() {
        return;
    }
    found.push(if anchor.holds_anchor {
        RULE.at(anchor.tag.span, "this link is never closed, so everything up to the next one counts as its text")
            .help(HELP)
    } else {
        finding(anchor.tag.span)
    });
}

/// How far after its start tag the end of a link is looked for.
const NEAR: usize = 4096;

const HELP: &str = "add `</a>` where the text of the link ends";

/// A link that stays open to the end of the template.
pub(crate) fn finding(tag: Span) -> Diagnostic {
    RULE.at(tag, "this link is never closed, so everything after it counts as its text").help(HELP)
}
