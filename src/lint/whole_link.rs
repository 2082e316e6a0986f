//! What the rules that replace a whole link share.

use crate::diagnostic::Diagnostic;
use crate::html::scan::Quote;
use crate::lint::{Context, PortalLink, foreign_finding};
use crate::parse::deep_link::{self, Ampersand, Client, Field};
use crate::parse::document::{Flaw, Place};
use crate::source::edit::Edit;
use crate::vocabulary::{Command, Target};

/// The link to a command, if the portal is known.
pub(super) fn new_link(
    cx: &Context<'_>,
    target: &Target,
    client: Client,
    command: &Command,
    params: &[(&str, &str)],
) -> Option<String> {
    let host = match client {
        Client::Web => cx.settings.host.as_deref()?,
        Client::Desktop => "",
    };
    Some(deep_link::build(target, client, host, &command.name, params))
}

/// The edit that replaces a whole link, keeping its quotes.
pub(super) fn replacement(cx: &Context<'_>, portal_link: &PortalLink<'_>, url: &str) -> Edit {
    let at = portal_link.link.at;
    let ampersand = ampersand(cx, portal_link);
    let text = match at.place {
        Place::Attribute(attribute) if attribute.quote == Quote::None => {
            format!("\"{}\"", deep_link::escape(url, ampersand))
        }
        Place::PlainText => url.to_owned(),
        _ => deep_link::escape(url, ampersand),
    };
    Edit::new(at.span, text)
}

/// How the ampersands of a link are written; a link without any follows the settings.
pub(super) fn ampersand(cx: &Context<'_>, portal_link: &PortalLink<'_>) -> Ampersand {
    let written = cx.document.text(portal_link.link.at.span);
    let is_plain = written.contains('&') && !written.to_ascii_lowercase().contains("&amp;") && !written.contains("&#");
    if is_plain { Ampersand::Plain } else { cx.settings.ampersand }
}

/// The ticket number in an old link: its placeholder or its digits. The error is a finding about a placeholder that the
/// PSA does not fill in, or `None` if the value is not a number.
pub(super) fn record_value(cx: &Context<'_>, value: &Field) -> Result<String, Option<Box<Diagnostic>>> {
    let parts = cx.document.parts_in(value.span);
    if let [part] = parts
        && part.span == value.span
    {
        if let Some(finding) = foreign_finding::finding(cx.vocabulary, cx.settings, part) {
            return Err(Some(Box::new(finding)));
        }
        if let Some(spelling) = part.spelling()
            && let Some(known) = spelling.known_in(cx.settings.dialect)
            && !spelling.flaws.contains(&Flaw::NeverClosed)
        {
            if cx.dialect().means(known, "ticket.id") {
                return Ok(spelling.token());
            }
            if cx.dialect().identifies_ticket(known)
                && let Some(right) = cx.token("ticket.id")
            {
                return Ok(format!("[{right}]"));
            }
        }
    } else if !value.text.is_empty() && value.text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(value.text.to_string());
    }
    Err(None)
}
