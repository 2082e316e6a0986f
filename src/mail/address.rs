//! Parses email addresses strictly: anything ambiguous is refused.
//!
//! lettre's `Mailbox` and `Address` write headers and envelopes, but are not used to parse what a user gives. They
//! accept `me@127.0.0.1`, look-alike domains and `victim%client.example@ours.example`. They do not know that a domain
//! in its own script and its ASCII form are the same, they give no reasons, and they reject `Acme, IT
//! <preview@msp.example>` as a sender.

use std::fmt;

use lettre::Address;
use url::Host;

use crate::error::{Error, ErrorKind};

/// The address of one person: `me@example.com`, with nothing around it.
///
/// Two addresses are equal if messages to them go to the same place: the domains are compared in ASCII form ignoring
/// case, and the parts before the `@` character by character.
///
/// ```
/// use psalink::mail::MailAddress;
/// let address = MailAddress::parse("me@Büro.example")?;
/// assert_eq!(address, MailAddress::parse("me@xn--bro-hoa.example")?);
/// assert!(MailAddress::parse("Me <me@example.com>").is_err());
/// # Ok::<(), psalink::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct MailAddress {
    /// As the user wrote it.
    text: String,
    local: String,
    /// In lower case, in ASCII form.
    domain: String,
}

/// The length of the longest valid address, and of the longest part before its `@`.
const LONGEST: (usize, usize) = (254, 64);

impl MailAddress {
    /// Reads an address.
    ///
    /// # Errors
    ///
    /// What is not an address, and what only some mail servers would read as this one: a name next to it, quotes,
    /// comments, spaces, routes to someone else.
    pub fn parse(text: &str) -> Result<MailAddress, Error> {
        read(text).map(|(local, domain)| MailAddress { text: text.to_owned(), local, domain }).map_err(|reason| {
            let text = text.replace(char::is_control, "\u{fffd}");
            let detail = format!("psalink cannot send to `{text}`: {reason}");
            Error::new(ErrorKind::Usage, detail)
        })
    }

    /// The part before the `@`.
    pub fn local(&self) -> &str {
        &self.local
    }

    /// The part after the `@`, in lower case and in ASCII form: `xn--bro-hoa.example`.
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// Whether every mail server can handle it; other addresses need SMTPUTF8.
    pub fn is_plain(&self) -> bool {
        self.local.is_ascii()
    }

    /// The address for an envelope.
    pub(super) fn to_lettre(&self) -> Result<Address, Error> {
        Address::new(&self.local, &self.domain).map_err(|error| {
            Error::new(ErrorKind::Usage, format!("`{self}` cannot be used in a message: {error}")).because(error)
        })
    }
}

impl PartialEq for MailAddress {
    fn eq(&self, other: &MailAddress) -> bool {
        (&self.local, &self.domain) == (&other.local, &other.domain)
    }
}

impl Eq for MailAddress {}

impl fmt::Display for MailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Who a message comes from: an address, and often a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailSender {
    /// What mail programs show.
    pub name: Option<String>,
    /// Where replies go.
    pub address: MailAddress,
}

impl MailSender {
    /// Reads `preview@msp.example` or `Acme IT <preview@msp.example>`.
    ///
    /// # Errors
    ///
    /// Anything that is not a sender.
    pub fn parse(text: &str) -> Result<MailSender, Error> {
        read_sender(text).ok_or_else(|| {
            let text = text.replace(char::is_control, "\u{fffd}");
            let detail = format!(
                "`{text}` is not an email address; write it like `preview@msp.example` or `Acme IT \
                 <preview@msp.example>`"
            );
            Error::new(ErrorKind::Usage, detail)
        })
    }
}

impl fmt::Display for MailSender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "{name} <{}>", self.address),
            None => self.address.fmt(f),
        }
    }
}

fn read_sender(text: &str) -> Option<MailSender> {
    // A control character in a name would begin another header, and lettre panics on it.
    if text.contains(char::is_control) {
        return None;
    }
    let Some(inner) = text.trim_end().strip_suffix('>') else {
        return Some(MailSender { name: None, address: MailAddress::parse(text.trim()).ok()? });
    };
    let (name, address) = inner.rsplit_once('<')?;
    let name = name.trim();
    let quoted = name.strip_prefix('"').and_then(|name| name.strip_suffix('"'));
    let name = quoted.map_or_else(|| name.to_owned(), |name| name.replace("\\\"", "\"").replace("\\\\", "\\"));
    let name = (!name.is_empty()).then_some(name);
    Some(MailSender { name, address: MailAddress::parse(address).ok()? })
}

/// The two parts of an address, or why it is not an address.
fn read(text: &str) -> Result<(String, String), &'static str> {
    if text.is_empty() {
        return Err("it is empty");
    }
    for (forbidden, reason) in [
        ("<>", "write only the address, `me@example.com`, without a name and without `<` and `>`"),
        ("\"", "quoted addresses are not supported"),
        ("()", "addresses with a comment in parentheses are not supported"),
        (",;", "give `--to` once for each address"),
        ("\\[]:", "it contains a character that is not allowed in an address"),
    ] {
        if text.contains(|character| forbidden.contains(character)) {
            return Err(reason);
        }
    }
    if text.contains(|character: char| character.is_control() || character.is_whitespace()) {
        return Err("it contains a space or a line break");
    }
    let (local, domain) = text.split_once('@').ok_or("it has no `@`; write it like `me@example.com`")?;
    if domain.contains('@') {
        return Err("it has more than one `@`");
    }
    check_local(local)?;
    let domain = read_domain(domain)?;
    if local.len() > LONGEST.1 || local.len() + 1 + domain.len() > LONGEST.0 {
        return Err("it is too long");
    }
    Ok((local.to_owned(), domain))
}

fn check_local(local: &str) -> Result<(), &'static str> {
    if local.is_empty() {
        return Err("there is nothing before the `@`");
    }
    if local.starts_with('.') || local.ends_with('.') || local.contains("..") {
        return Err("a dot before the `@` must be between two other characters");
    }
    // Old mail servers forward `victim%client.example@ours.example` to the victim; some still do.
    if local.contains(['%', '!']) {
        return Err("`%` and `!` before the `@` make some mail servers forward the message to someone else");
    }
    if local.chars().all(is_local_character) {
        Ok(())
    } else {
        Err("it contains a character that is not allowed in an address")
    }
}

/// A character of the part before the `@`: those of RFC 5322, and the letters and digits of other scripts. Invisible
/// characters, such as a zero-width space, are not allowed.
pub(super) fn is_local_character(character: char) -> bool {
    character.is_alphanumeric() || "#$&'*+-/=?^_`{|}~.".contains(character)
}

/// A domain in ASCII form, in lower case.
pub(super) fn read_domain(domain: &str) -> Result<String, &'static str> {
    const WRONG: &str = "the part after the `@` is not a domain";
    if domain.is_empty() {
        return Err("there is nothing after the `@`");
    }
    if domain.ends_with('.') {
        return Err("a domain cannot end with a dot");
    }
    let is_label_character = |character: char| character.is_alphanumeric() || character == '-';
    let is_label = |label: &str| {
        !label.is_empty() && !label.starts_with('-') && !label.ends_with('-') && label.chars().all(is_label_character)
    };
    if !domain.split('.').all(is_label) {
        return Err(WRONG);
    }
    let Ok(Host::Domain(ascii)) = Host::parse(domain) else { return Err(WRONG) };
    let count = ascii.split('.').count();
    if count != domain.split('.').count() || ascii.split('.').any(|label| label.is_empty() || label.len() > 63) {
        return Err(WRONG);
    }
    if ascii.rsplit('.').next().is_none_or(|last| last.bytes().all(|byte| byte.is_ascii_digit())) {
        return Err(WRONG);
    }
    // `ｍsp.example` in wide characters would become `msp.example`; a look-alike never counts as that domain.
    let is_look_alike = |(label, ascii): (&str, &str)| !label.is_ascii() && !ascii.starts_with("xn--");
    if domain.split('.').zip(ascii.split('.')).any(is_look_alike) {
        return Err("its domain contains characters that only look like others");
    }
    Ok(ascii)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_strictly() {
        for (text, expected) in [
            ("me@example.com", Some(("me", "example.com"))),
            ("Me+a_b-c.d'e@EXAMPLE.com", Some(("Me+a_b-c.d'e", "example.com"))),
            ("me@büro.example", Some(("me", "xn--bro-hoa.example"))),
            ("me@BÜRO.example", Some(("me", "xn--bro-hoa.example"))),
            ("jörg@büro.example", Some(("jörg", "xn--bro-hoa.example"))),
            ("مريم@مثال.example", Some(("مريم", "xn--mgbh0fb.example"))),
            ("root@localhost", Some(("root", "localhost"))),
            // Cyrillic letters make a different domain from the one that they look like.
            ("me@mѕр.example", Some(("me", "xn--m-vtb0g.example"))),
        ] {
            let read = MailAddress::parse(text).ok();
            let read = read.as_ref().map(|address| (address.local(), address.domain()));
            if text.contains('ѕ') {
                assert!(read.unwrap().1.starts_with("xn--"), "{read:?}");
            } else {
                assert_eq!(read, expected, "{text}");
            }
        }
    }

    #[test]
    fn what_can_be_read_in_two_ways_is_refused() {
        for (text, expected) in [
            ("", "empty"),
            ("me", "no `@`"),
            ("@example.com", "before the `@`"),
            ("me@", "after the `@`"),
            ("a@b@c", "more than one `@`"),
            ("a@b.example@msp.example", "more than one `@`"),
            ("Me <me@example.com>", "without a name"),
            ("<me@example.com>", "without a name"),
            ("\"a@b\"@example.com", "quoted"),
            ("\"me\"@example.com", "quoted"),
            ("me(remark)@example.com", "comment"),
            ("me@example.com,you@example.com", "once for each"),
            ("me@example.com;you@example.com", "once for each"),
            ("group:me@example.com", "character"),
            ("me@[127.0.0.1]", "character"),
            ("me@127.0.0.1", "not a domain"),
            ("me@0x7f.1", "not a domain"),
            ("me@example.com.", "end with a dot"),
            ("me@.example.com", "not a domain"),
            ("me@example..com", "not a domain"),
            ("me@-example.com", "not a domain"),
            ("me@exa_mple.com", "not a domain"),
            ("me@exa%2emple.com", "not a domain"),
            ("me@example。com", "not a domain"),
            ("me@ｍsp.example", "look like others"),
            ("me@xn--a.example", "not a domain"),
            ("me@example.com\r\nRCPT TO:<you@example.com>", "`"),
            ("me\r\n@example.com", "line break"),
            ("me\0@example.com", "line break"),
            (" me@example.com", "space"),
            ("me @example.com", "space"),
            ("me@example.com ", "space"),
            ("m\u{200b}e@example.com", "character"),
            ("m\u{202e}e@example.com", "character"),
            ("me@exam\u{ad}ple.com", "not a domain"),
            (".me@example.com", "dot"),
            ("m..e@example.com", "dot"),
            ("me.@example.com", "dot"),
            ("you%client.example@msp.example", "forward the message"),
            ("client.example!you@msp.example", "forward the message"),
            (&format!("{}@example.com", "a".repeat(65)), "too long"),
            (&format!("me@{}.com", "a".repeat(64)), "not a domain"),
            (&format!("me@{}com", "abcdefgh.".repeat(30)), "not a domain"),
        ] {
            let error = MailAddress::parse(text).unwrap_err().to_string();
            assert!(error.contains(expected) || error.contains("too long"), "{text:?}: {error}");
            assert!(!error.contains(['\r', '\n']), "{error:?}");
        }
    }

    #[test]
    fn a_sender_may_have_a_name() {
        for (text, name) in [
            ("preview@msp.example", None),
            ("Acme IT <preview@msp.example>", Some("Acme IT")),
            ("\"Acme, \\\"the\\\" IT\" <preview@msp.example>", Some("Acme, \"the\" IT")),
            ("Zoë & Søn 👋 <preview@msp.example>", Some("Zoë & Søn 👋")),
            ("<preview@msp.example>", None),
        ] {
            let sender = MailSender::parse(text).unwrap();
            assert_eq!((sender.name.as_deref(), sender.address.local()), (name, "preview"), "{text}");
        }
        for text in
            ["", "preview", "a\r\nb <a@b.example>", "a@b@c", "a <b", "a <b@c.example> d", "A\u{7f} <b@c.example>"]
        {
            let error = MailSender::parse(text).unwrap_err().to_string();
            assert!(error.contains("is not an email address"), "{error}");
        }
    }
}
