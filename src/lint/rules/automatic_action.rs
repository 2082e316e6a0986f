//! An action that starts as soon as anyone, or anything, opens the link.

use crate::diagnostic::{Diagnostic, Level, Safety};
use crate::lint::{Case, Check, Context, PortalLink, Rewrite, Rule, When, params};
use crate::source::edit::Edit;
use crate::span::Span;

/// A link starts its action as soon as it is opened.
pub const RULE: Rule = Rule {
    name: "automatic-action",
    level: Level::Warning,
    also: &[SIGNS_IN],
    when: When::On,
    rewrite: Rewrite::Leaves,
    summary: "a link approves or declines as soon as it is opened, even by a mail scanner",
    page: include_str!("../../../fixtures/rules/automatic-action.md"),
    checks: &[Check::Link(check)],
};

const SIGNS_IN: Case = Case { level: Level::Error, when: "where the link also signs in by itself" };

fn check(cx: &Context<'_>, portal_link: &PortalLink<'_>, found: &mut Vec<Diagnostic>) {
    let Some(command) = params::readable_command(portal_link) else { return };
    for (param, value) in params::values(portal_link, command).filter(|(_, value)| params::is_literal(cx, value)) {
        if !param.automatic.iter().any(|action| **action == *value.text) {
            continue;
        }
        // If the link also signs the reader in, it needs no reader at all.
        let signs_in = portal_link
            .link
            .params
            .iter()
            .any(|param| portal_link.target.auth_param(&param.key.text).is_some_and(|auth| auth.secret));
        let mut finding = finding(&value.text, value.span);
        if let Some(asks) = asking(&value.text).filter(|asks| param.values.iter().any(|known| known == asks)) {
            let edits = vec![Edit::new(value.span, asks)];
            finding = finding.fix(ask_first(asks), Safety::Suggested, edits);
        }
        if signs_in {
            finding = RULE
                .in_case(SIGNS_IN, finding)
                .with_note("the link also signs in by itself, so anyone who opens it acts for the reader");
        }
        found.push(finding);
    }
}

/// An action that mail scanners would start by following the link.
pub(crate) fn finding(action: &str, span: Span) -> Diagnostic {
    let finding = RULE.at(span, format!("`{action}` acts as soon as the link is opened, and mail scanners open links"));
    match asking(action) {
        Some(asks) => finding.help(ask_first(asks)),
        None => finding,
    }
}

fn ask_first(asks: &str) -> String {
    format!("write `{asks}`, which asks the reader first")
}

/// The action that does the same after asking the reader.
fn asking(action: &str) -> Option<&str> {
    action.strip_prefix("auto_")
}
