//! Where the links of a message are, or may be once it is filled in. Only findings in these places are about a link.

use memchr::memmem;

use crate::lint::tags::Walk;
use crate::parse::document::{Document, PartKind};
use crate::source::SourceKind;
use crate::span::Span;

/// The places of a document that may contain links, in order; adjacent ones are merged.
pub(super) struct AddressPlaces(Vec<Span>);

impl AddressPlaces {
    /// Finds them: the attributes that lead somewhere, the addresses in the text, and the placeholders, whose values may
    /// contain links.
    pub fn of(document: &Document) -> AddressPlaces {
        let source = document.source();
        let bytes = source.bytes();
        let mut places: Vec<Span> = document.links().iter().map(|link| link.span).collect();
        let values = document.parts().iter().filter(|part| matches!(part.kind, PartKind::Placeholder(_)));
        places.extend(values.map(|part| part.span));
        if source.kind() == SourceKind::Html {
            let walk = Walk::of(bytes, document.regions());
            let leading = walk.addresses(bytes).iter().filter(|address| address.leads);
            places.extend(leading.map(|address| Span { start: address.name.start, end: address.value.end }));
        } else if ["http:", "https:", "mailto:", "tel:"]
            .iter()
            .any(|scheme| memmem::find(bytes, scheme.as_bytes()).is_some())
        {
            // In plain text, every address is shown as a link.
            places.push(Span::new(0, bytes.len()));
        }
        places.sort_unstable();
        places.dedup_by(|later, earlier| {
            let is_next = later.start <= earlier.end.saturating_add(1);
            earlier.end = if is_next { earlier.end.max(later.end) } else { earlier.end };
            is_next
        });
        AddressPlaces(places)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a span begins in one of them, or directly after one.
    pub fn has(&self, span: Span) -> bool {
        let after = self.0.partition_point(|place| place.start <= span.start);
        self.0[..after].last().is_some_and(|place| span.start <= place.end.saturating_add(1))
    }
}
