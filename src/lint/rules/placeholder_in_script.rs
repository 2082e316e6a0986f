//! A placeholder where no reader sees it: in a script or a style sheet.

use crate::diagnostic::{Diagnostic, Level};
use crate::lint::{Check, Checkup, Rule, When};
use crate::parse::document::{PartKind, Place};

/// A placeholder is in a script or a style sheet.
pub const RULE: Rule = Rule {
    name: "placeholder-in-script",
    level: Level::Note,
    when: When::Off,
    summary: "a placeholder is in a script or style sheet, where readers do not see it",
    page: include_str!("../../../fixtures/rules/placeholder-in-script.md"),
    check: Check::Template(check),
};

fn check(cx: &Checkup<'_>, found: &mut Vec<Diagnostic>) {
    for part in cx.document.parts() {
        let PartKind::Placeholder(spelling) = &part.kind else { continue };
        let place = match part.place {
            Place::Script => "a script",
            Place::Style => "a style sheet",
            _ => continue,
        };
        if spelling.known_in(cx.settings.dialect).is_some() {
            let message = format!("`{}` is in {place}, where readers do not see it", spelling.token());
            found.push(RULE.at(part.span, message).help("move it into the text of the message, or remove it"));
        }
    }
}
