//! What is around a byte: which region, which attribute, which part of the settings at the top.

use crate::html::element::Element;
use crate::html::scan::{self, Attribute, Attributes, Quote, Region, RegionKind};
use crate::parse::document::{AttributePlace, AttributeRole, Place};
use crate::parse::front_matter::FrontMatter;
use crate::source::{Source, SourceKind};

/// Answers what is around a byte; questions must come in ascending order.
pub(crate) struct Places<'a> {
    source: &'a Source,
    regions: &'a [Region],
    front_matter: Option<&'a FrontMatter>,
    region: usize,
    attributes: Option<(usize, Attributes<'a>, Option<Attribute>)>,
}

impl<'a> Places<'a> {
    pub(crate) fn new(source: &'a Source, regions: &'a [Region], front_matter: Option<&'a FrontMatter>) -> Places<'a> {
        Places { source, regions, front_matter, region: 0, attributes: None }
    }

    /// The place, whether it is in a conditional comment, and where a macro that starts there must have ended.
    pub(crate) fn at(&mut self, at: usize) -> (Place, bool, usize) {
        let bytes = self.source.bytes();
        if let Some(settings) = self.front_matter
            && at < settings.span.end as usize
        {
            if let Some(text) = settings.text
                && text.contains(at)
            {
                return (Place::PlainText, false, text.end as usize);
            }
            return match &settings.subject {
                Some((_, subject)) if subject.contains(at) => (Place::Subject, false, subject.end as usize),
                _ => (Place::FrontMatter, false, settings.span.end as usize),
            };
        }
        match self.source.kind() {
            SourceKind::Text => return (Place::PlainText, false, bytes.len()),
            SourceKind::Subject => return (Place::Subject, false, bytes.len()),
            SourceKind::Html => {}
        }
        let ends = |region: &Region| region.span.end as usize <= at;
        // There are many regions between two questions.
        while self.regions.get(self.region + 7).is_some_and(ends) {
            self.region += 8;
        }
        while self.regions.get(self.region).is_some_and(ends) {
            self.region += 1;
        }
        let Some(region) = self.regions.get(self.region) else { return (Place::Text, false, bytes.len()) };
        let end = region.span.end as usize;
        match region.kind {
            // A macro in text may contain tags, and an editor may have put tags into a placeholder.
            RegionKind::Text => (Place::Text, region.conditional, bytes.len()),
            RegionKind::StartTag => {
                let (place, limit) = self.in_tag(at, *region);
                (place, region.conditional, limit)
            }
            RegionKind::RawText => {
                let tag = self.region.checked_sub(1).map(|index| self.regions[index]);
                let is_style = tag.is_some_and(|tag| tag.element == Element::Style);
                (if is_style { Place::Style } else { Place::Script }, region.conditional, end)
            }
            kind => (kind.place(), region.conditional, end),
        }
    }

    fn in_tag(&mut self, at: usize, region: Region) -> (Place, usize) {
        let bytes = self.source.bytes();
        let tag = region.span;
        if self.attributes.as_ref().is_none_or(|(region, _, _)| *region != self.region) {
            self.attributes = Some((self.region, scan::attributes(bytes, tag), None));
        }
        let Some((_, iter, current)) = &mut self.attributes else { return (Place::Markup, tag.end as usize) };
        let ends = |attribute: &Attribute| attribute.value.map_or(attribute.name.end, |value| value.end) as usize;
        while current.as_ref().is_none_or(|attribute| ends(attribute) <= at) {
            match iter.next() {
                Some(next) => *current = Some(next),
                None => return (Place::Markup, tag.end as usize),
            }
        }
        match current {
            Some(Attribute { name, value: Some(value), quote }) if value.contains(at) => {
                let role = role(bytes, region, &bytes[name.range()]);
                let place = AttributePlace { tag, name: *name, value: *value, quote: *quote, role };
                // `href=[Ticket: ID]`: an unquoted value ends at the space, the macro ends at its bracket.
                let limit = match quote {
                    Quote::None => tag.end as usize - usize::from(bytes[tag.end as usize - 1] == b'>'),
                    _ => value.end as usize,
                };
                (Place::Attribute(place), limit.max(value.end as usize))
            }
            _ => (Place::Markup, tag.end as usize),
        }
    }
}

/// What the value of an attribute is for.
fn role(bytes: &[u8], tag: Region, attribute: &[u8]) -> AttributeRole {
    let is_named = |name: &str| attribute.eq_ignore_ascii_case(name.as_bytes());
    if is_named("href") {
        let is_shape = |name: &[u8]| name.len() > 2 && matches!(name[0] | 0x20, b'v' | b'o' | b'w');
        let leads = match tag.element {
            Element::A | Element::Area => true,
            Element::Prefixed => is_shape(&bytes[scan::tag_name(bytes, tag.span).range()]),
            _ => false,
        };
        return if leads { AttributeRole::Link } else { AttributeRole::Address };
    }
    let addresses =
        ["src", "action", "background", "cite", "data", "formaction", "longdesc", "poster", "srcset", "xlink:href"];
    if addresses.into_iter().any(is_named) { AttributeRole::Address } else { AttributeRole::Other }
}
