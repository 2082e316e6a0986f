//! The files of each message of a run: what stops one of them stops all of them.

use std::collections::HashMap;

use psalink::{SourceKind, file_names};

use crate::inputs::input::Found;
use crate::workers::Job;

/// The files of one message among the templates of a run, by their indexes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MessageFiles {
    pub html: Option<usize>,
    pub text: Option<usize>,
    pub subject: Option<usize>,
}

/// All messages of a run, by the index of their first file.
#[derive(Debug, Default)]
pub struct Messages {
    firsts: Vec<usize>,
    files: HashMap<usize, MessageFiles>,
}

impl Messages {
    /// Puts together what belongs together: `note.html`, `note.txt` and `note.subject.txt`.
    pub fn of(found: &Found) -> Messages {
        let mut messages = Messages::default();
        let mut known: HashMap<(&str, usize), usize> = HashMap::new();
        for (index, input) in found.inputs.iter().enumerate() {
            let first = *known.entry((file_names::stem(&input.name), input.settings)).or_insert(index);
            let files = messages.files.entry(first).or_default();
            let place = files.place(input.kind);
            if place.is_none() {
                *place = Some(index);
            }
            // Of two bodies of one name, `note.htm` is a message of its own.
            if *place != Some(index) {
                *messages.files.entry(index).or_default().place(input.kind) = Some(index);
                messages.firsts.push(index);
            } else if first == index {
                messages.firsts.push(index);
            }
        }
        messages
    }

    /// A job for each message, one dialect of the command line after the other.
    pub fn jobs(&self, dialects: usize) -> Vec<Job> {
        let of_dialect = |dialect| self.firsts.iter().map(move |&input| Job { input, dialect });
        (0..dialects).flat_map(of_dialect).collect()
    }

    /// The files of a job.
    pub fn files(&self, job: Job) -> MessageFiles {
        self.files.get(&job.input).copied().unwrap_or_default()
    }
}

impl MessageFiles {
    /// All of them, the body first.
    pub fn all(self) -> impl Iterator<Item = usize> {
        [self.html, self.text, self.subject].into_iter().flatten()
    }

    fn place(&mut self, kind: SourceKind) -> &mut Option<usize> {
        match kind {
            SourceKind::Html => &mut self.html,
            SourceKind::Text => &mut self.text,
            SourceKind::Subject => &mut self.subject,
        }
    }
}
