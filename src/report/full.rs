//! Findings for people at a terminal: a code frame, notes, what to do, and the change that does it.

use std::borrow::Cow;

use annotate_snippets::{AnnotationKind, Group, Level as Tone, Patch, Renderer, Snippet};

use crate::diagnostic::{Diagnostic, Fix, Level, Safety};
use crate::error::Error;
use crate::report::frame::{self, Frame};
use crate::report::located::safety;
use crate::report::{Cut, first_of_each, wrap};
use crate::source::Source;
use crate::visible::visible;

/// How findings are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// Whether to use colors.
    pub colored: bool,
    /// The width of the terminal in columns, if there is one.
    pub width: Option<usize>,
    /// Whether to show the changes that `psalink lint --fix` would make.
    pub changes: bool,
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
    for diagnostic in diagnostics {
        let at = positions.at(diagnostic.span.start as usize);
        let message = one_line(&diagnostic.message);
        let title = wrap(&message, style.width, tone_width(diagnostic.level) + diagnostic.rule.len() + "[]".len());
        let fix = diagnostic.fix.as_deref().filter(|fix| style.changes && !fix.edits.is_empty());
        let mut report = vec![finding(source, diagnostic, &title, fix, style)];
        report.extend(fix.map(|fix| change(source, fix, style)));
        out.push_str(&with_column(&renderer.render(&report), title.lines().count(), at.column));
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
    let text = wrap(text, style.width, tone_width(level));
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

/// The columns of `error: `.
fn tone_width(level: Level) -> usize {
    level.name().len() + ": ".len()
}

fn renderer(style: Style) -> Renderer {
    let renderer = if style.colored { Renderer::styled() } else { Renderer::plain() };
    style.width.map_or(renderer.clone(), |width| renderer.term_width(width))
}

/// Puts the right column under the title: the renderer counts it in what is shown of a long line.
fn with_column(rendered: &str, title: usize, column: usize) -> String {
    let end = rendered.match_indices('\n').nth(title.saturating_sub(1)).map_or(rendered.len(), |(at, _)| at + 1);
    let (title, rest) = rendered.split_at(end);
    let (place, rest) = rest.split_once('\n').unwrap_or((rest, ""));
    let place = place.rsplit_once(':').map_or(place, |(place, _)| place);
    format!("{title}{place}:{column}\n{rest}")
}

/// What is wrong and where, what else is worth knowing, and what to do.
fn finding<'a>(source: &'a Source, it: &'a Diagnostic, title: &'a str, fix: Option<&Fix>, style: Style) -> Group<'a> {
    let Frame { line, text, ranges } = frame::of_finding(source, it.span);
    let marks = ranges.into_iter().map(|range| AnnotationKind::Primary.span(range));
    let snippet = Snippet::source(text).path(one_line(source.name())).line_start(line).annotations(marks);
    let mut group = Group::with_title(tone(it.level).primary_title(title).id(it.rule)).element(snippet);
    // `  = help: ` stands before them, the number of the line above.
    let taken = line.to_string().len() + " = help: ".len();
    for note in it.notes() {
        group = group.element(Tone::NOTE.message(wrap(note, style.width, taken)));
    }
    if let Some(help) = it.help.as_ref().filter(|&help| fix.is_none_or(|fix| !says_the_same(help, &fix.title))) {
        group = group.element(Tone::HELP.message(wrap(help, style.width, taken)));
    }
    group
}

/// Whether advice only says what the title of a fix says: it has the same words, or quotes nothing else.
fn says_the_same(help: &str, title: &str) -> bool {
    let quoted = |text: &'_ str| text.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<String>>();
    let (in_help, in_title) = (quoted(help), quoted(title));
    help == title || !in_help.is_empty() && in_help.iter().all(|text| in_title.contains(text))
}

/// What a fix makes of the lines that it touches, and who makes it.
fn change<'a>(source: &Source, fix: &Fix, style: Style) -> Group<'a> {
    let words = match safety(source, fix) {
        Safety::Safe => "safe: `--fix` makes this change",
        Safety::Suggested => "probably meant: `--unsafe-fixes` makes this change",
        Safety::Shown => "only a suggestion",
    };
    let title = format!("{} ({words})", one_line(&fix.title));
    let title = wrap(&title, style.width, "help: ".len()).into_owned();
    let group = Group::with_title(Tone::HELP.secondary_title(title));
    let frames = frame::of_change(source, &fix.edits).unwrap_or_default();
    group.elements(frames.into_iter().map(|(frame, texts)| {
        let patches = frame.ranges.into_iter().zip(texts).map(|(range, text)| Patch::new(range, text));
        Snippet::source(frame.text).line_start(frame.line).patches(patches)
    }))
}

fn one_line(text: &str) -> String {
    visible(text).into_owned()
}
