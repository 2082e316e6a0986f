//! A message before and after: what each of its files becomes.

use std::path::Path;

use psalink::session::Finished;
use psalink::source::edit;
use psalink::{Error, Source, SourceKind, Template};

use super::messages::MessageFiles;
use crate::paths::show;
use crate::transform::destination::companions;

/// A message as it was read, with the bytes of those of its files that may be changed: HTML body, text, subject.
pub struct ReadMessage {
    pub files: MessageFiles,
    pub template: Template,
    pub before: [Option<Vec<u8>>; 3],
}

/// What one file of a message becomes.
pub struct FileResult<'a> {
    pub input: usize,
    source: &'a Source,
    /// The bytes of the file; none of one that was put together.
    pub before: Option<&'a [u8]>,
    pub after: Vec<u8>,
    /// The subject of the settings at its top.
    pub subject: Option<String>,
    /// The text-only body of the settings at its top.
    pub text: Option<String>,
}

/// What each file of a message becomes, the body first.
pub fn results(message: &ReadMessage, finished: Finished) -> Vec<FileResult<'_>> {
    let ReadMessage { files, template, before } = message;
    let Finished { html, mut text, mut subject, work, .. } = finished;
    // What has no file of its own comes from the settings at the top of the first file.
    let told = |file: Option<usize>, part: &mut Option<Vec<u8>>| {
        let bytes = if file.is_none() { part.take() } else { None };
        bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    };
    let (told_text, told_subject) = (told(files.text, &mut text), told(files.subject, &mut subject));
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
        (first.text, first.subject) = (told_text, told_subject);
    }
    results
}

impl FileResult<'_> {
    /// Whether the file would change; none of one that was put together, which is always written anew.
    pub fn is_changed(&self) -> Option<bool> {
        self.before.map(|before| before != self.after)
    }

    /// The changes, with the files that are new next to it; `name` is that of the file.
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
