//! Where a link macro may start, and what is wrong with one that the grammar rejects.

use std::borrow::Cow;

use pest::Parser as _;

use crate::invisible::{is_invisible, is_other_space};
use crate::parse::document::{MacroFlaw, Place};
use crate::parse::grammar::{Macros, Rule};
use crate::source::Source;
use crate::span::Span;
use crate::vocabulary::{Target, Vocabulary};

/// The length of the longest link macro.
pub(super) const MACRO_LIMIT: usize = 2048;

/// `[letters:` followed by anything but a space, or by a letter.
pub(super) fn is_macro_start(bytes: &[u8], at: usize) -> bool {
    let rest = &bytes[at + 1..bytes.len().min(at + 16)];
    let length = rest.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    // `[Ticket: ID]` is by far the most common, and its set has more letters than any prefix.
    (1..=12).contains(&length)
        && rest.get(length) == Some(&b':')
        && (length <= 3 || rest.get(length + 1) != Some(&b' '))
}

/// The latest end of a link macro that is written plainly, without brackets, references or any quotes but `"`. What
/// follows it does not affect its meaning.
pub(crate) fn plain_macro_end(bytes: &[u8], at: usize) -> Option<usize> {
    let window = &bytes[at + 1..bytes.len().min(at + 256)];
    let mut is_quoted = false;
    for (index, byte) in window.iter().enumerate() {
        match byte {
            b'"' => is_quoted = !is_quoted,
            b']' => return (!is_quoted).then_some(at + index + 2),
            b' ' | b':' | b'=' | b'_' | b'-' | b'.' | b',' | b'!' | b'?' | b'/' | b'#' => {}
            byte if byte.is_ascii_alphanumeric() => {}
            _ => return None,
        }
    }
    None
}

/// Where a link macro ends that is broken only by invisible content: zero-width characters, tags, comments.
pub(super) fn hidden_macro(
    source: &Source,
    bytes: &[u8],
    at: usize,
    vocabulary: &Vocabulary,
) -> Option<(usize, MacroFlaw)> {
    let window = bytes.get(at..bytes.len().min(at + 256))?;
    let first = *window.get(1)?;
    let may_begin = |byte: u8| !byte.is_ascii_graphic() || matches!(byte, b'&' | b'<');
    let is_prefix =
        |target: &Target| target.prefix.as_bytes().first().is_some_and(|byte| byte.eq_ignore_ascii_case(&first));
    if !may_begin(first) && !vocabulary.targets().iter().any(is_prefix) {
        return None;
    }
    let window = &window[..=memchr::memchr(b']', window)?];
    if memchr::memchr_iter(b'[', window).count() != 1 || window.iter().all(|byte| !may_begin(*byte) || *byte == b' ') {
        return None;
    }
    let written = source.decode(window);
    let plain = without_tags(&written);
    let read = htmlize::unescape(&plain);
    // A space of another kind is one to a reader.
    let plain_space = |character: char| if is_other_space(character) { ' ' } else { character };
    let clean: String = read.chars().filter(|character| !is_invisible(*character)).map(plain_space).collect();
    let has_other_space = read.chars().any(is_other_space);
    let inside = clean.get(1..clean.len() - 1)?.trim();
    let rest = vocabulary.targets().iter().find_map(|target| {
        let head = inside.get(..target.prefix.len()).filter(|head| head.eq_ignore_ascii_case(&target.prefix))?;
        inside[head.len()..].strip_prefix(':')
    });
    let flaw = match () {
        () if read.chars().any(is_invisible) => MacroFlaw::Invisible,
        () if plain.len() < written.len() => MacroFlaw::SplitByTags,
        () if inside.len() + 2 < clean.len() || has_other_space => MacroFlaw::Spaces,
        () => return None,
    };
    let text = format!("[{inside}]");
    let is_macro = Macros::parse(Rule::link_macro, &text).is_ok_and(|pairs| pairs.as_str().len() == text.len());
    (rest.is_some() && is_macro).then_some((at + window.len(), flaw))
}

/// A text without its tags and comments.
fn without_tags(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        out.push_str(&rest[..at]);
        let end = if rest[at..].starts_with("<!--") { "-->" } else { ">" };
        let Some(length) = rest[at..].find(end) else { return out + &rest[at..] };
        rest = &rest[at + length + end.len()..];
    }
    out + rest
}

/// `<!--[if mso]>` and `<![endif]`, even if damaged: every second bracket in Outlook messages, and never a macro.
pub(super) fn is_condition(bytes: &[u8], at: usize) -> bool {
    let (before, after) = bytes.split_at(at);
    (before.ends_with(b"<!") || before.ends_with(b"<!--"))
        && (after.starts_with(b"[if") || after.starts_with(b"[endif]"))
        || after.starts_with(b"[endif]--")
}

/// Whether the macro that begins at `open`, and that another macro at `inner` cuts off, would extend beyond that one if
/// it were not a macro.
pub(crate) fn reaches_over(bytes: &[u8], open: usize, inner: Span) -> bool {
    let until = |end: usize| bytes.get(..end.min(open + MACRO_LIMIT)).unwrap_or(bytes);
    let depth = |text: &[u8], mut depth: usize| {
        for byte in text {
            match byte {
                b'[' => depth += 1,
                b']' if depth <= 1 => return 0,
                b']' => depth -= 1,
                _ => {}
            }
        }
        depth
    };
    let before = depth(until(inner.start as usize).get(open..).unwrap_or_default(), 0);
    let after = until(bytes.len()).get(inner.end as usize..).unwrap_or_default();
    before > 0 && depth(after, before) == 0
}

/// How far a broken link macro extends, and why it is not a link macro.
pub(super) fn broken_macro(text: &str, place: Place) -> (usize, MacroFlaw) {
    let mut depth = 0usize;
    let mut quotes = [0usize; 2];
    let mut has_tag = false;
    for (index, character) in text.char_indices() {
        match character {
            '[' => depth += 1,
            ']' => {
                depth -= 1;
                if depth == 0 {
                    let flaw = if quotes.iter().any(|count| count % 2 == 1) {
                        MacroFlaw::QuoteNotClosed
                    } else if has_tag && place == Place::Text {
                        MacroFlaw::SplitByTags
                    } else {
                        MacroFlaw::NotKeyValue
                    };
                    return (index + 1, flaw);
                }
            }
            '"' => quotes[0] += 1,
            '\'' if text[..index].ends_with('=') || quotes[1] % 2 == 1 => quotes[1] += 1,
            '<' => has_tag = true,
            _ => {}
        }
    }
    // Shown up to where a reader sees the mistake: the end of the words that belong to it.
    let stop = text.find(['<', '\n', '\r', '"']).unwrap_or(text.len());
    let stop = text[..stop].char_indices().nth(60).map_or(stop, |(index, _)| index);
    (text[..stop].trim_end().len().max(1), MacroFlaw::NeverClosed)
}

/// The text of a window, and where its offsets are in the bytes.
pub(super) fn decode_with_offsets<'a>(source: &Source, window: &'a [u8]) -> (Cow<'a, str>, impl Fn(usize) -> usize) {
    let text = match std::str::from_utf8(window) {
        Ok(text) if source.is_utf8() || text.is_ascii() => Cow::Borrowed(text),
        _ if source.is_utf8() => {
            // A window may end in the middle of a character, and a file may contain invalid bytes.
            let replaced: String = window
                .utf8_chunks()
                .flat_map(|chunk| chunk.valid().chars().chain(chunk.invalid().iter().map(|_| '\u{1a}')))
                .collect();
            Cow::Owned(replaced)
        }
        _ => source.decode(window),
    };
    let same = source.is_utf8() || text.len() == window.len();
    let starts: Vec<u32> = if same { Vec::new() } else { text.char_indices().map(|(index, _)| index as u32).collect() };
    let length = window.len();
    (
        text,
        move |offset: usize| {
            if same { offset } else { starts.partition_point(|&start| (start as usize) < offset).min(length) }
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_a_plain_macro_has_no_say() {
        for plain in ["[dd:ticket]", "[dd:ticket action=chat]", "[dd:ticket text=\"Chat with us!\" as=button]"] {
            for rest in ["", "]", "\"]", " ” ’ &quot; [dd:"] {
                assert_eq!(plain_macro_end(format!("x{plain}{rest}").as_bytes(), 1), Some(plain.len() + 1), "{plain}");
            }
        }
        for other in [
            "[dd:ticket",
            "[dd:ticket text=\"]",
            "[dd:ticket text=“Chat”]",
            "[dd:ticket text='a]'",
            "[dd:ticket text=&quot;a&quot;]",
            "[dd:invoice invoice_id=[Invoice: ID]]",
            "[dd:ticket <b>action=chat</b>]",
        ] {
            assert_eq!(plain_macro_end(other.as_bytes(), 0), None, "{other}");
        }
    }
}
