//! A template filled with the values of a sample, as the PSA would fill it.
//!
//! ```text
//! Template --Session::ready--> Ready --render(Sample)--> Rendered { subject, html, text, links, what is left }
//! ```

mod escape;
mod links;
pub(crate) mod ready;
pub(crate) mod rendered;
pub(crate) mod sample;
mod style_sheets;
mod text_limits;
mod text_part;
mod text_words;
pub(crate) mod verdicts;

pub use ready::Ready;
pub use rendered::{Doubt, LeftOver, LeftReason, Rendered, RenderedLink};
pub use sample::{BUILT_IN_SAMPLES, Sample};

use std::collections::HashSet;

use self::escape::escape_of;
use self::links::MessageLinks;
use crate::config::settings::Settings;
use crate::parse::Parser;
use crate::parse::document::{Document, Part, PartKind, Spelling};
use crate::parse::foreign_placeholders::foreign_placeholders;
use crate::source::offset_map::OffsetMap;
use crate::span::Span;
use crate::vocabulary::{ValueKind, Vocabulary};

/// Fills in a template with the values of a sample, as the PSA would: each placeholder that it knows is replaced, and
/// everything else stays unchanged.
///
/// Values appear as plain characters: escaped in HTML, percent-encoded in addresses. Only a placeholder whose value is
/// HTML inserts markup. Every portal link in the result is read back and checked.
///
/// ```
/// use psalink::{Config, Session, Source, SourceKind, Template};
/// use psalink::session::Overrides;
/// use psalink::render::{Sample, render};
/// let config = Config::parse("psalink.yaml", "portal: acme\ndialect: connectwise\n")?;
/// let session = Session::new(config, Overrides::default())?;
/// let mut rewriter = session.rewriter();
/// let body = Source::from_text("mail.html", "<p>[dd:ticket] for [contactfirstname]</p>", SourceKind::Html);
/// let ready = session.ready(&Template::of(body), &mut rewriter)?;
/// let mut sample = Sample::built_in("standard", session.vocabulary()).ok_or("missing")?;
/// sample.set("contact.first_name=R&D", session.vocabulary())?;
/// let mail = render(&ready, &sample, &mut rewriter.parser);
/// assert!(mail.html.ok_or("none")?.ends_with("for R&amp;D</p>"));
/// assert_eq!(mail.text, format!("View your ticket\n<{}>\nfor R&D\n", mail.links[0].url));
/// assert_eq!(mail.links[0].problem, None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn render(ready: &Ready, sample: &Sample, parser: &mut Parser<'_>) -> Rendered {
    render_traced(ready, sample, parser).0
}

/// Like [`render`], but also tells where each byte of the HTML was in the HTML body of `ready`.
pub fn render_traced(ready: &Ready, sample: &Sample, parser: &mut Parser<'_>) -> (Rendered, OffsetMap) {
    let mut fill = Fill {
        settings: &ready.settings,
        vocabulary: parser.vocabulary(),
        sample,
        filled: Vec::new(),
        left: Vec::new(),
        breaking: Vec::new(),
        known_to_break: HashSet::new(),
        seen: HashSet::new(),
    };
    let subject = ready.subject.as_ref().map(|subject| fill.document(subject));
    let mut html = ready.html.as_ref().map(|html| fill.document(html));
    let mut own_text = ready.text.as_ref().map(|text| fill.document(text));
    let (filled, left, breaking) = fill.into_lists();

    let mut links = MessageLinks::new(ready, sample);
    if let (Some(template), Some((html, trace))) = (&ready.html, &mut html) {
        links.add(html, trace, template, &ready.backgrounds[0], parser);
    }
    if let (Some(template), Some((text, trace))) = (&ready.text, &mut own_text) {
        links.add(text, trace, template, &ready.backgrounds[1], parser);
    }
    let subject = subject.zip(ready.subject.as_ref()).map(|((mut subject, trace), template)| {
        links.add(&mut subject, &trace, template, &ready.backgrounds[2], parser);
        one_line(&subject)
    });
    let links = links.all;
    let (html, trace) = html.map_or_else(|| (None, OffsetMap::default()), |(html, trace)| (Some(html), trace));
    let is_text_made = own_text.is_none() && html.is_some();
    let (text, has_layout) = match (own_text, &html) {
        (Some((own, _)), _) => (own, true),
        (None, Some(html)) => text_part::of(html),
        (None, None) => (String::new(), true),
    };
    (Rendered { subject, html, text, is_text_made, is_text_plain: !has_layout, links, filled, left, breaking }, trace)
}

/// The state while filling in one message.
struct Fill<'a> {
    settings: &'a Settings,
    vocabulary: &'a Vocabulary,
    sample: &'a Sample,
    filled: Vec<String>,
    left: Vec<LeftOver>,
    breaking: Vec<String>,
    known_to_break: HashSet<String>,
    seen: HashSet<String>,
}

impl Fill<'_> {
    /// What was filled in, what was left, and what breaks out; frees everything else.
    fn into_lists(self) -> (Vec<String>, Vec<LeftOver>, Vec<String>) {
        (self.filled, self.left, self.breaking)
    }

    fn document(&mut self, document: &Document) -> (String, OffsetMap) {
        let mut trace = OffsetMap::default();
        let end = document.source().bytes().len();
        let mut out = String::with_capacity(end + end / 8);
        let mut done = 0;
        for part in document.parts() {
            let text = document.text(part.span).into_owned();
            let left = match self.value(part) {
                Ok((value, kind)) => {
                    let breaks = escape::breaks_out(part, kind, value);
                    out.push_str(&document.text(Span::new(done, part.span.start as usize)));
                    let start = out.len();
                    escape_of(document, part, kind, value).write(value, &mut out);
                    trace.push(start, part.span.start as usize, &out[start..], part.span.end as usize);
                    done = part.span.end as usize;
                    if breaks && self.known_to_break.insert(text.clone()) {
                        self.breaking.push(text.clone());
                    }
                    None
                }
                Err(reason) => Some(reason),
            };
            if left.is_some() && !part.place.is_visible() || !self.seen.insert(text.clone()) {
                continue;
            }
            match left {
                None => self.filled.push(text),
                Some(reason) => self.left.push(LeftOver { text, reason }),
            }
        }
        out.push_str(&document.text(Span::new(done, end)));
        for foreign in foreign_placeholders(document) {
            let text = document.text(foreign.span).into_owned();
            if self.seen.insert(text.clone()) {
                self.left.push(LeftOver { text, reason: LeftReason::OtherProduct });
            }
        }
        (out, trace)
    }

    /// What the PSA replaces a part with.
    fn value(&self, part: &Part) -> Result<(&str, ValueKind), LeftReason> {
        let spelling = match &part.kind {
            PartKind::Placeholder(spelling) => spelling,
            PartKind::Malformed(_) => return Err(LeftReason::Damaged),
            PartKind::LinkMacro(_) | PartKind::BrokenMacro(_) => return Err(LeftReason::Macro),
            PartKind::FillIn => return Err(LeftReason::FillIn),
        };
        let dialect = &self.vocabulary.dialects()[self.settings.dialect];
        let value = self.sample.value(self.vocabulary, dialect, &spelling.name);
        match self.kind(spelling) {
            Ok(kind) => value.map(|value| (value, kind)).ok_or(LeftReason::NoValue),
            // A name that only the sample knows comes from the user's own instance.
            Err(LeftReason::Unknown) => value.map(|value| (value, ValueKind::Text)).ok_or_else(|| {
                let language = &self.settings.language;
                let is_wrong = |slip: bool| slip || dialect.is_complete_in(&spelling.name, language);
                match dialect.nearest(&spelling.name, language) {
                    Some(near) if is_wrong(near.is_slip) => LeftReason::Misspelt,
                    _ => LeftReason::Unknown,
                }
            }),
            Err(reason) => Err(reason),
        }
    }

    /// What a placeholder is replaced with, if the PSA knows it in the language of the template.
    fn kind(&self, spelling: &Spelling) -> Result<ValueKind, LeftReason> {
        let dialect = &self.vocabulary.dialects()[self.settings.dialect];
        let Some(known) = spelling.known_in(self.settings.dialect) else {
            return Err(if spelling.known.is_empty() { LeftReason::Unknown } else { LeftReason::Foreign });
        };
        let placeholder = dialect.placeholder(known);
        if placeholder.use_instead.is_some() {
            return Err(LeftReason::Misspelt);
        }
        let is_of_language = known.languages & dialect.language_bit(&self.settings.language) != 0;
        if is_of_language || dialect.languages.is_empty() { Ok(placeholder.kind) } else { Err(LeftReason::Foreign) }
    }
}

/// A subject as a mail program shows it: a line break in a value must not begin another header.
fn one_line(subject: &str) -> String {
    let is_break = |character: char| character.is_control() || matches!(character, '\u{2028}' | '\u{2029}');
    let words: Vec<&str> = subject.split(is_break).map(str::trim).filter(|piece| !piece.is_empty()).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests;
