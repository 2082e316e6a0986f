//! A value that a parameter of a portal link does not accept.

use crate::diagnostic::{Diagnostic, Level, Safety};
use crate::invisible;
use crate::lint::address_markup;
use crate::lint::glued::{self, Glued};
use crate::lint::placeholders::write;
use crate::lint::rules::wrong_id_placeholder::names_text;
use crate::lint::{Check, Context, PortalLink, Rewrite, Rule, When, foreign_values, params};
use crate::nearest::{Near, nearest};
use crate::parse::deep_link::percent_decode;
use crate::parse::document::{Part, Place, Spelling};
use crate::source::edit::Edit;
use crate::span::Span;
use crate::vocabulary::{Command, Param, ParamKind, ValueKind};

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

fn check(cx: &Context<'_>, portal_link: &PortalLink<'_>, found: &mut Vec<Diagnostic>) {
    let Some(command) = params::readable_command(portal_link) else { return };
    let glued = glued::in_link(cx.document, &portal_link.link, command);
    // Another rule reports placeholders of other products.
    let is_foreign = |value: Span| {
        let mut params = portal_link.link.params.iter();
        let param = params.find(|param| param.value.as_ref().is_some_and(|field| field.span == value));
        param.is_some_and(|param| foreign_values::in_link(cx, portal_link, param).is_some())
    };
    let is_markup = |value: Span| !address_markup::in_address(cx.bytes(), value).is_empty() || is_foreign(value);
    // Another rule reports tags in an address.
    let is_other = |glued: &Glued<'_>| is_markup(glued.value.span) || glued::first_tag(&glued.value.text).is_some();
    let glued = glued.into_iter().filter(|glued| !is_other(glued));
    found.extend(glued.map(|glued| finding_about(cx, portal_link, command, &glued)));
    if let Some((param, hash, part)) = glued::after_hash(cx.document, &portal_link.link, command) {
        let token = cx.document.text(part.span);
        let value = Span { start: hash.start, end: part.span.end };
        let title = format!("write `{token}` alone");
        found.push(RULE.at(value, message(command, param, &format!("#{token}"))).help(title.clone()).fix(
            title,
            Safety::Safe,
            vec![Edit::delete(hash)],
        ));
    }
    for (param, value) in params::values(portal_link, command) {
        let spelling = params::whole_token(cx, value).and_then(Part::spelling);
        let is_text = |spelling: &Spelling| {
            param.kind == ParamKind::Id
                && param.means.is_none()
                && spelling.known.is_empty()
                && names_text(&spelling.name)
        };
        if let Some(spelling) = spelling.filter(|spelling| is_text(spelling)) {
            found.push(RULE.at(value.span, message(command, param, &spelling.token())).help("it must be a number"));
        }
        let known = spelling.and_then(|spelling| Some((spelling.token(), spelling.known_in(cx.settings.dialect)?)));
        let kind = known.map(|(token, known)| (token, cx.dialect().placeholder(known).kind));
        found.extend(kind.and_then(|(token, kind)| of_kind(command, param, (&token, kind), value.span)));
    }
    for (param, value) in params::values(portal_link, command).filter(|(_, value)| params::is_literal(cx, value)) {
        let wrong = finding(command, param, &value.text, value.span).filter(|_| !is_markup(value.span));
        let Some(finding) = wrong else { continue };
        // Words such as `{ticket_id}` stand for the record that each message is about.
        let token = param.means.as_ref().and_then(|meaning| cx.token(meaning)).map(|token| format!("[{token}]"));
        found.push(match token {
            Some(token) => finding.help(format!("write `{token}`, which the PSA fills in for each message")).fix(
                format!("write `{token}`, which the PSA fills in for each message"),
                Safety::Suggested,
                write(portal_link.link.at.place, value.span, token),
            ),
            None => finding,
        });
    }
}

/// The finding about a placeholder that can never be what a parameter takes: an email address as a record number, a
/// number as an action. Only the PSA knows what a placeholder of plain text contains.
pub(crate) fn of_kind(
    command: &Command,
    param: &Param,
    (token, kind): (&str, ValueKind),
    span: Span,
) -> Option<Diagnostic> {
    use ValueKind::{Date, Email, Html, Id, Number, Url};
    let (is_wrong, expected) = match param.kind {
        // If the meaning is known, the right placeholder is known too, and another rule reports it.
        ParamKind::Id => (param.means.is_none() && matches!(kind, Email | Date | Url | Html), "it must be a number"),
        ParamKind::Choice | ParamKind::Boolean => {
            (matches!(kind, Id | Number | Email | Date | Url | Html), "write the value itself")
        }
        ParamKind::Text | ParamKind::Email => (false, ""),
    };
    let message = || format!("`{}` of `{}` cannot be `{token}`", param.name, command.key);
    is_wrong.then(|| RULE.at(span, message()).help(expected))
}

fn message(command: &Command, param: &Param, value: &str) -> String {
    let hidden = invisible::named_in(&percent_decode(value));
    format!("`{}` of `{}` cannot be `{value}`{hidden}", param.name, command.key)
}

/// The finding about a literal value, if it is wrong.
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
    let finding = RULE.at(span, message(command, param, value));
    let Some(near) = nearest(value, param.values.iter().map(String::as_str)) else {
        return Some(finding.help(format!("it must be {expected}")));
    };
    // An action that starts without asking is not offered as a fix.
    let is_automatic = |right: &&str| param.automatic.iter().any(|automatic| automatic == right);
    Some(match near.sure().filter(|right| !is_automatic(right)) {
        Some(right) => finding.help(format!("write `{right}`")).fix(
            format!("write `{right}`"),
            Safety::Suggested,
            vec![Edit::new(span, right)],
        ),
        None => finding.help(near.question()),
    })
}

/// The finding about a number with something attached to its placeholder, which the PSA leaves in the link.
fn finding_about(cx: &Context<'_>, portal_link: &PortalLink<'_>, command: &Command, glued: &Glued<'_>) -> Diagnostic {
    let Glued { param, value, .. } = glued;
    let finding = RULE.at(value.span, message(command, param, &value.text));
    match glued.alone(cx.document, &portal_link.link) {
        Some((token, edits)) => {
            let token = cx.document.text(token);
            // Punctuation after an address in text may be the author's, unless it is encoded.
            let end = edits.last().map_or(value.span, |edit| edit.span);
            let may_be_text = end.end == portal_link.link.at.span.end && !cx.slice(end).starts_with(b"%");
            let is_sure = matches!(portal_link.link.at.place, Place::Attribute(_)) || !may_be_text;
            let safety = if is_sure { Safety::Safe } else { Safety::Suggested };
            finding.help(format!("write `{token}` alone")).fix(format!("write `{token}` alone"), safety, edits)
        }
        None => finding.help("it must be one placeholder, or one number, and nothing else"),
    }
}

/// The same in a link macro.
pub(crate) fn glued_in_macro(command: &Command, param: &Param, value: &str, span: Span) -> Diagnostic {
    let finding = RULE.at(span, message(command, param, value));
    match glued::token_in(value) {
        Some(token) => finding.help(format!("write `{token}` alone")).fix(
            format!("write `{token}` alone"),
            Safety::Safe,
            vec![Edit::new(span, token)],
        ),
        None => finding.help("it must be one placeholder, or one number, and nothing else"),
    }
}

/// A link macro whose `host` is not a host name.
pub(crate) fn not_a_host(word: &str, span: Span) -> Diagnostic {
    RULE.at(span, format!("`{word}` is not a valid host name")).help("write it like this: `support.example.com`")
}

/// A link macro with a value that is not one of a few words.
pub(crate) fn not_one_of(key: &str, wrong: &str, span: Span, words: &[&str]) -> Diagnostic {
    let finding = RULE.at(span, format!("`{key}` cannot be `{wrong}`"));
    let near = nearest(wrong, words.iter().copied());
    if let Some(right) = near.as_ref().and_then(Near::sure) {
        let title = format!("write `{right}`");
        return finding.help(title.clone()).fix(title, Safety::Suggested, vec![Edit::new(span, right)]);
    }
    match near {
        Some(near) => finding.help(near.question()),
        None => {
            let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
            finding.help(format!("it must be one of {}", words.join(", ")))
        }
    }
}
