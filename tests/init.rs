//! A new project as people start it: what is written, what is kept, and that it works.

use crate::cli::Place;

#[test]
fn a_new_project_works() {
    for dialect in ["connectwise", "autotask"] {
        let place = Place::new();
        let ran = place.run(&format!("init ours --portal acme.deskdirector.com --dialect {dialect}"));
        ran.code(0).says(
            "wrote `ours/psalink.yaml`, 13 templates in `ours/templates`, 5 samples in `ours/samples` and 65 records in \
             `ours/templates/snapshots`\n",
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
        place.run("lint ours/out --ready").code(0);
    }
}

#[test]
fn a_second_init_writes_over_nothing() {
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
