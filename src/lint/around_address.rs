//! Quotes and brackets around an address that became part of it: `href=""https://…""`.

use crate::lint::{Address, Context};
use crate::parse::deep_link::{Label, label, percent_decode};
use crate::parse::document::{Part, PartKind};
use crate::source::decoded::{Decoded, References};
use crate::source::edit::Edit;
use crate::span::Span;

/// An address with quotes or brackets around it.
#[derive(Debug)]
pub(super) struct Around {
    /// The address, with what is around it.
    pub span: Span,
    /// The words in front of it: `URL:`.
    pub words: Option<Span>,
    /// The edits that leave only the address, if it is clear where it ends.
    pub edits: Option<Vec<Edit>>,
}

/// The furthest that the closing quote of an address may be from its start.
const LIMIT: usize = 4096;

/// The furthest that the scheme of an address may be from the start of its value.
const FURTHEST: usize = 160;

/// Quotes and brackets that people put in front of an address; no address begins with one. A program may have escaped
/// them.
const OPENING: [&str; 21] = [
    "\\\"", "\\'", "\"", "'", "`", "<", "\u{201c}", "\u{201d}", "\u{201e}", "\u{2018}", "\u{2019}", "\u{201a}",
    "\u{ab}", "%22", "%27", "%3C", "&quot;", "&#34;", "&#39;", "&apos;", "&lt;",
];

/// What may come after an address that has one of these in front.
const CLOSING: [&str; 21] = [
    "\\\"", "\\'", "\"", "'", "`", ">", "\u{201c}", "\u{201d}", "\u{201f}", "\u{2018}", "\u{2019}", "\u{201b}",
    "\u{bb}", "%22", "%27", "%3E", "&quot;", "&#34;", "&#39;", "&apos;", "&gt;",
];

/// Pairs whose second character counts only after the first: an address may end with a parenthesis of its own.
const PAIRS: [(char, char); 4] = [('(', ')'), ('[', ']'), ('{', '}'), ('*', '*')];

/// Words of HTML and CSS before an address that were pasted with it: `href="href=https://…"`, `url(https://…)`.
const WORDS: [&str; 5] = ["href", "src", "url", "link", "action"];

/// The quotes or brackets around an address, if there are any.
pub(super) fn of(cx: &Context<'_>, address: &Address) -> Option<Around> {
    let value = cx.trim(address.value);
    if value.is_empty() || cx.slice(value) == b"\\" {
        return doubled(cx, address);
    }
    let mut around = escaped(cx, address, value).or_else(|| pasted(cx, address, value))?;
    // What was meant by a macro and a link in one address is left to the author.
    let links = cx.document.links();
    let link = links.get(links.partition_point(|link| link.span.end <= value.start));
    if link.is_some_and(|link| value.covers(link.span) && cx.document.mixes_macro_and_link(link.span)) {
        around.edits = None;
    }
    Some(around)
}

/// `href=""https://…""`: the value is empty, and the address comes after it. In `href="\"https://…\""`, the value is a
/// backslash.
fn doubled(cx: &Context<'_>, address: &Address) -> Option<Around> {
    let bytes = cx.bytes();
    let close = address.value.end as usize;
    let quote = *bytes.get(close).filter(|byte| matches!(byte, b'"' | b'\''))?;
    let limit = (close + LIMIT).min(address.tag.span.end as usize);
    let quotes =
        |from: usize| bytes.get(from..limit).unwrap_or_default().iter().take_while(|byte| **byte == quote).count();
    // Spreadsheets write three.
    let start = close + quotes(close).min(3);
    let rest = bytes.get(start..limit)?;
    if !begins_address(rest) {
        return None;
    }
    let Some(end) = memchr::memchr(quote, rest).map(|length| start + length) else {
        return Some(Around { span: Span::new(close, limit), words: None, edits: None });
    };
    let mut edits = vec![Edit::new(Span::new(address.value.start as usize, start), missing_scheme(rest))];
    let is_escaped = !address.value.is_empty() && bytes[end - 1] == b'\\';
    let more = Span::new(end - usize::from(is_escaped), end + quotes(end) - 1);
    if !more.is_empty() {
        edits.push(Edit::delete(more));
    }
    let after = end + quotes(end);
    edits.extend(others(cx, address, after, &[quote, quote]));
    Some(Around { span: Span::new(close, after), words: None, edits: Some(edits) })
}

/// `href=\"https://…\"`: the quotes are escaped, as in a program. `href=3D"https://…"`: the `=` is encoded.
fn escaped(cx: &Context<'_>, address: &Address, value: Span) -> Option<Around> {
    let bytes = cx.bytes();
    let start = value.start as usize;
    let limit = (start + LIMIT).min(address.tag.span.end as usize);
    let (length, quote, rest) = match bytes.get(start..limit)? {
        [b'\\', quote @ (b'"' | b'\''), rest @ ..] => (1, *quote, rest),
        [b'3', b'D' | b'd', quote @ (b'"' | b'\''), rest @ ..] => (2, *quote, rest),
        _ => return None,
    };
    if !begins_address(rest) || bytes.get(start.checked_sub(1)?) != Some(&b'=') {
        return None;
    }
    let end = memchr::memchr(quote, rest).map(|end| start + length + 1 + end);
    let Some(end) = end.filter(|end| length == 2 || bytes[end - 1] == b'\\') else {
        return Some(Around { span: value, words: None, edits: None });
    };
    // The `=` is included, because another rule may want to insert quotes right after it.
    let mut edits = vec![Edit::new(Span::new(start - 1, start + length), "=")];
    if !missing_scheme(rest).is_empty() {
        let after = start + length + 1;
        edits.push(Edit::new(Span::new(after, after), missing_scheme(rest)));
    }
    if length == 1 {
        edits.push(Edit::delete(Span::new(end - 1, end)));
        edits.extend(others(cx, address, end + 1, &[b'\\', quote]));
    }
    Some(Around { span: Span::new(start, end + 1), words: None, edits: Some(edits) })
}

/// The same correction for the other attributes of the tag whose values have `quotes` around them.
fn others(cx: &Context<'_>, address: &Address, after: usize, quotes: &[u8; 2]) -> Vec<Edit> {
    let tag = address.tag.span;
    let mut edits = Vec::new();
    // A tag may contain thousands of addresses, so it is searched only for the first.
    let addresses = cx.addresses();
    let before = addresses.partition_point(|other| other.value.start < address.value.start);
    if before.checked_sub(1).is_some_and(|last| addresses[last].tag.span == tag) {
        return edits;
    }
    for part in [Span { start: tag.start, end: address.name.start }, Span::new(after, tag.end as usize)] {
        let text = cx.slice(part);
        let mut done = 0;
        for at in memchr::memmem::find_iter(text, quotes) {
            let value = text.get(at + 2..).unwrap_or_default();
            if at < done || !text[..at].ends_with(b"=") {
                continue;
            }
            let Some(length) = memchr::memmem::find(&value[..value.len().min(LIMIT)], quotes) else { break };
            done = at + 2 + length + 2;
            let is_value = value[..length].first().is_some_and(|first| !first.is_ascii_whitespace())
                && !value[..length].iter().any(|byte| b"=<>\"'".contains(byte));
            if is_value {
                let places = [at, at + 2 + length].map(|at| part.start as usize + at);
                edits.extend(places.map(|at| Edit::delete(Span::new(at, at + 1))));
            }
        }
    }
    edits
}

/// The length of such a word and of the character after it, before an address or what is around one.
fn word_length(text: &str) -> Option<usize> {
    let word = WORDS
        .into_iter()
        .find(|word| starts_with(text, word) && text[word.len()..].trim_start().starts_with(['=', ':', '(']))?;
    let rest = text[word.len()..].trim_start();
    let length = if rest.starts_with('(') { 0 } else { 1 };
    // `url:page`, `link://…`: names that an address may begin with.
    let after = rest[length..].trim_start();
    let is_around = after.starts_with(['"', '\'', '(', '&', '\u{201c}']);
    (is_around || begins_address(after.as_bytes()) && !after.starts_with("//")).then(|| text.len() - after.len())
}

/// The length of any other words before an address: `Website: https://…`, `HYPERLINK "https://…"`.
fn label_length(text: &str) -> Option<usize> {
    let near = text.char_indices().nth(FURTHEST).map_or(text, |(end, _)| &text[..end]).to_ascii_lowercase();
    let at = ["http://", "https://", "ddportal:"].iter().filter_map(|scheme| near.find(scheme)).min()?;
    let before = near[..at].trim_end_matches(['"', '\'', '(', '<', '\u{201c}', '\u{201e}', '\u{ab}']);
    let is_quoted = before.len() < at;
    // `ms-word:ofe|u|https://…`: Office takes the address after a command.
    if before.ends_with('|') {
        return None;
    }
    // Signs alone, such as a `#` that was there before.
    if !before.is_empty() && before.chars().all(|sign| "#?/.!&=-".contains(sign)) {
        return Some(before.len());
    }
    match label(&percent_decode(before))? {
        Label::Words => Some(before.len()),
        Label::Program => is_quoted.then_some(before.len()),
    }
}

/// Whether an address may begin further on in a value, which few values have.
fn may_begin_label(text: &[u8]) -> bool {
    let is_address = [&b"https://"[..], b"http://"].iter().any(|scheme| text.starts_with(scheme));
    let near = &text[..text.len().min(FURTHEST)];
    !is_address
        && memchr::memchr_iter(b':', near)
            .any(|at| at > 0 && (near[at..].starts_with(b"://") || near[..at].ends_with(b"ddportal")))
}

/// `href="&quot;https://…&quot;"`, `href="(https://…)"`: more quotes or brackets inside the quotes.
fn pasted(cx: &Context<'_>, address: &Address, value: Span) -> Option<Around> {
    // Another rule reports curly quotes in place of straight ones.
    let is_bare = cx.slice(Span::new((value.start as usize).saturating_sub(1), value.start as usize)) == b"=";
    let first = *cx.slice(value).first()?;
    if is_bare && !first.is_ascii() || value.len() > LIMIT {
        return None;
    }
    let is_plain = first.is_ascii_alphanumeric() || b"/#".contains(&first);
    if is_plain && !begins_word(cx.slice(value)) && !may_begin_label(cx.slice(value)) {
        return one_quote_after(cx, address, value);
    }
    let value = if is_bare { with_cut_part(cx, value, address.tag.span) } else { value };
    let decoded = Decoded::new(cx.document.source(), value, References::Attribute);
    let text = decoded.text();
    let is_part = |at: usize| cx.part_at(decoded.span(at..at + 1).start as usize).is_some();
    let mut start = word_length(text).or_else(|| label_length(text)).unwrap_or_default();
    let length = text[..start].trim_end().len();
    let words = (start > 0).then(|| decoded.span(0..length + usize::from(text[length..].starts_with('('))));
    let mut pairs = Vec::new();
    loop {
        let rest = &text[start..];
        let pair = PAIRS.into_iter().find(|(open, _)| rest.starts_with(*open) && !is_part(start));
        if let Some(length) = OPENING.iter().find(|mark| starts_with(rest, mark)).map(|mark| mark.len()) {
            start += length;
        } else if let Some((open, close)) = pair {
            // `[Open](https://…)`
            let label = rest.find("](").filter(|at| open == '[' && begins_address(&rest.as_bytes()[at + 2..]));
            start += label.map_or(1, |at| at + 2);
            pairs.push(if label.is_some() { ')' } else { close });
        } else {
            break;
        }
    }
    if start == 0 || !begins_address(text[start..].trim_start().as_bytes()) {
        return None;
    }
    start = text.len() - text[start..].trim_start().len();
    let mut end = start + text[start..].trim_end().len();
    loop {
        let rest = &text[start..end];
        let mark = CLOSING.iter().find(|mark| ends_with(rest, mark)).map(|mark| mark.len());
        let pair = pairs.iter().rposition(|close| rest.ends_with(*close));
        if let Some(length) = mark {
            end -= length;
        } else if let Some(index) = pair {
            pairs.remove(index);
            end -= 1;
        } else {
            break;
        }
        end = start + text[start..end].trim_end().len();
    }
    // What was meant by a macro and more in one address is left to the author.
    let kept = decoded.span(start..end);
    let parts = cx.document.parts_in(kept);
    let is_macro = |part: &Part| matches!(part.kind, PartKind::LinkMacro(_) | PartKind::BrokenMacro(_));
    if parts.iter().any(is_macro) && !matches!(parts, [part] if part.span == kept) {
        return Some(Around { span: value, words, edits: None });
    }
    let edges = [decoded.span(0..start), decoded.span(end..text.len())];
    // A value without quotes gets the quotes that it was meant to have.
    let quote = if is_bare && !text[start..end].contains('"') { "\"" } else { "" };
    let scheme = missing_scheme(&text.as_bytes()[start..]);
    let [first, last] = edges;
    let edits = [(first, format!("{quote}{scheme}")), (last, quote.to_owned())].into_iter();
    let edits = edits.filter(|(edge, text)| !edge.is_empty() || !text.is_empty());
    let edits = edits.map(|(edge, text)| Edit::new(edge, text)).collect();
    Some(Around { span: value, words, edits: Some(edits) })
}

/// A value without quotes that ends at the space in its placeholder, extended to where it was meant to end.
fn with_cut_part(cx: &Context<'_>, value: Span, tag: Span) -> Span {
    let Some(part) = cx.part_at((value.end as usize).saturating_sub(1)).filter(|part| part.span.end > value.end) else {
        return value;
    };
    let rest = cx.slice(Span { start: part.span.end, end: tag.end });
    let length = rest.iter().position(|byte| byte.is_ascii_whitespace() || *byte == b'>').unwrap_or(rest.len());
    Span { start: value.start, end: part.span.end + length as u32 }
}

/// `href=https://…">`: a quote after the address, but none in front of it.
fn one_quote_after(cx: &Context<'_>, address: &Address, value: Span) -> Option<Around> {
    const QUOTES: [&str; 4] = ["\"", "\u{201d}", "%22", "&quot;"];
    let written = cx.slice(value);
    // Hardly any address ends with one of these bytes.
    let is_likely = matches!(written.last(), Some(b'"' | b';' | b'2' | 0x80..));
    if !is_likely || !begins_address(written) || address.value.end < value.end {
        return None;
    }
    let decoded = Decoded::new(cx.document.source(), value, References::Attribute);
    let text = decoded.text();
    let mark = QUOTES.into_iter().find(|mark| text.ends_with(mark))?;
    // A query may end with a quote: `?subject=A 24"`.
    let is_alone = text.matches(mark).count() == 1 && !text.contains(['?', '\u{201c}']);
    let end = decoded.span(text.len() - mark.len()..text.len());
    is_alone.then(|| Around { span: address.value, words: None, edits: Some(vec![Edit::delete(end)]) })
}

/// Whether a value begins with one of the words that are pasted with an address.
fn begins_word(text: &[u8]) -> bool {
    WORDS.iter().any(|word| {
        let rest = text.get(word.len()..).filter(|_| text[..word.len()].eq_ignore_ascii_case(word.as_bytes()));
        rest.is_some_and(|rest| rest.trim_ascii_start().first().is_some_and(|next| b"=:(".contains(next)))
    })
}

/// Whether a text begins with such a word.
pub(crate) fn is_word_of_html(text: &str) -> bool {
    begins_word(text.as_bytes())
}

/// Whether a text begins with an address, or with a placeholder or macro that may be one.
fn begins_address(text: &[u8]) -> bool {
    const BEGINNINGS: [&str; 9] = ["https:", "http:", "mailto:", "tel:", "//", "www.", "ddportal:", "cid:", "["];
    BEGINNINGS
        .iter()
        .any(|start| text.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start.as_bytes())))
}

/// What an address lacks at its beginning: alone, `www.acme.example` would be a page of the message.
pub(super) const MISSING_SCHEME: &str = "https://";

fn missing_scheme(address: &[u8]) -> &'static str {
    let is_bare = address.get(..4).is_some_and(|head| head.eq_ignore_ascii_case(b"www."));
    if is_bare { MISSING_SCHEME } else { "" }
}

fn starts_with(text: &str, mark: &str) -> bool {
    text.get(..mark.len()).is_some_and(|start| start.eq_ignore_ascii_case(mark))
}

fn ends_with(text: &str, mark: &str) -> bool {
    text.len().checked_sub(mark.len()).and_then(|at| text.get(at..)).is_some_and(|end| end.eq_ignore_ascii_case(mark))
}
