//! A rendered message in email format: for a file that mail programs open, or for a mail server.
//!
//! ```text
//! Rendered --eml--> a file; Rendered --Message::new--> Message --SmtpSender::send--> [Delivery], one per recipient
//!    an address --AllowList--> whether it may get previews
//! ```
//!
//! `lettre` is used only in this module.

mod address;
mod allow_list;
mod images;
#[cfg(feature = "smtp")]
mod smtp;

use std::path::Path;

use base64::Engine as _;
use lettre::address::Envelope;
use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment, Body, Mailbox, MultiPart, MultiPartKind, SinglePart};
use sha2::{Digest, Sha256};

pub use self::address::{MailAddress, MailSender};
pub use self::allow_list::AllowList;
pub(crate) use self::allow_list::check_entry;
use self::images::Image;
#[cfg(feature = "smtp")]
pub use self::smtp::{Delivery, Listener, Login, MailServer, Outcome, Password, SmtpSender, Timeouts};
use crate::error::{Error, ErrorKind};
use crate::render::rendered::Rendered;
use crate::source::hex;

/// Writes a rendered message as an `.eml` file with the current date: a text-only part, and an HTML part if there is
/// one.
///
/// `name` identifies the message; apart from the date, two messages with the same name and content have the same bytes.
///
/// # Errors
///
/// A sender that is not an email address.
///
/// ```
/// use psalink::render::Rendered;
/// use psalink::mail::eml;
/// let mail = Rendered { subject: Some("Ticket 42".to_owned()), text: "Hello".to_owned(), ..Rendered::default() };
/// let bytes = eml(&mail, "note", "preview@msp.example")?;
/// assert!(String::from_utf8(bytes)?.contains("Subject: Ticket 42\r\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn eml(mail: &Rendered, name: &str, from: &str) -> Result<Vec<u8>, Error> {
    let id = fingerprint(mail, name);
    let parts = Parts {
        from: &MailSender::parse(from)?,
        // A preview file has no recipient, so there is no `To`.
        to: &[],
        subject: mail.subject.clone().unwrap_or_default(),
        message_id: format!("<{id}@preview.psalink.invalid>"),
        mark: &id,
        own_headers: &[],
        html: mail.html.as_deref(),
        text: &mail.text,
        images: &[],
    };
    parts.message()
}

/// A preview as a message for people: its subject says that it is a preview, and a header says which template and
/// sample.
///
/// Only its recipients and its sender come from outside; nothing in a template or a sample can add a recipient or a
/// header.
///
/// ```
/// use psalink::mail::{Message, MailAddress, MailSender};
/// use psalink::render::Rendered;
/// let mail = Rendered { subject: Some("Ticket 42".to_owned()), text: "Hello".to_owned(), ..Rendered::default() };
/// let message = Message::new(mail, "note.html", "standard", MailSender::parse("preview@msp.example")?);
/// let text = String::from_utf8(message.bytes(&[MailAddress::parse("me@msp.example")?])?)?;
/// assert!(text.contains("To: me@msp.example\r\n") && text.contains("Subject: [preview] Ticket 42\r\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Message {
    mail: Rendered,
    template: String,
    sample: String,
    from: MailSender,
    images: Vec<Image>,
    /// Characters that occur in no other message.
    mark: String,
    message_id: String,
}

impl Message {
    /// A preview of a template with a sample.
    pub fn new(mail: Rendered, template: &str, sample: &str, from: MailSender) -> Message {
        let mark = fingerprint(&mail, &format!("{template}\n{sample}"));
        let message_id = format!("<{mark}@preview.psalink.invalid>");
        let (template, sample) = (template.to_owned(), sample.to_owned());
        Message { mail, template, sample, from, images: Vec::new(), mark, message_id }
    }

    /// Adds the images that are in the folder of the template. Returns those that cannot be attached, and why.
    pub fn inline_images(&mut self, folder: &Path) -> Vec<String> {
        let Some(html) = &self.mail.html else { return Vec::new() };
        let inlined = images::inline(html, folder, &self.mark);
        self.mail.html = Some(inlined.html);
        self.images = inlined.images;
        inlined.problems
    }

    /// Gives the message a unique ID: mail servers drop messages that they have seen before, and a preview that is sent
    /// again should arrive.
    pub fn make_unique(&mut self) {
        use std::sync::atomic::{AtomicU64, Ordering};
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        let mut hash = Sha256::new();
        hash.update(&self.mark);
        hash.update(now.as_nanos().to_le_bytes());
        hash.update(std::process::id().to_le_bytes());
        hash.update(NEXT.fetch_add(1, Ordering::Relaxed).to_le_bytes());
        self.message_id = format!("<{}@{}>", short(hash), self.from.address.domain());
    }

    /// The sender.
    pub fn from(&self) -> &MailSender {
        &self.from
    }

    /// Its subject, which says that it is a preview.
    pub fn subject(&self) -> String {
        let subject = self.mail.subject.as_deref().unwrap_or_default().trim();
        // If a template has no subject, the PSA has one, which is unknown here.
        format!("[preview] {}", if subject.is_empty() { one_line(&self.template) } else { subject.to_owned() })
    }

    /// The message as sent, or as stored in a file.
    ///
    /// # Errors
    ///
    /// An address that cannot be written.
    pub fn bytes(&self, to: &[MailAddress]) -> Result<Vec<u8>, Error> {
        let own_headers =
            [("X-Psalink-Template", one_line(&self.template)), ("X-Psalink-Sample", one_line(&self.sample))];
        let parts = Parts {
            from: &self.from,
            to,
            subject: self.subject(),
            message_id: self.message_id.clone(),
            mark: &self.mark,
            own_headers: &own_headers,
            html: self.mail.html.as_deref(),
            text: &self.mail.text,
            images: &self.images,
        };
        parts.message()
    }

    /// The headers of the message as sent.
    ///
    /// # Errors
    ///
    /// An address that cannot be written.
    pub fn head(&self, to: &[MailAddress]) -> Result<String, Error> {
        let bytes = self.bytes(to)?;
        let end = memchr::memmem::find(&bytes, b"\r\n\r\n").unwrap_or(bytes.len());
        Ok(String::from_utf8_lossy(&bytes[..end]).replace("\r\n", "\n"))
    }
}

/// What a message is made of.
struct Parts<'a> {
    from: &'a MailSender,
    to: &'a [MailAddress],
    subject: String,
    message_id: String,
    /// Distinguishes the parts of this message from its text.
    mark: &'a str,
    own_headers: &'a [(&'static str, String)],
    html: Option<&'a str>,
    text: &'a str,
    images: &'a [Image],
}

impl Parts<'_> {
    fn message(&self) -> Result<Vec<u8>, Error> {
        let from = self.from.address.to_lettre()?;
        // The server gets the envelope separately, but lettre requires one.
        let envelope = Envelope::new(Some(from.clone()), vec![from.clone()]).map_err(failed)?;
        let mut message =
            lettre::Message::builder().from(Mailbox::new(self.from.name.clone(), from)).envelope(envelope).date_now();
        let to = self.to.iter().map(|address| address.to_lettre().map(|address| address.to_string()));
        let to = to.collect::<Result<Vec<String>, Error>>()?;
        if !to.is_empty() {
            message = message.raw_header(address_header("To", &to));
        }
        let message = message.message_id(Some(self.message_id.clone()));
        let message = match is_plain_header(&self.subject) {
            true => message.subject(self.subject.clone()),
            false => message.raw_header(encoded_header("Subject", &self.subject)),
        };
        let text = SinglePart::builder().header(ContentType::TEXT_PLAIN).body(body(self.text));
        let message = match self.html {
            None => message.singlepart(text),
            Some(html) => {
                let html = SinglePart::builder().header(ContentType::TEXT_HTML).body(body(html));
                let parts = self.several(MultiPartKind::Alternative, "alternative").singlepart(text);
                message.multipart(if self.images.is_empty() {
                    parts.singlepart(html)
                } else {
                    let mut related = self.several(MultiPartKind::Related, "related").singlepart(html);
                    for image in self.images {
                        let kind = ContentType::parse(image.kind).map_err(failed)?;
                        let picture = Attachment::new_inline_with_name(image.id.clone(), one_line(&image.name));
                        related = related.singlepart(picture.body(image.bytes.clone(), kind));
                    }
                    parts.multipart(related)
                })
            }
        };
        let mut message = message.map_err(failed)?;
        // lettre does not fold the names of addresses.
        if let Some(name) = self.from.name.as_ref().filter(|name| name.len() > LONGEST_WORD || !is_plain_header(name)) {
            let sender = format!("{} <{}>", encoded_words("From", name), self.from.address.to_lettre()?);
            message.headers_mut().insert_raw(folded_header("From", sender));
        }
        for (name, value) in self.own_headers {
            let header = match is_plain_header(value) {
                true => HeaderValue::new(HeaderName::new_from_ascii_str(name), value.clone()),
                false => encoded_header(name, value),
            };
            message.headers_mut().insert_raw(header);
        }
        let mut bytes = message.formatted();
        // lettre ends its own text with a line break, whether there already is one or not.
        if self.html.is_none() && bytes.ends_with(b"\r\n\r\n") {
            bytes.truncate(bytes.len() - 2);
        }
        Ok(bytes)
    }

    fn several(&self, kind: MultiPartKind, name: &str) -> MultiPart {
        MultiPart::builder().kind(kind).boundary(format!("psalink-{name}-{}", self.mark)).build()
    }
}

/// A text as it is sent: with the line endings of mail, and nothing that a mail server on the way would change.
fn body(text: &str) -> Body {
    let mut lines = String::with_capacity(text.len() + text.len() / 16);
    for line in text.split_inclusive('\n') {
        match line.strip_suffix('\n') {
            Some(line) => {
                lines.push_str(line.strip_suffix('\r').unwrap_or(line));
                lines.push_str("\r\n");
            }
            None => lines.push_str(line),
        }
    }
    let mut pairs = lines.bytes().zip(lines.bytes().skip(1).chain([0]));
    let is_odd = |(byte, next): (u8, u8)| match byte {
        b'\r' => next != b'\n',
        b'\n' | b'\t' => false,
        byte => byte < b' ' || byte == 0x7f,
    };
    if pairs.any(is_odd) {
        match Body::new_with_encoding(lines, ContentTransferEncoding::QuotedPrintable) {
            Ok(body) => body,
            // lettre returns a text only if 7bit or 8bit was requested.
            Err(bytes) => Body::new(bytes),
        }
    } else {
        Body::new(lines)
    }
}

/// A name as allowed in a header.
fn one_line(text: &str) -> String {
    text.replace(|character: char| character.is_control() || matches!(character, '\u{2028}' | '\u{2029}'), " ")
}

fn failed(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::new(ErrorKind::Usage, format!("could not write the message: {error}")).because(error)
}

/// The length of the longest word in a header line, and of the longest piece to encode.
const LONGEST_WORD: usize = 76;
const PIECE: usize = 42;

/// The length of a header line that every mail program accepts (RFC 5322, 2.1.1).
const LONGEST_LINE: usize = 78;

/// Whether a text can be in a header unchanged: `=?` would begin a word that mail programs decode, and a long word
/// cannot be folded.
fn is_plain_header(text: &str) -> bool {
    !text.contains("=?") && text.split(' ').all(|word| word.len() <= LONGEST_WORD)
}

/// A header with every character encoded, so that the reader's program shows exactly the text.
fn encoded_header(name: &'static str, text: &str) -> HeaderValue {
    HeaderValue::dangerous_new_pre_encoded(
        HeaderName::new_from_ascii_str(name),
        text.to_owned(),
        encoded_words(name, text).replace(' ', "\r\n "),
    )
}

/// A text as words between which a header can be folded (RFC 2047), the first one right after the header's name.
fn encoded_words(name: &str, text: &str) -> String {
    let beside = (LONGEST_LINE - "=?utf-8?b??=".len()).saturating_sub(name.len() + 2) / 4 * 3;
    let mut words: Vec<String> = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let mut end = rest.len().min(if words.is_empty() { PIECE.min(beside) } else { PIECE });
        while !rest.is_char_boundary(end) {
            end -= 1;
        }
        let (piece, more) = rest.split_at(end);
        words.push(format!("=?utf-8?b?{}?=", base64::engine::general_purpose::STANDARD.encode(piece)));
        rest = more;
    }
    words.join(" ")
}

/// A header of addresses, with as many per line as fit: some mail servers refuse lines of more than 998 bytes.
fn address_header(name: &'static str, addresses: &[String]) -> HeaderValue {
    folded_header(name, addresses.join(", "))
}

/// A header, folded at its spaces (RFC 5322, 2.2.3).
fn folded_header(name: &'static str, text: String) -> HeaderValue {
    let mut encoded = String::with_capacity(text.len() + text.len() / 16);
    let mut length = name.len() + 1;
    for word in text.split(' ') {
        match () {
            () if encoded.is_empty() => {}
            () if length + 1 + word.len() <= LONGEST_LINE => encoded.push(' '),
            () => {
                encoded.push_str("\r\n ");
                length = 0;
            }
        }
        encoded.push_str(word);
        length += 1 + word.len();
    }
    HeaderValue::dangerous_new_pre_encoded(HeaderName::new_from_ascii_str(name), text, encoded)
}

/// Characters that occur in no other message.
fn fingerprint(mail: &Rendered, name: &str) -> String {
    let mut hash = Sha256::new();
    for text in [Some(name), mail.subject.as_deref(), mail.html.as_deref(), Some(mail.text.as_str())] {
        let text = text.unwrap_or_default();
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text);
    }
    short(hash)
}

fn short(hash: Sha256) -> String {
    hex(&hash.finalize()[..12])
}

#[cfg(test)]
mod tests;
