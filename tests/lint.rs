//! `psalink lint` as people and CI run it: what it finds, what it fixes, how it reports, and the exit code.

use std::fs;

use crate::cli::{Place, run};

const DAMAGED: &str = "<p>Ticket %5Bsrnumber%5D</p>\n";
const FIXED: &str = "<p>Ticket [srnumber]</p>\n";

#[test]
fn findings_go_to_the_standard_output_and_the_count_to_the_other() {
    let place = Place::new();
    place.write("a.html", DAMAGED).write("b.html", FIXED);
    let ran = place.run("lint . --dialect connectwise").code(1);
    assert!(ran.text().contains("error[encoded-placeholder]"), "{}", ran.text());
    assert!(ran.text().contains("--> a.html:1:11"), "{}", ran.text());
    assert!(ran.text().contains("%5Bsrnumber%5D"), "{}", ran.text());
    assert!(ran.err.contains("2 files checked: 1 error in 1 file; `--fix` fixes 1"), "{}", ran.err);
    let ran = place.run("lint --dialect connectwise").code(1);
    assert!(ran.err.contains("2 files checked"), "without a path it is this folder: {}", ran.err);
    let ran = place.run("lint b.html").code(0);
    assert_eq!(ran.text(), "");
    assert!(ran.err.contains("1 file checked, nothing found"), "{}", ran.err);
    let ran = place.run("check a.html --format concise -q --dialect connectwise").code(1);
    assert!(ran.text().starts_with("a.html:1:11: error[encoded-placeholder]: "), "{}", ran.text());
    assert_eq!(ran.err, "");
}

#[test]
fn fixes_are_made_shown_or_left() {
    let place = Place::new();
    place.write("a.html", DAMAGED);
    let ran = place.run("lint a.html --diff --dialect connectwise").code(1);
    assert!(ran.text().contains("-<p>Ticket %5Bsrnumber%5D</p>\n+<p>Ticket [srnumber]</p>"), "{}", ran.text());
    assert_eq!(place.read("a.html"), DAMAGED);
    let ran = place.run("lint a.html --fix --dialect connectwise").code(0);
    assert!(ran.err.contains("1 file checked, 1 finding fixed in 1 file; nothing left"), "{}", ran.err);
    assert_eq!(place.read("a.html"), FIXED);
    let before = fs::metadata(place.path("a.html")).unwrap().modified().unwrap();
    place.run("lint a.html --fix").code(0);
    assert_eq!(fs::metadata(place.path("a.html")).unwrap().modified().unwrap(), before, "a second run writes nothing");

    place.write("b.html", "<p>[[srnumber]]</p>\n");
    place.run("lint b.html --fix").code(1).says("`--unsafe-fixes` fixes 1");
    assert_eq!(place.read("b.html"), "<p>[[srnumber]]</p>\n");
    place.run("lint b.html --unsafe-fixes").code(0);
    assert_eq!(place.read("b.html"), "<p>[srnumber]</p>\n");
}

#[test]
fn the_standard_input_is_fixed_into_the_standard_output() {
    let place = Place::new();
    let ran = place.run_with("lint - --fix --dialect connectwise", DAMAGED.as_bytes()).code(0);
    assert_eq!(ran.text(), FIXED);
    let ran = place.run_with("lint - --fix", FIXED.as_bytes()).code(0);
    assert_eq!(ran.text(), FIXED);
    let ran = place.run_with("lint - --stdin-filename mails/new.html --format concise", b"<p>[[srnumber]]</p>").code(1);
    assert!(ran.text().starts_with("mails/new.html:1:4: warning[doubled-brackets]"), "{}", ran.text());
}

#[test]
fn bytes_and_permissions_survive_a_fix() {
    let place = Place::new();
    let utf16: Vec<u8> = "\u{feff}<p>é 😀 [SRNumber]</p>\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let latin = b"<meta charset=windows-1252><p>\xE9 %5bsrnumber%5D \x81</p>\r\n".to_vec();
    place.write("a.html", &utf16).write("b.html", &latin);
    place.run("lint . --fix --dialect connectwise").code(0);
    let expected: Vec<u8> = "\u{feff}<p>é 😀 [srnumber]</p>\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(place.bytes("a.html"), expected);
    assert_eq!(place.bytes("b.html"), b"<meta charset=windows-1252><p>\xE9 [srnumber] \x81</p>\r\n");
}

#[test]
fn exit_codes_follow_the_levels() {
    let place = Place::new();
    place.write("warning.html", "<p>[[srnumber]] [[srnumber]]</p>").write("error.html", DAMAGED);
    place.write("note.html", "<p>[srnumber]</p><img src=\"cid:x.png\" width=90>");
    for (args, code) in [
        ("warning.html", 1),
        ("warning.html --fail-on error", 0),
        ("warning.html --max-warnings 2", 0),
        ("warning.html --max-warnings 1", 1),
        ("warning.html --exit-zero", 0),
        ("error.html --dialect connectwise --max-warnings 9", 1),
        ("note.html", 0),
        ("note.html --select all", 0),
        ("missing.html", 2),
        ("missing.html --exit-zero", 2),
        ("warning.html missing.html", 2),
    ] {
        place.run(&format!("lint {args}")).code(code);
    }
}

#[test]
fn rules_are_chosen_on_the_command_line_and_by_path() {
    let place = Place::new();
    place.write("a.html", "<p>[[srnumber]] [SRNumber]</p>").write("old/b.html", "<p>[[srnumber]]</p>");
    let lines = |ran: crate::cli::Ran| {
        ran.text().lines().map(|line| line.split(": ").nth(1).unwrap().to_owned()).collect::<Vec<_>>()
    };
    let found = lines(place.run("lint a.html --format concise").code(1));
    assert_eq!(found, ["warning[doubled-brackets]", "warning[misspelt-case]"]);
    let found = lines(place.run("lint a.html --format concise --ignore doubled-brackets").code(1));
    assert_eq!(found, ["warning[misspelt-case]"]);
    let found = lines(place.run("lint a.html --format concise --ignore all --select doubled-brackets").code(1));
    assert_eq!(found, ["warning[doubled-brackets]"]);
    place.write(
        "psalink.yaml",
        "lint: { levels: { doubled-brackets: error } }\ntemplates:\n  - { path: 'old/**', lint: { ignore: [doubled-brackets] } }\n",
    );
    let found = lines(place.run("lint . --format concise").code(1));
    assert_eq!(found, ["error[doubled-brackets]", "warning[misspelt-case]"]);
}

#[test]
fn a_baseline_hides_what_is_known_and_names_what_is_gone() {
    let place = Place::new();
    place.write("a.html", "<p>[[srnumber]]</p>\n").write("b.html", "<p>[SRNumber]</p>\n");
    place.run("lint . --write-baseline").code(0).says("2 findings written to `psalink-baseline.json`");
    place.run("lint . --baseline psalink-baseline.json").code(0).says("nothing found");
    place.write("a.html", "<p>new</p>\n<p>[[srnumber]] and [[srnumber]]</p>\n");
    let ran = place.run("lint . --baseline psalink-baseline.json --format concise").code(1);
    assert_eq!(ran.text().lines().count(), 1, "{}", ran.text());
    place.write("b.html", "<p>[srnumber]</p>\n");
    place
        .run("lint b.html --baseline psalink-baseline.json")
        .code(0)
        .says("in the baseline, but no longer found: b.html: misspelt-case: `[SRNumber]`");
    place.write("psalink-baseline.json", "{\"version\": 99}");
    place.run("lint . --baseline psalink-baseline.json").code(2).says("has version 99").says("--write-baseline");
}

#[test]
fn comments_allow_findings_and_are_written() {
    let place = Place::new();
    place.write("a.html", "<p>a</p>\n<p>[[srnumber]]</p>\n");
    place.run("lint a.html --add-allow").code(0).says("1 finding allowed in 1 file");
    assert_eq!(place.read("a.html"), "<p>a</p>\n<!-- psalink: allow doubled-brackets -->\n<p>[[srnumber]]</p>\n");
    place.run("lint a.html").code(0);
    place.write("b.html", "<p>a</p>\n<!-- psalink: allow doubeld-brackets -->\n<p>[[srnumber]]</p>\n");
    let ran = place.run("lint b.html --format concise").code(1);
    assert!(
        ran.text().contains("there is no rule `doubeld-brackets`; did you mean `doubled-brackets`?"),
        "{}",
        ran.text()
    );
}

#[test]
fn ready_finds_what_only_psalink_understands() {
    let place = Place::new();
    place.write("a.html", "---\nsubject: Ticket [srnumber]\n---\n<p>[dd:ticket]</p>\n");
    place.run("lint a.html").code(0);
    let ran = place.run("lint a.html --ready --format concise").code(1);
    assert_eq!(ran.text().matches("psalink-only-syntax").count(), 2, "{}", ran.text());
}

#[test]
fn files_settings_and_statistics_are_shown() {
    let place = Place::new();
    place
        .write("m/a.html", "<p>[[srnumber]] [[srnumber]] [SRNumber]</p>")
        .write("m/b.txt", "Hello")
        .write("m/c.pdf", "x");
    assert_eq!(place.run("lint m --show-files").code(0).text(), "m/a.html\nm/b.txt\n");
    let ran = place.run("lint m --statistics").code(1);
    let text = ran.text();
    let lines: Vec<&str> = text.lines().map(|line| line.split(':').next().unwrap()).map(str::trim).collect();
    assert_eq!(lines, ["2  doubled-brackets", "1  misspelt-case"]);
    place.write("psalink.yaml", "portal: acme\ndialect: connectwise\n");
    let ran = place.run("lint m/a.html --show-settings").code(0);
    for line in ["m/a.html", "  settings: psalink.yaml", "  dialect: connectwise", "  portal: acme.deskdirector.com"] {
        assert!(ran.text().lines().any(|known| known == line), "{line} is missing in\n{}", ran.text());
    }
}

#[test]
fn a_report_goes_into_a_file() {
    let place = Place::new();
    place.write("a.html", DAMAGED);
    for format in ["full", "concise", "json", "sarif", "github", "gitlab", "junit"] {
        let ran =
            place.run(&format!("lint a.html --dialect connectwise --format {format} --output-file out.txt")).code(1);
        assert_eq!(ran.text(), "");
        assert!(place.read("out.txt").contains("encoded-placeholder"), "{format}");
    }
}

#[test]
fn wrong_words_are_answered_with_the_nearest_right_one() {
    let place = Place::new();
    place.write("a.html", FIXED);
    place.run("lint a.html --format jsno").code(2).says("did you mean `json`?");
    place.run("lint a.html --select magic-tokn").code(2).says("did you mean `magic-token`?");
    place.write("psalink.yaml", "lint:\n  ignore: [magic-tokn]\n");
    place
        .run("lint a.html")
        .code(2)
        .says("`psalink.yaml` line 2, column 12: there is no rule `magic-tokn`; did you mean `magic-token`?");
}

#[test]
fn files_that_cannot_be_checked_are_reported_and_the_others_are_checked() {
    let place = Place::new();
    place.write("empty.html", "").write("nul.html", b"\0\x01\x02\xff\xfe\xfd").write("a.html", "<p>[[srnumber]]</p>");
    place.write("half.html", b"\xff\xfe<\0p\0>\0\x3d\xd8");
    let ran = place.run("lint . --format json").code(2).says("half.html");
    let json: serde_json::Value = serde_json::from_slice(&ran.out).unwrap();
    let is_not_text = |diagnostic: &serde_json::Value| {
        diagnostic["message"].as_str().is_some_and(|text| text.contains("is not text"))
    };
    assert!(
        json["diagnostics"]
            .as_array()
            .unwrap()
            .iter()
            .any(|diagnostic| diagnostic["path"] == "nul.html" && is_not_text(diagnostic))
    );
    assert_eq!(json["summary"]["files"], 3);
    assert!(json["diagnostics"].as_array().unwrap().iter().any(|diagnostic| diagnostic["rule"] == "doubled-brackets"));
}

#[test]
fn much_goes_through_a_pipe_whole_and_a_closed_one_is_silent() {
    let place = Place::new();
    for index in 0..40 {
        place.write(&format!("{index:02}.html"), "<p>[[srnumber]]</p>\n".repeat(300));
    }
    let ran = place.run("lint . --format json --verbose").code(1);
    assert!(ran.out.len() > 5_000_000, "{}", ran.out.len());
    let json: serde_json::Value = serde_json::from_slice(&ran.out).unwrap();
    assert_eq!(json["summary"]["warnings"], 12_000);
    let program = env!("CARGO_BIN_EXE_psalink");
    let mut shell = std::process::Command::new("sh");
    shell
        .current_dir(place.path(""))
        .args(["-c", &format!("{{ '{program}' lint . --format json -q; echo $? >code; }} | head -n 1")]);
    let ran = run(shell, b"");
    assert_eq!(ran.err, "");
    assert_eq!(place.read("code").trim(), "1");
}

#[test]
fn everything_is_explained() {
    let place = Place::new();
    for (word, says) in [
        ("magic-token", "Why it matters"),
        ("[srnumber]", "ticket.id"),
        ("srnumber", "[Ticket: ID]"),
        ("ticket_list", "name=ticket_list"),
        ("[dd:ticket]", "auto_approve"),
        ("ticket.number", "[Ticket: Number]"),
        ("", "misspelt-case"),
    ] {
        let mut command = place.command();
        command.arg("explain").args(Some(word).filter(|word| !word.is_empty()));
        let ran = run(command, b"").code(0);
        assert!(ran.text().contains(says), "{word}: {}", ran.text());
        assert!(!ran.text().contains('\u{1b}'), "no colours in a pipe");
    }
    place.run("explain magic-tokn").code(2).says("did you mean `magic-token`?");
}

#[test]
fn tokens_are_listed_searched_and_imported() {
    let place = Place::new();
    let list = place.run("tokens list --dialect autotask").code(0);
    assert!(list.text().contains("[Ticket: ID]"), "{}", list.text());
    assert!(place.run("tokens search due").code(0).text().contains("[Ticket: Due Date/Time]"));
    place.run("tokens search nothinglikeit").code(1).says("no known placeholder");
    place.write(
        "emailTokens.json",
        r#"[{"id":1,"token":"[srnumber]","serviceFlag":true},{"id":2,"token":"[ourtoken]","workflowFlag":true}]"#,
    );
    place
        .run("tokens import connectwise emailTokens.json")
        .code(0)
        .says("2 placeholders written to `tokens/connectwise.yaml`, 1 of them new to psalink")
        .says("vocabulary: [tokens/connectwise.yaml]");
    place.write("psalink.yaml", "dialect: connectwise\nvocabulary: [tokens/connectwise.yaml]\n");
    let explained = place.run("explain ourtoken").code(0);
    assert!(explained.text().contains("workflow") && explained.text().contains("your own"), "{}", explained.text());
    // The list is complete now, so any other name does not exist.
    place.write("a.html", "<p>[ourtoken] [ourtokne] [somethingelse]</p>");
    let ran = place.run("lint a.html --format concise").code(1);
    assert_eq!(ran.text().matches("unknown-placeholder").count(), 2, "{}", ran.text());

    place.write("tokens/own.yaml", "id: connectwise\n");
    place.run("tokens import connectwise emailTokens.json -o tokens/own.yaml").code(2).says("was not written by");
    place.write("bad.json", r#"[{"token":"[ok]"},{"token":"[Not OK]"}]"#);
    place.run("tokens import connectwise bad.json -o tokens/new.yaml").code(2).says("row 2").says("[Not OK]");
    assert!(!place.exists("tokens/new.yaml"), "nothing is written");
    let spreadsheet = |name: &str, cells: &[&str]| {
        let mut book = rust_xlsxwriter::Workbook::new();
        let sheet = book.add_worksheet();
        for (row, cell) in cells.iter().enumerate() {
            sheet.write_string(row as u32 + 3, 1, *cell).unwrap();
        }
        book.save(place.path(name)).unwrap();
    };
    spreadsheet("Variables_en.xlsx", &["Variable", "[Ticket: ID]", "[Ticket: Our Own Field]"]);
    place
        .run("tokens import autotask Variables_en.xlsx -o tokens/autotask.yaml")
        .code(0)
        .says("2 placeholders written to `tokens/autotask.yaml`, 1 of them new to psalink");
    spreadsheet("wrong.xlsx", &["Variable", "[Ticket: ID]", "[Ticket:Number]"]);
    let ran = place.run("tokens import autotask wrong.xlsx -o tokens/wrong.yaml").code(2);
    assert!(ran.err.contains("sheet Sheet1, row 6, column 2: `[Ticket:Number]`"), "{}", ran.err);
    assert!(!place.exists("tokens/wrong.yaml"), "nothing is written");
    place.write("no.xlsx", "this is no spreadsheet");
    place.run("tokens import autotask no.xlsx").code(2).says("not a spreadsheet");
}

#[test]
fn what_a_user_says_of_a_psa_wins() {
    let place = Place::new();
    place.write("new-ticket.subject.txt", "Ticket #[srnumber] was received at our office\n");
    place.run("lint new-ticket.subject.txt --dialect connectwise").code(0).says("nothing found");
    place.write("psalink.yaml", "dialect: connectwise\nvocabulary: [mine.yaml]\n");
    place.write("mine.yaml", "id: connectwise\nbehavior: { subject_limits: [{ characters: 20 }] }\n");
    let ran = place.run("lint new-ticket.subject.txt").code(1);
    assert!(ran.text().contains("this subject has 45 characters, and ConnectWise PSA allows 20"), "{}", ran.text());
}

#[test]
fn the_advice_fits_the_element() {
    let place = Place::new();
    let advice = |html: &str| {
        place.write("a.html", html);
        place.run("lint a.html --dialect connectwise").text().to_owned()
    };
    let of_picture = advice("<img src=\"https://x.example/a.png\" alt=\"\" onerror=\"x()\">\n");
    assert!(of_picture.contains("help: delete `onerror`\n") && !of_picture.contains("put the address"), "{of_picture}");
    let of_link = advice("<a href=\"https://x.example/\" onclick=\"x()\">More help</a>\n");
    assert!(of_link.contains("help: delete `onclick`; put the address of the link in `href`"), "{of_link}");
}
