//! Other products' placeholders in a document, where a reader would see them.

use std::ops::Range;

use crate::html::scan::RegionKind;
use crate::parse::document::{AttributeRole, Document, PartKind, Place};
use crate::parse::places::Places;
use crate::source::Source;
use crate::source::layers::Layers;
use crate::span::Span;
use crate::vocabulary::foreign_syntax::{ForeignSyntax, MARKS, SyntaxForm};

/// A placeholder that only another product fills in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ForeignPlaceholder {
    /// Its bytes.
    pub span: Span,
    /// The products that would fill it in.
    pub product: &'static str,
    /// Whether it counts only as a part of an address.
    pub is_for_addresses: bool,
}

/// Attributes whose text a reader sees or hears.
const SHOWN: [&[u8]; 3] = [b"alt", b"title", b"aria-label"];

/// The longest address that is looked at as a whole.
const LONGEST: u32 = 2048;

/// The placeholders of other products, in order; none in a source that psalink itself composes.
pub(crate) fn foreign_placeholders(document: &Document) -> Vec<ForeignPlaceholder> {
    let source = document.source();
    let mut found = Vec::new();
    if source.name().ends_with(".j2") {
        return found;
    }
    let bytes = source.bytes();
    let known = ForeignSyntax::builtin();
    let mut places = Places::new(source, document.regions(), document.front_matter());
    let mut pattern = Pattern::default();
    let mut from = 0;
    let mut tries = 0;
    for mark in source.brackets(|byte| MARKS.contains(&byte) || byte == b'&') {
        if mark < from {
            continue;
        }
        let in_text = known.around(bytes, from, mark);
        let may_be_encoded = in_text.is_none() && may_be_encoded(bytes, mark);
        if in_text.is_none() && !may_be_encoded && !known.may_be_in_address(bytes, mark) {
            continue;
        }
        let (place, _, limit) = places.at(mark);
        let is_address = matches!(place, Place::Attribute(at) if at.role != AttributeRole::Other);
        let in_address = || known.in_address(bytes, from, mark).filter(|_| is_address && !pattern.is_at(source, place));
        let raw = in_text.or_else(in_address).map(|(start, end, form)| (Span::new(start, end), form, false));
        let Some((span, form, is_encoded)) = raw.or_else(|| {
            tries += usize::from(may_be_encoded);
            let window = from..limit.min(mark + WINDOW);
            (may_be_encoded && tries < TRIES && place.is_visible())
                .then(|| encoded(source, window, mark, is_address))
                .flatten()
                .filter(|(_, form, _)| !form.is_for_addresses() || !pattern.is_at(source, place))
        }) else {
            continue;
        };
        let is_read = match place {
            Place::Attribute(at) => {
                let name = bytes.get(at.name.range()).unwrap_or_default();
                let is_shown = SHOWN.iter().any(|shown| name.eq_ignore_ascii_case(shown));
                (is_address || is_shown) && span.end <= at.value.end
            }
            place => place.is_visible(),
        };
        from = span.end as usize;
        // A link macro in braces is reported as a macro.
        let is_macro = |kind: &PartKind| matches!(kind, PartKind::LinkMacro(_) | PartKind::BrokenMacro(_));
        if is_read && !document.parts_in(span).iter().any(|part| is_macro(&part.kind)) {
            let is_for_addresses = form.is_for_addresses() || is_encoded && is_address;
            found.push(ForeignPlaceholder { span, product: form.product(), is_for_addresses });
        }
    }
    in_suspect_tags(document, &mut found);
    found
}

/// `href="…?id=<<ID>>"`; hardly any tag has a `<` in it.
fn in_suspect_tags(document: &Document, found: &mut Vec<ForeignPlaceholder>) {
    let source = document.source();
    let bytes = source.bytes();
    let count = found.len();
    let tags = document.regions().iter().filter(|region| region.suspect && region.kind == RegionKind::StartTag);
    let mut places = Places::new(source, document.regions(), document.front_matter());
    for tag in tags {
        let text = bytes.get(tag.span.range()).unwrap_or_default();
        for at in memchr::memmem::find_iter(text, b"<<").map(|at| tag.span.start as usize + at) {
            let is_address = matches!(places.at(at).0, Place::Attribute(place) if place.role != AttributeRole::Other);
            let known = ForeignSyntax::builtin().in_address(bytes, at, at).filter(|_| is_address);
            let Some((start, end, form)) = known.filter(|(_, end, _)| *end <= tag.span.end as usize) else { continue };
            let (span, product) = (Span::new(start, end), form.product());
            found.push(ForeignPlaceholder { span, product, is_for_addresses: true });
        }
    }
    if found.len() > count {
        found.sort_by_key(|found| found.span);
    }
}

/// The longest placeholder of another product, as it may be encoded.
const WINDOW: usize = 400;

/// In how many places of a file an encoded one is looked for.
const TRIES: usize = 10_000;

/// The first characters of placeholders of other products, as percent-encoded bytes.
const CODES: [&[u8; 2]; 8] = [b"25", b"7b", b"24", b"23", b"2a", b"3c", b"40", b"7c"];

/// The names of the same characters, and of the `&` that escapes them.
const NAMES: [&[u8]; 11] =
    [b"#", b"lcub", b"lbrace", b"lt;", b"percnt", b"num;", b"ast;", b"midast", b"dollar", b"commat", b"verbar"];

/// Whether an encoded placeholder may be at a byte; nearly all of these bytes begin something else.
fn may_be_encoded(bytes: &[u8], at: usize) -> bool {
    match &bytes[at..] {
        [b'%', high, low, ..] => CODES.contains(&&[*high, low.to_ascii_lowercase()]),
        // `&nbsp;` and `&amp;` are by far the most common.
        [b'&', b'n', b'b', ..] => false,
        [b'&', rest @ ..] => {
            let rest = rest.strip_prefix(b"amp;").unwrap_or(rest);
            NAMES.iter().any(|name| rest.starts_with(name))
        }
        [b'{', b'{', b'%' | b'+', ..] | [b'{', b'%' | b'&', ..] => true,
        _ => false,
    }
}

/// The placeholder that begins at a byte, or one byte earlier, once all encodings are undone.
fn encoded(
    source: &Source,
    window: Range<usize>,
    mark: usize,
    is_address: bool,
) -> Option<(Span, &'static SyntaxForm, bool)> {
    let bytes = source.bytes();
    // `*%7CFNAME%7C*`
    let start = mark.checked_sub(1).filter(|before| *before >= window.start && bytes[*before] == b'*').unwrap_or(mark);
    let rest = bytes.get(mark..window.end)?;
    let stop = rest.iter().position(|byte| b"<>\"\r\n".contains(byte)).unwrap_or(rest.len());
    let layers = Layers::of(source, Span::new(start, mark + stop));
    // In the parameters of an address, `+` is a space.
    let text = if is_address { layers.text().replace('+', " ") } else { layers.text().to_owned() };
    let text = text.as_bytes();
    let known = ForeignSyntax::builtin();
    (0..2).find_map(|mark| {
        let in_text = known.around(text, 0, mark);
        let found = in_text.or_else(|| known.in_address(text, 0, mark).filter(|_| is_address));
        let (begin, end, form) = found.filter(|(begin, ..)| *begin == 0)?;
        let span = layers.span(begin..end);
        // Where only the first brace is escaped, as in a text about templates, they are to be read.
        let is_whole = is_address || bytes[span.start as usize] != b'&' || bytes[span.end as usize - 1] == b';';
        is_whole.then_some((span, form, true))
    })
}

/// Whether the last address was a pattern that shows how addresses are built, with other names in braces:
/// `https://hooks.example/{account}/{region}`.
#[derive(Default)]
struct Pattern {
    address: Option<Span>,
    is_one: bool,
}

impl Pattern {
    fn is_at(&mut self, source: &Source, place: Place) -> bool {
        let Place::Attribute(at) = place else { return false };
        if self.address != Some(at.value) {
            let address = Span { start: at.value.start, end: at.value.end.min(at.value.start + LONGEST) };
            let written = source.bytes().get(address.range()).unwrap_or_default();
            let is_one = match memchr::memchr(b'%', written) {
                Some(_) => is_pattern(Layers::of(source, address).text().as_bytes()),
                None => is_pattern(written),
            };
            *self = Pattern { address: Some(at.value), is_one };
        }
        self.is_one
    }
}

fn is_pattern(address: &[u8]) -> bool {
    let known = ForeignSyntax::builtin();
    memchr::memchr_iter(b'{', address).any(|open| {
        let name = address[open + 1..].iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
        let is_single = open.checked_sub(1).is_none_or(|before| address[before] != b'{');
        let is_name = name > 0 && address.get(open + 1 + name) == Some(&b'}');
        is_name && is_single && known.in_address(address, 0, open).is_none()
    })
}
