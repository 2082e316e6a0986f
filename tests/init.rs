//! A new project as people start it: what is written, what is kept, and that it works.

use crate::cli::Place;

#[test]
fn a_new_project_works() {
    for dialect in ["connectwise", "autotask"] {
        let place = Place::new();
        let ran = place.run(&format!(
            "init ours --portal acme.deskdirector.com --dialect {dialect} --name Acme --survey https://rate.acme-it.com/?t={{ticket}}"
        ));
        ran.code(0).says(
            "wrote `ours/psalink.yaml`, `ours/psalink.schema.json`, `ours/.gitignore`, 13 templates in `ours/templates`, \
             5 samples in `ours/samples` and 65 records in `ours/templates/snapshots`\n",
        );
        let files = place.files();
        assert_eq!(files.iter().filter(|file| file.ends_with(".snap")).count(), 65);
        assert!(place.read("ours/psalink.yaml").lines().any(|line| line == "portal: acme"));
        place.run("lint ours").code(0).says("nothing found");
        place.run("test ours").code(0).says("65 messages: 65 as recorded");
        place.run("rewrite ours/templates -o ours/out").code(0);
        let html = place.read("ours/out/request-received.html");
        assert!(html.contains("https://acme.deskdirector.com/portal/deeplink?name=ticket&amp;ticket_id=["), "{html}");
        assert!(place.exists("ours/out/request-received.subject.txt") && place.exists("ours/out/request-received.txt"));
        // Generated files are not templates.
        place.run("lint ours").code(0).says("26 files checked");
        let ready = format!("lint ours/out --ready --isolated --portal acme --dialect {dialect}");
        place.run(&ready).code(0).says("39 files checked, nothing found");
        let survey = place.read("ours/out/closed-with-survey.html");
        let token = if dialect == "connectwise" { "[srnumber]" } else { "[Ticket: ID]" };
        assert!(survey.contains(&format!("href=\"https://rate.acme-it.com/?t={token}\"")), "{survey}");
        // The name is in the settings, and once at the top and once in the sign-off of a message.
        assert!(place.read("ours/psalink.yaml").lines().any(|line| line == "  name: \"Acme\""));
        assert_eq!(place.read("ours/out/assigned.txt").matches("Acme").count(), 1);
    }
}

#[test]
fn without_its_address_the_survey_is_left_out() {
    let place = Place::new();
    let ran = place.run("init --portal acme --dialect connectwise");
    ran.code(0).says("12 templates").says("left out `closed-with-survey`, since it needs the address of your survey");
    assert!(place.files().iter().all(|file| !file.contains("closed-with-survey")));
    place.run("rewrite templates -o out").code(0);
    let ready = "lint out --ready --isolated --portal acme --dialect connectwise";
    place.run(ready).code(0).says("36 files checked, nothing found");
    // It is added to the existing project, and nothing else changes.
    let ran = place.run("init --survey https://rate.acme-it.com/");
    ran.code(0).says("wrote 1 template in `templates` and 5 records in `templates/snapshots`\n");
    assert!(
        place.read("templates/closed-with-survey.txt.j2").contains("Tell us how it went: https://rate.acme-it.com/\n")
    );
    for address in ["rate.acme-it.com", "https://survey.example/", "https://rate.acme-it.com/\"x", "javascript:1"] {
        let place = Place::new();
        let ran = place.run(&format!("init --portal acme --dialect autotask --survey {address}"));
        ran.code(2).says("cannot be the address of a survey");
        assert_eq!(place.files(), [""; 0], "{address}");
    }
}

#[test]
fn git_and_editors_know_the_project() {
    let place = Place::new();
    place.run("init --portal acme --dialect autotask").code(0);
    assert!(place.read("psalink.yaml").starts_with("# yaml-language-server: $schema=./psalink.schema.json\n"));
    assert_eq!(place.read("psalink.schema.json").into_bytes(), place.run("config schema").out);
    place.run("rewrite templates -o out").code(0);
    place.write("templates/assigned.html.j2", "<p>New [Ticket: Number]</p>");
    place.run("lint templates --fix --backup old --select misspelt-case").code(0);
    // A changed message waits to be accepted, even if Git does not see it.
    place.run("test").code(1);
    assert!(place.files().iter().any(|file| file.ends_with(".snap.new")));
    place.run("test --accept").code(0);
    place.run("test").code(0).says("as recorded");
    // Existing files are not changed.
    let place = Place::new();
    place.write(".gitignore", "*.bak\n");
    place.run("init --portal acme --dialect autotask").code(0).says("your `.gitignore` stays as it is");
    assert_eq!(place.read(".gitignore"), "*.bak\n");
    let place = Place::new();
    place.write("psalink.yaml", "portal: acme\ndialect: autotask\n");
    place.run("init").code(0);
    assert!(!place.exists("psalink.schema.json") && place.exists(".gitignore"));
}

#[test]
fn a_second_init_overwrites_nothing() {
    let place = Place::new();
    place.run("init --host help.msp.example --dialect autotask").code(0);
    let before: Vec<(String, Vec<u8>)> =
        place.files().into_iter().map(|file| (file.clone(), place.bytes(&file))).collect();
    place.run("init").code(0).says("nothing was written: all files of the starter set already exist");
    place.write("templates/assigned.html.j2", "<p>ours").write("samples/standard.yaml", "ticket.id: 1\n");
    std::fs::remove_file(place.path("templates/note-added.txt.j2")).unwrap();
    std::fs::remove_file(place.path("templates/snapshots/reopened.autotask.empty.snap")).unwrap();
    place.run("init --portal other --dialect connectwise").code(0).says("35 files already exist and were not changed");
    assert_eq!(place.read("templates/assigned.html.j2"), "<p>ours");
    assert_eq!(place.read("samples/standard.yaml"), "ticket.id: 1\n");
    assert!(place.exists("templates/snapshots/reopened.autotask.empty.snap"));
    for (file, bytes) in before {
        if file != "templates/assigned.html.j2" && file != "samples/standard.yaml" {
            assert_eq!(place.bytes(&file), bytes, "{file}");
        }
    }
}

#[test]
fn what_is_not_known_is_asked_for() {
    for (args, expected) in [
        ("init", "no portal was given"),
        ("init --portal acme", "no PSA was given"),
        ("init --portal acme --dialect conectwise", "did you mean `connectwise`?"),
        ("init --portal https://acme --dialect autotask", "is not the name of a portal"),
        ("init --host acme --dialect autotask", "`acme` is not a valid host name"),
        ("init --portal a --host b.example --dialect autotask", "cannot be used with"),
    ] {
        let place = Place::new();
        place.run(args).code(2).says(expected);
        assert_eq!(place.files(), [""; 0], "{args}");
    }
    let place = Place::new();
    place.write("psalink.yaml", "portl: acme\n");
    place.run("init").code(2).says("unknown key `portl`");
    assert_eq!(place.files(), ["psalink.yaml"]);
}
