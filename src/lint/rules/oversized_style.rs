//! Style sheets that are too large for Gmail.

use crate::diagnostic::{Diagnostic, Level};
use crate::lint::{Check, Context, Rewrite, Rule, When};

/// The style sheets are too large for Gmail.
pub const RULE: Rule = Rule {
    name: "oversized-style",
    level: Level::Note,
    also: &[],
    when: When::OncePerFile,
    rewrite: Rewrite::Leaves,
    summary: "the style sheets of a template are 16 KB or more, and Gmail drops them",
    page: include_str!("../../../fixtures/rules/oversized-style.md"),
    checks: &[Check::Template(check)],
};

/// The size at which Gmail drops style sheets, in bytes.
const LIMIT: usize = 16 * 1024;

fn check(cx: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let mut size = 0;
    for (tag, sheet) in cx.style_sheets() {
        // For all programs but Outlook, these are comments.
        if tag.conditional {
            continue;
        }
        let before = size;
        size += sheet.span.len();
        if size >= LIMIT {
            let place = cx.character_at(sheet.span.start as usize + LIMIT - before - 1);
            found.push(
                RULE.at(place, "the style sheets of this template reach 16 KB here, and Gmail drops all of them")
                    .help("delete unused styles, and put the others in the `style` attribute of each tag"),
            );
            return;
        }
    }
}
