//! Makes a rendered message safe to look at: in the copy, nothing runs and nothing connects to a server that was not
//! allowed.
//!
//! ```text
//! Rendered.html --copy--> HTML for a frame of a page; --page--> a standalone page, which begins with its policy
//! ```
//!
//! A browser reads ahead: it connects for `<link rel=preconnect>` or a frame before it checks the policy of the page,
//! and it has its own idea of where a tag starts. So the copy is built from what the scanner finds. This module wrote
//! every `<` in it, for an element on a closed list, with attributes on a closed list. Whatever is not on the lists is
//! renamed or removed, and every address goes through one function. The policy of the page is the second line of
//! defense.
//!
//! ```
//! use psalink::display::{Pictures, copy, has_remote_pictures};
//! let mail = "<p>Hello</p><script>track()</script><img src=\"https://acme.example/logo.png\">";
//! assert!(has_remote_pictures(mail));
//! assert_eq!(copy(mail, Pictures::Off), "<p>Hello</p><img src=\"data:,\">");
//! ```

mod address;
mod names;
mod style;

use std::borrow::Cow;

pub use address::Pictures;

use crate::html::scan::{self, RegionKind};
use crate::span::Span;
use names::ElementKind;

/// The copy of a message that a browser may display.
///
/// It looks like the message, as far as a mail program would show it, and is not for sending. Its links lead nowhere,
/// but say where they would lead: a browser connects to a server as soon as a link to it is pressed.
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

/// The copy of a message as a standalone page, for a file that a browser opens: it begins with its policy, and its
/// links work.
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

/// The policy for a page that contains such a copy, as the second line of defense.
pub fn policy(pictures: Pictures<'_>) -> String {
    let remote = if matches!(pictures, Pictures::Off) { "" } else { " https:" };
    format!("default-src 'none'; style-src 'unsafe-inline'; img-src data:{remote}; base-uri 'none'; form-action 'none'")
}

/// Whether a message shows images from other servers.
pub fn has_remote_pictures(html: &str) -> bool {
    copy(html, Pictures::Off) != copy(html, Pictures::Https { except: &[] })
}

/// Whether the links of a copy work.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Links {
    Kept,
    Off,
}

/// What happens to the content of the element that was just opened.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Inside {
    /// Text for browsers as well.
    Text,
    /// The style sheet of a `<style>`.
    Style,
    /// Content that has no meaning without its element.
    Nothing,
}

struct CopyWriter<'a> {
    html: &'a str,
    pictures: Pictures<'a>,
    links: Links,
    out: String,
    inside: Inside,
}

fn written(html: &str, pictures: Pictures<'_>, head: &str, links: Links) -> String {
    let out = String::with_capacity(html.len() + head.len());
    let mut writer = CopyWriter { html, pictures, links, out, inside: Inside::Nothing };
    let mut head = Some(head);
    for region in scan::scan(html.as_bytes()) {
        let text = html.get(region.span.range()).unwrap_or_default();
        // A page's head may come right after the doctype.
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

impl CopyWriter<'_> {
    /// Text in which character references count.
    fn text(&mut self, text: &str) {
        push_replaced(&mut self.out, text, |byte| match byte {
            b'<' => Some("&lt;"),
            _ => None,
        });
    }

    /// Text in which character references do not count.
    fn plain(&mut self, text: &str) {
        push_replaced(&mut self.out, text, |byte| match byte {
            b'<' => Some("&lt;"),
            b'&' => Some("&amp;"),
            _ => None,
        });
    }

    /// The content of an element that cannot contain tags.
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
            ElementKind::Style => Inside::Style,
            ElementKind::Kept | ElementKind::Preformatted => Inside::Text,
            _ => Inside::Nothing,
        };
        let name: Cow<'_, str> = match kind {
            ElementKind::Dropped => return,
            ElementKind::Meta => return self.meta(tag),
            ElementKind::Source if matches!(self.pictures, Pictures::Off) => return,
            ElementKind::Image => "img".into(),
            ElementKind::Preformatted => "pre".into(),
            ElementKind::Renamed | ElementKind::Hidden => names::renamed(&name),
            ElementKind::Kept | ElementKind::Style | ElementKind::Source => name,
        };
        self.out.push('<');
        self.out.push_str(&name);
        if kind == ElementKind::Hidden {
            self.out.push_str(" hidden");
        }
        self.attributes(tag, &name);
        let is_self_closing = names::is_drawn(&name) && self.html[tag.range()].ends_with("/>");
        self.out.push_str(if is_self_closing { "/>" } else { ">" });
    }

    fn end(&mut self, tag: Span) {
        let name = names::lower(&self.html[scan::tag_name(self.html.as_bytes(), tag).range()]);
        let name: Cow<'_, str> = match names::kind(&name) {
            ElementKind::Dropped | ElementKind::Meta | ElementKind::Source | ElementKind::Image => return,
            ElementKind::Preformatted => "pre".into(),
            ElementKind::Renamed | ElementKind::Hidden => names::renamed(&name),
            ElementKind::Kept | ElementKind::Style => name,
        };
        self.out.push_str("</");
        self.out.push_str(&name);
        self.out.push('>');
    }

    /// Keeps only what a page says about its appearance.
    fn meta(&mut self, tag: Span) {
        let bytes = self.html.as_bytes();
        let value = |wanted: &str| {
            let mut all = scan::attributes(bytes, tag);
            let found = all.find(|attribute| self.html[attribute.name.range()].eq_ignore_ascii_case(wanted))?;
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
            // If two attributes have the same name, the first counts, even if it is removed.
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
                    // Without an address, an image would take up no space in the layout.
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
mod tests;
