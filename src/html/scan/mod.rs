//! Where in the HTML every byte stands.
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
//! | `<select><textarea>` and kin | ignores a tag that may not stand there | goes by its name | as above |

use std::sync::LazyLock;

use memchr::{memchr_iter, memchr2_iter, memmem};

pub use self::attributes::{Attribute, Attributes, Quote, attributes, tag_name};
use self::blocks::{Stops, Window};
use self::classes::{CLASSES, TAG_NAME, find, skip};
use self::tag_end::{end_tag_end, is_self_closing, start_tag_end};
use crate::span::Span;

mod attributes;
mod blocks;
mod classes;
mod tag_end;

/// What a stretch of a template is to an HTML parser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegionKind {
    /// What a reader sees.
    Text,
    /// `<a href="…">`, from `<` to after `>`; to the end of the input when it is never closed.
    StartTag,
    /// `</a>`, likewise.
    EndTag,
    /// `<!-- … -->`, also `<!-->`.
    Comment,
    /// `<!--[if mso]>`: Outlook renders what follows, for all others it is a comment.
    ConditionalOpen,
    /// `<![endif]-->` that ends it, or just the `-->` when there is no endif.
    ConditionalClose,
    /// `<!--[if !mso]><!-->` or `<![if !mso]>`, before what all others see.
    RevealedOpen,
    /// `<!--<![endif]-->` or `<![endif]>`, after it.
    RevealedClose,
    /// `<!x>`, `<?xml …>`, `</ >`: what a parser takes for a comment for want of anything better.
    BogusComment,
    /// `<!DOCTYPE html>`.
    Doctype,
    /// `<![CDATA[ … ]]>` inside svg or math; elsewhere it is a bogus comment.
    Cdata,
    /// The inside of style, script, xmp, iframe, noembed and noframes, and all after plaintext.
    RawText,
    /// The inside of title and textarea: no tags, but character references.
    Rcdata,
}

/// A stretch of a template that is one thing to an HTML parser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    /// Where it is; regions tile the input.
    pub span: Span,
    /// What it is.
    pub kind: RegionKind,
    /// Whether it is between a [`RegionKind::ConditionalOpen`] and its close, so that only Outlook sees it.
    pub conditional: bool,
}

/// Cuts a template into regions: the first starts at 0, each where the last one ended, and none is empty.
///
/// Spans count in 32 bits, so that a template is below 4 GiB.
///
/// ```
/// use psalink::scan::{RegionKind, scan};
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

/// Clears `regions` and fills it as [`scan`] does, so that a caller can keep the allocation.
pub fn scan_into(bytes: &[u8], regions: &mut Vec<Region>) {
    regions.clear();
    Scanner { bytes, input: bytes, regions, done: 0, conditional: false, foreign: 0, outer: (0, 0) }.run();
}

struct Scanner<'a> {
    bytes: &'a [u8],
    /// The bytes up to where the markup in hand must end: all of them, or the inside of a conditional comment.
    input: &'a [u8],
    regions: &'a mut Vec<Region>,
    /// Where the last region ends; what lies between here and the next one is text.
    done: usize,
    conditional: bool,
    /// How many svg and math elements are open.
    foreign: u32,
    /// What to go back to after the conditional comment: the end of its closing marker, and `foreign`.
    outer: (usize, u32),
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

    /// Reads up to the end of the input, or up to a text there.
    #[inline(always)]
    fn markup(&mut self, stops: &mut Stops) {
        while let Some(open) = stops.next() {
            let input = self.input;
            let Some(rest) = input.get(open..) else { return };
            let [b'<', head @ ..] = rest.first_chunk().copied().unwrap_or_else(|| padded(rest)) else { continue };
            let next = match head {
                [first, ..] if first.is_ascii_alphabetic() => {
                    let end = start_tag_end(input, open + 1, head, stops);
                    self.push(RegionKind::StartTag, open, end);
                    match input.get(open + 2..).and_then(|rest| rest.first_chunk()) {
                        Some(letters) if may_change_content(*letters) => self.content(open + 1, end),
                        _ => continue,
                    }
                }
                [b'/', first, ..] if first.is_ascii_alphabetic() => {
                    let end = end_tag_end(input, open + 2, stops);
                    if self.foreign > 0 && is_any(&input[open + 2..skip(input, open + 2, TAG_NAME)], FOREIGN) {
                        self.foreign -= 1;
                    }
                    self.push(RegionKind::EndTag, open, end);
                    continue;
                }
                [b'!', ..] => self.declaration(open),
                [b'?', ..] => self.bogus_comment(open),
                [b'/', ..] if rest.len() > 2 => self.bogus_comment(open),
                _ => continue,
            };
            stops.seek(next);
        }
    }

    /// Adds a region, and before it the text since the last one. Says where to go on.
    #[inline(always)]
    fn push(&mut self, kind: RegionKind, start: usize, end: usize) -> usize {
        let conditional = self.conditional;
        let region = Region { span: Span::new(start, end), kind, conditional };
        if self.done < start {
            let text = Region { span: Span::new(self.done, start), kind: RegionKind::Text, conditional };
            self.regions.extend([text, region]);
        } else {
            self.regions.push(region);
        }
        self.done = end;
        end
    }

    /// Reads what follows a start tag, whose name is at `name`, up to where markup goes on.
    #[inline(never)]
    fn content(&mut self, name: usize, start: usize) -> usize {
        let input = self.input;
        let name_end = skip(input, name, TAG_NAME);
        let name = &input[name..name_end];
        let (kind, end) = if is_any(name, &[b"style", b"xmp", b"iframe", b"noembed", b"noframes"]) {
            (RegionKind::RawText, end_of_raw_text(input, start, name))
        } else if is_any(name, &[b"title", b"textarea"]) {
            (RegionKind::Rcdata, end_of_raw_text(input, start, name))
        } else if is_any(name, &[b"script"]) {
            (RegionKind::RawText, end_of_script(input, start))
        } else if is_any(name, &[b"plaintext"]) {
            (RegionKind::RawText, input.len())
        } else {
            if is_any(name, FOREIGN) && !is_self_closing(input, name_end, start) {
                self.foreign += 1;
            }
            return start;
        };
        if start < end { self.push(kind, start, end) } else { end }
    }

    /// What `<!` opens: a comment, the doctype, CDATA or nothing that HTML knows.
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
        // Comments do not nest: what ends one in a conditional comment has ended that too, and bounds `input`.
        let (text_end, end) = if self.conditional { (input.len(), input.len()) } else { end_of_comment(input, start) };
        let text = input.get(start..text_end).unwrap_or_default();
        let Some(head) = condition_length(text) else {
            // What browsers and editors make of `<![if …]>`, and of `<![endif]>`.
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
        // `<!--[if !mso]><!-->`, `<!--[if !mso]>-->`, `<!--[if !mso]><!-- -->`: over already, the rest is for all.
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

/// Elements inside of which `<![CDATA[` is what it says.
const FOREIGN: &[&[u8]] = &[b"svg", b"math"];

/// Whether a tag's name is worth a closer look: by its second and third letter, which few other tags of a mail have.
#[inline(always)]
fn may_change_content([second, third]: [u8; 2]) -> bool {
    // For each second letter, a bit for each third one: of style, script, svg, title, textarea, xmp, iframe, noembed,
    // noframes, plaintext and math.
    const LETTERS: [u32; 32] = {
        let mut letters = [0; 32];
        let mut pairs: &[u8] = b"tycrvgitexmpfroeoflaat";
        while let [second, third, rest @ ..] = pairs {
            letters[(*second & 31) as usize] |= 1 << (*third & 31);
            pairs = rest;
        }
        letters
    };
    LETTERS[usize::from(second & 31)] >> (third & 31) & 1 != 0
}

/// The start of the input's last few bytes, as if NUL came after them.
#[cold]
fn padded(rest: &[u8]) -> [u8; 9] {
    let mut head = [0; 9];
    head[..rest.len()].copy_from_slice(rest);
    head
}

fn is_any(name: &[u8], names: &[&[u8]]) -> bool {
    names.iter().any(|other| name.eq_ignore_ascii_case(other))
}

/// The offset after the next `byte` from `at` on, or the end.
fn after(input: &[u8], at: usize, byte: u8) -> usize {
    input.len().min(find(input, at, byte) + 1)
}

/// Whether `rest` starts with a tag of that name.
fn is_tag(rest: &[u8], opening: &[u8], name: &[u8]) -> bool {
    rest.strip_prefix(opening).is_some_and(|rest| {
        starts_with_ignore_case(rest, name)
            && rest.get(name.len()).is_some_and(|&byte| CLASSES[byte as usize] & TAG_NAME == 0)
    })
}

/// Where the inside of an element ends that only its own end tag can end.
fn end_of_raw_text(input: &[u8], start: usize, name: &[u8]) -> usize {
    let rest = input.get(start..).unwrap_or_default();
    memchr_iter(b'<', rest).find(|&at| is_tag(&rest[at..], b"</", name)).map_or(input.len(), |at| start + at)
}

/// Where the inside of a script ends; a `</script>` after `<!-- <script>` does not end it.
fn end_of_script(input: &[u8], start: usize) -> usize {
    // How deep: in the script, in `<!--`, in `<script` in that.
    let mut depth = 0;
    let rest = input.get(start..).unwrap_or_default();
    for at in memchr2_iter(b'<', b'>', rest) {
        let (before, rest) = rest.split_at(at);
        match depth {
            0 if rest.starts_with(b"<!--") => depth = 1,
            0 | 1 if is_tag(rest, b"</", b"script") => return start + at,
            1 if is_tag(rest, b"<", b"script") => depth = 2,
            2 if is_tag(rest, b"</", b"script") => depth = 1,
            1 | 2 if rest.starts_with(b">") && before.ends_with(b"--") => depth = 0,
            _ => {}
        }
    }
    input.len()
}

/// Where the text of a comment ends, and where the comment does; both at the end where it is never closed.
fn end_of_comment(input: &[u8], start: usize) -> (usize, usize) {
    // To make one takes longer than most searches with it.
    static DASHES: LazyLock<memmem::Finder> = LazyLock::new(|| memmem::Finder::new("--"));
    // The dashes that open a comment can also be those that end it: `<!-->`, `<!--->`.
    let mut dashes = start - 2;
    loop {
        let end = dashes + input[dashes..].iter().take_while(|&&byte| byte == b'-').count();
        match &input[end..] {
            [b'>', ..] => return (start.max(end - 2), end + 1),
            [b'!', b'>', ..] if end - 2 >= start => return (end - 2, end + 2),
            rest => match DASHES.find(rest) {
                Some(length) => dashes = end + length,
                None => return (input.len(), input.len()),
            },
        }
    }
}

/// Whether the text starts as `[if EXPRESSION]` does. Outlook takes no space before the `if`.
fn starts_condition(text: &[u8]) -> bool {
    matches!(text, [b'[', b'i' | b'I', b'f' | b'F', next, ..] if !next.is_ascii_alphanumeric())
}

/// The length of `[if EXPRESSION]>` at the start of the text.
fn condition_length(text: &[u8]) -> Option<usize> {
    if !starts_condition(text) {
        return None;
    }
    let end = 3 + text[3..].iter().position(|&byte| byte == b']' || byte == b'>')?;
    text[end..].starts_with(b"]>").then_some(end + 2)
}

/// The length of the `<![endif]` at the end of a conditional comment's text, with the spaces after it; 0 without one.
fn endif_length(text: &[u8]) -> usize {
    let trimmed = text.trim_ascii_end();
    match trimmed.split_last_chunk::<9>() {
        // In small letters nearly always, and then this is quicker.
        Some((inside, b"<![endif]")) => text.len() - inside.len(),
        Some((inside, endif)) if endif.eq_ignore_ascii_case(b"<![endif]") => text.len() - inside.len(),
        _ => 0,
    }
}

fn starts_with_ignore_case(text: &[u8], start: &[u8]) -> bool {
    text.get(..start.len()).is_some_and(|text| text.eq_ignore_ascii_case(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One line per region: what it is, a `*` where it is conditional, and its text.
    fn regions(html: &str) -> Vec<String> {
        let mark = |region: &Region| if region.conditional { "*" } else { "" };
        scan(html.as_bytes()).iter().map(|r| format!("{:?}{} {}", r.kind, mark(r), &html[r.span.range()])).collect()
    }

    #[test]
    fn each_kind() {
        let table: &[(&str, &[&str])] = &[
            ("", &[]),
            ("a < b <3 </", &["Text a < b <3 </"]),
            ("<p>a</p >", &["StartTag <p>", "Text a", "EndTag </p >"]),
            ("<a b='>' c=\"'>\">x", &["StartTag <a b='>' c=\"'>\">", "Text x"]),
            ("<a b=c'> d\"e>", &["StartTag <a b=c'>", "Text  d\"e>"]),
            ("<a \">\"", &["StartTag <a \">", "Text \""]),
            ("<a b=c=\"d>\">", &["StartTag <a b=c=\"d>", "Text \">"]),
            ("<a/b =c\">\">", &["StartTag <a/b =c\">", "Text \">"]),
            ("<abcdefghi=\"a>\">", &["StartTag <abcdefghi=\"a>", "Text \">"]),
            ("<a b=\">\"c=\">\"/d=\">\">", &["StartTag <a b=\">\"c=\">\"/d=\">\">"]),
            ("<a b=\"c", &["StartTag <a b=\"c"]),
            ("</a x='>'>b", &["EndTag </a x='>'>", "Text b"]),
            ("<!-- > -- ->-->a", &["Comment <!-- > -- ->-->", "Text a"]),
            ("<!--> <!---> <!----!>", &["Comment <!-->", "Text  ", "Comment <!--->", "Text  ", "Comment <!----!>"]),
            ("<!--a", &["Comment <!--a"]),
            ("<!a><?b?></ c>", &["BogusComment <!a>", "BogusComment <?b?>", "BogusComment </ c>"]),
            ("<!docTYPE html>", &["Doctype <!docTYPE html>"]),
            ("<![CDATA[a]]>", &["BogusComment <![CDATA[a]]>"]),
            ("<svg><![CDATA[>]]></svg>", &["StartTag <svg>", "Cdata <![CDATA[>]]>", "EndTag </svg>"]),
            ("<svg/><![CDATA[>", &["StartTag <svg/>", "BogusComment <![CDATA[>"]),
            ("<style>a>b</i></STYLE >", &["StartTag <style>", "RawText a>b</i>", "EndTag </STYLE >"]),
            ("<title>&lt;<b></title>", &["StartTag <title>", "Rcdata &lt;<b>", "EndTag </title>"]),
            ("<xmp></xmpp", &["StartTag <xmp>", "RawText </xmpp"]),
            ("<plaintext></plaintext>", &["StartTag <plaintext>", "RawText </plaintext>"]),
            ("<noscript><p>", &["StartTag <noscript>", "StartTag <p>"]),
            (
                "<script><!--<script></script>--></script>",
                &["StartTag <script>", "RawText <!--<script></script>-->", "EndTag </script>"],
            ),
            ("<script><!-<script></script>", &["StartTag <script>", "RawText <!-<script>", "EndTag </script>"]),
        ];
        for (html, expected) in table {
            assert_eq!(regions(html), *expected, "{html}");
        }
    }

    #[test]
    fn conditional_comments() {
        let table: &[(&str, &[&str])] = &[
            (
                "<!--[if mso]><b>x<![endif]-->y",
                &[
                    "ConditionalOpen <!--[if mso]>",
                    "StartTag* <b>",
                    "Text* x",
                    "ConditionalClose <![endif]-->",
                    "Text y",
                ],
            ),
            ("<!--[IF mso]><![ENDIF] -->", &["ConditionalOpen <!--[IF mso]>", "ConditionalClose <![ENDIF] -->"]),
            ("<!--[if mso]>a-->b", &["ConditionalOpen <!--[if mso]>", "Text* a", "ConditionalClose -->", "Text b"]),
            ("<!--[if mso]><!--", &["ConditionalOpen <!--[if mso]>", "Comment* <!--"]),
            ("<!--[if mso]>a<p", &["ConditionalOpen <!--[if mso]>", "Text* a", "StartTag* <p"]),
            (
                "<svg><!--[if vml]><![CDATA[a]]>--><![CDATA[>]]>",
                &[
                    "StartTag <svg>",
                    "ConditionalOpen <!--[if vml]>",
                    "BogusComment* <![CDATA[a]]>",
                    "ConditionalClose -->",
                    "Cdata <![CDATA[>]]>",
                ],
            ),
            // What is inside ends with it, be it open or not.
            (
                "<!--[if mso]><a b=\"<![endif]-->\">",
                &["ConditionalOpen <!--[if mso]>", "StartTag* <a b=\"", "ConditionalClose <![endif]-->", "Text \">"],
            ),
            (
                "<!--[if mso]><style>a<![endif]--></style>",
                &[
                    "ConditionalOpen <!--[if mso]>",
                    "StartTag* <style>",
                    "RawText* a",
                    "ConditionalClose <![endif]-->",
                    "EndTag </style>",
                ],
            ),
            (
                "<!--[if mso]><!-- a --><![endif]-->",
                &[
                    "ConditionalOpen <!--[if mso]>",
                    "Comment* <!-- a ",
                    "ConditionalClose -->",
                    "RevealedClose <![endif]-->",
                ],
            ),
            (
                "<!--[if mso]><!--[if vml]>a<![endif]-->",
                &[
                    "ConditionalOpen <!--[if mso]>",
                    "ConditionalOpen* <!--[if vml]>",
                    "Text* a",
                    "ConditionalClose <![endif]-->",
                ],
            ),
            (
                "<!--[if !mso]><!-->a<!--<![endif]-->",
                &["RevealedOpen <!--[if !mso]><!-->", "Text a", "RevealedClose <!--<![endif]-->"],
            ),
            (
                "<!--[if !mso]> <!-- -->a<!-- <![endif] -->",
                &["RevealedOpen <!--[if !mso]> <!-- -->", "Text a", "RevealedClose <!-- <![endif] -->"],
            ),
            ("<![if !mso]>a<![endif]>", &["RevealedOpen <![if !mso]>", "Text a", "RevealedClose <![endif]>"]),
            (
                "<!--[if !vml]-->a<!--[endif]-->",
                &["RevealedOpen <!--[if !vml]-->", "Text a", "RevealedClose <!--[endif]-->"],
            ),
            ("<!-- [if mso]>a<![endif]-->", &["Comment <!-- [if mso]>a<![endif]-->"]),
            ("<!--[iffy]>a-->", &["Comment <!--[iffy]>a-->"]),
            ("<!--[if so] see [1]-->", &["Comment <!--[if so] see [1]-->"]),
        ];
        for (html, expected) in table {
            assert_eq!(regions(html), *expected, "{html}");
        }
    }

    #[test]
    fn attributes_as_written() {
        let html = "<td a b=1 C = '2>' d=\"\" e= =f g=/h/ i='j'k l=>";
        let tag = Span::new(0, html.len());
        let text = |span: Span| &html[span.range()];
        assert_eq!(text(tag_name(html.as_bytes(), tag)), "td");
        let found: Vec<_> =
            attributes(html.as_bytes(), tag).map(|a| (text(a.name), a.value.map(text), a.quote)).collect();
        let expected = [
            ("a", None, Quote::None),
            ("b", Some("1"), Quote::None),
            ("C", Some("2>"), Quote::Single),
            ("d", Some(""), Quote::Double),
            ("e", Some("=f"), Quote::None),
            ("g", Some("/h/"), Quote::None),
            ("i", Some("j"), Quote::Single),
            ("k", None, Quote::None),
            ("l", Some(""), Quote::None),
        ];
        assert_eq!(found, expected);
    }
}
