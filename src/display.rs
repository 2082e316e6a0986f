//! A rendered mail made safe to look at: in the copy nothing runs, and nothing connects to a server that was not allowed.
//!
//! A browser reads ahead: it connects for `<link rel=preconnect>` or a frame before it asks the policy of the page, and it
//! has its own idea of where a tag starts. So the copy is written anew from what the scanner finds. Every `<` in it is one
//! that this module wrote, for an element of a closed list, with attributes of a closed list; what is not on the lists is
//! renamed or left out, and every address goes through one function. The policy of the page is the second wall.

mod address;
mod names;
mod style;

use std::borrow::Cow;

pub use address::Pictures;

use crate::scan::{self, RegionKind};
use crate::span::Span;
use names::Kind;

/// The copy of a mail that a browser may show.
///
/// It looks like the mail, as far as a mail program would show it; it is not for sending. Its links lead nowhere, and say
/// where they would lead: a browser connects to a server as soon as a link to it is pressed.
///
/// ```
/// use psalink::display::{Pictures, copy};
/// let mail = "<p onclick=x()>Hello<link rel=preconnect href=//a.example><img src=https://a.example/b.png></p>";
/// assert_eq!(copy(mail, Pictures::Off), "<p>Hello<img src=\"data:,\"></p>");
/// assert_eq!(
///     copy(mail, Pictures::Https { except: &[] }),
///     "<p>Hello<img src=\"https://a.example/b.png\"></p>"
/// );
/// ```
pub fn copy(html: &str, pictures: Pictures<'_>) -> String {
    written(html, pictures, "", Links::Off)
}

/// The copy of a mail as a page of its own, for a file that a browser opens: it begins with its policy, and its links work.
///
/// ```
/// use psalink::display::{Pictures, page};
/// let page = page("<!doctype html><p>Hello</p><script>x()</script>", Pictures::Off);
/// assert!(page.starts_with("<!doctype html><meta charset=\"utf-8\"><meta http-equiv=\"Content-Security-Policy\""));
/// assert!(page.ends_with("<p>Hello</p>"));
/// ```
pub fn page(html: &str, pictures: Pictures<'_>) -> String {
    let head = format!(
        "<meta charset=\"utf-8\"><meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\
         <meta name=\"referrer\" content=\"no-referrer\"><meta http-equiv=\"x-dns-prefetch-control\" content=\"off\">",
        policy(pictures)
    );
    written(html, pictures, &head, Links::Kept)
}

/// The policy for a page that holds such a copy, the second wall behind it.
pub fn policy(pictures: Pictures<'_>) -> String {
    let remote = if matches!(pictures, Pictures::Off) { "" } else { " https:" };
    format!("default-src 'none'; style-src 'unsafe-inline'; img-src data:{remote}; base-uri 'none'; form-action 'none'")
}

/// Whether a mail shows pictures that lie on other servers.
pub fn has_remote_pictures(html: &str) -> bool {
    copy(html, Pictures::Off) != copy(html, Pictures::Https { except: &[] })
}

/// Whether the links of a copy lead anywhere.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Links {
    Kept,
    Off,
}

/// What becomes of the inside of the element that was just opened.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Inside {
    /// Text to a browser, too.
    Text,
    /// The style sheet of a `<style>`.
    Style,
    /// What has no meaning without its element.
    Nothing,
}

struct Writer<'a> {
    html: &'a str,
    pictures: Pictures<'a>,
    links: Links,
    out: String,
    inside: Inside,
}

fn written(html: &str, pictures: Pictures<'_>, head: &str, links: Links) -> String {
    let out = String::with_capacity(html.len() + head.len());
    let mut writer = Writer { html, pictures, links, out, inside: Inside::Nothing };
    let mut head = Some(head);
    for region in scan::scan(html.as_bytes()) {
        let text = html.get(region.span.range()).unwrap_or_default();
        // A page's head may stand behind the doctype alone.
        let is_before_head = match region.kind {
            RegionKind::Text => text.trim_ascii().is_empty(),
            RegionKind::StartTag | RegionKind::EndTag | RegionKind::RawText | RegionKind::Rcdata => false,
            _ => true,
        };
        if (!is_before_head || region.kind == RegionKind::Cdata)
            && let Some(head) = head.take()
        {
            writer.out.push_str(head);
        }
        if region.conditional {
            continue;
        }
        match region.kind {
            RegionKind::Text => writer.text(text),
            RegionKind::StartTag => writer.start(region.span),
            RegionKind::EndTag => writer.end(region.span),
            RegionKind::RawText | RegionKind::Rcdata => writer.content(text, region.kind),
            RegionKind::Cdata => {
                let text = text.strip_prefix("<![CDATA[").unwrap_or(text);
                writer.plain(text.strip_suffix("]]>").unwrap_or(text));
            }
            RegionKind::Doctype => {
                let is_whole = text.ends_with('>') && !text[1..].contains('<');
                writer.out.push_str(if is_whole { text } else { "<!doctype html>" });
                if let Some(head) = head.take() {
                    writer.out.push_str(head);
                }
            }
            RegionKind::Comment
            | RegionKind::BogusComment
            | RegionKind::ConditionalOpen
            | RegionKind::ConditionalClose
            | RegionKind::RevealedOpen
            | RegionKind::RevealedClose => {}
        }
    }
    if let Some(head) = head {
        writer.out.push_str(head);
    }
    writer.out
}

impl Writer<'_> {
    /// Text in which character references count.
    fn text(&mut self, text: &str) {
        push_replaced(&mut self.out, text, |byte| match byte {
            b'<' => Some("&lt;"),
            _ => None,
        });
    }

    /// Text in which they do not.
    fn plain(&mut self, text: &str) {
        push_replaced(&mut self.out, text, |byte| match byte {
            b'<' => Some("&lt;"),
            b'&' => Some("&amp;"),
            _ => None,
        });
    }

    /// The inside of an element that holds no tags.
    fn content(&mut self, text: &str, kind: RegionKind) {
        match self.inside {
            Inside::Style => self.out.push_str(&style::sheet(text, self.pictures)),
            Inside::Text if kind == RegionKind::Rcdata => self.text(text),
            Inside::Text => self.plain(text),
            Inside::Nothing => {}
        }
        self.inside = Inside::Nothing;
    }

    fn start(&mut self, tag: Span) {
        let bytes = self.html.as_bytes();
        let name = names::lower(&self.html[scan::tag_name(bytes, tag).range()]);
        let kind = names::kind(&name);
        self.inside = match kind {
            Kind::Style => Inside::Style,
            Kind::Kept | Kind::Preformatted => Inside::Text,
            _ => Inside::Nothing,
        };
        let name: Cow<'_, str> = match kind {
            Kind::Dropped => return,
            Kind::Meta => return self.meta(tag),
            Kind::Source if matches!(self.pictures, Pictures::Off) => return,
            Kind::Image => "img".into(),
            Kind::Preformatted => "pre".into(),
            Kind::Renamed | Kind::Hidden => names::renamed(&name),
            Kind::Kept | Kind::Style | Kind::Source => name,
        };
        self.out.push('<');
        self.out.push_str(&name);
        if kind == Kind::Hidden {
            self.out.push_str(" hidden");
        }
        self.attributes(tag, &name);
        let is_self_closing = names::is_drawn(&name) && self.html[tag.range()].ends_with("/>");
        self.out.push_str(if is_self_closing { "/>" } else { ">" });
    }

    fn end(&mut self, tag: Span) {
        let name = names::lower(&self.html[scan::tag_name(self.html.as_bytes(), tag).range()]);
        let name: Cow<'_, str> = match names::kind(&name) {
            Kind::Dropped | Kind::Meta | Kind::Source | Kind::Image => return,
            Kind::Preformatted => "pre".into(),
            Kind::Renamed | Kind::Hidden => names::renamed(&name),
            Kind::Kept | Kind::Style => name,
        };
        self.out.push_str("</");
        self.out.push_str(&name);
        self.out.push('>');
    }

    /// Of what a page says about itself only how it looks.
    fn meta(&mut self, tag: Span) {
        let bytes = self.html.as_bytes();
        let value = |wanted: &str| {
            let mut all = scan::attributes(bytes, tag);
            let found = all.find(|one| self.html[one.name.range()].eq_ignore_ascii_case(wanted))?;
            Some(htmlize::unescape_attribute(&self.html[found.value?.range()]).into_owned())
        };
        let (Some(name), Some(content)) = (value("name"), value("content")) else { return };
        let name = name.trim().to_ascii_lowercase();
        if names::META.contains(&&*name) {
            self.out.push_str(&format!("<meta name=\"{name}\""));
            self.attribute("content", &content);
            self.out.push('>');
        }
    }

    fn attributes(&mut self, tag: Span, element: &str) {
        let html = self.html;
        let mut seen: Vec<Cow<'_, str>> = Vec::new();
        let has_title = scan::attributes(html.as_bytes(), tag)
            .any(|attribute| html[attribute.name.range()].eq_ignore_ascii_case("title"));
        for attribute in scan::attributes(html.as_bytes(), tag) {
            let name = names::lower(&html[attribute.name.range()]);
            // Of two attributes of one name the first counts, also where it is left out.
            let Some(use_) = names::attribute(&name, element).filter(|_| !seen.contains(&name)) else { continue };
            let written = attribute.value.map_or("", |value| &html[value.range()]);
            let value = htmlize::unescape_attribute(written);
            match use_ {
                names::Use::Plain => match attribute.value {
                    None => {
                        self.out.push(' ');
                        self.out.push_str(&name);
                    }
                    Some(_) => self.attribute(&name, &value),
                },
                names::Use::Number if value.bytes().all(|byte| byte.is_ascii_digit()) => self.attribute(&name, &value),
                names::Use::Number => {}
                names::Use::Link => {
                    let address = address::link(&value);
                    if self.links == Links::Off && !has_title {
                        self.attribute("title", &value);
                    }
                    let address = address.filter(|address| self.links == Links::Kept || !address::connects(address));
                    self.attribute(&name, address.unwrap_or("#"));
                }
                names::Use::Picture => {
                    let address = self.pictures.address(&value);
                    // A picture without an address would have no place in the layout.
                    self.attribute(&name, address.as_deref().unwrap_or(address::NONE));
                }
                names::Use::Pictures => {
                    if let Some(set) = self.pictures.set(&value) {
                        self.attribute(&name, &set);
                    }
                }
                names::Use::Style => self.attribute(&name, &style::declarations(&value, self.pictures)),
            }
            seen.push(name);
        }
    }

    fn attribute(&mut self, name: &str, value: &str) {
        self.out.push(' ');
        self.out.push_str(name);
        self.out.push_str("=\"");
        push_replaced(&mut self.out, value, |byte| match byte {
            b'<' => Some("&lt;"),
            b'&' => Some("&amp;"),
            b'"' => Some("&quot;"),
            _ => None,
        });
        self.out.push('"');
    }
}

fn push_replaced(out: &mut String, text: &str, instead: impl Fn(u8) -> Option<&'static str>) {
    let mut done = 0;
    for (at, byte) in text.bytes().enumerate() {
        if let Some(instead) = instead(byte) {
            out.push_str(&text[done..at]);
            out.push_str(instead);
            done = at + 1;
        }
    }
    out.push_str(&text[done..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    const ON: Pictures<'static> = Pictures::Https { except: &[] };

    #[test]
    fn a_mail_as_people_write_it_stays_as_it_is() {
        for html in [
            "<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Transitional//EN\" \"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd\">\n<html lang=\"en\">",
            "<table width=\"600\" cellpadding=\"0\" bgcolor=\"#ffffff\" style=\"width: 600px\"><tr><td align=\"center\">a &amp; b &lt; c</td></tr></table>",
            "<p data-psalink-file=\"0\" data-psalink-line=\"12\" class=\"x\">Hello</p>",
            "<a href=\"https://acme.deskdirector.com/portal/deeplink?name=ticket&amp;ticket_id=1\" style=\"color: #0b5fff\">Open</a>",
            "<style media=\"screen\">p > a { color: red } @media (prefers-color-scheme: dark) { p { color: #fff } }</style>",
            "<title>A &lt;b&gt; c</title><img src=\"data:image/gif;base64,R0lGODlhAQABAAAAACw=\" alt=\"é\" width=\"1\">",
            "<svg viewbox=\"0 0 1 1\" width=\"9\"><path d=\"M0 0\" fill=\"red\"/></svg>",
        ] {
            assert_eq!(written(html, Pictures::Off, "", Links::Kept), html);
            assert_eq!(written(html, ON, "", Links::Kept), html);
        }
        // A link leads nowhere and says where it would lead.
        let link = "<a href=\"https://a.example/?a&amp;b\">x</a><a title=t href=http://a.example>y</a><a href=mailto:a@b.example>z</a>";
        assert_eq!(
            copy(link, ON),
            "<a title=\"https://a.example/?a&amp;b\" href=\"#\">x</a><a title=\"t\" href=\"#\">y</a>\
             <a title=\"mailto:a@b.example\" href=\"mailto:a@b.example\">z</a>"
        );
        assert_eq!(copy("<p>a < b &c<!-- x --> <o:p>y</o:p></P>", ON), "<p>a &lt; b &c <x-o:p>y</x-o:p></p>");
        assert_eq!(copy("<!--[if mso]><b>x</b><![endif]--><!--[if !mso]><!-->y<!--<![endif]-->", ON), "y");
        assert_eq!(copy("<xmp><b>&amp;</xmp><plaintext></p>", ON), "<pre>&lt;b>&amp;amp;</pre><pre>&lt;/p>");
        assert_eq!(
            copy("<meta name=Color-Scheme content='light dark'><meta name=x content=y>", ON),
            "<meta name=\"color-scheme\" content=\"light dark\">"
        );
    }

    /// Every way to make a browser fetch, run or go elsewhere; none of the words is left in the copy.
    #[test]
    fn nothing_that_fetches_or_runs_is_left() {
        for html in [
            "<link rel=preconnect href=//x.example>",
            "<LINK/REL=preconnect/HREF=//x.example>",
            "<link\trel=dns-prefetch\thref=//x.example>",
            "<svg><link rel=preconnect href=//x.example></svg>",
            "<svg><foreignObject><link rel=preload href=//x.example>",
            "<noscript><link rel=prefetch href=//x.example></noscript>",
            "<template shadowrootmode=open><link rel=preconnect href=//x.example></template>",
            "<!-- <a title=' --><link rel=preconnect href=//x.example>",
            "<title><link rel=preconnect href=//x.example></title>",
            "<textarea></textarea ><link rel=preconnect href=//x.example>",
            "<script><!--<script></script><link rel=preconnect href=//x.example>",
            "<select><link rel=preconnect href=//x.example></select>",
            "<iframe srcdoc=\"<link rel=preconnect href=//x.example>\"></iframe>",
            "<iframe src=//x.example><link rel=x></iframe>",
            "<frameset><frame src=//x.example></frameset>",
            "<meta http-equiv=refresh content='0;url=//x.example'>",
            "<meta http-equiv=link content='<//x.example>; rel=preconnect'>",
            "<base href=//x.example><a href=x>y</a>",
            "<object data=//x.example codebase=//x.example classid=//x.example></object>",
            "<embed src=//x.example>",
            "<applet code=//x.example archive=//x.example>",
            "<video src=//x.example poster=//x.example><source src=//x.example><track src=//x.example></video>",
            "<audio src=//x.example>",
            "<img src=//x.example lowsrc=//x.example dynsrc=//x.example longdesc=//x.example>",
            "<img srcset='//x.example 1x' loading=lazy>",
            "<image src=//x.example>",
            "<picture><source srcset=//x.example></picture>",
            "<svg><image href=//x.example xlink:href=//x.example></svg>",
            "<svg><use href=//x.example#x></svg>",
            "<svg><filter><feImage href=//x.example></filter></svg>",
            "<svg><mask id=a></mask><rect mask='url(//x.example#m)'>",
            "<svg><script href=//x.example></script></svg>",
            "<svg><a xlink:href=//x.example>",
            "<p style='background:url(//x.example)'>",
            "<p style='background:u&#92;72l(//x.example)'>",
            "<style>@import '//x.example';</style>",
            "<a ping=//x.example href=#>",
            "<form action=//x.example><button formaction=//x.example></form>",
            "<input type=image src=//x.example>",
            "<isindex action=//x.example>",
            "<portal src=//x.example></portal>",
            "<fencedframe src=//x.example></fencedframe>",
            "<body background=//x.example>",
            "<td background=//x.example>",
            "<?xml-stylesheet href=//x.example?>",
            "<html manifest=//x.example>",
            "<script type=speculationrules>{\"x\":\"//x.example\"}</script>",
            "<!DOCTYPE html [<!ENTITY x SYSTEM \"//x.example\">]>",
            "<!--[if !mso]><!--><link rel=icon href=//x.example><!--<![endif]-->",
            "<bgsound src=//x.example>",
            "<link imagesrcset='//x.example 1x' rel=preload as=image>",
            "<math><maction actiontype=statusline xlink:href=//x.example>",
            "<layer src=//x.example>",
            "<blockquote cite=//x.example>",
            "<p onclick='//x.example'>",
            "<a href='javascript:\"//x.example\"'>",
            "<table/background=//x.example>",
            "<img/src='//x.example'/onerror=x>",
            "<p style=\"behavior:url(//x.example);-moz-binding:url(//x.example)\">",
            "<xml><x src=//x.example></xml>",
            "<img src=\"//x.example",
            "<link rel=preconnect href=//x.example",
            "<x-a src=//x.example is=//x.example>",
            "<hr src=//x.example profile=//x.example>",
        ] {
            let shown = copy(html, Pictures::Off);
            let tags: String = tags(&shown);
            assert!(!tags.contains("x.example"), "{html}: {shown}");
            let shown = copy(html, ON);
            assert!(!self::tags(&shown).contains("x.example"), "not absolute, or no picture: {html}: {shown}");
        }
        let quoted = copy("<a title='<link rel=preconnect href=//x.example>'>", ON);
        assert_eq!(quoted, "<a title=\"&lt;link rel=preconnect href=//x.example>\">");
        // In a drawing the sheet is markup to a browser; a reference in it is broken up.
        let drawn = copy("<svg><style>a{background:&#117;rl(//x.example)}</style></svg>", ON);
        assert_eq!(drawn, "<svg><style>a{background:&/**/#117;rl(//x.example)}</style></svg>");
        let clobbering = "<img name=images id=images><form name=addEventListener id=f><input name=closest></form>";
        assert_eq!(copy(clobbering, Pictures::Off), "<img id=\"images\"><form id=\"f\"><input></form>");
    }

    /// All that a browser could take for a tag, and all that it takes for a style.
    fn tags(html: &str) -> String {
        let mut rest = html;
        let mut tags = String::new();
        while let Some(at) = rest.find('<') {
            rest = &rest[at..];
            let rest_without = rest.strip_prefix("<a title=").and_then(|rest| rest.split_once('"')?.1.split_once('"'));
            rest = rest_without.map_or(rest, |(_, rest)| rest);
            let end = match rest.starts_with("<style") {
                true => rest.find("</style>").unwrap_or(rest.len()),
                false => rest.find('>').map_or(rest.len(), |end| end + 1),
            };
            tags.push_str(&rest[..end]);
            rest = &rest[end.max(1)..];
        }
        tags
    }

    #[test]
    fn every_tag_of_a_copy_is_of_the_list() {
        let pieces = [
            "<",
            "</",
            "p",
            "style",
            "script",
            "title",
            "svg",
            ">",
            "/>",
            " ",
            "=",
            "'",
            "\"",
            "<!--",
            "-->",
            "<!--[if mso]>",
            "<![endif]-->",
            "]]>",
            "<![CDATA[",
            "&lt;",
            "link",
            "img src=https://a.example/ ",
            "é",
            "\0",
            "xmp",
            "plaintext",
            "url(",
            "iframe",
            "!",
            "?",
        ];
        let mut state: u64 = 7;
        for _ in 0..20_000 {
            let mut html = String::new();
            for _ in 0..12 {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                html.push_str(pieces[(state >> 33) as usize % pieces.len()]);
            }
            for shown in [copy(&html, ON), copy(&html, Pictures::Off)] {
                for (at, _) in shown.match_indices('<') {
                    let name: String = shown[at + 1..]
                        .trim_start_matches('/')
                        .chars()
                        .take_while(|it| it.is_ascii_alphanumeric() || *it == '-')
                        .collect();
                    let next = shown[at + 1..].chars().next().unwrap_or(' ');
                    let is_tag = next.is_ascii_alphabetic() || "/!?".contains(next);
                    let is_known =
                        ["p", "style", "title", "svg", "img", "pre"].contains(&&*name) || name.starts_with("x-");
                    assert!(!is_tag || is_known, "{html:?}: {shown:?}");
                }
                // A copy of the copy is the copy, but for what a style spells anew.
                assert_eq!(copy(&shown, ON).matches('<').count(), shown.matches('<').count(), "{html:?}: {shown:?}");
            }
        }
    }
}
