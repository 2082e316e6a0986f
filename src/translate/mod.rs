//! Translates one dialect to another: each placeholder becomes the other PSA's placeholder with the same meaning.
//!
//! ```text
//! Document --translate(dialect, language)--> Translated { edits, diagnostics } --edit::apply--> bytes, for the other PSA
//! ```
//!
//! ```
//! use psalink::session::Overrides;
//! use psalink::source::edit;
//! use psalink::{Config, Session, Source, SourceKind};
//! let session = Session::new(Config::parse("psalink.yaml", "dialect: connectwise\n")?, Overrides::default())?;
//! let mut parser = session.parser();
//! let source = Source::from_text("new.html", "<p>[srnumber]</p>", SourceKind::Html);
//! let document = session.parse(source, &mut parser)?;
//! let translated = session.translate(&document, "autotask", &mut parser)?;
//! assert_eq!(edit::apply(document.source(), &translated.edits)?, b"<p>[Ticket: Number]</p>");
//! # Ok::<(), psalink::Error>(())
//! ```

mod counterpart;
mod inner;
mod left;
mod purpose;
mod quotes;
mod unknown;

use std::collections::HashMap;

use crate::config::settings::Settings;
use crate::diagnostic::Diagnostic;
use crate::lint::Context;
use crate::lint::cover::cover;
use crate::lint::rules::mail_source;
use crate::parse::Parser;
use crate::parse::document::{Document, LinkMacro, Part, PartKind, Spelling};
use crate::source::edit::Edit;
use crate::source::{Source, SourceKind};
use crate::span::Span;
use crate::vocabulary::{Dialect, Known};
use counterpart::{Counterpart, Counterparts};
use inner::inner;
use purpose::{Purpose, Purposes};
use quotes::Quotes;
use unknown::unknown;

/// The result of translating a template.
#[derive(Clone, Debug, Default)]
pub struct Translated {
    /// The changes, in order, without overlaps.
    pub edits: Vec<Edit>,
    /// What is left unchanged, and why, in the order of the template.
    pub diagnostics: Vec<Diagnostic>,
    /// How many placeholders were translated.
    pub translated: usize,
}

/// Translates a template to another dialect, given its index in the vocabulary, using its names in a language. Returns
/// the changes without applying them.
///
/// A placeholder without a counterpart, or with several possible ones in its place, is left and reported. Names of the
/// other dialect that are already in the template are right.
///
/// ```
/// use psalink::{Parser, Settings, Source, SourceKind, Vocabulary};
/// use psalink::source::edit;
/// use psalink::translate::translate;
/// let vocabulary = Vocabulary::builtin();
/// let mut parser = Parser::new(vocabulary);
/// let html = "<p>Ticket [srnumber]: <a href='ddportal://name=ticket&ticket_id=[srnumber]'>open</a></p>";
/// let document = parser.parse_body(Source::from_text("mail.html", html, SourceKind::Html));
/// let settings = Settings::new(vocabulary, "connectwise", None).ok_or("no dialect")?;
/// let autotask = vocabulary.dialects().iter().position(|dialect| dialect.id == "autotask").ok_or("no dialect")?;
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
    let cx = Context::new(document, settings, vocabulary);
    let mut translation = Translation {
        document,
        settings,
        parser,
        to,
        target,
        language,
        purposes: Purposes::new(&cx),
        counterparts: Counterparts::new(target, language),
        quotes: Quotes::new(document),
        closest: HashMap::new(),
        done: Translated::default(),
    };
    if let Some(source) = mail_source::finding(document) {
        translation.done.diagnostics.push(source);
        return translation.done;
    }
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
    for &at in document.links().iter().filter(|at| document.parts_in(at.span).is_empty()) {
        if let Some(wrapped) = cx.portal_link(at).and_then(|portal_link| portal_link.link.unwrapped()) {
            translation.wrapped(at.span, wrapped.url);
        }
    }
    let mut done = translation.done;
    if settings.dialect != to {
        done.diagnostics.extend(unknown(&cx, to, language));
    }
    done.edits.sort_by_key(|edit| (edit.span.start, edit.span.end));
    done.diagnostics.sort_by_key(|finding| (finding.span.start, std::cmp::Reverse(finding.level)));
    cover(document.source(), &mut done.diagnostics);
    done
}

/// Whether a template contains anything to translate.
pub(crate) fn has_work(document: &Document, parser: &Parser<'_>) -> bool {
    document.front_matter().is_some_and(|settings| settings.dialect.is_some())
        || document.parts().iter().any(|part| match &part.kind {
            PartKind::Placeholder(_) | PartKind::Malformed(_) => true,
            PartKind::LinkMacro(_) | PartKind::BrokenMacro(_) => !inner(document, part.span, parser).is_empty(),
            PartKind::FillIn => false,
        })
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
    quotes: Quotes<'a>,
    /// The report for each meaning that the other PSA lacks.
    closest: HashMap<&'a str, String>,
    done: Translated,
}

impl<'a> Translation<'a, '_> {
    /// The settings at the top of a template may set its dialect.
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
        // Needed even for names that are already right, because an address may continue after them.
        let purpose = self.purposes.of(part);
        let Some((from, known)) = self.foreign(spelling) else { return };
        let Some(name) = self.name(part.span, spelling, from, known, purpose) else { return };
        let text = format!("[{name}]");
        if let Some(finding) = self.quotes.refuse(part, part.span, &text) {
            self.done.diagnostics.push(finding);
            return;
        }
        self.done.edits.extend(self.quotes.around(part, &text));
        self.write(part.span, text);
    }

    /// A link that a gateway has wrapped, and encoded together with its placeholders.
    fn wrapped(&mut self, link: Span, url: String) {
        let source = Source::from_text(self.document.source().name(), url, SourceKind::Text);
        let inside = Parser::new(self.parser.vocabulary()).parse_body(source);
        for spelling in inside.parts().iter().filter_map(Part::spelling) {
            self.damaged(link, spelling);
        }
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
                match self.quotes.refuse(part, span, &text) {
                    Some(finding) => self.done.diagnostics.push(finding),
                    None => self.write(span, text),
                }
            }
        }
    }

    /// Neither the end nor the keys of a broken macro are known.
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

    /// The dialect to translate a placeholder from; `None` if the other PSA knows it, or no PSA does.
    fn foreign(&self, spelling: &Spelling) -> Option<(&'a Dialect, Known)> {
        if spelling.known_in(self.to).is_some() {
            return None;
        }
        let from_settings = spelling.known_in(self.settings.dialect).map(|known| (self.settings.dialect, known));
        let (dialect, known) = from_settings.or_else(|| spelling.known.first().copied())?;
        Some((&self.parser.vocabulary().dialects()[dialect], known))
    }

    /// The name that replaces a placeholder; if there is none, this is reported.
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
            Counterpart::Name(name) => return Some(name),
            Counterpart::Several(names) => left::several(span, spelling, self.target, &names, purpose),
            Counterpart::Unnamed(name) => left::unnamed(span, spelling, self.target, name, self.language),
            Counterpart::Nothing(meaning) => {
                let closest = || left::closest(self.target, meaning, self.language);
                let help = self.closest.entry(meaning).or_insert_with(closest);
                left::nothing(span, spelling, from, self.target, meaning, help)
            }
            Counterpart::NoMeaning => left::no_meaning(span, spelling, from, self.target),
        };
        // Readers do not see a comment.
        let is_hidden = purpose == Purpose::Comment;
        self.done.diagnostics.push(if is_hidden { left::unseen(finding) } else { finding });
        None
    }

    fn write(&mut self, span: Span, text: String) {
        self.done.edits.push(Edit::new(span, text));
        self.done.translated += 1;
    }
}

#[cfg(test)]
mod tests;
