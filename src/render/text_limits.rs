//! Whether the text layout library can handle a body with little time and memory.

use std::collections::HashMap;

use html2text::config;

use super::style_sheets::Elements;
use crate::html::elements::is_void;
use crate::html::scan::{self, Attribute, Region, RegionKind};
use crate::span::Span;

/// How deeply elements may be nested; the library takes quadratic time.
const DEEPEST: usize = 200;

/// How many attributes a tag may have; they are compared with each other.
const ATTRIBUTES: usize = 500;

/// The maximum weight of a body: 32 MB of memory, at about 20 bytes per unit.
const HEAVIEST: usize = 1_600_000;
const ELEMENT: usize = 150;
/// The weight of a comment or a declaration.
const NODE: usize = 40;
const LINE: usize = 20;

/// The largest number that a list may start with.
const NUMBERED: i64 = 1_000_000_000;

/// Checks a body. Returns its elements, or `None` if it is too much.
pub(super) fn elements<'a>(html: &'a str, regions: &[Region]) -> Option<Elements<'a>> {
    let bytes = html.as_bytes();
    let mut elements = Elements::default();
    let mut open: HashMap<Vec<u8>, usize> = HashMap::new();
    let (mut depth, mut tags) = (0, 0);
    let mut weight = html.len() + LINE * memchr::memchr_iter(b'\n', bytes).count();
    for region in regions {
        let name = || bytes[scan::tag_name(bytes, region.span).range()].to_ascii_lowercase();
        match region.kind {
            RegionKind::StartTag => {
                let name = name();
                let is_list = name == b"ol";
                elements.add(&name);
                if !is_void(&name) {
                    *open.entry(name).or_default() += 1;
                    depth += 1;
                    tags += 1;
                    elements.depth = elements.depth.max(depth);
                }
                for (index, attribute) in scan::attributes(bytes, region.span).enumerate() {
                    if index >= ATTRIBUTES || is_list && is_far(html, attribute) {
                        return None;
                    }
                    elements.add_attribute(html, attribute);
                }
                weight += ELEMENT;
            }
            // An end tag closes an open element; without one, it may create an element.
            RegionKind::EndTag => match open.get_mut(&name()).filter(|times| **times > 0) {
                Some(times) => {
                    *times -= 1;
                    depth -= 1;
                }
                None => weight += ELEMENT,
            },
            RegionKind::Text => {}
            _ => weight += NODE,
        }
        if depth > DEEPEST || weight > HEAVIEST {
            return None;
        }
    }
    // An end tag may close a different element than it seems to, or none; only the real tree tells.
    match tags > DEEPEST && tree_is_deeper_than(html, DEEPEST) {
        true => None,
        false => Some(elements),
    }
}

fn tree_is_deeper_than(html: &str, limit: usize) -> bool {
    let Ok(tree) = config::plain().parse_html(html.as_bytes()) else { return true };
    let mut nodes = vec![(tree.document.clone(), 0)];
    while let Some((node, depth)) = nodes.pop() {
        // The document, `html` and `body` contain everything.
        if depth > limit + 3 {
            return true;
        }
        nodes.extend(node.children.borrow().iter().map(|child| (child.clone(), depth + 1)));
    }
    false
}

/// Whether a list starts with a number that is too large to count from.
fn is_far(html: &str, attribute: Attribute) -> bool {
    let text = |span: Span| html.get(span.range()).unwrap_or_default();
    let start = attribute.value.filter(|_| text(attribute.name).eq_ignore_ascii_case("start"));
    let number = start.and_then(|value| htmlize::unescape_attribute(text(value)).trim().parse::<i64>().ok());
    number.is_some_and(|number| number.unsigned_abs() > NUMBERED.unsigned_abs())
}
