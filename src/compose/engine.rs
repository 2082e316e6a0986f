//! Renders the parts of one template: the settings at its top, its body, and the layouts around it.

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;

use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value};

use super::carried;
use super::loader::{Composer, Library, LineColumn, SourceFile, TOP};
use super::source_map::RenderedText;
use super::values::{self, Values};
use super::{explain, front_matter};
use crate::error::{Error, ErrorKind};
use crate::parse::front_matter::FrontMatter;
use crate::source::reading::Reading;
use crate::source::{Source, SourceKind};

/// How much work one text may take: some seconds on a slow computer, and more than any message needs.
const FUEL: u64 = 1_000_000;

/// How deeply files and loops may be nested.
const DEPTH: usize = 300;

/// The largest text that may result, in bytes.
const LARGEST: usize = 16 << 20;

/// A body that no template has.
const OTHER_BODY: &str = "\u{E000}";

/// What is needed to compose one template.
pub(super) struct Engine {
    environment: Environment<'static>,
    library: Arc<Library>,
    values: Arc<Values>,
}

/// The delimiters of sources.
pub(super) fn syntax() -> SyntaxConfig {
    let mut syntax = SyntaxConfig::builder();
    syntax.trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true);
    // Only custom delimiters can be invalid.
    syntax.build().unwrap_or_default()
}

impl Engine {
    /// `project` is the folder of psalink.yaml.
    pub fn new(values: &Values, project: &Path, reading: &Reading, composer: &Composer, root: SourceFile) -> Engine {
        let values = Arc::new(values.clone());
        let library = Arc::new(Library::new(project, reading, composer, root));
        let mut environment = Environment::new();
        environment.set_syntax(syntax());
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_debug(true); // makes errors include the bytes that they refer to
        environment.set_fuel(Some(FUEL));
        environment.set_recursion_limit(DEPTH);
        let root_kind = library.root.source.kind();
        environment.set_auto_escape_callback(move |key| match key.ends_with(TOP) {
            false if is_html(key, root_kind) => AutoEscape::Html,
            _ => AutoEscape::None,
        });
        values::install(&mut environment, &values);
        let joining = Arc::clone(&library);
        environment.set_path_join_callback(move |name, parent| Cow::Owned(joining.join(name, parent)));
        let loading = Arc::clone(&library);
        environment.set_loader(move |key| loading.load(key).map_err(carried::carry));
        Engine { environment, library, values }
    }

    /// The settings at the top of the template.
    fn top(&self) -> Result<RenderedText, Error> {
        let key = format!("{}{TOP}", self.library.root.name());
        self.render(&key, self.values.context(None, None))
    }

    /// The settings at the top of the template, as text and parsed.
    pub fn settings(&self) -> Result<(RenderedText, Option<FrontMatter>), Error> {
        let root = &self.library.root;
        let text = self.top()?;
        let rendered = Source::from_text(root.name(), text.text(), root.source.kind());
        let settings = FrontMatter::read(&rendered).map_err(|error| self.placed(error, &rendered, &text))?;
        Ok((text, settings))
    }

    /// The body of the template.
    pub fn body(&self, subject: Option<Value>) -> Result<RenderedText, Error> {
        self.render(self.library.root.name(), self.values.context(subject, None))
    }

    /// A body in its layout, which may itself be in a layout.
    pub fn set_in(
        &self,
        layout: &str,
        mut place: LineColumn,
        mut body: RenderedText,
        subject: Option<Value>,
    ) -> Result<RenderedText, Error> {
        let mut layout = layout.to_owned();
        let mut chain = vec![self.library.root.name().to_owned()];
        loop {
            let user = chain.last().cloned().unwrap_or_default();
            let wrong =
                |detail: String| Error::new(ErrorKind::Template, detail).at(user.clone()).at_place(place.0, place.1);
            let key = self.library.join(&layout, &user);
            if let Some(detail) = self.library.lost_detail(&key) {
                return Err(wrong(detail));
            }
            if let Some(at) = chain.iter().position(|known| *known == key) {
                chain.push(key);
                return Err(wrong(explain::ring_detail(&chain[at..])));
            }
            let file = self.library.file(&key)?;
            let is_html = is_html(&key, self.library.root.source.kind());
            let value = match is_html {
                true => Value::from_safe_string(body.text().to_owned()),
                false => Value::from(body.text()),
            };
            let around = self.render(&key, self.values.context(subject.clone(), Some(value)))?;
            if !body.text().trim().is_empty() && self.drops_body(&key, &around, subject.clone()) {
                let root = self.library.root.name();
                let mail = if user == root { String::new() } else { format!(" of `{root}`") };
                return Err(wrong(format!(
                    "the layout `{key}` does not include the text of the template, so the message{mail} would be sent \
                     without it; write `{{{{ body }}}}` in `{key}` where the text belongs"
                )));
            }
            body = around.with_body(body);
            match self.layout_of(&file)? {
                None => return Ok(body),
                Some((next, at)) => (layout, place) = (next, at),
            }
            chain.push(key);
        }
    }

    /// The template's own file, and the files that were used, in order of first use.
    pub fn files(&self) -> Vec<SourceFile> {
        let used: Vec<String> = self.library.log().uses.iter().map(|(_, used)| used.clone()).collect();
        let used = used.iter().filter_map(|key| self.library.file(key).ok());
        std::iter::once(self.library.root.clone()).chain(used).collect()
    }

    /// Where a key is in the settings at the top of the template.
    pub fn place_of_key(&self, key: &[u8]) -> LineColumn {
        place_of_key(&self.library.root, key)
    }

    /// An error about a rendered text, at the place in the file that the text comes from.
    fn placed(&self, error: Error, rendered: &Source, text: &RenderedText) -> Error {
        let place = error.place().and_then(|(line, column)| {
            let line = rendered.line(line);
            let line_text = rendered.text(line);
            let before: usize = line_text.chars().take(column - 1).map(char::len_utf8).sum();
            text.place(line.start as usize + before)
        });
        let Some((file, (line, column))) = place else { return error };
        error.restated("").at(file).at_place(line, column)
    }

    /// Whether the output of a layout does not depend on its body.
    fn drops_body(&self, key: &str, around: &RenderedText, subject: Option<Value>) -> bool {
        if around.has_body() {
            return false;
        }
        // A macro may write it, or a filter change it: then another body results in another text, or in none.
        let other = self.values.context(subject, Some(Value::from_safe_string(OTHER_BODY.to_owned())));
        self.render(key, other).is_ok_and(|other| other.text() == around.text())
    }

    /// The layout that a layout itself is in.
    fn layout_of(&self, file: &SourceFile) -> Result<Option<(String, LineColumn)>, Error> {
        let kind = SourceKind::of(file.name());
        if front_matter::end_of(file.text(), kind) == 0 {
            return Ok(None);
        }
        let text = self.render(&format!("{}{TOP}", file.name()), self.values.context(None, None))?;
        let rendered = Source::from_text(file.name(), text.text(), kind);
        let settings = FrontMatter::read(&rendered).map_err(|error| self.placed(error, &rendered, &text))?;
        let Some(settings) = settings else { return Ok(None) };
        let has_more = !FrontMatter { layout: None, ..settings.clone() }.is_empty();
        if has_more {
            let detail = "a layout may only set `layout:`, the layout around it; move its other settings to the top of \
                          the templates";
            return Err(Error::new(ErrorKind::Template, detail).at(file.name()).at_place(1, 1));
        }
        Ok(settings.layout.map(|layout| (layout, place_of_key(file, b"layout"))))
    }

    fn render(&self, key: &str, context: Value) -> Result<RenderedText, Error> {
        let rendered = self.environment.get_template(key).and_then(|template| template.render_with_spans(context));
        let (text, spans) = rendered.map_err(|error| explain::explain(&error, &self.library, &self.values))?;
        if text.len() > LARGEST {
            let detail = format!(
                "with everything filled in, this is larger than {} MB, more than mail servers accept; look for a loop \
                 that writes too much",
                LARGEST >> 20
            );
            return Err(Error::new(ErrorKind::Template, detail).at(key.strip_suffix(TOP).unwrap_or(key)));
        }
        Ok(RenderedText::new(text, &spans, |key| self.library.file(key).ok()))
    }
}

/// Whether values are escaped in the file of a key. A file that does not reveal its type takes that of the file that
/// uses it.
fn is_html(key: &str, root: SourceKind) -> bool {
    let name = key.to_ascii_lowercase();
    if name.ends_with(".html.j2") || name.ends_with(".htm.j2") {
        return true;
    }
    !name.ends_with(".txt.j2") && root == SourceKind::Html
}

/// Where a key is in the settings at the top of a file.
fn place_of_key(file: &SourceFile, key: &[u8]) -> LineColumn {
    let rows = crate::parse::front_matter::fenced(file.text().as_bytes(), 0).map(|(rows, _)| rows).unwrap_or_default();
    let row =
        rows.iter().find(|row| crate::parse::front_matter::key_of(&file.text().as_bytes()[row.range()]) == Some(key));
    row.map_or((1, 1), |row| file.place(row.start as usize))
}
