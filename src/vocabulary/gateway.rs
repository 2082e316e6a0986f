//! Mail gateways that rewrite links: how they are recognized, and how the original link is restored.
//!
//! ```text
//! address --Gateway::of--> Gateway --unwrap--> the address inside, which another gateway may have wrapped
//! ```

use std::borrow::Cow;

use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use percent_encoding::percent_decode_str;
use serde::Deserialize;

use super::fact::Confidence;
use crate::vocabulary::built_in::{self, built_in};

/// A mail gateway that wraps links.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gateway {
    /// Its name for people.
    pub title: String,
    /// The suffixes of its hosts; `*` matches letters, digits and hyphens. Empty if it can be any host.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// How the path begins; `/` matches a missing path. Empty if it can be any path.
    #[serde(default)]
    pub paths: Vec<String>,
    /// A part of the host or path that rarely occurs in other text.
    pub hint: String,
    /// How the original link is written.
    pub form: GatewayForm,
    /// The parameters that may hold it.
    #[serde(default)]
    pub params: Vec<String>,
    /// Whether people also write such links on purpose.
    #[serde(default)]
    pub is_redirect: bool,
    /// The source of these facts.
    pub source: String,
    /// How certain they are.
    pub confidence: Confidence,
}

/// How a gateway writes the original link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GatewayForm {
    /// Percent-encoded in a query parameter.
    UrlParameter,
    /// In a query parameter that extends to the end, since only its ampersands are encoded.
    RestOfQuery,
    /// In a query parameter that extends to the parameter `g`, partly encoded.
    HalfEncoded,
    /// Base64-encoded in a query parameter.
    Base64Parameter,
    /// Percent-encoded as the last segment of the path.
    LastSegment,
    /// `-` for `%` and `_` for `/`, in a query parameter.
    ProofpointV2,
    /// Between `__` and `__;` in the path.
    ProofpointV3,
    /// Between `___` and `___.` in the query.
    Underscores,
    /// Not in the link, or not readable.
    Opaque,
}

/// An address after its gateway wrappers are removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unwrapped {
    /// The original address.
    pub url: String,
    /// Whether people may have written the outer link on purpose.
    pub is_redirect: bool,
}

/// How many wrappers around one link are removed.
const WRAP_LIMIT: usize = 8;

/// No gateway writes addresses longer than this.
const LONGEST: usize = 16 << 10;

impl Gateway {
    /// The gateways that ship with psalink.
    pub fn builtin() -> &'static [Gateway] {
        #[derive(Deserialize)]
        struct GatewayFile {
            gateways: Vec<Gateway>,
        }
        static BUILTIN: std::sync::OnceLock<Vec<Gateway>> = std::sync::OnceLock::new();
        BUILTIN.get_or_init(|| match built_in::read::<GatewayFile>(built_in!("gateways")) {
            Ok(file) => file.gateways,
            Err(error) => unreachable!("the file is part of the program and a test reads it: {error}"),
        })
    }

    /// The index of the gateway that writes such a link, given its lowercase host and its path.
    pub fn of(host: &str, path: &str) -> Option<usize> {
        Gateway::builtin().iter().position(|gateway| gateway.has_host(host) && gateway.has_path(path))
    }

    /// Whether a lowercase host belongs to this gateway.
    pub fn has_host(&self, host: &str) -> bool {
        let matches_host = |known: &String| {
            let Some((before, after)) = known.split_once('*') else {
                return host == known || host.strip_suffix(known.as_str()).is_some_and(|rest| rest.ends_with('.'));
            };
            let middle = host.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
            // The end of a host, such as `co.uk`, is short.
            let may_have_dots = before.is_empty() || after.is_empty();
            let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.' && may_have_dots;
            let is_short = |middle: &str| !middle.is_empty() && (!after.is_empty() || middle.len() <= 6);
            middle.is_some_and(|middle| is_short(middle) && middle.bytes().all(is_allowed))
        };
        self.hosts.is_empty() || self.hosts.iter().any(matches_host)
    }

    fn has_path(&self, path: &str) -> bool {
        let matches_path = |known: &String| match known.as_str() {
            "/" => matches!(path, "" | "/"),
            known => path.get(..known.len()).is_some_and(|start| start.eq_ignore_ascii_case(known)),
        };
        self.paths.is_empty() || self.paths.iter().any(matches_path)
    }

    /// The address inside a link of this gateway, if it can be read.
    fn unwrap(&self, url: &str) -> Option<String> {
        let params = || self.params.iter().find_map(|name| parameter(url, name));
        let inner = match self.form {
            GatewayForm::UrlParameter => decode(params().filter(|value| is_encoded(url, value))?),
            GatewayForm::RestOfQuery => rest_of_query(url, self.params.first()?)?.replace("%26", "&"),
            GatewayForm::HalfEncoded => decode(rest_of_query(url, self.params.first()?)?.split("&g=").next()?),
            GatewayForm::Base64Parameter => base64(&decode(params()?))?,
            GatewayForm::LastSegment => {
                let path = url.split(['?', '#']).next()?;
                decode_twice(path.rsplit('/').next()?)
            }
            GatewayForm::ProofpointV2 => unescape(decode(&params()?.replace('-', "%").replace('_', "/"))),
            GatewayForm::ProofpointV3 => {
                let start = url.find("__")? + 2;
                let end = start + url[start..].rfind("__;").or_else(|| url[start..].rfind("__"))?;
                let encoded =
                    url[end..].strip_prefix("__;").and_then(|rest| rest.split('!').next()).unwrap_or_default();
                two_slashes(fill_stars(&url[start..end], encoded)?)
            }
            GatewayForm::Underscores => {
                let start = url.find("___")? + 3;
                let end = start + url[start..].find("___.")?;
                two_slashes(decode(&url[start..end]))
            }
            GatewayForm::Opaque => return None,
        };
        let inner = if begins_address(&inner) { inner } else { decode(&inner) };
        let inner = unescape(inner);
        (begins_address(&inner) && !inner.contains(char::is_control)).then_some(inner)
    }
}

/// The address that gateways have wrapped, once or several times; `None` if it cannot be read or nothing is wrapped.
///
/// ```
/// use psalink::vocabulary::unwrap;
/// let url = "https://nam06.safelinks.protection.outlook.com/?url=https%3A%2F%2Fexample.com%2Fstory&data=x";
/// assert_eq!(unwrap(url).map(|inner| inner.url).as_deref(), Some("https://example.com/story"));
/// assert_eq!(unwrap("https://protect-us.mimecast.com/s/AbCdEf"), None);
/// ```
pub fn unwrap(url: &str) -> Option<Unwrapped> {
    let mut unwrapped = Unwrapped { url: url.to_owned(), is_redirect: false };
    for depth in 0..=WRAP_LIMIT {
        let (host, path) = host_and_path(&unwrapped.url).filter(|(host, _)| !host.is_empty())?;
        let gateway = Gateway::of(&host, path);
        let Some(gateway) = gateway.and_then(|index| Gateway::builtin().get(index)) else {
            return (depth > 0).then_some(unwrapped);
        };
        if unwrapped.url.len() > LONGEST {
            return None;
        }
        unwrapped.url = gateway.unwrap(&unwrapped.url)?;
        unwrapped.is_redirect |= gateway.is_redirect;
    }
    None
}

/// The host of an address in lower case, without the port.
pub(crate) fn host_of(url: &str) -> Option<String> {
    host_and_path(url).map(|(host, _)| host)
}

/// The lowercase host of an address, and its path.
fn host_and_path(url: &str) -> Option<(String, &str)> {
    let rest = begins_address(url).then(|| url.split_once("://"))??.1;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, rest) = rest.split_at(end);
    let host = authority.rsplit('@').next()?.split(':').next()?;
    Some((host.to_ascii_lowercase(), rest.split(['?', '#']).next()?))
}

fn begins_address(text: &str) -> bool {
    let starts = |start: &str| text.get(..start.len()).is_some_and(|text| text.eq_ignore_ascii_case(start));
    starts("https://") || starts("http://")
}

/// The value of a query parameter.
fn parameter<'a>(url: &'a str, name: &str) -> Option<&'a str> {
    let query = url.split_once('?')?.1;
    let query = query.split('#').next()?;
    query.split('&').find_map(|pair| {
        let (key, value) = pair.split_once('=')?;
        (key.eq_ignore_ascii_case(name) && !value.is_empty()).then_some(value)
    })
}

/// The value of a parameter and everything after it.
fn rest_of_query<'a>(url: &'a str, name: &str) -> Option<&'a str> {
    let value = parameter(url, name)?;
    let lower = url.to_ascii_lowercase();
    let at = ["?", "&"].iter().find_map(|mark| Some(lower.find(&format!("{mark}{name}="))? + 2 + name.len()))?;
    url.get(at..).filter(|rest| rest.starts_with(value))
}

/// Whether a value is fully encoded. If not, there is no telling which of the following parameters belong to it.
fn is_encoded(url: &str, value: &str) -> bool {
    !(begins_address(value) && value.contains('?')) || url.ends_with(value)
}

/// Decodes percent-encoding; what would not be valid text stays encoded.
fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8().map_or_else(|_| text.to_owned(), Cow::into_owned)
}

fn decode_twice(text: &str) -> String {
    let once = decode(text);
    if begins_address(&once) { once } else { decode(&once) }
}

/// Decodes the HTML character references that some gateways leave.
fn unescape(text: String) -> String {
    if text.contains("&amp;") { text.replace("&amp;", "&") } else { text }
}

/// Some programs merge two slashes, so `http:/x` is read as `http://x`.
fn two_slashes(text: String) -> String {
    match text.split_once(":/") {
        Some((scheme @ ("http" | "https"), rest)) if !rest.starts_with('/') => format!("{scheme}://{rest}"),
        _ => text,
    }
}

fn base64(text: &str) -> Option<String> {
    String::from_utf8(base64_bytes(text)?).ok()
}

fn base64_bytes(text: &str) -> Option<Vec<u8>> {
    let config = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let config = config.with_decode_allow_trailing_bits(true);
    let engine = if text.contains(['-', '_']) {
        GeneralPurpose::new(&URL_SAFE, config)
    } else {
        GeneralPurpose::new(&STANDARD, config)
    };
    engine.decode(text).ok()
}

/// Restores the bytes that Proofpoint replaces with stars; they follow the link, in base64. `**A` stands for two bytes,
/// `**B` for three, and so on. `None` if there are too few.
fn fill_stars(text: &str, encoded: &str) -> Option<String> {
    let bytes = base64_bytes(encoded)?;
    let mut left = bytes.as_slice();
    let mut out: Vec<u8> = Vec::with_capacity(text.len());
    let mut rest = text.bytes().peekable();
    while let Some(byte) = rest.next() {
        if byte != b'*' {
            out.push(byte);
            continue;
        }
        let length = match rest.next_if_eq(&b'*') {
            Some(_) => {
                const RUNS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
                let code = rest.next()?;
                RUNS.iter().position(|run| *run == code)? + 2
            }
            None => 1,
        };
        let (filled, more) = left.split_at_checked(length)?;
        out.extend(filled);
        left = more;
    }
    String::from_utf8(out).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_gateways_by_their_host_and_path() {
        let title = |host: &str, path: &str| Gateway::of(host, path).map(|index| &*Gateway::builtin()[index].title);
        assert_eq!(title("eur01.safelinks.protection.outlook.com", "/"), Some("Microsoft Safe Links"));
        assert_eq!(title("urldefense.com", "/v2/url"), Some("Proofpoint URL Defense"));
        assert_eq!(title("protect-us.mimecast.com", "/s/x"), Some("Mimecast"));
        assert_eq!(title("url.uk.m.mimecastprotect.com", "/s/x"), Some("Mimecast"));
        assert_eq!(title("mail.acme.example", "/fmlurlsvc/"), Some("FortiMail"));
        assert_eq!(title("www.google.co.uk", "/url"), Some("Google"));
        for (host, path) in [
            ("noturldefense.com", "/v2/url"),
            ("urldefense.com.evil.example", "/v3/"),
            ("www.google.com", "/maps"),
            ("www.google.evil.example", "/url"),
            ("www.trendmicro.com", "/wis/clicktime/"),
            ("www.outlook.com", "/"),
        ] {
            assert_eq!(title(host, path), None, "{host}{path}");
        }
    }

    #[test]
    fn reads_the_address_inside() {
        #[derive(Deserialize)]
        struct Pair {
            chain: Vec<String>,
            #[serde(rename = "in")]
            wrapped: String,
            out: Option<String>,
        }
        let pairs: Vec<Pair> = serde_json::from_str(include_str!("../../fixtures/gateways.json")).unwrap();
        assert!(pairs.len() > 40, "{} pairs", pairs.len());
        for pair in pairs {
            let inner = unwrap(&pair.wrapped).map(|inner| inner.url);
            let expected = pair.out.filter(|_| !pair.chain.is_empty());
            assert_eq!(inner, expected, "{}", pair.wrapped);
        }
    }

    #[test]
    fn ends_on_any_text() {
        for piece in ["https://urldefense.com/v3/__", "*", "**", "&u=", "?url=https%3A%2F%2F", "%", "___", "é"] {
            let long = format!("https://urldefense.com/v3/__{}__;YQ!!$", piece.repeat(500));
            assert_eq!(unwrap(&piece.repeat(2000)), None);
            let _ = unwrap(&long);
        }
        let nested = (0..20)
            .fold("https://a.example/".to_owned(), |inner, _| format!("https://urldefense.com/v3/__{inner}__;!!x$"));
        assert_eq!(unwrap(&nested), None);
    }
}
