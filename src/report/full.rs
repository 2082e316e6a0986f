//! Findings for people at a terminal: a code frame, notes, what to do, and the change that does it.

use std::borrow::Cow;

use annotate_snippets::{AnnotationKind, Group, Level as Tone, Patch, Renderer, Snippet};

use crate::diagnostic::{Diagnostic, Fix, Level, Safety};
use crate::error::Error;
use crate::report::frame::{self, Frame};
use crate::report::located::safety;
use crate::report::{Cut, first_of_each, wrap};
use crate::source::Source;
use crate::visible::{visible, visible_lines};

/// How findings are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// Whether to use colors.
    pub colored: bool,
    /// The width of the terminal in columns, if there is one.
    pub width: Option<usize>,
    /// Whether to show the changes that `psalink lint --fix` would make.
    pub changes: bool,
    /// Whether to show errors first, then warnings, then notes, instead of all of them in order of position.
    pub worst_first: bool,
}

/// The number of columns if there is no terminal.
const COLUMNS: usize = 140;

impl Style {
    /// The columns that are left after the line number.
    fn columns(self, line: usize) -> usize {
        let number = line.checked_ilog10().map_or(1, |digits| digits as usize + 1);
        self.width.unwrap_or(COLUMNS).saturating_sub(number + 4)
    }
}

/// Writes findings about one source.
///
/// ```
/// use psalink::{Diagnostic, Edit, Safety, Source, SourceKind, Span};
/// use psalink::report;
/// use psalink::report::full::Style;
/// let source = Source::from_text("mail.html", "<p>[dd:tikcet]</p>\n", SourceKind::Html);
/// let finding = Diagnostic::error("unknown-command", Span::new(7, 13), "DeskDirector links have no command `tikcet`")
///     .help("did you mean `ticket`?")
///     .fix("write `ticket`", Safety::Suggested, vec![Edit::new(Span::new(7, 13), "ticket")]);
/// let text = report::full::write(&source, &[finding], Style { changes: true, ..Style::default() });
/// assert!(text.contains("--> mail.html:1:8"), "{text}");
/// assert!(text.contains("help: write `ticket` (probably meant: `--unsafe-fixes` makes this change)"), "{text}");
/// ```
pub fn write(source: &Source, diagnostics: &[Diagnostic], style: Style) -> String {
    let renderer = renderer(style);
    let mut positions = source.positions();
    let mut out = String::new();
    let mut in_order: Vec<&Diagnostic> = diagnostics.iter().collect();
    if style.worst_first {
        in_order.sort_by_key(|diagnostic| std::cmp::Reverse(diagnostic.level));
    }
    for diagnostic in in_order {
        let at = positions.at(diagnostic.span.start as usize);
        let label = diagnostic.level.name().len() + diagnostic.rule.len() + "[]: ".len();
        let title = wrap(&one_line(&diagnostic.message), style.width, label).into_owned();
        let fix = diagnostic.fix.as_deref().filter(|fix| style.changes && !fix.edits.is_empty());
        let mut report = vec![finding(source, diagnostic, &title, fix, style)];
        report.extend(fix.map(|fix| change(source, fix, style)));
        let lines = title.matches('\n').count();
        out.push_str(&with_column(&renderer.render(&report), lines, at.column));
        out.push_str("\n\n");
    }
    out
}

/// Writes the findings at or above a level: the first `most` places of each rule, and how many more there are.
pub fn write_first(source: &Source, diagnostics: &[Diagnostic], least: Level, most: usize, style: Style) -> String {
    let shown: Cow<'_, [Diagnostic]> = match diagnostics.iter().all(|finding| finding.level >= least) {
        true => Cow::Borrowed(diagnostics),
        false => diagnostics.iter().filter(|finding| finding.level >= least).cloned().collect(),
    };
    let (shown, cut) = first_of_each(source, &shown, most);
    write(source, &shown, style) + &write_cut(&cut, style)
}

/// Writes how many more places of each rule there are in a file.
pub fn write_cut(cut: &[Cut], style: Style) -> String {
    let line =
        |cut: &Cut| write_message(Level::Note, &format!("`{}`: {}", one_line(&cut.path), cut.text()), style) + "\n";
    cut.iter().map(line).collect()
}

/// Writes an error about a file or a setting.
pub fn write_error(error: &Error, style: Style) -> String {
    write_message(Level::Error, &error.to_string(), style)
}

/// Writes a sentence that is not about a place in a file.
pub fn write_message(level: Level, text: &str, style: Style) -> String {
    let text = visible_lines(text);
    let text = wrap(&text, style.width, tone_width(level));
    let group = Group::with_title(tone(level).primary_title(text));
    let mut out = renderer(style).render(&[group]);
    out.push('\n');
    out
}

fn tone(level: Level) -> Tone<'static> {
    match level {
        Level::Error => Tone::ERROR,
        Level::Warning => Tone::WARNING,
        Level::Note => Tone::NOTE,
    }
}

/// The width of `error: `.
fn tone_width(level: Level) -> usize {
    level.name().len() + ": ".len()
}

fn renderer(style: Style) -> Renderer {
    let renderer = if style.colored { Renderer::styled() } else { Renderer::plain() };
    style.width.map_or(renderer.clone(), |width| renderer.term_width(width))
}

/// Corrects the column under a title with `more` additional lines: the renderer counts it within the visible part of a
/// long line.
fn with_column(rendered: &str, more: usize, column: usize) -> String {
    let mut lines: Vec<&str> = rendered.splitn(3 + more, '\n').collect();
    let rest = lines.pop().unwrap_or_default();
    let place = lines.pop().unwrap_or_default();
    let place = place.rsplit_once(':').map_or(place, |(place, _)| place);
    format!("{}\n{place}:{column}\n{rest}", lines.join("\n"))
}

/// The problem and its place, what else is worth knowing, and what to do.
fn finding<'a>(
    source: &'a Source,
    diagnostic: &'a Diagnostic,
    title: &'a str,
    fix: Option<&Fix>,
    style: Style,
) -> Group<'a> {
    let line = source.line_of(diagnostic.span.start as usize);
    let Frame { line, text, ranges } = frame::of_finding(source, diagnostic.span, style.columns(line));
    let marks = ranges.into_iter().map(|range| AnnotationKind::Primary.span(range));
    let snippet = Snippet::source(text).path(one_line(source.name())).line_start(line).annotations(marks);
    let mut group = Group::with_title(tone(diagnostic.level).primary_title(title).id(diagnostic.rule)).element(snippet);
    // They are preceded by `  = help: `, aligned with the line number above.
    let taken = line.to_string().len() + " = help: ".len();
    for note in diagnostic.notes() {
        group = group.element(Tone::NOTE.message(wrap(&visible_lines(note), style.width, taken).into_owned()));
    }
    // The title of a fix often says the same thing.
    if let Some(help) = diagnostic.help.as_ref().filter(|&help| fix.is_none_or(|fix| !says_the_same(help, &fix.title)))
    {
        group = group.element(Tone::HELP.message(wrap(&visible_lines(help), style.width, taken).into_owned()));
    }
    group
}

/// Whether advice only repeats the title of a fix: it has the same words, or quotes nothing else.
fn says_the_same(help: &str, title: &str) -> bool {
    let quoted = |text: &'_ str| text.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<String>>();
    let (in_help, in_title) = (quoted(help), quoted(title));
    help == title || !in_help.is_empty() && in_help.iter().all(|text| in_title.contains(text))
}

/// How a fix changes the lines that it touches, and which command applies it.
fn change<'a>(source: &Source, fix: &Fix, style: Style) -> Group<'a> {
    let words = match safety(source, fix) {
        Safety::Safe => "safe: `--fix` makes this change",
        Safety::Suggested => "probably meant: `--unsafe-fixes` makes this change",
        Safety::Shown => "only a suggestion",
    };
    let title = format!("{} ({words})", one_line(&fix.title));
    let title = wrap(&title, style.width, "help: ".len()).into_owned();
    let group = Group::with_title(Tone::HELP.secondary_title(title));
    let last = fix.edits.iter().map(|edit| source.line_of(edit.span.end as usize)).max().unwrap_or(1);
    let frames = frame::of_change(source, &fix.edits, style.columns(last).saturating_sub(2)).unwrap_or_default();
    group.elements(frames.into_iter().map(|(frame, texts)| {
        let patches = frame.ranges.into_iter().zip(texts).map(|(range, text)| Patch::new(range, text));
        Snippet::source(frame.text).line_start(frame.line).patches(patches)
    }))
}

fn one_line(text: &str) -> String {
    visible(text).into_owned()
}
