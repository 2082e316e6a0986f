//! The links of a template, each from its start tag to its end tag.

use crate::html::element::{Element, Elements};
use crate::html::scan::{Region, RegionKind};
use crate::lint::{Anchor, Context};
use crate::span::Span;

const LINK: Elements = Elements::of(&[Element::A]);

impl<'a> Context<'a> {
    /// The `<a>` elements of the template, in order.
    pub fn anchors(&self) -> &[Anchor] {
        self.anchors.get_or_init(|| {
            let mut anchors: Vec<Anchor> = Vec::new();
            // Anchors that are open to other programs, and to Outlook, which alone sees inside conditional comments.
            let mut open: [Vec<usize>; 2] = Default::default();
            let mut markers = self.markers().filter_map(|(index, region)| match region.kind {
                RegionKind::RevealedOpen => Some((index, true)),
                RegionKind::RevealedClose => Some((index, false)),
                _ => None,
            });
            let mut marker = markers.next();
            let mut revealed = false;
            for tag in self.walk().of_elements(LINK) {
                while let Some((_, opens)) = marker.filter(|(index, _)| *index < tag.region as usize) {
                    revealed = opens;
                    marker = markers.next();
                }
                let reader = usize::from(tag.conditional);
                let sees = [!tag.conditional, tag.conditional || !revealed];
                for (reading, open) in open.iter_mut().enumerate().filter(|(reading, _)| sees[*reading]) {
                    if tag.is_end {
                        let Some(index) = open.pop() else { continue };
                        if usize::from(anchors[index].tag.conditional) == reading {
                            anchors[index].end = Some(tag.region);
                        }
                        continue;
                    }
                    if let Some(&outer) = open.last() {
                        anchors[outer].holds_anchor = true;
                    }
                    if reading == reader {
                        let href = self.attribute(tag, "href").and_then(|href| href.value);
                        let outer = open.last().map(|outer| *outer as u32);
                        open.push(anchors.len());
                        anchors.push(Anchor { tag: *tag, href, end: None, outer, holds_anchor: false });
                    } else {
                        open.push(anchors.len() - 1);
                    }
                }
            }
            anchors
        })
    }

    /// What is between the tags of an anchor that is closed and contains no other anchor; these never overlap.
    pub fn between(&self, anchor: &Anchor) -> Option<&'a [Region]> {
        let end = anchor.end.filter(|_| !anchor.holds_anchor)?;
        self.document.regions().get(anchor.tag.region as usize + 1..end as usize)
    }

    /// The first byte of the text of such an anchor, without white space.
    pub fn first_byte(&self, anchor: &Anchor) -> Option<u8> {
        let mut regions = self.between(anchor)?.iter();
        regions.find_map(|region| {
            let sees = region.conditional == anchor.tag.conditional && region.kind == RegionKind::Text;
            self.slice(region.span).trim_ascii_start().first().copied().filter(|_| sees)
        })
    }

    /// The text of such an anchor as readers see it, with its place; `None` if it has no text.
    pub fn anchor_text(&self, anchor: &Anchor) -> Option<(Span, String)> {
        let sees = |region: &&Region| region.conditional == anchor.tag.conditional && region.kind == RegionKind::Text;
        let mut place: Option<Span> = None;
        let mut text = String::new();
        for region in self.between(anchor)?.iter().filter(sees) {
            let written = self.trim(region.span);
            if !written.is_empty() {
                place = Some(Span { start: place.map_or(written.start, |place| place.start), end: written.end });
            }
            text.push_str(&htmlize::unescape(self.document.text(region.span)));
        }
        Some((place?, text.trim().to_owned()))
    }
}
