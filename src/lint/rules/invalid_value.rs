//! A value that a parameter of a portal link does not accept.

use crate::diagnostic::{Diagnostic, Level, Safety};
use crate::lint::address_markup;
use crate::lint::glued::{self, Glued};
use crate::lint::placeholders::write;
use crate::lint::{Check, Context, PortalLink, Rewrite, Rule, When, foreign_values, params};
use crate::nearest::{did_you_mean, nearest};
use crate::parse::document::Place;
use crate::source::edit::Edit;
use crate::span::Span;
use crate::vocabulary::{Command, Param, ParamKind};

/// A parameter does not accept its value.
pub const RULE: Rule = Rule {
    name: "invalid-value",
    level: Level::Error,
    also: &[],
    when: When::On,
    rewrite: Rewrite::Fixes,
    summary: "a parameter of a portal link or link macro has a value that it does not accept",
    page: include_str!("../../../fixtures/rules/invalid-value.md"),
    checks: &[Check::Link(check)],
};

fn check(cx: &Context<'_>, it: &PortalLink<'_>, found: &mut Vec<Diagnostic>) {
    let Some(command) = params::readable_command(it) else { return };
    let glued = glued::in_link(cx.document, &it.link, command);
    // What another product would fill in is spoken of as that.
    let is_foreign = |value: Span| {
        let mut params = it.link.params.iter();
        let param = params.find(|param| param.value.as_ref().is_some_and(|field| field.span == value));
        param.is_some_and(|param| foreign_values::in_link(cx, it, param).is_some())
    };
    let is_markup = |value: Span| !address_markup::in_address(cx.bytes(), value).is_empty() || is_foreign(value);
    let glued = glued.into_iter().filter(|glued| !is_markup(glued.value.span));
    found.extend(glued.map(|glued| finding_about(cx, it, command, &glued)));
    for (param, value) in params::values(it, command).filter(|(_, value)| params::is_literal(cx, value)) {
        let wrong = finding(command, param, &value.text, value.span).filter(|_| !is_markup(value.span));
        let Some(finding) = wrong else { continue };
        // Words such as `{ticket_id}` mean the record of each mail.
        let token = param.means.as_ref().and_then(|meaning| cx.token(meaning)).map(|token| format!("[{token}]"));
        found.push(match token {
            Some(token) => finding.help(format!("write `{token}`, which the PSA fills in for each message")).fix(
                format!("write `{token}`, which the PSA fills in for each message"),
                Safety::Suggested,
                write(it.link.at.place, value.span, token),
            ),
            None => finding,
        });
    }
}

/// What is wrong with a value that is written out.
pub(crate) fn finding(command: &Command, param: &Param, value: &str, span: Span) -> Option<Diagnostic> {
    let (wrong, expected) = match param.kind {
        ParamKind::Id => {
            (!value.bytes().all(|byte| byte.is_ascii_digit()), "a number, or a placeholder for one".to_owned())
        }
        ParamKind::Choice => {
            let known: Vec<String> = param.values.iter().map(|value| format!("`{value}`")).collect();
            (!param.values.iter().any(|known| known == value), format!("one of {}", known.join(", ")))
        }
        ParamKind::Boolean => (!matches!(value, "true" | "false"), "`true` or `false`".to_owned()),
        ParamKind::Text | ParamKind::Email => (value.is_empty(), "a value".to_owned()),
    };
    if !wrong {
        return None;
    }
    let finding = RULE.at(span, format!("`{}` of `{}` cannot be `{value}`", param.name, command.key));
    Some(match nearest(value, param.values.iter().map(String::as_str)) {
        // An action that starts without asking is not offered as a fix.
        Some(right) if param.automatic.iter().any(|automatic| automatic == right) => finding.help(did_you_mean(right)),
        Some(right) => finding.help(format!("write `{right}`")).fix(
            format!("write `{right}`"),
            Safety::Suggested,
            vec![Edit::new(span, right)],
        ),
        None => finding.help(format!("it must be {expected}")),
    })
}

/// A number that is a placeholder and something else: the PSA fills in the one and leaves the other.
fn finding_about(cx: &Context<'_>, it: &PortalLink<'_>, command: &Command, glued: &Glued<'_>) -> Diagnostic {
    let Glued { param, value, .. } = glued;
    let finding = RULE.at(value.span, format!("`{}` of `{}` cannot be `{}`", param.name, command.key, value.text));
    match glued.alone(cx.document, &it.link) {
        Some((token, edits)) => {
            let token = cx.document.text(token);
            // A sign behind an address in text may be the author's, but for one that is encoded.
            let end = edits.last().map_or(value.span, |edit| edit.span);
            let may_be_text = end.end == it.link.at.span.end && !cx.slice(end).starts_with(b"%");
            let is_sure = matches!(it.link.at.place, Place::Attribute(_)) || !may_be_text;
            let safety = if is_sure { Safety::Safe } else { Safety::Suggested };
            finding.help(format!("write `{token}` alone")).fix(format!("write `{token}` alone"), safety, edits)
        }
        None => finding.help("it must be one placeholder, or one number, and nothing else"),
    }
}

/// The same in a link macro.
pub(crate) fn glued_in_macro(command: &Command, param: &Param, value: &str, span: Span) -> Diagnostic {
    let finding = RULE.at(span, format!("`{}` of `{}` cannot be `{value}`", param.name, command.key));
    match glued::token_in(value) {
        Some(token) => finding.help(format!("write `{token}` alone")).fix(
            format!("write `{token}` alone"),
            Safety::Safe,
            vec![Edit::new(span, token)],
        ),
        None => finding.help("it must be one placeholder, or one number, and nothing else"),
    }
}

/// A link macro whose `host` is none.
pub(crate) fn not_a_host(word: &str, span: Span) -> Diagnostic {
    RULE.at(span, format!("`{word}` is not a valid host name")).help("write it like this: `support.example.com`")
}

/// A link macro with a value that is not one of a few words.
pub(crate) fn not_one_of(key: &str, wrong: &str, span: Span, words: &[&str]) -> Diagnostic {
    let finding = RULE.at(span, format!("`{key}` cannot be `{wrong}`"));
    match nearest(wrong, words.iter().copied()) {
        Some(right) => finding.help(format!("write `{right}`")).fix(
            format!("write `{right}`"),
            Safety::Suggested,
            vec![Edit::new(span, right)],
        ),
        None => {
            let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
            finding.help(format!("it must be one of {}", words.join(", ")))
        }
    }
}
