//! Findings for people at a terminal: a code frame, notes, and what to do.

use std::borrow::Cow;

use annotate_snippets::{AnnotationKind, Group, Level as Tone, Renderer, Snippet};

use crate::diagnostic::{Diagnostic, Level};
use crate::error::Error;
use crate::source::Source;
use crate::span::Span;

/// How much of a long line is shown on either side of a finding.
const MARGIN: usize = 120;

/// How findings are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// With colours.
    pub colored: bool,
    /// The columns of the terminal, where there is one.
    pub width: Option<usize>,
}

/// Writes findings about one source.
///
/// ```
/// use psalink::{Diagnostic, Source, SourceKind, Span, report};
/// let source = Source::from_text("mail.html", "<p>[dd:tikcet]</p>\n", SourceKind::Html);
/// let finding = Diagnostic::error("unknown-command", Span::new(7, 13), "DeskDirector links have no command `tikcet`")
///     .help("did you mean `[dd:ticket]`?");
/// let text = report::full::write(&source, &[finding], report::full::Style::default());
/// assert!(text.contains("--> mail.html:1:8"), "{text}");
/// ```
pub fn write(source: &Source, diagnostics: &[Diagnostic], style: Style) -> String {
    let renderer = renderer(style);
    let mut positions = source.positions();
    let mut out = String::new();
    for diagnostic in diagnostics {
        let start = positions.at(diagnostic.span.start as usize);
        let (text, range) = frame(source, diagnostic.span, start.line);
        let tone = match diagnostic.level {
            Level::Error => Tone::ERROR,
            Level::Warning => Tone::WARNING,
            Level::Note => Tone::NOTE,
        };
        let place = format!("{}:{}:{}", source.name(), start.line, start.column);
        let mut group = Group::with_title(tone.primary_title(&diagnostic.message).id(diagnostic.rule)).element(
            Snippet::source(text.as_ref()).line_start(start.line).annotation(AnnotationKind::Primary.span(range)),
        );
        for note in &diagnostic.notes {
            group = group.element(Tone::NOTE.message(note));
        }
        if let Some(help) = &diagnostic.help {
            group = group.element(Tone::HELP.message(help));
        }
        out.push_str(&with_place(&renderer.render(&[group]), &place, start.line, style.colored));
        out.push_str("\n\n");
    }
    out
}

/// Puts `--> file:line:column` under the title. The renderer would count the column in what is shown of a long line.
fn with_place(rendered: &str, place: &str, line: usize, colored: bool) -> String {
    let (title, rest) = rendered.split_once('\n').unwrap_or((rendered, ""));
    let margin = " ".repeat(line.to_string().len());
    let arrow = if colored { "\x1b[1m\x1b[94m-->\x1b[0m" } else { "-->" };
    format!("{title}\n{margin}{arrow} {place}\n{rest}")
}

/// Writes an error about a file or a setting.
pub fn write_error(error: &Error, style: Style) -> String {
    let text = error.to_string();
    let group = Group::with_title(Tone::ERROR.primary_title(&text));
    let mut out = renderer(style).render(&[group]);
    out.push('\n');
    out
}

fn renderer(style: Style) -> Renderer {
    let renderer = if style.colored { Renderer::styled() } else { Renderer::plain() };
    style.width.map_or(renderer.clone(), |width| renderer.term_width(width))
}

/// The lines around a span, and the span in them. Of a long line only what stands near it is shown.
fn frame(source: &Source, span: Span, line: usize) -> (Cow<'static, str>, std::ops::Range<usize>) {
    let first = source.line(line);
    let start = (span.start.max(first.start) as usize).saturating_sub(MARGIN).max(first.start as usize);
    let start = on_letter(source, start, first.start as usize);
    // A finding that goes over several lines is shown by its first.
    let end = (span.end as usize).min(first.end as usize).max(span.start as usize).min(first.end as usize);
    let stop = on_letter(source, (end + MARGIN).min(first.end as usize), end);
    let before = source.text(Span::new(start, (span.start as usize).clamp(start, stop)));
    let inside = source.text(Span::new((span.start as usize).clamp(start, stop), end.clamp(start, stop)));
    let after = source.text(Span::new(end.clamp(start, stop), stop));
    let mut text = String::new();
    if start > first.start as usize {
        text.push('…');
    }
    let shown =
        |part: &str| part.replace(|letter: char| letter.is_control() && letter != '\t' || letter == '\u{feff}', " ");
    text.push_str(&shown(&before));
    let from = text.len();
    text.push_str(&shown(&inside));
    let to = text.len();
    text.push_str(&shown(&after));
    if stop < first.end as usize {
        text.push('…');
    }
    (Cow::Owned(text), from..to)
}

/// The nearest start of a letter at or before an offset.
fn on_letter(source: &Source, offset: usize, limit: usize) -> usize {
    let bytes = source.bytes();
    let is_inside = |at: usize| source.is_utf8() && bytes.get(at).is_some_and(|byte| byte & 0xC0 == 0x80);
    let mut at = offset;
    while at > limit && is_inside(at) {
        at -= 1;
    }
    at
}
