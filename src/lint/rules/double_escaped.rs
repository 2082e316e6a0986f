//! `&amp;amp;` between the parameters of a link, and `&amp;nbsp;` in text.

use crate::diagnostic::{Diagnostic, Level, Safety};
use crate::html::element::{Element, Elements};
use crate::lint::code_elements::CodeElements;
use crate::lint::html_in_text;
use crate::lint::{Check, Context, PortalLink, Rewrite, Rule, When};
use crate::parse::deep_link::LinkForm;
use crate::parse::document::{AttributeRole, Place};
use crate::source::SourceKind;
use crate::source::edit::Edit;
use crate::span::Span;

/// An ampersand in a link or in text is escaped twice.
pub const RULE: Rule = Rule {
    name: "double-escaped",
    level: Level::Warning,
    also: &[],
    when: When::On,
    rewrite: Rewrite::Fixes,
    summary: "an ampersand of a link or of a character reference is escaped twice",
    page: include_str!("../../../fixtures/rules/double-escaped.md"),
    checks: &[Check::Link(check), Check::Template(in_text)],
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

/// `&amp;nbsp;`, `It&amp;#39;s`: readers see the code of a character.
fn in_text(cx: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let bytes = cx.bytes();
    if cx.document.source().kind() != SourceKind::Html {
        return;
    }
    let mut places = cx.places();
    let mut code = CodeElements::new(cx);
    // Inside a word, a code can only be a mistake.
    let (mut in_words, mut others) = (Vec::new(), Vec::new());
    let ampersands = cx.document.source().brackets(|byte| byte == b'&');
    for at in ampersands.filter(|at| bytes[*at..].starts_with(b"&amp;")) {
        let Some(length) = escaped_twice(&bytes[at..]) else { continue };
        let place = places.at(at).0;
        let is_text = matches!(place, Place::Text | Place::Rcdata)
            || matches!(place, Place::Attribute(attribute) if attribute.role == AttributeRole::Other);
        let links = cx.document.links();
        let link = links.get(links.partition_point(|link| (link.span.end as usize) <= at));
        let is_in_link = link.is_some_and(|link| link.span.contains(at));
        if !is_text || is_in_link || cx.part_at(at).is_some() || code.are_around(cx, at) {
            continue;
        }
        let span = Span::new(at, at + length);
        let is_letter = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte >= 0x80);
        let before = at.checked_sub(1).and_then(|before| bytes.get(before));
        let is_in_word = is_letter(before) && is_letter(bytes.get(span.end as usize));
        if is_in_word { in_words.push(span) } else { others.push(span) }
    }
    for (spans, safety) in [(in_words, Safety::Safe), (others, Safety::Suggested)] {
        let Some(first) = spans.first() else { continue };
        let written = cx.document.text(*first).replacen("amp;", "", 1);
        let title = if spans.len() == 1 { "remove the extra `amp;`" } else { "remove all extra `amp;`" };
        let message = format!("this character is escaped twice, so the customer sees `{written}`");
        let extra = |span: &Span| Span::new(span.start as usize + 1, span.start as usize + "&amp;".len());
        let edits = spans.iter().map(|span| Edit::delete(extra(span))).collect();
        found.push(RULE.at(*first, message).help(title).fix(title, safety, edits));
    }
}

/// The length of a character reference whose `&` is escaped. Escaped tags and brackets are reported as such.
fn escaped_twice(text: &[u8]) -> Option<usize> {
    let rest = &text["&amp;".len()..];
    if !rest.first().is_some_and(|first| first.is_ascii_alphabetic() || *first == b'#') {
        return None;
    }
    let window = &rest[..rest.len().min(34)];
    let end = memchr::memchr(b';', window)? + 1;
    let name = std::str::from_utf8(&window[..end]).ok()?;
    let reference = format!("&{name}");
    let read = htmlize::unescape(&*reference);
    let is_other = read.contains(['<', '>', '[', ']', '{', '}', '%']);
    (html_in_text::reference(reference.as_bytes()) == Some(reference.len()) && !is_other).then_some("&amp;".len() + end)
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
