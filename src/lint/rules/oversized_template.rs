//! A template so large that Gmail shows only its beginning.

use crate::diagnostic::{Diagnostic, Level};
use crate::lint::{Case, Check, Context, Rewrite, Rule, When};
use crate::source::SourceKind;

/// A template is larger than Gmail shows.
pub const RULE: Rule = Rule {
    name: "oversized-template",
    level: Level::Warning,
    also: &[NEARLY],
    when: When::On,
    rewrite: Rewrite::Leaves,
    summary: "a template is 102 KB or more, so Gmail shows only the beginning",
    page: include_str!("../../../fixtures/rules/oversized-template.md"),
    checks: &[Check::Template(check)],
};

const NEARLY: Case = Case { level: Level::Note, when: "from 90 KB up, because the values of placeholders add to it" };

/// The size at which Gmail clips a message, in bytes.
const LIMIT: usize = 102 * 1024;
/// The size from which the values of the placeholders may take it over the limit, in bytes.
const NEAR: usize = 90 * 1024;

fn check(cx: &Context<'_>, found: &mut Vec<Diagnostic>) {
    if cx.document.source().kind() != SourceKind::Html {
        return;
    }
    let start = cx.document.front_matter().map_or(0, |settings| settings.span.end as usize);
    let size = cx.bytes().len() - start;
    let help = "make it smaller: remove repeated styles and images embedded in the HTML";
    if size >= LIMIT {
        let message = format!("this template is {} KB, and Gmail cuts a message off here, after 102 KB", size / 1024);
        found.push(RULE.at(cx.character_at(start + LIMIT - 1), message).help(help));
    } else if size >= NEAR {
        let message = format!("this template is {} KB, and Gmail cuts a message off after 102 KB", size / 1024);
        found.push(
            RULE.at_in(NEARLY, cx.character_at(start + NEAR - 1), message)
                .help(help)
                .with_note("the values of the placeholders add to that"),
        );
    }
}
