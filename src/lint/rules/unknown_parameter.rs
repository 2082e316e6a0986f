//! A parameter that the page of a portal link does not accept.

use crate::diagnostic::{Diagnostic, Level, Safety};
use crate::lint::rules::invalid_value;
use crate::lint::{Check, Context, PortalLink, Rewrite, Rule, When, params};
use crate::nearest::nearest;
use crate::parse::deep_link::LinkParam;
use crate::parse::document::Part;
use crate::secret::is_reported;
use crate::source::edit::Edit;
use crate::span::Span;
use crate::vocabulary::{Command, Param};

/// A parameter is not one that the page accepts.
pub const RULE: Rule = Rule {
    name: "unknown-parameter",
    level: Level::Warning,
    also: &[],
    when: When::On,
    rewrite: Rewrite::Leaves,
    summary: "a portal link or link macro has a parameter that its page does not accept",
    page: include_str!("../../../fixtures/rules/unknown-parameter.md"),
    checks: &[Check::Link(check)],
};

fn check(cx: &Context<'_>, portal_link: &PortalLink<'_>, found: &mut Vec<Diagnostic>) {
    let Some(command) = params::readable_command(portal_link) else { return };
    for param in params::once_each(portal_link).filter(|param| command.param(&param.key.text).is_none()) {
        let key = &*param.key.text;
        // Another rule reports secrets.
        let is_secret = is_reported(key) && param.value.as_ref().is_some_and(|value| params::is_literal(cx, value));
        if key == "name" || is_secret || portal_link.target.auth_param(key).is_some() {
            continue;
        }
        let finding = RULE.at(param.key.span, format!("`name={}` has no parameter `{key}`", command.name));
        let is_free = |name: &&str| portal_link.link.param(name).is_none();
        let takes = |name: &&str| command.param(name).is_some_and(|right| takes_value(cx, command, right, param));
        let names = command.params.iter().map(|param| param.name.as_str());
        let Some(near) = nearest(key, names) else {
            found.push(finding);
            continue;
        };
        found.push(match near.sure().filter(|right| is_free(right) && takes(right)) {
            Some(right) => finding.help(format!("write `{right}`")).fix(
                format!("write `{right}`"),
                Safety::Suggested,
                vec![Edit::new(param.key.span, right)],
            ),
            None => finding.help(near.question()),
        });
    }
}

/// Whether a value is valid for a parameter, so that the new name causes no new problem.
fn takes_value(cx: &Context<'_>, command: &Command, right: &Param, written: &LinkParam) -> bool {
    let Some(value) = written.value.as_ref().filter(|value| !value.text.is_empty()) else { return false };
    if params::is_literal(cx, value) {
        return right.means.is_none()
            && !right.automatic.iter().any(|action| **action == *value.text)
            && invalid_value::finding(command, right, &value.text, value.span).is_none();
    }
    let Some(meaning) = &right.means else { return true };
    let known = params::whole_token(cx, value)
        .and_then(Part::spelling)
        .and_then(|spelling| spelling.known_in(cx.settings.dialect));
    known.is_some_and(|known| cx.dialect().means(known, meaning))
}

/// A parameter of a link macro that belongs to another command.
pub(crate) fn of_other_command(command: &str, key: &str, other: &str, span: Span) -> Diagnostic {
    RULE.at(span, format!("`{command}` has no parameter `{key}`; it belongs to `{other}`"))
}
