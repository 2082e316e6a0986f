//! A link that a mail gateway has rewritten, because it was copied from a delivered message.

use crate::diagnostic::{Diagnostic, Level, Safety};
use crate::lint::whole_link::replacement;
use crate::lint::{Check, Context, Inner, PortalLink, Rewrite, Rule, When};
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

fn check(cx: &Context<'_>, portal_link: &PortalLink<'_>, inner: Option<&Inner>, found: &mut Vec<Diagnostic>) {
    let LinkForm::Wrapped(index) = portal_link.link.form else { return };
    let Some(gateway) = Gateway::builtin().get(index) else { return };
    let message = match gateway.is_redirect {
        true => format!("this link leads through {}, which may warn the reader or change it", gateway.title),
        false => format!("{} has rewritten this link; it was copied from a delivered message", gateway.title),
    };
    let finding = RULE.at(portal_link.link.at.span, message);
    found.push(match inner {
        Some(Inner { url, is_own }) => {
            let url = deep_link::without_quotes(url);
            let safety = if *is_own { Safety::Safe } else { Safety::Suggested };
            finding.help(format!("write `{url}`")).fix(
                format!("write `{url}`"),
                safety,
                vec![replacement(cx, portal_link, &url)],
            )
        }
        None => finding.help(
            "the original address cannot be read from it; write the original link, or use a macro such as `[dd:ticket]`",
        ),
    });
}
