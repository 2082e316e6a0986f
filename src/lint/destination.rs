//! Where an address leads, so that two addresses that are written differently can be compared.

use std::borrow::Cow;

use url::Host;

use crate::lint::Context;
use crate::parse::deep_link;

/// Where an address leads.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct LinkTarget {
    /// The host in lower case without `www.`; empty for a link to the installed portal.
    pub(super) host: String,
    path: String,
    /// What a portal link opens: its parameters in alphabetical order.
    pub(super) command: Option<Vec<String>>,
}

impl LinkTarget {
    /// Reads an address; `None` if its host is unknown until the message is sent, or if it leads to no page.
    pub(super) fn read(cx: &Context<'_>, address: &str) -> Option<LinkTarget> {
        let text: String =
            deep_link::percent_decode(address).chars().filter(|character| !character.is_whitespace()).collect();
        let mut text = text.to_lowercase();
        while text.contains("&amp;") {
            text = text.replace("&amp;", "&");
        }
        let command = |query: &str| {
            let mut params: Vec<String> = query.split('&').map(str::to_owned).collect();
            params.sort();
            params
        };
        if let Some((scheme, query)) = text.split_once("://")
            && cx.vocabulary.targets().iter().any(|target| target.desktop_scheme() == scheme)
        {
            return Some(LinkTarget { host: String::new(), path: String::new(), command: Some(command(query)) });
        }
        let rest = ["https://", "http://"].into_iter().find_map(|scheme| text.strip_prefix(scheme));
        let rest = rest.or_else(|| text.starts_with("www.").then_some(&text))?;
        let (host, rest) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        let host = host.rsplit('@').next().unwrap_or(host);
        let host = host.split(':').next().unwrap_or(host).trim_end_matches('.');
        let host = host.strip_prefix("www.").unwrap_or(host);
        if host.is_empty() || host.contains(['[', ']', '{', '%', '$', '<', '*', '(', '|']) {
            return None;
        }
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let is_portal_page = |path: &str| cx.vocabulary.targets().iter().any(|target| target.web_path() == path);
        let is_portal = is_portal_page(path.trim_end_matches('/')) && cx.is_portal_host(host);
        Some(LinkTarget {
            host: host.to_owned(),
            path: path.split('#').next().unwrap_or(path).trim_end_matches('/').to_owned(),
            command: is_portal.then(|| command(query)),
        })
    }

    /// Whether a lowercase text names the host.
    pub(super) fn is_named_in(&self, text: &str) -> bool {
        text.contains(&self.host) || text.contains(&*ascii(&self.host))
    }

    /// Whether both lead to the same page; for other sites, only host and path are compared.
    pub(super) fn is_same(&self, other: &LinkTarget) -> bool {
        match (&self.command, &other.command) {
            (Some(this), Some(other)) => this == other,
            _ => ascii(&self.host) == ascii(&other.host) && self.path == other.path,
        }
    }

    /// Whether one host equals the other or is a subdomain of it.
    pub(super) fn is_same_site(&self, other: &LinkTarget) -> bool {
        let lies_below =
            |a: &str, b: &str| a.strip_suffix(b).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
        let (this, other) = (ascii(&self.host), ascii(&other.host));
        lies_below(&this, &other) || lies_below(&other, &this)
    }
}

/// A host as DNS sees it: `xn--bcher-kva.example` for `bücher.example`.
fn ascii(host: &str) -> Cow<'_, str> {
    if host.is_ascii() {
        return Cow::Borrowed(host);
    }
    match Host::parse(host) {
        Ok(Host::Domain(name)) => Cow::Owned(name),
        _ => Cow::Borrowed(host),
    }
}
