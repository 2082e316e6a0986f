//! A link of the old portal.

use crate::diagnostic::{Diagnostic, Level, Safety};
use crate::lint::whole_link::{new_link, record_value, replacement};
use crate::lint::{Check, Context, PortalLink, Rewrite, Rule, When};
use crate::parse::deep_link::{Field, LinkForm};
use crate::vocabulary::{Command, Retired};

/// A link of the old portal no longer works.
pub const RULE: Rule = Rule {
    name: "retired-deep-link",
    level: Level::Error,
    also: &[],
    when: When::On,
    rewrite: Rewrite::Fixes,
    summary: "a link to the old portal no longer works",
    page: include_str!("../../../fixtures/rules/retired-deep-link.md"),
    checks: &[Check::Link(check)],
};

fn check(cx: &Context<'_>, portal_link: &PortalLink<'_>, found: &mut Vec<Diagnostic>) {
    let LinkForm::Retired(index) = portal_link.link.form else { return };
    let form = &portal_link.target.retired[index];
    let whole = portal_link.link.at.span;
    let old = format!("`{}:` links to the old portal no longer work", portal_link.target.desktop_scheme());
    let Some(command) = form.becomes.as_ref().and_then(|key| portal_link.target.command(key)) else {
        let message = format!("`{}` is a link to the old portal, and its replacement is not known", form.word);
        let finding = RULE.at(whole, message).help("open the page in the new portal, and copy its link");
        found.push(match &form.note {
            Some(note) => finding.with_note(note.clone()),
            None => finding,
        });
        return;
    };
    if says_more(portal_link) {
        found.push(
            RULE.at(whole, format!("{old}, and this one has more parameters than `{}`", form.word))
                .help(format!("replace it with the macro `[{}:{}]`", portal_link.target.prefix, command.key)),
        );
        return;
    }
    match params(cx, portal_link, form) {
        Err(finding) => found.push(*finding),
        Ok(params) => {
            let params: Vec<(&str, &str)> = params.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
            found.push(match new_link(cx, portal_link.target, cx.settings.client, command, &params) {
                Some(url) => RULE.at(whole, old).help(format!("write `{url}`")).fix(
                    format!("write `{url}`"),
                    Safety::Safe,
                    vec![replacement(cx, portal_link, &url)],
                ),
                None => RULE.at(whole, old).help(
                    "name your portal, and psalink replaces the link: `portal: acme` in psalink.yaml, or \
                     `--portal acme`",
                ),
            });
        }
    }
}

/// A literal record number that an old link passes to the new one, and the meaning that it should have.
pub(in crate::lint) fn literal_record<'a>(
    cx: &Context<'_>,
    portal_link: &'a PortalLink<'_>,
) -> Option<(&'a Field, &'a str)> {
    let LinkForm::Retired(index) = portal_link.link.form else { return None };
    let form = &portal_link.target.retired[index];
    let command =
        form.becomes.as_ref().and_then(|key| portal_link.target.command(key)).filter(|_| !says_more(portal_link))?;
    let meaning = meaning(command, form)?;
    let value = value(portal_link, form)?;
    let text = record_value(cx, value).ok()?;
    (!text.starts_with('[')).then_some((value, meaning))
}

/// Whether a link has more parameters than its form.
fn says_more(portal_link: &PortalLink<'_>) -> bool {
    portal_link.link.params.iter().filter(|param| !param.key.text.is_empty()).count() > 1
        || portal_link.link.text().contains('#')
}

fn value<'a>(portal_link: &'a PortalLink<'_>, form: &Retired) -> Option<&'a Field> {
    let is_it = |key: &str| key.eq_ignore_ascii_case(&form.word);
    portal_link.link.params.iter().find(|param| is_it(&param.key.text)).and_then(|param| param.value.as_ref())
}

fn meaning<'a>(command: &'a Command, form: &Retired) -> Option<&'a str> {
    form.value.as_ref().and_then(|name| command.param(name)).and_then(|param| param.means.as_deref())
}

fn params(
    cx: &Context<'_>,
    portal_link: &PortalLink<'_>,
    form: &Retired,
) -> Result<Vec<(String, String)>, Box<Diagnostic>> {
    match (&form.value, value(portal_link, form)) {
        (Some(name), Some(value)) => match record_value(cx, value) {
            Ok(text) => Ok(vec![(name.clone(), text)]),
            Err(finding) => Err(finding.unwrap_or_else(|| Box::new(no_number(value)))),
        },
        _ => Ok(Vec::new()),
    }
}

fn no_number(value: &Field) -> Diagnostic {
    let message =
        format!("`{}` is not the number of a ticket, so this link to the old portal is left as it is", value.text);
    RULE.at(value.span, message).help("link to the ticket with `[dd:ticket]`")
}
