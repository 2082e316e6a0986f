//! Links that are right, remembered from one template to the next.

use std::collections::HashMap;
use std::sync::Arc;

use crate::document::{Document, LinkSpan, Place};
use crate::scan::Quote;
use crate::settings::Settings;

/// Links with which nothing was wrong: in a folder of templates most are the same few.
#[derive(Default)]
pub(crate) struct CleanLinks {
    settings: Option<Settings>,
    links: HashMap<Vec<u8>, CleanLink, foldhash::fast::FixedState>,
}

#[derive(Clone)]
pub(crate) struct CleanLink {
    pub(crate) leads_to_ticket: bool,
    pub(crate) text: Arc<str>,
}

impl CleanLinks {
    /// Links that are remembered.
    const LIMIT: usize = 10_000;

    /// What the verdict on a link depends on beside the settings: its bytes, and how its place is read. A placeholder
    /// that goes on behind the link is another matter.
    pub(crate) fn key(document: &Document, at: &LinkSpan) -> Option<Vec<u8>> {
        let bytes = &document.source().bytes()[at.span.range()];
        let is_read = match at.place {
            Place::Attribute(attribute) if attribute.quote == Quote::None => return None,
            Place::Attribute(_) => b'a',
            Place::Text => b't',
            _ => b'p',
        };
        let may = bytes.len() <= 1024 && (document.source().is_utf8() || bytes.is_ascii());
        may.then(|| {
            let mut key = Vec::with_capacity(bytes.len() + 1);
            key.push(is_read);
            key.extend_from_slice(bytes);
            key
        })
    }

    pub(crate) fn find(&mut self, settings: &Settings, key: Option<&[u8]>) -> Option<&CleanLink> {
        if self.settings.as_ref() != Some(settings) {
            self.settings = Some(settings.clone());
            self.links.clear();
        }
        self.links.get(key?)
    }

    pub(crate) fn remember(&mut self, key: Vec<u8>, link: CleanLink) {
        if self.links.len() < CleanLinks::LIMIT {
            self.links.insert(key, link);
        }
    }
}
