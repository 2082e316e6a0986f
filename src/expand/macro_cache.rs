//! Remembers expanded link macros from one template to the next.

use std::collections::HashMap;
use std::sync::Arc;

use super::arguments::Checked;
use crate::config::per_settings::PerSettings;
use crate::config::settings::Settings;
use crate::expand::look::Branch;
use crate::parse::document::{Document, Part};
use crate::parse::plain_macro_end;

/// Correct macros by their bytes: a folder of templates mostly repeats the same few.
#[derive(Default)]
pub(crate) struct MacroCache<'v> {
    macros: PerSettings<HashMap<Box<[u8]>, KnownMacro<'v>, foldhash::fast::FixedState>>,
}

/// What is remembered of a macro; spans are relative to its start.
pub(super) struct KnownMacro<'v> {
    pub(super) checked: Checked<'v>,
    /// Its HTML for each branch.
    pub(super) html: [Option<Arc<str>>; 3],
}

impl<'v> MacroCache<'v> {
    /// How many macros are remembered under the same settings.
    const LIMIT: usize = 2_000;

    /// The length of the longest macro that is remembered, in bytes.
    const LONGEST: usize = 1024;

    /// Switches to the settings by which macros are expanded from now on.
    pub(super) fn begin(&mut self, settings: &Settings) {
        self.macros.begin(settings);
    }

    pub(super) fn find(&self, document: &Document, part: &Part) -> Option<&KnownMacro<'v>> {
        self.macros.get()?.get(bytes(document, part))
    }

    pub(super) fn find_mut(&mut self, document: &Document, part: &Part) -> Option<&mut KnownMacro<'v>> {
        self.macros.get_mut()?.get_mut(bytes(document, part))
    }

    /// Remembers a macro, unless its bytes could mean something else in another file.
    pub(super) fn remember(&mut self, document: &Document, part: &Part, checked: &Checked<'v>) {
        let bytes = bytes(document, part);
        let Some(macros) = self.macros.get_mut() else { return };
        let has_room = macros.len() < MacroCache::LIMIT && bytes.len() <= MacroCache::LONGEST;
        if has_room && plain_macro_end(bytes, 0) == Some(bytes.len()) {
            let checked = checked.moved(part.span.start, 0);
            macros.insert(bytes.into(), KnownMacro { checked, html: Default::default() });
        }
    }
}

impl KnownMacro<'_> {
    pub(super) fn html(&mut self, branch: Branch) -> &mut Option<Arc<str>> {
        &mut self.html[branch as usize]
    }
}

fn bytes<'d>(document: &'d Document, part: &Part) -> &'d [u8] {
    &document.source().bytes()[part.span.range()]
}
