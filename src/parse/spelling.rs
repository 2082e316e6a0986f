//! How a placeholder is spelled: parses the bytes in brackets, and looks the name up in the vocabularies.

use pest::Parser as _;

use crate::invisible::is_invisible;
use crate::parse::document::{AttributeRole, Flaw, Place, Spelling};
use crate::parse::grammar::{Macros, Rule};
use crate::source::Source;
use crate::source::look_alike;
use crate::span::Span;
use crate::vocabulary::{Shape, Vocabulary};

/// The length of the longest placeholder as a PSA writes it, including brackets.
pub(super) const PLACEHOLDER_LIMIT: usize = 98;

/// The length of the longest damaged one: each character may be a character reference, and tags may be in between.
pub(super) const DAMAGED_LIMIT: usize = 512;

/// Parses a spelling with the grammar, then looks it up in the vocabularies.
pub(super) fn read_spelling(vocabulary: &Vocabulary, text: &str) -> Option<Spelling> {
    let as_written = spelling_as_written(vocabulary, text);
    let has_reference = text.contains("&#");
    if text.is_ascii() && !has_reference || as_written.as_ref().is_some_and(|spelling| !spelling.known.is_empty()) {
        return as_written;
    }
    let looks_like = match has_reference {
        true => look_alike::as_ascii(&htmlize::unescape(text)),
        false => look_alike::as_ascii(text),
    };
    let looks_like = looks_like.and_then(|ascii| spelling_as_written(vocabulary, &ascii));
    match looks_like.filter(|spelling| !spelling.known.is_empty()) {
        Some(mut spelling) => {
            spelling.flaws.push(Flaw::LookAlike);
            spelling.flaws.sort_unstable();
            Some(spelling)
        }
        None => as_written,
    }
}

fn spelling_as_written(vocabulary: &Vocabulary, text: &str) -> Option<Spelling> {
    let strict = |rule| Macros::parse(rule, text).is_ok_and(|pairs| pairs.as_str().len() == text.len());
    let shape = if strict(Rule::word_placeholder) {
        Some(Shape::Word)
    } else if strict(Rule::set_placeholder) {
        Some(Shape::Set)
    } else {
        None
    };
    let (name, mut flaws) = match shape {
        Some(_) => (text[1..text.len() - 1].to_owned(), Vec::new()),
        None => undamaged(text)?,
    };
    let mut known = Vec::new();
    for (index, dialect) in vocabulary.dialects().iter().enumerate() {
        known.extend(dialect.find(&name).map(|found| (index, found)));
    }
    let mut name = name;
    if known.is_empty() {
        let mut right = None;
        for (index, dialect) in vocabulary.dialects().iter().enumerate() {
            // `[ID:123]` is not a placeholder, and `[Company]` is a word of the text.
            if let Some((found, spelt)) = dialect.find_folded(&name)
                && right.as_ref().is_none_or(|right| *right == spelt)
                && dialect.placeholder(found).use_instead.is_none()
            {
                known.push((index, found));
                right = Some(spelt);
            }
        }
        if let Some(right) = right {
            let spaces =
                |text: &str| text.split(|character: char| character.is_alphanumeric()).map(str::len).sum::<usize>();
            if spaces(&name) != spaces(&right) && !flaws.contains(&Flaw::Spaces) {
                flaws.push(Flaw::Spaces);
            }
            if differs_in_case(&name, &right) {
                flaws.push(Flaw::WrongCase);
            }
            name = right;
        }
    }
    let shape = match (shape, known.first()) {
        (_, Some(&(dialect, _))) => vocabulary.dialects()[dialect].shape,
        (Some(shape), None) => shape,
        // `[SRBoard]`: looks like a placeholder name, but is in no list.
        (None, None) if flaws.is_empty() && may_be_name(vocabulary, &name) => Shape::Word,
        // Something damaged and unknown may be anything.
        (None, None) => return None,
    };
    if shape == Shape::Word && name.len() < 2 {
        return None;
    }
    flaws.sort_unstable();
    flaws.dedup();
    Some(Spelling { name, shape, flaws, known })
}

/// Whether a word that begins or continues with capitals looks like a placeholder name of a PSA.
fn may_be_name(vocabulary: &Vocabulary, word: &str) -> bool {
    word.len() > 4
        && word.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && word.starts_with(|character: char| character.is_ascii_alphabetic())
        && vocabulary.looks_like_name(word)
}

pub(super) fn differs_in_case(name: &str, right: &str) -> bool {
    let without_spaces = |text: &str| text.chars().filter(|character| !character.is_whitespace()).collect::<String>();
    without_spaces(name) != without_spaces(right)
}

/// The name inside a damaged placeholder, and the kinds of damage.
pub(super) fn undamaged(text: &str) -> Option<(String, Vec<Flaw>)> {
    let pair = Macros::parse(Rule::damaged_placeholder, text).ok()?.next()?;
    if pair.as_str().len() != text.len() {
        return None;
    }
    let mut flaws = Vec::new();
    let mut name: Vec<u8> = Vec::new();
    let mut plus = Vec::new();
    for piece in pair.into_inner() {
        let written = piece.as_str();
        match piece.as_rule() {
            Rule::opening | Rule::closing => flaws.extend(match written.as_bytes() {
                b"[" | b"]" => None,
                b"[[" | b"]]" => Some(Flaw::Doubled),
                [b'%', ..] => Some(Flaw::PercentEncoded),
                _ => Some(Flaw::CharacterReferences),
            }),
            Rule::tag => flaws.push(Flaw::SplitByTags),
            Rule::percent => {
                flaws.push(Flaw::PercentEncoded);
                name.extend(written.get(written.len() - 2..).and_then(|code| u8::from_str_radix(code, 16).ok()));
            }
            Rule::reference => {
                let read = htmlize::unescape(written);
                flaws.push(match () {
                    () if read.chars().all(is_invisible) => Flaw::Invisible,
                    () if read.trim().is_empty() => Flaw::Spaces,
                    () => Flaw::CharacterReferences,
                });
                name.extend(read.bytes());
            }
            Rule::plus => {
                plus.push(name.len());
                name.push(b' ');
            }
            Rule::space => {
                flaws.extend((written != " ").then_some(Flaw::Spaces));
                name.extend(written.bytes());
            }
            Rule::invisible => flaws.push(Flaw::Invisible),
            _ => name.extend(written.bytes()),
        }
    }
    let mut name = String::from_utf8(name).ok()?;
    name.retain(|character| !is_invisible(character));
    if !plus.is_empty() {
        flaws.push(Flaw::PercentEncoded);
    }
    let collapsed = name.split_whitespace().collect::<Vec<_>>().join(" ");
    if collapsed.len() != name.len() {
        flaws.push(Flaw::Spaces);
    }
    Some((collapsed, flaws))
}

/// Where a word in plain brackets ends, if only a name can be in them.
pub(super) fn plain_end(bytes: &[u8], at: usize) -> Option<usize> {
    let window = &bytes[at + 1..bytes.len().min(at + PLACEHOLDER_LIMIT)];
    let stop = window.iter().position(|&byte| !NAME_BYTE[byte as usize])?;
    (window[stop] == b']' && stop > 0).then_some(at + stop + 2)
}

/// Bytes that a name may contain; the grammar decides about non-ASCII characters.
pub(super) const NAME_BYTE: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        let value = byte as u8;
        table[byte] = value.is_ascii_alphanumeric()
            || value >= 0x80
            || matches!(
                value,
                b' ' | b'(' | b')' | b'/' | b'#' | b'%' | b'?' | b',' | b'.' | b';' | b':' | b'>' | b'\'' | b'-' | b'_'
            );
        byte += 1;
    }
    table
};

/// The end of a damaged placeholder's closing bracket, in any of its forms.
pub(super) fn damaged_end(bytes: &[u8], at: usize) -> Option<usize> {
    let window = &bytes[at..bytes.len().min(at + DAMAGED_LIMIT)];
    let doubled = window.starts_with(b"[[");
    let is_backslashed = window.starts_with(b"\\[");
    let opens_twice = window.starts_with(b"&amp;");
    let mut length = 0;
    let mut in_tag = false;
    let mut index = if doubled || is_backslashed { 2 } else { 1 };
    while index < window.len() {
        let rest = &window[index..];
        match rest[0] {
            b'<' if rest.starts_with(b"<!--") && !rest.starts_with(b"<!--[") => {
                // The dashes that open a comment may also close it.
                index += 1 + memchr::memmem::find(&rest[2..], b"-->")? + 3;
            }
            b'<' => in_tag = true,
            b'>' => in_tag = false,
            _ if in_tag => {}
            // `C:\[srnumber]` is a path.
            b']' if is_backslashed && window[index - 1] != b'\\' => return None,
            b']' => {
                let closes_twice = doubled && rest.starts_with(b"]]");
                return Some(at + index + if closes_twice { 2 } else { 1 });
            }
            b'[' => return None,
            // Encoded twice: `%255D`.
            b'%' if rest.starts_with(b"%255") && rest.len() > 4 && matches!(rest[4] | 0x20, b'b' | b'd') => {
                return (rest[4] | 0x20 == b'd').then_some(at + index + 5);
            }
            b'%' if rest.len() >= 3 && rest[1] == b'5' => match rest[2].to_ascii_uppercase() {
                b'D' => return Some(at + index + 3),
                b'B' => return None,
                _ => length += 1,
            },
            b'&' => {
                // Something escaped twice also ends this way.
                if opens_twice && let Some(length) = closing_twice(rest) {
                    return Some(at + index + length);
                }
                if let Some((length, closes)) = bare_number(rest) {
                    return closes.then_some(at + index + length);
                }
                let end =
                    rest[1..].iter().take(12).take_while(|&&byte| byte.is_ascii_alphanumeric() || byte == b'#').count()
                        + 1;
                let end = if rest.get(end) == Some(&b';') { end + 1 } else { 1 };
                match &*rest[..end].to_ascii_lowercase() {
                    b"&#93;" | b"&#093;" | b"&#x5d;" | b"&#x05d;" | b"&rbrack;" | b"&rsqb;" => {
                        return Some(at + index + end);
                    }
                    b"&#91;" | b"&#091;" | b"&#x5b;" | b"&#x05b;" | b"&lbrack;" | b"&lsqb;" if index > 1 => {
                        return None;
                    }
                    _ => {}
                }
                length += 1;
                index += end - 1;
            }
            _ => length += 1,
        }
        if length > 2 * PLACEHOLDER_LIMIT {
            return None;
        }
        index += 1;
    }
    None
}

/// The length of `&#93` without a semicolon at the start of a text, and whether it is a closing bracket.
fn bare_number(text: &[u8]) -> Option<(usize, bool)> {
    const FORMS: [(&[u8], bool); 4] = [(b"&#93", true), (b"&#091", false), (b"&#093", true), (b"&#91", false)];
    let (form, closes) = FORMS.into_iter().find(|(form, _)| text.starts_with(form))?;
    let next = text.get(form.len());
    next.is_none_or(|next| *next != b';' && !next.is_ascii_digit()).then_some((form.len(), closes))
}

/// The length of `&amp;#93;` at the start of a text.
fn closing_twice(text: &[u8]) -> Option<usize> {
    const FORMS: [&[u8]; 6] = [b"#93;", b"#093;", b"#x5d;", b"#x05d;", b"rbrack;", b"rsqb;"];
    let rest = text.strip_prefix(b"&amp;")?;
    let form = FORMS.iter().find(|form| rest.get(..form.len()).is_some_and(|head| head.eq_ignore_ascii_case(form)))?;
    Some("&amp;".len() + form.len())
}

/// Markdown links, array parameters and check boxes.
pub(super) fn is_other_syntax(bytes: &[u8], at: usize, end: usize, place: Place, spelling: &Spelling) -> bool {
    spelling.shape == Shape::Word && is_array(bytes, at, end, place)
}

/// The same of any word in brackets.
pub(crate) fn is_array(bytes: &[u8], at: usize, end: usize, place: Place) -> bool {
    let before = at.checked_sub(1).map(|index| bytes[index]);
    let glued = before.is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b']')
        && !follows_encoded_mark(bytes, at);
    let markdown = matches!(bytes.get(end), Some(b'(')) || matches!(bytes.get(end), Some(b'['));
    let array = match place {
        Place::Attribute(attribute) => {
            glued && (attribute.role == AttributeRole::Other || is_in_key(bytes, attribute.value, at, end))
        }
        _ => glued && bytes.get(end) == Some(&b'='),
    };
    markdown || array
}

/// Whether a percent-encoded character comes right before a byte: `%20[srnumber]`.
pub(crate) fn follows_encoded_mark(bytes: &[u8], at: usize) -> bool {
    let Some([b'%', high, low]) = at.checked_sub(3).and_then(|start| bytes.get(start..at)) else { return false };
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let mark = digit(*high).zip(digit(*low)).and_then(|(high, low)| u8::try_from(16 * high + low).ok());
    mark.is_some_and(|mark| !(mark.is_ascii_alphanumeric() || matches!(mark, b'_' | b']')))
}

/// Whether what is in brackets in an address is part of a parameter name: `page[number]=`. After a `#`, other words
/// may be in brackets.
fn is_in_key(bytes: &[u8], address: Span, at: usize, end: usize) -> bool {
    let start = (address.start as usize).max(at.saturating_sub(DAMAGED_LIMIT)).min(at);
    let mark = bytes[start..at].iter().rfind(|byte| matches!(byte, b'?' | b'&' | b'=' | b'#'));
    mark.is_some_and(|&mark| mark != b'=' && (mark != b'#' || matches!(bytes.get(end), Some(b'=' | b'['))))
}

/// What is in brackets at a byte, in any of their forms, with its end and its damage, whether or not a dialect knows it.
pub(crate) fn damaged_name(source: &Source, at: usize) -> Option<(usize, String, Vec<Flaw>)> {
    let bytes = source.bytes();
    let is_opening = matches!(
        bytes.get(at..)?,
        [b'[', ..]
            | [b'\\', b'[', ..]
            | [b'%', b'5', b'b' | b'B', ..]
            | [b'%', b'2', b'5', b'5', b'b' | b'B', ..]
            | [b'&', b'#' | b'l' | b'L', ..]
            | [b'&', b'a', b'm', b'p', b';', ..]
    );
    if !is_opening {
        return None;
    }
    let end = damaged_end(bytes, at)?;
    let text = source.decode(&bytes[at..end]);
    let ascii = look_alike::as_ascii(&text);
    let (name, mut flaws) = undamaged(ascii.as_deref().unwrap_or(&text))?;
    flaws.extend(ascii.map(|_| Flaw::LookAlike));
    let is_name = |rule| {
        let token = format!("[{name}]");
        Macros::parse(rule, &token).is_ok_and(|pairs| pairs.as_str().len() == token.len())
    };
    // `[Contact-FirstName]`
    let is_word = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
        && !name.starts_with(|first: char| first.is_ascii_digit());
    (is_word || is_name(Rule::set_placeholder)).then_some((end, name, flaws))
}

/// Two or more words in brackets that were meant to be replaced.
pub(super) fn is_fill_in(text: &str) -> bool {
    let words = text.split([' ', '_']).filter(|word| word.chars().any(char::is_alphabetic)).count();
    words >= 2 && !text.contains(':') && !text.contains('/') && text.starts_with(char::is_alphabetic)
}
