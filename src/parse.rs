//! From bytes to a document: finds what may be a macro or a deep link, asks pest about each new spelling once, and
//! names what is wrong with it.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use aho_corasick::packed;
use pest::Parser as _;

use crate::correct::CleanLinks;
use crate::document::{
    Argument, AttributePlace, AttributeRole, Document, Flaw, LinkMacro, LinkSpan, MacroFlaw, Part, PartKind, Piece,
    Place, Spelling,
};
use crate::front_matter::FrontMatter;
use crate::grammar::{Macros, Rule};
use crate::scan::{self, Attribute, Attributes, Quote, Region, RegionKind};
use crate::source::{Source, SourceKind, Span};
use crate::vocabulary::{Gateway, Shape, Vocabulary};

/// The longest placeholder, brackets and all, as a PSA writes it.
const PLACEHOLDER_LIMIT: usize = 98;
/// The longest damaged one: each letter may be a character reference, and tags may stand between.
const DAMAGED_LIMIT: usize = 512;
/// The longest link macro.
const MACRO_LIMIT: usize = 2048;
/// How far before `deeplink` a link in text may begin.
const LINK_HEAD_LIMIT: usize = 512;
/// Spellings that are remembered; a folder of real templates has some hundreds.
const INTERN_LIMIT: usize = 50_000;

/// Parses templates; one for each thread, since it remembers every spelling that it has met.
pub struct Parser<'v> {
    vocabulary: &'v Vocabulary,
    hints: Arc<Hints>,
    spellings: HashMap<Box<[u8]>, Option<Arc<Spelling>>, foldhash::fast::FixedState>,
    pub(crate) clean_links: CleanLinks,
}

impl<'v> Parser<'v> {
    /// A parser for the names of a vocabulary.
    pub fn new(vocabulary: &'v Vocabulary) -> Parser<'v> {
        Parser {
            vocabulary,
            hints: Arc::new(Hints::new(vocabulary)),
            spellings: HashMap::default(),
            clean_links: CleanLinks::default(),
        }
    }

    /// The vocabulary whose names it knows.
    pub fn vocabulary(&self) -> &'v Vocabulary {
        self.vocabulary
    }

    /// Parses a template; there is a document for any bytes. The settings on its top, if it has any, were read before
    /// by [`FrontMatter::read`].
    pub fn parse(&mut self, source: Source, front_matter: Option<FrontMatter>) -> Document {
        let hints = Arc::clone(&self.hints);
        let bytes = source.bytes();
        let mut brackets = memchr::memchr_iter(b'[', bytes).peekable();
        let mut hints = hints.iter(bytes).peekable();
        if brackets.peek().is_none() && hints.peek().is_none() {
            drop(hints);
            return Document { source, regions: Vec::new(), parts: Vec::new(), links: Vec::new(), front_matter };
        }
        let body = front_matter.as_ref().map_or(0, |settings| settings.span.end as usize);
        // A mail has a tag or a text for each thirty bytes or so.
        let mut regions = Vec::with_capacity(bytes.len() / 24);
        if source.kind() == SourceKind::Html {
            scan::scan_into(&bytes[body..], &mut regions);
            if body > 0 {
                for region in &mut regions {
                    region.span.start += body as u32;
                    region.span.end += body as u32;
                }
            }
        }
        let mut parts = Vec::with_capacity(32);
        let mut links = Vec::new();
        let mut text_hits = Vec::new();
        let mut places = Places::new(&source, &regions, front_matter.as_ref());
        let mut resume = 0;
        loop {
            let (at, hint) = match (brackets.peek(), hints.peek()) {
                (Some(&bracket), Some(&(at, hint))) if at < bracket => (at, Some(hint)),
                (Some(&bracket), _) => (bracket, None),
                (None, Some(&(at, hint))) => (at, Some(hint)),
                (None, None) => break,
            };
            if hint.is_some() {
                hints.next();
            } else {
                brackets.next();
            }
            if hint == Some(Hint::Link) {
                let (place, conditional, _) = places.at(at);
                match place {
                    Place::Attribute(attribute) if attribute.role != AttributeRole::Other => {
                        let span = trim(bytes, attribute.value);
                        if links.last().is_none_or(|last: &LinkSpan| last.span.end <= span.start) {
                            links.push(LinkSpan { span, place, conditional });
                        }
                    }
                    Place::Text | Place::PlainText => text_hits.push((at, place, conditional)),
                    _ => {}
                }
                continue;
            }
            if at < resume {
                continue;
            }
            let (place, conditional, limit) = places.at(at);
            if let Some((end, kind)) = self.part_at(&source, at, limit, place) {
                resume = end;
                parts.push(Part { span: Span::new(at, end), place, conditional, kind });
            }
        }
        if !text_hits.is_empty() {
            text_links(&source, &regions, &parts, &text_hits, &mut links);
        }
        drop(hints);
        Document { source, regions, parts, links, front_matter }
    }

    /// The spelling of a placeholder that is written as `text`, brackets and all.
    pub fn spelling(&self, text: &str) -> Option<Arc<Spelling>> {
        read_spelling(self.vocabulary, text).map(Arc::new)
    }

    /// What starts at a bracket, and where it ends.
    fn part_at(&mut self, source: &Source, at: usize, limit: usize, place: Place) -> Option<(usize, PartKind)> {
        let bytes = &source.bytes()[..limit];
        if bytes[at] != b'[' {
            return self.encoded_at(source, bytes, at, place);
        }
        if is_macro_start(bytes, at)
            && let Some(found) = self.macro_at(source, bytes, at, place)
        {
            return Some(found);
        }
        if place == Place::Markup || place == Place::FrontMatter {
            return None;
        }
        let end = plain_end(bytes, at);
        if let Some(end) = end
            && let Some(spelling) = self.intern(source, &bytes[at..end])
        {
            if !place.is_visible() {
                // A style sheet or a comment may hold any word in brackets.
                return (!spelling.known.is_empty() && spelling.flaws.is_empty())
                    .then_some((end, PartKind::Placeholder(spelling)));
            }
            if spelling.known.is_empty() && is_other_syntax(bytes, at, end, place, &spelling) {
                return None;
            }
            let kind = if spelling.flaws.is_empty() { PartKind::Placeholder } else { PartKind::Malformed };
            return Some((end, kind(spelling)));
        }
        if !place.is_visible() {
            return None;
        }
        if let Some(end) = end {
            return is_fill_in(&source.decode(&bytes[at + 1..end - 1])).then_some((end, PartKind::FillIn));
        }
        self.damaged_at(source, bytes, at).or_else(|| self.unclosed_at(source, bytes, at))
    }

    /// `%5Bsrnumber%5D`, `&#91;srnumber&#93;`, and link macros that were written so.
    fn encoded_at(&mut self, source: &Source, bytes: &[u8], at: usize, place: Place) -> Option<(usize, PartKind)> {
        if !place.is_visible() {
            return None;
        }
        if let Some(found) = self.damaged_at(source, bytes, at) {
            return Some(found);
        }
        let end = damaged_end(bytes, at)?;
        let text = source.decode(&bytes[at..end]);
        let pairs = Macros::parse(Rule::opening, &text).ok()?;
        let rest = &text[pairs.as_str().len()..];
        let is_macro = self.vocabulary.targets().iter().any(|target| {
            rest.strip_prefix(target.prefix.as_str())
                .is_some_and(|rest| rest.starts_with(':') || rest.starts_with("%3"))
        });
        is_macro.then_some((end, PartKind::BrokenMacro(MacroFlaw::Encoded)))
    }

    fn damaged_at(&mut self, source: &Source, bytes: &[u8], at: usize) -> Option<(usize, PartKind)> {
        let end = damaged_end(bytes, at)?;
        let spelling = self.intern(source, &bytes[at..end])?;
        (!spelling.known.is_empty()).then_some((end, PartKind::Malformed(spelling)))
    }

    /// `[srnumber is open`: a known name, and no bracket before the next tag.
    fn unclosed_at(&mut self, source: &Source, bytes: &[u8], at: usize) -> Option<(usize, PartKind)> {
        let window = &bytes[at + 1..bytes.len().min(at + PLACEHOLDER_LIMIT)];
        let stop = window.iter().position(|byte| b"<[]\r\n\"".contains(byte)).unwrap_or(window.len());
        if window.get(stop) == Some(&b']') {
            return None;
        }
        let text = source.decode(&window[..stop]);
        // The longest known name that the text begins with.
        let mut ends: Vec<usize> =
            text.char_indices().filter(|(_, letter)| !letter.is_alphanumeric()).map(|(index, _)| index).collect();
        ends.push(text.len());
        for &end in ends.iter().rev() {
            let name = &text[..end];
            // A word of a word dialect ends where its letters end.
            let goes_on = text[end..].starts_with(['-', '_']);
            let known: Vec<_> = self
                .vocabulary
                .dialects()
                .iter()
                .enumerate()
                .filter_map(|(index, dialect)| {
                    let known = dialect.find(name)?;
                    let exists = dialect.placeholder(known).use_instead.is_none();
                    (exists && !dialect.placeholder(known).is_pattern() && !goes_on).then_some((index, known))
                })
                .collect();
            if let Some(&(dialect, _)) = known.first() {
                let shape = self.vocabulary.dialects()[dialect].shape;
                let length = if source.is_utf8() { end } else { text[..end].chars().count() };
                let spelling = Spelling { name: name.to_owned(), shape, flaws: vec![Flaw::NeverClosed], known };
                return Some((at + 1 + length, PartKind::Malformed(Arc::new(spelling))));
            }
        }
        None
    }

    /// `[dd:ticket …]`, or what was meant to be one.
    fn macro_at(&mut self, source: &Source, bytes: &[u8], at: usize, place: Place) -> Option<(usize, PartKind)> {
        let window = &bytes[at..bytes.len().min(at + MACRO_LIMIT)];
        let colon = window.iter().position(|&byte| byte == b':')?;
        let prefix = std::str::from_utf8(&window[1..colon]).ok()?;
        let is_target =
            |prefix: &str| self.vocabulary.targets().iter().any(|target| target.prefix.eq_ignore_ascii_case(prefix));
        // No macro holds another, which keeps the work linear where thousands are never closed.
        let next = memchr::memmem::find(&window[1..], &window[..=colon]).map_or(window.len(), |offset| offset + 1);
        let (text, offsets) = decode_with_offsets(source, &window[..next]);
        let span = |range: std::ops::Range<usize>| Span::new(at + offsets(range.start), at + offsets(range.end));
        match Macros::parse(Rule::link_macro, &text) {
            Ok(mut pairs) => {
                let pair = pairs.next()?;
                let end = at + offsets(pair.as_span().end());
                let piece = |pair: &pest::iterators::Pair<'_, Rule>| Piece {
                    span: span(pair.as_span().start()..pair.as_span().end()),
                    text: pair.as_str().to_owned(),
                };
                let mut inner = pair.into_inner();
                let prefix_piece = piece(&inner.next()?);
                let command = piece(&inner.next()?);
                let known_command =
                    self.vocabulary.targets().iter().any(|target| target.command(&command.text).is_some());
                if !is_target(prefix) && !known_command {
                    return None;
                }
                let mut arguments = Vec::new();
                for argument in inner {
                    let mut inner = argument.into_inner();
                    let (Some(key), Some(value)) = (inner.next(), inner.next()) else { continue };
                    let value = value.into_inner().next()?;
                    arguments.push(Argument { key: piece(&key), value: piece(&value) });
                }
                Some((end, PartKind::LinkMacro(Box::new(LinkMacro { prefix: prefix_piece, command, arguments }))))
            }
            Err(_) if is_target(prefix) => {
                let (length, flaw) = broken_macro(&text, place);
                Some((at + offsets(length), PartKind::BrokenMacro(flaw)))
            }
            Err(_) => None,
        }
    }

    fn intern(&mut self, source: &Source, key: &[u8]) -> Option<Arc<Spelling>> {
        // The same bytes may be another text in another encoding, so only ASCII and UTF-8 are remembered.
        let is_shared = source.is_utf8() || key.is_ascii();
        if is_shared && let Some(known) = self.spellings.get(key) {
            return known.clone();
        }
        let spelling = read_spelling(self.vocabulary, &source.decode(key)).map(Arc::new);
        if is_shared && self.spellings.len() < INTERN_LIMIT {
            self.spellings.insert(key.into(), spelling.clone());
        }
        spelling
    }
}

/// Asks pest, then the vocabularies.
fn read_spelling(vocabulary: &Vocabulary, text: &str) -> Option<Spelling> {
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
            // `[ID:123]` is no placeholder, and `[Company]` is a word of the text.
            if let Some((found, spelt)) = dialect.find_folded(&name)
                && right.as_ref().is_none_or(|right| *right == spelt)
                && dialect.placeholder(found).use_instead.is_none()
            {
                known.push((index, found));
                right = Some(spelt);
            }
        }
        if let Some(right) = right {
            let spaces = |text: &str| text.split(|letter: char| letter.is_alphanumeric()).map(str::len).sum::<usize>();
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
        // What is damaged and unknown may be anything.
        (None, None) => return None,
    };
    if shape == Shape::Word && name.len() < 2 {
        return None;
    }
    flaws.sort_unstable();
    flaws.dedup();
    Some(Spelling { name, shape, flaws, known })
}

fn differs_in_case(name: &str, right: &str) -> bool {
    let letters = |text: &str| text.chars().filter(|letter| !letter.is_whitespace()).collect::<String>();
    letters(name) != letters(right)
}

/// The name inside a damaged placeholder and the damages.
fn undamaged(text: &str) -> Option<(String, Vec<Flaw>)> {
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
                name.extend(u8::from_str_radix(&written[1..], 16).ok());
            }
            Rule::reference => {
                let read = htmlize::unescape(written);
                flaws.push(if read.trim().is_empty() { Flaw::Spaces } else { Flaw::CharacterReferences });
                name.extend(read.bytes());
            }
            Rule::plus => {
                plus.push(name.len());
                name.push(b' ');
            }
            Rule::space => {
                flaws.extend((written != " ").then_some(Flaw::Spaces));
                name.extend(written.replace(['\u{200b}', '\u{feff}'], "").bytes());
            }
            _ => name.extend(written.bytes()),
        }
    }
    let name = String::from_utf8(name).ok()?;
    if !plus.is_empty() {
        flaws.push(Flaw::PercentEncoded);
    }
    let collapsed = name.split_whitespace().collect::<Vec<_>>().join(" ");
    if collapsed.len() != name.len() {
        flaws.push(Flaw::Spaces);
    }
    Some((collapsed, flaws))
}

/// Where a word in plain brackets ends, if nothing but a name can stand in them.
fn plain_end(bytes: &[u8], at: usize) -> Option<usize> {
    let window = &bytes[at + 1..bytes.len().min(at + PLACEHOLDER_LIMIT)];
    let stop = window.iter().position(|&byte| !NAME_BYTE[byte as usize])?;
    (window[stop] == b']' && stop > 0).then_some(at + stop + 2)
}

/// Bytes that a name may hold; pest decides about the letters beyond ASCII.
const NAME_BYTE: [bool; 256] = {
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

/// Where the closing bracket of a damaged placeholder ends, in any of its forms.
fn damaged_end(bytes: &[u8], at: usize) -> Option<usize> {
    let window = &bytes[at..bytes.len().min(at + DAMAGED_LIMIT)];
    let doubled = window.starts_with(b"[[");
    let mut letters = 0;
    let mut in_tag = false;
    let mut index = if doubled { 2 } else { 1 };
    while index < window.len() {
        let rest = &window[index..];
        match rest[0] {
            b'<' => in_tag = true,
            b'>' => in_tag = false,
            _ if in_tag => {}
            b']' => {
                let closes_twice = doubled && rest.starts_with(b"]]");
                return Some(at + index + if closes_twice { 2 } else { 1 });
            }
            b'[' => return None,
            b'%' if rest.len() >= 3 && rest[1] == b'5' => match rest[2].to_ascii_uppercase() {
                b'D' => return Some(at + index + 3),
                b'B' => return None,
                _ => letters += 1,
            },
            b'&' => {
                let end = rest.iter().take(12).position(|&byte| byte == b';').map_or(1, |end| end + 1);
                match &*rest[..end].to_ascii_lowercase() {
                    b"&#93;" | b"&#093;" | b"&#x5d;" | b"&#x05d;" | b"&rbrack;" | b"&rsqb;" => {
                        return Some(at + index + end);
                    }
                    b"&#91;" | b"&#091;" | b"&#x5b;" | b"&#x05b;" | b"&lbrack;" | b"&lsqb;" if index > 1 => {
                        return None;
                    }
                    _ => {}
                }
                letters += 1;
                index += end - 1;
            }
            _ => letters += 1,
        }
        if letters > 2 * PLACEHOLDER_LIMIT {
            return None;
        }
        index += 1;
    }
    None
}

/// `[letters:` followed by no space, or by a letter.
fn is_macro_start(bytes: &[u8], at: usize) -> bool {
    let rest = &bytes[at + 1..bytes.len().min(at + 16)];
    let letters = rest.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    // `[Ticket: ID]` is by far the most frequent, and its set has more letters than any prefix.
    (1..=12).contains(&letters)
        && rest.get(letters) == Some(&b':')
        && (letters <= 3 || rest.get(letters + 1) != Some(&b' '))
}

/// How far a broken link macro reaches, and why it is none.
fn broken_macro(text: &str, place: Place) -> (usize, MacroFlaw) {
    let mut depth = 0usize;
    let mut quotes = [0usize; 2];
    let mut has_tag = false;
    for (index, letter) in text.char_indices() {
        match letter {
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
    // Shown up to where the reader sees the mistake: the end of the words that belong to it.
    let stop = text.find(['<', '\n', '\r', '"']).unwrap_or(text.len());
    let stop = text[..stop].char_indices().nth(60).map_or(stop, |(index, _)| index);
    (text[..stop].trim_end().len().max(1), MacroFlaw::NeverClosed)
}

/// Markdown links, array parameters and check boxes.
fn is_other_syntax(bytes: &[u8], at: usize, end: usize, place: Place, spelling: &Spelling) -> bool {
    if spelling.shape != Shape::Word {
        return false;
    }
    let before = at.checked_sub(1).map(|index| bytes[index]);
    let glued = before.is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b']');
    let markdown = matches!(bytes.get(end), Some(b'(')) || matches!(bytes.get(end), Some(b'['));
    let array = glued && (matches!(place, Place::Attribute(_)) || bytes.get(end) == Some(&b'='));
    markdown || array
}

/// Two or more words in brackets that somebody was meant to replace.
fn is_fill_in(text: &str) -> bool {
    let words = text.split([' ', '_']).filter(|word| word.chars().any(char::is_alphabetic)).count();
    words >= 2 && !text.contains(':') && !text.contains('/') && text.starts_with(char::is_alphabetic)
}

/// A value without the white space around it.
fn trim(bytes: &[u8], span: Span) -> Span {
    let text = &bytes[span.range()];
    let start = span.start as usize + text.len() - text.trim_ascii_start().len();
    Span::new(start, start + text.trim_ascii().len())
}

/// Text of a window and where its offsets lie in the bytes.
fn decode_with_offsets<'a>(source: &Source, window: &'a [u8]) -> (Cow<'a, str>, impl Fn(usize) -> usize) {
    let text = match std::str::from_utf8(window) {
        Ok(text) if source.is_utf8() || text.is_ascii() => Cow::Borrowed(text),
        _ if source.is_utf8() => {
            // A window may end in the middle of a letter, and a file may hold bytes that are no letter.
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

/// Links in text: from their scheme to white space, through placeholders that hold spaces.
fn text_links(
    source: &Source,
    regions: &[Region],
    parts: &[Part],
    hits: &[(usize, Place, bool)],
    links: &mut Vec<LinkSpan>,
) {
    let bytes = source.bytes();
    let mut resume = 0;
    let mut found = Vec::new();
    for &(at, place, conditional) in hits {
        if at < resume {
            continue;
        }
        let region = regions.partition_point(|region| region.span.end as usize <= at);
        // Plain text has no regions, and the settings on top of a template come before the first.
        let start = regions.first().map_or(bytes.len(), |first| first.span.start as usize);
        let here = regions.get(region).map(|region| region.span).filter(|span| span.contains(at));
        let bounds = here.unwrap_or(Span::new(0, start));
        let left = (bounds.start as usize).max(resume).max(at.saturating_sub(LINK_HEAD_LIMIT));
        let head = &bytes[left..at + 1];
        let run = head.iter().rposition(|&byte| ends_link(byte)).map_or(left, |index| left + index + 1);
        let mut end = at;
        let mut next_part = parts.partition_point(|part| (part.span.start as usize) < run);
        let mut last_part_end = 0;
        while end < bounds.end as usize {
            while next_part < parts.len() && (parts[next_part].span.end as usize) <= end {
                next_part += 1;
            }
            if let Some(part) = parts.get(next_part)
                && part.span.start as usize <= end
                && part.spelling().is_some_and(|spelling| !spelling.flaws.contains(&Flaw::SplitByTags))
            {
                end = part.span.end as usize;
                last_part_end = end;
                continue;
            }
            let rest = &bytes[end..bounds.end as usize];
            let entity_ends = place == Place::Text
                && rest[0] == b'&'
                && [&b"&nbsp;"[..], b"&lt;", b"&gt;", b"&quot;", b"&#160;"].iter().any(|end| rest.starts_with(end));
            if ends_link(rest[0]) || entity_ends {
                break;
            }
            end += 1;
        }
        resume = end;
        let lower = bytes[run..end].to_ascii_lowercase();
        let scheme = [&b"http://"[..], b"https://", b"ddportal:"]
            .iter()
            .filter_map(|scheme| memchr::memmem::find(&lower, scheme))
            .min();
        let Some(scheme) = scheme.filter(|&offset| run + offset <= at) else { continue };
        let start = run + scheme;
        let opened = bytes[run..end].contains(&b'(') && scheme == 0;
        while end > start.max(last_part_end) {
            let last = bytes[end - 1];
            let count = |bracket: u8| memchr::memchr_iter(bracket, &bytes[start..end]).count();
            let is_extra = last == b']' && count(b']') > count(b'[');
            if b".,;:!?'".contains(&last) || (last == b')' && !opened) || is_extra {
                end -= 1;
            } else {
                break;
            }
        }
        found.push(LinkSpan { span: Span::new(start, end), place, conditional });
    }
    if links.is_empty() {
        *links = found;
    } else {
        links.append(&mut found);
        links.sort_by_key(|link| link.span);
    }
}

fn ends_link(byte: u8) -> bool {
    byte.is_ascii_whitespace() || matches!(byte, b'<' | b'>' | b'"')
}

/// Rare spellings that may start a macro or a link; found in one pass.
struct Hints {
    packed: Option<packed::Searcher>,
    automaton: aho_corasick::AhoCorasick,
    kinds: Vec<Hint>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Hint {
    Bracket,
    Link,
}

impl Hints {
    fn new(vocabulary: &Vocabulary) -> Hints {
        let mut words: Vec<(String, Hint)> =
            ["%5B", "%5b", "&#91", "&#091", "&#x5b", "&#x5B", "&#X5B", "&lbrack", "&lsqb"]
                .into_iter()
                .map(|word| (word.to_owned(), Hint::Bracket))
                .collect();
        for target in vocabulary.targets() {
            let page = target.web_path().rsplit('/').next().unwrap_or_default();
            let suffix = target.host_suffix.split('.').next().unwrap_or_default();
            for word in [page, suffix, target.desktop_scheme()].into_iter().filter(|word| word.len() >= 4) {
                let mut letters = word.chars();
                let title: String = letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
                words.extend([word.to_owned(), word.to_ascii_uppercase(), title].map(|word| (word, Hint::Link)));
            }
        }
        let gateways = Gateway::builtin().iter().map(|gateway| gateway.hint.clone());
        words.extend(
            ["DeskDirector", "DeepLink", "DDPortal"]
                .map(str::to_owned)
                .into_iter()
                .chain(gateways)
                .map(|word| (word, Hint::Link)),
        );
        words.sort();
        words.dedup();
        let (words, kinds): (Vec<String>, Vec<Hint>) = words.into_iter().unzip();
        Hints {
            packed: packed::Searcher::new(&words),
            automaton: match aho_corasick::AhoCorasick::new(&words) {
                Ok(automaton) => automaton,
                Err(error) => unreachable!("thirty short words fit any automaton: {error}"),
            },
            kinds,
        }
    }

    fn iter<'a>(&'a self, bytes: &'a [u8]) -> Box<dyn Iterator<Item = (usize, Hint)> + 'a> {
        let hint = |found: aho_corasick::Match| (found.start(), self.kinds[found.pattern().as_usize()]);
        match &self.packed {
            Some(searcher) => Box::new(searcher.find_iter(bytes).map(hint)),
            None => Box::new(self.automaton.find_iter(bytes).map(hint)),
        }
    }
}

/// Answers where a byte stands; the questions come in ascending order.
struct Places<'a> {
    source: &'a Source,
    regions: &'a [Region],
    front_matter: Option<&'a FrontMatter>,
    region: usize,
    attributes: Option<(usize, Attributes<'a>, Option<Attribute>)>,
}

impl<'a> Places<'a> {
    fn new(source: &'a Source, regions: &'a [Region], front_matter: Option<&'a FrontMatter>) -> Places<'a> {
        Places { source, regions, front_matter, region: 0, attributes: None }
    }

    /// The place, whether it is in a conditional comment, and where a macro that starts there must have ended.
    fn at(&mut self, at: usize) -> (Place, bool, usize) {
        let bytes = self.source.bytes();
        if let Some(settings) = self.front_matter
            && at < settings.span.end as usize
        {
            if let Some(text) = settings.text
                && text.contains(at)
            {
                return (Place::PlainText, false, text.end as usize);
            }
            return match &settings.subject {
                Some((_, subject)) if subject.contains(at) => (Place::Subject, false, subject.end as usize),
                _ => (Place::FrontMatter, false, settings.span.end as usize),
            };
        }
        match self.source.kind() {
            SourceKind::Text => return (Place::PlainText, false, bytes.len()),
            SourceKind::Subject => return (Place::Subject, false, bytes.len()),
            SourceKind::Html => {}
        }
        while self.regions.get(self.region).is_some_and(|region| region.span.end as usize <= at) {
            self.region += 1;
        }
        let Some(region) = self.regions.get(self.region) else { return (Place::Text, false, bytes.len()) };
        let end = region.span.end as usize;
        match region.kind {
            // A macro in text may hold tags, and an editor may have put tags into a placeholder.
            RegionKind::Text => (Place::Text, region.conditional, bytes.len()),
            RegionKind::StartTag => {
                let (place, limit) = self.in_tag(at, region.span);
                (place, region.conditional, limit)
            }
            RegionKind::RawText => {
                let tag = self.region.checked_sub(1).map(|index| self.regions[index].span);
                let is_style =
                    tag.is_some_and(|tag| bytes[scan::tag_name(bytes, tag).range()].eq_ignore_ascii_case(b"style"));
                (if is_style { Place::Style } else { Place::Script }, region.conditional, end)
            }
            kind => (kind.place(), region.conditional, end),
        }
    }

    fn in_tag(&mut self, at: usize, tag: Span) -> (Place, usize) {
        let bytes = self.source.bytes();
        if self.attributes.as_ref().is_none_or(|(region, _, _)| *region != self.region) {
            self.attributes = Some((self.region, scan::attributes(bytes, tag), None));
        }
        let Some((_, iter, current)) = &mut self.attributes else { return (Place::Markup, tag.end as usize) };
        let ends = |attribute: &Attribute| attribute.value.map_or(attribute.name.end, |value| value.end) as usize;
        while current.as_ref().is_none_or(|attribute| ends(attribute) <= at) {
            match iter.next() {
                Some(next) => *current = Some(next),
                None => return (Place::Markup, tag.end as usize),
            }
        }
        match current {
            Some(Attribute { name, value: Some(value), quote }) if value.contains(at) => {
                let role = role(&bytes[scan::tag_name(bytes, tag).range()], &bytes[name.range()]);
                let place = AttributePlace { tag, name: *name, value: *value, quote: *quote, role };
                // `href=[Ticket: ID]`: an unquoted value ends at the space, the macro at its bracket.
                let limit = match quote {
                    Quote::None => tag.end as usize - usize::from(bytes[tag.end as usize - 1] == b'>'),
                    _ => value.end as usize,
                };
                (Place::Attribute(place), limit.max(value.end as usize))
            }
            _ => (Place::Markup, tag.end as usize),
        }
    }
}

/// What the value of an attribute is for.
fn role(element: &[u8], attribute: &[u8]) -> AttributeRole {
    let is = |name: &str| attribute.eq_ignore_ascii_case(name.as_bytes());
    if is("href") {
        let is_vml = element.len() > 2 && matches!(element[0] | 0x20, b'v' | b'o' | b'w') && element[1] == b':';
        let leads = is_vml || element.eq_ignore_ascii_case(b"a") || element.eq_ignore_ascii_case(b"area");
        return if leads { AttributeRole::Link } else { AttributeRole::Address };
    }
    let addresses =
        ["src", "action", "background", "cite", "data", "formaction", "longdesc", "poster", "srcset", "xlink:href"];
    if addresses.into_iter().any(is) { AttributeRole::Address } else { AttributeRole::Other }
}
