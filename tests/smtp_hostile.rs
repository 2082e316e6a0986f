//! Malicious mail servers, or connections that someone has taken over: nothing is reported as sent that was not,
//! nothing takes forever, and nothing fills the memory.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use psalink::config::TlsConfig;
use psalink::mail::{Login, MailAddress, MailSender, MailServer, Message, Outcome, Password, SmtpSender, Timeouts};
use psalink::render::Rendered;

use crate::sink::{Certificates, Script, Sink};

/// The time limit for a reply.
const LIMIT: Duration = Duration::from_millis(600);

/// A server that does the same with each of its connections, and counts the bytes that it has written.
struct Hostile {
    address: SocketAddr,
    written: Arc<AtomicUsize>,
    commands: mpsc::Receiver<String>,
}

struct Client {
    stream: TcpStream,
    written: Arc<AtomicUsize>,
    commands: mpsc::Sender<String>,
}

impl Client {
    fn say(&mut self, text: impl AsRef<[u8]>) -> io::Result<()> {
        self.stream.write_all(text.as_ref())?;
        self.written.fetch_add(text.as_ref().len(), Ordering::Relaxed);
        Ok(())
    }

    /// Reads a line.
    fn hear(&mut self) -> io::Result<String> {
        let (mut line, mut byte) = (Vec::new(), [0]);
        while !line.ends_with(b"\r\n") {
            if self.stream.read(&mut byte)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            line.push(byte[0]);
        }
        let line = String::from_utf8_lossy(&line).trim_end().to_owned();
        let _ = self.commands.send(line.clone());
        Ok(line)
    }

    /// Gives a suitable reply to each command, up to one that begins this way.
    fn until(&mut self, last: &str) -> io::Result<()> {
        if last == "CONNECT" {
            return Ok(());
        }
        self.say("220 hostile.example\r\n")?;
        loop {
            let line = self.hear()?;
            if line.starts_with(last) {
                return Ok(());
            }
            self.say(if line == "DATA" { "354 go on\r\n" } else { "250 fine\r\n" })?;
            if line == "DATA" {
                while self.hear()? != "." {}
                if last == "DOT" {
                    return Ok(());
                }
                self.say("250 taken\r\n")?;
            }
        }
    }
}

impl Hostile {
    fn new(act: impl Fn(&mut Client) -> io::Result<()> + Send + Sync + 'static) -> Hostile {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (written, act) = (Arc::new(AtomicUsize::new(0)), Arc::new(act));
        let (sender, commands) = mpsc::channel();
        let shared = Arc::clone(&written);
        thread::spawn(move || {
            // More connections than any test opens would be a bug as well.
            for stream in listener.incoming().take(20).flatten() {
                let (act, sender, written) = (Arc::clone(&act), sender.clone(), Arc::clone(&shared));
                thread::spawn(move || {
                    let _ = stream.set_read_timeout(Some(Duration::from_secs(20)));
                    let _ = act(&mut Client { stream, written, commands: sender });
                });
            }
        });
        Hostile { address, written, commands }
    }

    /// Sends a message, and returns the outcome.
    fn send(&self, tls: TlsConfig, authority: Option<&str>) -> (Outcome, Duration) {
        let mut server = MailServer::new("localhost", Some(self.address.port()), Some(tls));
        server.authority = authority.map(|pem| pem.as_bytes().to_vec());
        send(server)
    }
}

fn send(mut server: MailServer) -> (Outcome, Duration) {
    server.timeouts = Timeouts { waits: Vec::new(), ..Timeouts::of(LIMIT) };
    server.timeouts.mail = LIMIT;
    let mail = Rendered { subject: Some("x".to_owned()), text: "x".to_owned(), ..Rendered::default() };
    let message = Message::new(mail, "a.txt", "standard", MailSender::parse("preview@msp.example").unwrap());
    let start = Instant::now();
    let mut sender = SmtpSender::new(server, None);
    let deliveries = sender.send(&message, &[MailAddress::parse("me@msp.example").unwrap()]);
    sender.finish();
    (deliveries[0].outcome.clone(), start.elapsed())
}

fn reason(outcome: &Outcome) -> &str {
    match outcome {
        Outcome::Sent => "sent",
        Outcome::NotSent(reason) | Outcome::Unknown(reason) => reason,
    }
}

#[test]
fn what_comes_before_tls_never_counts_as_an_answer_inside_it() {
    let certificates = Certificates::new("localhost", false);
    let all = "250 mail\r\n250 rcpt\r\n354 data\r\n250 taken\r\n221 bye\r\n";
    for appended in [
        format!("250-localhost\r\n250 AUTH PLAIN\r\n{all}"),
        all.to_owned(),
        "2".to_owned(),
        "\r\n".to_owned(),
        "421 going down\r\n".to_owned(),
    ] {
        // A real server that would accept the message, and an attacker in between that adds its own text.
        let real =
            Sink::new(Script { offers: vec!["STARTTLS"], tls: Some(certificates.config.clone()), ..Script::default() });
        let to = real.address;
        let between = Hostile::new(move |client| {
            client.until("EHLO")?;
            client.say("250-hostile.example\r\n250 STARTTLS\r\n")?;
            client.hear()?;
            client.say(format!("220 go ahead\r\n{appended}"))?;
            // From here on, everything goes to the real server, which was asked for TLS too.
            let mut real = TcpStream::connect(to)?;
            let mut answers = [0; 4096];
            let _ = real.read(&mut answers)?;
            real.write_all(b"EHLO x\r\n")?;
            let _ = real.read(&mut answers)?;
            real.write_all(b"STARTTLS\r\n")?;
            let _ = real.read(&mut answers)?;
            let (mut up, mut down) = (client.stream.try_clone()?, real.try_clone()?);
            let copy = thread::spawn(move || io::copy(&mut up, &mut down));
            io::copy(&mut real, &mut client.stream)?;
            copy.join().map(drop).map_err(|_| io::ErrorKind::Other.into())
        });
        let (outcome, time) = between.send(TlsConfig::Starttls, Some(&certificates.authority));
        assert!(matches!(&outcome, Outcome::NotSent(reason) if reason.contains("cannot be trusted")), "{outcome:?}");
        assert!(real.mails().is_empty() && time < 5 * LIMIT);
    }
}

#[test]
fn a_reply_that_comes_before_its_command_does_not_count() {
    for (say, expected) in [
        ("220 hostile.example\r\n250 hello\r\n250 mail\r\n250 rcpt\r\n354 data\r\n250 taken\r\n", "cannot be trusted"),
        ("220 hostile.example\r\n250", "cannot be trusted"),
        ("220 hostile.example\r\n421 4.3.2 going down\r\n", "421 4.3.2 going down"),
    ] {
        let server = Hostile::new(move |client| {
            client.say(say)?;
            thread::sleep(Duration::from_secs(2));
            Ok(())
        });
        let (outcome, _) = server.send(TlsConfig::None, None);
        assert!(matches!(outcome, Outcome::NotSent(_)) && reason(&outcome).contains(expected), "{say:?}: {outcome:?}");
        assert!(!server.commands.try_iter().any(|line| line.starts_with("MAIL")), "{say:?}");
    }
    // Also in the middle of a conversation: what came with the reply to RCPT is neither the reply to DATA nor to the
    // message.
    let server = Hostile::new(|client| {
        client.until("RCPT")?;
        client.say("250 rcpt\r\n354 data\r\n250 taken\r\n")?;
        client.hear().map(drop)
    });
    let (outcome, _) = server.send(TlsConfig::None, None);
    assert!(matches!(outcome, Outcome::NotSent(_)) && reason(&outcome).contains("cannot be trusted"), "{outcome:?}");
    let server = Hostile::new(|client| {
        client.until("DATA")?;
        client.say("354 data\r\n250 taken\r\n")?;
        client.hear().map(drop)
    });
    let (outcome, _) = server.send(TlsConfig::None, None);
    assert!(matches!(outcome, Outcome::NotSent(_)) && reason(&outcome).contains("cannot be trusted"), "{outcome:?}");
}

/// What a server may do endlessly.
type Endless = fn(&mut Client) -> io::Result<()>;

const ENDLESS: [(&str, Endless); 5] = [
    ("a line without end", |client| client.say([b'x'; 64 * 1024])),
    ("a line without end that begins well", |client| {
        client.say("250-")?;
        loop {
            client.say([b'x'; 64 * 1024])?;
        }
    }),
    ("a reply without end", |client| client.say("250-more\r\n".repeat(6_000))),
    ("a byte now and then", |client| {
        thread::sleep(LIMIT / 4);
        client.say("2")
    }),
    ("a line now and then", |client| {
        thread::sleep(LIMIT / 4);
        client.say("250-more\r\n")
    }),
];

#[test]
fn no_answer_is_waited_for_without_end() {
    thread::scope(|scope| {
        for at in ["CONNECT", "EHLO", "MAIL", "RCPT", "DATA", "DOT", "QUIT"] {
            for (kind, act) in ENDLESS {
                scope.spawn(move || {
                    let server = Hostile::new(move |client| {
                        client.until(at)?;
                        loop {
                            act(client)?;
                        }
                    });
                    let (outcome, time) = server.send(TlsConfig::None, None);
                    let written = server.written.load(Ordering::Relaxed);
                    assert!(time < 10 * LIMIT, "{at}, {kind}: {time:?} {outcome:?}");
                    // What is in transit inside the system does not count, and is a few megabytes.
                    assert!(written < 16 << 20, "{at}, {kind}: {written} bytes");
                    match at {
                        "QUIT" => assert_eq!(outcome, Outcome::Sent, "{kind}"),
                        "DOT" => assert!(matches!(outcome, Outcome::Unknown(_)), "{kind}: {outcome:?}"),
                        _ => assert!(matches!(outcome, Outcome::NotSent(_)), "{at}, {kind}: {outcome:?}"),
                    }
                });
            }
        }
    });
}

#[test]
fn tls_has_no_more_time_than_anything_else() {
    let certificates = Certificates::new("localhost", false);
    // A TLS record that arrives byte by byte.
    let server = Hostile::new(|client| {
        client.until("EHLO")?;
        client.say("250-hostile.example\r\n250 STARTTLS\r\n")?;
        client.hear()?;
        client.say("220 go ahead\r\n")?;
        client.say([0x16, 3, 3, 0x3f, 0xff, 2, 0, 0x3f, 0xfb])?;
        loop {
            thread::sleep(LIMIT / 8);
            client.say([3])?;
        }
    });
    let (outcome, time) = server.send(TlsConfig::Starttls, Some(&certificates.authority));
    assert!(matches!(outcome, Outcome::NotSent(_)) && time < 5 * LIMIT, "{time:?} {outcome:?}");
}

#[test]
fn everything_about_a_mail_has_an_end() {
    // Each reply is in time, but together they never end.
    let slow = |client: &mut Client| {
        client.say("220 slow.example\r\n")?;
        loop {
            let line = client.hear()?;
            thread::sleep(LIMIT / 3);
            client.say(if line == "DATA" { "354 go on\r\n" } else { "250 fine\r\n" })?;
            if line == "DATA" {
                while client.hear()? != "." {}
                thread::sleep(LIMIT / 3);
                client.say("250 taken\r\n")?;
            }
        }
    };
    let timeouts = |message: u32, all: u32| Timeouts {
        waits: Vec::new(),
        message: LIMIT / 3 * message,
        all: LIMIT / 3 * all,
        ..Timeouts::of(LIMIT)
    };
    let mail = Rendered { subject: Some("x".to_owned()), text: "x".to_owned(), ..Rendered::default() };
    let message = Message::new(mail, "a.txt", "standard", MailSender::parse("preview@msp.example").unwrap());
    let many: Vec<MailAddress> =
        (0..40).map(|number| MailAddress::parse(&format!("p{number}@msp.example")).unwrap()).collect();
    for (timeouts, message_count, expected) in [
        (timeouts(8, 90), 1, "the message was not sent within"),
        (timeouts(60, 8), 9, "not everything was sent within"),
    ] {
        let server = Hostile::new(slow);
        let mut to = MailServer::new("localhost", Some(server.address.port()), Some(TlsConfig::None));
        to.timeouts = timeouts;
        let (start, mut sender) = (Instant::now(), SmtpSender::new(to, None));
        let mut outcomes = Vec::new();
        for _ in 0..message_count {
            let to = if message_count == 1 { &many[..] } else { &many[..1] };
            outcomes.extend(sender.send(&message, to).into_iter().map(|delivery| delivery.outcome));
        }
        let last = outcomes.last().unwrap();
        assert!(matches!(last, Outcome::NotSent(_)) && reason(last).contains(expected), "{last:?}");
        assert!(start.elapsed() < 12 * LIMIT, "{:?}", start.elapsed());
        assert_eq!(outcomes[0] == Outcome::Sent, message_count > 1, "{:?}", outcomes[0]);
    }
}

#[test]
fn odd_offers_do_no_harm() {
    for offers in
        ["250-\r\n250- \r\n250 \r\n", "250\r\n", "250-x\r\n250-\t\r\n250-AUTH\r\n250 AUTH =\r\n", "250 \u{fffd}\r\n"]
    {
        let server = Hostile::new(move |client| {
            client.until("EHLO")?;
            client.say(offers)?;
            loop {
                let line = client.hear()?;
                client.say(if line == "DATA" { "354 go on\r\n" } else { "250 fine\r\n" })?;
                if line == "DATA" {
                    while client.hear()? != "." {}
                    client.say("250 taken\r\n")?;
                }
            }
        });
        assert_eq!(server.send(TlsConfig::None, None).0, Outcome::Sent, "{offers:?}");
    }
}

#[test]
fn a_server_may_ask_for_the_name_and_the_password_as_it_likes() {
    for (offer, script) in [
        ("AUTH PLAIN", vec![("AUTH PLAIN AG1lAGh1bnRlcjIy", "334 \r\n"), ("AG1lAGh1bnRlcjIy", "235 welcome\r\n")]),
        (
            "AUTH LOGIN",
            vec![("AUTH LOGIN", "334 VXNlcg==\r\n"), ("bWU=", "334 UGFzcw==\r\n"), ("aHVudGVyMjI=", "235 welcome\r\n")],
        ),
        (
            "AUTH LOGIN",
            vec![("AUTH LOGIN", "334 a\r\n"), ("bWU=", "334 b\r\n"), ("aHVudGVyMjI=", "334 and your birthday?\r\n")],
        ),
    ] {
        let is_welcome = script.last().unwrap().1.starts_with("235");
        let server = Hostile::new(move |client| {
            client.until("EHLO")?;
            client.say(format!("250-x\r\n250 {offer}\r\n"))?;
            for (expected, answer) in &script {
                if client.hear()? != *expected {
                    return client.say("535 no\r\n");
                }
                client.say(answer)?;
            }
            client.hear()?;
            client.say("550 go away\r\n")
        });
        let mut to = MailServer::new("localhost", Some(server.address.port()), Some(TlsConfig::None));
        to.login = Some(Login { user: "me".to_owned(), password: Password::new("hunter22".to_owned()).unwrap() });
        let (outcome, _) = send(to);
        let expected = if is_welcome { "refused the sender" } else { "asks for more than a user name and a password" };
        assert!(reason(&outcome).contains(expected), "{outcome:?}");
    }
}
