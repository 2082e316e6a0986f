//! Generates the text-only body from an HTML body, for a template without one.

use std::collections::HashMap;

use html2text::config;
use html2text::render::{TaggedLine, TextDecorator};

use super::text_words::{LongWords, alternative, link_words};
use super::{style_sheets, text_limits};
use crate::html::scan::{self, Region, RegionKind};
use crate::span::Span;

/// The line length in characters that mail programs have always used.
const WIDTH: usize = 78;

/// Wider than any line.
const NO_LIMIT: usize = 100_000;

/// The text of an HTML body, and whether it has a layout: links as `text <address>`, tables row by row, without hidden
/// content. For a body that would take too much time or memory, just its words in sequence.
pub(super) fn of(html: &str) -> (String, bool) {
    let mut regions = scan::scan(html.as_bytes());
    let linked = link_words(html, &regions);
    if let Some(html) = &linked {
        regions = scan::scan(html.as_bytes());
    }
    let html = linked.as_deref().unwrap_or(html);
    let (hidden, long_words) = LongWords::hide(html, &regions);
    let plain = || (tidy(&without_layout(html, &regions)), false);
    let shown = |text: String| (long_words.show(text), true);
    let hidden_regions = scan::scan(hidden.as_bytes());
    let elements = text_limits::elements(&hidden, &hidden_regions);
    let Some(needed) = elements.and_then(|elements| style_sheets::needed(&hidden, &hidden_regions, &elements)) else {
        return plain();
    };
    drop(hidden_regions);
    let text = write(&needed, WIDTH, false);
    let unbroken = write(&needed, NO_LIMIT, true);
    // A narrow table column breaks what does not fit, and a broken address leads nowhere.
    match are_whole(&unbroken, &text) {
        true => shown(text),
        false => shown(unbroken),
    }
}

/// Whether each word of a text occurs equally often in another.
fn are_whole(unbroken: &str, text: &str) -> bool {
    let mut times: HashMap<&str, usize> = HashMap::new();
    for word in text.split_whitespace() {
        *times.entry(word).or_default() += 1;
    }
    // The width of a rule depends on its place.
    unbroken.split_whitespace().filter(|word| !word.starts_with('─')).all(|word| {
        times.get_mut(word).is_some_and(|times| {
            let is_there = *times > 0;
            *times = times.saturating_sub(1);
            is_there
        })
    })
}

/// Just the words of an HTML body in sequence, each link with its address.
fn without_layout(html: &str, regions: &[Region]) -> String {
    let bytes = html.as_bytes();
    let mut out = String::with_capacity(html.len() / 2);
    let mut open: Option<String> = None;
    for region in regions.iter().filter(|region| !region.conditional) {
        let tag = || bytes[scan::tag_name(bytes, region.span).range()].to_ascii_lowercase();
        match region.kind {
            RegionKind::Text => {
                let text = htmlize::unescape(html.get(region.span.range()).unwrap_or_default());
                out.extend(text.split_whitespace().flat_map(|word| [word, " "]));
            }
            RegionKind::StartTag if tag() == b"a" => {
                let is_href = |name: Span| bytes[name.range()].eq_ignore_ascii_case(b"href");
                let href = scan::attributes(bytes, region.span).find(|attribute| is_href(attribute.name));
                let value = href.and_then(|href| href.value).and_then(|value| html.get(value.range()));
                open = value.map(|value| htmlize::unescape_attribute(value).trim().to_owned());
            }
            RegionKind::EndTag if tag() == b"a" => {
                if let Some(address) = open.take() {
                    out.push_str(&format!("<{address}> "));
                }
            }
            RegionKind::StartTag | RegionKind::EndTag => {
                let name = tag();
                if name == b"img" {
                    let words = alternative(html, region);
                    out.extend(words.split_whitespace().flat_map(|word| [word, " "]));
                }
                let is_inline = matches!(
                    name.as_slice(),
                    b"b" | b"i" | b"em" | b"strong" | b"span" | b"font" | b"u" | b"small" | b"img"
                );
                if !is_inline && !out.ends_with('\n') {
                    out.push('\n');
                }
            }
            _ => {}
        }
    }
    out
}

/// The text in lines of some width, with table cells side by side or, if `stacked`, one below the other.
fn write(html: &str, width: usize, stacked: bool) -> String {
    let settings = config::with_decorator(Plain::default())
        .use_doc_css()
        .raw_mode(stacked)
        .no_table_borders()
        .no_link_wrapping()
        .allow_width_overflow();
    tidy(&settings.string_from_read(html.as_bytes(), width).unwrap_or_default())
}

/// Lines without trailing white space, and at most one empty line in a row.
fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut empty = 0;
    for line in text.lines().map(|line| line.trim_end_matches(is_blank)) {
        // Preheaders are padded with zero-width characters.
        if line.trim_matches(is_blank).is_empty() {
            empty += 1;
            continue;
        }
        if empty > 0 && !out.is_empty() {
            out.push('\n');
        }
        empty = 0;
        // A rule is as wide as the text may be.
        match line.chars().nth(WIDTH).is_some() && line.chars().all(|character| character == '─') {
            true => out.extend(line.chars().take(WIDTH)),
            false => out.push_str(line),
        }
        out.push('\n');
    }
    out
}

fn is_blank(character: char) -> bool {
    character.is_whitespace() || matches!(character, '\u{200b}'..='\u{200d}' | '\u{34f}' | '\u{feff}' | '\u{ad}')
}

/// Text as a person would type it in a message.
#[derive(Clone, Debug, Default)]
struct Plain {
    /// The addresses of the open links.
    open: Vec<String>,
}

impl TextDecorator for Plain {
    type Annotation = ();

    fn decorate_link_start(&mut self, url: &str) -> (String, ()) {
        self.open.push(url.to_owned());
        (String::new(), ())
    }

    fn decorate_link_end(&mut self) -> String {
        self.open.pop().map_or_else(String::new, |address| format!(" <{address}>"))
    }

    fn decorate_em_start(&self) -> (String, ()) {
        (String::new(), ())
    }

    fn decorate_em_end(&self) -> String {
        String::new()
    }

    fn decorate_strong_start(&self) -> (String, ()) {
        (String::new(), ())
    }

    fn decorate_strong_end(&self) -> String {
        String::new()
    }

    fn decorate_strikeout_start(&self) -> (String, ()) {
        (String::new(), ())
    }

    fn decorate_strikeout_end(&self) -> String {
        String::new()
    }

    fn decorate_code_start(&self) -> (String, ()) {
        (String::new(), ())
    }

    fn decorate_code_end(&self) -> String {
        String::new()
    }

    fn decorate_preformat_first(&self) {}

    fn decorate_preformat_cont(&self) {}

    fn decorate_image(&mut self, _address: &str, title: &str) -> (String, ()) {
        (title.to_owned(), ())
    }

    fn header_prefix(&self, _level: usize) -> String {
        String::new()
    }

    fn quote_prefix(&self) -> String {
        "> ".to_owned()
    }

    fn unordered_item_prefix(&self) -> String {
        "* ".to_owned()
    }

    fn ordered_item_prefix(&self, number: i64) -> String {
        format!("{number}. ")
    }

    fn make_subblock_decorator(&self) -> Self {
        self.clone()
    }

    fn finalise(&mut self, _links: Vec<String>) -> Vec<TaggedLine<()>> {
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_reads_as_text() {
        let html = "<!doctype html><html><head><title>Title</title><style>p { color: red } @media (x) { .a { b: c } }\
                    </style></head><body><div style=\"display:none;max-height:0\">Preheader&zwnj;&nbsp;&#847;</div>\
                    <!--[if mso]><v:roundrect href=\"https://a.example/\"><center>Open</center></v:roundrect><![endif]-->\
                    <!--[if !mso]><!--><a href=\"https://a.example/?a=1&amp;b=2\">Open</a><!--<![endif]-->\
                    <h1>Your <b>ticket</b></h1><p>R&amp;D &lt;ops&gt;</p><hr>\
                    <table role=\"presentation\"><tr><td>Ticket</td><td>42</td></tr><tr><td>Status</td><td>New</td></tr></table>\
                    <img src=\"l.png\" alt=\"Acme IT\"><img src=\"x.png\" alt=\"\"><ul><li>one</li><li>two</li></ul></body></html>";
        let (text, _) = of(html);
        insta::assert_snapshot!(text);
    }

    #[test]
    fn an_address_that_occurs_twice_is_whole_twice() {
        let url = "https://acme.deskdirector.com/portal/deeplink?name=ticket&amp;ticket_id=148372";
        let words = "Your ticket was updated. Please look at it and tell us whether all is well.";
        let (text, _) = of(&format!(
            "<table><tr><td><a href=\"{url}\">Open</a></td><td>{words}</td></tr></table><p><a href=\"{url}\">your ticket</a> \
             <a href=\"{url}&amp;action=chat\">chat</a></p>"
        ));
        let url = url.replace("&amp;", "&");
        assert_eq!(text.matches(&format!("<{url}>")).count(), 2, "{text}");
        assert_eq!(text.matches(&format!("<{url}&action=chat>")).count(), 1, "{text}");
    }

    #[test]
    fn a_long_word_stays_whole_beside_others() {
        let url = "https://acme.deskdirector.com/portal/deeplink?name=ticket&amp;ticket_id=148372&amp;action=chat";
        let read = url.replace("&amp;", "&");
        let path = format!(r"\\\\files\\{}", "folder".repeat(30));
        let mailbox = "helpdesk.escalations@support.north.acme-managed-services.example";
        let row = format!("<tr><td>Mail</td><td>{mailbox}</td><td>{}</td></tr>", "word ".repeat(40));
        for (html, word) in [
            (format!("<p>Chat: {url}</p>"), &*read),
            (format!("<p>Chat: <b>{}</b>{}</p>", &url[..40], &url[40..]), &read),
            (format!("<blockquote><ul><li>({url}).</li></ul></blockquote>"), &read),
            (format!("<p>Look in {path}, please</p>"), &path),
            (format!("<table>{row}{row}</table>"), mailbox),
            (format!("<pre>{url}</pre>"), &read),
            (format!("<p>{url}\u{f0000}</p>"), &read),
        ] {
            let (text, has_layout) = of(&html);
            assert!(has_layout && text.contains(word), "{text}");
        }
        let (text, _) = of(&format!("<table><tr><td>Ticket</td><td>42</td></tr></table><p>{url}</p>"));
        assert_eq!(text, format!("Ticket 42\n\n{read}\n"));
    }

    #[test]
    fn a_link_says_its_address_once() {
        for (html, text) in [
            ("<a href=\"https://a.example/?a=1&amp;b=2\"><img src=\"open.png\"></a>", "https://a.example/?a=1&b=2\n"),
            ("<a href=\"https://a.example/?a=1\"><img src=\"open.png\" alt=\"\"></a>", "https://a.example/?a=1\n"),
            ("<a href='https://a.example/'> <span><img src=x></span> </a>", "https://a.example/\n"),
            ("<a href=https://a.example/><b>https://a.example/</b></a>", "https://a.example/\n"),
            ("<a href=https://a.example/>https://a.example</a>", "https://a.example\n"),
            (
                "<a href='https://a.example/?a=1&amp;b=2'>https://a.example/?a=1&amp;b=2</a>",
                "https://a.example/?a=1&b=2\n",
            ),
            ("<a href=mailto:help@a.example>help@a.example</a>", "help@a.example\n"),
            ("<a href=\"tel:+1 555 0100\">+1 555 0100</a>", "+1 555 0100\n"),
            ("<a href=https://a.example/><img src=x alt=Open></a>", "Open <https://a.example/>\n"),
            ("<a href=https://a.example>https://a.example/</a>", "https://a.example/\n"),
            ("<a href=https://a.example/b>&lt;https://a.example/b&gt;</a>", "<https://a.example/b>\n"),
            (
                "<img src=x usemap=#m alt=Map><map name=m><area href=https://a.example/b alt=North></map>",
                "Map\n\nNorth <https://a.example/b>\n",
            ),
            ("<a href=https://a.example/b>https://a.example/</a>", "https://a.example/ <https://a.example/b>\n"),
            ("<a href=mailto:help@a.example>Help</a>", "Help <mailto:help@a.example>\n"),
            ("<a href=https://a.example/></a><a><img src=x></a>", ""),
        ] {
            assert_eq!(of(html).0, text, "{html}");
        }
    }

    #[test]
    fn what_is_deep_or_large_is_text_too() {
        for html in [
            format!("{}<p>a &amp; b <a href=\"https://x.example/?a=1&amp;b=2\">c</a></p>", "<ul><li>".repeat(50_000)),
            format!(
                "{}<p>a &amp; b <a href=\"https://x.example/?a=1&amp;b=2\">c</a></p>",
                "<b><i><a href=x>".repeat(50_000)
            ),
            format!(
                "{}<p>a &amp; b <a href=\"https://x.example/?a=1&amp;b=2\">c</a></p>",
                "<p>word</p>".repeat(200_000)
            ),
        ] {
            let (text, has_layout) = of(&html);
            assert!(!has_layout && text.ends_with("a & b c <https://x.example/?a=1&b=2>\n"), "{:?}", &text[..200]);
        }
    }

    #[test]
    fn end_tags_that_close_nothing_hide_no_depth() {
        let link = "<p>a &amp; b <a href=\"https://x.example/?a=1&amp;b=2\">c</a></p>";
        for deep in [
            "<div></x>".repeat(100_000),
            "<div></p>".repeat(20_000),
            "<b><div></b>".repeat(20_000),
            "<span><div></span>".repeat(20_000),
            format!("{}<object>{}", "<div>".repeat(100), "</div>".repeat(100)).repeat(300),
            "<table><tr><td></div></td2></table2>".repeat(5000),
            "<svg><foreignObject></svg2>".repeat(20_000),
        ] {
            assert!(!of(&deep).1, "{}", &deep[..60]);
            assert!(of(&format!("{deep}{link}")).0.ends_with("<https://x.example/?a=1&b=2>\n"), "{}", &deep[..60]);
        }
        for flat in ["<p>a<br>b".repeat(150), "<div><p>a</div>".repeat(150), "<ul><li>a<li>b</ul>".repeat(90)] {
            assert!(of(&flat).1, "{}", &flat[..30]);
        }
    }

    #[test]
    fn an_address_is_never_broken() {
        let url = format!("https://a.example/{}", "long/".repeat(200));
        let words = "word ".repeat(500);
        for html in [
            format!("<p>{words}<a href=\"{url}\">link</a></p>"),
            format!("<table><tr><td>{words}</td><td><a href=\"{url}\">link</a></td><td>{words}</td></tr></table>"),
            format!("<ul><li><blockquote><a href=\"{url}\">link</a></blockquote></li></ul>"),
            format!("<h1><a href=\"{url}\"><b>li</b>nk</a></h1><pre>{words}</pre>"),
        ] {
            let (text, _) = of(&html);
            assert!(text.contains(&format!("<{url}>")), "{text}");
        }
    }
}
