//! Placeholders in the syntax of other products: `{{ticket.id}}`, `%{ticket.number}`, `*|FNAME|*`.

use std::collections::HashSet;

use crate::diagnostic::{Diagnostic, Level, Safety};
use crate::lint::code_elements::CodeElements;
use crate::lint::placeholders::write;
use crate::lint::{Case, Check, Context, PortalLink, Rewrite, Rule, When, foreign_values, params};
use crate::nearest::did_you_mean;
use crate::parse::foreign_placeholders::{ForeignPlaceholder, foreign_placeholders};
use crate::source::edit::Edit;
use crate::source::layers::Layers;
use crate::span::Span;
use crate::vocabulary::foreign_syntax::SyntaxForm;

/// A placeholder is written in another product's syntax.
pub const RULE: Rule = Rule {
    name: "foreign-syntax",
    level: Level::Warning,
    also: &[IN_LINK],
    when: When::On,
    rewrite: Rewrite::FixesIfAsked,
    summary: "a placeholder uses the syntax of another product, so the customer would see it",
    page: include_str!("../../../fixtures/rules/foreign-syntax.md"),
    checks: &[Check::Template(check), Check::Link(check_link)],
};

const IN_LINK: Case = Case { level: Level::Error, when: "as a value of a portal link or link macro, which then fails" };

fn check(cx: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let done: HashSet<Span> =
        found.iter().filter(|finding| finding.rule == RULE.name).map(|finding| finding.span).collect();
    let mut code = CodeElements::new(cx);
    for ForeignPlaceholder { span, product, is_for_addresses } in foreign_placeholders(cx.document) {
        let is_code = code.are_around(cx, span.start as usize);
        // The value of a portal link is checked as such.
        let is_value = || is_for_addresses && is_in_portal_link(cx, span);
        let is_elsewhere = || {
            let part = cx.part_at(span.start as usize);
            done.contains(&span) || foreign_values::is_in_macro(cx.vocabulary, part, span) || cx.is_in_portal_host(span)
        };
        if is_code || is_elsewhere() || is_value() {
            continue;
        }
        let written = cx.document.text(span);
        let finding = RULE.at(span, message(&written, product, &cx.dialect().title));
        // A placeholder with the same meaning, if the name reveals it: `{{ticket.id}}`, `{{ Contact.FirstName }}`.
        found.push(match own(cx, span).or_else(|| meaning(cx, span).and_then(|meaning| cx.token(meaning))) {
            Some(right) => finding.help(did_you_mean(&[format!("[{right}]")])),
            None => finding.help("write your PSA's own placeholder, or remove it"),
        });
    }
}

fn is_in_portal_link(cx: &Context<'_>, span: Span) -> bool {
    let links = cx.document.links();
    let link = links.get(links.partition_point(|link| link.span.end <= span.start));
    link.is_some_and(|link| link.span.covers(span) && cx.portal_link(*link).is_some())
}

/// The placeholder of the PSA with that name: `{{srnumber}}`.
fn own<'a>(cx: &Context<'a>, span: Span) -> Option<&'a str> {
    let layers = Layers::of(cx.document.source(), span);
    let read = layers.text();
    let is_name = |character: char| character.is_alphanumeric() || matches!(character, '-' | '_');
    let name = read.trim_matches(|character| !is_name(character));
    let (known, _) = cx.dialect().find_folded(name)?;
    let placeholder = cx.dialect().placeholder(known);
    (placeholder.use_instead.is_none() && !placeholder.is_pattern()).then_some(&*placeholder.name)
}

/// What a placeholder of another product means, if its name tells: `{{ticket.id}}`, `%7Bticket_id%7D`.
fn meaning<'a>(cx: &Context<'a>, span: Span) -> Option<&'a str> {
    let layers = Layers::of(cx.document.source(), span);
    let read = layers.text();
    cx.meaning_called(read).or_else(|| cx.meaning_called(&read.replace('_', ".")))
}

/// Reports such a placeholder in the value of a parameter, which the portal cannot read.
fn check_link(cx: &Context<'_>, portal_link: &PortalLink<'_>, found: &mut Vec<Diagnostic>) {
    let Some(command) = params::readable_command(portal_link) else { return };
    for link_param in params::once_each(portal_link) {
        let known = command.param(&link_param.key.text).filter(|known| foreign_values::is_strict(known));
        let Some((param, (span, form))) = known.zip(foreign_values::in_link(cx, portal_link, link_param)) else {
            continue;
        };
        let message = message(&cx.document.text(span), form.product(), &cx.dialect().title);
        let finding = RULE.at_in(IN_LINK, span, message);
        let token = param.means.as_ref().and_then(|meaning| cx.token(meaning)).map(|token| format!("[{token}]"));
        let value = link_param.value.as_ref().map_or(span, |value| value.span);
        let whole = Span { start: value.start, end: value.end.max(span.end) };
        found.push(match token {
            Some(token) => {
                let title = format!("write `{token}`");
                let edits = write(portal_link.link.at.place, whole, token);
                finding.help(title.clone()).fix(title, Safety::Suggested, edits)
            }
            None => finding.help("write your PSA's own placeholder, or remove it"),
        });
    }
}

/// The same in a link macro.
pub(crate) fn in_macro(value: &str, form: &SyntaxForm, psa: &str, token: Option<&str>, span: Span) -> Diagnostic {
    let finding = RULE.at_in(IN_LINK, span, message(value, form.product(), psa));
    match token {
        Some(token) => {
            let title = format!("write `[{token}]`");
            let edits = vec![Edit::new(span, format!("[{token}]"))];
            finding.help(title.clone()).fix(title, Safety::Suggested, edits)
        }
        None => finding.help("write your PSA's own placeholder, or remove it"),
    }
}

fn message(written: &str, product: &str, psa: &str) -> String {
    format!("`{written}` is the syntax of {product}; {psa} does not fill it in")
}
