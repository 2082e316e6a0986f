//! `psalink ready` as users run it: what goes in, where the finished templates go, what stops one, and the exit code.

use std::fs;
use std::path::Path;

use crate::cli::{NEW, OLD, Place};

/// A message with everything that only psalink understands.
const WHOLE: &str = "---\nsubject: Ticket [SRNumber]\ntext: |\n  Open it: [dd:ticket as=url]\n---\n\
                     <!-- psalink: allow script-in-mail -->\n<script>x</script>\n\
                     <p>[dd:ticket action=chat text=\"Chat\"] [SRNumber]</p>\n";
const WHOLE_HTML: &str = "<script>x</script>\n<p><a href=\"https://acme.deskdirector.com/portal/deeplink?name=ticket&amp;\
                          ticket_id=[srnumber]&amp;action=chat\">Chat</a> [srnumber]</p>\n";
const WHOLE_TEXT: &str = "Open it: https://acme.deskdirector.com/portal/deeplink?name=ticket&ticket_id=[srnumber]\n";

/// A template that only its author can finish.
const BAD: &str = "<p>[srnumber] [dd:tikcet]</p>\n";

/// A template with a finding to fix and a macro to expand.
const PLAIN: &str = "<p>[SRNumber] [dd:ticket]</p>\n";
const PLAIN_READY: &str = "<p>[srnumber] <a href=\"https://acme.deskdirector.com/portal/deeplink?name=ticket&amp;\
                           ticket_id=[srnumber]\">View your ticket</a></p>\n";

#[test]
fn one_file_goes_to_the_standard_output() {
    let place = Place::new();
    place.write("a.html", WHOLE);
    place
        .run("ready a.html --portal acme")
        .code(0)
        .prints(WHOLE_HTML)
        .says("not shown: the subject and the text-only body in the settings at the top; `-o FILE`")
        .says("1 file read, 1 changed: 2 macros expanded, 2 findings fixed, 1 allow comment removed, settings removed from 1 file");
    assert_eq!(place.read("a.html"), WHOLE);
    // The same through a pipe, with and without a name.
    for args in ["ready - --portal acme", "ready - --stdin-filename m/a.html --portal acme -q"] {
        place.run_with(args, WHOLE.as_bytes()).code(0).prints(WHOLE_HTML);
    }
    place
        .run_with("ready - --stdin-filename a.subject.txt --portal acme", b"Ticket [SRNumber] is open")
        .code(0)
        .prints("Ticket [srnumber] is open");
    place
        .run_with("ready - -w --portal acme", WHOLE.as_bytes())
        .code(2)
        .says("standard input cannot be changed in place");
    // If it is stopped, there is nothing to paste.
    place.write("bad.html", BAD);
    place.run("ready bad.html --portal acme").code(1).prints("").says("error[unknown-command]").says(
        "`bad.html` is not ready, and was not written: 1 problem above\n1 file read; 1 file is not ready: 1 problem\n",
    );
}

#[test]
fn a_file_and_a_folder_get_a_subject_and_a_text_next_to_the_body() {
    let place = Place::new();
    place.write("m/n/a.html", WHOLE).write("m/b.html", PLAIN).write("m/c.html", NEW);
    place.run("ready m/n/a.html -o done/x.html --portal acme").code(0).prints("");
    place
        .run("ready m -o out --portal acme")
        .code(0)
        .prints("")
        .says("3 files read, 2 changed: ")
        .says("; 5 files written to `out`");
    for (name, content) in [
        ("done/x.html", WHOLE_HTML),
        ("done/x.subject.txt", "Ticket [srnumber]"),
        ("done/x.txt", WHOLE_TEXT),
        ("out/n/a.html", WHOLE_HTML),
        ("out/n/a.subject.txt", "Ticket [srnumber]"),
        ("out/n/a.txt", WHOLE_TEXT),
        ("out/b.html", PLAIN_READY),
        ("out/c.html", NEW),
    ] {
        assert_eq!(place.read(name), content, "{name}");
    }
    assert_eq!(place.files().len(), 11);
    assert_eq!((place.read("m/n/a.html"), place.read("m/b.html")), (WHOLE.to_owned(), PLAIN.to_owned()));
    // Two subjects, and a result that would overwrite another.
    place.write("m/n/a.subject.txt", "Another");
    place.run("ready m -o out --portal acme").code(2).says("its subject is both in the settings at its top and in");
    place.run("ready m -o m --portal acme").code(2).says("never overwrites templates");
}

#[test]
fn a_stopped_template_is_named_and_the_others_are_written() {
    let place = Place::new();
    place.write("m/bad.html", BAD).write("m/good.html", PLAIN).write("m/sub.html", PLAIN).write("m/sub.txt", "Hello");
    place.write("m/sub.subject.txt", "Ticket [dd:tikcet]").write("out/bad.html", "old");
    let ran = place
        .run("ready m -o out --portal acme")
        .code(1)
        .says("`m/bad.html` is not ready, and was not written: 1 problem above\n`out/bad.html` is from an earlier run\n")
        .says("`m/sub.html` (with `m/sub.txt` and `m/sub.subject.txt`) is not ready, and was not written: 1 problem above")
        .says("; 4 files are not ready: 2 problems; 1 file written to `out`");
    // If two bodies have the same name, the subject belongs to the first one.
    place.write("two/a.htm", PLAIN).write("two/a.html", BAD).write("two/a.subject.txt", "Ticket [srnumber]");
    place
        .run("ready two -o two-out --portal acme")
        .code(1)
        .says("`two/a.html` is not ready, and was not written")
        .says("2 files written to `two-out`");
    // A macro that is still there is not a second mistake.
    assert!(!ran.err.contains("psalink-only-syntax"), "{}", ran.err);
    assert_eq!((place.read("out/good.html"), place.read("out/bad.html")), (PLAIN_READY.to_owned(), "old".to_owned()));
    assert!(!place.exists("out/sub.html") && !place.exists("out/sub.txt") && !place.exists("out/sub.subject.txt"));
    let ran = place.run("ready m -o out --portal acme -q").code(1).says("4 files are not ready");
    assert!(ran.err.contains("`m/bad.html` is not ready"), "{}", ran.err);
}

#[test]
fn a_diff_and_a_check_write_nothing() {
    let place = Place::new();
    place.write("m/a.html", WHOLE).write("m/b.html", NEW);
    let before = place.files();
    for args in ["ready m --portal acme", "ready m/a.html --diff --portal acme"] {
        let ran = place.run(args).code(1);
        for part in [
            "--- a/m/a.html\n+++ b/m/a.html\n",
            "-subject: Ticket [SRNumber]\n",
            "-<!-- psalink: allow script-in-mail -->\n",
            "--- /dev/null\n+++ b/m/a.subject.txt\n@@ -0,0 +1 @@\n+Ticket [srnumber]\n",
            "--- /dev/null\n+++ b/m/a.txt\n@@ -0,0 +1 @@\n+Open it: https://acme.",
        ] {
            assert!(ran.text().contains(part), "{args}: {part}\n{}", ran.text());
        }
        assert_eq!(ran.err.contains("nothing was written; use `-o DIR`"), !args.contains("--diff"), "{}", ran.err);
    }
    place.run("ready m --check --portal acme").code(1).prints("m/a.html\n").says("2 files read, 1 would change: ");
    place.run("ready m/b.html --check --portal acme").code(0).prints("").says("nothing to change: it is ready");
    // Problems that stop a template are found without writing, too.
    place.write("m/c.html", BAD);
    place.run("ready m/c.html --check --portal acme").code(1).prints("").says("`m/c.html` is not ready: 1 problem");
    place.run("ready m/c.html --diff --portal acme").code(1).prints("").says("error[unknown-command]");
    assert_eq!(place.files().len(), before.len() + 1);
}

#[test]
fn in_place_is_for_files_that_lose_nothing() {
    let place = Place::new();
    place.write("m/plain.html", PLAIN).write("m/bad.html", BAD).write("m/s.html", WHOLE).write("m/s.txt", "[SRNumber]");
    place.write("m/c.html", "<!-- psalink: allow script-in-mail -->\n<script>x</script>\n[SRNumber]\n");
    place.write("m/x.html.j2", PLAIN).write("m/settings.txt", "---\ndialect: connectwise\n---\n[SRNumber]\n");
    let kept = ["m/bad.html", "m/s.html", "m/s.txt", "m/c.html", "m/x.html.j2", "m/settings.txt"];
    let before = kept.map(|name| place.read(name));
    let ran = place
        .run("ready m -w --portal acme")
        .code(2)
        .says("`m/s.html`: `--in-place` would lose the settings at the top of this template; use `-o`")
        .says("(`m/s.txt`, which belongs to it, was not changed either)")
        .says("`m/settings.txt`: `--in-place` would lose the settings")
        .says("`m/c.html`: `--in-place` would lose the allow comments of this template; use `-o`")
        .says("`m/x.html.j2`: `--in-place` overwrites templates, but this source (.j2) is built into another file; use `-o DIR`")
        .says("`m/bad.html` is not ready, and was not changed");
    assert_eq!(place.read("m/plain.html"), PLAIN_READY, "{}", ran.err);
    assert_eq!(kept.map(|name| place.read(name)), before);
    for (name, what) in [("m/s.html", "settings"), ("m/c.html", "allow comments"), ("m/x.html.j2", "use `-o DIR`")] {
        place.run(&format!("ready {name} --in-place --portal acme")).code(2).says(what);
    }
    place.run("ready m/plain.html -w --portal acme").code(0).says("nothing to change: it is ready");

    place.write("n/a.html", PLAIN).write("n/b.html", NEW);
    place.run("ready n -w --backup old --portal acme").code(0).says("the old version of 1 file: `old/");
    assert_eq!((place.read("n/a.html"), place.read("n/b.html")), (PLAIN_READY.to_owned(), NEW.to_owned()));
    let kept: Vec<String> = place.files().into_iter().filter(|name| name.starts_with("old/2")).collect();
    assert!(matches!(kept.as_slice(), [one] if one.ends_with("/a.html") && place.read(one) == PLAIN), "{kept:?}");
    place.run("ready n --backup old --portal acme").code(2).says("--in-place");
}

#[test]
fn sources_are_built_for_both_psas() {
    let place = Place::new();
    let source =
        "---\nsubject: \"Ticket #{{ placeholder('ticket.number') }}\"\nlayout: _l.html.j2\n---\n<p>[dd:ticket]</p>\n";
    place.write("psalink.yaml", "portal: acme\n").write("m/_l.html.j2", "<html lang=\"en\">{{ body }}</html>\n");
    place.write("m/a.html.j2", source).write("m/a.txt.j2", "[dd:ticket as=url]\n");
    place
        .run("ready m -o out --dialect connectwise --dialect autotask")
        .code(0)
        .says("connectwise: 2 files read, 2 changed: 2 macros expanded, settings removed from 1 file; 3 files written to `out/connectwise`\n")
        .says("autotask: 2 files read");
    for (dialect, number, id) in
        [("connectwise", "[srnumber]", "[srnumber]"), ("autotask", "[Ticket: Number]", "[Ticket: ID]")]
    {
        let at = |name: &str| place.read(&format!("out/{dialect}/{name}"));
        assert_eq!(at("a.subject.txt"), format!("Ticket #{number}"));
        assert!(at("a.html").starts_with("<html lang=\"en\"><p><a href="), "{}", at("a.html"));
        assert!(at("a.txt").trim_end().ends_with(&format!("ticket_id={id}")), "{}", at("a.txt"));
        place
            .run(&format!("ready out/{dialect} --dialect {dialect}"))
            .code(0)
            .says("3 files read, nothing to change: all are ready\n");
    }
    place.run("ready m --dialect connectwise --dialect autotask").code(2).says("use `-o DIR`");
    for mode in ["--check", "--diff", ""] {
        place
            .run(&format!("ready m {mode} --dialect connectwise"))
            .code(0)
            .prints("")
            .says("2 files read; 2 sources (.j2) are ready to be built with `-o DIR`\n");
    }
    place.run("ready m/a.txt.j2 --dialect autotask").code(0);
    // A problem in a layout stops everything that uses it, and is shown once.
    place.write("m/_l.html.j2", "<html lang=\"en\">{{ body }}[dd:tikcet]</html>\n").write("m/b.html.j2", source);
    let ran = place.run("ready m -o out2 --dialect connectwise").code(1);
    assert_eq!(ran.err.matches("error[unknown-command]").count(), 1, "{}", ran.err);
    let ran = ran.says("--> m/_l.html.j2:1:").says("`m/a.html.j2` (with `m/a.txt.j2`) is not ready");
    ran.says("`m/b.html.j2` is not ready");
    assert!(!place.exists("out2/a.txt"));
}

#[test]
fn what_stops_a_template_can_be_chosen() {
    let place = Place::new();
    let mail = "<p>Hello [contactfirstname]</p><script>x</script>\n";
    place.write("a.html", mail);
    place.run("ready a.html --portal acme").code(1).prints("").says("warning[script-in-mail]");
    place.run("ready a.html --portal acme --fail-on error").code(0).prints(mail).says("warning[script-in-mail]");
    place.run("ready a.html --portal acme --ignore script-in-mail").code(0).prints(mail);
    place.run("ready a.html --portal acme --ignore all").code(0).prints(mail);
    place.run("ready a.html --portal acme --ignore scripts").code(2).says("there is no rule `scripts`");
    // Milder findings are shown together with those that stop a template, in the order of the file.
    place.write("both.html", format!("{mail}{BAD}<p><a href=\"news.html\">x</a></p>"));
    let ran = place
        .run("ready both.html --portal acme --fail-on error")
        .code(1)
        .says("is not ready, and was not written: 1 problem above");
    let places: Vec<&str> = ran.err.lines().filter_map(|line| line.trim_start().strip_prefix("--> ")).collect();
    assert_eq!(places, ["both.html:1:32", "both.html:2:19", "both.html:3:13"], "{}", ran.err);
    // Neither of these rules can be selected.
    place.write("macro.html", BAD);
    place.run("ready macro.html --portal acme --ignore all").code(1).prints("").says("error[psalink-only-syntax]");
    let source = "MIME-Version: 1.0\nContent-Type: text/html\n\n<p>[SRNumber] [dd:ticket]</p>\n";
    place.write("source.html", source);
    for args in ["", "--ignore mail-source", "-o out.html", "-w"] {
        place.run(&format!("ready source.html --portal acme {args}")).code(1).prints("").says("error[mail-source]");
    }
    assert_eq!((place.read("source.html").as_str(), place.exists("out.html")), (source, false));
}

#[test]
fn nothing_is_written_if_the_portal_is_missing_and_the_error_says_so() {
    let place = Place::new();
    place.write("m/a.html", PLAIN).write("m/b.html", "<p>Hello</p>");
    let ran =
        place.run("ready m -o out").code(2).says("no portal is set").says("`m/a.html` needs one; nothing was written");
    assert!(!place.exists("out"), "{}", ran.err);
    place.run("ready m/b.html -o out").code(0);
    place.run("ready").code(2).says("psalink ready mails --portal acme -o out");
    place.run("ready nothing.html").code(2).says("there is no file or folder with this name");
}

#[test]
fn every_encoding_and_line_end_stays() {
    let place = Place::new();
    let mail = "<p>é [SRNumber]</p>\r\n<p>[dd:ticket]</p>\r\n";
    let ready = mail
        .replace("SRN", "srn")
        .replace("[dd:ticket]", &PLAIN_READY["<p>[srnumber] ".len()..PLAIN_READY.len() - "</p>\n".len()]);
    let settings = "---\r\nsubject: Größe [SRNumber]\r\n---\r\n";
    let utf16 =
        |text: &str| [0xFEFF].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let latin = |text: &str| text.chars().map(|character| u8::try_from(character as u32).unwrap()).collect::<Vec<u8>>();
    let bom = |text: &str| format!("\u{feff}{text}").into_bytes();
    let charset = "<meta charset=windows-1252>";
    place
        .write("m/bom.html", bom(&format!("{settings}{mail}")))
        .write("m/utf16.html", utf16(&format!("{settings}{mail}")));
    place.write("m/latin.html", latin(&format!("{settings}{charset}{mail}"))).write("m/crlf.html", mail);
    place.run("ready m -o out --portal acme").code(0).says("4 files read, 4 changed");
    assert_eq!(place.bytes("out/bom.html"), bom(&ready));
    assert_eq!(place.bytes("out/utf16.html"), utf16(&ready));
    assert_eq!(place.bytes("out/latin.html"), latin(&format!("{charset}{ready}")));
    assert_eq!(place.read("out/crlf.html"), ready);
    for name in ["bom", "utf16", "latin"] {
        assert_eq!(place.read(&format!("out/{name}.subject.txt")), "Größe [srnumber]");
    }
    place.run("ready out -o again --portal acme").code(0).says("7 files read, nothing to change: all are ready");
    for name in place.files().iter().filter_map(|name| name.strip_prefix("out/")) {
        assert_eq!(place.bytes(&format!("again/{name}")), place.bytes(&format!("out/{name}")), "{name}");
    }
    // A file whose encoding cannot be written is copied if there is nothing to do, and refused otherwise.
    let shift_jis = |text: &str| [b"<meta charset=shift_jis>\x83\x5B", text.as_bytes()].concat();
    place.write("j/same.html", shift_jis("x")).write("j/new.html", shift_jis("[SRNumber]"));
    place.run("ready j -o j-out --portal acme").code(2).says("`j/new.html`: the file is Shift_JIS text");
    assert_eq!(place.bytes("j-out/same.html"), shift_jis("x"));
    assert!(!place.exists("j-out/new.html"));
}

#[test]
fn the_report_has_every_link_as_it_was_and_as_it_is() {
    let place = Place::new();
    let link = "https://acme.deskdirector.com/portal/deeplink?name=ticket";
    place.write(
        "m/a.html",
        format!(
            "---\nsubject: x\n---\n<p>[SRNumber] [dd:ticket text=\"Open\"]</p>\n<a href=\"ddportal://ticketid=[srnumber]\">a</a>\n\
             <a href=\"{link}_list\">b</a> <a href=\"http://acme.deskdirector.com/portal/deeplink?name=ticket_list\">c</a>\n"
        ),
    );
    place.write("m/b.html", BAD);
    place.run("ready m -o out --report links.json --portal acme").code(1);
    let json: serde_json::Value = serde_json::from_str(&place.read("links.json")).unwrap();
    let rows: Vec<String> = json["links"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            let text = |key: &str| {
                row[key].as_str().unwrap_or_default().replace("https://acme.deskdirector.com/portal/deeplink", "W")
            };
            let reason = if row["reason"].is_null() { String::new() } else { format!(" ({})", text("reason")) };
            format!(
                "{}:{}:{} {}: {} > {}{reason}",
                text("path"),
                row["line"],
                row["column"],
                text("outcome"),
                text("before"),
                text("after")
            )
        })
        .collect();
    assert_eq!(
        rows,
        [
            "m/a.html:4:15 expanded: [dd:ticket text=\"Open\"] > W?name=ticket&ticket_id=[srnumber]",
            "m/a.html:5:10 corrected: ddportal://ticketid=[srnumber] > W?name=ticket&ticket_id=[srnumber]",
            "m/a.html:6:10 kept: W?name=ticket_list > W?name=ticket_list",
            "m/a.html:6:89 corrected: http://acme.deskdirector.com/portal/deeplink?name=ticket_list > W?name=ticket_list",
            "m/b.html:1:19 failed:  >  (not ready: DeskDirector links have no command `tikcet`)",
        ]
    );
}

#[test]
fn rewrite_points_to_ready_if_something_is_left() {
    let place = Place::new();
    const HINT: &str = "run `psalink ready`";
    place.write("fine.html", OLD).write("bad.html", BAD).write("settings.html", format!("---\nsubject: x\n---\n{OLD}"));
    place.write("comment.html", format!("<!-- psalink: allow script-in-mail -->\n{OLD}"));
    for (args, is_sent) in [
        ("fine.html", false),
        ("bad.html", true),
        // The file that is written elsewhere has neither.
        ("settings.html -o out/", false),
        ("comment.html", false),
        ("settings.html --check", true),
        ("comment.html --diff", true),
        ("settings.html -w", true),
        ("comment.html -w -q", false),
        ("fine.html -w", false),
    ] {
        let ran = place.run(&format!("rewrite {args} --portal acme"));
        assert_eq!(ran.err.contains(HINT), is_sent, "{args}\n{}", ran.err);
    }
    let ran = place.run("translate settings.html --to autotask --check");
    assert!(!ran.err.contains(HINT), "{}", ran.err);
}

/// Copies a folder of fixtures to a folder of the test.
fn fixtures(place: &Place, folder: &str) {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/templates").join(folder);
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        place.write(&format!("m/{}", path.file_name().unwrap().to_str().unwrap()), fs::read(&path).unwrap());
    }
}

#[test]
fn finished_fixtures_pass_the_check_and_do_not_change_again() {
    for (folder, dialect) in [("connectwise", "connectwise"), ("autotask", "autotask"), ("broken", "connectwise")] {
        let place = Place::new();
        fixtures(&place, folder);
        let ran = place.run(&format!("ready m -o out --portal acme --dialect {dialect}"));
        let files: Vec<String> =
            place.files().into_iter().filter_map(|name| name.strip_prefix("out/").map(str::to_owned)).collect();
        assert!(files.len() >= 3, "{folder}: {}", ran.err);
        // Findings that the comments and the audience of a template held back are no longer held back.
        let is_held_back = |name: &String| {
            let text = String::from_utf8_lossy(&place.bytes(&format!("m/{name}"))).into_owned();
            text.contains("psalink: allow") || text.contains("audience:")
        };
        for name in files.iter().filter(|name| place.exists(&format!("m/{name}")) && is_held_back(name)) {
            fs::remove_file(place.path(&format!("out/{name}"))).unwrap();
        }
        let args = format!("--portal acme --dialect {dialect}");
        place.run(&format!("lint out --ready {args}")).code(0);
        place.run(&format!("ready out --check {args}")).code(0).prints("").says("nothing to change: all are ready");
        place.run(&format!("ready out -o again {args}")).code(0);
        for name in files.iter().filter(|name| place.exists(&format!("out/{name}"))) {
            let bytes = place.bytes(&format!("out/{name}"));
            assert_eq!(place.bytes(&format!("again/{name}")), bytes, "{name}");
            let text = String::from_utf8_lossy(&bytes).replace('\0', "").to_lowercase();
            assert!(!text.contains("[dd:") && !text.contains("psalink:"), "{name}: {text}");
        }
    }
}
