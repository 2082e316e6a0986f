//! How a portal link should begin, and the edits that make it begin so.

use crate::lint::{Context, PortalLink};
use crate::parse::deep_link::{self, Client, Field, Slip};
use crate::source::edit::Edit;
use crate::span::Span;

/// How the link should begin, up to its command; `None` if the portal is not known.
pub(super) fn right(cx: &Context<'_>, portal_link: &PortalLink<'_>, slip: &Slip) -> Option<String> {
    if portal_link.link.client == Client::Desktop {
        return Some(String::new());
    }
    let (host, port) = match &portal_link.link.host {
        Some(host) => {
            let after = cx.document.text(Span { start: host.span.end.min(slip.beginning.end), ..slip.beginning });
            let port =
                after.split(['/', '\\']).next().filter(|port| port.starts_with(':')).unwrap_or_default().to_owned();
            (whole_host(cx, host), port)
        }
        None => (cx.settings.host.clone()?, String::new()),
    };
    let suffix = &portal_link.target.host_suffix;
    let is_own = host.to_lowercase().strip_suffix(suffix.as_str()).is_some_and(|rest| rest.ends_with('.'));
    // A custom domain may not have a certificate.
    let scheme = if slip.scheme == "http://" && is_own { "https://" } else { slip.scheme };
    Some(format!("{scheme}{host}{port}{}", portal_link.target.web_path()))
}

/// A host as it is written, with its spaces removed; if these are encoded, all of it is decoded.
fn whole_host(cx: &Context<'_>, host: &Field) -> String {
    let written = cx.document.text(host.span);
    let written = if written.contains("%20") { deep_link::percent_decode(&written) } else { written.into_owned() };
    let (joined, dotted) = (written.replace(' ', ""), written.trim().replace(' ', "."));
    // `acme.deskdirector com`: the space has replaced a dot.
    let is_dot = !cx.is_portal_host(&joined.to_lowercase()) && cx.is_portal_host(&dotted.to_lowercase());
    if is_dot { dotted } else { joined }
}

/// The edit that turns one text into another, without the beginning and end that they share.
fn smallest(span: Span, written: &str, right: &str) -> Option<Edit> {
    if written == right {
        return None;
    }
    let same = |a: &mut dyn Iterator<Item = (char, char)>| -> usize {
        a.take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum()
    };
    // In other encodings a character may have a different length.
    if !written.is_ascii() {
        return Some(Edit::new(span, right));
    }
    let start = same(&mut written.chars().zip(right.chars()));
    let end = same(&mut written[start..].chars().rev().zip(right[start..].chars().rev()));
    let (from, to) = (span.start as usize + start, span.end as usize - end);
    Some(Edit::new(Span::new(from, to), &right[start..right.len() - end]))
}

/// The edits that correct the beginning. A host without mistakes is left as it is, since another rule may change it.
pub(super) fn edits(cx: &Context<'_>, portal_link: &PortalLink<'_>, slip: &Slip, right: &str) -> Vec<Edit> {
    let edit = |span: Span, right: &str| smallest(span, &cx.document.text(span), right);
    let kept = portal_link
        .link
        .host
        .as_ref()
        .map(|host| host.span)
        .filter(|host| !slip.beginning.is_empty() && slip.beginning.covers(*host));
    if let Some(host) = kept
        && let Some((before, after)) = right.split_once(&*cx.document.text(host))
    {
        let (start, end) = (Span { end: host.start, ..slip.beginning }, Span { start: host.end, ..slip.beginning });
        return [edit(start, before), edit(end, after)].into_iter().flatten().collect();
    }
    edit(slip.beginning, right).into_iter().collect()
}

/// The address in front of a link, if the link itself follows it directly.
pub(super) fn in_front(cx: &Context<'_>, portal_link: &PortalLink<'_>, slip: &Slip) -> Option<Span> {
    let start = slip.beginning.start;
    if portal_link.link.client == Client::Desktop {
        return (!slip.beginning.is_empty()).then_some(slip.beginning);
    }
    let host = portal_link.link.host.as_ref().filter(|_| portal_link.link.client == Client::Web)?.span;
    let before = cx.slice(Span { start, end: host.start.max(start) });
    let scheme =
        [&b"https://"[..], b"http://"].into_iter().find(|scheme| before.to_ascii_lowercase().ends_with(scheme));
    let end = before.len() - scheme.map_or(0, <[u8]>::len);
    (end > 0).then(|| Span::new(start as usize, start as usize + end))
}
