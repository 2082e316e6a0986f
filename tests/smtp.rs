//! Previews sent to a scripted mail server: what arrives, what is refused, what is reported.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use mail_parser::{Message, MessageParser, MimeHeaders as _};
use psalink::config::TlsConfig;
use psalink::mail::{self, Delivery, MailAddress, MailSender, MailServer, Outcome, SmtpSender, Timeouts};
use psalink::render::Rendered;

use crate::cli::{Place, Ran, run};
use crate::sink::{Act, Certificates, Received, Rule, Script, Sink};

const PASSWORD: &str = "hunter22-Zoë";

const BODY: &str =
    "<p>Hello [contactfirstname], ticket [srnumber].</p>\r\n<p>[dd:ticket as=button text=\"Open é\"]</p>\r\n";

fn place() -> Place {
    let place = Place::new();
    place
        .write(
            "psalink.yaml",
            "portal: acme\ndialect: connectwise\nsend:\n  from: Acme IT é <preview@msp.example>\n  allow: ['*@msp.example']\n",
        )
        .write("a.html", BODY)
        .write("a.subject.txt", "Größe: ticket [srnumber]\n");
    place
}

/// Runs `psalink send` with a server without TLS.
fn send(place: &Place, sink: &Sink, args: &str) -> Ran {
    place.run(&format!("send --smtp-host 127.0.0.1 --tls none --smtp-port {} {args}", sink.address.port()))
}

fn parse(mail: &Received) -> Message<'_> {
    MessageParser::default().parse(&mail.data[..]).unwrap()
}

fn header_text(message: &Message<'_>, name: &str) -> String {
    message.header(name).unwrap().as_text().unwrap().trim().to_owned()
}

/// A sender that does not wait long.
fn sender<'a>(sink: &Sink) -> SmtpSender<'a> {
    SmtpSender::new(server(sink), None)
}

fn server(sink: &Sink) -> MailServer {
    let mut server = MailServer::new("127.0.0.1", Some(sink.address.port()), Some(TlsConfig::None));
    let short = Duration::from_millis(20);
    let limit = Duration::from_millis(400);
    server.timeouts = Timeouts {
        connect: limit,
        command: limit,
        mail: limit,
        message: Duration::from_secs(20),
        all: Duration::from_secs(60),
        waits: vec![short; 3],
        waits_in_all: Duration::from_secs(1),
    };
    server
}

fn message_of(subject: &str, text: &str) -> mail::Message {
    let mail = Rendered { subject: Some(subject.to_owned()), text: text.to_owned(), ..Rendered::default() };
    mail::Message::new(mail, "a.txt", "standard", MailSender::parse("preview@msp.example").unwrap())
}

fn to(addresses: &[&str]) -> Vec<MailAddress> {
    addresses.iter().map(|address| MailAddress::parse(address).unwrap()).collect()
}

fn outcomes(deliveries: &[Delivery]) -> Vec<&Outcome> {
    deliveries.iter().map(|delivery| &delivery.outcome).collect()
}

fn subjects(sink: &Sink) -> Vec<String> {
    sink.mails().iter().map(|mail| parse(mail).subject().unwrap().replace("[preview] ", "")).collect()
}

#[test]
fn a_preview_arrives_as_it_was_rendered() {
    let (place, sink) = (place(), Sink::new(Script { offers: vec!["8BITMIME", "SMTPUTF8"], ..Script::default() }));
    let html = place.run("preview a.html").out;
    let text = place.run("preview a.html --text").text();
    let ran = send(&place, &sink, "a.html --to me@msp.example --to you@MSP.example --to me@msp.example");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert_eq!(
        ran.text(),
        "`a.html` with the sample `standard` to me@msp.example: sent\n\
         `a.html` with the sample `standard` to you@MSP.example: sent\n"
    );
    assert!(
        ran.err.starts_with("1 message sent to me@msp.example and you@MSP.example through 127.0.0.1:"),
        "{}",
        ran.err
    );
    let mails = sink.mails();
    assert_eq!((mails.len(), sink.seen().connections), (1, 1));
    assert_eq!(mails[0].from, "FROM:<preview@msp.example>");
    assert_eq!(mails[0].to, ["<me@msp.example>", "<you@msp.example>"]);
    let message = parse(&mails[0]);
    assert_eq!(message.subject(), Some("[preview] Größe: ticket 148372"));
    let from = message.from().unwrap().first().unwrap();
    assert_eq!((from.name(), from.address()), (Some("Acme IT é"), Some("preview@msp.example")));
    assert_eq!(message.body_html(0).unwrap().as_bytes(), html);
    assert_eq!(message.body_text(0).unwrap().replace("\r\n", "\n"), text);
    assert_eq!(header_text(&message, "X-Psalink-Template"), "a.html");
    assert_eq!(header_text(&message, "X-Psalink-Sample"), "standard");
    assert!(message.date().is_some() && message.message_id().unwrap().ends_with("@msp.example"));
    let kinds: Vec<_> = message.parts.iter().map(|part| part.content_type().unwrap().subtype().unwrap()).collect();
    assert_eq!(kinds, ["alternative", "plain", "html"]);
    // Again: a mail server that drops known messages must not drop this one.
    assert_eq!(send(&place, &sink, "a.html --to me@msp.example").code, Some(0));
    let mails = sink.mails();
    assert_ne!(parse(&mails[0]).message_id(), parse(&mails[1]).message_id());
}

#[test]
fn many_mails_go_over_one_connection() {
    let (place, sink) = (place(), Sink::new(Script::default()));
    place.write("b/c.html", BODY).write("d.txt", "[srnumber]\n");
    let ran = send(&place, &sink, ". --sample standard --sample unicode --to me@msp.example");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert_eq!((sink.mails().len(), sink.seen().connections), (6, 1));
    assert!(ran.err.starts_with("6 messages sent to me@msp.example"), "{}", ran.err);
    let mails = sink.mails();
    let shown: Vec<_> = mails
        .iter()
        .map(|mail| (header_text(&parse(mail), "X-Psalink-Template"), header_text(&parse(mail), "X-Psalink-Sample")))
        .collect();
    let mut expected = Vec::new();
    for name in ["a.html", "b/c.html", "d.txt"] {
        expected.extend(["standard", "unicode"].map(|sample| (name.to_owned(), sample.to_owned())));
    }
    assert_eq!(shown, expected);
    assert_eq!(sink.seen().commands.last().unwrap(), "QUIT");
}

#[test]
fn a_preview_goes_only_to_those_the_settings_allow() {
    let (place, sink) = (place(), Sink::new(Script::default()));
    for (args, expected) in [
        ("--to someone@client.example", "previews may not go to `someone@client.example`"),
        ("--to me@msp.example --to someone@client.example", "`--yes-send-to someone@client.example`"),
        ("--to me@msp.example.client.example", "may not go to"),
        ("--to someone@client.example@msp.example", "more than one `@`"),
        ("--to someone%client.example@msp.example", "forward the message"),
        ("--to me@ｍsp.example", "look like others"),
        ("--to mе@mѕp.example", "may not go to"),
        ("--to someone@client.example --yes-send-to other@client.example", "needs the same address in `--to`"),
        ("--to someone@client.example --yes-send-to Someone@client.example", "needs the same address in `--to`"),
        ("--to me@msp.example.", "end with a dot"),
        ("", "no recipients were given"),
        ("--yes-send-to someone@client.example", "needs the same address in `--to`"),
        ("--to someone@client.example --dry-run", "may not go to"),
        ("--to someone@client.example --eml out", "may not go to"),
    ] {
        let ran = send(&place, &sink, &format!("a.html {args}"));
        assert_eq!((ran.code, ran.out.as_slice()), (Some(2), &b""[..]), "{args}: {}", ran.err);
        assert!(ran.err.contains(expected), "{args}: {}", ran.err);
    }
    for address in
        ["Me <me@msp.example>", "me@msp.example\r\nRCPT TO:<x@client.example>", "me@msp.example, x@client.example"]
    {
        let mut command = place.command();
        command.args(["send", "a.html", "--smtp-host", "127.0.0.1", "--tls", "none", "--to", address]);
        let ran = run(command, b"");
        assert_eq!(ran.code, Some(2), "{}", ran.err);
        assert!(ran.err.contains("psalink cannot send to `"), "{}", ran.err);
    }
    assert_eq!(sink.seen().connections, 0);
    let ran = send(&place, &sink, "a.html --to someone@client.example --yes-send-to someone@CLIENT.example");
    assert_eq!((ran.code, sink.mails().len()), (Some(0), 1), "{}", ran.err);
    // Two folders may have different settings.
    place.write(
        "b/psalink.yaml",
        "portal: acme\ndialect: connectwise\nsend: { from: p@msp.example, allow: ['*@other.example'] }\n",
    );
    place.write("b/b.html", BODY);
    let ran = send(&place, &sink, ". --to me@msp.example");
    assert_eq!((ran.code, sink.mails().len()), (Some(2), 1), "{}", ran.err);
}

#[test]
fn nothing_in_a_mail_adds_a_recipient_or_a_header() {
    let (place, sink) = (place(), Sink::new(Script::default()));
    let evil = "Robin\\r\\nBcc: everyone@client.example\\r\\n\\r\\n.\\r\\nMAIL FROM:<x@client.example>\\r\\nRCPT TO:<y@client.example>";
    place.write("a.subject.txt", "For [contactfirstname]\n");
    place
        .write("evil.yaml", format!("contact.first_name: \"{evil}\"\n'[contactemailaddress]': \"z@client.example\"\n"));
    place.write("a.html", "<p>[contactfirstname] [contactemailaddress]</p>\r\n.\r\nRCPT TO:<q@client.example>\r\n");
    place.write("a.txt", "[contactfirstname]\r\n.\r\nQUIT\r\n");
    let ran = send(&place, &sink, "a.html --sample ./evil.yaml --to me@msp.example");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let mails = sink.mails();
    assert_eq!((mails.len(), mails[0].to.clone()), (1, vec!["<me@msp.example>".to_owned()]));
    let commands = sink.seen().commands.join("\n");
    assert!(!commands.contains("client.example"), "{commands}");
    let message = parse(&mails[0]);
    let headers: HashSet<String> = message.headers().iter().map(|header| header.name().to_ascii_lowercase()).collect();
    let known = [
        "from",
        "to",
        "date",
        "message-id",
        "subject",
        "mime-version",
        "content-type",
        "x-psalink-template",
        "x-psalink-sample",
    ];
    assert!(headers.iter().all(|name| known.contains(&name.as_str())), "{headers:?}");
    assert_eq!(message.to().unwrap().iter().count(), 1);
    assert!(message.subject().unwrap().starts_with("[preview] For Robin Bcc: everyone@client.example . MAIL FROM"));
    let text = message.body_text(0).unwrap();
    assert!(
        text.contains("\r\n.\r\nQUIT\r\n") && text.contains("Bcc: everyone@client.example\r\n\r\n.\r\n"),
        "{text:?}"
    );
    // The settings at the top of a template cannot add recipients either.
    place.write("b.html", "---\nsubject: x\nto: x@client.example\n---\n<p>x");
    let ran = send(&place, &sink, "b.html --to me@msp.example");
    assert_eq!((ran.code, sink.mails().len()), (Some(2), 1), "{}", ran.err);
    assert!(ran.err.contains("unknown key `to`"), "{}", ran.err);
}

#[test]
fn a_dry_run_shows_everything_and_sends_nothing() {
    let (place, sink) = (place(), Sink::new(Script::default()));
    let ran = send(&place, &sink, "a.html --to me@msp.example --dry-run --user me");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let text = ran.text();
    for line in [
        "`a.html` with the sample `standard`",
        "  envelope from: preview@msp.example",
        "  envelope to:   me@msp.example",
        "    To: me@msp.example",
        "    X-Psalink-Template: a.html",
        "  The subject is: [preview] Größe: ticket 148372",
    ] {
        assert!(text.lines().any(|known| known == line), "{line}\n{text}");
    }
    assert!(ran.err.starts_with("1 message would go to me@msp.example through 127.0.0.1:"), "{}", ran.err);
    assert_eq!(sink.seen().connections, 0);
}

#[test]
fn files_are_written_instead() {
    let place = place();
    place.write("b.html", BODY);
    let ran = place.run("send . --eml out --sample standard --sample unicode");
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), "4 messages in `out`\n"));
    let files: Vec<String> = place.files().into_iter().filter(|file| file.starts_with("out")).collect();
    assert_eq!(files, ["out/a.standard.eml", "out/a.unicode.eml", "out/b.standard.eml", "out/b.unicode.eml"]);
    let bytes = place.bytes("out/a.standard.eml");
    let message = MessageParser::default().parse(&bytes[..]).unwrap();
    assert_eq!(message.subject(), Some("[preview] Größe: ticket 148372"));
    assert!(message.to().is_none());
    // Again: the same files, with the same names in them.
    let (second_run, id) = (place.run("send . --eml out --sample standard --sample unicode"), message.message_id());
    assert_eq!(second_run.code, Some(0), "{}", second_run.err);
    let bytes = place.bytes("out/a.standard.eml");
    assert_eq!(MessageParser::default().parse(&bytes[..]).unwrap().message_id(), id);
    assert_eq!(place.run("send a.html --eml out --to me@msp.example").code, Some(0));
    assert!(place.read("out/a.eml").contains("To: me@msp.example\r\n"));
}

#[test]
fn pictures_go_with_the_mail() {
    let (place, sink) = (place(), Sink::new(Script::default()));
    let png = b"\x89PNG\r\n\x1a\n\0\xff.\r\n.\r\n";
    place.write("mails/images/logo.png", png).write("secret.png", png);
    place.write("mails/m.html", "<img alt=\"Acme\" src=\"images/logo.png\"><img alt=\"x\" src='../secret.png'>");
    let ran = send(&place, &sink, "mails/m.html --to me@msp.example --inline-images");
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    assert!(
        ran.err.contains("the image `../secret.png` is not sent with the message: only files in the folder"),
        "{}",
        ran.err
    );
    let mails = sink.mails();
    let message = parse(&mails[0]);
    let image = message.parts.iter().find(|part| part.content_id().is_some()).unwrap();
    assert_eq!(image.contents(), png);
    assert_eq!(image.content_type().map(|kind| (kind.ctype(), kind.subtype().unwrap())), Some(("image", "png")));
    let html = message.body_html(0).unwrap();
    assert!(html.contains(&format!("src=\"cid:{}\"", image.content_id().unwrap())), "{html}");
    assert!(html.contains("'../secret.png'"));
    let ran = send(&place, &sink, "mails/m.html --to me@msp.example");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert_eq!(parse(&sink.mails()[1]).parts.len(), 3);
}

/// Runs a command with a password, and checks that it appears nowhere.
fn with_password(place: &Place, sink: &Sink, args: &str) -> Ran {
    let mut command = place.command();
    command.env("PSALINK_SMTP_PASSWORD", PASSWORD).arg("send").args(args.split_whitespace());
    command.args(["--smtp-host", "localhost", "--smtp-port", &sink.address.port().to_string()]);
    let ran = run(command, b"");
    let all = format!("{}{}", ran.text(), ran.err);
    use base64::Engine as _;
    let encoded = |text: &str| base64::engine::general_purpose::STANDARD.encode(text);
    for form in [PASSWORD.to_owned(), encoded(PASSWORD), encoded(&format!("\0me\0{PASSWORD}"))] {
        assert!(!all.contains(form.trim_end_matches('=')), "{all}");
    }
    ran
}

#[test]
fn signing_in_works_and_the_password_is_nowhere() {
    for offer in ["AUTH PLAIN LOGIN", "AUTH LOGIN"] {
        let script = Script { offers: vec![offer], login: Some(("me", PASSWORD)), ..Script::default() };
        let (place, sink) = (place(), Sink::new(script));
        let args = "a.html --to me@msp.example --tls none --user me --verbose";
        let ran = with_password(&place, &sink, args);
        assert_eq!((ran.code, sink.mails().len()), (Some(0), 1), "{}", ran.err);
        let mechanism = offer.split(' ').nth(1).unwrap();
        assert!(ran.err.contains(&format!("> AUTH {mechanism} ****\n< 235 2.7.0 welcome\n")), "{}", ran.err);
        assert!(
            ran.err.contains("> RCPT TO:<me@msp.example>\n< 250 2.1.5 fine\n> DATA\n< 354 go on\n> (the message: "),
            "{}",
            ran.err
        );
        // With another password it fails, and this server even sends back what it received.
        let port = sink.address.port();
        place.write("password", "other-secret\n");
        for (more, stdin) in [("--password-file password", ""), ("--password-stdin", "other-secret\r\n")] {
            let args = format!(
                "send a.html --to me@msp.example --tls none --user me --verbose --smtp-host 127.0.0.1 --smtp-port {port} {more}"
            );
            let ran = place.run_with(&args, stdin.as_bytes());
            assert_eq!((ran.code, sink.mails().len()), (Some(2), 1), "{}", ran.err);
            assert!(ran.err.contains("did not let `me` sign in: 535 5.7.8 **** ("), "{}", ran.err);
            assert!(!ran.err.contains("other-secret") && !ran.err.contains("b3RoZXItc2VjcmV0"), "{}", ran.err);
        }
        place.write("password", format!("{PASSWORD}\r\n"));
        let args = format!(
            "send a.html --to me@msp.example --tls none --user me --smtp-host 127.0.0.1 --smtp-port {port} --password-file password"
        );
        assert_eq!((place.run(&args).code, sink.mails().len()), (Some(0), 2));
    }
}

#[test]
fn a_refused_login_ends_the_batch() {
    let script = Script { offers: vec!["AUTH PLAIN"], login: Some(("me", "other")), ..Script::default() };
    let (place, sink) = (place(), Sink::new(script));
    place.write("b.html", BODY).write("c.html", BODY);
    let ran = with_password(&place, &sink, ". --to me@msp.example --tls none --user me");
    assert_eq!((ran.code, sink.seen().connections), (Some(2), 1), "{}", ran.err);
    assert!(ran.err.contains("3 messages were not sent"), "{}", ran.err);
    for name in ["a", "b", "c"] {
        assert!(
            ran.err.contains(&format!("`{name}.html` with the sample `standard` to me@msp.example: ")),
            "{}",
            ran.err
        );
    }
    let sink = Sink::new(Script { offers: vec!["AUTH CRAM-MD5"], ..Script::default() });
    let ran = with_password(&place, &sink, "a.html --to me@msp.example --tls none --user me");
    assert!(ran.code == Some(2) && ran.err.contains("offers no sign-in method that psalink supports"), "{}", ran.err);
    let sink = Sink::new(Script { login: Some(("me", "x")), ..Script::default() });
    let ran = with_password(&place, &sink, "a.html --to me@msp.example --tls none");
    assert!(ran.code == Some(2) && ran.err.contains("530 5.7.0 sign in first; set `send.smtp.user`"), "{}", ran.err);
}

#[test]
fn everything_that_a_first_run_lacks_is_reported_at_once() {
    let place = Place::new();
    place.write("a.html", "<p>[srnumber]</p>").write("b.html", "<p>[srnumber]</p>");
    let ran = place.run("send .").code(2);
    let expected = "\
error: nothing was sent, because 5 things are missing:
         - a recipient: use `--to you@msp.example`
         - your portal, `portal`: `a.html` links to it
         - the sender, `send.from`
         - who may get previews, `send.allow`: only addresses that no customer reads
         - the mail server, `send.smtp`

Add these lines to `psalink.yaml`, with your own values:

portal: acme
send:
  from: preview@msp.example
  allow: [\"*@msp.example\"]
  smtp: { host: smtp.msp.example, tls: starttls, user: preview@msp.example }

The password for the mail server goes into the environment variable PSALINK_SMTP_PASSWORD.
For one run, `--portal`, `--from`, `--yes-send-to` and `--smtp-host` do the same.
";
    assert_eq!(ran.err, expected);
    // The lines are right as they are.
    let lines = &expected[expected.find("portal: acme").unwrap()..expected.find("\nThe password").unwrap()];
    place.write("psalink.yaml", lines);
    let ran = place.run("send . --to me@msp.example").code(2);
    assert_eq!(ran.err.matches("missing").count(), 1, "{}", ran.err);
    assert!(ran.err.starts_with("error: the password for `preview@msp.example` is missing"), "{}", ran.err);
    place.write(
        "psalink.yaml",
        "portal: acme\nsend: { allow: [\"*@msp.example\"], smtp: { host: x.example, user: me } }\n",
    );
    place
        .run("send . --to me@client.example")
        .code(2)
        .says("nothing was sent: previews may not go to `me@client.example`");
    let ran = place.run("send . --to me@msp.example").code(2).says("because 2 things are missing");
    assert!(ran.err.contains("to `psalink.yaml`, below the `send:` that is there"), "{}", ran.err);
    assert!(ran.err.contains("\nsend:\n  from: preview@msp.example\n\n"), "{}", ran.err);
    assert!(ran.err.contains("- the password for `me`: put it in the environment variable"), "{}", ran.err);
}

#[test]
fn what_is_missing_is_reported_with_what_to_write() {
    let place = place();
    place.write("key", "").write("none.yaml", "portal: acme\nsend: { allow: ['*@msp.example'] }\n");
    for (args, expected) in [
        ("a.html --to me@msp.example", "no mail server is set (`send.smtp.host`); add `send: { smtp: { host:"),
        ("a.html --to me@msp.example --config none.yaml --smtp-host x.example", "no sender is set; add `send: { from:"),
        ("a.html --to me@msp.example --isolated --from a@b.example", "nothing was sent, because 3 things are missing:"),
        ("a.html --to me@msp.example --smtp-host localhost --user me", "the password for `me` is missing; put it in"),
        ("a.html --to me@msp.example --smtp-host localhost --password-file key", "without a user name; add"),
        (
            "a.html --to me@msp.example --smtp-host localhost --user me --password-file key",
            "`key`: the password is empty",
        ),
        (
            "a.html --to me@msp.example --smtp-host localhost --user me --password-file gone",
            "could not read the password in",
        ),
        ("a.html --to me@msp.example --smtp-host localhost --tls-ca psalink.yaml", "this is not a certificate"),
        ("a.html --to me@msp.example --smtp-host localhost --tls-ca gone", "could not read the certificate"),
        ("a.html --to me@msp.example --from me", "`me` is not an email address"),
        ("- --to me@msp.example --smtp-host localhost --user me --password-stdin", "cannot be both"),
        ("a.html --to me@msp.example --smtp-host nowhere.invalid", "the mail server `nowhere.invalid` was not found"),
        (
            "a.html --to me@msp.example --smtp-host 192.0.2.1 --tls none",
            "works only for a mail server on this computer",
        ),
    ] {
        let ran = place.run(&format!("send {args}"));
        assert_eq!(ran.code, Some(2), "{args}: {}", ran.err);
        assert!(ran.err.contains(expected), "{args}: {}", ran.err);
    }
    place.write("psalink.yaml", "send: { allow: ['*@*'] }\n");
    let ran = place.run("send a.html --to me@msp.example");
    assert!(
        ran.err.contains("`psalink.yaml` line 1, column 17: `*@*` in `send.allow` would let previews go to anyone"),
        "{}",
        ran.err
    );
}

#[test]
fn a_secured_connection_is_needed_and_checked() {
    let good = Certificates::new("localhost", false);
    let other = Certificates::new("mail.other.example", false);
    let old = Certificates::new("localhost", true);
    let place = place();
    place.write("good.pem", &good.authority).write("other.pem", &other.authority).write("old.pem", &old.authority);
    for (certificates, authority, expected) in [
        (&good, "good.pem", ""),
        (
            &good,
            "other.pem",
            "no authority that this computer trusts has signed it; if the server is yours, use `--tls-ca FILE`",
        ),
        (&other, "other.pem", "it is for mail.other.example, not for localhost"),
        (&old, "old.pem", "it has expired"),
    ] {
        for implicit in [true, false] {
            let sink = Sink::new(Script {
                offers: if implicit { vec!["AUTH PLAIN"] } else { vec!["STARTTLS", "AUTH PLAIN"] },
                tls: Some(certificates.config.clone()),
                login: Some(("me", PASSWORD)),
                implicit,
                ..Script::default()
            });
            let tls = if implicit { "implicit" } else { "starttls" };
            let args = format!("a.html --to me@msp.example --user me --tls {tls} --tls-ca {authority} --verbose");
            let ran = with_password(&place, &sink, &args);
            if expected.is_empty() {
                assert_eq!((ran.code, sink.mails().len()), (Some(0), 1), "{}", ran.err);
            } else {
                assert_eq!(ran.code, Some(2), "{}", ran.err);
                assert!(
                    ran.err.contains("is not trusted, so nothing was sent") && ran.err.contains(expected),
                    "{}",
                    ran.err
                );
                let commands = sink.seen().commands.join("\n");
                assert!(!commands.contains("AUTH") && !commands.contains("MAIL"), "{commands}");
            }
        }
    }
    // A server that cannot secure the connection gets neither a password nor a message.
    let sink = Sink::new(Script { offers: vec!["AUTH PLAIN"], ..Script::default() });
    let ran = with_password(&place, &sink, "a.html --to me@msp.example --user me");
    assert_eq!(ran.code, Some(2), "{}", ran.err);
    assert!(ran.err.contains("does not offer STARTTLS"), "{}", ran.err);
    let ran = with_password(&place, &sink, "a.html --to me@msp.example --user me --tls implicit");
    assert_eq!(ran.code, Some(2), "{}", ran.err);
    assert!(ran.err.contains("does not start with TLS on this port"), "{}", ran.err);
    let commands = sink.seen().commands.join("\n");
    assert!(!commands.contains("AUTH") && !commands.contains("MAIL"), "{commands}");
}

#[test]
fn a_connection_that_is_lost_in_a_batch_is_opened_again() {
    for (at, skip, act) in [
        ("MAIL", 1, Act::SayAndClose("421 4.3.2 too many mails")),
        ("MAIL", 1, Act::Close),
        ("RCPT", 1, Act::SayAndClose("421 4.3.2 going down")),
        ("DATA", 1, Act::Close),
        ("DOT", 1, Act::SayAndClose("421 4.3.2 going down, mail not taken")),
    ] {
        let sink = Sink::that(at, skip, 1, act);
        let mut sender = sender(&sink);
        for subject in ["one", "two", "three"] {
            assert_eq!(
                outcomes(&sender.send(&message_of(subject, "x"), &to(&["me@msp.example"]))),
                [&Outcome::Sent],
                "{at} {act:?}"
            );
        }
        sender.finish();
        assert_eq!(
            (subjects(&sink), sink.seen().connections),
            (["one", "two", "three"].map(str::to_owned).to_vec(), 2),
            "{at}"
        );
    }
}

#[test]
fn what_may_work_later_is_tried_again() {
    for at in ["MAIL", "RCPT", "DATA", "DOT", "CONNECT"] {
        let sink = Sink::that(at, 0, 1, Act::Say("451 4.7.1 try again later"));
        let mut sender = sender(&sink);
        assert_eq!(outcomes(&sender.send(&message_of("one", "x"), &to(&["me@msp.example"]))), [&Outcome::Sent], "{at}");
        assert_eq!(subjects(&sink), ["one"], "{at}");
    }
    for at in ["MAIL", "RCPT", "DATA", "DOT"] {
        let sink = Sink::that(at, 0, usize::MAX, Act::Say("451 4.7.1 try again later"));
        let mut sender = sender(&sink);
        let deliveries = sender.send(&message_of("one", "x"), &to(&["me@msp.example"]));
        let [Outcome::NotSent(reason)] = outcomes(&deliveries)[..] else { panic!("{deliveries:?}") };
        assert!(reason.contains("451 4.7.1 try again later (tried 4 times)"), "{reason}");
        assert_eq!((sink.mails().len(), sink.seen().connections), (0, 1), "{at}");
    }
    // The program itself waits for one second.
    let (place, sink) = (place(), Sink::that("RCPT", 0, 1, Act::Say("451 4.7.1 greylisted")));
    let start = Instant::now();
    let ran = send(&place, &sink, "a.html --to me@msp.example --verbose");
    assert_eq!((ran.code, sink.mails().len()), (Some(0), 1), "{}", ran.err);
    assert!(ran.err.contains("< 451 4.7.1 greylisted") && ran.err.contains("trying again in 1 s"), "{}", ran.err);
    assert!(start.elapsed() >= Duration::from_secs(1));
}

#[test]
fn each_recipient_has_a_fate_of_its_own() {
    let script = Script {
        rules: vec![
            Rule { at: "RCPT", skip: 1, times: 1, act: Act::Say("550 5.1.1 no such user") },
            Rule { at: "RCPT", skip: 2, times: 1, act: Act::Say("450 4.2.1 later") },
        ],
        ..Script::default()
    };
    let sink = Sink::new(script.clone());
    let mut sender = sender(&sink);
    let deliveries = sender.send(&message_of("one", "x"), &to(&["a@msp.example", "b@msp.example", "c@msp.example"]));
    let reason = "the server refused the recipient: 550 5.1.1 no such user".to_owned();
    assert_eq!(outcomes(&deliveries), [&Outcome::Sent, &Outcome::NotSent(reason), &Outcome::Sent]);
    let envelopes: Vec<Vec<String>> = sink.mails().into_iter().map(|mail| mail.to).collect();
    assert_eq!(envelopes, [["<a@msp.example>"], ["<c@msp.example>"]]);
    let (place, sink) = (place(), Sink::new(script));
    let ran = send(&place, &sink, "a.html --to a@msp.example --to b@msp.example");
    assert_eq!(ran.code, Some(2), "{}", ran.err);
    assert!(
        ran.text().contains("to a@msp.example: sent\n") && !ran.text().contains("to b@msp.example"),
        "{}",
        ran.text()
    );
    let expected = "error: `a.html` with the sample `standard` to b@msp.example was not sent: the server refused the recipient: 550 5.1.1 no such user\n";
    assert!(
        ran.err.contains(expected)
            && ran.err.ends_with(&format!(
                "0 of 1 message sent to a@msp.example and b@msp.example through 127.0.0.1:{}\n",
                sink.address.port()
            )),
        "{}",
        ran.err
    );
    let quiet = Sink::that("MAIL", 0, 1, Act::Say("550 5.7.1 \u{1b}[31mno\u{1b}[0m"));
    let ran = send(&place, &quiet, "a.html --to a@msp.example --quiet");
    assert_eq!((ran.code, ran.out.as_slice()), (Some(2), &b""[..]));
    assert!(
        ran.err.contains("the server refused the sender `preview@msp.example`: 550 5.7.1  [31mno")
            && !ran.err.contains('\u{1b}'),
        "{}",
        ran.err
    );
}

#[test]
fn a_mail_that_was_cut_in_its_middle_is_sent_again() {
    let sink = Sink::that("BODY", 0, 1, Act::Close);
    let mut sender = sender(&sink);
    // So long that not all of it can be in transit when the server disconnects.
    let text = "a line of a long mail\r\n".repeat(800_000);
    let mut server_patience = server(&sink);
    server_patience.timeouts.mail = Duration::from_secs(20);
    let mut patient = SmtpSender::new(server_patience, None);
    let deliveries = patient.send(&message_of("long", &text), &to(&["me@msp.example"]));
    assert_eq!(outcomes(&deliveries), [&Outcome::Sent]);
    assert_eq!((sink.started(), sink.mails().len(), sink.seen().connections), (2, 1, 2));
    assert!(parse(&sink.mails()[0]).body_text(0).unwrap().trim_end() == text.trim_end());
    assert_eq!(outcomes(&sender.send(&message_of("short", "x"), &to(&["me@msp.example"]))), [&Outcome::Sent]);
}

#[test]
fn a_mail_whose_fate_is_unknown_is_never_sent_again() {
    // A short message is entirely in transit before anyone can cut it off.
    for (at, act, arrived) in
        [("BODY", Act::Close, 0), ("DOT", Act::Close, 1), ("DOT", Act::Silence, 1), ("DOT", Act::Say("354 what?"), 0)]
    {
        let sink = Sink::that(at, 0, 1, act);
        let mut sender = sender(&sink);
        let deliveries = sender.send(&message_of("one", "x"), &to(&["me@msp.example"]));
        assert!(matches!(outcomes(&deliveries)[..], [Outcome::Unknown(_)]), "{at} {act:?}: {deliveries:?}");
        assert_eq!((sink.started(), sink.mails().len()), (1, arrived), "{at}");
        assert_eq!(outcomes(&sender.send(&message_of("two", "x"), &to(&["me@msp.example"]))), [&Outcome::Sent]);
        assert_eq!(sink.mails().len(), arrived + 1);
    }
    let (place, sink) = (place(), Sink::that("DOT", 0, 1, Act::Close));
    place.write("b.html", BODY);
    let ran = send(&place, &sink, ". --to me@msp.example");
    assert_eq!((ran.code, sink.mails().len()), (Some(2), 2), "{}", ran.err);
    assert!(ran.text().starts_with("`b.html` with the sample `standard` to me@msp.example: sent\n"), "{}", ran.text());
    let expected = "the server did not confirm `a.html` with the sample `standard` to me@msp.example; it may have been delivered, so psalink does not send it again: the whole message was sent, and then the server closed the connection";
    assert!(ran.err.contains(expected), "{}", ran.err);
}

#[test]
fn a_server_that_never_answers_is_not_waited_for() {
    let (place, sink) = (place(), Sink::that("CONNECT", 0, usize::MAX, Act::Silence));
    place.write("b.html", BODY);
    let start = Instant::now();
    let ran = send(&place, &sink, ". --to me@msp.example --timeout 1");
    assert_eq!(ran.code, Some(2), "{}", ran.err);
    assert!(ran.err.contains("the server did not answer within 1 second\n"), "{}", ran.err);
    assert!(start.elapsed() < Duration::from_secs(10));
    for at in ["EHLO", "MAIL", "RCPT", "DATA"] {
        let sink = Sink::that(at, 0, usize::MAX, Act::Silence);
        let mut sender = sender(&sink);
        let start = Instant::now();
        for _ in 0..5 {
            let deliveries = sender.send(&message_of("one", "x"), &to(&["me@msp.example"]));
            let [Outcome::NotSent(reason)] = outcomes(&deliveries)[..] else { panic!("{at}: {deliveries:?}") };
            assert!(reason.contains("the server did not answer within 0.4 seconds"), "{at}: {reason}");
        }
        // After some failures it is clear that the others will not be sent either.
        assert!(start.elapsed() < Duration::from_secs(8), "{at}: {:?}", start.elapsed());
        assert!(sink.mails().is_empty());
    }
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let ran =
        place.run(&format!("send a.html --to me@msp.example --smtp-host 127.0.0.1 --tls none --smtp-port {port}"));
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.err.contains(&format!("could not connect to 127.0.0.1:{port}: nothing answers on that port")),
        "{}",
        ran.err
    );
}

#[test]
fn servers_that_know_only_ascii_get_only_ascii() {
    let recipients = to(&["me@büro.example", "jörg@msp.example"]);
    let sink = Sink::new(Script::default());
    let deliveries = sender(&sink).send(&message_of("größer 👋", "é"), &recipients);
    let [Outcome::Sent, Outcome::NotSent(reason)] = outcomes(&deliveries)[..] else { panic!("{deliveries:?}") };
    assert!(reason.contains("not offer SMTPUTF8") && reason.contains("`jörg`"), "{reason}");
    let mails = sink.mails();
    assert_eq!(mails[0].to, ["<me@xn--bro-hoa.example>"]);
    assert!(mails[0].data.is_ascii() && sink.seen().commands.iter().all(|command| command.is_ascii()));
    let message = parse(&mails[0]);
    assert_eq!((message.subject(), message.to().unwrap().iter().count()), (Some("[preview] größer 👋"), 1));
    // Other servers get the addresses unchanged.
    let sink = Sink::new(Script { offers: vec!["8BITMIME", "SMTPUTF8"], ..Script::default() });
    assert_eq!(
        outcomes(&sender(&sink).send(&message_of("größer 👋", "é"), &recipients)),
        [&Outcome::Sent, &Outcome::Sent]
    );
    let mails = sink.mails();
    assert_eq!(mails[0].from, "FROM:<preview@msp.example> SMTPUTF8 BODY=8BITMIME");
    assert_eq!(mails[0].to, ["<me@xn--bro-hoa.example>", "<jörg@msp.example>"]);
    let message = parse(&mails[0]);
    let shown: Vec<_> = message.to().unwrap().iter().map(|to| to.address().unwrap().to_owned()).collect();
    assert_eq!(shown, ["me@xn--bro-hoa.example", "jörg@msp.example"]);
}

#[test]
fn every_body_arrives_as_it_is() {
    let (place, sink) = (place(), Sink::new(Script::default()));
    let body = format!(
        "<p>{}</p>\r\n.\r\n..\r\n.hidden\r\n<p>tab\tand space \r\nFrom me =3D é\r\n</p>\r\n.",
        "long line ".repeat(1_000)
    );
    place.write("a.html", &body).write("b.txt", ".\r\n..\r\n.x\r\n[srnumber]\r\n");
    let ran = send(&place, &sink, "a.html b.txt --to me@msp.example");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let mails = sink.mails();
    assert!(parse(&mails[0]).body_html(0).unwrap() == body);
    assert_eq!(parse(&mails[1]).body_text(0).unwrap(), ".\r\n..\r\n.x\r\n148372\r\n");
    for mail in &mails {
        let lines: Vec<&[u8]> = mail.data.split(|&byte| byte == b'\n').collect();
        assert!(lines.iter().all(|line| line.len() <= 999 && (line.is_empty() || line.ends_with(b"\r"))));
    }
}

#[test]
fn a_mail_with_a_problem_is_sent_and_reported() {
    let (place, sink) = (place(), Sink::new(Script::default()));
    place
        .write("a.html", "<p>[Ticket: Title]")
        .write("b.html", "<p>fine")
        .write("c.html", "---\nsubject: x\nnothing: x\n---\n");
    let ran = send(&place, &sink, "a.html b.html --to me@msp.example");
    assert_eq!((ran.code, sink.mails().len()), (Some(1), 2), "{}", ran.err);
    assert!(ran.err.contains("; 1 problem above needs attention\n"), "{}", ran.err);
    let ran = send(&place, &sink, "b.html c.html gone.html --to me@msp.example");
    assert_eq!((ran.code, sink.mails().len()), (Some(2), 3), "{}", ran.err);
    assert!(ran.err.contains("; 1 template could not be turned into a message\n"), "{}", ran.err);
}
