//! A rendered mail as a message that mail programs open: the one file that knows `lettre`.

use lettre::Message;
use lettre::address::Envelope;
use lettre::message::header::ContentType;
use lettre::message::{Mailbox, MultiPart, MultiPartKind, SinglePart};
use sha2::{Digest, Sha256};

use crate::error::{Error, ErrorKind};
use crate::rendered::Rendered;

/// Writes a rendered mail as an `.eml` file of this moment: a text-only part, and an HTML part where there is one.
///
/// `name` is what the mail is called; apart from the date, two mails of one name and content are the same bytes.
///
/// # Errors
///
/// A sender that is no mail address.
///
/// ```
/// use psalink::{Rendered, eml};
/// let mail = Rendered { subject: Some("Ticket 42".to_owned()), text: "Hello".to_owned(), ..Rendered::default() };
/// let bytes = eml(&mail, "note", "preview@msp.example")?;
/// assert!(String::from_utf8(bytes)?.contains("Subject: Ticket 42\r\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn eml(mail: &Rendered, name: &str, from: &str) -> Result<Vec<u8>, Error> {
    let from: Mailbox = from.parse().map_err(|_| {
        let detail = format!("`{from}` is no mail address; write it like `preview@msp.example`");
        Error::new(ErrorKind::Usage, detail)
    })?;
    let id = fingerprint(mail, name);
    // A preview is for nobody, so there is no `To`; the envelope is not written.
    let envelope = Envelope::new(Some(from.email.clone()), vec![from.email.clone()]).map_err(failed)?;
    let message = Message::builder()
        .from(from)
        .envelope(envelope)
        .date_now()
        .message_id(Some(format!("<{id}@preview.psalink.invalid>")))
        .subject(mail.subject.clone().unwrap_or_default());
    let text = SinglePart::builder().header(ContentType::TEXT_PLAIN).body(mail.text.clone());
    let message = match &mail.html {
        None => message.singlepart(text),
        Some(html) => {
            let html = SinglePart::builder().header(ContentType::TEXT_HTML).body(html.clone());
            let parts = MultiPart::builder().kind(MultiPartKind::Alternative).boundary(format!("psalink-{id}")).build();
            message.multipart(parts.singlepart(text).singlepart(html))
        }
    };
    message.map(|message| message.formatted()).map_err(failed)
}

fn failed(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::new(ErrorKind::Usage, format!("could not write the mail: {error}")).because(error)
}

/// Letters that another mail has not.
fn fingerprint(mail: &Rendered, name: &str) -> String {
    let mut hash = Sha256::new();
    for text in [Some(name), mail.subject.as_deref(), mail.html.as_deref(), Some(mail.text.as_str())] {
        let text = text.unwrap_or_default();
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text);
    }
    hash.finalize().iter().take(12).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_end_in_a_subject_makes_no_header() {
        let mail = Rendered {
            subject: Some("Hello\r\nBcc: everyone@client.example".to_owned()),
            text: "x".to_owned(),
            ..Rendered::default()
        };
        let text = String::from_utf8(eml(&mail, "a", "preview@msp.example").unwrap()).unwrap();
        assert!(!text.lines().any(|line| line.to_lowercase().starts_with("bcc")), "{text}");
    }

    #[test]
    fn both_bodies_arrive_as_they_are() {
        let html = "<p>é 👋 &amp; \"x\" =3D</p>\n.\n".to_owned() + &"long ".repeat(400);
        let mail = Rendered {
            subject: Some("مريم: größer".to_owned()),
            html: Some(html.clone()),
            text: "Grüße\n.\nBye".to_owned(),
            ..Rendered::default()
        };
        let bytes = eml(&mail, "a", "Acme IT <preview@msp.example>").unwrap();
        let message = mail_parser::MessageParser::default().parse(&bytes[..]).unwrap();
        assert_eq!(message.subject(), mail.subject.as_deref());
        let unix = |text: &str| text.replace("\r\n", "\n");
        assert_eq!(unix(&message.body_html(0).unwrap()), html);
        assert_eq!(unix(&message.body_text(0).unwrap()), mail.text);
        assert!(message.to().is_none());
    }

    #[test]
    fn a_sender_is_a_mail_address() {
        for from in ["", "preview", "a\r\nb <a@b.example>", "a@b@c"] {
            assert!(
                eml(&Rendered::default(), "a", from).unwrap_err().to_string().contains("no mail address"),
                "{from}"
            );
        }
    }
}
