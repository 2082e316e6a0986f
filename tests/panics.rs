//! A bug in psalink that affects one file is an error of that file and means exit code 2, and every other file is
//! processed as usual.
//!
//! A build with debug assertions panics if a file contains the word in an environment variable.

use crate::cli::{Place, Ran, run};
use crate::serve::Served;
use crate::sink::{Script, Sink};
use serde_json::json;

const WORD: &str = "tickle-the-bug-7";

/// One file on which psalink panics, between two others.
fn place() -> Place {
    let place = Place::new();
    place
        .write(
            "psalink.yaml",
            "portal: acme\ndialect: connectwise\nsend: { from: preview@msp.example, allow: ['*@msp.example'], smtp: { host: 127.0.0.1, port: 9, tls: none } }\n",
        )
        .write("m/a.html", "<p>[SRNumber] [dd:ticket]</p>\n")
        .write("m/b.html", format!("<p>[SRNumber] [dd:ticket] {WORD} s3cret</p>\n"))
        .write("m/c.html", "<p>[SRNumber] [dd:ticket]</p>\n");
    place
}

fn ran(place: &Place, args: &str, input: &[u8]) -> Ran {
    let mut command = place.command();
    command.env("PSALINK_TEST_PANIC", WORD).args(args.split_whitespace());
    run(command, input)
}

/// The bad file is named with what to report, but without any of its content.
#[track_caller]
fn is_reported(ran: &Ran, file: &str, command: &str) {
    let err = &ran.err;
    assert_eq!(ran.code, Some(2), "{err}");
    assert!(err.contains(&format!("`{file}`: psalink ran into a bug with this file")), "{err}");
    assert_eq!(err.matches("psalink ran into a bug").count(), 1, "{err}");
    let words = format!("psalink {}, {}, `psalink {command}`", env!("CARGO_PKG_VERSION"), std::env::consts::OS);
    assert!(err.contains(&words), "{err}");
    assert!(err.contains("src/bin/psalink/panics.rs:"), "the place of the panic: {err}");
    for never in ["panicked at", "RUST_BACKTRACE", "s3cret", WORD] {
        assert!(!err.contains(never) && !ran.text().contains(never), "{never}: {err}{}", ran.text());
    }
}

#[test]
fn lint_checks_and_fixes_the_others() {
    for jobs in ["1", "4"] {
        let place = place();
        let checked = ran(&place, &format!("lint m --format concise --jobs {jobs}"), b"");
        is_reported(&checked, "m/b.html", "lint");
        assert!(checked.text().contains("m/a.html:1:") && checked.text().contains("m/c.html:1:"), "{}", checked.text());
        assert!(checked.err.contains("2 files checked") && checked.err.contains("1 failed"), "{}", checked.err);
        let before = place.bytes("m/b.html");
        is_reported(&ran(&place, &format!("lint m --fix --jobs {jobs}"), b""), "m/b.html", "lint");
        assert!(place.read("m/a.html").contains("[srnumber]") && place.read("m/c.html").contains("[srnumber]"));
        assert_eq!(place.bytes("m/b.html"), before);
    }
    let place = place();
    for args in [
        "lint m --diff",
        "lint m --add-allow",
        "check m --write-baseline",
        "lint m --format json",
        "lint m --exit-zero",
    ] {
        is_reported(&ran(&place, args, b""), "m/b.html", "lint");
    }
    let json: serde_json::Value = serde_json::from_str(&ran(&place, "lint m --format json", b"").text()).unwrap();
    assert_eq!(json["summary"]["files"], 2, "{json}");
    is_reported(&ran(&place, "lint -", WORD.as_bytes()), "<stdin>", "lint");
}

#[test]
fn rewrite_and_translate_write_the_others() {
    let place = place();
    is_reported(&ran(&place, "rewrite m -o out --report links.md", b""), "m/b.html", "rewrite");
    assert!(place.read("out/a.html").contains("portal/deeplink") && place.exists("out/c.html"));
    assert!(!place.exists("out/b.html"));
    assert!(place.read("links.md").contains("m/b.html"));
    is_reported(&ran(&place, "rewrite m --check", b""), "m/b.html", "rewrite");
    is_reported(&ran(&place, "rewrite -", WORD.as_bytes()), "<stdin>", "rewrite");
    let before = place.bytes("m/b.html");
    is_reported(&ran(&place, "rewrite m --in-place", b""), "m/b.html", "rewrite");
    assert!(place.read("m/a.html").contains("portal/deeplink") && place.read("m/c.html").contains("portal/deeplink"));
    assert_eq!(place.bytes("m/b.html"), before);
    is_reported(&ran(&place, "translate m --to autotask -o autotask", b""), "m/b.html", "translate");
    assert!(place.exists("autotask/a.html") && place.exists("autotask/c.html") && !place.exists("autotask/b.html"));
    // Without a portal, each file is checked before anything is written.
    place.write("psalink.yaml", "dialect: connectwise\n").write("m/a.html", "<p>x</p>").write("m/c.html", "<p>x</p>");
    is_reported(&ran(&place, "rewrite m -o again", b""), "m/b.html", "rewrite");
    assert!(place.exists("again/a.html") && place.exists("again/c.html"));
}

#[test]
fn preview_and_test_fill_the_others() {
    let place = place();
    is_reported(&ran(&place, "preview m -o out", b""), "m/b.html", "preview");
    assert!(place.exists("out/a.mail.html") && place.exists("out/c.mail.html") && !place.exists("out/b.mail.html"));
    is_reported(&ran(&place, "preview m/b.html", b""), "m/b.html", "preview");
    is_reported(&ran(&place, "test m --accept", b""), "m/b.html", "test");
    let record = |name: &str| format!("m/snapshots/{name}.connectwise.standard.snap");
    assert!(place.exists(&record("a")) && place.exists(&record("c")) && !place.exists(&record("b")));
    let second_run = ran(&place, "test m", b"");
    is_reported(&second_run, "m/b.html", "test");
    assert!(second_run.err.contains("2 messages: 2 as recorded"), "{}", second_run.err);
}

#[test]
fn send_mails_the_others() {
    let place = place();
    is_reported(&ran(&place, "send m --eml out", b""), "m/b.html", "send");
    assert!(place.exists("out/a.eml") && place.exists("out/c.eml") && !place.exists("out/b.eml"));
    is_reported(&ran(&place, "send m --dry-run --to me@msp.example", b""), "m/b.html", "send");
    let sink = Sink::new(Script::default());
    let args =
        format!("send m --to me@msp.example --smtp-host 127.0.0.1 --smtp-port {} --tls none", sink.address.port());
    let sent = ran(&place, &args, b"");
    is_reported(&sent, "m/b.html", "send");
    assert!(sent.err.contains("2 messages sent"), "{}", sent.err);
}

#[test]
fn an_import_says_which_file_it_was() {
    let place = place();
    place.write("tokens.json", format!("[\"{WORD}\"]"));
    is_reported(&ran(&place, "tokens import connectwise tokens.json", b""), "tokens.json", "tokens");
    place.write("tokens.xlsx", WORD);
    is_reported(&ran(&place, "tokens import autotask tokens.xlsx", b""), "tokens.xlsx", "tokens");
    assert!(!place.exists("tokens"));
}

#[test]
fn the_workbench_goes_on() {
    let place = place();
    let served = Served::start_with(&place, "m", &[("PSALINK_TEST_PANIC", WORD)]);
    let mistake = "psalink ran into a bug";
    for _ in 0..2 {
        let project = served.get("/api/project").is(200).json();
        let rows = project["templates"].as_array().unwrap();
        let problems: Vec<bool> = rows.iter().map(|row| row["problem"].to_string().contains(mistake)).collect();
        assert_eq!(problems, [false, true, false], "{project}");
        assert_eq!((&rows[1]["path"], &rows[1]["name"]), (&json!("m/b.html"), &json!("b.html")));
        assert!(rows[0]["errors"].as_u64().unwrap() + rows[0]["warnings"].as_u64().unwrap() > 0, "{project}");

        let reply = served.template("m/b.html");
        assert!(reply["problem"]["message"].to_string().contains(mistake), "{reply}");
        assert!(reply["files"][0]["text"].to_string().contains(WORD), "its source is shown: {reply}");
        assert!(served.template("m/a.html")["problem"].is_null());

        let request = json!({ "path": "m/b.html", "file": "m/b.html", "what": "safe", "version": "" });
        assert!(served.post("fix", &request).is(500).error().contains(mistake));
        assert!(served.post("accept", &json!({ "path": "m/b.html" })).is(500).error().contains(mistake));
        let request = json!({ "path": "m/b.html", "to": ["me@msp.example"] });
        assert!(served.post("send", &request).error().contains(mistake));

        for request in [json!({}), json!({ "fix": "safe" }), json!({ "expand": true })] {
            let mut request = request;
            request["html"] = json!(format!("<p>{WORD}</p>"));
            let reply = served.post("paste", &request).is(200).json();
            assert!(reply["problem"]["message"].to_string().contains(mistake), "{reply}");
            assert!(reply["fixed"]["html"].to_string().contains(WORD), "{reply}");
            let project = served.get("/api/project").is(200).json().to_string();
            assert!(!project.contains("s3cret") && !project.contains("panicked"), "{project}");
        }
        let fine = served.post("paste", &json!({ "html": "<p>[srnumber]</p>" })).is(200).json();
        assert!(fine["problem"].is_null(), "{fine}");
    }
    let seen = served.template("m/a.html");
    let version = seen["files"][0]["hash"].clone();
    let request = json!({ "path": "m/a.html", "file": "m/a.html", "what": "safe", "version": version });
    served.post("fix", &request).is(200);
    assert!(place.read("m/a.html").contains("[srnumber]"));
}
