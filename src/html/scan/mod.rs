//! What every byte of the HTML is.
//!
//! ```text
//! bytes --scan--> [Region], without gaps; a tag --attributes--> [Attribute]
//! ```
//!
//! The tokenizer of the [HTML standard](https://html.spec.whatwg.org/multipage/parsing.html#tokenization), with what it
//! would need from tree construction guessed from tag names. It keeps spans instead of text, decodes nothing, gives an
//! answer for any bytes, and takes time in proportion to their number. It differs on purpose in:
//!
//! | input | the standard | here | why |
//! | --- | --- | --- | --- |
//! | `<a href="x` at the end | drops the tag | a tag to the end | no byte may get lost, and a rule wants to explain it |
//! | `</>` | drops it | [`RegionKind::BogusComment`] | no byte may get lost |
//! | `<!--[if mso]><p><![endif]-->` | one comment | its inside is scanned | Outlook renders it |
//! | `<a b b>` | drops the second `b` | lists both | an edit must know all that is written |
//! | `A&amp;B`, NUL, CR LF | decodes and replaces | leaves them | spans are of the bytes as written |
//! | `<noscript><p></noscript>` | raw text where scripts run | markup | mail clients run none |
//! | `<svg><style><a></style></svg>` | markup | raw text | only an element's name is known, not its namespace |
//! | `<svg><p><![CDATA[x]]>` | the `p` ends the `svg`: a bogus comment | [`RegionKind::Cdata`] | as above: only `</svg>` ends it |
//! | `<select><textarea>` and similar | ignores a tag that is not allowed there | goes by its name | as above |

use memchr::memmem;

pub(crate) use self::attributes::attributes_after;
pub use self::attributes::{Attribute, Attributes, Quote, attributes, tag_name};
use self::blocks::{Stops, Window};
use self::classes::{TAG_NAME, find, skip, starts_with_ignore_case};
use self::ends::{condition_length, end_of_comment, end_of_raw_text, end_of_script, endif_length, starts_condition};
pub use self::hints::TagHints;
use self::tag_end::{TagEnd, end_tag_end, is_self_closing, start_tag_end};
use crate::html::element::{Element, Elements};
use crate::span::Span;

mod attributes;
mod blocks;
mod classes;
pub mod element;
mod ends;
mod hints;
mod tag_end;

/// What a part of a template is to an HTML parser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegionKind {
    /// What a reader sees.
    Text,
    /// `<a href="…">`, from `<` through `>`, or to the end of the input if it is never closed.
    StartTag,
    /// `</a>`, likewise.
    EndTag,
    /// `<!-- … -->`, also `<!-->`.
    Comment,
    /// `<!--[if mso]>`: Outlook renders what follows; for other programs it is a comment.
    ConditionalOpen,
    /// The `<![endif]-->` that ends it, or just the `-->` if there is no endif.
    ConditionalClose,
    /// `<!--[if !mso]><!-->` or `<![if !mso]>`, before content for all other programs.
    RevealedOpen,
    /// `<!--<![endif]-->` or `<![endif]>`, after that content.
    RevealedClose,
    /// `<!x>`, `<?xml …>`, `</ >`: what a parser treats as a comment because it is nothing else.
    BogusComment,
    /// `<!DOCTYPE html>`.
    Doctype,
    /// `<![CDATA[ … ]]>` inside svg or math; elsewhere it is a bogus comment.
    Cdata,
    /// The content of style, script, xmp, iframe, noembed and noframes, and everything after plaintext.
    RawText,
    /// The content of title and textarea: no tags, but character references.
    Rcdata,
}

/// A span of a template that is one thing to an HTML parser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    /// Where it is; regions cover the input without gaps.
    pub span: Span,
    /// What it is.
    pub kind: RegionKind,
    /// Whether it is between a [`RegionKind::ConditionalOpen`] and its close, so that only Outlook sees it.
    pub conditional: bool,
    /// Whether it is a tag that contains `<` or `>`, or has no end. Few tags do, and only they can have swallowed others.
    pub suspect: bool,
    /// The element of a tag.
    pub element: Element,
    /// What a start tag may have besides styles and classes.
    pub hints: TagHints,
}

impl Region {
    const NOTHING: Region = Region {
        span: Span { start: 0, end: 0 },
        kind: RegionKind::Text,
        conditional: false,
        suspect: false,
        element: Element::Other,
        hints: TagHints::NONE,
    };

    /// Whether it is a start or end tag.
    pub fn is_tag(&self) -> bool {
        matches!(self.kind, RegionKind::StartTag | RegionKind::EndTag)
    }
}

/// What is in a template at all, so that rules need not look for what is not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Whether one of the tags is [suspect](Region::suspect).
    pub has_suspect: bool,
    /// Whether a value may begin with two quotes, with a backslash, or with the `3D` of a mail server, or something may
    /// follow right after its closing quote.
    pub has_odd_value: bool,
}

/// Splits a template into regions. The first starts at 0, each starts where the previous one ended, and none is empty.
///
/// Spans use 32 bits, so a template must be smaller than 4 GiB.
///
/// ```
/// use psalink::html::scan::{RegionKind, scan};
///
/// let html = b"<p>Hello<!-- [name] --></p>";
/// let kinds: Vec<_> = scan(html).iter().map(|region| region.kind).collect();
/// assert_eq!(kinds, [RegionKind::StartTag, RegionKind::Text, RegionKind::Comment, RegionKind::EndTag]);
/// ```
pub fn scan(bytes: &[u8]) -> Vec<Region> {
    let mut regions = Vec::new();
    scan_into(bytes, &mut regions);
    regions
}

/// Clears `regions` and fills it like [`scan`], so that a caller can reuse the allocation.
pub fn scan_into(bytes: &[u8], regions: &mut Vec<Region>) -> Summary {
    regions.clear();
    let summary = Summary::default();
    let mut scanner =
        Scanner { bytes, input: bytes, regions, done: 0, conditional: false, foreign: 0, outer: (0, 0), summary };
    scanner.run();
    scanner.summary
}

struct Scanner<'a> {
    bytes: &'a [u8],
    /// The bytes up to where the current markup must end: all of them, or the inside of a conditional comment.
    input: &'a [u8],
    regions: &'a mut Vec<Region>,
    /// Where the last region ends; everything between here and the next region is text.
    done: usize,
    conditional: bool,
    /// How many svg and math elements are open.
    foreign: u32,
    /// What to restore after the conditional comment: the end of its closing marker, and `foreign`.
    outer: (usize, u32),
    summary: Summary,
}

impl Scanner<'_> {
    fn run(&mut self) {
        let mut window = Window::default();
        let mut stops = Stops::new(self.bytes, &mut window);
        loop {
            self.markup(&mut stops);
            let end = self.input.len();
            if self.done < end {
                self.push(RegionKind::Text, self.done, end);
            }
            if end == self.bytes.len() {
                return;
            }
            let (close, foreign) = self.outer;
            (self.input, self.conditional, self.foreign) = (self.bytes, false, foreign);
            self.push(RegionKind::ConditionalClose, end, close);
            stops.seek(close);
        }
    }

    /// Reads to the end of the input, or to a text at its end.
    #[inline(always)]
    fn markup(&mut self, stops: &mut Stops) {
        while let Some(open) = stops.next() {
            let Some(rest) = self.input.get(open..) else { return };
            let next = match rest.first_chunk() {
                Some(head) => self.at_stop(open, *head, stops),
                None => self.near_end(open, stops),
            };
            if let Some(next) = next {
                stops.seek(next);
            }
        }
    }

    /// The same as [`Scanner::at_stop`] where fewer bytes follow.
    #[cold]
    #[inline(never)]
    fn near_end(&mut self, open: usize, stops: &mut Stops) -> Option<usize> {
        let rest = self.input.get(open..)?;
        let mut head = [0; HEAD];
        head[..rest.len()].copy_from_slice(rest);
        self.at_stop(open, head, stops)
    }

    /// Reads what begins with the bytes of `head`, padded with NUL; returns where to go on, unless that is the next stop.
    #[inline(always)]
    fn at_stop(&mut self, open: usize, head: [u8; HEAD], stops: &mut Stops) -> Option<usize> {
        let input = self.input;
        let [b'<', first, second, ..] = head else { return None };
        if first.is_ascii_alphabetic() {
            let (element, name_end) = element(input, open + 1, word(&head[1..]));
            let end = start_tag_end(input, name_end, stops);
            self.push_tag(RegionKind::StartTag, element, open, &end);
            return CONTENT.contains(element).then(|| self.content(element, name_end, end.end));
        }
        match first {
            b'/' if second.is_ascii_alphabetic() => {
                let (element, name_end) = element(input, open + 2, word(&head[2..]));
                let end = end_tag_end(input, name_end, stops);
                if self.foreign > 0 && FOREIGN.contains(element) {
                    self.foreign -= 1;
                }
                self.push_tag(RegionKind::EndTag, element, open, &end);
                None
            }
            b'!' => Some(self.declaration(open)),
            b'?' => Some(self.bogus_comment(open)),
            b'/' if input.len() > open + 2 => Some(self.bogus_comment(open)),
            _ => None,
        }
    }

    /// Adds a region, preceded by the text since the last one. Returns where to continue.
    #[inline(always)]
    fn push(&mut self, kind: RegionKind, start: usize, end: usize) -> usize {
        let conditional = self.conditional;
        self.add(Region { span: Span::new(start, end), kind, conditional, ..Region::NOTHING });
        end
    }

    #[inline(always)]
    fn push_tag(&mut self, kind: RegionKind, element: Element, start: usize, tag: &TagEnd) {
        let suspect = tag.may_be_suspect && is_suspect(&self.input[start..tag.end]);
        self.summary.has_suspect |= suspect;
        self.summary.has_odd_value |= tag.has_odd_value;
        let (span, conditional, hints) = (Span::new(start, tag.end), self.conditional, tag.hints);
        self.add(Region { span, kind, conditional, suspect, element, hints });
    }

    #[inline(always)]
    fn add(&mut self, region: Region) {
        let start = region.span.start as usize;
        if self.done < start {
            let span = Span::new(self.done, start);
            let text = Region { span, conditional: self.conditional, ..Region::NOTHING };
            self.regions.extend([text, region]);
        } else {
            self.regions.push(region);
        }
        self.done = region.span.end as usize;
    }

    /// Reads what follows the start tag of one of the [`CONTENT`] elements, up to where normal markup continues.
    #[inline(never)]
    fn content(&mut self, element: Element, name_end: usize, start: usize) -> usize {
        let input = self.input;
        let (kind, end) = match element {
            Element::Style => (RegionKind::RawText, end_of_raw_text(input, start, b"style")),
            Element::Title => (RegionKind::Rcdata, end_of_raw_text(input, start, b"title")),
            Element::Textarea => (RegionKind::Rcdata, end_of_raw_text(input, start, b"textarea")),
            Element::Xmp => (RegionKind::RawText, end_of_raw_text(input, start, b"xmp")),
            Element::Iframe => (RegionKind::RawText, end_of_raw_text(input, start, b"iframe")),
            Element::Noembed => (RegionKind::RawText, end_of_raw_text(input, start, b"noembed")),
            Element::Noframes => (RegionKind::RawText, end_of_raw_text(input, start, b"noframes")),
            Element::Script => (RegionKind::RawText, end_of_script(input, start)),
            Element::Plaintext => (RegionKind::RawText, input.len()),
            _ => {
                self.foreign += u32::from(!is_self_closing(input, name_end, start));
                return start;
            }
        };
        if start < end { self.push(kind, start, end) } else { end }
    }

    /// Reads what `<!` opens: a comment, the doctype, CDATA, or something unknown to HTML.
    #[inline(never)]
    fn declaration(&mut self, open: usize) -> usize {
        let rest = self.input.get(open + 2..).unwrap_or_default();
        if rest.starts_with(b"--") {
            self.comment(open)
        } else if starts_with_ignore_case(rest, b"doctype") {
            // Even a quoted `>` ends it.
            self.push(RegionKind::Doctype, open, after(self.input, open, b'>'))
        } else if self.foreign > 0 && rest.starts_with(b"[CDATA[") {
            let end = memmem::find(rest, b"]]>").map_or(self.input.len(), |length| open + 2 + length + 3);
            self.push(RegionKind::Cdata, open, end)
        } else {
            self.bogus_comment(open)
        }
    }

    #[inline(never)]
    fn bogus_comment(&mut self, open: usize) -> usize {
        let end = after(self.input, open, b'>');
        let text = self.input.get(open..end).and_then(|text| text.strip_prefix(b"<!")).unwrap_or_default();
        let kind = if starts_with_ignore_case(text, b"[endif]") {
            RegionKind::RevealedClose
        } else if condition_length(text).is_some() {
            RegionKind::RevealedOpen
        } else {
            RegionKind::BogusComment
        };
        self.push(kind, open, end)
    }

    fn comment(&mut self, open: usize) -> usize {
        let input = self.input;
        let start = open + 4;
        // Comments do not nest: what ends a comment inside a conditional comment ended the conditional one too, and
        // limits `input`.
        let (text_end, end) = if self.conditional { (input.len(), input.len()) } else { end_of_comment(input, start) };
        let text = input.get(start..text_end).unwrap_or_default();
        let Some(head) = condition_length(text) else {
            // How browsers and editors treat `<![if …]>` and `<![endif]>`.
            let kind = if starts_condition(text) && find(text, 0, b']') + 1 == text.len() {
                RegionKind::RevealedOpen
            } else if is_any(text.trim_ascii(), &[b"<![endif]", b"[endif]"]) {
                RegionKind::RevealedClose
            } else {
                RegionKind::Comment
            };
            return self.push(kind, open, end);
        };
        let body = &text[head..];
        let closed = text_end < end;
        // `<!--[if !mso]><!-->`, `<!--[if !mso]>-->`, `<!--[if !mso]><!-- -->`: it is already closed, and the rest is
        // for everyone.
        if closed && matches!(body.trim_ascii(), b"" | b"<!" | b"<!-" | b"<!--") {
            return self.push(RegionKind::RevealedOpen, open, end);
        }
        let inside = start + head;
        self.push(RegionKind::ConditionalOpen, open, inside);
        if !self.conditional {
            self.outer = (end, self.foreign);
            self.conditional = true;
            if closed {
                self.input = input.get(..text_end - endif_length(body)).unwrap_or_default();
            }
        }
        self.foreign = 0;
        inside
    }
}

#[cold]
#[inline(never)]
fn is_suspect(tag: &[u8]) -> bool {
    match tag {
        [_, inside @ .., b'>'] => memchr::memchr2(b'<', b'>', inside).is_some(),
        _ => true,
    }
}

/// Elements inside which `<![CDATA[` is real CDATA.
const FOREIGN: Elements = Elements::of(&[Element::Svg, Element::Math]);

/// Elements that hold something other than markup, and those above.
const CONTENT: Elements = Elements::of(&[
    Element::Style,
    Element::Title,
    Element::Textarea,
    Element::Xmp,
    Element::Iframe,
    Element::Noembed,
    Element::Noframes,
    Element::Script,
    Element::Plaintext,
    Element::Svg,
    Element::Math,
]);

/// The element of a tag whose name is at `name`, and where that ends; `word` is what begins there.
#[inline(always)]
fn element(input: &[u8], name: usize, word: [u8; 8]) -> (Element, usize) {
    Element::read(word).map_or_else(|| long_element(input, name), |(element, length)| (element, name + length))
}

#[cold]
#[inline(never)]
fn long_element(input: &[u8], name: usize) -> (Element, usize) {
    let end = skip(input, name, TAG_NAME);
    (Element::named(&input[name..end]), end)
}

/// How many bytes after a stop are looked at first: `</`, and eight bytes of a name.
const HEAD: usize = 10;

/// The first eight bytes.
#[inline(always)]
fn word(bytes: &[u8]) -> [u8; 8] {
    bytes.first_chunk().copied().unwrap_or_default()
}

fn is_any(name: &[u8], names: &[&[u8]]) -> bool {
    names.iter().any(|other| name.eq_ignore_ascii_case(other))
}

/// The offset after the next `byte` at or after `at`, or the end.
fn after(input: &[u8], at: usize, byte: u8) -> usize {
    input.len().min(find(input, at, byte) + 1)
}

#[cfg(test)]
mod tests;
