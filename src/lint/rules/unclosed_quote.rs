//! An attribute value whose quote is never closed, so what follows becomes part of it: `alt="Acme>`.

use crate::diagnostic::{Diagnostic, Level, Safety};
use crate::html::scan::{Attribute, Quote};
use crate::lint::{Check, Context, Rewrite, Rule, Tag, TagKind, When};
use crate::source::edit::Edit;
use crate::span::Span;

/// The quote around an attribute value is never closed.
pub const RULE: Rule = Rule {
    name: "unclosed-quote",
    level: Level::Error,
    also: &[],
    when: When::On,
    rewrite: Rewrite::Leaves,
    summary: "the quote around a value is never closed, so what follows does not show",
    page: include_str!("../../../fixtures/rules/unclosed-quote.md"),
    checks: &[Check::Tags(TagKind::Leading, check)],
};

fn check(cx: &Context<'_>, tag: &Tag, found: &mut Vec<Diagnostic>) {
    let Some((attribute, value)) = of(cx, tag) else { return };
    let name = cx.document.text(attribute.name);
    let swallowed = if first_close(cx, value).is_none() { swallowed_name(cx, tag, value) } else { None };
    let loss = match swallowed {
        _ if value.end == tag.span.end => "nothing after it shows".to_owned(),
        Some(swallowed) => {
            format!("`{}=` became part of it, and the link leads nowhere", cx.document.text(swallowed))
        }
        None => "what follows does not show, up to the next quote".to_owned(),
    };
    let quote = match attribute.quote {
        Quote::Single => "'",
        _ => "\"",
    };
    let place = Span { start: attribute.name.start, end: value.start };
    let finding = RULE
        .at(place, format!("the quote around the value of `{name}` is never closed, so {loss}"))
        .help(format!("add `{quote}` where the value ends"));
    found.push(match likely_end(cx, &name, value) {
        Some(end) => {
            finding.fix(format!("add `{quote}` where the value ends"), Safety::Suggested, vec![Edit::new(end, quote)])
        }
        None => finding,
    });
}

/// The attribute of a tag with an unclosed quote, and its value.
pub(super) fn of(cx: &Context<'_>, tag: &Tag) -> Option<(Attribute, Span)> {
    let known = cx.unclosed_quotes.get_or_init(|| all(cx));
    let index = known.binary_search_by_key(&tag.region, |(region, ..)| *region).ok()?;
    let (_, attribute, value) = known.get(index)?;
    Some((*attribute, *value))
}

/// All of them, in order, each with the region of its tag.
fn all(cx: &Context<'_>) -> Vec<(u32, Attribute, Span)> {
    if !cx.may_tear_quotes() {
        return Vec::new();
    }
    let ends = cx.walk().tags().iter().filter(|tag| tag.is_end && tag.is_suspect);
    let found = cx.tags(TagKind::Leading).chain(ends).filter_map(|tag| {
        let (attribute, value) = read(cx, tag)?;
        Some((tag.region, attribute, value))
    });
    let mut found: Vec<(u32, Attribute, Span)> = found.collect();
    found.sort_unstable_by_key(|(region, ..)| *region);
    found
}

fn read(cx: &Context<'_>, tag: &Tag) -> Option<(Attribute, Span)> {
    // Nearly every tag has just one `>`, at its end.
    let is_last = tag.span.end as usize == cx.bytes().len();
    let leads = leads(cx, tag);
    if !(is_last || tag.is_suspect || leads) {
        return None;
    }
    let holds_end = |written: &[u8]| written.split_last().is_some_and(|(_, rest)| memchr::memchr(b'>', rest).is_some());
    let is_simple = !(is_last || tag.is_suspect && holds_end(cx.slice(tag.span)));
    if is_simple && !leads {
        return None;
    }
    let mut quoted = cx.attributes(tag).filter(|attribute| attribute.quote != Quote::None);
    quoted.find_map(|attribute| {
        let value = attribute.value?;
        let is_torn = leads
            && swallowed_name(cx, tag, value)
                .is_some_and(|name| [attribute.name, name].iter().any(|name| is_href(cx, *name)));
        (is_torn || !is_simple && is_unclosed(cx, tag, &attribute, value)).then_some((attribute, value))
    })
}

/// The value of a tag whose quote is never closed.
pub(in crate::lint) fn value_of(cx: &Context<'_>, tag: &Tag) -> Option<Span> {
    of(cx, tag).map(|(_, value)| value)
}

/// The value whose quote is never closed in the tag around a byte.
pub(in crate::lint) fn around(cx: &Context<'_>, at: u32) -> Option<Span> {
    value_of(cx, &cx.tag_around(at)?)
}

/// Whether a click on an element leads somewhere.
fn leads(cx: &Context<'_>, tag: &Tag) -> bool {
    !tag.is_end
        && match cx.slice(tag.name) {
            [b'a' | b'A'] | [b'v', b':', ..] => true,
            name => name.eq_ignore_ascii_case(b"area"),
        }
}

fn is_href(cx: &Context<'_>, name: Span) -> bool {
    cx.slice(name).eq_ignore_ascii_case(b"href")
}

/// The name of the next attribute, if the quote that closes a value is the one that opens the next value:
/// `class="btn href="…"`.
fn swallowed_name(cx: &Context<'_>, tag: &Tag, value: Span) -> Option<Span> {
    let text = cx.slice(value).strip_suffix(b"=")?;
    let after = cx.slice(Span { start: value.end + 1, end: tag.span.end });
    let length = text.iter().rev().take_while(|byte| byte.is_ascii_alphabetic() || **byte == b'-').count();
    let rest = &text[..text.len() - length];
    let before = rest.last()?;
    // The words of a tag or a link macro in the value are not attributes.
    let is_inner =
        memchr::memchr(b'<', rest).is_some() || memchr::memrchr2(b'[', b']', rest).is_some_and(|at| rest[at] == b'[');
    let goes_on = after.first().is_some_and(|next| next.is_ascii_alphanumeric() || b"_#/[&".contains(next));
    let is_name = length > 1 && (before.is_ascii_whitespace() || b"\"'".contains(before));
    let end = value.end - 1;
    (is_name && goes_on && !is_inner).then(|| Span { start: end - length as u32, end })
}

/// Whether a value continues past tags to a quote that belongs to another value, or to the end.
fn is_unclosed(cx: &Context<'_>, tag: &Tag, attribute: &Attribute, value: Span) -> bool {
    if value.end == tag.span.end {
        return true;
    }
    // A script contains quotes and `>`.
    let name = cx.slice(attribute.name);
    if name.get(..2).is_some_and(|start| start.eq_ignore_ascii_case(b"on")) {
        return false;
    }
    let Some(close) = first_close(cx, value) else { return false };
    let after = Span { start: value.end + 1, end: tag.span.end };
    !goes_on(cx.slice(after)) && holds_markup(cx.slice(Span { start: close, end: value.end }))
}

/// The first `>` of a value that is not in a placeholder.
fn first_close(cx: &Context<'_>, value: Span) -> Option<u32> {
    let mut places = memchr::memchr_iter(b'>', cx.slice(value)).map(|at| value.start as usize + at);
    places.find(|at| cx.part_at(*at).is_none()).map(|at| at as u32)
}

/// Whether what follows a value is normal for a tag: a space, its end, or another attribute.
fn goes_on(rest: &[u8]) -> bool {
    let name = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"-:_".contains(byte)).count();
    let is_attribute = name > 0 && matches!(rest.get(name), Some(b'='));
    matches!(rest.first(), Some(b'>') | None) || rest.starts_with(b"/>") || is_attribute || {
        let is_spaced = rest[0].is_ascii_whitespace();
        let rest = rest.trim_ascii_start();
        let word = rest.iter().take_while(|byte| !byte.is_ascii_whitespace() && !b"=>/".contains(byte));
        is_spaced && word.copied().all(|byte| byte.is_ascii_alphanumeric() || b"-:_@.".contains(&byte))
    }
}

/// Whether there is a tag, or an attribute with its `=`.
fn holds_markup(text: &[u8]) -> bool {
    let is_tag = |at: usize| match text.get(at + 1) {
        Some(b'/' | b'!') => true,
        next => next.is_some_and(u8::is_ascii_alphabetic),
    };
    let is_attribute = |at: usize| text[..at].last().is_some_and(u8::is_ascii_alphanumeric);
    memchr::memchr2_iter(b'<', b'=', text).any(|at| if text[at] == b'<' { is_tag(at) } else { is_attribute(at) })
}

/// Where the quote belongs: before the `>` that was meant to end the tag, before the next attribute, or in place of the
/// wrong kind of quote.
fn likely_end(cx: &Context<'_>, name: &str, value: Span) -> Option<Span> {
    let close = first_close(cx, value).or_else(|| cx.slice(value).ends_with(b"=").then_some(value.end))?;
    let text = cx.slice(Span { start: value.start, end: close });
    let next = memchr::memchr_iter(b'=', text).find_map(|equals| {
        let name = text[..equals].iter().rev().take_while(|byte| byte.is_ascii_alphabetic() || **byte == b'-').count();
        let start = equals - name;
        let is_apart = |byte: &u8| byte.is_ascii_whitespace() || b"\"'".contains(byte);
        let is_spaced = start.checked_sub(1).is_some_and(|before| is_apart(&text[before]));
        (name > 0 && is_spaced).then_some(start)
    });
    let is_address = ["href", "src", "action", "background"].iter().any(|known| name.eq_ignore_ascii_case(known));
    let mut text = text[..next.unwrap_or(text.len())].trim_ascii_end();
    if next.is_none() && !is_address {
        text = text.strip_suffix(b"/").unwrap_or(text).trim_ascii_end();
    }
    let end = value.start + text.len() as u32;
    let other = matches!(text.last(), Some(b'"' | b'\''));
    // An address has no spaces.
    let is_space = |at: usize| cx.part_at(value.start as usize + at).is_none();
    let is_clear = !is_address || !memchr::memchr_iter(b' ', text).any(is_space);
    is_clear.then_some(Span { start: end - u32::from(other), end })
}
