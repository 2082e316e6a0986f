//! Corrects the links of a template: expands link macros and bare ticket numbers, and corrects broken links.
//!
//! ```text
//! Document --rewrite_once--> edits of correct (links) and of expand (macros, ticket numbers)
//!    --settle--> Rewritten { edits, diagnostics, links }, which a second rewrite would not change
//! ```

pub(crate) mod addresses;
pub(crate) mod correct;
pub(crate) mod once;
pub(crate) mod rewriter;
pub(crate) mod settle;

pub use crate::expand::rewritten::{LinkChange, LinkOutcome, Rewritten};
pub use rewriter::Rewriter;

use std::collections::HashSet;
use std::sync::Arc;

use once::rewrite_once;

use crate::config::settings::Settings;
use crate::error::Error;
use crate::lint;
use crate::lint::cover::cover;
use crate::lint::rules::{mail_source, unexpected_host};
use crate::parse::document::Document;
use crate::sorting::sort_in_place;

/// Rewrites a template: returns the changes without applying them.
///
/// # Errors
///
/// A link is needed although no portal is known.
///
/// ```
/// use psalink::{Rewriter, Settings, Source, SourceKind, Vocabulary, rewrite};
/// use psalink::source::edit;
/// let vocabulary = Vocabulary::builtin();
/// let mut rewriter = Rewriter::new(vocabulary);
/// let source = Source::from_text("mail.html", "<p>Ticket [srnumber]</p>", SourceKind::Html);
/// let document = rewriter.parser.parse_body(source);
/// let settings = Settings::new(vocabulary, "connectwise", Some("acme.deskdirector.com")).ok_or("no dialect")?;
/// let rewritten = rewrite(&document, &settings, &mut rewriter)?;
/// let bytes = edit::apply(document.source(), &rewritten.edits)?;
/// assert_eq!(
///     String::from_utf8(bytes)?,
///     "<p>Ticket <a href=\"https://acme.deskdirector.com/portal/deeplink?name=ticket&amp;ticket_id=[srnumber]\">\
///      [srnumber]</a></p>"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn rewrite(document: &Document, settings: &Settings, rewriter: &mut Rewriter<'_>) -> Result<Rewritten, Error> {
    let is_source = mail_source::finding(document).is_some();
    let is_bare = document.parts.is_empty() && document.links.is_empty();
    if is_source || is_bare && document.regions.is_empty() {
        return Ok(untouched(document));
    }
    let rewritten = rewrite_once(document, settings, rewriter, &[])?;
    let mut rewritten = settle::settle(document, settings, rewriter, rewritten)?;
    rewritten.diagnostics.extend(lint::swallowed_findings(document, settings, rewriter.vocabulary()));
    if !is_bare {
        rewritten.diagnostics.extend(lint::invalid_utf_8(document));
    }
    rewritten.diagnostics.extend(lint::unclosed_settings(document));
    sort_in_place(&mut rewritten.diagnostics, |diagnostic| {
        (diagnostic.span.start, std::cmp::Reverse(diagnostic.level))
    });
    cover(document.source(), &mut rewritten.diagnostics);
    // Once per file is enough.
    let mut hosts: HashSet<Arc<str>> = HashSet::new();
    rewritten
        .diagnostics
        .retain(|diagnostic| diagnostic.rule != unexpected_host::RULE.name || hosts.insert(diagnostic.message.clone()));
    Ok(rewritten)
}

/// The result for a template without macros or links, or for the source of a message: no changes.
pub(crate) fn untouched(document: &Document) -> Rewritten {
    let finding = mail_source::finding(document).or_else(|| lint::unclosed_settings(document));
    Rewritten { diagnostics: finding.into_iter().collect(), ..Rewritten::default() }
}
