//! Reads and builds deep links: the one file that knows `url`.
//!
//! ```text
//! LinkSpan --DeepLink::read--> DeepLink; a command and its parameters --build--> link --escape--> text for its place
//! ```

mod write;

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use percent_encoding::percent_decode_str;
use pest::Parser as _;
use url::Url;

pub(crate) use write::without_quotes;
pub use write::{Ampersand, build, escape};

use crate::interned::intern;
use crate::parse::document::{Document, LinkSpan, Part, Place};
use crate::parse::grammar::deep_link::{DeepLinks, Rule};
use crate::source::decoded::{Decoded, References};
use crate::span::Span;
use crate::vocabulary::{Gateway, Target, Unwrapped, Vocabulary, unwrap};

/// The form of a link: for a browser or for the installed portal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Client {
    /// `https://…/portal/deeplink?…`
    #[default]
    Web,
    /// `ddportal://…`
    Desktop,
}

/// A link of a target as it is in a template.
#[derive(Clone, Debug)]
pub struct DeepLink {
    /// The whole link in the template.
    pub at: LinkSpan,
    /// What kind of link it is.
    pub form: LinkForm,
    /// The form for a browser or for the installed portal.
    pub client: Client,
    /// `https`, as it is written; empty in a link that begins with `//`.
    pub scheme: Field,
    /// The host as it is written, without a port; none in a desktop link.
    pub host: Option<Field>,
    /// The parameters in their order.
    pub params: Vec<LinkParam>,
    /// What follows the first `#`; none without one.
    pub fragment: Option<Field>,
    decoded: Decoded,
}

/// What kind of link it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkForm {
    /// A link as the portal takes it today, though what it names may be wrong.
    Current,
    /// A form of the older portal; the index of the target's [`Retired`](crate::vocabulary::Retired) form.
    Retired(usize),
    /// A link with the global magic token, which lets in anyone who has the mail.
    Magic,
    /// A link that a mail gateway has rewritten; the index of the [`Gateway`].
    Wrapped(usize),
    /// Another page on the portal's own host.
    OtherPage,
}

/// A piece of a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its text with character references undone.
    pub text: Arc<str>,
    /// Its bytes in the template.
    pub span: Span,
}

/// One `key=value` of a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkParam {
    /// The word before `=`.
    pub key: Field,
    /// What follows it; none where there is no `=`.
    pub value: Option<Field>,
    /// The bytes of `amp;` before the key, left over from an ampersand that was escaped twice.
    pub escaped_twice: Option<Span>,
}

impl DeepLink {
    /// Reads a link of a target; `None` if it is someone else's.
    ///
    /// `hosts` are further hosts of the portal, in lower case.
    pub fn read(document: &Document, at: LinkSpan, target: &Target, hosts: &[String]) -> Option<DeepLink> {
        let references = References::of(document.source().kind(), matches!(at.place, Place::Attribute(_)));
        // An unquoted value ends at the first space; what follows belongs to the next attribute.
        let decoded = Decoded::new(
            document.source(),
            at.span,
            if at.place == Place::PlainText { References::None } else { references },
        );
        let masked = mask(&decoded, document.parts_in(at.span));
        read_masked(decoded, &masked, at, target, hosts)
    }

    /// The link with character references undone.
    pub fn text(&self) -> &str {
        self.decoded.text()
    }

    /// The parameter of that name.
    pub fn param(&self, name: &str) -> Option<&LinkParam> {
        self.params.iter().find(|param| &*param.key.text == name)
    }

    /// The value of the parameter of that name.
    pub fn value(&self, name: &str) -> Option<&Field> {
        self.param(name).and_then(|param| param.value.as_ref())
    }

    /// The address inside one that a mail gateway has rewritten, where it can be read from it.
    pub fn unwrapped(&self) -> Option<Unwrapped> {
        matches!(self.form, LinkForm::Wrapped(_)).then(|| unwrap(self.decoded.text())).flatten()
    }
}

fn read_masked(decoded: Decoded, masked: &str, at: LinkSpan, target: &Target, hosts: &[String]) -> Option<DeepLink> {
    let field = |range: Range<usize>| Field { text: intern(&decoded.text()[range.clone()]), span: decoded.span(range) };
    let range = |pair: &pest::iterators::Pair<'_, Rule>| pair.as_span().start()..pair.as_span().end();
    let scheme_end = if masked.starts_with("//") { 0 } else { masked.find(':')? };
    let is_desktop = masked[..scheme_end].eq_ignore_ascii_case(target.desktop_scheme());
    let rule = if is_desktop { Rule::desktop_link } else { Rule::web_link };
    let link = DeepLinks::parse(rule, masked).ok()?.next()?;
    let mut host = None;
    let mut path = String::new();
    let mut params = Vec::new();
    let mut fragment = None;
    for pair in link.into_inner() {
        match pair.as_rule() {
            Rule::authority => host = Some(field(host_range(range(&pair), masked))),
            Rule::path => path = pair.as_str().to_owned(),
            Rule::query => params = read_params(&pair, &field),
            Rule::fragment => fragment = Some(field(range(&pair))),
            _ => {}
        }
    }
    let scheme = field(0..scheme_end);
    let (client, form) = if is_desktop {
        let first = params.iter().find(|param: &&LinkParam| !param.key.text.is_empty());
        let bare = |param: &&LinkParam| param.key.text.trim_end_matches('/').to_ascii_lowercase();
        let retired = first.and_then(|param| {
            target.retired.iter().position(|form| form.word == bare(&param) && form.has_value == param.value.is_some())
        });
        let has_name = params.iter().any(|param| &*param.key.text == "name");
        (
            Client::Desktop,
            match retired {
                Some(index) if !has_name => LinkForm::Retired(index),
                _ => LinkForm::Current,
            },
        )
    } else {
        let name = host_name(masked, host.as_ref());
        let is_own = name == target.host_suffix
            || name.strip_suffix(&target.host_suffix).is_some_and(|rest| rest.ends_with('.'))
            || hosts.contains(&name);
        // The page of a gateway itself wraps nothing.
        let gateway = Gateway::of(&name, &path).filter(|_| path.len() > 1 || !params.is_empty());
        let has_magic = target.magic.as_ref().is_some_and(|(token, _)| params.iter().any(|it| *it.key.text == **token));
        let form = if let Some(gateway) = gateway {
            if scheme.text.is_empty() {
                return None; // no gateway writes such a link
            }
            LinkForm::Wrapped(gateway)
        } else if path.trim_end_matches('/').eq_ignore_ascii_case(target.web_path()) {
            LinkForm::Current
        } else if is_own && has_magic {
            LinkForm::Magic
        } else if is_own {
            LinkForm::OtherPage
        } else {
            return None;
        };
        (Client::Web, form)
    };
    Some(DeepLink { at, form, client, scheme, host, params, fragment, decoded })
}

/// Reads a command parameter by parameter: the grammar is asked about each alone, since its answer about a link with a
/// hundred thousand of them would take a hundred times the memory of the link.
fn read_params(query: &pest::iterators::Pair<'_, Rule>, field: &impl Fn(Range<usize>) -> Field) -> Vec<LinkParam> {
    let mut params = Vec::with_capacity(query.as_str().matches('&').count() + 1);
    let mut end = query.as_span().start();
    for piece in query.as_str().split('&') {
        let start = end;
        end = start + piece.len() + 1;
        let Some(pair) = DeepLinks::parse(Rule::pair, piece).ok().and_then(|mut pairs| pairs.next()) else {
            continue; // nothing between two `&`
        };
        let mut key = start..start;
        let mut value = None;
        for piece in pair.into_inner() {
            let span = start + piece.as_span().start()..start + piece.as_span().end();
            match piece.as_rule() {
                Rule::key => key = span,
                _ => value = Some(field(span)),
            }
        }
        // `&amp;amp;` reads `&amp;`, so that the key begins with `amp;`.
        let mut escaped_twice = None;
        let mut key_field = field(key.clone());
        let rest = key_field.text.trim_start_matches("amp;").len();
        if rest < key_field.text.len() && start > 0 {
            let cut = key.end - rest;
            escaped_twice = Some(field(key.start..cut).span);
            key_field = field(cut..key.end);
        }
        params.push(LinkParam { key: key_field, value, escaped_twice });
    }
    params
}

/// The host of an authority, without user and port.
fn host_range(authority: Range<usize>, masked: &str) -> Range<usize> {
    let text = &masked[authority.clone()];
    let start = text.rfind('@').map_or(0, |at| at + 1);
    let rest = &text[start..];
    let port = rest.rfind(':').filter(|&at| rest[at + 1..].bytes().all(|byte| byte.is_ascii_digit()));
    let end = start + port.unwrap_or(rest.len());
    authority.start + start..authority.start + end
}

/// The host as a browser would spell it; characters that mask a placeholder stay characters.
fn host_name(masked: &str, host: Option<&Field>) -> String {
    let parsed = Url::parse(masked).ok().and_then(|url| url.host_str().map(str::to_owned));
    parsed.unwrap_or_else(|| host.map(|host| host.text.to_lowercase()).unwrap_or_default())
}

/// The host of a text without a scheme, as a browser would spell it; `None` if it is not a host.
pub(crate) fn valid_host(host: &str) -> Option<String> {
    let url = Url::parse(&format!("https://{host}/")).ok()?;
    let is_whole = url.path() == "/" && url.query().is_none() && url.username().is_empty();
    let name = url.host_str().filter(|name| is_whole && name.contains('.'))?;
    // `url` follows the rules of browsers, which take dots and lengths that no name server knows.
    let is_label = |label: &str| (1..=63).contains(&label.len());
    if name.len() > 253 || !name.split('.').all(is_label) {
        return None;
    }
    Some(match url.port() {
        Some(port) => format!("{name}:{port}"),
        None => name.to_owned(),
    })
}

/// The decoded text with every placeholder, and every `{{…}}`, replaced by as many letters: `url` and the
/// grammar would stumble over brackets and spaces.
fn mask(decoded: &Decoded, parts: &[Part]) -> String {
    let mut bytes = decoded.text().as_bytes().to_vec();
    let whole = decoded.text();
    for part in parts {
        let range = decoded.range(part.span);
        bytes[range].fill(b'x');
    }
    let mut from = 0;
    while let Some(open) = whole[from..].find("{{") {
        let open = from + open;
        let Some(close) = whole[open..].find("}}") else { break };
        from = open + close + 2;
        bytes[open..from].fill(b'x');
    }
    // What is left is text with whole characters replaced.
    String::from_utf8(bytes).unwrap_or_else(|_| whole.to_owned())
}

/// Whether a link is one of a target.
pub(crate) fn is_ours(document: &Document, at: LinkSpan, vocabulary: &Vocabulary) -> bool {
    vocabulary.targets().iter().any(|target| DeepLink::read(document, at, target, &[]).is_some())
}

/// The link of a document that a span begins in.
pub(crate) fn in_link(document: &Document, span: Span) -> Option<&LinkSpan> {
    let index = document.links().partition_point(|link| link.span.end <= span.start);
    document.links().get(index).filter(|link| link.span.start <= span.start)
}

/// Undoes percent-encoding; what would not be text stays as it is.
pub(crate) fn percent_decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8().map_or_else(|_| text.to_owned(), Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Parser, Source, SourceKind, Vocabulary};

    fn read(html: &str) -> Vec<DeepLink> {
        let vocabulary = Vocabulary::builtin();
        let document = Parser::new(vocabulary).parse_body(Source::from_text("a.html", html, SourceKind::Html));
        let target = &vocabulary.targets()[0];
        document.links().iter().filter_map(|&at| DeepLink::read(&document, at, target, &[])).collect()
    }

    #[test]
    fn reads_every_form() {
        for (url, form) in [
            ("https://acme.deskdirector.com/portal/deeplink?name=ticket&amp;ticket_id=[Ticket: ID]", "Current"),
            ("https://support.example.com/portal/deeplink?name=ticket&ticket_id=[srnumber]#note", "Current"),
            ("https://[your-subdomain].deskdirector.com/portal/deeplink?name=ticket", "Current"),
            ("https://{{yourSubdomain}}.deskdirector.com?gtoken=1&ticketid=[srnumber]", "Magic"),
            ("https://ACME.DeskDirector.com:443/Portal/DeepLink/?name=x", "Current"),
            ("ddportal://name=ticket&ticket_id=[srnumber]", "Current"),
            ("ddportal://ticketid=[srnumber]", "Retired(0)"),
            ("DDPORTAL://mytickets/", "Retired(1)"),
            ("https://acme.deskdirector.com/tech/tickets/1/details", "OtherPage"),
            ("//acme.deskdirector.com/portal/deeplink?name=ticket", "Current"),
            ("//support.example.com/portal/deeplink/?name=ticket", "Current"),
        ] {
            let links = read(&format!("<a href=\"{url}\">x</a>"));
            assert_eq!(links.len(), 1, "{url}");
            assert_eq!(format!("{:?}", links[0].form), form, "{url}");
        }
        assert!(read("<a href='https://example.com/deskdirector-guide'>x</a>").is_empty());
        assert!(read("<a href='https://deskdirector.com.evil.example/portal'>x</a>").is_empty());
        assert!(read("<a href='/acme.deskdirector.com/portal/deeplink?name=ticket'>x</a>").is_empty());
    }

    #[test]
    fn fields_know_their_bytes() {
        let html =
            "<a href='https://acme.deskdirector.com/portal/deeplink?name=ticket&amp;amp;ticket_id=%5BTicket:%20ID%5D'>";
        let link = &read(html)[0];
        let id = link.param("ticket_id").unwrap();
        assert_eq!(&html[id.escaped_twice.unwrap().range()], "amp;");
        assert_eq!(&html[id.value.as_ref().unwrap().span.range()], "%5BTicket:%20ID%5D");
        assert_eq!(&html[link.host.as_ref().unwrap().span.range()], "acme.deskdirector.com");
    }

    #[test]
    fn unwraps_what_gateways_wrap() {
        let inner = "https://acme.deskdirector.com/portal/deeplink?name=ticket&ticket_id=[srnumber]";
        for url in [
            "https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Facme.deskdirector.com%2Fportal%2Fdeeplink%3Fname%3Dticket%26ticket_id%3D%5Bsrnumber%5D&amp;data=05",
            "https://urldefense.proofpoint.com/v2/url?u=https-3A__acme.deskdirector.com_portal_deeplink-3Fname-3Dticket-26ticket-5Fid-3D-5Bsrnumber-5D&d=x",
            "https://urldefense.com/v3/__https://acme.deskdirector.com/portal/deeplink?name=ticket&ticket_id=[srnumber]__;!!abc",
        ] {
            let links = read(&format!("<a href=\"{url}\">x</a>"));
            assert_eq!(links[0].unwrapped().map(|inner| inner.url).as_deref(), Some(inner), "{url}");
        }
    }

    #[test]
    fn builds_values_that_survive() {
        let target = &Vocabulary::builtin().targets()[0];
        let url = build(target, Client::Desktop, "", "survey", &[("a", "x y&z\"<é"), ("b", "1[srnumber]2")]);
        assert_eq!(url, "ddportal://name=survey&a=x%20y%26z%22%3C%C3%A9&b=1[srnumber]2");
        assert_eq!(escape("a&b", Ampersand::Escaped), "a&amp;b");
        assert_eq!(escape("a&b", Ampersand::Plain), "a&b");
        assert_eq!(escape("a&quote_id=1", Ampersand::Plain), "a&amp;quote_id=1");
    }

    #[test]
    fn hosts_are_hosts() {
        assert_eq!(valid_host("Support.Example.com").as_deref(), Some("support.example.com"));
        assert_eq!(valid_host("support.example.com:8443").as_deref(), Some("support.example.com:8443"));
        for wrong in [
            "",
            "acme",
            "a b.example",
            "host.example/path",
            "u@host.example",
            "https://host.example",
            ".",
            "..",
            "a..b",
            ".a.b",
            "a.b.",
            "a.b..",
            "\u{3002}",
            "a\u{3002}\u{3002}b",
            &format!("{}.example", "a".repeat(64)),
            &format!("{}example", "a.".repeat(130)),
            "a.example:99999",
        ] {
            assert_eq!(valid_host(wrong), None, "{wrong}");
        }
    }
}
