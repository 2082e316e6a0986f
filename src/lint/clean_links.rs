//! Remembers correct links: a template, and a folder of templates, mostly repeats the same few.

use std::collections::HashMap;

use crate::config::per_settings::PerSettings;
use crate::config::settings::Settings;
use crate::html::scan::Quote;
use crate::parse::deep_link::DeepLink;
use crate::parse::document::{AttributeRole, Document, LinkSpan, Place};

/// Links without findings, and what is remembered about each.
#[derive(Debug)]
pub(crate) struct CleanLinks<T>(PerSettings<Links<T>>);

/// Links by their bytes, separated by how their place is read: in an attribute, in HTML text, in plain text.
#[derive(Debug)]
struct Links<T>([HashMap<Box<[u8]>, T, foldhash::fast::FixedState>; 3]);

impl<T> Default for Links<T> {
    fn default() -> Links<T> {
        Links(Default::default())
    }
}

impl<T> Default for CleanLinks<T> {
    fn default() -> CleanLinks<T> {
        CleanLinks(PerSettings::default())
    }
}

impl<T> CleanLinks<T> {
    /// How many links of each kind are remembered under the same settings.
    const LIMIT: usize = 4_000;

    /// Switches to the settings by which links are judged from now on.
    pub(crate) fn begin(&mut self, settings: &Settings) {
        self.0.begin(settings);
    }

    /// What is remembered about a link. Apart from the settings, the verdict depends on its bytes and on how its place
    /// is read.
    pub(crate) fn find(&self, document: &Document, at: &LinkSpan) -> Option<&T> {
        let (bytes, place) = key(document, at)?;
        self.0.get()?.0[place].get(bytes)
    }

    /// Remembers a link without findings, unless the rest of its template has a part in that: a `<base>` completes an
    /// address without a host, and one that ends with `=` may have lost its quote.
    pub(crate) fn remember(&mut self, document: &Document, read: &DeepLink, link: T) {
        let depends_on_template = read.slip.is_some() || read.text().ends_with('=');
        if let Some((bytes, place)) = key(document, &read.at).filter(|_| !depends_on_template)
            && let Some(Links(links)) = self.0.get_mut()
            && links[place].len() < CleanLinks::<T>::LIMIT
        {
            links[place].insert(bytes.into(), link);
        }
    }
}

/// The bytes of a link, and how its place is read. A placeholder may continue after an unquoted link, and in other
/// encodings the same bytes are different characters; such links are checked every time.
fn key<'d>(document: &'d Document, at: &LinkSpan) -> Option<(&'d [u8], usize)> {
    let bytes = &document.source().bytes()[at.span.range()];
    let place = match at.place {
        Place::Attribute(attribute) if attribute.quote == Quote::None => return None,
        // A page is not an image, and few links are where one belongs.
        Place::Attribute(attribute) if attribute.role == AttributeRole::Address => return None,
        Place::Attribute(_) => 0,
        Place::Text => 1,
        _ => 2,
    };
    let may = bytes.len() <= 1024 && (document.source().is_utf8() || bytes.is_ascii());
    may.then_some((bytes, place))
}
