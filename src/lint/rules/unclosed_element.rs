//! A `<style>`, `<title>` or similar that is never closed, or a tag without `>`, so what follows is not part of the
//! message.

use crate::diagnostic::{Diagnostic, Level, Safety};
use crate::html::element::{Element, Elements};
use crate::html::scan::{Quote, Region, RegionKind};
use crate::lint::hidden_element;
use crate::lint::rules::unclosed_quote;
use crate::lint::{Check, Context, Rewrite, Rule, Tag, When};
use crate::source::edit::Edit;
use crate::span::Span;

/// An element that contains only text, or a tag, is never closed.
pub const RULE: Rule = Rule {
    name: "unclosed-element",
    level: Level::Error,
    also: &[],
    when: When::On,
    rewrite: Rewrite::Leaves,
    summary: "an element such as style or title, or a tag, is never closed, so what follows does not show",
    page: include_str!("../../../fixtures/rules/unclosed-element.md"),
    checks: &[Check::Template(check)],
};

/// Elements that only their end tag can close.
const TEXT_ONLY: Elements = Elements::of(&[
    Element::Style,
    Element::Title,
    Element::Textarea,
    Element::Script,
    Element::Xmp,
    Element::Iframe,
    Element::Noembed,
    Element::Noframes,
    Element::Plaintext,
]);

/// Elements inside which `/>` closes any element.
const DRAWINGS: Elements = Elements::of(&[Element::Svg, Element::Math]);

fn check(cx: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let mut follows_drawing = false;
    for tag in cx.walk().tags() {
        follows_drawing |= !tag.is_end && tag.is_any(DRAWINGS);
        // A tag with an unclosed quote has swallowed its own end.
        if !tag.is_end && tag.is_any(TEXT_ONLY) && unclosed_quote::of(cx, tag).is_none() {
            text_only(cx, tag, follows_drawing, found);
        }
        if tag.is_suspect && is_open(cx, tag) {
            found.push(open_tag(cx, tag));
        }
    }
    for (tag, edit) in hidden_element::unclosed(cx) {
        let name = cx.document.text(tag.name).to_ascii_lowercase();
        let message = format!("`<{name}>` hides its text and is never closed, so nothing after it is shown");
        let finding = RULE.at(tag.span, message).help(format!("add `</{name}>` where the hidden text ends"));
        found.push(match edit {
            Some(edit) => finding.fix(format!("close it with `</{name}>`"), Safety::Suggested, vec![edit]),
            None => finding,
        });
    }
}

/// An element that is never closed, or closed too late; in a drawing, `/>` closes any element.
fn text_only(cx: &Context<'_>, tag: &Tag, follows_drawing: bool, found: &mut Vec<Diagnostic>) {
    let rest = cx.document.regions().get(tag.region as usize + 1..).unwrap_or_default();
    let is_text = |region: &&Region| matches!(region.kind, RegionKind::RawText | RegionKind::Rcdata);
    let text = rest.first().filter(is_text).map_or(Span { start: tag.span.end, end: tag.span.end }, |text| text.span);
    let next = rest.get(usize::from(!text.is_empty()));
    let name = cx.document.text(tag.name).to_ascii_lowercase();
    let is_self_closing = cx.slice(tag.span).ends_with(b"/>");
    let is_closed = next.is_some_and(|next| next.kind == RegionKind::EndTag);
    let swallows = || match name.as_str() {
        "style" | "title" => body_in(cx.slice(text)).is_some(),
        _ => is_self_closing && first_tag(cx.slice(text)).is_some(),
    };
    if is_closed && !swallows() || is_self_closing && follows_drawing {
        return;
    }
    let loss = match name.as_str() {
        "textarea" | "xmp" | "plaintext" => "shows as code",
        _ => "is not shown",
    };
    let message = match is_closed {
        true => format!("`<{name}>` is not closed where it should be, so everything up to the next `</{name}>` {loss}"),
        false => format!("`<{name}>` is never closed, so everything after it {loss}"),
    };
    let finding = RULE.at(tag.span, message).help(format!("close it with `</{name}>`"));
    found.push(match likely_end(cx, &name, text, [is_self_closing, is_closed, tag.conditional]) {
        Some(edit) => finding.fix(format!("close it with `</{name}>`"), Safety::Suggested, vec![edit]),
        None => finding,
    });
}

/// Where the text of a style sheet or title turns into the message.
fn body_in(text: &[u8]) -> Option<usize> {
    const TAGS: [&[u8]; 8] = [b"</head", b"<body", b"</body", b"</html", b"<table", b"<meta", b"<style", b"<p"];
    first_tag(text).filter(|&at| {
        TAGS.iter().any(|tag| {
            let is_tag = text[at..].get(..tag.len()).is_some_and(|start| start.eq_ignore_ascii_case(tag));
            is_tag && text.get(at + tag.len()).is_none_or(|next| !next.is_ascii_alphanumeric())
        })
    })
}

/// The first tag that is not in a comment or an address of a style sheet.
fn first_tag(text: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += memchr::memchr3(b'<', b'/', b'(', &text[at..])?;
        let rest = &text[at..];
        at += match rest {
            [b'<', next, ..] if next.is_ascii_alphabetic() || matches!(next, b'/' | b'\\') => return Some(at),
            [b'/', b'*', ..] => memchr::memmem::find(rest, b"*/")?,
            // An image in a style sheet may be an inline drawing, including markup.
            [b'(', ..]
                if rest.get(1..7).is_some_and(|start| start.trim_ascii_start().starts_with(b"data:"))
                    || rest.get(2..7) == Some(b"data:") =>
            {
                memchr::memchr(b')', rest)?
            }
            _ => 1,
        };
    }
}

/// The edit that closes an element where its text most likely ends.
fn likely_end(cx: &Context<'_>, name: &str, text: Span, tag: [bool; 3]) -> Option<Edit> {
    let [is_self_closing, is_closed, is_conditional] = tag;
    let end = format!("</{name}>");
    if is_self_closing {
        return Some(Edit::new(Span { start: text.start, end: text.start }, end));
    }
    if !matches!(name, "style" | "title" | "textarea") {
        return None;
    }
    let bytes = cx.slice(text);
    let tag = first_tag(bytes).or_else(|| is_conditional.then_some(bytes.len()))?;
    // `<style>` or `</ style>` instead of `</style>`.
    let written = memchr::memchr(b'>', &bytes[tag..]).map(|length| &bytes[tag..=tag + length]);
    let is_end = |written: &&[u8]| {
        let written_name = written.iter().filter(|byte| byte.is_ascii_alphanumeric());
        written_name.map(u8::to_ascii_lowercase).eq(name.bytes())
    };
    if let Some(written) = written.filter(is_end).filter(|_| !is_closed) {
        let start = text.start as usize + tag;
        return Some(Edit::new(Span::new(start, start + written.len()), end));
    }
    let at = text.start as usize + bytes[..tag].trim_ascii_end().len();
    Some(Edit::new(Span::new(at, at), end))
}

/// A tag without `>`: the next tag begins inside it, or it continues to the end.
fn open_tag(cx: &Context<'_>, tag: &Tag) -> Diagnostic {
    let inner = inner_tag(cx, tag);
    let start = Span { start: tag.span.start, end: name_end(cx, tag) };
    let name = cx.document.text(start);
    let message = match inner {
        Some(_) => format!("`{name}` has no `>`, so what follows counts as a part of the tag and is not shown"),
        None => format!("`{name}` has no `>`, so everything after it is not shown"),
    };
    let at = likely_tag_end(cx, tag, inner.unwrap_or(tag.span.end));
    let edit = Edit::new(Span { start: at, end: at }, ">");
    RULE.at(start, message).help("add `>` where the tag ends").fix(
        "add `>` where the tag ends",
        Safety::Suggested,
        vec![edit],
    )
}

/// Whether a tag has no `>`; a tag with an unclosed quote is a different problem.
pub(super) fn is_open(cx: &Context<'_>, tag: &Tag) -> bool {
    (inner_tag(cx, tag).is_some() || !cx.slice(tag.span).ends_with(b">")) && unclosed_quote::of(cx, tag).is_none()
}

/// Where the name of a tag ends, without the next tag.
fn name_end(cx: &Context<'_>, tag: &Tag) -> u32 {
    let name = cx.slice(tag.name);
    tag.name.start + memchr::memchr(b'<', name).unwrap_or(name.len()) as u32
}

/// Where another tag begins inside a tag, outside quoted values.
fn inner_tag(cx: &Context<'_>, tag: &Tag) -> Option<u32> {
    let bytes = cx.bytes();
    memchr::memchr(b'<', cx.slice(tag.span).get(1..)?)?;
    let begins = |span: Span| {
        let places = memchr::memchr_iter(b'<', cx.slice(span)).map(|at| span.start as usize + at);
        let is_tag = |at: &usize| match bytes.get(at + 1) {
            Some(b'/') => bytes.get(at + 2).is_some_and(u8::is_ascii_alphabetic),
            next => next.is_some_and(u8::is_ascii_alphabetic),
        };
        places.filter(|at| cx.part_at(*at).is_none()).find(is_tag).map(|at| at as u32)
    };
    let of_attributes = || {
        cx.attributes(tag).find_map(|attribute| {
            let value = attribute.value.filter(|_| attribute.quote == Quote::None);
            begins(attribute.name).or_else(|| begins(value?))
        })
    };
    begins(tag.name).or_else(of_attributes)
}

/// Where a tag most likely ends: after the last attribute with a value, otherwise after its name.
fn likely_tag_end(cx: &Context<'_>, tag: &Tag, limit: u32) -> u32 {
    let values = cx.attributes(tag).take_while(|attribute| attribute.name.end <= limit);
    let ends = values.filter_map(|attribute| {
        let value = attribute.value?;
        let end = value.end + u32::from(attribute.quote != Quote::None);
        // `href=…[srnumber]Open your ticket`: a word after a placeholder begins the text of the link.
        let part = cx.document.parts_in(value).last().map(|part| part.span.end);
        let is_word = |part: &u32| {
            let rest = cx.slice(Span { start: *part, end: value.end });
            attribute.quote == Quote::None && !rest.is_empty() && rest.iter().all(u8::is_ascii_alphabetic)
        };
        Some(part.filter(is_word).unwrap_or(end).min(limit))
    });
    ends.last().unwrap_or(name_end(cx, tag))
}
