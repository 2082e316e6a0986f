//! Composes templates in another process: what is sent there, and what comes back.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::composed::Composed;
use super::loader::{Composer, SourceFile};
use super::order::Composition;
use super::room::Workroom;
use super::source_map::{Origins, Segment};
use super::wrong::Wrong;
use crate::error::{Error, ErrorKind};
use crate::source::{Source, SourceKind};

/// What is sent.
#[derive(Serialize)]
struct OutgoingOrder<'a> {
    run: u64,
    order: &'a Composition,
}

/// The same, as received.
#[derive(Deserialize)]
struct IncomingOrder {
    run: u64,
    order: Composition,
}

/// A composed template, as it comes back. The source itself is already known to the recipient.
#[derive(Serialize, Deserialize)]
struct FinishedAnswer {
    text: String,
    /// The files that were used, except the source itself.
    files: Vec<SourceFile>,
    segments: Vec<Segment>,
}

impl Composer {
    /// A composer that lets a workroom compose templates instead of this process.
    pub fn in_workroom(room: Arc<dyn Workroom>) -> Composer {
        Composer::of_room(room)
    }

    /// Handles an order that a [`Workroom`] received, and returns the answer for it to pass back. An order that cannot
    /// be read also gets an answer.
    pub fn fill_order(&mut self, order: &[u8]) -> Vec<u8> {
        let answer: Result<FinishedAnswer, Wrong> = match serde_json::from_slice::<IncomingOrder>(order) {
            Ok(arrived) => {
                self.begin_run(arrived.run);
                let composed = arrived.order.fill(self);
                composed.map(FinishedAnswer::from).map_err(|error| Wrong::from(&error))
            }
            Err(error) => Err(Wrong::from(&Error::new(ErrorKind::Template, format!("the order is wrong: {error}")))),
        };
        // Text and numbers can always be serialized.
        serde_json::to_vec(&answer).unwrap_or_default()
    }
}

/// Lets a workroom compose a template.
pub(super) fn send(room: &dyn Workroom, order: &Composition, composer: &Composer) -> Result<Composed, Error> {
    let name = order.root.name();
    let written = serde_json::to_vec(&OutgoingOrder { run: composer.run(), order }).map_err(|error| {
        let detail = format!("psalink cannot build templates in this folder: {error}");
        Error::new(ErrorKind::Template, detail).at(name)
    })?;
    let answer = room.bring(name, written)?;
    let misread = |reason: String| {
        let detail = format!("psalink failed on this template ({reason}); this is a bug, please report it");
        Error::new(ErrorKind::Template, detail).at(name)
    };
    let answer: Result<FinishedAnswer, Wrong> =
        serde_json::from_slice(&answer).map_err(|error| misread(error.to_string()))?;
    let FinishedAnswer { text, files, segments } = answer.map_err(Wrong::into_error)?;
    let files = files.into_iter().map(|file| composer.known(file).source);
    let files: Vec<Arc<Source>> = std::iter::once(Arc::clone(&order.root.source)).chain(files).collect();
    let origins = Origins::of(files, segments, text.len()).ok_or_else(|| misread("places".to_owned()))?;
    Ok(Composed { source: Source::from_text(name, &text, order.root.source.kind()), origins })
}

impl From<Composed> for FinishedAnswer {
    fn from(composed: Composed) -> FinishedAnswer {
        let (files, segments) = composed.origins.into_parts();
        let files = files.into_iter().skip(1).map(|source| SourceFile { source }).collect();
        FinishedAnswer { text: String::from_utf8_lossy(composed.source.bytes()).into_owned(), files, segments }
    }
}

/// A file as passed between processes: its name, its kind and its text.
#[derive(Serialize, Deserialize)]
struct Written<'a> {
    name: std::borrow::Cow<'a, str>,
    kind: u8,
    text: std::borrow::Cow<'a, str>,
}

impl Serialize for SourceFile {
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

impl<'de> Deserialize<'de> for SourceFile {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<SourceFile, D::Error> {
        let Written { name, kind, text } = Written::deserialize(deserializer)?;
        let kind = match kind {
            1 => SourceKind::Text,
            2 => SourceKind::Subject,
            _ => SourceKind::Html,
        };
        Ok(SourceFile { source: Arc::new(Source::from_text(&name, text, kind)) })
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
