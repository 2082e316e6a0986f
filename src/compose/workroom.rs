//! Templates that are put together in another process: what goes there, and what comes back.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::composed::Composed;
use super::loader::{Composer, File};
use super::order::Composition;
use super::room::Workroom;
use super::source_map::{Origins, Segment};
use super::wrong::Wrong;
use crate::error::{Error, ErrorKind};
use crate::source::{Source, SourceKind};

/// What goes there.
#[derive(Serialize)]
struct Sent<'a> {
    run: u64,
    order: &'a Composition,
}

/// The same, as it arrives.
#[derive(Deserialize)]
struct Arrived {
    run: u64,
    order: Composition,
}

/// A template that was put together, as it comes back. The source itself is known where it comes to.
#[derive(Serialize, Deserialize)]
struct Finished {
    text: String,
    /// The files that were used, without the source itself.
    files: Vec<File>,
    segments: Vec<Segment>,
}

impl Composer {
    /// Lets a workroom put templates together, and not this process.
    pub fn in_workroom(room: Arc<dyn Workroom>) -> Composer {
        Composer::of_room(room)
    }

    /// Fills an order that a [`Workroom`] was given, and answers what it is to give back. An order that cannot be read
    /// is answered as well.
    pub fn fill_order(&mut self, order: &[u8]) -> Vec<u8> {
        let answer: Result<Finished, Wrong> = match serde_json::from_slice::<Arrived>(order) {
            Ok(arrived) => {
                self.begin_run(arrived.run);
                let composed = arrived.order.fill(self);
                composed.map(Finished::from).map_err(|error| Wrong::from(&error))
            }
            Err(error) => Err(Wrong::from(&Error::new(ErrorKind::Template, format!("the order is wrong: {error}")))),
        };
        // Text and numbers can always be written.
        serde_json::to_vec(&answer).unwrap_or_default()
    }
}

/// Lets a workroom put a template together.
pub(super) fn send(room: &dyn Workroom, order: &Composition, composer: &Composer) -> Result<Composed, Error> {
    let name = order.root.name();
    let written = serde_json::to_vec(&Sent { run: composer.run(), order }).map_err(|error| {
        let detail = format!("psalink cannot build templates in this folder: {error}");
        Error::new(ErrorKind::Template, detail).at(name)
    })?;
    let answer = room.bring(name, written)?;
    let misread = |why: String| {
        let detail = format!("psalink failed on this template ({why}); this is a bug, please report it");
        Error::new(ErrorKind::Template, detail).at(name)
    };
    let answer: Result<Finished, Wrong> =
        serde_json::from_slice(&answer).map_err(|error| misread(error.to_string()))?;
    let Finished { text, files, segments } = answer.map_err(Wrong::into_error)?;
    let files = files.into_iter().map(|file| composer.known(file).source);
    let files: Vec<Arc<Source>> = std::iter::once(Arc::clone(&order.root.source)).chain(files).collect();
    let origins = Origins::of(files, segments, text.len()).ok_or_else(|| misread("places".to_owned()))?;
    Ok(Composed { source: Source::from_text(name, &text, order.root.source.kind()), origins })
}

impl From<Composed> for Finished {
    fn from(composed: Composed) -> Finished {
        let (files, segments) = composed.origins.into_parts();
        let files = files.into_iter().skip(1).map(|source| File { source }).collect();
        Finished { text: String::from_utf8_lossy(composed.source.bytes()).into_owned(), files, segments }
    }
}

/// A file as it goes from one process to the other: its name, its kind and its text.
#[derive(Serialize, Deserialize)]
struct Written<'a> {
    name: std::borrow::Cow<'a, str>,
    kind: u8,
    text: std::borrow::Cow<'a, str>,
}

impl Serialize for File {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let kind = match self.source.kind() {
            SourceKind::Html => 0,
            SourceKind::Text => 1,
            SourceKind::Subject => 2,
        };
        let text = String::from_utf8_lossy(self.source.bytes());
        Written { name: self.name().into(), kind, text }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for File {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<File, D::Error> {
        let Written { name, kind, text } = Written::deserialize(deserializer)?;
        let kind = match kind {
            1 => SourceKind::Text,
            2 => SourceKind::Subject,
            _ => SourceKind::Html,
        };
        Ok(File { source: Arc::new(Source::from_text(&name, text, kind)) })
    }
}

#[cfg(test)]
mod tests {
    use super::super::wrong::KINDS;
    use super::*;

    #[test]
    fn errors_keep_all_their_parts_on_the_way() {
        for kind in KINDS {
            let error = Error::new(kind, "wrong").at("a.html.j2").at_place(3, 4);
            let back = Wrong::from(&error).into_error();
            assert_eq!((back.kind(), back.to_string()), (kind, error.to_string()));
        }
        assert_eq!(Wrong::from(&Error::new(ErrorKind::Io, "x")).into_error().to_string(), "x");
    }

    #[test]
    fn an_order_that_cannot_be_read_is_answered() {
        let answer = Composer::default().fill_order(b"{");
        assert!(String::from_utf8_lossy(&answer).contains("the order is wrong"));
    }
}
