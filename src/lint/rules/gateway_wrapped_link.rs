//! A link that a mail gateway has rewritten: it was copied from a delivered mail.

use crate::diagnostic::{Diagnostic, Level, Safety};
use crate::lint::whole_link::replacement;
use crate::lint::{Check, Context, PortalLink, Rewrite, Rule, When};
use crate::parse::deep_link::{self, LinkForm};
use crate::vocabulary::Gateway;

/// A mail gateway has rewritten a link.
pub const RULE: Rule = Rule {
    name: "gateway-wrapped-link",
    level: Level::Warning,
    also: &[],
    when: When::On,
    rewrite: Rewrite::Fixes,
    summary: "a mail gateway has rewritten a link, so it was copied from a delivered message",
    page: include_str!("../../../fixtures/rules/gateway-wrapped-link.md"),
    checks: &[Check::Wrapped(check)],
};

fn check(cx: &Context<'_>, it: &PortalLink<'_>, inner: Option<&str>, found: &mut Vec<Diagnostic>) {
    let LinkForm::Wrapped(index) = it.link.form else { return };
    let title = Gateway::builtin().get(index).map_or("a mail gateway", |gateway| &gateway.title);
    let message = format!("{title} has rewritten this link; it was copied from a delivered message");
    let finding = RULE.at(it.link.at.span, message);
    found.push(match inner {
        Some(url) => {
            let url = deep_link::without_quotes(url);
            finding.help(format!("write `{url}`")).fix(
                format!("write `{url}`"),
                Safety::Safe,
                vec![replacement(cx, it, &url)],
            )
        }
        None => finding.help("write the original link, or use a macro such as `[dd:ticket]`"),
    });
}
