//! A parameter that the page of a portal link does not take.

use crate::diagnostic::{Diagnostic, Level, Safety};
use crate::edit::Edit;
use crate::lint::{Check, Checkup, PortalLink, Rule, When, params};
use crate::nearest;

/// A parameter is not one that the page takes.
pub const RULE: Rule = Rule {
    name: "unknown-parameter",
    level: Level::Warning,
    when: When::On,
    summary: "a portal link or a link macro has a parameter that its page does not take",
    page: include_str!("../../fixtures/rules/unknown-parameter.md"),
    check: Check::Link(check),
};

fn check(_: &Checkup<'_>, it: &PortalLink<'_>, found: &mut Vec<Diagnostic>) {
    let Some(command) = params::readable_command(it) else { return };
    for param in params::once_each(it).filter(|param| command.param(&param.key.text).is_none()) {
        let key = param.key.text.as_str();
        if key == "name" || it.target.auth_param(key).is_some() {
            continue;
        }
        let finding = RULE.at(param.key.span, format!("`name={}` takes no `{key}`", command.name));
        let is_free = |name: &&str| it.link.param(name).is_none();
        let names = command.params.iter().map(|param| param.name.as_str());
        found.push(match nearest(key, names) {
            Some(right) if is_free(&right) => finding.help(format!("did you mean `{right}`?")).fix(
                format!("write `{right}`"),
                Safety::Suggested,
                vec![Edit::new(param.key.span, right)],
            ),
            Some(right) => finding.help(format!("did you mean `{right}`?")),
            None => finding,
        });
    }
}
