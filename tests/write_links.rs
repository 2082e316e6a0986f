//! What psalink writes and deletes is inside the given folder: links in it lead nowhere else, and one file that cannot
//! be written affects no other.

use std::fs;
use std::os::unix::fs::symlink;

use crate::cli::{OLD, Place};

const SETTINGS: &str = "portal: acme\ndialect: connectwise\n";
const PRECIOUS: &str = "precious\n";

fn place() -> Place {
    let place = Place::new();
    place.write("psalink.yaml", SETTINGS).write("m/a.html", OLD).write("m/b.html", OLD).write("elsewhere/x", PRECIOUS);
    place.write("m/s.html", format!("---\nsubject: Hello\ntext: |\n  Hello\n---\n{OLD}"));
    place
}

fn link(place: &Place, to: &str, name: &str) {
    fs::create_dir_all(place.path(name).parent().unwrap()).unwrap();
    symlink(place.path(to), place.path(name)).unwrap();
}

#[test]
fn a_record_is_not_deleted_through_a_link() {
    let new = || {
        let place = Place::new();
        place.write("psalink.yaml", SETTINGS).write("a/x.html", OLD).write("b/y.html", OLD);
        place.run("test b --accept").code(0);
        place
    };
    const RECORD: &str = "b/snapshots/y.connectwise.standard.snap";
    const REFUSED: &str = "a symbolic link leads from here to another folder, so the recorded message is not deleted";
    let delete = |place: &Place, folder: &str| place.run(&format!("test {folder} --unreferenced delete"));
    // The folder of the records is a link: to another folder, and to one inside.
    for (to, from) in [("b/snapshots", "a/snapshots"), ("a/deep/snapshots", "a/snapshots")] {
        let place = new();
        let record = place.read(RECORD);
        fs::create_dir_all(place.path("a/deep/snapshots")).unwrap();
        place.write("a/deep/y.html", OLD).write("a/deep/snapshots/y.connectwise.standard.snap", &record);
        link(&place, to, from);
        let from_inside = ["test", "--unreferenced", "delete"];
        let mut command = place.command();
        command.args(from_inside).current_dir(place.path("a"));
        crate::cli::run(command, b"").code(2).says(REFUSED);
        delete(&place, "a").code(2).says(REFUSED);
        assert!(place.exists(RECORD) && place.exists("a/deep/snapshots/y.connectwise.standard.snap"));
    }
    // The record itself is a link, and so is one that was not accepted.
    for name in ["a/snapshots/gone.connectwise.standard.snap", "a/snapshots/gone.connectwise.standard.snap.new"] {
        let place = new();
        link(&place, RECORD, name);
        delete(&place, "a").code(2).says(REFUSED);
        assert!(place.exists(RECORD) && place.path(name).is_symlink());
    }
    // An unaccepted record is behind a link, and the message matches its record.
    let place = new();
    place.write("a/x.connectwise.standard.snap", place_record(&place)).write("elsewhere/x.snap.new", PRECIOUS);
    link(&place, "elsewhere/x.snap.new", "a/x.connectwise.standard.snap.new");
    place.run("test a").code(2).says("this is a symbolic link that leads out of");
    assert_eq!(place.read("elsewhere/x.snap.new"), PRECIOUS);
    // What is not a link is deleted, even if the path to the templates contains one.
    let place = new();
    fs::remove_file(place.path("b/y.html")).unwrap();
    place.write("b/z.html", OLD);
    link(&place, "b", "way");
    delete(&place, "way").says("deleted: way/snapshots/y.connectwise.standard.snap");
    assert!(!place.exists(RECORD));
}

/// The record of `a/x.html`.
fn place_record(place: &Place) -> String {
    place.run("test a --accept").code(0);
    let text = place.read("a/snapshots/x.connectwise.standard.snap");
    fs::remove_dir_all(place.path("a/snapshots")).unwrap();
    text
}

#[test]
fn nothing_is_written_through_a_link_in_a_folder() {
    for (command, inside) in [
        ("rewrite m -o out", "a.html"),
        ("rewrite m -o out", "s.subject.txt"),
        ("rewrite m -o out --dialect connectwise --dialect autotask", "connectwise/a.html"),
        ("translate m --to autotask -o out", "a.html"),
        ("preview m -o out", "a.mail.html"),
        ("preview m -o out", "a.page.html"),
        ("preview m -o out --text --eml", "a.eml"),
        ("send m --eml out", "a.eml"),
        ("man out", "psalink.1"),
        ("man out", "psalink-tokens-import.1"),
    ] {
        let place = place();
        let name = format!("out/{inside}");
        if command.starts_with("preview") {
            // Previews go into a separate folder.
            place.run(command);
            fs::remove_file(place.path(&name)).unwrap();
        }
        link(&place, "elsewhere/x", &name);
        place.run(command).code(2).says(&format!("`{name}`: this is a symbolic link that leads out of `out`"));
        assert_eq!(place.read("elsewhere/x"), PRECIOUS, "{command}");
        assert!(place.path(&name).is_symlink(), "{command}");
        assert_eq!(place.read("m/a.html"), OLD, "{command}");
        // The folder itself may be a link, because the user named it.
        fs::remove_dir_all(place.path("out")).unwrap();
        fs::create_dir(place.path("real")).unwrap();
        link(&place, "real", "out");
        place.run(command);
        assert!(place.exists(&format!("real/{inside}")), "{command}");
    }
    // A folder inside it is a link.
    {
        let (command, file) = ("rewrite m -o out", "out/sub/c.html");
        let place = place();
        place.write("m/sub/c.html", OLD);
        link(&place, "elsewhere", "out/sub");
        place.run(command).code(2).says(&format!("`{file}`: this is a symbolic link that leads out of `out`"));
        assert!(!place.exists("elsewhere/c.html"), "{command}");
        assert_eq!(place.read("m/sub/c.html"), OLD);
    }
}

#[test]
fn a_file_that_is_a_link_out_of_its_folder_is_not_written() {
    for command in [
        "rewrite m/a.html -o o/it.html",
        "translate m/a.html --to autotask -o o/it.html",
        "preview m/a.html -o o/it.html",
        "lint m --output-file o/it.html",
        "lint m --format sarif --output-file o/it.html",
        "lint m --write-baseline --baseline o/it.html",
        "rewrite m -o out --report o/it.html",
        "tokens import connectwise list.json -o o/it.html",
    ] {
        let place = place();
        place.write("list.json", "[{\"id\":1,\"token\":\"[srnumber]\",\"description\":\"x\"}]");
        link(&place, "elsewhere/x", "o/it.html");
        let ran = place.run(command).code(2);
        assert!(ran.err.contains("`o/it.html`") || ran.err.contains("o/it.html"), "{command}: {}", ran.err);
        assert_eq!(place.read("elsewhere/x"), PRECIOUS, "{command}");
        // A link inside its folder does not lead out, and the folder may be one.
        let place = self::place();
        place.write("list.json", "[{\"id\":1,\"token\":\"[srnumber]\",\"description\":\"x\"}]").write("real/y", "");
        link(&place, "real", "o");
        if !command.starts_with("tokens") && !command.contains("--report") {
            link(&place, "real/y", "real/it.html");
        }
        let ran = place.run(command);
        assert!(!ran.err.contains("leads out of"), "{command}: {}", ran.err);
    }
    let place = place();
    link(&place, "elsewhere/x", "tokens/connectwise.yaml");
    place.write("list.json", "[{\"id\":1,\"token\":\"[srnumber]\",\"description\":\"x\"}]");
    place.run("tokens import connectwise list.json").code(2);
    fs::remove_dir_all(place.path("tokens")).unwrap();
    link(&place, "elsewhere", "psalink");
    link(&place, "elsewhere", "new/templates");
    place
        .run("init new --portal acme --dialect connectwise")
        .code(2)
        .says("this is a symbolic link that leads out of `new`");
    assert_eq!(place.files().iter().filter(|name| name.starts_with("elsewhere")).count(), 1);
    // A system device is not a file, and may be a link.
    place.run("lint m --output-file /dev/stderr").says("");
    place.run("rewrite m/a.html -o /dev/stdout").code(0);
}

#[test]
fn a_pipe_in_a_folder_of_results_blocks_nothing() {
    for (command, name) in [
        ("rewrite m -o out", "out/a.html"),
        ("rewrite m --in-place --backup out", "out/psalink-backup.txt"),
        ("preview m -o out", "out/a.mail.html"),
        ("send m --eml out", "out/a.eml"),
        ("man out", "out/psalink.1"),
        ("test m --accept", "m/snapshots/a.connectwise.standard.snap"),
        ("test m", "m/snapshots/a.connectwise.standard.snap.new"),
    ] {
        let place = place();
        fs::create_dir_all(place.path(name).parent().unwrap()).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(place.path(name)).status().unwrap().success());
        let ran = place.run(command);
        assert_eq!(ran.code, Some(2), "{command}: {}", ran.err);
    }
}

#[test]
fn a_name_that_is_too_long_costs_no_other() {
    let place = Place::new();
    let long = "l".repeat(248);
    place
        .write("psalink.yaml", SETTINGS)
        .write("m/a.html", OLD)
        .write(&format!("m/{long}.html"), OLD)
        .write("m/z.html", OLD);
    let ran =
        place.run("preview m -o out").code(2).says("its name is too long").says(&long).says("2 messages in `out`");
    assert_eq!(ran.err.matches("error:").count(), 1, "{}", ran.err);
    let files: Vec<String> = place.files().into_iter().filter(|name| name.starts_with("out/")).collect();
    let expected = ["out/a.mail.html", "out/a.page.html", "out/index.html", "out/z.mail.html", "out/z.page.html"];
    assert_eq!(files, expected);
    assert!(!place.read("out/index.html").contains(&long));
    place.run("preview m -o out --sample standard --sample unicode").code(2).says("4 messages in `out`");
    let longer = "l".repeat(250);
    fs::rename(place.path(&format!("m/{long}.html")), place.path(&format!("m/{longer}.html"))).unwrap();
    place
        .run("send m --eml mails --sample standard --sample unicode")
        .code(2)
        .says(&longer)
        .says("4 messages in `mails`");
    assert!(place.exists("mails/a.unicode.eml") && place.exists("mails/z.standard.eml"));
    // The other outputs do not make its name longer, or they shorten it.
    place.run("rewrite m -o new").code(0);
    place.run("rewrite m --in-place --backup old").code(0);
    place.run("test m --accept").code(0);
    place.run("test m").code(0).says("as recorded");
    place.write(&format!("m/{longer}.html"), format!("---\nsubject: Hello\n---\n{OLD}"));
    place.run("rewrite m -o newer").code(2).says(&longer);
    assert!(place.exists("newer/a.html") && place.exists("newer/z.html"));
}
