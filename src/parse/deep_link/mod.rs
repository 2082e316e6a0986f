//! Reads deep links. No other file uses `url` for them.
//!
//! ```text
//! LinkSpan --DeepLink::read--> DeepLink; a command and its parameters --build--> link --escape--> text for its place
//! ```

mod front;
mod host;
mod label;
mod slip;
mod write;

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use percent_encoding::percent_decode_str;
use pest::Parser as _;
use url::Url;

pub(crate) use front::is_scheme;
pub(crate) use host::{valid_host, with_com, with_dots};
pub(crate) use label::{Label, label, opens_pages};
pub use slip::{Slip, SlipKind};
pub(crate) use write::without_quotes;
pub use write::{Ampersand, build, escape};

use crate::interned::intern;
use crate::parse::document::{Document, LinkSpan, Part, Place};
use crate::parse::grammar::deep_link::{DeepLinks, Rule};
use crate::source::decoded::{Decoded, References};
use crate::span::Span;
use crate::vocabulary::{EditorAddresses, Gateway, Target, Unwrapped, Vocabulary, unwrap};

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

/// A link to a target, as it is in a template.
#[derive(Clone, Debug)]
pub struct DeepLink {
    /// The whole link in the template.
    pub at: LinkSpan,
    /// What kind of link it is.
    pub form: LinkForm,
    /// The form for a browser or for the installed portal.
    pub client: Client,
    /// `https`, as written; empty for a link that begins with `//`.
    pub scheme: Field,
    /// The host as written, without the port; `None` for a desktop link.
    pub host: Option<Field>,
    /// The parameters, in order.
    pub params: Vec<LinkParam>,
    /// What is wrong with how it begins, if the portal would accept it otherwise.
    pub slip: Option<Slip>,
    /// What follows the first `#`; `None` if there is no `#`.
    pub fragment: Option<Field>,
    decoded: Decoded,
}

/// What kind of link it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkForm {
    /// A link in the portal's current form, although what it names may be wrong.
    Current,
    /// A form of the older portal; the index of the target's [`Retired`](crate::vocabulary::Retired) form.
    Retired(usize),
    /// A link with the global magic token, which lets in anyone who has the message.
    Magic,
    /// A link that a mail gateway has rewritten; the index of the [`Gateway`].
    Wrapped(usize),
    /// Another page on the portal's own host.
    OtherPage,
}

/// A part of a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its text, with character references decoded.
    pub text: Arc<str>,
    /// Its bytes in the template.
    pub span: Span,
}

/// One `key=value` of a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkParam {
    /// The word before `=`.
    pub key: Field,
    /// What follows it; `None` if there is no `=`.
    pub value: Option<Field>,
    /// The bytes of `amp;` before the key, left over from an ampersand that was escaped twice.
    pub escaped_twice: Option<Span>,
}

impl DeepLink {
    /// Reads a link to a target; `None` if it leads elsewhere.
    ///
    /// `hosts` are additional portal hosts, in lower case.
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

    /// The link with character references decoded.
    pub fn text(&self) -> &str {
        self.decoded.text()
    }

    /// The parameter with that name.
    pub fn param(&self, name: &str) -> Option<&LinkParam> {
        self.params.iter().find(|param| &*param.key.text == name)
    }

    /// The value of the parameter with that name.
    pub fn value(&self, name: &str) -> Option<&Field> {
        self.param(name).and_then(|param| param.value.as_ref())
    }

    /// The path of a web link, with its placeholders unchanged.
    pub fn path(&self) -> Option<&str> {
        let (_, rest) = self.text().split_once("//")?;
        let path = &rest[rest.find('/')?..];
        path.split(['?', '#']).next()
    }

    /// The address inside a link that a mail gateway has rewritten, if it can be read.
    pub fn unwrapped(&self) -> Option<Unwrapped> {
        matches!(self.form, LinkForm::Wrapped(_)).then(|| unwrap(self.decoded.text())).flatten()
    }
}

fn read_masked(decoded: Decoded, masked: &str, at: LinkSpan, target: &Target, hosts: &[String]) -> Option<DeepLink> {
    let whole = read_whole(&decoded, masked, 0, target, hosts);
    let is_sure = whole.as_ref().is_some_and(|parts| match parts.form {
        LinkForm::Current => parts.client == Client::Desktop || !is_doubtful(parts),
        LinkForm::OtherPage => false,
        LinkForm::Retired(_) | LinkForm::Magic | LinkForm::Wrapped(_) => true,
    });
    let parts = match is_sure {
        true => whole,
        false => read_slip(&decoded, masked, target, hosts).or(whole),
    }?;
    let LinkParts { form, client, scheme, host, params, fragment, slip } = parts;
    Some(DeepLink { at, form, client, scheme, host, params, fragment, slip, decoded })
}

/// A link without its decoded text.
struct LinkParts {
    form: LinkForm,
    client: Client,
    scheme: Field,
    host: Option<Field>,
    params: Vec<LinkParam>,
    fragment: Option<Field>,
    slip: Option<Slip>,
}

/// Whether a portal link is doubtful because of how it begins: its host contains a space or belongs to a PSA, or it has
/// no readable command.
fn is_doubtful(parts: &LinkParts) -> bool {
    let host = parts.host.as_ref().map_or("", |host| &*host.text);
    let is_encoded = |text: &str| text.contains('%');
    let first = parts.params.iter().find(|param| !param.key.text.is_empty());
    let name = first.filter(|param| &*param.key.text == "name").and_then(|param| param.value.as_ref());
    parts.params.is_empty()
        || host.contains([' ', '%', ':', '\\'])
        || EditorAddresses::builtin().has_host(&host.to_lowercase())
        || first.is_some_and(|param| param.key.text.starts_with('?') || is_encoded(&param.key.text))
        || name.is_some_and(|name| is_encoded(&name.text))
}

/// Reads a link that a portal would accept, except for how it begins.
fn read_slip(decoded: &Decoded, masked: &str, target: &Target, hosts: &[String]) -> Option<LinkParts> {
    let field = |range: Range<usize>| Field { text: intern(&decoded.text()[range.clone()]), span: decoded.span(range) };
    if let Some(found) = slip::desktop(masked, target, hosts) {
        let parts = read_whole(decoded, masked, found.command, target, hosts);
        let slip = |kind| Slip { kind, beginning: decoded.span(0..found.command), scheme: "", separators: Vec::new() };
        return parts.map(|parts| LinkParts { slip: Some(slip(found.kind)), ..parts });
    }
    let found = slip::read(masked, target, hosts)?;
    let separators = found.separators.into_iter().map(|(range, right)| (decoded.span(range), right)).collect();
    let beginning = decoded.span(found.beginning);
    let param = |(key, value): (Range<usize>, Option<Range<usize>>)| {
        let (key, escaped_twice) = unescaped(&field, key, true);
        LinkParam { key, value: value.map(&field), escaped_twice }
    };
    Some(LinkParts {
        form: LinkForm::Current,
        client: Client::Web,
        scheme: Field { text: intern(""), span: decoded.span(0..0) },
        host: found.host.map(field),
        params: found.pairs.into_iter().map(param).collect(),
        fragment: None,
        slip: Some(Slip { kind: found.kind, beginning, scheme: found.scheme, separators }),
    })
}

/// Reads a link that begins at `from`.
fn read_whole(decoded: &Decoded, masked: &str, from: usize, target: &Target, hosts: &[String]) -> Option<LinkParts> {
    let masked = &masked[from..];
    let field = |range: Range<usize>| {
        let range = from + range.start..from + range.end;
        Field { text: intern(&decoded.text()[range.clone()]), span: decoded.span(range) }
    };
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
        // A gateway's own page does not wrap a link.
        let gateway = Gateway::of(&name, &path).filter(|_| path.len() > 1 || !params.is_empty());
        let has_magic =
            target.magic.as_ref().is_some_and(|(token, _)| params.iter().any(|param| *param.key.text == **token));
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
    Some(LinkParts { form, client, scheme, host, params, fragment, slip: None })
}

/// Reads the parameters of a command one at a time. Applying the grammar to a link with a hundred thousand of them at
/// once would take a hundred times the link's memory.
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
        let (key, escaped_twice) = unescaped(field, key, start > 0);
        params.push(LinkParam { key, value, escaped_twice });
    }
    params
}

/// A key without the rest of an ampersand that was escaped twice: `&amp;amp;` reads as `&amp;`, so the key begins with
/// `amp;`.
fn unescaped(field: &impl Fn(Range<usize>) -> Field, key: Range<usize>, may_be: bool) -> (Field, Option<Span>) {
    let whole = field(key.clone());
    let rest = whole.text.trim_start_matches("amp;").len();
    if rest == whole.text.len() || !may_be {
        return (whole, None);
    }
    let cut = key.end - rest;
    (field(cut..key.end), Some(field(key.start..cut).span))
}

/// The host in an authority, without user and port.
fn host_range(authority: Range<usize>, masked: &str) -> Range<usize> {
    let text = &masked[authority.clone()];
    let start = text.rfind('@').map_or(0, |at| at + 1);
    let rest = &text[start..];
    let port = rest.rfind(':').filter(|&at| rest[at + 1..].bytes().all(|byte| byte.is_ascii_digit()));
    let end = start + port.unwrap_or(rest.len());
    authority.start + start..authority.start + end
}

/// The host as a browser would spell it; characters that mask a placeholder are kept.
fn host_name(masked: &str, host: Option<&Field>) -> String {
    let parsed = Url::parse(masked).ok().and_then(|url| url.host_str().map(str::to_owned));
    parsed.unwrap_or_else(|| host.map(|host| host.text.to_lowercase()).unwrap_or_default())
}

/// The decoded text with every placeholder and every `{{…}}` replaced with the same number of letters, because `url`
/// and the grammar cannot handle brackets and spaces.
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
    // This is still valid text, since only whole characters were replaced.
    String::from_utf8(bytes).unwrap_or_else(|_| whole.to_owned())
}

/// What kind of link it is, if it leads to a target.
pub(crate) fn form_of(document: &Document, at: LinkSpan, vocabulary: &Vocabulary) -> Option<LinkForm> {
    vocabulary.targets().iter().find_map(|target| DeepLink::read(document, at, target, &[])).map(|link| link.form)
}

/// The document's link that a span begins in.
pub(crate) fn in_link(document: &Document, span: Span) -> Option<&LinkSpan> {
    let index = document.links().partition_point(|link| link.span.end <= span.start);
    document.links().get(index).filter(|link| link.span.start <= span.start)
}

/// Decodes percent-encoding; what would not be valid text stays encoded.
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
        let broken = read("<a href='/acme.deskdirector.com/portal/deeplink?name=ticket'>x</a>");
        assert_eq!(broken[0].slip.as_ref().map(|slip| slip.kind), Some(SlipKind::Scheme));
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
}
