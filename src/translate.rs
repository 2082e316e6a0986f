//! One dialect to another: each placeholder becomes the one that the other PSA has for the same meaning in its place.

mod counterpart;
mod inner;
mod left;
mod purpose;

use std::sync::Arc;

use crate::diagnostic::Diagnostic;
use crate::document::{Document, LinkMacro, Part, PartKind, Place, Spelling};
use crate::edit::Edit;
use crate::lint::{self, Checkup};
use crate::parse::Parser;
use crate::scan::Quote;
use crate::settings::Settings;
use crate::source::SourceKind;
use crate::span::Span;
use crate::vocabulary::{Dialect, Known, Shape};
use counterpart::{Choice, Counterparts};
use inner::inner;
use purpose::{Purpose, Purposes};

/// What a translation makes of a template.
#[derive(Clone, Debug, Default)]
pub struct Translated {
    /// The changes, in their order; none overlap.
    pub edits: Vec<Edit>,
    /// What is left as it stands, and why, in the order of the template.
    pub diagnostics: Vec<Diagnostic>,
    /// How many placeholders became others.
    pub translated: usize,
}

/// Translates a template to another dialect, named by its index in the vocabulary, with the names that it has in a
/// language: gives the changes, and does not make them.
///
/// What has no counterpart, or may have several in its place, is left and reported. Names of the other dialect that
/// stand in the template already are right.
///
/// ```
/// use psalink::{Parser, Settings, Source, SourceKind, Vocabulary, edit, translate};
/// let vocabulary = Vocabulary::builtin();
/// let mut parser = Parser::new(vocabulary);
/// let html = "<p>Ticket [srnumber]: <a href='ddportal://name=ticket&ticket_id=[srnumber]'>open</a></p>";
/// let document = parser.parse(Source::from_text("mail.html", html, SourceKind::Html), None);
/// let settings = Settings::new(vocabulary, "connectwise", None).ok_or("no dialect")?;
/// let autotask = vocabulary.dialects().iter().position(|it| it.id == "autotask").ok_or("no dialect")?;
/// let translated = translate(&document, &settings, autotask, "en", &parser);
/// assert_eq!(
///     String::from_utf8(edit::apply(document.source(), &translated.edits)?)?,
///     "<p>Ticket [Ticket: Number]: <a href='ddportal://name=ticket&ticket_id=[Ticket: ID]'>open</a></p>"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn translate(
    document: &Document,
    settings: &Settings,
    to: usize,
    language: &str,
    parser: &Parser<'_>,
) -> Translated {
    let vocabulary = parser.vocabulary();
    let Some(target) = vocabulary.dialects().get(to) else { return Translated::default() };
    let cx = Checkup::new(document, settings, vocabulary);
    let mut translation = Translation {
        document,
        settings,
        parser,
        to,
        target,
        language,
        purposes: Purposes::new(&cx),
        counterparts: Counterparts::new(target, language),
        quoted: None,
        done: Translated::default(),
    };
    translation.dialect_on_top();
    for part in document.parts() {
        match &part.kind {
            PartKind::Placeholder(spelling) => translation.placeholder(part, spelling),
            PartKind::Malformed(spelling) => translation.damaged(part.span, spelling),
            PartKind::LinkMacro(link_macro) => translation.link_macro(part, link_macro),
            PartKind::BrokenMacro(_) => translation.broken_macro(part),
            PartKind::FillIn => {}
        }
    }
    let mut done = translation.done;
    if settings.dialect != to {
        done.diagnostics.extend(unknown(&cx, to, language));
    }
    done.edits.sort_by_key(|edit| (edit.span.start, edit.span.end));
    done.diagnostics.sort_by_key(|finding| (finding.span.start, std::cmp::Reverse(finding.level)));
    done
}

/// Whether a template holds something that a translation looks at.
pub(crate) fn has_work(document: &Document, parser: &Parser<'_>) -> bool {
    document.front_matter().is_some_and(|settings| settings.dialect.is_some())
        || document.parts().iter().any(|part| match &part.kind {
            PartKind::Placeholder(_) | PartKind::Malformed(_) => true,
            PartKind::LinkMacro(_) | PartKind::BrokenMacro(_) => !inner(document, part.span, parser).is_empty(),
            PartKind::FillIn => false,
        })
}

/// What is said of placeholders that no list has: of each PSA's form, as its own templates would hear it.
fn unknown(cx: &Checkup<'_>, to: usize, language: &str) -> Vec<Diagnostic> {
    let document = cx.document;
    let source = cx.dialect().shape;
    let target = cx.vocabulary.dialects()[to].shape;
    let shape_at = |span: Span| {
        let part = document.parts_in(span).first();
        part.map(|part| part.spelling().map_or(Shape::Set, |spelling| spelling.shape))
    };
    let mut found = lint::unknown_placeholders(cx);
    if source != target {
        found.retain(|finding| shape_at(finding.span) == Some(source));
        let settings = Settings { dialect: to, language: language.to_owned(), ..cx.settings.clone() };
        let other = Checkup::new(document, &settings, cx.vocabulary);
        found.extend(
            lint::unknown_placeholders(&other).into_iter().filter(|finding| shape_at(finding.span) == Some(target)),
        );
        found.sort_by_key(|finding| finding.span);
    }
    lint::once_per_file(&mut found);
    found
}

struct Translation<'a, 'p> {
    document: &'a Document,
    settings: &'a Settings,
    parser: &'a Parser<'p>,
    to: usize,
    target: &'a Dialect,
    language: &'a str,
    purposes: Purposes<'a>,
    counterparts: Counterparts<'a>,
    /// The unquoted value that gained quotes last.
    quoted: Option<Span>,
    done: Translated,
}

impl<'a> Translation<'a, '_> {
    /// The settings on top of a template say what it is written in.
    fn dialect_on_top(&mut self) {
        let Some(settings) = self.document.front_matter() else { return };
        match (&settings.dialect, settings.dialect_span) {
            (Some(dialect), _) if *dialect == self.target.id || self.settings.dialect == self.to => {}
            (Some(_), Some(span)) => self.done.edits.push(Edit::new(span, &*self.target.id)),
            (Some(_), None) => self.done.diagnostics.push(left::dialect_on_top(settings.span, self.target)),
            (None, _) => {}
        }
    }

    fn placeholder(&mut self, part: &Part, spelling: &Spelling) {
        let Some((from, known)) = self.foreign(spelling) else { return };
        let purpose = self.purposes.of(part);
        let Some(name) = self.name(part.span, spelling, from, known, purpose) else { return };
        let text = format!("[{name}]");
        if self.clashes(part.place, &text) {
            self.done.diagnostics.push(left::unwritable(part.span, &text));
            return;
        }
        if let Place::Attribute(attribute) = part.place
            && attribute.quote == Quote::None
            && attribute.value.covers(part.span)
            && text.contains(' ')
        {
            let is_first = self.quoted.replace(attribute.value) != Some(attribute.value);
            if is_first {
                let Span { start, end } = attribute.value;
                self.done.edits.push(Edit::new(Span { start, end: start }, "\""));
                self.done.edits.push(Edit::new(Span { start: end, end }, "\""));
            }
        }
        self.write(part.span, text);
    }

    /// Placeholders as the values of a macro's keys.
    fn link_macro(&mut self, part: &Part, link_macro: &LinkMacro) {
        for argument in &link_macro.arguments {
            for (span, spelling) in inner(self.document, argument.value.span, self.parser) {
                if !spelling.flaws.is_empty() {
                    self.damaged(span, &spelling);
                    continue;
                }
                let Some((from, known)) = self.foreign(&spelling) else { continue };
                let purpose = self.purposes.of_argument(part, link_macro, &argument.key.text);
                let Some(name) = self.name(span, &spelling, from, known, purpose) else { continue };
                let text = format!("[{name}]");
                if text.contains(['"', '\'']) || self.clashes(part.place, &text) {
                    self.done.diagnostics.push(left::unwritable(span, &text));
                } else {
                    self.write(span, text);
                }
            }
        }
    }

    /// Nobody knows where a broken macro ends, nor what its keys are.
    fn broken_macro(&mut self, part: &Part) {
        for (span, spelling) in inner(self.document, part.span, self.parser) {
            if let Some((from, _)) = self.foreign(&spelling) {
                self.done.diagnostics.push(left::in_broken_macro(span, &spelling, from));
            }
        }
    }

    fn damaged(&mut self, span: Span, spelling: &Spelling) {
        if let Some((from, _)) = self.foreign(spelling) {
            self.done.diagnostics.push(left::damaged(span, spelling, from));
        }
    }

    /// The dialect that a placeholder is to be translated from; none where the other PSA knows it, or nobody.
    fn foreign(&self, spelling: &Spelling) -> Option<(&'a Dialect, Known)> {
        if spelling.known_in(self.to).is_some() {
            return None;
        }
        let own = spelling.known_in(self.settings.dialect).map(|known| (self.settings.dialect, known));
        let (dialect, known) = own.or_else(|| spelling.known.first().copied())?;
        Some((&self.parser.vocabulary().dialects()[dialect], known))
    }

    /// The name that takes a placeholder's place; where there is none, that is reported.
    fn name(
        &mut self,
        span: Span,
        spelling: &Spelling,
        from: &'a Dialect,
        known: Known,
        purpose: Purpose<'_>,
    ) -> Option<&'a str> {
        let placeholder = from.placeholder(known);
        if purpose == Purpose::Code {
            self.done.diagnostics.push(left::in_code(span, spelling, from));
            return None;
        }
        if let Some(right) = placeholder.replacement(&spelling.name) {
            self.done.diagnostics.push(left::nonexistent(span, spelling, from, &right));
            return None;
        }
        let finding = match self.counterparts.of(placeholder, purpose) {
            Choice::Name(name) => return Some(name),
            Choice::Several(names) => left::several(span, spelling, self.target, &names, purpose),
            Choice::Unnamed(name) => left::unnamed(span, spelling, self.target, name, self.language),
            Choice::Nothing(meaning) => left::nothing(span, spelling, from, self.target, meaning, self.language),
            Choice::NoMeaning => left::no_meaning(span, spelling, from, self.target),
        };
        // Nobody reads a comment.
        let is_hidden = purpose == Purpose::Comment;
        self.done.diagnostics.push(if is_hidden { left::as_note(finding) } else { finding });
        None
    }

    /// Whether a name would end the quotes that it stands in, or be cut where its value has none.
    fn clashes(&self, place: Place, text: &str) -> bool {
        let has_quote = text.contains(['"', '\'']);
        match place {
            Place::Attribute(attribute) if attribute.quote == Quote::None && text.contains(' ') => {
                let value = &self.document.source().bytes()[attribute.value.range()];
                // A placeholder with a space has cut the value already.
                let is_cut = self
                    .document
                    .parts_in(attribute.value)
                    .last()
                    .is_some_and(|part| part.span.end > attribute.value.end);
                has_quote || value.contains(&b'"') || is_cut
            }
            Place::Attribute(_) => has_quote,
            // A subject among the settings on top may be quoted.
            Place::Subject => has_quote && self.document.source().kind() == SourceKind::Html,
            _ => false,
        }
    }

    fn write(&mut self, span: Span, text: String) {
        self.done.edits.push(Edit::new(span, text));
        self.done.translated += 1;
    }
}

/// A placeholder in the bytes of something else, with its place.
type Inner = (Span, Arc<Spelling>);
