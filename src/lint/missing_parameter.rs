//! A portal link, or a macro, without something that its page needs.

use crate::diagnostic::{Diagnostic, Level};
use crate::link::LinkForm;
use crate::lint::{Check, Checkup, PortalLink, Rule, When};

/// Something that the page needs is missing.
pub const RULE: Rule = Rule {
    name: "missing-parameter",
    level: Level::Error,
    when: When::On,
    summary: "a portal link or a link macro lacks something that its page needs",
    page: include_str!("../../fixtures/rules/missing-parameter.md"),
    check: Check::Link(check),
};

fn check(cx: &Checkup<'_>, it: &PortalLink<'_>, found: &mut Vec<Diagnostic>) {
    let link = &it.link;
    if link.form != LinkForm::Current || it.is_broken_by_reference() {
        return;
    }
    if link.value("name").is_none() {
        // A link that only signs in names no page.
        if !link.params.iter().any(|param| it.target.auth_param(&param.key.text).is_some()) {
            found
                .push(RULE.at(link.at.span, "this link does not say what to open: `name=` is missing").help(
                    "for the ticket of the mail write `name=ticket&ticket_id=…`, or use the macro `[dd:ticket]`",
                ));
        }
        return;
    }
    let Some(command) = it.command() else { return };
    let mut seen: Vec<&str> = Vec::new();
    for param in &link.params {
        let key = param.key.text.as_str();
        if seen.contains(&key) || command.param(key).is_none() {
            continue;
        }
        seen.push(key);
        if param.value.as_ref().is_none_or(|value| value.text.is_empty()) {
            found.push(RULE.at(param.key.span, format!("`{key}=` has no value")));
        }
    }
    for param in command.params.iter().filter(|param| param.required && !seen.contains(&param.name.as_str())) {
        let finding = RULE.at(link.at.span, format!("this link to `{}` needs `{}=`", command.name, param.name));
        let token = param.means.as_ref().and_then(|meaning| cx.token(meaning));
        found.push(match token {
            Some(token) => finding.help(format!("add `{}=[{token}]`", param.name)),
            None => finding,
        });
    }
}
