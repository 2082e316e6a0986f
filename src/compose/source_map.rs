//! Maps back to the files: which bytes of which file each span of a finished template came from.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use minijinja::{OutputSpan, OutputSpanKind};
use serde::{Deserialize, Serialize};

use super::loader::{LineColumn, SourceFile};
use crate::diagnostic::{Diagnostic, Safety};
use crate::source::Source;
use crate::source::edit::Edit;
use crate::span::Span;

/// Maps the bytes of a finished template back to the files that it was composed from.
#[derive(Debug, Default)]
pub struct Origins {
    files: Vec<Arc<Source>>,
    /// In the order of the template, without overlaps.
    segments: Vec<Segment>,
}

/// Where a span of a finished template came from.
#[derive(Clone, Copy, Debug)]
pub struct Origin<'a> {
    /// The file.
    pub source: &'a Source,
    /// The bytes of the file: the same ones, or the `{{ … }}` that produced them.
    pub span: Span,
    /// Whether the bytes were copied unchanged.
    pub exact: bool,
    file: usize,
}

/// A finding at the place where it must be fixed.
#[derive(Clone, Debug)]
pub struct Mapped {
    /// The file, or the finished template if no file can be determined.
    pub source: Arc<Source>,
    /// The finding; its spans refer to `source`.
    pub finding: Diagnostic,
}

/// A span that came from one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Numbers", into = "Numbers")]
pub(super) struct Segment {
    /// The bytes of the finished template.
    out: Span,
    /// The index of the file.
    file: u32,
    /// The bytes of the file; equally many if it is exact.
    source: Span,
    exact: bool,
    /// Whether it is the body that a layout goes around.
    is_body: bool,
}

/// A segment as passed between processes; there may be many.
type Numbers = (u32, u32, u32, u32, u32, bool, bool);

/// A rendered text, and where it came from.
#[derive(Debug, Default)]
pub(super) struct RenderedText {
    text: String,
    origins: Origins,
}

/// How many bytes of an expression's output are shown.
const SHOWN: usize = 80;

impl RenderedText {
    /// `find` returns the file of a key.
    pub fn new(text: String, spans: &[OutputSpan], find: impl Fn(&str) -> Option<SourceFile>) -> RenderedText {
        let mut origins = Origins::default();
        // The caller rejects larger texts.
        if u32::try_from(text.len()).is_err() {
            return RenderedText { text, origins };
        }
        // Each file is looked up only once: it may produce a hundred thousand spans.
        let mut found: HashMap<&str, Option<(u32, SourceFile)>> = HashMap::new();
        for span in spans {
            found.entry(span.name()).or_insert_with(|| {
                let file = find(span.name())?;
                Some((origins.add(&file.source), file))
            });
        }
        let texts: HashMap<&str, (u32, usize, &str)> = found
            .iter()
            .filter_map(|(name, found)| {
                found.as_ref().map(|(index, file)| (*name, (*index, file.start(), file.text())))
            })
            .collect();
        // A loop writes the same expression again and again.
        let mut braces: HashMap<(u32, usize, usize), Range<usize>> = HashMap::new();
        for span in spans {
            let Some(&(index, start, file_text)) = texts.get(span.name()) else { continue };
            let out = span.output_range();
            let at = span.source_range();
            let is_raw = span.kind() == OutputSpanKind::Raw;
            // The settings at the top are a comment in what was rendered, but otherwise have the same bytes.
            let exact = is_raw && file_text.get(at.clone()).is_some_and(|file_text| file_text == &text[out.clone()]);
            let is_body = !is_raw && file_text.get(at.clone()).is_some_and(|name| name == "body");
            let at = match is_raw {
                true => at,
                false => {
                    let key = (index, at.start, at.end);
                    braces.entry(key).or_insert_with(|| with_braces(file_text, at)).clone()
                }
            };
            origins.segments.push(Segment {
                out: Span::new(out.start, out.end),
                file: index,
                source: Span::new(start + at.start, start + at.end),
                exact,
                is_body,
            });
        }
        RenderedText { text, origins }
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether a `{{ body }}` has produced anything.
    pub fn has_body(&self) -> bool {
        self.origins.segments.iter().any(|segment| segment.is_body && !segment.out.is_empty())
    }

    /// The same layout, with the output of `{{ body }}` mapped to where the body came from.
    pub fn with_body(self, body: RenderedText) -> RenderedText {
        let mut origins = Origins { files: self.origins.files, segments: Vec::new() };
        let indexes: Vec<u32> = body.origins.files.iter().map(|file| origins.add(file)).collect();
        for segment in self.origins.segments {
            if segment.is_body && self.text[segment.out.range()] == body.text {
                origins.take(&body.origins.segments, &indexes, segment.out.start);
            } else {
                origins.segments.push(segment);
            }
        }
        RenderedText { text: self.text, origins }
    }

    /// Appends a text.
    pub fn push(&mut self, more: RenderedText) {
        let indexes: Vec<u32> = more.origins.files.iter().map(|file| self.origins.add(file)).collect();
        let start = u32::try_from(self.text.len()).unwrap_or(u32::MAX);
        self.text.push_str(&more.text);
        if u32::try_from(self.text.len()).is_ok() {
            self.origins.take(&more.origins.segments, &indexes, start);
        }
    }

    /// The file, line and column that an offset came from.
    pub fn place(&self, offset: usize) -> Option<(String, LineColumn)> {
        let origin = self.origins.origin(Span::new(offset, offset))?;
        let at = origin.source.position(origin.span.start as usize);
        Some((origin.source.name().to_owned(), (at.line, at.column)))
    }

    pub fn into_parts(self) -> (String, Origins) {
        (self.text, self.origins)
    }
}

impl Origins {
    /// The files that the template was composed from, its own first, including those without output.
    pub fn files(&self) -> &[Arc<Source>] {
        &self.files
    }

    /// Where a span of the finished template came from; `None` if that cannot be determined.
    ///
    /// If a span begins and ends in different places of the same file, it comes from everything between them; if it
    /// ends in another file, only its beginning is returned.
    pub fn origin(&self, span: Span) -> Option<Origin<'_>> {
        let index = self.segments.partition_point(|segment| segment.out.end <= span.start);
        // An empty span after the last byte belongs to what precedes it.
        let first = match self.segments.get(index) {
            Some(first) if first.out.start <= span.start => first,
            _ => self.segments[..index].last().filter(|last| span.is_empty() && last.out.end == span.start)?,
        };
        let start = first.at(span.start).start;
        let covers = first.out.covers(span);
        let last = match covers {
            true => first,
            false => {
                let end = self.segments.partition_point(|segment| segment.out.end < span.end);
                let last = self.segments.get(end).filter(|last| last.file == first.file && last.source.end >= start);
                last.unwrap_or(first)
            }
        };
        let end = if std::ptr::eq(first, last) && !covers { first.source.end } else { last.end_at(span.end) };
        Some(Origin {
            source: &self.files[first.file as usize],
            span: Span { start, end: end.max(start) },
            exact: first.exact && covers,
            file: first.file as usize,
        })
    }

    /// Maps findings about the finished template to the files that they come from. There, a fix is only shown, and only
    /// if its bytes were copied unchanged from the file.
    pub fn map(&self, finished: &Source, findings: Vec<Diagnostic>) -> Vec<Mapped> {
        let mut whole = None;
        let map = |mut finding: Diagnostic| {
            let Some(origin) = self.origin(finding.span) else {
                let whole = whole.get_or_insert_with(|| {
                    let name = format!("{} (composed)", finished.name());
                    Arc::new(Source::from_text(&name, finished.decode(finished.bytes()), finished.kind()))
                });
                if let Some(fix) = &mut finding.fix {
                    fix.safety = Safety::Shown;
                }
                return Mapped { source: Arc::clone(whole), finding };
            };
            if !origin.exact && !finding.span.is_empty() {
                let text = finished.quoted(finding.span);
                if text.len() <= SHOWN && !text.contains(['\n', '\r']) {
                    finding.add_note(format!("with the values filled in, this reads `{text}`").into());
                }
            }
            finding.fix = finding.fix.take().and_then(|mut fix| {
                fix.safety = Safety::Shown;
                for edit in &mut fix.edits {
                    edit.span = self.edited(edit, origin.file)?;
                }
                Some(fix)
            });
            finding.span = origin.span;
            Mapped { source: Arc::clone(&self.files[origin.file]), finding }
        };
        findings.into_iter().map(map).collect()
    }

    /// The map with these segments; `None` if they cannot belong to these files and a text of this length.
    pub(super) fn of(files: Vec<Arc<Source>>, segments: Vec<Segment>, length: usize) -> Option<Origins> {
        let is_right = |segment: &Segment| {
            let file = files.get(segment.file as usize);
            let fits = |span: Span, length: usize| span.start <= span.end && span.end as usize <= length;
            file.is_some_and(|file| fits(segment.source, file.bytes().len())) && fits(segment.out, length)
        };
        segments.iter().all(is_right).then_some(Origins { files, segments })
    }

    pub(super) fn into_parts(self) -> (Vec<Arc<Source>>, Vec<Segment>) {
        (self.files, self.segments)
    }

    /// Puts the files in this order, and adds those without output.
    pub(super) fn use_files(&mut self, files: Vec<SourceFile>) {
        let old = std::mem::take(&mut self.files);
        for file in &files {
            self.add(&file.source);
        }
        let indexes: Vec<u32> = old.iter().map(|file| self.add(file)).collect();
        self.segments.iter_mut().for_each(|segment| segment.file = indexes[segment.file as usize]);
    }

    /// The bytes of a file that an edit changes.
    fn edited(&self, edit: &Edit, file: usize) -> Option<Span> {
        self.origin(edit.span).filter(|origin| origin.exact && origin.file == file).map(|origin| origin.span)
    }

    fn add(&mut self, file: &Arc<Source>) -> u32 {
        let known = self.files.iter().position(|known| known.name() == file.name());
        let index = known.unwrap_or_else(|| {
            self.files.push(Arc::clone(file));
            self.files.len() - 1
        });
        index as u32
    }

    /// Adds the segments of another text, which starts at `start` here.
    fn take(&mut self, segments: &[Segment], indexes: &[u32], start: u32) {
        self.segments.extend(segments.iter().map(|segment| Segment {
            out: Span { start: segment.out.start + start, end: segment.out.end + start },
            file: indexes[segment.file as usize],
            ..*segment
        }));
    }
}

impl From<Numbers> for Segment {
    fn from((start, end, file, from, to, exact, is_body): Numbers) -> Segment {
        let (out, source) = (Span { start, end }, Span { start: from, end: to });
        Segment { out, file, source, exact, is_body }
    }
}

impl From<Segment> for Numbers {
    fn from(segment: Segment) -> Numbers {
        (
            segment.out.start,
            segment.out.end,
            segment.file,
            segment.source.start,
            segment.source.end,
            segment.exact,
            segment.is_body,
        )
    }
}

impl Segment {
    /// The bytes of the file for a byte of the template.
    fn at(&self, offset: u32) -> Span {
        let at = self.source.start + offset.saturating_sub(self.out.start).min(self.source.len() as u32);
        if self.exact { Span { start: at, end: at } } else { self.source }
    }

    fn end_at(&self, offset: u32) -> u32 {
        if self.exact { self.at(offset).start } else { self.source.end }
    }
}

/// The bytes of an expression including its braces.
fn with_braces(text: &str, inner: Range<usize>) -> Range<usize> {
    let (Some(before), Some(after)) = (text.get(..inner.start), text.get(inner.end..)) else { return inner };
    let before = before.trim_end();
    let before = before.strip_suffix(['-', '+']).unwrap_or(before);
    let Some(before) = before.strip_suffix("{{") else { return inner };
    // A filter is inside the braces, but not in the bytes of the value that it applies to.
    match after.find("}}") {
        Some(close) => before.len()..inner.end + close + 2,
        None => inner,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SourceKind;

    #[test]
    fn expressions_have_their_braces() {
        for (text, inner, whole) in [
            ("a{{ x }}b", "x", "{{ x }}"),
            ("a{{- x|upper -}}b", "x", "{{- x|upper -}}"),
            ("{% call x() %}a{% endcall %}", "x()", "x()"),
        ] {
            let at = text.find(inner).unwrap();
            assert_eq!(&text[with_braces(text, at..at + inner.len())], whole);
        }
    }

    #[test]
    fn a_span_over_several_places_comes_from_all_between_them() {
        let file = Arc::new(Source::from_text("a.html.j2", "ab{{ x }}cd", SourceKind::Html));
        let segment = |out: (usize, usize), source: (usize, usize), exact| Segment {
            out: Span::new(out.0, out.1),
            file: 0,
            source: Span::new(source.0, source.1),
            exact,
            is_body: false,
        };
        let segments =
            vec![segment((0, 2), (0, 2), true), segment((2, 3), (2, 9), false), segment((3, 5), (9, 11), true)];
        let origins = Origins { files: vec![file], segments };
        for (span, expected, exact) in [
            ((0, 2), (0, 2), true),
            ((1, 2), (1, 2), true),
            ((1, 3), (1, 9), false),
            ((2, 3), (2, 9), false),
            ((1, 4), (1, 10), false),
            ((4, 4), (10, 10), true),
            ((5, 5), (11, 11), true),
        ] {
            let origin = origins.origin(Span::new(span.0, span.1)).unwrap();
            assert_eq!((origin.span, origin.exact), (Span::new(expected.0, expected.1), exact), "{span:?}");
        }
        assert!(origins.origin(Span::new(6, 6)).is_none());
    }
}
