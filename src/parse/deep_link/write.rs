//! Builds deep links, and writes them in the form that their place needs.

use super::Client;
use crate::vocabulary::Target;

/// Builds a link: the command's name, then the parameters in the given order. The result has plain ampersands and raw
/// placeholders; [`escape`] prepares it for its place.
///
/// ```
/// use psalink::link::{self, Client};
/// use psalink::Vocabulary;
/// let target = &Vocabulary::builtin().targets()[0];
/// let url = link::build(target, Client::Web, "acme.deskdirector.com", "ticket", &[("ticket_id", "[Ticket: ID]")]);
/// assert_eq!(url, "https://acme.deskdirector.com/portal/deeplink?name=ticket&ticket_id=[Ticket: ID]");
/// ```
pub fn build(target: &Target, client: Client, host: &str, name: &str, params: &[(&str, &str)]) -> String {
    let mut command = format!("name={name}");
    for (key, value) in params {
        command.push('&');
        command.push_str(key);
        command.push('=');
        encode_value(value, &mut command);
    }
    match client {
        Client::Web => target.web_link(host, &command),
        Client::Desktop => target.desktop_link(&command),
    }
}

/// Percent-encodes what a value must not contain, leaving placeholders unchanged.
fn encode_value(value: &str, out: &mut String) {
    let mut rest = value;
    while let Some(character) = rest.chars().next() {
        let token = (character == '[').then(|| rest.find(']')).flatten();
        if let Some(end) = token {
            out.push_str(&rest[..=end]);
            rest = &rest[end + 1..];
            continue;
        }
        let (head, tail) = rest.split_at(character.len_utf8());
        if character.is_ascii_alphanumeric() || "-._~@:/,!*".contains(character) {
            out.push(character);
        } else {
            for byte in head.bytes() {
                out.push_str(&format!("%{byte:02X}"));
            }
        }
        rest = tail;
    }
}

/// A link without characters that could end it in an attribute or a text, leaving placeholders unchanged.
pub(crate) fn without_quotes(url: &str) -> String {
    let mut out = String::with_capacity(url.len());
    let mut in_token = false;
    let last_end = url.rfind(']').unwrap_or(0);
    for (index, character) in url.char_indices() {
        match character {
            '[' => in_token = index < last_end,
            ']' => in_token = false,
            _ => {}
        }
        match character {
            ' ' | '"' | '\'' | '<' | '>' | '`' | '\\' if !in_token => {
                out.push_str(&format!("%{:02X}", character as u32))
            }
            _ if character.is_ascii_control() => out.push_str(&format!("%{:02X}", character as u32)),
            _ => out.push(character),
        }
    }
    out
}

/// How an ampersand is written in HTML.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Ampersand {
    /// `&amp;`
    #[default]
    Escaped,
    /// `&`, for editors that escape it themselves.
    Plain,
}

/// A link as written in HTML, in text or in an attribute with any quotes.
pub fn escape(url: &str, ampersand: Ampersand) -> String {
    let mut out = String::with_capacity(url.len() + 16);
    for (index, character) in url.char_indices() {
        match character {
            '&' if ampersand == Ampersand::Escaped || reads_as_reference(&url[index..]) => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '<' => out.push_str("&lt;"),
            _ => out.push(character),
        }
    }
    out
}

/// Whether a browser would read the ampersand at the start of a text as a character reference: `&quote_id` in text is
/// `\"e_id`.
fn reads_as_reference(text: &str) -> bool {
    let end = text.bytes().skip(1).take_while(u8::is_ascii_alphanumeric).count() + 1;
    htmlize::unescape(&text[..end]) != text[..end]
}
