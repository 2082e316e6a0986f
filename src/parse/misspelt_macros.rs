//! Link macros whose first word or brackets are misspelled: `[dd&#58;ticket]`, `[dd ticket]`, `{dd:ticket}`.

use std::borrow::Cow;
use std::ops::Range;

use crate::html::elements::is_block;
use crate::nearest::nearest;
use crate::parse::document::{MacroFlaw, Place};
use crate::parse::unbracketed::{as_macro, between_references, macro_in_address, whole_address, without_references};
use crate::span::Span;
use crate::vocabulary::Vocabulary;

/// The length of the longest such macro.
const LIMIT: usize = 200;

/// The length of the longest one in other brackets, whose text may be a sentence.
const OTHER_LIMIT: usize = 400;

/// The length of the longest index in source code; a longer word after `dd:` was meant as a command.
const INDEX_LIMIT: usize = 4;

/// Brackets that people write in place of square ones.
pub(crate) const PAIRS: [(&str, &str); 18] = [
    ("{", "}"),
    ("%7B", "%7D"),
    ("%7b", "%7d"),
    ("(", ")"),
    ("<", ">"),
    ("&lt;", "&gt;"),
    ("&#123;", "&#125;"),
    ("&lbrace;", "&rbrace;"),
    ("&lcub;", "&rcub;"),
    ("【", "】"),
    ("〔", "〕"),
    ("⟦", "⟧"),
    ("「", "」"),
    ("［", "］"),
    ("｛", "｝"),
    ("«", "»"),
    ("‹", "›"),
    ("&laquo;", "&raquo;"),
];

/// Signs that other products write around a placeholder, with the brackets that go with them: `##x##`, `{% x %}`.
const MARKS: &[u8] = b"#%$@*|~^?={<[";

/// The length of the longest such opening.
const MARKS_LIMIT: usize = 4;

/// A macro in square brackets whose first word is not exactly `dd:`: where it ends, and what is wrong with it.
pub(super) fn misspelt_macro_at(bytes: &[u8], at: usize, vocabulary: &Vocabulary) -> Option<(usize, MacroFlaw)> {
    let window = &bytes[at + 1..bytes.len().min(at + LIMIT)];
    let first = window.first()?;
    let is_prefix = |target: &crate::vocabulary::Target| {
        target.prefix.as_bytes().first().is_some_and(|byte| byte.eq_ignore_ascii_case(first))
    };
    if !matches!(first, b' ' | b'&' | b'%' | b'<') && !vocabulary.targets().iter().any(is_prefix) {
        return None;
    }
    let inside = &window[..memchr::memchr2(b'[', b']', window)?];
    if window[inside.len()] == b'[' {
        return None;
    }
    let text = std::str::from_utf8(inside).ok()?;
    let end = at + inside.len() + 2;
    flaw_of(text, vocabulary)
        .or_else(|| {
            let read = without_tags(text);
            let is_split = read.len() < text.len();
            let read = decoded(&read);
            let is_macro = is_split || read != text;
            let flaw = if is_split { MacroFlaw::SplitByTags } else { MacroFlaw::Encoded };
            let spaced = || flaw_of(&read.replace('\u{a0}', " "), vocabulary).filter(|_| is_macro);
            (is_macro && starts_macro(read.trim_start(), vocabulary)).then_some(flaw).or_else(spaced)
        })
        .map(|flaw| (end, flaw))
}

/// How many bytes around a macro are searched for a matching bracket.
const NEAR: usize = 300;

/// What is wrong with a macro after another `[`, and where it ends. Brackets around a sentence are right: `[[dd:ticket]
/// or call us]`.
pub(super) fn doubled_macro(bytes: &[u8], end: usize) -> Option<(usize, MacroFlaw)> {
    if bytes.get(end) == Some(&b']') {
        return Some((end + 1, MacroFlaw::Doubled));
    }
    let near = &bytes[end..bytes.len().min(end + NEAR)];
    let near = &near[..block_tags(near).next().unwrap_or(near.len())];
    is_unmatched(near.iter(), b']', b'[').then_some((end, MacroFlaw::ExtraBracket))
}

/// Whether a second `]` follows a macro without a matching bracket before the macro.
pub(super) fn has_extra_bracket(bytes: &[u8], at: usize, end: usize) -> bool {
    if bytes.get(end) != Some(&b']') {
        return false;
    }
    let near = &bytes[at.saturating_sub(NEAR)..at];
    let near = &near[block_tags(near).last().unwrap_or(0)..];
    is_unmatched(near.iter().rev(), b'[', b']')
}

/// The positions of tags that end a paragraph; brackets before and after such a tag do not match each other.
fn block_tags(bytes: &[u8]) -> impl Iterator<Item = usize> + '_ {
    memchr::memchr_iter(b'<', bytes).filter(|at| {
        let name = bytes[at + 1..].strip_prefix(b"/").unwrap_or(&bytes[at + 1..]);
        let length = name.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
        is_block(&name[..length])
    })
}

/// Whether there is no matching bracket; any bracket pairs in between are skipped.
fn is_unmatched<'a>(mut bytes: impl Iterator<Item = &'a u8>, matching: u8, other: u8) -> bool {
    let mut depth = 0_usize;
    !bytes.any(|byte| {
        if *byte == other {
            depth += 1;
        } else if *byte == matching {
            if depth == 0 {
                return true;
            }
            depth -= 1;
        }
        false
    })
}

/// What is wrong with the beginning of a macro, given its plain text.
fn flaw_of(text: &str, vocabulary: &Vocabulary) -> Option<MacroFlaw> {
    let inner = text.trim_start();
    vocabulary.targets().iter().find_map(|target| {
        let rest = after(inner, &target.prefix)?;
        let is_spaced = inner.len() < text.len() || rest.starts_with(' ');
        let colon = |character: char| matches!(character, ';' | '.' | '=' | '/' | '|' | '\\' | '\u{ff1a}');
        let flaw = match rest.trim_start().strip_prefix(colon) {
            Some(_) => MacroFlaw::NoColon,
            None if is_spaced => MacroFlaw::Spaces,
            None => return None,
        };
        let rest = rest.trim_start().trim_start_matches(colon).trim_start_matches(':').trim_start();
        target.command(first_word(rest)).map(|_| flaw)
    })
}

/// Whether a text starts with `dd:` and the name of something that a link can open.
fn starts_macro(text: &str, vocabulary: &Vocabulary) -> bool {
    vocabulary.targets().iter().any(|target| {
        let rest = after(text, &target.prefix).and_then(|rest| rest.trim_start().strip_prefix(':'));
        rest.is_some_and(|rest| target.command(first_word(rest.trim_start())).is_some())
    })
}

fn after<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let head = text.get(..prefix.len()).filter(|head| head.eq_ignore_ascii_case(prefix))?;
    Some(&text[head.len()..])
}

fn first_word(text: &str) -> &str {
    text.split(|character: char| !(character.is_alphanumeric() || matches!(character, '_' | '-')))
        .next()
        .unwrap_or_default()
}

fn without_tags(text: &str) -> Cow<'_, str> {
    if !text.contains('<') {
        return Cow::Borrowed(text);
    }
    let mut in_tag = false;
    let is_text = |character: &char| {
        let was_in_tag = in_tag;
        in_tag = *character == '<' || in_tag && *character != '>';
        !in_tag && !was_in_tag
    };
    Cow::Owned(text.chars().filter(is_text).collect())
}

/// A text with its character references decoded, even if they were escaped twice, and its first percent-encoded colon.
fn decoded(text: &str) -> Cow<'_, str> {
    let read = htmlize::unescape(text);
    let read = if read.contains('&') { Cow::Owned(htmlize::unescape(&*read).into_owned()) } else { read };
    match ["%253A", "%253a", "%3A", "%3a"].into_iter().find(|colon| read.contains(colon)) {
        Some(colon) => Cow::Owned(read.replacen(colon, ":", 1)),
        None => read,
    }
}

/// What is wrong with a macro, which may only be that it contains character references: `[dd:&#116;icket]`.
pub(super) fn encoded_flaw(flaw: MacroFlaw, text: &str, vocabulary: &Vocabulary) -> MacroFlaw {
    let inside = text.strip_prefix('[').unwrap_or(text);
    let read = decoded(inside);
    let is_encoded = flaw == MacroFlaw::NotKeyValue && read != inside && !starts_macro(inside, vocabulary);
    if is_encoded && starts_macro(&read, vocabulary) { MacroFlaw::Encoded } else { flaw }
}

/// `array[dd:ee]`: brackets after a word, around a few letters that are neither a command nor close to one.
pub(super) fn is_index(bytes: &[u8], at: usize, command: &str, vocabulary: &Vocabulary) -> bool {
    let commands = vocabulary.targets().iter().flat_map(|target| &target.commands);
    command.len() <= INDEX_LIMIT
        && at.checked_sub(1).is_some_and(|before| bytes[before].is_ascii_alphanumeric())
        && nearest(command, commands.map(|command| command.key.as_str())).is_none()
}

/// `[dd:hh:mm]`: the format of a date or a time.
pub(super) fn is_date_form(bytes: &[u8], at: usize) -> bool {
    let window = &bytes[at + 1..bytes.len().min(at + 32)];
    let Some(end) = memchr::memchr(b']', window) else { return false };
    let is_unit = |word: &[u8]| {
        word.is_empty()
            || (1..=4).contains(&word.len())
                && word.iter().all(|byte| byte.eq_ignore_ascii_case(&word[0]) && b"dmyhsDMYHS".contains(byte))
    };
    let mut units = window[..end].split(|byte| b":./-, ".contains(byte));
    units.clone().filter(|unit| !unit.is_empty()).count() > 1 && units.all(is_unit)
}

/// A macro in other brackets or signs around `dd:`, or without its first bracket.
pub(super) fn other_brackets_at(
    bytes: &[u8],
    from: usize,
    at: usize,
    place: Place,
    vocabulary: &Vocabulary,
) -> Option<Span> {
    let head = from.max(at.saturating_sub(8));
    let before = bytes.get(head..at)?.trim_ascii_end();
    let pair = PAIRS.iter().find(|(open, _)| before.ends_with(open.as_bytes()));
    let is_tag = pair.is_some_and(|(open, _)| *open == "<");
    let is_mark = pair.is_none() && before.last().is_some_and(|byte| MARKS.contains(byte));
    if !(place.is_visible() || is_tag && place == Place::Markup) {
        return None;
    }
    let window = &bytes[at..bytes.len().min(at + OTHER_LIMIT)];
    let text = window.utf8_chunks().next().map_or("", |chunk| chunk.valid());
    if !starts_macro(text, vocabulary) {
        return None;
    }
    if is_mark && let Some(span) = in_marks(bytes, head..head + before.len(), at, text) {
        return Some(span);
    }
    match pair {
        Some((open, close)) => {
            let end = closing(window, open, close, true).or_else(|| closing(window, open, close, false));
            let start = head + before.len() - open.len();
            let Some(end) = end else {
                // `{dd:ticket` without an end is a macro, but a `(` may belong to the sentence.
                let is_brace = open.starts_with(['{', '%']);
                let word = window.iter().position(|byte| b" \t\r\n<>[]".contains(byte)).unwrap_or(window.len());
                return is_brace.then(|| Span::new(start, at + word));
            };
            Some(outermost(bytes, from, start, at + end, (open, close)))
        }
        None => without_first_bracket(bytes, from, at)
            .or_else(|| whole_address(bytes, from, place))
            .or_else(|| between_references(bytes, from, at)),
    }
}

/// A macro between the marks of another product, `##dd:ticket##`; the opening is at the end of `before`, and `text` begins
/// with `dd:`.
fn in_marks(bytes: &[u8], before: Range<usize>, at: usize, text: &str) -> Option<Span> {
    let run = bytes[before.clone()].iter().rev().take(MARKS_LIMIT).take_while(|byte| MARKS.contains(byte)).count();
    (1..=run).rev().find_map(|length| {
        let start = before.end - length;
        let open = std::str::from_utf8(&bytes[start..before.end]).ok()?;
        let close = mirrored(open)?;
        let end = [true, false].into_iter().find_map(|quotes| closing(text.as_bytes(), open, &close, quotes))?;
        let inside = text[..end].strip_suffix(close.as_str())?;
        as_macro(inside).map(|_| Span::new(start, at + end))
    })
}

/// What closes an opening mark: `%}` for `{%`; the `=` of `<%=` has no counterpart.
fn mirrored(open: &str) -> Option<String> {
    let marks = open.strip_suffix('=').unwrap_or(open);
    let mirror = |mark| match mark {
        '{' => '}',
        '<' => '>',
        '[' => ']',
        mark => mark,
    };
    let is_closing = marks.bytes().any(|mark| !b"{<[=".contains(&mark)) && !marks.contains('=');
    is_closing.then(|| marks.chars().rev().map(mirror).collect())
}

/// A macro with all brackets of the same kind around it, `{{dd:ticket}}`, or the `$` before them, `${dd:ticket}`.
fn outermost(bytes: &[u8], from: usize, start: usize, end: usize, (open, close): (&str, &str)) -> Span {
    let (mut start, mut end) = (start, end);
    while start >= from + open.len()
        && bytes[..start].ends_with(open.as_bytes())
        && bytes[end..].starts_with(close.as_bytes())
    {
        start -= open.len();
        end += close.len();
    }
    let before = &bytes[from..start];
    if let [rest @ .., b'$' | b'#' | b'%'] = before
        && open == "{"
        && !rest.last().is_some_and(u8::is_ascii_alphanumeric)
    {
        start -= 1;
    }
    Span::new(start, end)
}

/// A macro in the brackets of a tag, with the end tag right after it: `<dd:ticket></dd:ticket>`. The outer brackets of
/// `<<dd:ticket>>` are text; nothing before `from` counts.
pub(super) fn with_end_tag(bytes: &[u8], from: usize, span: Span) -> Span {
    let mut span = span;
    while bytes.get(span.start as usize) == Some(&b'<')
        && span.start as usize > from
        && bytes[span.start as usize - 1] == b'<'
        && bytes.get(span.end as usize) == Some(&b'>')
    {
        span = Span { start: span.start - 1, end: span.end + 1 };
    }
    let tag = bytes.get(span.range()).and_then(|tag| tag.strip_prefix(b"<")).unwrap_or_default();
    let name = tag.iter().position(|byte| !(byte.is_ascii_alphanumeric() || b":_-".contains(byte))).unwrap_or(0);
    let rest = bytes.get(span.end as usize..).and_then(|rest| rest.strip_prefix(b"</")).unwrap_or_default();
    let rest = rest.strip_prefix(&tag[..name]).filter(|_| name > 0).and_then(|rest| rest.strip_prefix(b">"));
    Span { end: rest.map_or(span.end, |rest| (bytes.len() - rest.len()) as u32), ..span }
}

/// Where the brackets around a text end: after `close`, or after the `]` that was written instead.
fn closing(text: &[u8], open: &str, close: &str, reads_quotes: bool) -> Option<usize> {
    let (mut square, mut own) = (0usize, 0usize);
    let mut quote: Option<&[u8]> = None;
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        let rest = &text[at..];
        at += 1;
        if let Some(mark) = quote {
            quote = quote.filter(|_| !rest.starts_with(mark));
            continue;
        }
        if rest.starts_with(close.as_bytes()) {
            match own.checked_sub(1) {
                Some(fewer) => own = fewer,
                None => return Some(at - 1 + close.len()),
            }
            continue;
        }
        match byte {
            b'"' if reads_quotes => quote = Some(b"\""),
            b'\'' if reads_quotes && text[..at - 1].ends_with(b"=") => quote = Some(b"'"),
            b'&' if reads_quotes && rest.starts_with(b"&quot;") => quote = Some(b"&quot;"),
            b'<' | b'>' => return None,
            b'[' => square += 1,
            b']' if square == 0 => return (open != "<").then_some(at),
            b']' => square -= 1,
            _ if rest.starts_with(open.as_bytes()) => own += 1,
            _ => {}
        }
    }
    None
}

/// `dd:ticket]`, and `[:dd:ticket]`, whose first bracket is too far away.
fn without_first_bracket(bytes: &[u8], from: usize, at: usize) -> Option<Span> {
    let window = &bytes[at..bytes.len().min(at + LIMIT)];
    let stop = window.iter().position(|byte| b"[]<>{}()\r\n".contains(byte)).filter(|stop| window[*stop] == b']')?;
    let before = &bytes[from..at];
    if before.ends_with(b"[:") {
        return Some(Span::new(at - 2, at + stop + 1));
    }
    // A word before it makes it something else: `add:ticket]`.
    let is_alone = !before.last().is_some_and(|byte| byte.is_ascii_alphanumeric() || b"[:;/_-.".contains(byte));
    is_alone.then(|| Span::new(at, at + stop + 1))
}

/// A macro in other brackets as it should be written; `None` if its end is missing or the result would not be a macro.
pub(crate) fn in_square_brackets(text: &str) -> Option<String> {
    // Elsewhere it is not clear where the macro ends.
    let is_address = text.starts_with(|first: char| first.is_ascii_alphabetic() || "%/".contains(first));
    let in_address = || macro_in_address(text).filter(|_| is_address);
    in_other_brackets(text).or_else(in_address).or_else(|| without_references(text).filter(|_| text.starts_with('&')))
}

fn in_other_brackets(text: &str) -> Option<String> {
    if let Some(right) = of_marks(text).or_else(|| as_macro(text)) {
        return Some(right);
    }
    let unsigned = text.strip_prefix(['$', '#', '%']).filter(|rest| rest.starts_with('{')).unwrap_or(text);
    let of_pair = |(open, close): &(&str, &str)| {
        let mut inside = unsigned.strip_prefix(open)?;
        let mut count = 1;
        while let Some(rest) = inside.strip_prefix(open) {
            (inside, count) = (rest, count + 1);
        }
        if *open == "<"
            && let Some((tag, _)) = inside.split_once("></")
        {
            return Some(tag);
        }
        let closed = (0..count).try_fold(inside, |inside, _| inside.strip_suffix(close));
        closed.or_else(|| inside.strip_suffix(']'))
    };
    let inside = PAIRS.iter().find_map(of_pair).or_else(|| {
        let rest = text.strip_suffix(']')?.trim_start_matches(['[', ':']);
        rest.starts_with(|character: char| character.is_ascii_alphabetic()).then_some(rest)
    })?;
    as_macro(inside)
}

/// The same for one between marks.
fn of_marks(text: &str) -> Option<String> {
    let run = text.bytes().take(MARKS_LIMIT).take_while(|mark| MARKS.contains(mark)).count();
    let (open, rest) = text.split_at(run);
    as_macro(rest.strip_suffix(&*mirrored(open)?)?)
}

/// Whether a macro is between signs, which no sentence has: `##dd:ticket##`.
pub(crate) fn is_between_marks(text: &str) -> bool {
    of_marks(text).is_some()
}
