//! A link inside another link.

use crate::diagnostic::{Diagnostic, Level};
use crate::lint::{Anchor, Check, Context, Rewrite, Rule, When};

/// A link is inside another link.
pub const RULE: Rule = Rule {
    name: "nested-anchor",
    level: Level::Note,
    also: &[],
    when: When::OncePerFile,
    rewrite: Rewrite::Leaves,
    summary: "a link is inside another link, which HTML does not allow",
    page: include_str!("../../../fixtures/rules/nested-anchor.md"),
    checks: &[Check::Anchors(check)],
};

fn check(cx: &Context<'_>, anchor: &Anchor, found: &mut Vec<Diagnostic>) {
    // An outer link that is never closed is a different problem.
    let outer = anchor.outer.filter(|_| anchor.href.is_some()).and_then(|outer| cx.anchors().get(outer as usize));
    if outer.is_some_and(|outer| outer.href.is_some() && outer.end.is_some()) {
        found.push(
            RULE.at(anchor.tag.span, "this link is inside another one, which most email programs end here")
                .help("close the outer link with `</a>` before this one, or delete one of them"),
        );
    }
}
