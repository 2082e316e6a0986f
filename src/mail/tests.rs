//! What a message looks like in transit.

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
fn a_subject_is_shown_character_for_character() {
    let word = "x".repeat(1200);
    for subject in ["=?utf-8?B?QmNjOiB4?=", "a =?utf-8?q?=42?= b", &word, "größer", &format!("é{word}"), "plain"] {
        let mail = Rendered { subject: Some(subject.to_owned()), text: "x".to_owned(), ..Rendered::default() };
        let bytes = eml(&mail, "a", "preview@msp.example").unwrap();
        let message = mail_parser::MessageParser::default().parse(&bytes[..]).unwrap();
        assert_eq!(message.subject(), Some(subject));
        assert!(bytes.split(|byte| *byte == b'\n').all(|line| line.len() <= 200), "{subject}");
    }
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
fn no_header_is_a_long_line() {
    let to: Vec<MailAddress> =
        (0..1000).map(|number| MailAddress::parse(&format!("p{number}@msp.example")).unwrap()).collect();
    let words = "Acme IT and friends ".repeat(90);
    for name in ["Acme IT", "Größe", words.trim(), &"é".repeat(900), &"x".repeat(2000), "=?utf-8?q?=42?="] {
        let from = MailSender::parse(&format!("{name} <preview@msp.example>")).unwrap();
        for template in ["a.html", &"long name ".repeat(200), &"x".repeat(3000), "=?utf-8?q?=42?=.html"] {
            let mail = Rendered { text: "x".to_owned(), ..Rendered::default() };
            let bytes = Message::new(mail, template, "standard", from.clone()).bytes(&to).unwrap();
            let head = memchr::memmem::find(&bytes, b"\r\n\r\n").unwrap();
            for line in bytes[..head].split(|&byte| byte == b'\n') {
                assert!(line.len() <= LONGEST_LINE + 1, "{}", String::from_utf8_lossy(line));
            }
            let message = mail_parser::MessageParser::default().parse(&bytes[..]).unwrap();
            let addresses: Vec<&str> = message.to().unwrap().iter().filter_map(|to| to.address()).collect();
            assert!(addresses.iter().zip(&to).all(|(first, second)| *first == second.to_string()));
            let sender = message.from().unwrap().first().unwrap();
            assert_eq!((addresses.len(), sender.name()), (to.len(), Some(name)));
            let shown = message.header("X-Psalink-Template").unwrap().as_text().unwrap().replace("\r\n", "");
            assert!(shown.trim() == template.trim() || shown.trim().starts_with("=?utf-8?b?"), "{shown}");
        }
    }
}

#[test]
fn a_sender_is_a_mail_address() {
    for from in ["", "preview", "a\r\nb <a@b.example>", "a@b@c"] {
        assert!(
            eml(&Rendered::default(), "a", from).unwrap_err().to_string().contains("not an email address"),
            "{from}"
        );
    }
}

fn message(mail: Rendered) -> Message {
    Message::new(mail, "a.html", "standard", MailSender::parse("Zoë \"IT\" <preview@msp.example>").unwrap())
}

fn to(addresses: &[&str]) -> Vec<MailAddress> {
    addresses.iter().map(|address| MailAddress::parse(address).unwrap()).collect()
}

#[test]
fn a_message_describes_what_it_contains() {
    let mail = Rendered {
        subject: Some("größer 👋".to_owned()),
        html: Some("<p>x".to_owned()),
        text: "x".to_owned(),
        ..Rendered::default()
    };
    let message =
        Message::new(mail, "mäil\r\nBcc: x@client.example", "a\nb", MailSender::parse("Zoë <p@büro.example>").unwrap());
    let bytes = message.bytes(&to(&["me@msp.example", "jörg@büro.example"])).unwrap();
    let message = mail_parser::MessageParser::default().parse(&bytes[..]).unwrap();
    assert_eq!(message.subject(), Some("[preview] größer 👋"));
    let from = message.from().unwrap().first().unwrap();
    assert_eq!((from.name(), from.address()), (Some("Zoë"), Some("p@xn--bro-hoa.example")));
    let to: Vec<_> = message.to().unwrap().iter().map(|to| to.address().unwrap()).collect();
    assert_eq!(to, ["me@msp.example", "jörg@xn--bro-hoa.example"]);
    assert!(message.date().is_some() && message.message_id().is_some() && message.bcc().is_none());
    let header = |name: &str| message.header(name).and_then(|value| value.as_text()).unwrap().trim().to_owned();
    assert_eq!(header("X-Psalink-Template"), "=?utf-8?b?bcOkaWw=?=  Bcc: x@client.example");
    assert_eq!(header("X-Psalink-Sample"), "a b");
}

#[test]
fn two_messages_have_two_ids_and_one_message_has_one() {
    let mut first = message(Rendered::default());
    let mut second = first.clone();
    assert_eq!(first.message_id, second.message_id);
    first.make_unique();
    second.make_unique();
    assert_ne!(first.message_id, second.message_id);
    assert!(first.message_id.ends_with("@msp.example>"), "{}", first.message_id);
    assert_eq!(first.subject(), "[preview] a.html");
}

#[test]
fn every_text_arrives_as_it_is() {
    let long = "x".repeat(10_000);
    for html in [
        "a\rb\r\nc\nd\n",
        "\r",
        "\n.\n..\r\n.",
        "nul \0 bell \u{7} del \u{7f} tab \t end ",
        long.as_str(),
        "From me\r\n=3D= =\r\n",
        "日本語".repeat(500).as_str(),
        "",
    ] {
        let mail = Rendered { html: Some(html.to_owned()), text: html.to_owned(), ..Rendered::default() };
        let bytes = message(mail).bytes(&to(&["me@msp.example"])).unwrap();
        assert!(bytes.is_ascii());
        let lines = String::from_utf8(bytes.clone()).unwrap();
        assert!(lines.split("\r\n").all(|line| line.len() <= 998 && !line.contains(['\r', '\n', '\0'])), "{html:?}");
        let message = mail_parser::MessageParser::default().parse(&bytes[..]).unwrap();
        // In mail, every line ends with CR LF.
        let expected = html.replace("\r\n", "\n").replace('\n', "\r\n");
        assert_eq!(message.body_html(0).unwrap(), expected, "{lines}");
        assert_eq!(message.body_text(0).unwrap(), expected, "{lines}");
    }
}
