//! `&amp;amp;` between the parameters of a link.

use crate::diagnostic::{Diagnostic, Level, Safety};
use crate::html::element::{Element, Elements};
use crate::lint::{Check, Context, PortalLink, Rewrite, Rule, When};
use crate::parse::deep_link::LinkForm;
use crate::parse::document::Place;
use crate::source::SourceKind;
use crate::source::edit::Edit;
use crate::span::Span;

/// An ampersand in a link is escaped twice.
pub const RULE: Rule = Rule {
    name: "double-escaped",
    level: Level::Warning,
    also: &[],
    when: When::On,
    rewrite: Rewrite::Fixes,
    summary: "an ampersand of a link is escaped twice",
    page: include_str!("../../../fixtures/rules/double-escaped.md"),
    checks: &[Check::Link(check)],
};

fn check(_: &Context<'_>, portal_link: &PortalLink<'_>, found: &mut Vec<Diagnostic>) {
    if matches!(portal_link.link.form, LinkForm::Magic | LinkForm::Wrapped(_)) {
        return;
    }
    for param in &portal_link.link.params {
        let Some(extra) = param.escaped_twice else { continue };
        // In plain text, an `&` must not be escaped at all.
        let is_once = portal_link.link.at.place == Place::PlainText && extra.len() == b"amp;".len();
        let how = if is_once { "escaped as in HTML" } else { "escaped twice" };
        let key = &param.key.text;
        let message = format!("the `&` before `{key}` is {how}, so the portal sees a parameter named `amp;{key}`");
        found.push(RULE.at(extra, message).help("remove the extra `amp;`").fix(
            "remove the extra `amp;`",
            Safety::Safe,
            vec![Edit::delete(extra)],
        ));
    }
}

/// Other vendors' links; `done` are the portal links, in order.
pub(in crate::lint) fn of_others(cx: &Context<'_>, done: &[Span], found: &mut Vec<Diagnostic>) {
    const LINKS: Elements = Elements::of(&[Element::A, Element::Area]);
    const TWICE: &[u8] = b"&amp;amp;";
    if cx.document.source().kind() != SourceKind::Html {
        return;
    }
    for address in cx.addresses().iter().filter(|address| address.leads && address.tag.is_any(LINKS)) {
        let value = address.value;
        // If a tag has two addresses, a click opens the first.
        let is_first = || cx.attribute(&address.tag, "href").is_some_and(|href| href.value == Some(value));
        let text = cx.slice(value);
        let may_hold = memchr::memchr(b'&', text).is_some_and(|at| memchr::memmem::find(&text[at..], TWICE).is_some());
        if !may_hold || !is_first() {
            continue;
        }
        let first = done.partition_point(|span| span.start < value.start);
        if done.get(first).is_some_and(|span| value.covers(*span)) {
            continue;
        }
        for at in memchr::memmem::find_iter(cx.slice(value), TWICE) {
            let start = value.start as usize + at + b"&amp;".len();
            let more = cx.bytes()[start..value.end as usize].chunks(4).take_while(|piece| *piece == b"amp;").count();
            let extra = Span::new(start, start + 4 * more);
            let name = cx.bytes()[extra.end as usize..value.end as usize].split(|&byte| b"=&#".contains(&byte)).next();
            let name = String::from_utf8_lossy(name.unwrap_or_default()).into_owned();
            let message =
                format!("the `&` before `{name}` is escaped twice, so the site sees a parameter named `amp;{name}`");
            found.push(RULE.at(extra, message).help("remove the extra `amp;`").fix(
                "remove the extra `amp;`",
                // Only that vendor knows whether its links need the extra one.
                Safety::Suggested,
                vec![Edit::delete(extra)],
            ));
        }
    }
}
