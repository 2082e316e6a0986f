//! Corrects the links of a template: broken ones with one right answer are corrected, and the rest are reported.

use std::sync::Arc;

use crate::config::settings::Settings;
use crate::diagnostic::{Diagnostic, Level};
use crate::expand::rewritten::{LinkChange, LinkOutcome, Rewritten, reason};
use crate::html::open_elements::OpenElements;
use crate::lint::{self, CleanLinks, Context, PortalLink};
use crate::parse::Parser;
use crate::parse::deep_link::{DeepLink, LinkForm};
use crate::parse::document::{AttributeRole, Document, LinkSpan, Part, Place};
use crate::source::edit::Edit;
use crate::source::{Source, SourceKind};
use crate::span::Span;
use crate::vocabulary::{Target, Vocabulary};

/// What is remembered about a link without findings.
#[derive(Debug)]
pub(crate) struct CleanLink {
    leads_to_ticket: bool,
    text: Arc<str>,
}

/// What is known about the links of a document after correcting them.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Seen {
    /// Whether its main body has a link to the message's ticket.
    pub has_ticket_link: bool,
    /// Whether an address may be a link of the portal, but cannot be read as one.
    pub unread: bool,
}

/// Corrects the links of a document.
pub(crate) fn correct(
    document: &Document,
    settings: &Settings,
    parser: &mut Parser<'_>,
    clean_links: &mut CleanLinks<CleanLink>,
    rewritten: &mut Rewritten,
) -> Seen {
    let vocabulary = parser.vocabulary();
    let cx = Context::new(document, settings, vocabulary);
    let mut seen = Seen::default();
    let mut open_elements = OpenElements::of_links(document);
    let mut claimed: Vec<Span> = Vec::new();
    clean_links.begin(settings);
    rewritten.links.reserve(document.links().len() + 8);
    for &at in document.links() {
        if claimed.last().is_some_and(|span| span.covers(at.span)) || document.mixes_macro_and_link(at.span) {
            continue;
        }
        // The text of a link is only changed together with the link.
        if at.place == Place::Text && open_elements.at(at.span.start as usize).anchor.is_some() {
            continue;
        }
        if rewritten.leaves(at.span) {
            seen.unread |= !report_only(&cx, at, rewritten);
            continue;
        }
        if let Some(clean) = clean_links.find(document, &at) {
            seen.has_ticket_link |= clean.leads_to_ticket && shows_in_body(document, &at);
            let (before, after) = (clean.text.clone(), clean.text.clone());
            let outcome = LinkOutcome::Kept;
            rewritten.links.push(LinkChange { span: at.span, before, after, outcome, reason: None });
            continue;
        }
        let Some(found) = cx.portal_link(at) else {
            seen.unread |= matches!(at.place, Place::Attribute(_));
            continue;
        };
        let findings = lint::link_findings(&cx, &found);
        let reason = reason(&findings);
        let (edits, diagnostics) = lint::fix_link(&cx, findings);
        let PortalLink { target, link } = found;
        let after = lint::after_edits(document.source(), at.span, &edits);
        let is_unwrapped = matches!(link.form, LinkForm::Wrapped(_)) && !edits.is_empty();
        let leads_to_ticket = match is_unwrapped {
            true => unwrapped_leads_to_ticket(&cx, target, &after, parser),
            false => leads_to_ticket(document, &link, target, settings, vocabulary),
        };
        seen.has_ticket_link |= leads_to_ticket && shows_in_body(document, &at);
        if edits.is_empty() && diagnostics.is_empty() {
            clean_links.remember(document, &link, CleanLink { leads_to_ticket, text: link.text().into() });
        }
        let corrected = Corrected { at, link: &link, after, edits, diagnostics, reason };
        record(&cx, corrected, parser, &mut claimed, rewritten);
    }
    seen
}

/// A link and what it becomes.
struct Corrected<'a> {
    at: LinkSpan,
    link: &'a DeepLink,
    after: String,
    edits: Vec<Edit>,
    diagnostics: Vec<Diagnostic>,
    reason: Option<Arc<str>>,
}

/// Adds a link with its edits and findings to the result; `claimed` are the link texts that were changed with a link.
fn record(
    cx: &Context<'_>,
    corrected: Corrected<'_>,
    parser: &mut Parser<'_>,
    claimed: &mut Vec<Span>,
    rewritten: &mut Rewritten,
) {
    let Corrected { at, link, after, edits, diagnostics, reason } = corrected;
    let is_reported = diagnostics.iter().any(|finding| finding.level >= Level::Warning);
    let outcome = match (edits.is_empty(), is_reported) {
        (false, _) => LinkOutcome::Corrected,
        (true, true) => LinkOutcome::Reported,
        (true, false) => LinkOutcome::Kept,
    };
    if !edits.is_empty() {
        rewritten.corrected += 1;
        // An `<a>` may have two addresses, but its text is written only once.
        let same = lint::same_text(cx.document, link, &after).filter(|(span, _)| claimed.last() != Some(span));
        if let Some((span, text)) = same {
            claimed.push(span);
            rewritten.edits.push(Edit::new(span, text));
        }
        let left = left_in(cx, &after, at.span, parser);
        let is_new = |finding: &Diagnostic| diagnostics.iter().all(|known| known.rule != finding.rule);
        rewritten.diagnostics.extend(left.into_iter().filter(is_new));
    }
    let (before, after) = (link.text().into(), after.into());
    rewritten.links.push(LinkChange { span: at.span, before, after, outcome, reason });
    rewritten.edits.extend(edits);
    rewritten.diagnostics.extend(diagnostics);
}

/// The errors that appear only after a link is corrected, because text next to a number had hidden them.
fn left_in(cx: &Context<'_>, after: &str, span: Span, parser: &mut Parser<'_>) -> Vec<Diagnostic> {
    let mut findings = lint::findings_on(cx, after, parser);
    findings.retain(|finding| finding.level == Level::Error);
    for finding in &mut findings {
        (finding.span, finding.fix) = (span, None);
    }
    findings
}

/// Leaves a link as it is, and reports what is wrong with it; returns `false` if it cannot be read as a link.
fn report_only(cx: &Context<'_>, at: LinkSpan, rewritten: &mut Rewritten) -> bool {
    let text: Arc<str> = cx.document.text(at.span).into();
    let (before, after) = (text.clone(), text);
    let Some(found) = cx.portal_link(at) else { return false };
    let mut findings = lint::link_findings(cx, &found);
    let reason = reason(&findings);
    rewritten.links.push(LinkChange { span: at.span, before, after, outcome: LinkOutcome::Reported, reason });
    if let Some(first) = findings.first_mut() {
        first.add_note("together with the text right next to it, it would become a different link".into());
    }
    rewritten.diagnostics.extend(findings);
    true
}

/// Whether a link is in the main body: neither in content only for Outlook, nor in the text-only counterpart of an HTML
/// body.
fn shows_in_body(document: &Document, at: &LinkSpan) -> bool {
    !at.conditional
        && match at.place {
            Place::Attribute(attribute) => attribute.role == AttributeRole::Link,
            Place::PlainText => document.source().kind() == SourceKind::Text,
            _ => true,
        }
}

/// Whether a link that a gateway had wrapped opens the message's ticket. What the gateway has encoded can only be read
/// in the inner link.
fn unwrapped_leads_to_ticket(cx: &Context<'_>, target: &Target, inner: &str, parser: &mut Parser<'_>) -> bool {
    let inner = parser.parse_body(Source::from_text(cx.document.source().name(), inner, SourceKind::Text));
    let read = inner.links().first().and_then(|&at| DeepLink::read(&inner, at, target, cx.hosts()));
    read.is_some_and(|read| leads_to_ticket(&inner, &read, target, cx.settings, cx.vocabulary))
}

/// Whether a link opens the message's ticket, now or after it was corrected.
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
            let param = command
                .and_then(|command| command.params.iter().find(|param| param.means.as_deref() == Some("ticket.id")));
            param.and_then(|param| link.value(&param.name)).is_some_and(|value| is_ticket(value.span))
        }
        // These open the ticket, or are meant to; a second link next to them would only be confusing.
        LinkForm::Retired(_) | LinkForm::Magic | LinkForm::Wrapped(_) => is_ticket(link.at.span),
        LinkForm::OtherPage => false,
    }
}
