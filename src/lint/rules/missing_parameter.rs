//! A portal link or macro without something that its page needs.

use crate::diagnostic::{Diagnostic, Level, Safety};
use crate::lint::glued;
use crate::lint::placeholders::write;
use crate::lint::whole_link::ampersand;
use crate::lint::{Check, Context, PortalLink, Rewrite, Rule, When, foreign_values, params};
use crate::nearest::nearest;
use crate::parse::deep_link::{self, LinkForm, LinkParam};
use crate::parse::document::Place;
use crate::span::Span;
use crate::vocabulary::{Command, Param, Target};

/// Something that the page needs is missing.
pub const RULE: Rule = Rule {
    name: "missing-parameter",
    level: Level::Error,
    also: &[],
    when: When::On,
    rewrite: Rewrite::Leaves,
    summary: "a portal link or link macro is missing something that its page needs",
    page: include_str!("../../../fixtures/rules/missing-parameter.md"),
    checks: &[Check::Link(check)],
};

fn check(cx: &Context<'_>, portal_link: &PortalLink<'_>, found: &mut Vec<Diagnostic>) {
    let link = &portal_link.link;
    if link.form != LinkForm::Current || portal_link.is_broken_by_reference() {
        return;
    }
    if link.value("name").is_none() {
        // A link that only signs in names no page.
        if !link.params.iter().any(|param| portal_link.target.auth_param(&param.key.text).is_some()) {
            found.push(RULE.at(link.at.span, "this link does not say what to open: `name=` is missing").help(
                "for the ticket that the message is about, write `name=ticket&ticket_id=…` or use the macro `[dd:ticket]`",
            ));
        }
        return;
    }
    let Some(command) = portal_link.command() else { return };
    let after_hash = glued::after_hash(cx.document, link, command);
    let mut seen: Vec<&str> = Vec::new();
    for param in &link.params {
        let key = &*param.key.text;
        if seen.contains(&key) || command.param(key).is_none() {
            continue;
        }
        seen.push(key);
        let is_empty = param.value.as_ref().is_none_or(|value| value.text.is_empty());
        // `ticket_id=##ticket.id##`
        if is_empty && foreign_values::in_link(cx, portal_link, param).is_none() {
            // Another rule reports one after a `#`.
            if after_hash.is_some_and(|(known, ..)| known.name == key) {
                continue;
            }
            let finding = RULE.at(param.key.span, format!("`{key}=` has no value"));
            let token = command.param(key).filter(|known| known.required).and_then(|known| token(cx, known));
            found.push(match token {
                Some(token) => {
                    let equals = if param.value.is_some() { "" } else { "=" };
                    let edits = write(link.at.place, after(param), format!("{equals}{token}"));
                    finding.help(format!("write `{key}={token}`")).fix(
                        format!("write `{key}={token}`"),
                        Safety::Suggested,
                        edits,
                    )
                }
                None => finding,
            });
        }
    }
    for param in command.params.iter().filter(|param| param.required && !seen.contains(&param.name.as_str())) {
        let name = &param.name;
        let finding = RULE.at(link.at.span, format!("this link to `{}` needs `{name}=`", command.name));
        found.push(match (token(cx, param), misspelt(portal_link, command, param)) {
            (_, Some(wrong)) => finding.help(format!("`{wrong}` is probably a misspelling of it")),
            (Some(token), None) => {
                let more = format!("{name}={token}");
                let edits = append(cx, portal_link, &more);
                let finding = finding.help(format!("add `{more}`"));
                if edits.is_empty() { finding } else { finding.fix(format!("add `{more}`"), Safety::Suggested, edits) }
            }
            (None, None) => finding,
        });
    }
}

/// The placeholder for a parameter, including brackets.
fn token(cx: &Context<'_>, param: &Param) -> Option<String> {
    param.means.as_ref().and_then(|meaning| cx.token(meaning)).map(|token| format!("[{token}]"))
}

/// The key in the link that another rule reports as a misspelling of a parameter.
fn misspelt<'a>(portal_link: &'a PortalLink<'_>, command: &Command, param: &Param) -> Option<&'a str> {
    let names = || command.params.iter().map(|param| param.name.as_str());
    let unknown =
        params::once_each(portal_link).map(|param| &*param.key.text).filter(|key| command.param(key).is_none());
    unknown
        .filter(|key| *key != "name")
        .find(|key| nearest(key, names()).is_some_and(|near| near.names().contains(&param.name.as_str())))
}

/// The place after a parameter, where more can be inserted.
fn after(param: &LinkParam) -> Span {
    let end = param.value.as_ref().map_or(param.key.span.end, |value| value.span.end);
    Span { start: end, end }
}

/// The edits that add a parameter after the last one.
fn append(cx: &Context<'_>, portal_link: &PortalLink<'_>, more: &str) -> Vec<crate::source::edit::Edit> {
    let Some(last) = portal_link.link.params.iter().rfind(|param| !param.key.text.is_empty()) else {
        return Vec::new();
    };
    let more = format!("&{more}");
    let text = if portal_link.link.at.place == Place::PlainText {
        more
    } else {
        deep_link::escape(&more, ampersand(cx, portal_link))
    };
    write(portal_link.link.at.place, after(last), text)
}

/// A link macro without a parameter that nothing fills in.
pub(crate) fn in_macro(target: &Target, command: &Command, param: &Param, span: Span) -> Diagnostic {
    let Param { name, .. } = param;
    RULE.at(span, format!("`[{}:{}]` needs `{name}=`", target.prefix, command.key))
        .help(format!("write `[{}:{} {name}=…]`", target.prefix, command.key))
}
