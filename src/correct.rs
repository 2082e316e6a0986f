//! Links as they stand in a template: what is broken and can be put right for certain is, the rest is reported.

mod correction;
mod findings;
mod moved;

pub(crate) use findings::{automatic_action, check_value, desktop_only, foreign, hard_coded, html_in_attribute};

use correction::Correction;

use crate::clean_links::CleanLink;
use crate::document::{AttributeRole, Document, LinkSpan, Part, PartKind, Place};
use crate::edit::Edit;
use crate::link::{self, Ampersand, DeepLink, LinkForm};
use crate::outline::Outline;
use crate::parse::Parser;
use crate::rewritten::{LinkChange, LinkOutcome, Rewritten};
use crate::scan::{self, Region, RegionKind};
use crate::settings::Settings;
use crate::source::{Source, SourceKind};
use crate::span::Span;
use crate::vocabulary::{Target, Vocabulary};

/// Corrects the links of a document. Returns whether its main body has a link to the ticket of the mail.
pub(crate) fn correct(
    document: &Document,
    settings: &Settings,
    parser: &mut Parser<'_>,
    rewritten: &mut Rewritten,
    depth: usize,
) -> bool {
    let hosts = settings.hosts();
    let vocabulary = parser.vocabulary();
    let mut has_ticket_link = false;
    let mut outline = Outline::new(document);
    let mut claimed: Vec<Span> = Vec::new();
    parser.clean_links.begin(settings);
    rewritten.links.reserve(document.links().len() + 8);
    for &at in document.links() {
        if claimed.last().is_some_and(|span| span.covers(at.span)) || touches_macro(document, at.span) {
            continue;
        }
        // The text of a link is changed only together with the link.
        if at.place == Place::Text && outline.at(at.span.start as usize).anchor.is_some() {
            continue;
        }
        if let Some(clean) = parser.clean_links.find(document, &at) {
            has_ticket_link |= clean.leads_to_ticket && shows_in_body(document, &at);
            let (before, after) = (clean.text.clone(), clean.text.clone());
            rewritten.links.push(LinkChange { span: at.span, before, after, outcome: LinkOutcome::Kept });
            continue;
        }
        let found = vocabulary
            .targets()
            .iter()
            .find_map(|target| DeepLink::read(document, at, target, &hosts).map(|link| (target, link)));
        let Some((target, link)) = found else { continue };
        let mut correction = Correction {
            document,
            settings,
            vocabulary,
            target,
            link: &link,
            edits: Vec::new(),
            diagnostics: Vec::new(),
        };
        correction.run(parser, depth);
        let Correction { edits, diagnostics, .. } = correction;
        let after = after_edits(document.source(), at.span, &edits);
        let mut leads_to_ticket = leads_to_ticket(document, &link, target, settings, vocabulary);
        if matches!(link.form, LinkForm::Wrapped(_)) && !edits.is_empty() {
            // What a gateway has encoded can only be read in the link that was inside.
            let inner = parser.parse(Source::from_text(document.source().name(), &after, SourceKind::Text), None);
            let read = inner.links().first().and_then(|&at| DeepLink::read(&inner, at, target, &hosts));
            leads_to_ticket |=
                read.is_some_and(|read| self::leads_to_ticket(&inner, &read, target, settings, vocabulary));
        }
        has_ticket_link |= leads_to_ticket && shows_in_body(document, &at);
        if edits.is_empty() && diagnostics.is_empty() {
            parser.clean_links.remember(document, &at, CleanLink { leads_to_ticket, text: link.text().into() });
        }
        let reported = diagnostics.iter().any(|it| it.level >= crate::Level::Warning);
        let outcome = match (edits.is_empty(), reported) {
            (false, _) => LinkOutcome::Corrected,
            (true, true) => LinkOutcome::Reported,
            (true, false) => LinkOutcome::Kept,
        };
        if !edits.is_empty() {
            rewritten.corrected += 1;
            if let Some((span, text)) = same_text(document, &link, &after) {
                claimed.push(span);
                rewritten.edits.push(Edit::new(span, text));
            }
        }
        rewritten.links.push(LinkChange { span: at.span, before: link.text().into(), after: after.into(), outcome });
        rewritten.edits.extend(edits);
        rewritten.diagnostics.extend(diagnostics);
    }
    has_ticket_link
}

/// Whether a macro stands in a link, or a link in a macro: such a thing is left to the person who wrote it.
fn touches_macro(document: &Document, span: Span) -> bool {
    let is_macro = |part: &Part| matches!(part.kind, PartKind::LinkMacro(_) | PartKind::BrokenMacro(_));
    let before = document.parts().partition_point(|part| part.span.start < span.start);
    let around = before.checked_sub(1).and_then(|index| document.parts().get(index));
    document.parts_in(span).iter().any(is_macro)
        || around.is_some_and(|part| is_macro(part) && part.span.end > span.start)
}

/// Whether a link is one of a target.
pub(crate) fn is_ours(document: &Document, at: LinkSpan, parser: &Parser<'_>) -> bool {
    parser.vocabulary().targets().iter().any(|target| DeepLink::read(document, at, target, &[]).is_some())
}

/// Whether a link stands in the main body: not in what only Outlook shows, nor in the text-only twin of an HTML body.
fn shows_in_body(document: &Document, at: &LinkSpan) -> bool {
    !at.conditional
        && match at.place {
            Place::Attribute(attribute) => attribute.role == AttributeRole::Link,
            Place::PlainText => document.source().kind() == SourceKind::Text,
            _ => true,
        }
}

/// Whether a link opens the ticket of the mail, now or after it was put right.
fn leads_to_ticket(
    document: &Document,
    link: &DeepLink,
    target: &Target,
    settings: &Settings,
    vocabulary: &Vocabulary,
) -> bool {
    let is_ticket = |span: Span| {
        let dialect = settings.dialect(vocabulary);
        document.parts_in(span).iter().filter_map(Part::spelling).any(|spelling| {
            spelling.known_in(settings.dialect).is_some_and(|known| {
                let number = dialect.token("ticket.number", &settings.language).unwrap_or_default();
                dialect.identifies_ticket(known) || spelling.name.starts_with(&format!("{number} ("))
            })
        })
    };
    match link.form {
        LinkForm::Current => {
            let command = link.value("name").and_then(|name| target.command_named(&name.text));
            let param =
                command.and_then(|command| command.params.iter().find(|it| it.means.as_deref() == Some("ticket.id")));
            param.and_then(|param| link.value(&param.name)).is_some_and(|value| is_ticket(value.span))
        }
        // These open the ticket, or are meant to; a second link beside them would only confuse.
        LinkForm::Retired(_) | LinkForm::Magic | LinkForm::Wrapped(_) => is_ticket(link.at.span),
        LinkForm::OtherPage => false,
    }
}

/// The link after its edits, character references undone.
fn after_edits(source: &Source, span: Span, edits: &[Edit]) -> String {
    let mut sorted: Vec<&Edit> = edits.iter().collect();
    sorted.sort_by_key(|edit| edit.span);
    let mut text = String::new();
    let mut done = span.start;
    for edit in sorted {
        text.push_str(&source.text(Span { start: done, end: edit.span.start.max(done) }));
        text.push_str(&edit.text);
        done = edit.span.end;
    }
    text.push_str(&source.text(Span { start: done, end: span.end.max(done) }));
    let text = text.trim_matches('"');
    if source.kind() == SourceKind::Html { htmlize::unescape_attribute(text).into_owned() } else { text.to_owned() }
}

/// The text of an anchor that is the same URL as its link: where it stands and what it becomes.
fn same_text(document: &Document, link: &DeepLink, after: &str) -> Option<(Span, String)> {
    let Place::Attribute(attribute) = link.at.place else { return None };
    let bytes = document.source().bytes();
    let is_anchor = |tag: Span| bytes[scan::tag_name(bytes, tag).range()].eq_ignore_ascii_case(b"a");
    let regions = document.regions();
    let tag = regions.partition_point(|region| region.span.start < attribute.tag.start);
    // Editors put formatting between a link and its text, so the one text inside may lie deeper.
    let inside = regions.get(tag + 1..)?;
    let end = inside.iter().take(32).position(|region| region.kind == RegionKind::EndTag && is_anchor(region.span))?;
    let inside = &inside[..end];
    let is_blank = |region: &&Region| bytes[region.span.range()].trim_ascii().is_empty();
    let mut texts = inside.iter().filter(|region| region.kind == RegionKind::Text && !is_blank(region));
    let (Some(text), None) = (texts.next(), texts.next()) else { return None };
    let is_plain = |region: &Region| {
        matches!(region.kind, RegionKind::Text | RegionKind::StartTag | RegionKind::EndTag) && !region.conditional
            || region.conditional == text.conditional && region.kind != RegionKind::Comment
    };
    if !is_anchor(attribute.tag) || !inside.iter().all(is_plain) {
        return None;
    }
    let raw = &bytes[text.span.range()];
    let start = text.span.start as usize + raw.len() - raw.trim_ascii_start().len();
    let span = Span::new(start, start + raw.trim_ascii().len());
    let written = document.text(span);
    if htmlize::unescape(&*written) != link.text() {
        return None;
    }
    let plain = written.contains('&') && !written.contains("&amp;");
    Some((span, link::escape(after, if plain { Ampersand::Plain } else { Ampersand::Escaped })))
}

/// The link spans of a document, for whoever must not touch them.
pub(crate) fn in_link(document: &Document, span: Span) -> Option<&LinkSpan> {
    let index = document.links().partition_point(|link| link.span.end <= span.start);
    document.links().get(index).filter(|link| link.span.start <= span.start)
}
