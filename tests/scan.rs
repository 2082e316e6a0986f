//! Compares the tokenizer with two others that follow the HTML standard: html5gum, which knows spans, and html5ever.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::path::Path;

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{BufferQueue, TagKind, Token as EverToken, TokenSink, TokenSinkResult, Tokenizer};
use html5gum::State;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use psalink::Span;
use psalink::html::element::Element;
use psalink::html::scan::{
    Attribute, Quote, Region, RegionKind, Summary, TagHints, attributes, scan, scan_into, tag_name,
};

/// A message with everything that the tokenizer knows.
const MAIL: &str = "\u{feff}<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0//EN\">\r\n<html xmlns:v='urn:v'>\r\n\
    <title>Ticket [srnumber] &amp; <b></title><style type=text/css>a[href^=\"tel\"] > b { color: red }</style>\r\n\
    <!--[if gte mso 9]><xml><o:AllowPNG/></xml><![endif]-->\r\n\
    <body bgcolor=#fff><!-- [Ticket: ID] --><p style=\"a>b\" hidden class = 'x y'>Zürich < 3 [srnumber]</p\n>\r\n\
    <!--[if mso]><v:rect href=\"https://x/?id=[srnumber]&amp;a=b\" f><center>Go</center></v:rect><![endif]-->\
    <!--[if !mso]><!--><a href=https://x/[srnumber]/ TARGET=_blank>Go</a><!--<![endif]-->\
    <![if !mso]>all<![endif]><?xml version=\"1.0\"?></ ><br/><script>if (a < b) { '<!-- <script> </script> -->' }</script>\
    <svg viewBox='0 0 1 1'><![CDATA[ <b> ]]></svg><textarea name=n><i></textarea><iframe src=x><p></iframe>é\u{1f4e7}</body>";

/// What a tokenizer finds.
#[derive(Clone, Debug, PartialEq)]
enum Token {
    Tag {
        opens: bool,
        span: Span,
        name: Vec<u8>,
        attributes: Vec<(u32, Vec<u8>, Option<Value>)>,
    },
    Comment(Span),
    Doctype(Span),
    /// Everything between two other tokens, without white space, NUL and non-ASCII characters, which the standard
    /// changes.
    Text(Vec<u8>),
}

/// Where a value starts and what it contains; the other tokenizers decode values with `&`, so these are left out.
type Value = (u32, Vec<u8>);

/// How the standard preprocesses bytes.
fn normalized(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    for (index, &byte) in bytes.iter().enumerate() {
        match byte {
            b'\r' => out.push(b'\n'),
            b'\n' if index > 0 && bytes[index - 1] == b'\r' => {}
            0 => out.extend("\u{fffd}".as_bytes()),
            _ => out.push(byte),
        }
    }
    out
}

fn value_of(bytes: &[u8], attribute: Attribute) -> Option<Value> {
    let span = attribute.value?;
    let value = normalized(&bytes[span.range()]);
    // The standard does not distinguish `a=>`, which has an empty value.
    (attribute.quote != Quote::None || !span.is_empty()).then_some((span.start, value))
}

fn push_text(tokens: &mut Vec<Token>, text: &[u8]) {
    let text = text.iter().copied().filter(u8::is_ascii_graphic);
    match tokens.last_mut() {
        Some(Token::Text(last)) => last.extend(text),
        _ => tokens.push(Token::Text(text.collect())),
    }
}

/// Our regions in the other tokenizers' terms: a conditional comment is one comment again.
fn our_tokens(bytes: &[u8], regions: &[Region]) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut conditional = None;
    for region in regions {
        let span = region.span;
        let slice = &bytes[span.range()];
        if region.conditional {
            continue;
        }
        match region.kind {
            RegionKind::Text | RegionKind::RawText | RegionKind::Rcdata => push_text(&mut tokens, slice),
            RegionKind::Cdata => {
                let inside = slice.strip_prefix(b"<![CDATA[").expect("how it starts");
                push_text(&mut tokens, inside.strip_suffix(b"]]>").unwrap_or(inside));
            }
            RegionKind::StartTag | RegionKind::EndTag => tokens.push(Token::Tag {
                opens: region.kind == RegionKind::StartTag,
                span,
                name: normalized(&bytes[tag_name(bytes, span).range()]).to_ascii_lowercase(),
                attributes: attributes(bytes, span)
                    .map(|attribute| {
                        let name = normalized(&bytes[attribute.name.range()]).to_ascii_lowercase();
                        (attribute.name.start, name, value_of(bytes, attribute))
                    })
                    .collect(),
            }),
            RegionKind::ConditionalOpen => conditional = Some(span.start as usize),
            RegionKind::ConditionalClose => {
                let start = conditional.take().expect("an open one");
                tokens.push(Token::Comment(Span::new(start, span.end as usize)));
            }
            // The standard drops it.
            RegionKind::BogusComment if slice == b"</>" => {}
            RegionKind::Comment | RegionKind::BogusComment | RegionKind::RevealedOpen | RegionKind::RevealedClose => {
                tokens.push(Token::Comment(span))
            }
            RegionKind::Doctype => tokens.push(Token::Doctype(span)),
        }
    }
    tokens.extend(conditional.map(|start| Token::Comment(Span::new(start, bytes.len()))));
    tokens
}

/// The part of tree construction that a tokenizer needs, guessed from names as the scanner does.
#[derive(Default)]
struct Tree {
    foreign: Cell<usize>,
}

impl Tree {
    fn enter(&self, opens: bool, self_closing: bool, name: &[u8]) -> Option<State> {
        match name {
            b"svg" | b"math" if opens => self.foreign.set(self.foreign.get() + usize::from(!self_closing)),
            b"svg" | b"math" => self.foreign.set(self.foreign.get().saturating_sub(1)),
            b"title" | b"textarea" if opens => return Some(State::RcData),
            b"style" | b"xmp" | b"iframe" | b"noembed" | b"noframes" if opens => return Some(State::RawText),
            b"script" if opens => return Some(State::ScriptData),
            b"plaintext" if opens => return Some(State::PlainText),
            _ => {}
        }
        None
    }
}

/// Records what html5gum finds, with spans.
#[derive(Default)]
struct Gum {
    tokens: VecDeque<Token>,
    tree: Tree,
    position: usize,
    start: usize,
    opens: bool,
    self_closing: bool,
    name: Vec<u8>,
    attributes: Vec<(u32, Vec<u8>, Option<Value>)>,
    last_start_tag: Vec<u8>,
}

impl Gum {
    fn span(&self) -> Span {
        Span::new(self.start, self.position)
    }

    fn init_tag(&mut self, opens: bool) {
        self.opens = opens;
        self.self_closing = false;
        self.name.clear();
        self.attributes.clear();
    }
}

impl html5gum::Emitter for Gum {
    type Token = Token;

    fn move_position(&mut self, offset: isize) {
        self.position = self.position.saturating_add_signed(offset);
    }
    fn start_open_tag(&mut self) {
        self.start = self.position - 1;
    }
    fn emit_string(&mut self, text: &[u8]) {
        self.tokens.push_back(Token::Text(text.to_vec()));
    }
    fn init_start_tag(&mut self) {
        self.init_tag(true);
    }
    fn init_end_tag(&mut self) {
        self.init_tag(false);
    }
    fn push_tag_name(&mut self, name: &[u8]) {
        self.name.extend(name);
    }
    fn init_attribute(&mut self) {
        self.attributes.push((self.position as u32 - 1, Vec::new(), None));
    }
    fn push_attribute_name(&mut self, name: &[u8]) {
        self.attributes.last_mut().expect("an attribute").1.extend(name);
    }
    fn init_attribute_value(&mut self) {
        self.attributes.last_mut().expect("an attribute").2 = Some((self.position as u32, Vec::new()));
    }
    fn push_attribute_value(&mut self, value: &[u8]) {
        self.attributes.last_mut().expect("an attribute").2.as_mut().expect("a value").1.extend(value);
    }
    fn set_self_closing(&mut self) {
        self.self_closing = true;
    }
    fn emit_current_tag(&mut self) -> Option<State> {
        let attributes = std::mem::take(&mut self.attributes);
        self.tokens.push_back(Token::Tag { opens: self.opens, span: self.span(), name: self.name.clone(), attributes });
        self.last_start_tag = if self.opens { self.name.clone() } else { Vec::new() };
        self.tree.enter(self.opens, self.self_closing, &self.name)
    }
    fn current_is_appropriate_end_tag_token(&mut self) -> bool {
        !self.opens && self.name == self.last_start_tag
    }
    fn adjusted_current_node_present_but_not_in_html_namespace(&mut self) -> bool {
        self.tree.foreign.get() > 0
    }
    fn emit_current_comment(&mut self) {
        self.tokens.push_back(Token::Comment(self.span()));
    }
    fn emit_current_doctype(&mut self) {
        self.tokens.push_back(Token::Doctype(self.span()));
    }
    fn should_emit_errors(&mut self) -> bool {
        false
    }
    fn pop_token(&mut self) -> Option<Token> {
        self.tokens.pop_front()
    }
    fn emit_error(&mut self, _: html5gum::Error) {}
    fn emit_eof(&mut self) {}
    fn set_last_start_tag(&mut self, _: Option<&[u8]>) {}
    fn init_comment(&mut self) {}
    fn push_comment(&mut self, _: &[u8]) {}
    fn init_doctype(&mut self) {}
    fn set_force_quirks(&mut self) {}
    fn push_doctype_name(&mut self, _: &[u8]) {}
    fn set_doctype_public_identifier(&mut self, _: &[u8]) {}
    fn set_doctype_system_identifier(&mut self, _: &[u8]) {}
    fn push_doctype_public_identifier(&mut self, _: &[u8]) {}
    fn push_doctype_system_identifier(&mut self, _: &[u8]) {}
}

/// Keeps only what can be compared.
fn comparable(bytes: &[u8], tokens: impl IntoIterator<Item = Token>) -> Vec<Token> {
    let mut out = Vec::new();
    for mut token in tokens {
        match &mut token {
            // The other tokenizers decode character references.
            Token::Text(_) if bytes.contains(&b'&') => {}
            Token::Text(text) => push_text(&mut out, text),
            Token::Tag { attributes, span, .. } => {
                if bytes[span.range()].contains(&b'&') {
                    attributes.iter_mut().for_each(|attribute| attribute.2 = None);
                }
                out.push(token);
            }
            _ => out.push(token),
        }
    }
    out.retain(|token| *token != Token::Text(Vec::new()));
    out
}

fn check_html5gum(bytes: &[u8], regions: &[Region]) {
    let theirs =
        html5gum::Tokenizer::new_with_emitter(bytes, Gum::default()).map(|token| token.expect("no reader fails"));
    let theirs = comparable(bytes, theirs);
    let mut ours = comparable(bytes, our_tokens(bytes, regions));
    drop_unclosed_tag(bytes.len(), &mut ours, theirs.len());
    assert_eq!(ours, theirs, "html5gum on {}", bytes.escape_ascii());
}

/// A tag that the end of the input cuts off is a region here, but nothing in the standard.
fn drop_unclosed_tag(end: usize, ours: &mut Vec<Token>, wanted: usize) {
    if ours.len() == wanted + 1 && matches!(ours.last(), Some(Token::Tag { span, .. }) if span.end as usize == end) {
        ours.pop();
    }
}

/// Records what html5ever finds, without spans.
#[derive(Default)]
struct Ever {
    tokens: RefCell<Vec<Plain>>,
    tree: Tree,
}

/// What html5ever reports about a tag or a comment.
#[derive(Debug, PartialEq)]
enum Plain {
    Tag { opens: bool, name: String, attributes: Vec<(String, String)> },
    Comment(String),
}

impl TokenSink for Ever {
    type Handle = ();

    fn process_token(&self, token: EverToken, _: u64) -> TokenSinkResult<()> {
        match token {
            EverToken::TagToken(tag) => {
                let opens = tag.kind == TagKind::StartTag;
                let attributes = tag.attrs.iter().map(|a| (a.name.local.to_string(), a.value.to_string())).collect();
                self.tokens.borrow_mut().push(Plain::Tag { opens, name: tag.name.to_string(), attributes });
                return match self.tree.enter(opens, tag.self_closing, tag.name.as_bytes()) {
                    Some(State::RcData) => TokenSinkResult::RawData(RawKind::Rcdata),
                    Some(State::RawText) => TokenSinkResult::RawData(RawKind::Rawtext),
                    Some(State::ScriptData) => TokenSinkResult::RawData(RawKind::ScriptData),
                    Some(State::PlainText) => TokenSinkResult::Plaintext,
                    _ => TokenSinkResult::Continue,
                };
            }
            EverToken::CommentToken(text) => self.tokens.borrow_mut().push(Plain::Comment(text.to_string())),
            _ => {}
        }
        TokenSinkResult::Continue
    }

    fn adjusted_current_node_present_but_not_in_html_namespace(&self) -> bool {
        self.tree.foreign.get() > 0
    }
}

/// The text of a comment, given its span.
fn comment_text(comment: &[u8]) -> &[u8] {
    fn strip<'a>(text: &'a [u8], ends: &[&[u8]]) -> &'a [u8] {
        ends.iter().find_map(|end| text.strip_suffix(*end)).unwrap_or(text)
    }
    match comment.strip_prefix(b"<!--") {
        Some(b">" | b"->") => b"",
        // The standard drops an incomplete end at the end of the input.
        Some(text) => strip(text, &[b"-->", b"--!>", b"--!", b"--", b"-"]),
        None => {
            let text = comment.strip_prefix(b"<!").or(comment.strip_prefix(b"</")).unwrap_or(&comment[1..]);
            strip(text, &[b">"])
        }
    }
}

fn check_html5ever(text: &str) {
    let bytes = text.as_bytes();
    let queue = BufferQueue::default();
    queue.push_back(StrTendril::from_slice(text));
    let tokenizer = Tokenizer::new(Ever::default(), Default::default());
    let _ = tokenizer.feed(&queue);
    tokenizer.end();
    let mut theirs = tokenizer.sink.tokens.take();

    let mut tokens = our_tokens(bytes, &scan(bytes));
    tokens.retain(|token| matches!(token, Token::Tag { .. } | Token::Comment(_)));
    drop_unclosed_tag(bytes.len(), &mut tokens, theirs.len());
    let string = |bytes: &[u8]| String::from_utf8_lossy(&normalized(bytes)).into_owned();
    let mut ours = Vec::new();
    for token in tokens {
        match token {
            Token::Tag { opens, span, name, attributes } => {
                let mut kept: Vec<(String, String)> = Vec::new();
                for (_, name, value) in attributes {
                    let name = string(&name);
                    if !kept.iter().any(|(known, _)| *known == name) {
                        kept.push((name, value.map_or(String::new(), |(_, value)| string(&value))));
                    }
                }
                if bytes[span.range()].contains(&b'&')
                    && let Some(Plain::Tag { attributes, .. }) = theirs.get_mut(ours.len())
                {
                    kept.iter_mut().chain(attributes).for_each(|attribute| attribute.1.clear());
                }
                ours.push(Plain::Tag { opens, name: string(&name), attributes: kept });
            }
            Token::Comment(span) => ours.push(Plain::Comment(string(comment_text(&bytes[span.range()])))),
            _ => {}
        }
    }
    assert_eq!(ours, theirs, "html5ever on {}", bytes.escape_ascii());
}

fn check_tiles(bytes: &[u8], regions: &[Region]) {
    let mut at = 0;
    let mut was_text = None;
    for region in regions {
        assert_eq!(region.span.start as usize, at, "a gap in {}", bytes.escape_ascii());
        assert!(!region.span.is_empty(), "an empty region in {}", bytes.escape_ascii());
        at = region.span.end as usize;
        let text = (region.kind == RegionKind::Text).then_some(region.conditional);
        assert!(text.is_none() || text != was_text, "two texts in a row in {}", bytes.escape_ascii());
        was_text = text;
    }
    assert_eq!(at, bytes.len(), "an end missing in {}", bytes.escape_ascii());
}

/// The attributes of a tag are inside it, in order, without overlaps, and with only valid bytes in between.
fn check_attributes(bytes: &[u8], regions: &[Region]) {
    for region in regions.iter().filter(|r| matches!(r.kind, RegionKind::StartTag | RegionKind::EndTag)) {
        let mut at = tag_name(bytes, region.span).end;
        let between = |from: u32, to: u32, allowed: &[u8]| {
            let gap = &bytes[Span::new(from as usize, to as usize).range()];
            assert!(gap.iter().all(|byte| allowed.contains(byte)), "{:?} in {}", gap, bytes.escape_ascii());
        };
        for attribute in attributes(bytes, region.span) {
            between(at, attribute.name.start, b" \t\n\r\x0c/\"'");
            assert!(!attribute.name.is_empty());
            at = attribute.name.end;
            if let Some(value) = attribute.value {
                between(at, value.start, b" \t\n\r\x0c=\"'");
                at = value.end;
            }
        }
        between(at, region.span.end, b" \t\n\r\x0c/\"'>");
    }
}

/// A tag is suspect if it contains `<` or `>`, or has no end.
fn check_suspects(bytes: &[u8], regions: &[Region]) {
    for region in regions {
        let is_suspect = match (region.kind, &bytes[region.span.range()]) {
            (RegionKind::StartTag | RegionKind::EndTag, [_, inside @ .., b'>']) => {
                inside.iter().any(|byte| matches!(byte, b'<' | b'>'))
            }
            (kind, _) => matches!(kind, RegionKind::StartTag | RegionKind::EndTag),
        };
        assert_eq!(region.suspect, is_suspect, "{region:?} of {}", bytes.escape_ascii());
        let element = match region.is_tag() {
            true => Element::named(&bytes[tag_name(bytes, region.span).range()]),
            false => Element::Other,
        };
        assert_eq!(region.element, element, "{region:?} of {}", bytes.escape_ascii());
    }
}

/// What the scanner has seen in passing is what a close look finds.
fn check_summary(bytes: &[u8], regions: &[Region], summary: Summary) {
    let tags = || regions.iter().filter(|region| region.is_tag());
    assert_eq!(summary.has_suspect, tags().any(|tag| tag.suspect), "{}", bytes.escape_ascii());
    let goes_on = |at: usize| match bytes.get(at) {
        None | Some(b' ' | b'\t' | b'\n' | b'\r' | b'>') => false,
        Some(b'/') => bytes.get(at + 1) != Some(&b'>'),
        Some(_) => true,
    };
    let is_odd = tags().any(|tag| {
        let leads = matches!(tag.element, Element::A | Element::Area | Element::Prefixed);
        attributes(bytes, tag.span).filter(|attribute| attribute.value.is_some()).any(|attribute| {
            let value = attribute.value.unwrap_or_default();
            let (start, end) = (value.start as usize, value.end as usize);
            let text = &bytes[start..end];
            let is_quoted = attribute.quote != Quote::None;
            let follows_equals = bytes[start - 1 - usize::from(is_quoted)] == b'=';
            let is_doubled = text.is_empty()
                && bytes.get(end + 1).is_some_and(|next| next.is_ascii_alphanumeric() || b"\"'[".contains(next));
            let is_escaped = [&b"\\"[..], b"3D"].iter().any(|start| text.starts_with(start));
            is_quoted && leads && goes_on(end + 1)
                || follows_equals && (is_quoted && is_doubled || !is_quoted && is_escaped)
        })
    });
    assert!(summary.has_odd_value || !is_odd, "a value of {}", bytes.escape_ascii());
}

/// What the hints of a tag do not tell of is not in it.
fn check_hints(bytes: &[u8], regions: &[Region]) {
    const ADDRESSES: [&str; 8] = ["href", "src", "data", "action", "poster", "background", "formaction", "xlink:href"];
    for tag in regions.iter().filter(|region| region.kind == RegionKind::StartTag) {
        for attribute in attributes(bytes, tag.span).filter(|attribute| attribute.value.is_some()) {
            let name = bytes[attribute.name.range()].to_ascii_lowercase();
            let matters = name.starts_with(b"on") || ADDRESSES.iter().any(|known| known.as_bytes() == name);
            let text = bytes[tag.span.range()].escape_ascii();
            assert!(!matters || tag.hints.tells_address_or_script(), "an address or a script in {text}");
            let is_double = attribute.quote == Quote::Double;
            assert!(is_double || tag.hints.tells_other_quotes(), "a value without double quotes in {text}");
        }
    }
}

/// The content of a conditional comment has the same regions as it would by itself.
fn check_conditionals(bytes: &[u8], regions: &[Region]) {
    let mut inside: Option<(usize, Vec<Region>)> = None;
    for region in regions.iter().chain([&Region {
        span: Span::default(),
        kind: RegionKind::Text,
        conditional: false,
        suspect: false,
        element: Element::Other,
        hints: TagHints::default(),
    }]) {
        if region.conditional {
            inside.get_or_insert((region.span.start as usize, Vec::new())).1.push(*region);
        } else if let Some((start, found)) = inside.take() {
            let end = found.last().map_or(start, |last| last.span.end as usize);
            let alone: Vec<_> = scan(&bytes[start..end])
                .into_iter()
                .map(|r| Region {
                    span: Span::new(start + r.span.start as usize, start + r.span.end as usize),
                    kind: r.kind,
                    conditional: true,
                    suspect: r.suspect,
                    element: r.element,
                    hints: r.hints,
                })
                .collect();
            assert_eq!(found, alone, "inside of {}", bytes.escape_ascii());
        }
    }
}

fn check(bytes: &[u8]) {
    let mut regions = Vec::new();
    let summary = scan_into(bytes, &mut regions);
    check_summary(bytes, &regions, summary);
    check_hints(bytes, &regions);
    check_tiles(bytes, &regions);
    check_attributes(bytes, &regions);
    check_suspects(bytes, &regions);
    check_conditionals(bytes, &regions);
    check_html5gum(bytes, &regions);
    check_html5ever(&String::from_utf8_lossy(bytes));
}

/// What messages and mistakes are made of; combined at random, they form all kinds of broken HTML.
const FRAGMENTS: &[&str] = &[
    "<",
    ">",
    "</",
    "/>",
    "<!",
    "<!-",
    "<!--",
    "-->",
    "--!>",
    "--",
    "->",
    "!",
    "-",
    "=",
    "\"",
    "'",
    "/",
    "?",
    "[",
    "]",
    " ",
    "\n",
    "\r\n",
    "\r",
    "\t",
    "\x0c",
    "\0",
    "`",
    "&",
    "&amp;",
    "&lt;b>",
    "a",
    "x=",
    "é",
    "\u{1f4e7}",
    "text ",
    "[srnumber]",
    "[Ticket: ID]",
    "<a href=\"",
    "<a href='",
    "<a href=",
    "<A HREF = \"x\" >",
    "<td class=\"a\"",
    " onclick=\"x\"",
    "onload=\"x\"",
    " src=\"x\"",
    " SRC=\"x\"",
    "background=\"x\"",
    " xlink:href=\"x\"",
    " action=\"\"",
    " data=\"x\"",
    " style=\"a:b\"",
    " border=\"0\"",
    "<p>",
    "</p>",
    "</p x=\">\">",
    "<br/>",
    "<td a b=c/>",
    "<p style=\"a:b>c\" class='x' y z=1>",
    "<x\"y>",
    "<p =a ==b a==\"c\">",
    "<p a= >",
    "<p/a=\"/b\"c>",
    "<1>",
    "</1>",
    "</>",
    "<?xml ?>",
    "<!doctype html>",
    "<!DOCTYPE x \">\">",
    "<![CDATA[",
    "]]>",
    "]]",
    "<svg>",
    "<svg/>",
    "<svg a=b/>",
    "<svg a='b'/>",
    "</svg>",
    "<math>",
    "</math >",
    "<style>",
    "</style>",
    "</STYLE ",
    "</styles>",
    "<script>",
    "<script ",
    "</script>",
    "</script/",
    "<title>",
    "</title\n>",
    "<textarea>",
    "</textarea>",
    "<xmp>",
    "</xmp>",
    "<iframe>",
    "</iframe>",
    "<noembed>",
    "</noembed>",
    "<noframes>",
    "</noframes>",
    "<noscript>",
    "</noscript>",
    "<!--[if mso]>",
    "<![endif]-->",
    "<!--[if !mso]><!-->",
    "<!--[if !mso]><!-- -->",
    "<!--<![endif]-->",
    "<!-- <![endif] -->",
    "<![if !mso]>",
    "<![endif]>",
    "<!--[if !mso]>-->",
    "<!--[if !vml]-->",
    "<!--[endif]-->",
    "<!-- [if mso]>",
    "<!--[IF (gte mso 9)|(IE)]>",
    "<![ENDIF]-->",
    "<!--[if",
    "[if x]>",
    "<![endif]",
    "<!-->",
    "<!--->",
    "<!---->",
];

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 1500,
        rng_seed: RngSeed::Fixed(7),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn glued_fragments_are_read_as_the_oracles_read_them(parts in prop::collection::vec(prop::sample::select(FRAGMENTS), 0..24)) {
        check(parts.concat().as_bytes());
    }

    #[test]
    fn any_bytes_are_read_as_the_oracles_read_them(bytes in prop::collection::vec(any::<u8>(), 0..120)) {
        check(&bytes);
    }

    #[test]
    fn markup_bytes_are_read_as_the_oracles_read_them(text in "[-<>!/='\"a \\[\\]\\?&]{0,60}") {
        check(text.as_bytes());
    }

    #[test]
    fn a_mail_with_a_fragment_in_it(at in 0..MAIL.len(), length in 0usize..9, part in prop::sample::select(FRAGMENTS)) {
        let bytes = MAIL.as_bytes();
        check(&[&bytes[..at], part.as_bytes(), &bytes[bytes.len().min(at + length)..]].concat());
    }

    #[test]
    fn names_and_attributes_of_any_span_are_inside_of_the_bytes(text in "[</>= \"'a]{0,20}", start in 0usize..30, length in 0usize..30) {
        let span = Span::new(start, start + length);
        let name = tag_name(text.as_bytes(), span);
        prop_assert!(name.start <= name.end && name.end as usize <= text.len());
        for attribute in attributes(text.as_bytes(), span) {
            prop_assert!(attribute.name.end as usize <= text.len());
        }
    }
}

#[test]
fn a_mail_cut_anywhere_is_read_as_the_oracles_read_it() {
    for end in 0..=MAIL.len() {
        check(&MAIL.as_bytes()[..end]);
    }
}

#[test]
fn fixtures_are_read_as_the_oracles_read_them() {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/templates")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten() {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let bytes = std::fs::read(&path).expect("a fixture");
            match encoding_rs::Encoding::for_bom(&bytes) {
                Some((encoding, _)) if encoding != encoding_rs::UTF_8 => check(encoding.decode(&bytes).0.as_bytes()),
                _ => check(&bytes),
            }
        }
    }
}

#[test]
fn an_allocation_is_kept() {
    let mut regions = scan(MAIL.as_bytes());
    let capacity = regions.capacity();
    scan_into(b"<p>", &mut regions);
    assert_eq!(regions.len(), 1);
    assert_eq!(regions.capacity(), capacity);
    scan_into(b"", &mut regions);
    assert!(regions.is_empty());
}

/// The kinds and texts of all regions.
fn listed(html: &str) -> Vec<(RegionKind, &str)> {
    scan(html.as_bytes()).iter().map(|region| (region.kind, &html[region.span.range()])).collect()
}

#[test]
fn differs_an_unclosed_tag_is_kept() {
    assert_eq!(listed("a<a href=\"x"), [(RegionKind::Text, "a"), (RegionKind::StartTag, "<a href=\"x")]);
    assert_eq!(listed("</a "), [(RegionKind::EndTag, "</a ")]);
}

#[test]
fn differs_an_end_tag_without_a_name_is_kept() {
    assert_eq!(listed("a</>b"), [(RegionKind::Text, "a"), (RegionKind::BogusComment, "</>"), (RegionKind::Text, "b")]);
}

#[test]
fn differs_a_conditional_comment_is_scanned() {
    let expected = [
        (RegionKind::ConditionalOpen, "<!--[if mso]>"),
        (RegionKind::StartTag, "<p>"),
        (RegionKind::ConditionalClose, "<![endif]-->"),
    ];
    assert_eq!(listed("<!--[if mso]><p><![endif]-->"), expected);
}

#[test]
fn differs_a_duplicate_attribute_is_listed() {
    let html = b"<a b=1 b=2>";
    assert_eq!(attributes(html, Span::new(0, html.len())).count(), 2);
}

#[test]
fn differs_nothing_is_decoded() {
    assert_eq!(listed("A&amp;\0\r\n"), [(RegionKind::Text, "A&amp;\0\r\n")]);
}

#[test]
fn differs_noscript_holds_markup() {
    assert_eq!(listed("<noscript><p>")[1], (RegionKind::StartTag, "<p>"));
}

#[test]
fn differs_svg_style_and_title_are_read_as_in_html() {
    assert_eq!(listed("<svg><style><a></style></svg>")[2], (RegionKind::RawText, "<a>"));
    assert_eq!(listed("<svg><title><a></title></svg>")[2], (RegionKind::Rcdata, "<a>"));
}

#[test]
fn differs_only_its_end_tag_ends_svg() {
    assert_eq!(listed("<svg><p><![CDATA[x]]>")[2], (RegionKind::Cdata, "<![CDATA[x]]>"));
}

#[test]
fn differs_a_tag_that_may_not_stand_there_goes_by_its_name() {
    assert_eq!(listed("<select><textarea><b>")[2], (RegionKind::Rcdata, "<b>"));
}

#[test]
fn hard_inputs_take_one_pass() {
    // Each of these would make a careless scanner search to the end again and again.
    let count = |start: &str, unit: &str| scan([start, &unit.repeat(100_000)].concat().as_bytes()).len();
    assert_eq!(count("", "<!--"), 1);
    assert_eq!(count("", "<!--[if x]>"), 100_000);
    assert_eq!(count("", "<!--[if x]><![endif]"), 100_001);
    assert_eq!(count("<!--[if x]>", "<!--"), 2);
    assert_eq!(count("", "<!--[if x]>a-->"), 300_000);
    assert_eq!(count("", "<!---"), 1);
    assert_eq!(count("<!--", "--"), 1);
    assert_eq!(count("<!--", "->"), 2);
    assert_eq!(count("", "<a \""), 1);
    assert_eq!(count("", "<a b=\""), 1);
    assert_eq!(count("", "<a b='c\""), 1);
    assert_eq!(count("", "<"), 1);
    assert_eq!(count("", "</"), 1);
    assert_eq!(count("", "<!"), 1);
    assert_eq!(count("", "<style>"), 2);
    assert_eq!(count("", "<title></style"), 2);
    assert_eq!(count("", "<script><!--"), 2);
    assert_eq!(count("<script>", "<!--<script></script>-->"), 2);
    assert_eq!(count("", "<![CDATA["), 1);
    assert_eq!(count("<svg>", "<![CDATA["), 2);
    assert_eq!(count("", "<svg>"), 100_000);
    assert_eq!(count("", "</svg>"), 100_000);
    assert_eq!(count("", "<div>"), 100_000);
    assert_eq!(count("", "<div a=b>x"), 200_000);

    let tag = format!("<a{}", " b='c' d=\"".repeat(100_000));
    assert_eq!(attributes(tag.as_bytes(), Span::new(0, tag.len())).count(), 100_000);
}
