//! Recorded messages as people use them: recorded, compared, accepted, repaired, and what must never happen to them.

use std::path::PathBuf;

use crate::cli::{Place, Ran, run};

const BODY: &str = "<p>Hello [contactfirstname],</p>\n<p>[dd:ticket text=\"Open it\"]</p>\n";
const A: &str = "mails/snapshots/a.connectwise.standard.snap";
const B: &str = "mails/snapshots/b.connectwise.standard.snap";

/// Two templates, one of them text-only; nothing is recorded yet.
fn place() -> Place {
    let place = Place::new();
    place
        .write("psalink.yaml", "portal: acme\ndialect: connectwise\n")
        .write("mails/a.html", BODY)
        .write("mails/a.subject.txt", "Ticket #[srnumber]\n")
        .write("mails/b.txt", "Closed: [srnumber]\r\n");
    place
}

fn recorded() -> Place {
    let place = place();
    place.run("test --accept").code(0).says("2 messages: 2 newly recorded\n");
    place
}

/// Every file, with its content.
fn state(place: &Place) -> Vec<(String, Vec<u8>)> {
    place.files().into_iter().map(|name| (name.clone(), place.bytes(&name))).collect()
}

fn in_ci(place: &Place, value: &str, args: &str) -> Ran {
    let mut command = place.command();
    command.env("CI", value).args(args.split_whitespace());
    run(command, b"")
}

#[test]
fn a_new_mail_waits_until_it_is_accepted() {
    let place = place();
    let ran = place
        .run("test")
        .code(1)
        .says("2 messages: 2 new; run `psalink test --review` to go through them, or `--accept`");
    let expected = "new: mails/a.html for connectwise, sample standard, not recorded yet\n\
                    new: mails/b.txt for connectwise, sample standard, not recorded yet\n";
    let ran = ran.prints(expected);
    assert!(ran.err.lines().count() == 1, "{}", ran.err);
    let pending = place.bytes(&format!("{A}.new"));
    assert!(!place.exists(A));
    place
        .run("test --accept")
        .code(0)
        .prints("")
        .says(&format!("recorded: {A}\nrecorded: {B}\n2 messages: 2 newly recorded"));
    assert_eq!(place.bytes(A), pending);
    assert!(!place.exists(&format!("{A}.new")));
    let before = state(&place);
    place.run("test").code(0).prints("").says("2 messages: 2 as recorded\n");
    place.run("test mails/a.html -q --jobs 1").code(0).prints("");
    place.run("test --accept").code(0).says("2 messages: 2 as recorded\n");
    assert_eq!(state(&place), before);
}

#[test]
fn a_changed_mail_is_described_and_then_shown() {
    let place = recorded();
    place.write("mails/a.html", BODY.replace("Hello", "Dear").replace("Open it", "Look"));
    place.write("mails/a.subject.txt", "[srnumber] was received");
    let before = place.bytes(A);
    let ran = place.run("test").code(1).says("2 messages: 1 as recorded, 1 changed; run `psalink test --review`");
    insta::assert_snapshot!(ran.text());
    assert_eq!(place.bytes(A), before);
    assert!(place.exists(&format!("{A}.new")) && !place.exists(&format!("{B}.new")));
    let colored = place.run("test --color always").text();
    assert!(colored.contains("\u{1b}[32m+  148372 was received\u{1b}[0m"), "{colored}");
    let quiet = place.run("test -q").code(1);
    assert!(quiet.err.starts_with("2 messages: ") && quiet.text() == ran.text(), "{}", quiet.err);
    // Back to the original state: nothing is waiting any more.
    place.write("mails/a.html", BODY).write("mails/a.subject.txt", "Ticket #[srnumber]\n");
    place.run("test").code(0).prints("");
    assert!(!place.exists(&format!("{A}.new")));
}

#[test]
fn line_ends_count_though_no_text_shows_them() {
    let place = recorded();
    place.write("mails/b.txt", "Closed: [srnumber]\n");
    let ran = place.run("test").code(1);
    let expected = "changed: mails/b.txt for connectwise, sample standard\n  only line endings changed, or something else \
                    that its lines do not show\n\n";
    ran.prints(expected);
    place.run("test --accept").code(0);
    place.run("test").code(0);
}

#[test]
fn findings_are_part_of_a_mail() {
    let place = recorded();
    let body = format!("{BODY}<img src=\"https://example.com/a.png\">\n");
    place.write("mails/a.html", &body);
    let text = place.run("test").code(1).text();
    assert!(text.contains("  new finding: note[missing-alt] line 3: this image has no `alt`"), "{text}");
    place.run("test --accept").code(0);
    place.write("mails/a.html", format!("\n{body}"));
    let text = place.run("test").code(1).text();
    assert!(text.contains("  1 finding is now about another line of the template\n"), "{text}");
}

#[test]
fn a_filter_records_what_it_names() {
    let place = place();
    for (filter, expected) in [
        ("b.connectwise", "1 newly recorded, 1 new"),
        ("./mails/a.html", "1 as recorded, 1 newly recorded"),
        ("STANDARD", "2 as recorded"),
        ("mails", "2 as recorded"),
    ] {
        place.run(&format!("test --accept {filter}")).says(expected);
    }
    place.write("mails/a.html", "<p>");
    let before = state(&place);
    for (filter, hint) in
        [("standrad", "; did you mean `standard`?"), ("psalink.yaml", "put it before `--accept`"), ("zzz", "")]
    {
        let ran = place.run(&format!("test --accept {filter}")).code(2).says("nothing was recorded").says(hint);
        ran.says(&format!("no message name contains `{filter}`")).prints("");
    }
    assert_eq!(state(&place), before);
}

#[test]
fn each_sample_has_a_record_of_its_own() {
    let place = place();
    place.write("psalink.yaml", "portal: acme\ndialect: connectwise\nsamples: values\n");
    place.write("values/standard.yaml", "ticket.id: 42\n").write("values/long names.yaml", "others: looooong\n");
    place.run("test --accept").code(0).says("4 messages: 4 newly recorded");
    assert!(place.read("mails/snapshots/a.connectwise.long-names.snap").contains("\n  Hello looooong,\n"));
    place.write("mails/a.html", "<p>");
    place.run("test --sample standard").code(1).says("2 messages: 1 as recorded, 1 changed");
    place.run("test --sample markup --unreferenced reject mails/b.txt").code(1).says("1 message: 1 new");
    let ran = place.run("test --sample other").code(2);
    assert!(ran.err.contains("there is no sample `other`"), "{}", ran.err);
}

#[test]
fn values_of_the_command_line_are_never_recorded() {
    let place = recorded();
    let before = state(&place);
    let text = place.run("test --set ticket.id=7").code(1).says("never recorded").text();
    assert!(text.contains("  subject changed: `Ticket #148372` -> `Ticket #7`\n"), "{text}");
    place.run("test --set ticket.id=7 --accept").code(2).says("a later run would not have these values");
    assert_eq!(state(&place), before);
}

#[test]
fn nothing_is_written_where_ci_is_set() {
    let place = recorded();
    place.write("mails/a.html", "<p>").write("mails/c.txt", "x").write(&format!("{B}.new"), "stale");
    let before = state(&place);
    for value in ["true", "1", "yes"] {
        let hint = "run `psalink test --review` on your own computer, and commit the recorded messages";
        let text = in_ci(&place, value, "test").code(1).says("1 as recorded, 1 changed, 1 new").says(hint).text();
        assert!(text.contains("changed: mails/a.html") && text.contains("new: mails/c.txt"), "{text}");
        for option in ["--accept", "--accept a", "--review", "--unreferenced delete"] {
            in_ci(&place, value, &format!("test {option}"))
                .code(2)
                .says("CI is set, so psalink does not write any")
                .prints("");
        }
    }
    assert_eq!(state(&place), before);
    for value in ["", "0", "false"] {
        in_ci(&place, value, "test --accept").code(0);
    }
}

#[test]
fn no_question_is_asked_without_a_terminal() {
    let place = recorded();
    place.write("mails/a.html", "<p>");
    let before = state(&place);
    place.run_with("test --review", b"a\n").code(2).says("`--review` needs a terminal");
    place.run("test --review --accept").code(2).says("cannot be used with");
    assert_eq!(state(&place), before);
}

#[test]
fn a_damaged_record_is_kept_until_it_is_accepted() {
    let good = recorded().read(A);
    let damages: [(Vec<u8>, &str); 7] = [
        (good.replace("== Links ==\n", "").into_bytes(), "`== Links ==` is missing"),
        (good.as_bytes()[..good.len() / 2].to_vec(), "cut off"),
        (good.as_bytes()[..20].to_vec(), "which ends its header, is missing"),
        (b"".to_vec(), "it is empty"),
        (good.replace("  Hello", "<<<<<<< HEAD\n  Hello").into_bytes(), "it has an unresolved merge conflict from git"),
        ([good.as_bytes(), b"\xff\xfe"].concat(), "not valid UTF-8"),
        (good.replace("psalink: 1", "psalink: 9").into_bytes(), "recorded by a newer psalink"),
    ];
    for (damaged, expected) in damages {
        let place = recorded();
        place.write(A, &damaged);
        let ran = place.run("test").code(2).says(expected).says(&format!("`{A}`")).says("`psalink test --accept`");
        ran.says("2 messages: 1 as recorded, 1 with an unreadable record").prints("");
        assert_eq!(place.bytes(A), damaged);
        assert!(!place.exists(&format!("{A}.new")));
        place.run("test --accept b.txt").code(2);
        assert_eq!(place.bytes(A), damaged);
        place.run("test --accept").code(0);
        assert_eq!(place.read(A), good);
    }
}

#[test]
fn a_record_edited_by_hand_is_reported() {
    let place = recorded();
    place.write(A, place.read(A).replace("  Hello", "  Dear"));
    let text = place.run("test").code(1).text();
    let sentence =
        "  the recorded message was edited by hand or merged; the message itself is as psalink recorded it\n";
    assert!(text.contains(sentence) && text.contains("\n-  Dear Robin,\n+  Hello Robin,\n"), "{text}");
    place.run("test --accept").code(0);
    place.run("test").code(0);
}

#[test]
fn what_git_and_insta_make_of_a_record_is_the_same_record() {
    let place = recorded();
    place.write(A, place.read(A).replace('\n', "\r\n"));
    insta::Snapshot::from_file(&place.path(B)).unwrap().save(&place.path(B)).unwrap();
    place.run("test").code(0).says("2 messages: 2 as recorded");
}

#[test]
fn two_templates_with_one_record_are_refused() {
    for (other, expected) in [
        ("mails/a.htm", "`mails/a.htm` and `mails/a.html`"),
        ("mails/A.html", "are the same file on Windows and macOS"),
    ] {
        let place = recorded();
        place.write(other, "<p>other");
        if std::fs::read(place.path("mails/a.html")).unwrap() == b"<p>other" {
            continue; // this file system ignores case
        }
        let before = state(&place);
        for args in ["test", "test --accept"] {
            place.run(args).code(2).says(expected).says("rename one of them").prints("");
        }
        assert_eq!(state(&place), before);
    }
}

#[test]
fn records_are_next_to_their_template_if_it_exists() {
    let place = recorded();
    let beside = "mails/a.connectwise.standard.snap";
    std::fs::rename(place.path(A), place.path(beside)).unwrap();
    place.write("mails/a.html", "<p>new");
    place.run("test").code(1);
    assert!(place.exists(&format!("{beside}.new")));
    place.run("test --accept").code(0);
    assert!(place.read(beside).contains("  <p>new\n") && !place.exists(A));
}

#[test]
fn records_without_a_template_are_reported_rejected_or_deleted() {
    let place = recorded();
    place.write("mails/snapshots/rust.snap", "---\nsource: src/lib.rs\nexpression: x\n---\nx\n");
    place.run("test --sample markup mails/a.html --accept").code(0);
    std::fs::remove_file(place.path("mails/b.txt")).unwrap();
    let markup = "mails/snapshots/a.connectwise.markup.snap";
    let ran = place.run("test").code(0).says("psalink test --unreferenced delete").prints("");
    assert!(ran.err.contains(&format!("`{B}`: this recorded message has no template: its template is gone")));
    assert!(
        ran.err.contains(&format!("`{markup}`: this recorded message has no template: `mails/a.html` no longer uses"))
    );
    assert_eq!(ran.err.matches("warning: ").count(), 2, "{}", ran.err);
    place.run("test --unreferenced reject").code(1).says(B).says("1 message: 1 as recorded");
    in_ci(&place, "true", "test --unreferenced reject").code(1);
    // A run with only some samples, or with one file, reports nothing about the others.
    let some = place.run("test --sample standard mails/a.html --unreferenced reject").code(1);
    assert!(some.err.contains(B) && !some.err.contains(markup), "{}", some.err);
    // A template that cannot be filled in keeps its records.
    place.write("mails/c.html", "---\nsubjct: x\n---\n");
    place.run("test --unreferenced delete").code(2);
    assert!(place.exists(B));
    std::fs::remove_file(place.path("mails/c.html")).unwrap();
    place.write(&format!("{B}.new"), "x");
    place.run("test --unreferenced delete").code(0).says(&format!("deleted: {B} (its template is gone)"));
    let left: Vec<String> = place.files().into_iter().filter(|file| file.contains("snap")).collect();
    assert_eq!(left, [A.to_owned(), "mails/snapshots/rust.snap".to_owned()]);
    // A folder whose last template was removed keeps none either.
    std::fs::remove_file(place.path("mails/a.html")).unwrap();
    place.run("test --unreferenced reject").code(1).says(A);
}

#[test]
fn what_cannot_be_filled_is_an_error_and_the_rest_is_tested() {
    let place = recorded();
    place.write("mails/c.html", "---\nsubjct: x\n---\n<p>");
    place
        .run("test")
        .code(2)
        .says("unknown key `subjct`")
        .says("2 messages: 2 as recorded; 1 template could not be filled in");
    place.run("test nosuch").code(2).says("there is no file or folder with this name");
    place.run_with("test -", b"x").code(2).says("a message from standard input cannot be recorded");
    let empty = Place::new();
    empty.run("test").code(2).says("`.`: no templates found (.html, .htm, .txt, .j2); this folder is empty");
}

#[test]
fn a_source_has_records_and_findings_of_its_files() {
    let place = recorded();
    std::fs::remove_file(place.path("mails/a.html")).unwrap();
    place.write("mails/a.html.j2", "{% extends \"_page.html.j2\" %}{% block body %}<p>[srnumber]{% endblock %}\n");
    place.write(
        "mails/_page.html.j2",
        "<p>Hello</p>\n<img src=\"https://example.com/a.png\">\n{% block body %}{% endblock %}",
    );
    let text = place.run("test").code(1).text();
    let finding = "new finding: note[missing-alt] _page.html.j2 line 2: this image has no `alt`";
    assert!(text.contains("changed: mails/a.html.j2 for connectwise") && text.contains(finding), "{text}");
    place.run("test --accept").code(0);
    place.run("test --unreferenced reject").code(0).says("2 messages: 2 as recorded");
}

#[test]
fn an_empty_mail_is_reported() {
    let place = place();
    place.write("mails/b.txt", "\n");
    for args in ["test", "test --accept"] {
        place.run(args).says("`mails/b.txt for connectwise, sample standard`: the message is empty");
    }
}

#[test]
fn several_dialects_have_records_of_their_own() {
    let place = place();
    place
        .run("test --dialect connectwise --dialect autotask mails/b.txt --accept")
        .code(0)
        .says("2 messages: 2 newly recorded");
    assert!(place.exists(B) && place.exists("mails/snapshots/b.autotask.standard.snap"));
    // The usual run is for one PSA, and leaves the other's records alone.
    let ran = place.run("test mails/b.txt --unreferenced delete").code(0);
    assert!(place.exists("mails/snapshots/b.autotask.standard.snap"), "{}", ran.err);
}

#[cfg(unix)]
#[test]
fn a_folder_that_may_not_be_written_to_is_reported_for_each_mail() {
    use std::os::unix::fs::PermissionsExt;
    let place = recorded();
    place.write("mails/snapshots/x", "");
    place.write("mails/a.html", "<p>").write("mails/b.txt", "x");
    let folder = place.path("mails/snapshots");
    std::fs::set_permissions(&folder, PermissionsExt::from_mode(0o555)).unwrap();
    let is_superuser = std::fs::write(place.path("mails/snapshots/y"), "").is_ok();
    let ran = place.run("test --accept");
    std::fs::set_permissions(&folder, PermissionsExt::from_mode(0o755)).unwrap();
    if !is_superuser {
        let ran = ran.code(2).says("2 messages: 2 changed");
        assert_eq!(ran.err.matches("you may not write to the folder").count(), 2, "{}", ran.err);
    }
}

#[test]
fn a_reader_that_has_gone_is_not_an_error() {
    let place = place();
    for number in 0..200 {
        place.write(&format!("mails/{number}.txt"), "x\n".repeat(2000));
    }
    place.run("test --accept").code(0);
    for number in 0..200 {
        place.write(&format!("mails/{number}.txt"), "y\n".repeat(2000));
    }
    let mut command = place.command();
    command.arg("test").stdin(std::process::Stdio::null()).stdout(std::process::Stdio::piped());
    command.stderr(std::process::Stdio::piped());
    let mut child = command.spawn().unwrap();
    drop(child.stdout.take());
    let ran = child.wait_with_output().unwrap();
    let output = String::from_utf8_lossy(&ran.stderr);
    assert_eq!(ran.status.code(), Some(1), "{output}");
    assert!(output.ends_with("202 messages: 2 as recorded, 200 changed; run `psalink test --review` to go through them, or `--accept` to record them all\n"), "{output}");
    let pending: Vec<PathBuf> =
        (0..200).map(|n| place.path(&format!("mails/snapshots/{n}.connectwise.standard.snap.new"))).collect();
    assert!(pending.iter().all(|path| path.exists()));
}

#[test]
fn one_change_in_several_samples_is_shown_once() {
    let place = Place::new();
    place
        .write("psalink.yaml", "portal: acme\ndialect: connectwise\nsamples: samples\n")
        .write("samples/standard.yaml", "ticket.id: 42\ncontact.first_name: Robin\n")
        .write("samples/long.yaml", "ticket.id: 123456789\ncontact.first_name: A Rather Long Name & Co\n")
        .write("samples/short.yaml", "ticket.id: 7\ncontact.first_name: ''\n")
        .write("a.html", "<p>Hello [contactfirstname], ticket [srnumber].</p>\n")
        .write("b.html", "<p>Hello</p>\n");
    let ran = place.run("test").code(1);
    assert!(ran.text().contains("new: a.html for connectwise, samples standard, long, short, not recorded yet\n"));
    assert_eq!(ran.text().lines().count(), 2, "{}", ran.text());
    place.run("test --accept").code(0);
    place.write("a.html", "<p>Good day [contactfirstname], ticket [srnumber].</p>\n").write("b.html", "<p>Hi</p>\n");
    let ran = place.run("test").code(1).says("6 messages: 6 changed");
    assert_eq!(ran.text().matches("changed: ").count(), 6, "two heads, each with two counts: {}", ran.text());
    assert!(
        ran.text().contains("changed: a.html for connectwise, samples standard, long, short\n  the same change in 3")
    );
    // A change in only one sample is shown separately.
    place.write("samples/long.yaml", "ticket.id: 5\ncontact.first_name: A Rather Long Name & Co\n");
    let ran = place.run("test a.html").code(1);
    assert!(ran.text().contains("changed: a.html for connectwise, samples standard, short\n"), "{}", ran.text());
    assert!(ran.text().contains("changed: a.html for connectwise, sample long\n"), "{}", ran.text());
    place.run("test a.html --accept short").code(1).says("3 messages: 1 newly recorded, 2 changed");
}

#[test]
fn a_template_that_shows_no_psa_has_none() {
    let place = Place::new();
    place.write("a.html", "<p>Hello world</p>");
    let what = "not known; use `--dialect connectwise` or `--dialect autotask`\n";
    let ran = place.run("test").code(1).says(&format!("the PSA of `a.html` is {what}"));
    assert!(ran.text().starts_with("new: a.html, PSA not known, sample"), "{}", ran.text());
    assert!(place.run("lint --show-settings").code(0).text().contains(&format!("  dialect: {what}")));
    let known = place.run("test --dialect autotask").code(1);
    assert!(known.text().starts_with("new: a.html for autotask, sample") && !known.err.contains("not known"));
}
