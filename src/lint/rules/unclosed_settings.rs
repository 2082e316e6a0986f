//! Lines that were meant as settings on top of a template, and are sent as part of the mail.

use crate::diagnostic::{Diagnostic, Level};
use crate::lint::{Check, Checkup, Rule, When};
use crate::parse::document::Document;
use crate::parse::front_matter::{WhyUnread, unread};

/// Settings on top of a template are not read as such.
pub const RULE: Rule = Rule {
    name: "unclosed-settings",
    level: Level::Error,
    when: When::On,
    summary: "settings on top of a template that are sent as part of the mail, since no `---` closes them",
    page: include_str!("../../../fixtures/rules/unclosed-settings.md"),
    check: Check::Template(check),
};

fn check(cx: &Checkup<'_>, found: &mut Vec<Diagnostic>) {
    found.extend(finding(cx.document));
}

/// Settings that the mail would show.
pub(crate) fn finding(document: &Document) -> Option<Diagnostic> {
    let source = document.source();
    let unread = unread(source, document.front_matter())?;
    let (message, help) = match unread.why {
        WhyUnread::NeverClosed(meant) => {
            let help = match meant {
                None => "write a line of `---` below the last of the settings".to_owned(),
                Some(meant) => format!(
                    "line {} was perhaps meant to close them; write `---` there, three dashes with nothing before them",
                    source.position(meant.start as usize).line
                ),
            };
            let message =
                "the settings on top are opened by `---` and never closed, so they are sent as part of the mail";
            (message, help)
        }
        WhyUnread::NotFirst => (
            "the settings do not begin on the first line, so they are sent as part of the mail",
            "let the file begin with this `---`; move what stands above it below the settings".to_owned(),
        ),
        WhyUnread::Second => (
            "these settings stand below others, so they are sent as part of the mail",
            "write them all between the first two lines of `---`".to_owned(),
        ),
    };
    Some(RULE.at(unread.fence, message).help(help))
}
