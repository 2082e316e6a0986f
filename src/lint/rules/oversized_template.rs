//! A template so large that Gmail shows only its beginning.

use crate::diagnostic::{Diagnostic, Level};
use crate::lint::{Check, Checkup, Rule, When};
use crate::source::SourceKind;

/// A template is larger than Gmail shows.
pub const RULE: Rule = Rule {
    name: "oversized-template",
    level: Level::Warning,
    when: When::On,
    summary: "a template is 102 KB or more, so Gmail shows only the beginning",
    page: include_str!("../../../fixtures/rules/oversized-template.md"),
    check: Check::Template(check),
};

/// Bytes after which Gmail cuts a mail off.
const LIMIT: usize = 102 * 1024;
/// Bytes from which the values of the placeholders may be too much.
const NEAR: usize = 90 * 1024;

fn check(cx: &Checkup<'_>, found: &mut Vec<Diagnostic>) {
    if cx.document.source().kind() != SourceKind::Html {
        return;
    }
    let start = cx.document.front_matter().map_or(0, |settings| settings.span.end as usize);
    let size = cx.bytes().len() - start;
    let help = "make it smaller: remove repeated styles and images embedded in the HTML";
    if size >= LIMIT {
        let message = format!("this template is {} KB, and Gmail cuts a message off here, after 102 KB", size / 1024);
        found.push(RULE.at(cx.letter_at(start + LIMIT - 1), message).help(help));
    } else if size >= NEAR {
        let message = format!("this template is {} KB, and Gmail cuts a message off after 102 KB", size / 1024);
        found.push(
            RULE.weighing(Level::Note, cx.letter_at(start + NEAR - 1), message)
                .help(help)
                .with_note("the values of the placeholders add to that"),
        );
    }
}
