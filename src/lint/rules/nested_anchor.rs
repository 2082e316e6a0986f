//! A link inside another link.

use crate::diagnostic::{Diagnostic, Level};
use crate::lint::{Check, Checkup, Rule, When};

/// A link is inside another link.
pub const RULE: Rule = Rule {
    name: "nested-anchor",
    level: Level::Note,
    when: When::OncePerFile,
    summary: "a link is inside another link, which HTML does not allow",
    page: include_str!("../../../fixtures/rules/nested-anchor.md"),
    check: Check::Template(check),
};

fn check(cx: &Checkup<'_>, found: &mut Vec<Diagnostic>) {
    let anchors = cx.anchors();
    for anchor in anchors.iter().filter(|anchor| anchor.href.is_some()) {
        // One that is never closed is another mistake.
        let outer = anchor.outer.map(|outer| anchors[outer]);
        if outer.is_some_and(|outer| outer.href.is_some() && outer.end.is_some()) {
            found.push(
                RULE.at(anchor.tag.span, "this link is inside another one, which most email programs end here")
                    .help("close the outer link with `</a>` before this one, or delete one of them"),
            );
        }
    }
}
