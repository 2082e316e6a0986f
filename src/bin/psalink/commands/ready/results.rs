//! A message before and after: the result for each of its files.

use std::path::Path;

use psalink::session::Finished;
use psalink::source::edit;
use psalink::{Error, Source, SourceKind, Template};

use super::messages::MessageFiles;
use crate::paths::show;
use crate::transform::destination::companions;

/// A message as it was read, with the bytes of the files that may be changed: HTML body, text, subject.
pub struct ReadMessage {
    pub files: MessageFiles,
    pub template: Template,
    pub before: [Option<Vec<u8>>; 3],
}

/// The result for one file of a message.
pub struct FileResult<'a> {
    pub input: usize,
    source: &'a Source,
    /// The original bytes of the file; `None` if it is composed.
    pub before: Option<&'a [u8]>,
    pub after: Vec<u8>,
    /// The subject from the settings at its top.
    pub subject: Option<String>,
    /// The text-only body from the settings at its top.
    pub text: Option<String>,
}

/// The result for each file of a message, the body first.
pub fn results(message: &ReadMessage, finished: Finished) -> Vec<FileResult<'_>> {
    let ReadMessage { files, template, before } = message;
    let Finished { html, mut text, mut subject, work, .. } = finished;
    // A part without its own file comes from the settings at the top of the first file.
    let from_settings = |file: Option<usize>, part: &mut Option<Vec<u8>>| {
        let bytes = if file.is_none() { part.take() } else { None };
        bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    };
    let settings_text = from_settings(files.text, &mut text);
    let settings_subject = from_settings(files.subject, &mut subject);
    let parts = [
        (files.html, &template.html, html),
        (files.text, &template.text, text),
        (files.subject, &template.subject, subject),
    ];
    let mut results: Vec<FileResult<'_>> = Vec::new();
    for ((input, file, after), before) in parts.into_iter().zip(before) {
        let (Some(input), Some(file), Some(after)) = (input, file, after) else { continue };
        let after = before.clone().filter(|_| work.is_nothing()).unwrap_or(after);
        let (subject, text) = (None, None);
        results.push(FileResult { input, source: &file.source, before: before.as_deref(), after, subject, text });
    }
    if let Some(first) = results.first_mut() {
        (first.text, first.subject) = (settings_text, settings_subject);
    }
    results
}

impl FileResult<'_> {
    /// Whether the file would change; `None` if it is composed, and thus always rebuilt.
    pub fn is_changed(&self) -> Option<bool> {
        self.before.map(|before| before != self.after)
    }

    /// The changes to the file called `name`, including new files next to it.
    pub fn diff(&self, name: &str) -> Result<String, Error> {
        let source = self.source;
        let after = Source::read(source.name(), self.after.clone(), source.kind(), Some(source.encoding()))?;
        let name = name.trim_start_matches('/');
        let mut diff = edit::diff(name, source, &after);
        let (subject, text) = companions(Path::new(name));
        for (path, content, kind) in
            [(subject, &self.subject, SourceKind::Subject), (text, &self.text, SourceKind::Text)]
        {
            let Some(content) = content else { continue };
            let path = show(&path);
            let [none, new] = ["", content].map(|text| Source::from_text(&path, text, kind));
            diff += &edit::diff(&path, &none, &new).replacen(&format!("--- a/{path}\n"), "--- /dev/null\n", 1);
        }
        Ok(diff)
    }
}
