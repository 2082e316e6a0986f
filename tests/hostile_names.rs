//! Names and texts that would control a terminal or GitHub Actions are shown, without any effect.

use crate::cli::{Place, Ran};

/// A file name with a line that GitHub Actions would obey, and with sequences that a terminal would obey.
const NAME: &str = "a\n::error file=x::forged\r\x1b]0;title\x07\x1b[31m\u{9b}31m.html";

/// Text that a finding quotes.
const TEXT: &str = "<p>[sr\x1b[31mnumber]</p>\n<p>[dd:tic\x07ket\x1b[0m]</p>\n<a href=\"https://acme.deskdirector.com/portal/deeplink?name=ti\x1bcket&amp;ticket_id=[srnumber]\">x</a>\n<p>[dd:no\u{9b}31mthing] [sr\u{9b}number] <a href=\"ab\u{9b}c\">\u{9b}31m</a> [dd:tic\u{85}ket]</p>\n";

fn place() -> Place {
    let place = Place::new();
    place.write("psalink.yaml", "portal: acme\ndialect: connectwise\n").write(NAME, TEXT).write("b.html", TEXT);
    place
}

/// Checks that no output has an effect; a diff contains the template's own line breaks.
fn is_harmless(ran: &Ran, case: &str) {
    for text in [&ran.text(), &ran.err] {
        for bad in ['\x1b', '\x07', '\u{9b}', '\r'] {
            assert!(!text.contains(bad), "{case}: {bad:?} in {text:?}");
        }
        assert!(!text.lines().any(|line| line.starts_with("::error file=x")), "{case}: {text}");
    }
}

#[test]
fn no_output_for_people_or_actions_gives_an_order() {
    let place = place();
    for args in [
        "lint .",
        "lint . --format concise",
        "lint . --format github",
        "lint . --show-files",
        "lint . --statistics",
        "lint . --verbose",
        "lint . --fix --unsafe-fixes",
        "rewrite . --check --verbose",
        "rewrite . -o out",
        "rewrite . -o out --report links.csv",
        "translate . --to autotask --check",
        "preview . -o shown",
        "preview b.html --text --quiet",
        "explain a\u{9b}31m",
        "tokens search a\u{9b}31m",
        "test .",
        "test . --accept",
        "send . --to me@msp.example --dry-run",
        "send . --eml mails",
    ] {
        let ran = place.run(args);
        is_harmless(&ran, args);
        assert!(!ran.text().is_empty() || !ran.err.is_empty(), "{args}");
    }
    // A message that has changed since it was recorded.
    place.write(NAME, TEXT.replace("<p>", "<p>\x1b[32mnew"));
    let ran = place.run("test .");
    assert!(ran.text().contains("changed: a ::error"), "{}", ran.text());
    is_harmless(&ran, "test");
}

#[test]
fn files_for_programs_stay_whole() {
    let place = place();
    let ran = place.run("lint . --format json");
    let json: serde_json::Value = serde_json::from_slice(&ran.out).unwrap();
    let paths: Vec<&str> =
        json["diagnostics"].as_array().unwrap().iter().map(|row| row["path"].as_str().unwrap()).collect();
    assert!(paths.contains(&NAME) && paths.contains(&"b.html"), "{paths:?}");
    for format in ["json", "sarif", "gitlab", "junit"] {
        let ran = place.run(&format!("lint . --format {format}"));
        assert!(format == "junit" || serde_json::from_slice::<serde_json::Value>(&ran.out).is_ok(), "{format}");
        assert!(!ran.text().contains(['\x1b', '\x07', '\r', '\u{9b}', '\u{85}']), "{format}");
    }
}

#[test]
fn errors_about_such_a_file_are_one_line() {
    let place = place();
    place.write("c\n::error file=x::forged.html", "---\nsubject: x\nnothing: x\n---\n<p>x\n");
    for args in
        ["lint .", "lint . --format concise", "lint . --format github", "rewrite . --check", "preview . -o shown"]
    {
        let ran = place.run(args);
        assert_eq!(ran.code, Some(2), "{args}: {}", ran.err);
        is_harmless(&ran, args);
    }
}
