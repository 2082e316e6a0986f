//! Lines that were meant as settings at the top of a template, but are sent as part of the message.

use crate::diagnostic::{Diagnostic, Level};
use crate::lint::{Check, Context, Rewrite, Rule, When};
use crate::parse::document::Document;
use crate::parse::front_matter::{UnreadReason, unread};

/// Settings at the top of a template are not recognized.
pub const RULE: Rule = Rule {
    name: "unclosed-settings",
    level: Level::Error,
    also: &[],
    when: When::On,
    rewrite: Rewrite::Leaves,
    summary: "settings at the top of a template are sent as part of the message, since no `---` closes them",
    page: include_str!("../../../fixtures/rules/unclosed-settings.md"),
    checks: &[Check::Template(check)],
};

fn check(cx: &Context<'_>, found: &mut Vec<Diagnostic>) {
    found.extend(finding(cx.document));
}

/// Settings that the message would show.
pub(crate) fn finding(document: &Document) -> Option<Diagnostic> {
    let source = document.source();
    let unread = unread(source, document.front_matter())?;
    let (message, help) = match unread.reason {
        UnreadReason::NeverClosed(likely_end) => {
            let help = match likely_end {
                None => "add a line with `---` after the last setting".to_owned(),
                Some(likely_end) => format!(
                    "line {} may be meant to close them; write exactly three dashes there, `---`, with nothing before them",
                    source.position(likely_end.start as usize).line
                ),
            };
            let message = "the settings at the top start with `---` but are never closed, so they are sent as part of the message";
            (message, help)
        }
        UnreadReason::NotFirst => (
            "the settings do not start on the first line, so they are sent as part of the message",
            "make this `---` the first line of the file; move the lines above it below the settings".to_owned(),
        ),
        UnreadReason::Foreign => (
            "these settings are not psalink's, so they are sent as part of the message",
            "remove them, or use psalink's own settings: subject, dialect, context, audience, layout and text"
                .to_owned(),
        ),
        UnreadReason::Capital => (
            "psalink's settings have no capital letters, so these are sent as part of the message",
            "write their names in lower case: subject, dialect, context, audience, layout and text".to_owned(),
        ),
        UnreadReason::Second => (
            "these settings come after another block of settings, so they are sent as part of the message",
            "put all settings between the first two `---` lines".to_owned(),
        ),
    };
    Some(RULE.at(unread.fence, message).help(help))
}
