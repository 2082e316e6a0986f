//! What the layout of a text part would lose: long words in one piece, and the addresses of pictures.
//!
//! ```text
//! html --link_words--> html, with picture links as words --LongWords::hide--> html with a stand-in for each long word
//!    --layout--> text with stand-ins --LongWords::show--> text
//! ```

use std::cell::LazyCell;
use std::collections::HashMap;

use crate::html::escape::escape_into;
use crate::html::scan::{self, Region, RegionKind};
use crate::span::Span;

/// A word with more characters than this may be wider than the space that a layout has for it.
const LONG: usize = 40;

/// Private-use characters, which no template has a reason to contain.
const STAND_INS: std::ops::RangeInclusive<char> = '\u{f0000}'..='\u{ffffd}';

/// The long words of a body, each of which was replaced with a character.
#[derive(Debug, Default)]
pub(super) struct LongWords {
    words: Vec<String>,
}

impl LongWords {
    /// Replaces the long words in the text of a body, which a layout would break.
    pub(super) fn hide(html: &str, regions: &[Region]) -> (String, LongWords) {
        let mut out = String::with_capacity(html.len());
        let mut words = Vec::new();
        let mut known: HashMap<&str, char> = HashMap::new();
        // Most bodies have no long word, and others have as many as words.
        let are_free = LazyCell::new(|| !html.contains(|character| STAND_INS.contains(&character)));
        let mut free = STAND_INS.filter(|_| *are_free);
        for region in regions {
            let text = html.get(region.span.range()).unwrap_or_default();
            if region.kind != RegionKind::Text || region.conditional || text.len() <= LONG {
                out.push_str(text);
                continue;
            }
            for piece in text.split_inclusive(|character: char| character.is_ascii_whitespace()) {
                let word = piece.trim_end_matches(|character: char| character.is_ascii_whitespace());
                let stand_in = known.get(word).copied().or_else(|| {
                    let read = long_word(word)?;
                    let stand_in = free.next()?;
                    words.push(read);
                    known.insert(word, stand_in);
                    Some(stand_in)
                });
                match stand_in {
                    Some(stand_in) => {
                        out.push(stand_in);
                        out.push_str(&piece[word.len()..]);
                    }
                    None => out.push_str(piece),
                }
            }
        }
        (out, LongWords { words })
    }

    /// The text with its long words restored.
    pub(super) fn show(&self, text: String) -> String {
        if self.words.is_empty() {
            return text;
        }
        let mut out = String::with_capacity(text.len());
        for character in text.chars() {
            let index = u32::from(character).checked_sub(u32::from(*STAND_INS.start()));
            match index.and_then(|index| self.words.get(index as usize)) {
                Some(word) => out.push_str(word),
                None => out.push(character),
            }
        }
        out
    }
}

/// The visible form of a word, if it is long and unbroken.
fn long_word(written: &str) -> Option<String> {
    if written.len() <= LONG {
        return None;
    }
    let read = htmlize::unescape(written);
    let may_break = |character: char| character.is_whitespace() || character == '\u{200b}';
    (read.chars().count() > LONG && !read.contains(may_break)).then(|| read.into_owned())
}

/// The body with links whose address appears once: a link around a picture without words shows its address, and a link
/// whose text is its address does not need a second one. `None` if there are no such links.
pub(super) fn link_words(html: &str, regions: &[Region]) -> Option<String> {
    let bytes = html.as_bytes();
    let mut out = String::new();
    let mut copied = 0;
    let mut open: Option<OpenLink> = None;
    for region in regions.iter().filter(|region| !region.conditional) {
        match region.kind {
            RegionKind::Text => {
                if let Some(link) = &mut open {
                    link.text.push_str(&htmlize::unescape(html.get(region.span.range()).unwrap_or_default()));
                }
            }
            RegionKind::StartTag => match &*bytes[scan::tag_name(bytes, region.span).range()].to_ascii_lowercase() {
                b"a" => open = OpenLink::read(html, region),
                b"img" => {
                    if let Some(link) = &mut open {
                        link.text.push_str(&alternative(html, region));
                        link.has_picture = true;
                    }
                }
                // An area of a picture leads somewhere too, but no layout shows it.
                b"area" => {
                    if let Some(area) = OpenLink::read(html, region) {
                        out.push_str(html.get(copied..region.span.start as usize).unwrap_or_default());
                        let words = alternative(html, region);
                        let address =
                            if words.is_empty() { area.address } else { format!("{words} <{}>", area.address) };
                        out.push_str("<p>");
                        escape_into(&address, &mut out);
                        out.push_str("</p>");
                        copied = region.span.end as usize;
                    }
                }
                _ => {}
            },
            RegionKind::EndTag if is_anchor(bytes, region) => {
                let Some(link) = open.take() else { continue };
                let text = link.text.trim();
                let is_bare = text.is_empty() && link.has_picture;
                if !is_bare && !link.is_said_by(text) {
                    continue;
                }
                // The layout treats a link without an address as text.
                out.push_str(html.get(copied..link.attribute.start as usize).unwrap_or_default());
                out.push_str("data-href");
                copied = link.attribute.end as usize;
                if is_bare {
                    out.push_str(html.get(copied..region.span.start as usize).unwrap_or_default());
                    escape_into(&link.address, &mut out);
                    copied = region.span.start as usize;
                }
            }
            _ => {}
        }
    }
    (copied > 0).then(|| out + html.get(copied..).unwrap_or_default())
}

fn is_anchor(bytes: &[u8], region: &Region) -> bool {
    bytes[scan::tag_name(bytes, region.span).range()].eq_ignore_ascii_case(b"a")
}

/// The alternative text of a picture.
pub(super) fn alternative(html: &str, region: &Region) -> String {
    let bytes = html.as_bytes();
    let is_alt = |name: Span| bytes[name.range()].eq_ignore_ascii_case(b"alt");
    let alt = scan::attributes(bytes, region.span).find(|attribute| is_alt(attribute.name));
    let value = alt.and_then(|alt| alt.value).and_then(|value| html.get(value.range()));
    htmlize::unescape_attribute(value.unwrap_or_default()).into_owned()
}

/// A link that is still open.
struct OpenLink {
    address: String,
    /// The name of the attribute with the address.
    attribute: Span,
    text: String,
    has_picture: bool,
}

impl OpenLink {
    fn read(html: &str, region: &Region) -> Option<OpenLink> {
        let bytes = html.as_bytes();
        let is_href = |name: Span| bytes[name.range()].eq_ignore_ascii_case(b"href");
        let href = scan::attributes(bytes, region.span).find(|attribute| is_href(attribute.name))?;
        let address = htmlize::unescape_attribute(html.get(href.value?.range())?).trim().to_owned();
        let is_empty = address.is_empty();
        (!is_empty).then_some(OpenLink { address, attribute: href.name, text: String::new(), has_picture: false })
    }

    /// Whether the text of the link is its address.
    fn is_said_by(&self, text: &str) -> bool {
        let bare = |scheme: &str| {
            let head = self.address.get(..scheme.len()).filter(|head| head.eq_ignore_ascii_case(scheme));
            head.map(|_| &self.address[scheme.len()..])
        };
        let text = text.strip_prefix('<').and_then(|text| text.strip_suffix('>')).unwrap_or(text);
        let whole = |address: &str| address.strip_suffix('/').map(str::to_owned).unwrap_or_else(|| address.to_owned());
        whole(text) == whole(&self.address) || bare("mailto:") == Some(text) || bare("tel:") == Some(text)
    }
}
