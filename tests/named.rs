//! What a run reads from the paths that it is given, and what it reports about paths that lead to no template.

use std::fs;

use crate::cli::{NEW, OLD, Place};

const NONE: &str = "no templates found (.html, .htm, .txt, .j2)";

/// A project that excludes built files and unfinished templates.
fn project() -> Place {
    let place = Place::new();
    place
        .write("psalink.yaml", "portal: acme\ndialect: connectwise\nexclude: [\"out/**\", drafts, \"**/*.old.html\"]\n")
        .write("a.html", OLD)
        .write("out/b.html", OLD)
        .write("out/c.old.html", OLD)
        .write("drafts/deep/d.html", OLD);
    place
}

#[test]
fn what_is_named_outright_is_read_even_if_it_is_excluded() {
    let place = project();
    place.run("rewrite . --check").code(1).prints("a.html\n");
    for (path, files) in [
        ("out", "out/b.html\n"),
        ("out/*.html", "out/b.html\n"),
        ("drafts", "drafts/deep/d.html\n"),
        ("drafts/deep", "drafts/deep/d.html\n"),
        ("out/b.html", "out/b.html\n"),
        ("out/c.old.html", "out/c.old.html\n"),
    ] {
        let ran = place.run(&format!("rewrite {path} --check")).code(1).prints(files);
        let named = path.trim_end_matches("/*.html");
        let note = format!(
            "note: `{named}` matches `exclude` in `psalink.yaml`, but you named it, so psalink reads it; `--force-exclude` \
             leaves it out\n"
        );
        assert!(ran.err.starts_with(&note), "{}", ran.err);
    }
    let both = place.run("rewrite out drafts --check").code(1).prints("out/b.html\ndrafts/deep/d.html\n");
    assert!(both.err.starts_with("note: `out` and 1 other path match `exclude`"), "{}", both.err);
    place.at("drafts").run("lint --show-files").code(0).prints("deep/d.html\n").says("because you are in it");
}

#[test]
fn a_hook_that_names_files_respects_exclude() {
    let place = project();
    place.run("rewrite out/b.html a.html --check --force-exclude").code(1).prints("a.html\n");
    for command in ["lint", "rewrite -w", "preview", "test", "translate --to autotask"] {
        for paths in ["out/b.html", "out", "out/b.html drafts/deep/d.html"] {
            let ran = place.run(&format!("{command} {paths} --force-exclude")).code(0).says("nothing to ");
            assert!(ran.err.contains("left out by `exclude`"), "{}", ran.err);
        }
    }
    assert_eq!(place.read("out/b.html"), OLD);
}

#[test]
fn settings_of_a_subfolder_do_not_change_what_those_above_exclude() {
    let place = Place::new();
    place
        .write("psalink.yaml", "portal: acme\ndialect: connectwise\nexclude: [old]\n")
        .write("old/sub/psalink.yaml", "portal: acme\ndialect: connectwise\n")
        .write("old/sub/x.html", OLD)
        .write("old/y.html", OLD)
        .write("z.html", OLD);
    place.run("rewrite . --check").code(1).prints("old/sub/x.html\nz.html\n");
}

#[test]
fn a_run_that_finds_nothing_says_what_is_there_and_fails() {
    let place = project();
    place
        .write("pictures/a.png", "x")
        .write("pictures/b.png", "x")
        .write("pictures/c.png", "x")
        .write("pictures/d.png", "x")
        .write("layouts/_base.html.j2", "x")
        .write("ignored/.gitignore", "*.html\n")
        .write("ignored/e.html", OLD)
        .write("f.subject.txt", "Hello");
    fs::create_dir(place.path("empty")).unwrap();
    for (path, says) in [
        ("empty", format!("error: `empty`: {NONE}; this folder is empty\n")),
        ("pictures", format!("error: `pictures`: {NONE}, only `a.png`, `b.png`, `c.png` and 1 other file\n")),
        ("layouts", format!("error: `layouts`: {NONE}, only 1 layout or part (`_` at the beginning)")),
        ("ignored", "1 template that git ignores or whose name begins with a dot; name the file".to_owned()),
    ] {
        for command in ["lint", "lint --format concise", "rewrite", "preview", "test", "translate --to autotask"] {
            let ran = place.run(&format!("{command} {path}")).code(2).says(&says);
            assert!(!ran.err.contains("nothing to") && ran.out.is_empty(), "{command}: {}", ran.err);
        }
    }
    place.write("built/out/g.html", OLD);
    place.run("rewrite built -o built/out").code(2).says(&format!("error: `built`: {NONE}\n"));
    let ran = place.run("lint empty --format junit").code(2);
    assert!(ran.text().contains(NONE), "a program reads it as well: {}", ran.text());
    // If something else was found, this is only a note.
    place
        .run("rewrite pictures a.html --check")
        .code(1)
        .prints("a.html\n")
        .says("note: `pictures`: no templates found");
    place.run("lint 'drafts/deep/d.html'").code(2);
    place.run("preview f.subject.txt").code(2).says("`f.subject.txt`: this is only the subject of a message");
}

#[test]
fn what_psalink_has_made_is_reported_and_not_read() {
    let place = Place::new();
    place.write("psalink.yaml", "portal: acme\ndialect: connectwise\n").write("m/a.html", NEW);
    place.run("preview m -o seen").code(0);
    place.run("test m --accept").code(0);
    for path in ["seen", "seen/*.html"] {
        for command in ["lint", "rewrite -w", "preview", "test"] {
            place
                .run(&format!("{command} {path}"))
                .code(2)
                .says("`seen`: this folder contains previews made by psalink");
        }
    }
    place
        .run("lint seen/index.html")
        .code(2)
        .says("`seen/index.html`: this is in a folder of previews made by psalink");
    place
        .run("lint m/snapshots")
        .code(2)
        .says(&format!("`m/snapshots`: {NONE}, only 1 message recorded by `psalink test`"));
    let record = "m/snapshots/a.connectwise.standard.snap";
    place.run(&format!("lint {record}")).code(2).says("this is a message recorded by `psalink test`, not a template");
    place.run("lint . --show-files").code(0).prints("m/a.html\n");
}

#[test]
fn a_fixed_template_on_the_standard_output_is_nothing_else() {
    let place = Place::new();
    let text = b"<p>\x1b[31m[SRNumber] [[srnumber]]</p>";
    for format in ["full", "concise", "json", "github", "junit", "sarif", "gitlab"] {
        let ran = place.run_with(&format!("lint - --fix --dialect connectwise --format {format}"), text);
        assert_eq!(ran.text(), "<p>\x1b[31m[srnumber] [[srnumber]]</p>", "{format}");
        assert!(ran.err.contains("doubled-brackets") && !ran.err.contains('\u{1b}'), "{format}: {}", ran.err);
        let allowed = place.run_with(&format!("lint - --add-allow --dialect connectwise --format {format}"), text);
        assert!(allowed.text().contains("psalink: allow") && allowed.text().ends_with("</p>"), "{}", allowed.text());
    }
}

#[test]
fn documents_of_other_programs_are_refused_by_every_command() {
    let place = Place::new();
    let word = b"PK\x03\x04\x14\0\x06\0[Content_Types].xml\0word/document.xml";
    place
        .write("mail.docx", word)
        .write("m/a.html", word)
        .write("m/b.html", "<p>Hello</p>")
        .write("c.rtf", "{\\rtf1 x}");
    for command in ["lint", "lint --fix", "rewrite --portal acme", "preview -o seen", "translate --to autotask", "test"]
    {
        for (path, says) in [
            ("mail.docx", "`mail.docx`: this is a Word document (.docx), not a template; open it in Word"),
            ("m", "`m/a.html`: this is a Word document (.docx)"),
            ("c.rtf", "`c.rtf`: this is an RTF document"),
        ] {
            let ran = place.run(&format!("{command} {path}")).code(2).says(says);
            assert!(!ran.text().contains("PK"), "{command}");
        }
    }
    assert_eq!(place.bytes("m/a.html"), word);
    place.run("lint m").code(2).says("1 file checked, nothing found; 1 failed\n");
    place.run("lint mail.docx").code(2).says("nothing checked: 1 file failed\n");
}
