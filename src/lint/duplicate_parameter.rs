//! One parameter twice in a portal link or in a macro.

use std::collections::{HashMap, HashSet};

use crate::diagnostic::{Diagnostic, Level};
use crate::link::LinkForm;
use crate::lint::{Check, Checkup, PortalLink, Rule, When};

/// A parameter appears more than once.
pub const RULE: Rule = Rule {
    name: "duplicate-parameter",
    level: Level::Warning,
    when: When::On,
    summary: "a parameter appears more than once in a portal link or link macro",
    page: include_str!("../../fixtures/rules/duplicate-parameter.md"),
    check: Check::Link(check),
};

fn check(_: &Checkup<'_>, it: &PortalLink<'_>, found: &mut Vec<Diagnostic>) {
    if it.link.form != LinkForm::Current || it.is_broken_by_reference() || it.command().is_none() {
        return;
    }
    let mut times: HashMap<&str, usize> = HashMap::new();
    for param in &it.link.params {
        *times.entry(&param.key.text).or_default() += 1;
    }
    times.retain(|key, times| *times > 1 && !key.is_empty());
    if times.is_empty() {
        return;
    }
    // The second of each key is reported, for all that follow.
    let mut seen = HashSet::new();
    for key in it.link.params.iter().map(|param| &param.key) {
        let Some(&all) = times.get(&*key.text) else { continue };
        if seen.insert(&*key.text) {
            continue;
        }
        times.remove(&*key.text);
        let often = if all == 2 { "twice".to_owned() } else { format!("{all} times") };
        found.push(
            RULE.at(key.span, format!("`{}` appears {often} in this link", key.text))
                .help("keep the one that is meant"),
        );
    }
}
