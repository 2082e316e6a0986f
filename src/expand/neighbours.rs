//! Text next to a macro or a number that belongs to it in the eyes of a reader.

use crate::html::scan::Quote;
use crate::parse::document::{AttributePlace, Document, Part, PartKind, Place};
use crate::source::SourceKind;
use crate::source::decoded::{Decoded, References};
use crate::span::Span;

/// Punctuation that ends a sentence after an address and is not part of it.
const MARKS: &[u8] = b".,;:!?)'";

/// What follows a macro after such punctuation, and where: just a few bytes.
pub(super) fn next_word(document: &Document, span: Span) -> (u32, &[u8]) {
    let rest = &document.source().bytes()[span.end as usize..];
    let rest = &rest[..rest.len().min(64)];
    let marks = rest.iter().take_while(|byte| MARKS.contains(byte)).count();
    (span.end + marks as u32, &rest[marks..])
}

/// Whether a text would become part of an address in front of it.
pub(super) fn goes_on(text: &[u8], place: Place) -> bool {
    let marks = text.iter().take_while(|byte| MARKS.contains(byte)).count();
    match &text[marks..] {
        [] => false,
        [byte, ..] if byte.is_ascii_whitespace() || matches!(byte, b'<' | b'>' | b'"') => false,
        rest => {
            let ends = [&b"&nbsp;"[..], b"&lt;", b"&gt;", b"&quot;", b"&#160;"];
            place == Place::PlainText || !ends.iter().any(|end| rest.starts_with(end))
        }
    }
}

/// Whether a macro makes up a whole attribute value, apart from white space.
pub(crate) fn is_whole_value(document: &Document, span: Span, attribute: AttributePlace) -> bool {
    let bytes = document.source().bytes();
    if attribute.quote == Quote::None {
        let next = bytes.get(span.end as usize);
        return attribute.value.start == span.start
            && next.is_none_or(|byte| byte.is_ascii_whitespace() || *byte == b'>');
    }
    let before = &bytes[attribute.value.start as usize..span.start as usize];
    let after = bytes.get(span.end as usize..attribute.value.end as usize).unwrap_or_default();
    before.trim_ascii().is_empty() && after.trim_ascii().is_empty()
}

/// Whether a placeholder is part of a word, an address or a path that a program may read.
pub(super) fn is_glued(document: &Document, span: Span) -> bool {
    let source = document.source();
    debug_assert_eq!(source.kind(), SourceKind::Html);
    let region = document.regions().partition_point(|region| region.span.end <= span.start);
    let Some(region) = document.regions().get(region) else { return false };
    let bytes = source.bytes();
    // Words are short; anything attached to more than this counts as attached.
    let left = (region.span.start as usize).max((span.start as usize).saturating_sub(200));
    let right = (region.span.end as usize).min(span.end as usize + 200).max(span.end as usize);
    // A link macro becomes a link, and nothing attaches to a link.
    let part = document.parts().partition_point(|part| part.span.start < span.start);
    let (before, after) = document.parts().split_at(part);
    let is_macro = |part: &&Part| matches!(part.kind, PartKind::LinkMacro(_));
    let mut near = before.iter().rev().take_while(|part| part.span.end as usize > left);
    let left = near.find(is_macro).map_or(left, |part| part.span.end as usize);
    let mut near = after.iter().take_while(|part| (part.span.start as usize) < right);
    let right = near.find(is_macro).map_or(right, |part| part.span.start as usize);
    let left =
        bytes[left..span.start as usize].iter().rposition(u8::is_ascii_whitespace).map_or(left, |at| left + at + 1);
    let right = bytes[span.end as usize..right]
        .iter()
        .position(u8::is_ascii_whitespace)
        .map_or(right, |at| span.end as usize + at);
    let decode = |span| Decoded::new(source, span, References::Text);
    let before = decode(Span::new(left, span.start as usize));
    let after = decode(Span::new(span.end as usize, right));
    let word_before = before.text().rsplit(char::is_whitespace).next().unwrap_or_default();
    let word_after = after.text().split(char::is_whitespace).next().unwrap_or_default();
    let last = word_before.trim_end_matches('#').chars().next_back();
    if last.is_some_and(|character| character.is_alphanumeric() || "[{_=/@:".contains(character)) {
        return true;
    }
    let is_address = word_before.contains("://") || word_before.contains("www.") || word_before.contains(['@', '\\']);
    is_address || word_after.contains('@') || word_after.starts_with(['/', '\\', '=', '}'])
}

/// How far before a macro in text an address may begin.
const LIMIT: usize = 300;

/// Whether an address in the text right before a macro would go on in the link; `is_address` tells that only the
/// address of that link is written.
pub(super) fn continues_address(document: &Document, span: Span, is_address: bool) -> bool {
    let end = span.start as usize;
    let near = &document.source().bytes()[end.saturating_sub(LIMIT)..end];
    let ends = |byte: &u8| byte.is_ascii_whitespace() || b"<>\"".contains(byte);
    let word = &near[near.iter().rposition(ends).map_or(0, |at| at + 1)..];
    let Some(last) = word.last() else { return false };
    let goes_on = b"=/?&#%".contains(last) || is_address && last.is_ascii_alphanumeric();
    let is_scheme = word.ends_with(b"://");
    goes_on && !is_scheme && memchr::memmem::find(word, b"://").is_some()
}
