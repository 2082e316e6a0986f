//! A parameter that appears more than once in a portal link or a macro.

use std::collections::{HashMap, HashSet};

use crate::diagnostic::{Diagnostic, Level};
use crate::lint::{Check, Context, PortalLink, Rewrite, Rule, When};
use crate::parse::deep_link::LinkForm;
use crate::span::Span;

/// A parameter appears more than once.
pub const RULE: Rule = Rule {
    name: "duplicate-parameter",
    level: Level::Warning,
    also: &[],
    when: When::On,
    rewrite: Rewrite::Leaves,
    summary: "a parameter appears more than once in a portal link or link macro",
    page: include_str!("../../../fixtures/rules/duplicate-parameter.md"),
    checks: &[Check::Link(check)],
};

fn check(_: &Context<'_>, portal_link: &PortalLink<'_>, found: &mut Vec<Diagnostic>) {
    if portal_link.link.form != LinkForm::Current
        || portal_link.is_broken_by_reference()
        || portal_link.command().is_none()
    {
        return;
    }
    found.extend(findings(portal_link.link.params.iter().map(|param| (&*param.key.text, param.key.span)), "link"));
}

/// One finding for each key that appears more than once, at its second occurrence; `place` says what the keys are in.
pub(crate) fn findings<'a>(keys: impl Iterator<Item = (&'a str, Span)> + Clone, place: &str) -> Vec<Diagnostic> {
    let mut times: HashMap<&str, usize> = HashMap::new();
    for (key, _) in keys.clone() {
        *times.entry(key).or_default() += 1;
    }
    times.retain(|key, times| *times > 1 && !key.is_empty());
    let mut found = Vec::new();
    let mut seen = HashSet::new();
    for (key, span) in keys {
        if times.is_empty() {
            break;
        }
        if !times.contains_key(key) || seen.insert(key) {
            continue;
        }
        let often = match times.remove(key) {
            Some(2) | None => "twice".to_owned(),
            Some(times) => format!("{times} times"),
        };
        let message = format!("`{key}` appears {often} in this {place}");
        found.push(RULE.at(span, message).help("keep the one you mean"));
    }
    found
}
