//! Previews sent to real mail servers, and read back by independent parsers.
//!
//! `tests/run` starts the servers (`tests/mail_servers.py`), and passes their locations in `PSALINK_MAIL_SERVERS`.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mail_parser::MessageParser;
use psalink::render::{Rendered, render};
use psalink::session::Overrides;
use psalink::{Config, Session, Source, SourceKind, Template};
use serde_json::Value;

use crate::cli::{Place, Ran, run};

const SETTINGS: &str = "portal: acme\ndialect: connectwise\nsend:\n  from: Größe & Co. <preview@msp.example>\n  allow: ['*@msp.example', '*@büro.example']\n";

const SAMPLES: [&str; 2] = ["standard", "unicode"];

/// The servers, and where their messages are stored.
fn servers() -> (PathBuf, Vec<(String, Value)>) {
    let folder = PathBuf::from(std::env::var_os("PSALINK_MAIL_SERVERS").expect("tests/run says where the servers are"));
    let servers: Value = serde_json::from_slice(&fs::read(folder.join("servers.json")).unwrap()).unwrap();
    let servers = servers.as_object().unwrap().iter().map(|(name, server)| (name.clone(), server.clone())).collect();
    (folder, servers)
}

/// The messages that a server has after some time, each with what Python reads from it.
fn mails(server: &Value, count: usize) -> Vec<(Vec<u8>, Value)> {
    let folder = Path::new(server["mails"].as_str().unwrap());
    let start = Instant::now();
    loop {
        let mut names: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        names.retain(|path| path.extension().is_some_and(|ending| ending == "json"));
        if names.len() >= count || start.elapsed() > Duration::from_secs(40) {
            names.sort();
            let read = |path: PathBuf| {
                let mail = fs::read(path.with_extension("eml")).unwrap();
                (mail, serde_json::from_slice(&fs::read(path).unwrap()).unwrap())
            };
            return names.into_iter().map(read).collect();
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn send(place: &Place, server: &Value, tls: &str, host: &str, args: &str) -> Ran {
    let mut command = place.command();
    command.arg("send").args(args.split_whitespace());
    command.args([
        "--smtp-host",
        host,
        "--smtp-port",
        &server[tls].to_string(),
        "--tls",
        tls,
        "--tls-ca",
        "authority.pem",
    ]);
    if let Some(user) = server["user"].as_str() {
        command.args(["--user", user]).env("PSALINK_SMTP_PASSWORD", server["password"].as_str().unwrap());
    }
    run(command, b"")
}

/// What the templates in a folder should look like, by name and sample.
fn expected(place: &Place, names: &[String]) -> HashMap<(String, String), Rendered> {
    let session = Session::new(Config::parse("psalink.yaml", SETTINGS).unwrap(), Overrides::default()).unwrap();
    let mut mails = HashMap::new();
    for name in names {
        let path = place.path(name);
        let mut rewriter = session.rewriter();
        let source = Source::read(name, fs::read(&path).unwrap(), SourceKind::Html, None).unwrap();
        let template = Template::with_companions(source, &path, None).unwrap();
        let ready = session.ready(&template, &mut rewriter).unwrap();
        for sample in SAMPLES {
            let mail = render(&ready, &session.sample(sample).unwrap(), &mut rewriter.parser);
            mails.insert((name.clone(), sample.to_owned()), mail);
        }
    }
    mails
}

fn as_sent(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\n', "\r\n")
}

#[test]
#[ignore = "needs the mail servers that tests/run starts"]
fn real_servers_take_what_was_rendered() {
    let (folder, servers) = servers();
    let place = Place::new();
    place.write("psalink.yaml", SETTINGS).write("authority.pem", fs::read(folder.join("authority.pem")).unwrap());
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/templates/connectwise");
    let mut names = Vec::new();
    for entry in fs::read_dir(fixtures).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name.ends_with(".html") {
            let body = fs::read(&path).unwrap();
            if !body.starts_with(b"---") {
                place.write(
                    &name.replace(".html", ".subject.txt"),
                    "#[srnumber] – [summary]
",
                );
            }
            place.write(&name, body);
            names.push(name);
        }
    }
    let long = format!(
        "<p>{}</p>\r\n.\r\n..\r\n.x\r\n<a href=\"https://x.example/?a=1&amp;b=.\">é</a>\r\n.",
        "long line ".repeat(1_000)
    );
    place.write("long.html", long);
    names.push("long.html".to_owned());
    let expected = expected(&place, &names);
    let mut links = 0;
    for (name, server) in &servers {
        let args = ". --to me@msp.example --to you@büro.example --sample standard --sample unicode --verbose";
        let ran = send(&place, server, "starttls", "localhost", args);
        assert!(ran.code < Some(2), "{name}: {}", ran.err);
        assert_eq!(ran.err.matches("* connecting to").count(), 1, "{name}: one connection for all");
        assert_eq!(ran.text().matches(": sent\n").count(), expected.len() * 2, "{name}");
        assert!(!ran.err.contains("hunter22"), "{name}: {}", ran.err);
        // Postfix keeps one copy per recipient.
        let copies = if name == "postfix" { 2 } else { 1 };
        let mails = mails(server, expected.len() * copies);
        assert_eq!(mails.len(), expected.len() * copies, "{name}");
        let mut counts: HashMap<(String, String), usize> = HashMap::new();
        for (bytes, python) in &mails {
            let key = (python["template"].as_str().unwrap().to_owned(), python["sample"].as_str().unwrap().to_owned());
            let mail = expected.get(&key).unwrap_or_else(|| panic!("{name}: {key:?}"));
            *counts.entry(key.clone()).or_default() += 1;
            let message = MessageParser::default().parse(&bytes[..]).unwrap();
            let subject = format!("[preview] {}", mail.subject.as_deref().unwrap_or(&key.0));
            assert_eq!(message.subject(), Some(subject.as_str()), "{name}: {key:?}");
            assert_eq!(python["subject"], subject, "{name}: {key:?}");
            let decoded =
                |key: &str| String::from_utf8(STANDARD.decode(python[key].as_str().unwrap()).unwrap()).unwrap();
            let html = as_sent(mail.html.as_deref().unwrap());
            assert!(message.body_html(0).unwrap() == html, "{name}: {key:?}");
            assert!(decoded("html") == html, "{name}: {key:?}");
            assert_eq!(message.body_text(0).unwrap(), as_sent(&mail.text), "{name}: {key:?}");
            assert_eq!(decoded("text"), as_sent(&mail.text), "{name}: {key:?}");
            let found: Vec<&str> =
                python["links"].as_array().unwrap().iter().map(|link| link.as_str().unwrap().trim()).collect();
            let known: Vec<&str> = mail.links.iter().map(|link| link.url.as_str()).collect();
            assert!(found.iter().all(|link| known.contains(link)), "{name}: {key:?}: {found:?} of {known:?}");
            // Python reads neither content that only Outlook sees nor links in text.
            for link in mail.links.iter().filter(|link| link.is_portal && !html.contains("[if")) {
                assert!(found.contains(&link.url.as_str()), "{name}: {key:?}: {} of {found:?}", link.url);
                links += 1;
            }
            assert_eq!((&python["kind"], &python["date"]), (&"multipart/alternative".into(), &true.into()));
            assert_eq!(python["defects"], Value::Array(Vec::new()), "{name}: {key:?}");
            assert_eq!(python["to"], "me@msp.example, you@xn--bro-hoa.example");
            let from = message.from().unwrap().first().unwrap();
            assert_eq!((from.name(), from.address()), (Some("Größe & Co."), Some("preview@msp.example")));
        }
        assert!(links > 50, "{name}: {links}");
        assert!(counts.len() == expected.len() && counts.values().all(|&count| count == copies), "{name}: {counts:?}");
        // Also with TLS from the first byte.
        let ran = send(&place, server, "implicit", "localhost", "long.html --to me@msp.example");
        assert_eq!(ran.code, Some(0), "{name}: {}", ran.err);
        // A certificate for `localhost` is not valid for 127.0.0.1, and nothing is sent if it does not match.
        for tls in ["starttls", "implicit"] {
            let ran = send(&place, server, tls, "127.0.0.1", "long.html --to me@msp.example");
            assert_eq!(ran.code, Some(2), "{name}: {}", ran.err);
            assert!(ran.err.contains("it is for localhost, not for 127.0.0.1"), "{name}: {}", ran.err);
        }
    }
    for (name, server) in &servers {
        if name == "postfix" {
            let args = "long.html --to me@msp.example --to me@relay.example --yes-send-to me@relay.example";
            let ran = send(&place, server, "starttls", "localhost", args);
            assert_eq!(ran.code, Some(2), "{}", ran.err);
            assert!(
                ran.text().contains("to me@msp.example: sent\n") && ran.err.contains("Relay access denied"),
                "{}",
                ran.err
            );
        } else {
            let ran = send(&place, server, "starttls", "localhost", "long.html --to refused@msp.example");
            assert!(
                ran.code == Some(2) && ran.err.contains("the server refused the message: 554 5.7.1 refused"),
                "{}",
                ran.err
            );
            let mut wrong = server.clone();
            wrong["password"] = "other-secret".into();
            let ran = send(&place, &wrong, "starttls", "localhost", "long.html --to me@msp.example --verbose");
            assert_eq!(ran.code, Some(2), "{}", ran.err);
            assert!(
                ran.err.contains("did not let `preview` sign in: 535") && !ran.err.contains("other-secret"),
                "{}",
                ran.err
            );
            // Non-ASCII addresses, which this server accepts.
            let ran = send(&place, server, "starttls", "localhost", "long.html --to jörg@büro.example --verbose");
            assert_eq!(ran.code, Some(0), "{}", ran.err);
            assert!(ran.err.contains("> RCPT TO:<jörg@xn--bro-hoa.example>"), "{}", ran.err);
        }
    }
}
