//! A placeholder where no reader sees it: in a script or a style sheet.

use crate::diagnostic::{Diagnostic, Level};
use crate::lint::{Check, Context, Rewrite, Rule, When};
use crate::parse::document::{Part, PartKind, Place};

/// A placeholder is in a script or a style sheet.
pub const RULE: Rule = Rule {
    name: "placeholder-in-script",
    level: Level::Note,
    also: &[],
    when: When::Off,
    rewrite: Rewrite::Leaves,
    summary: "a placeholder is in a script or style sheet, where readers do not see it",
    page: include_str!("../../../fixtures/rules/placeholder-in-script.md"),
    checks: &[Check::Parts(check)],
};

fn check(cx: &Context<'_>, part: &Part, found: &mut Vec<Diagnostic>) {
    let PartKind::Placeholder(spelling) = &part.kind else { return };
    let place = match part.place {
        Place::Script => "a script",
        Place::Style => "a style sheet",
        _ => return,
    };
    if spelling.known_in(cx.settings.dialect).is_some() {
        let message = format!("`{}` is in {place}, where readers do not see it", spelling.token());
        found.push(RULE.at(part.span, message).help("move it into the text of the message, or remove it"));
    }
}
