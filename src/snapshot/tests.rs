//! Recorded messages from end to end: written, read, damaged, compared.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use super::body::Body;
use super::*;
use crate::error::{Error, ErrorKind};
use crate::render::rendered::{LeftOver, LeftReason, Rendered, RenderedLink};
use crate::{SourceKind, Span};

/// A folder that is deleted after the test.
pub(crate) struct TestFolder(PathBuf);

impl TestFolder {
    pub(crate) fn new() -> TestFolder {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("psalink-snapshot-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        TestFolder(folder)
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }

    fn write(&self, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.join("a.connectwise.standard.snap");
        std::fs::write(&path, bytes).unwrap();
        path
    }
}

impl Drop for TestFolder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn link(text: &str, url: &str) -> RenderedLink {
    let (url, text) = (url.to_owned(), text.to_owned());
    RenderedLink {
        url,
        text,
        is_portal: true,
        problem: None,
        doubt: None,
        part: SourceKind::Html,
        origin: Span::new(0, 0),
    }
}

fn record() -> Record {
    Record {
        template: "mails/new-ticket.html".to_owned(),
        dialect: "connectwise".to_owned(),
        sample: "standard".to_owned(),
        rendered: Rendered {
            breaking: Vec::new(),
            subject: Some("Ticket #1234 was received".to_owned()),
            html: Some(
                "<p>Hello Ann,</p>\n\n<p><a href=\"https://acme.example/t/1234\">View ticket</a></p>\n".to_owned(),
            ),
            text: "Hello Ann,\n\nView ticket: https://acme.example/t/1234\n".to_owned(),
            is_text_made: true,
            is_text_plain: false,
            links: vec![link("View  ticket", "https://acme.example/t/1234"), link("", "https://acme.example/")],
            filled: vec!["[srnumber]".to_owned(), "[contactname]".to_owned()],
            left: vec![LeftOver { text: "[wat]".to_owned(), reason: LeftReason::Unknown }],
        },
        findings: vec!["warning[missing-alt] line 2: this picture has no text".to_owned()],
    }
}

fn read(folder: &TestFolder, file: impl AsRef<[u8]>) -> Result<Snapshot, Error> {
    Snapshot::read(&folder.write(file)).map(Option::unwrap)
}

fn changes(old: &Record, new: &Record) -> Changes {
    let old = read(&TestFolder::new(), old.to_file()).unwrap();
    match compare(&old, new) {
        Comparison::Changed(changes) => *changes,
        Comparison::Same => panic!("nothing changed"),
    }
}

/// The summary of a change to the message.
fn summary_of(change: impl FnOnce(&mut Record)) -> Vec<String> {
    let mut new = record();
    change(&mut new);
    changes(&record(), &new).summary()
}

#[test]
fn a_record_with_the_old_name_of_a_section_is_read() {
    let file = record().to_file();
    assert!(file.contains("== Left unchanged"));
    let old = file.replace("== Left unchanged", "== Left as it stands");
    assert_eq!(read(&TestFolder::new(), old).unwrap().body, read(&TestFolder::new(), file).unwrap().body);
}

#[test]
fn a_body_is_easy_to_read() {
    let mut record = record();
    record.rendered.links[1].problem = Some("it leads\nnowhere".to_owned());
    insta::assert_snapshot!(record.body(), @r#"
    == Subject ==
      Ticket #1234 was received

    == Links ==
      View ticket -> https://acme.example/t/1234
      (picture) -> https://acme.example/
        problem: it leads nowhere

    == Placeholders filled ==
      [srnumber]
      [contactname]

    == Left unchanged ==
      [wat]
        why: psalink does not know this placeholder; if the PSA does not either, it is sent as is

    == Findings ==
      warning[missing-alt] line 2: this picture has no text

    == Text (made of the HTML) ==
      Hello Ann,

      View ticket: https://acme.example/t/1234

    == HTML ==
      <p>Hello Ann,</p>

      <p><a href="https://acme.example/t/1234">View ticket</a></p>

    == End ==
    "#);
    insta::assert_snapshot!(Record::default().body(), @"
    == Subject (none) ==

    == Links (none) ==

    == Placeholders filled (none) ==

    == Left unchanged (none) ==

    == Findings (none) ==

    == Text ==

    == HTML (none) ==

    == End ==
    ");
}

/// Messages that are hard to write on lines.
fn hostile() -> Vec<Record> {
    let marks =
        "== Subject ==\n== HTML (none) ==\n\n== End ==\n---\n  == Links ==\n---\n<<<<<<< HEAD\n=======\n>>>>>>> x\n";
    let bodies = [
        "",
        "\n",
        "\n\n\n",
        "a\n\n\n\n",
        " \n  \n    problem: x\n",
        "\r\n",
        "a\r\nb\r\n",
        "a\rb\r",
        "a\0b\u{1b}[31m\u{7}",
        "\u{feff}a\u{2028}b\u{2029}c\u{85}d",
        "שלום \u{202e}abc\u{202c} مرحبا\u{200f}",
        marks,
        "\t\ta\t\n",
    ];
    let mut all: Vec<Record> = Vec::new();
    for body in bodies.iter().map(|body| (*body).to_owned()).chain(["x".repeat(50_000)]) {
        let mut record = record();
        record.template = format!("mails/{body:.20}\"'#: .html");
        record.sample = body.chars().take(40).collect();
        record.rendered = Rendered {
            breaking: Vec::new(),
            subject: Some(body.clone()),
            html: Some(body.clone()),
            text: body.clone(),
            is_text_made: false,
            is_text_plain: false,
            links: vec![link(&body, &body), link("a -> b", "https://x/ -> y z")],
            filled: vec![body.clone(), "  [x]".to_owned()],
            left: vec![LeftOver { text: body.clone(), reason: LeftReason::FillIn }; 2],
        };
        record.rendered.links[0].problem = Some(body.clone());
        record.findings = vec![body.clone(), "warning[x] line 1: y\n== End ==".to_owned()];
        all.push(record.clone());
        record.rendered.html = None;
        record.rendered.subject = None;
        all.push(record);
    }
    all
}

#[test]
fn insta_reads_the_files_and_nothing_is_lost() {
    let folder = TestFolder::new();
    for record in hostile().into_iter().chain([record(), Record::default()]) {
        let path = folder.write(record.to_file());
        let read = insta::Snapshot::from_file(&path).unwrap();
        assert_eq!(read.as_text().unwrap().to_string(), record.body());
        let name = Path::new(&record.template).file_name().unwrap_or_default().to_str().unwrap().to_owned();
        assert_eq!(read.metadata().source(), Some(&*name));
        let expression = format!("{name} for {}, sample {}", record.dialect, record.sample);
        assert_eq!(read.metadata().expression(), Some(&*expression));

        let snapshot = Snapshot::read(&path).unwrap().unwrap();
        assert_eq!((snapshot.body(), snapshot.hash()), (&*record.body(), &*record.hash()));
        assert_eq!(snapshot.body, Body::of(&record), "{}", record.body());
        assert!(!snapshot.is_edited());
        assert_eq!(compare(&snapshot, &record), Comparison::Same);

        // What `cargo insta accept` does to it, and what git on Windows does to that.
        read.save(&path).unwrap();
        let saved = std::fs::read_to_string(&path).unwrap();
        assert_eq!(compare(&Snapshot::read(&path).unwrap().unwrap(), &record), Comparison::Same, "{saved}");
        folder.write(saved.replace('\n', "\r\n"));
        assert_eq!(compare(&Snapshot::read(&path).unwrap().unwrap(), &record), Comparison::Same);
    }
}

#[test]
fn hostile_mails_differ_from_each_other() {
    let all = hostile();
    for step in [1, 2, 3] {
        for (old, new) in all.iter().zip(&all[step..]) {
            let changes = changes(old, new);
            let summary = changes.summary();
            assert!(!summary.is_empty());
            assert_eq!(changes.hunks.is_empty(), summary.iter().all(|line| line.starts_with("only line ends")));
        }
    }
}

#[test]
fn a_missing_file_is_not_an_error() {
    let folder = TestFolder::new();
    assert!(Snapshot::read(Path::new(&folder.path("none.snap"))).unwrap().is_none());
    assert_eq!(Snapshot::read(Path::new(&folder.path(""))).unwrap_err().kind(), ErrorKind::Io);
}

#[test]
fn a_damaged_file_says_where_and_what_to_do() {
    let folder = TestFolder::new();
    let good = record().to_file();
    let lines: Vec<&str> = good.lines().collect();
    let without = |line: &str| {
        assert!(lines.contains(&line), "{line}");
        lines.iter().filter(|other| **other != line).map(|line| format!("{line}\n")).collect::<String>()
    };
    let with = |from: &str, to: &str| {
        assert!(good.contains(from), "{from}");
        good.replace(from, to)
    };
    let head = good.find("== Subject").unwrap();
    let cases: Vec<(Vec<u8>, Option<usize>, &str)> = vec![
        (b"".to_vec(), None, "it is empty"),
        (good.as_bytes()[..30].to_vec(), None, "which ends its header, is missing"),
        (good.as_bytes()[..head].to_vec(), None, "there is nothing below its header"),
        (good.as_bytes()[..head + 10].to_vec(), Some(9), "it is cut off in this line"),
        (without("== Subject ==").into_bytes(), Some(9), "must be indented"),
        (good.as_bytes()[..head + 40].to_vec(), None, "the line `== Links ==` is missing"),
        (good.as_bytes()[..good.len() - 20].to_vec(), None, "the line `== End ==` is missing"),
        (without("== Links ==").into_bytes(), Some(15), "`== Links ==` is missing before this one"),
        (without("== End ==").into_bytes(), None, "the line `== End ==` is missing"),
        (with("== End ==", "== End ==\nmore").into_bytes(), Some(38), "nothing may follow"),
        (with("  Ticket #1234 was", "  Ticket\n  #1234 was").into_bytes(), Some(11), "a subject has only one line"),
        (with("  Hello Ann", "Hello Ann").into_bytes(), Some(28), "indented by two spaces, and this one is not"),
        (with("View ticket -> https", "View ticket https").into_bytes(), Some(13), "`text -> address`"),
        (with("    why: ", "    because: ").into_bytes(), Some(22), "`why: …` belongs here"),
        (with("== Findings ==", "== Findings (none) ==").into_bytes(), Some(25), "is marked `none` but is not empty"),
        (with("== Findings ==", "== Findings (many) ==").into_bytes(), Some(24), "`(many)` has no meaning here"),
        (with("  [srnumber]", "<<<<<<< HEAD\n  [srnumber]").into_bytes(), Some(17), "an unresolved merge conflict"),
        (with("  [srnumber]", "  [srnumber]\n=======").into_bytes(), Some(18), "an unresolved merge conflict"),
        (with("  psalink: 1", "  psalink: 1\n>>>>>>> x").into_bytes(), Some(6), "an unresolved merge conflict"),
        ([good.as_bytes(), b"\xff"].concat(), Some(38), "this line is not valid UTF-8"),
        (with("  psalink: 1", "  psalink: 3").into_bytes(), None, "recorded by a newer psalink"),
        (with("  psalink: 1", "  psalnik: 1").into_bytes(), Some(5), "missing key `psalink` in `info`"),
        (
            with("source: \"", "source: \"\"").into_bytes(),
            Some(2),
            "the header of this recorded message cannot be read",
        ),
        (with("source:", "snapshot_kind: binary\nextension: html\nsource:").into_bytes(), None, "it contains no text"),
    ];
    for (bytes, line, expected) in cases {
        let error = read(&folder, &bytes).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Snapshot);
        assert!(error.path().unwrap().ends_with("a.connectwise.standard.snap"), "{error}");
        assert!(error.detail().contains(expected), "{error}\nshould hold\n{expected}");
        assert!(error.detail().contains("psalink test --accept`"), "{error}");
        assert_eq!(error.place().map(|(line, _)| line), line, "{error}");
    }
}

#[test]
fn a_file_cut_short_anywhere_is_refused_or_edited() {
    let folder = TestFolder::new();
    let good = record().to_file();
    for end in 0..good.trim_end().len() {
        let cut = read(&folder, &good.as_bytes()[..end]);
        assert!(cut.is_err(), "{}", &good[..end]);
    }
}

#[test]
fn what_was_edited_by_hand_is_reported() {
    let folder = TestFolder::new();
    let edited = read(&folder, record().to_file().replace("Hello Ann", "Hello Bob")).unwrap();
    assert!(edited.is_edited());
    let Comparison::Changed(changes) = compare(&edited, &record()) else { panic!() };
    assert_eq!(
        changes.summary(),
        [
            "the recorded message was edited by hand or merged; the message itself is as psalink recorded it",
            "text changed: 1 line",
            "HTML changed: 1 line"
        ]
    );
    let mut bob = record();
    bob.rendered.text = bob.rendered.text.replace("Ann", "Bob");
    bob.rendered.html = bob.rendered.html.map(|html| html.replace("Ann", "Bob"));
    let Comparison::Changed(changes) = compare(&edited, &bob) else { panic!() };
    assert_eq!(
        changes.summary(),
        [
            "the recorded message was edited by hand or merged",
            "only line endings changed, or something else that its lines do not show"
        ]
    );
}

#[test]
fn each_change_has_its_sentence() {
    let set = |text: &str| Some(text.to_owned());
    assert_eq!(
        summary_of(|new| new.rendered.subject = set("Ticket #1234")),
        ["subject changed: `Ticket #1234 was received` -> `Ticket #1234`"]
    );
    assert_eq!(summary_of(|new| new.rendered.subject = None), ["subject removed: `Ticket #1234 was received`"]);
    assert_eq!(
        summary_of(|new| new.rendered.links.push(link("Help", "https://acme.example/help"))),
        ["link added: `Help` -> https://acme.example/help"]
    );
    assert_eq!(
        summary_of(|new| drop(new.rendered.links.remove(0))),
        ["link removed: `View ticket` -> https://acme.example/t/1234"]
    );
    assert_eq!(
        summary_of(|new| new.rendered.links[0].url = "https://acme.example/t/9".to_owned()),
        ["link target changed: `View ticket`: https://acme.example/t/1234 -> https://acme.example/t/9"]
    );
    assert_eq!(
        summary_of(|new| new.rendered.links[0].text = "See it".to_owned()),
        ["link text changed: `View ticket` -> `See it` (https://acme.example/t/1234)"]
    );
    assert_eq!(
        summary_of(|new| new.rendered.links[0].problem = set("the host is not the portal's")),
        ["link does not work: `View ticket` -> https://acme.example/t/1234: the host is not the portal's"]
    );
    assert_eq!(summary_of(|new| new.rendered.links.reverse()), ["links in a different order"]);
    assert_eq!(summary_of(|new| new.rendered.filled.reverse()), ["placeholders in a different order"]);
    assert_eq!(
        summary_of(|new| new.rendered.filled = vec!["[srnumber]".to_owned(), "[a]".to_owned(), "[b]".to_owned()]),
        ["placeholder removed: `[contactname]`", "placeholders added: `[a]`, `[b]`"]
    );
    assert_eq!(
        summary_of(|new| new.rendered.left[0].reason = LeftReason::Damaged),
        [
            "now left as is: `[wat]`: it is damaged, and the PSA may send it as is",
            "no longer left as is: `[wat]`: psalink does not know this placeholder; if the PSA does not either, it is \
             sent as is"
        ]
    );
    assert_eq!(
        summary_of(|new| new.findings = vec!["error[x] line 1: y".to_owned()]),
        ["new finding: error[x] line 1: y", "finding gone: warning[missing-alt] line 2: this picture has no text"]
    );
    assert_eq!(
        summary_of(|new| new.findings[0] = new.findings[0].replace("line 2", "line 12")),
        ["1 finding is now about another line of the template"]
    );
    assert_eq!(summary_of(|new| new.rendered.text.push_str("Bye\nBye\n")), ["text changed: 2 lines"]);
    assert_eq!(summary_of(|new| new.rendered.is_text_made = false), ["the text part is now the template's own"]);
    assert_eq!(summary_of(|new| new.rendered.html = None), ["the HTML body was removed"]);
    assert_eq!(summary_of(|new| new.rendered.html = set("<p>\n")), ["only the HTML changed: 3 lines"]);
    let crlf = |text: &str| text.replace('\n', "\r\n");
    for hidden in [
        summary_of(|new| new.rendered.text = crlf(&new.rendered.text)),
        summary_of(|new| new.rendered.html = new.rendered.html.as_deref().map(crlf)),
        summary_of(|new| new.rendered.text = new.rendered.text.trim_end().to_owned()),
    ] {
        assert_eq!(hidden, ["only line endings changed, or something else that its lines do not show"]);
    }
}

#[test]
fn the_fixed_link_and_the_new_html_are_reported() {
    let mut old = record();
    old.rendered.links[0].problem = Some("it leads nowhere".to_owned());
    old.rendered.html = None;
    assert_eq!(
        changes(&old, &record()).summary(),
        [
            "link works now: `View ticket` -> https://acme.example/t/1234 (before: it leads nowhere)",
            "an HTML body was added"
        ]
    );
}

#[test]
fn the_diff_says_which_section_it_is_about() {
    let mut new = record();
    new.rendered.html = new.rendered.html.map(|html| html + "<p>\n<p>\n<p>\n<p>\n");
    new.rendered.links[0].url = "https://acme.example/t/9".to_owned();
    let diff = changes(&record(), &new).diff("mails/snapshots/new-ticket.connectwise.standard.snap");
    insta::assert_snapshot!(diff, @r#"
    --- mails/snapshots/new-ticket.connectwise.standard.snap (recorded)
    +++ mails/snapshots/new-ticket.connectwise.standard.snap (now)
    @@ -2,7 +2,7 @@ Links
       Ticket #1234 was received
     
     == Links ==
    -  View ticket -> https://acme.example/t/1234
    +  View ticket -> https://acme.example/t/9
       (picture) -> https://acme.example/
     
     == Placeholders filled ==
    @@ -25,5 +25,9 @@ HTML
       <p>Hello Ann,</p>
     
       <p><a href="https://acme.example/t/1234">View ticket</a></p>
    +  <p>
    +  <p>
    +  <p>
    +  <p>
     
     == End ==
    "#);
}
