//! Backups: complete, never overwritten, never easier to read, never mistaken for templates, and never refused halfway.

use std::fs;
use std::path::Path;

use crate::cli::{NEW, OLD, Place, run};
use crate::serve::Served;

/// What changes templates where they are.
const CHANGES: [&str; 6] = [
    "rewrite PATHS -w --portal acme",
    "ready PATHS -w --portal acme",
    "translate PATHS --to autotask -w",
    "lint PATHS --fix --portal acme",
    "lint PATHS --unsafe-fixes --portal acme",
    "lint PATHS --add-allow --select all --portal acme",
];

fn text() -> String {
    format!("{OLD}<p>[SRNumber]</p><img src=\"https://a.example/a.png\">\n")
}

/// The folders of runs in a backup folder, ordered by name.
pub fn runs(place: &Place, folder: &str) -> Vec<String> {
    // A run that was killed early has created none.
    let entries = fs::read_dir(place.path(folder)).into_iter().flatten().flatten();
    let folders = entries.filter(|entry| entry.path().is_dir());
    let mut names: Vec<String> = folders.map(|entry| format!("{folder}/{}", entry.file_name().display())).collect();
    names.sort();
    names
}

#[test]
fn a_folder_with_templates_is_refused_in_every_spelling() {
    for command in CHANGES {
        let place = Place::new();
        place.write("m/a.html", text()).write("m/n/b.html", text()).write("other/x", "");
        #[cfg(unix)]
        std::os::unix::fs::symlink("m", place.path("link")).unwrap();
        let before = place.files();
        let (absolute, inside) = (place.path("m").display().to_string(), place.path("m/n").display().to_string());
        let mut spellings = vec![
            ("m", "m"),
            ("m", "./m"),
            ("m", "m/"),
            ("m", "m/."),
            ("m", "other/../m"),
            ("m", "m/n/.."),
            ("m", &absolute),
            ("m", "m/n"),
            ("m", &inside),
            // A parent folder.
            ("m", "."),
            ("m", ".."),
            ("m", "./"),
            (".", "."),
            (".", "m"),
            // Named files.
            ("m/a.html", "m"),
            ("m/n/b.html", "m"),
            ("m/*.html", "m"),
        ];
        if cfg!(unix) {
            spellings.extend([("m", "link"), ("link", "m"), ("m", "link/n"), ("link/a.html", "m")]);
        }
        for (paths, backup) in spellings {
            let ran = place.run(&format!("{} --backup {backup}", command.replace("PATHS", paths))).code(2);
            let ran = ran.says("this folder contains").says("backups need their own folder");
            assert_eq!(place.files(), before, "{command} {paths} {backup}: {}", ran.err);
            assert_eq!((place.read("m/a.html"), place.read("m/n/b.html")), (text(), text()));
        }
        // From the folder itself.
        let mut from_folder = place.command();
        from_folder.current_dir(place.path("m"));
        from_folder.args(command.replace("PATHS", ".").split_whitespace()).args(["--backup", "../m"]);
        run(from_folder, b"").code(2).says("this folder contains templates");
        assert_eq!(place.files(), before);
    }
}

#[test]
fn a_folder_with_other_files_is_refused_and_an_empty_one_is_not() {
    let place = Place::new();
    place.write("m/a.html", OLD).write("full/notes.docx", "mine").write("file", "").write("new/.gitkeep", "");
    place
        .run("rewrite m -w --portal acme --backup full")
        .code(2)
        .says("this folder contains other files (`notes.docx`)");
    place
        .run("rewrite m -w --portal acme --backup file")
        .code(2)
        .says("`file`: this is a file, but backups need a folder");
    assert_eq!(place.read("m/a.html"), OLD);
    assert_eq!(place.files(), ["file", "full/notes.docx", "m/a.html", "new/.gitkeep"]);
    place.run("rewrite m -w --portal acme --backup new").code(0).says("the old version of 1 file: `new/20");
    place.run("rewrite m --backup old --portal acme").code(2).says("--in-place");
    place.run("lint m --backup old").code(2).says("--fix");
    place.run("lint m --diff --backup old").code(2);
    assert!(!place.exists("old"));
}

#[test]
fn every_command_keeps_what_it_changes() {
    for command in CHANGES {
        for backup in ["old", "m/old", "m/n/old", "deep/er/old"] {
            let place = Place::new();
            place.write("m/a.html", text()).write("m/n/b.html", text()).write("m/c.html", "<p>Hello</p>\n");
            let args = format!("{} --backup {backup}", command.replace("PATHS", "m"));
            place.run(&args);
            assert_ne!(place.read("m/a.html"), text(), "{args}");
            let [run] = runs(&place, backup).try_into().unwrap();
            assert_eq!(
                (place.read(&format!("{run}/a.html")), place.read(&format!("{run}/n/b.html"))),
                (text(), text())
            );
            assert!(place.read(&format!("{backup}/psalink-backup.txt")).contains("To get one back, copy it"));
            // What is among the templates is not mistaken for one of them.
            let files = place.run("lint m --show-files").code(0).text();
            assert_eq!(files, "m/a.html\nm/c.html\nm/n/b.html\n", "{args}");
            place.run(&format!("lint {run}")).code(2).says("this folder contains backups made by psalink");
            place.run(&format!("lint {backup}")).code(2).says("this folder contains backups made by psalink");
        }
    }
}

#[test]
fn a_run_that_changes_nothing_leaves_no_backup() {
    let place = Place::new();
    place.write("m/a.html", "<p>Hello</p>\n");
    place.run("rewrite m -w --portal acme --backup old").code(0);
    place.run("lint m --fix --backup old");
    assert_eq!(place.files(), ["m/a.html"]);
    assert!(!place.exists("old"));
}

#[test]
fn a_backup_is_never_lost() {
    let place = Place::new();
    place.write("m/n/a.html", OLD).write("m/b.html", "same");
    for number in 0..4 {
        let old = format!("<p>{number}</p>{OLD}");
        place.write("m/n/a.html", &old);
        place.run("rewrite m -w --backup old --portal acme").code(0);
        let all: Vec<String> = runs(&place, "old").iter().map(|run| place.read(&format!("{run}/n/a.html"))).collect();
        let expected: Vec<String> = (0..=number).map(|number| format!("<p>{number}</p>{OLD}")).collect();
        assert_eq!(all, expected, "the names of runs sort by their time");
    }
    let name = runs(&place, "old")[0].clone();
    let name = name.strip_prefix("old/").unwrap();
    assert!(name.len() == "2026-01-31T23-59-59Z".len() && name.ends_with('Z'), "{name}");
}

#[test]
fn files_of_one_name_from_several_folders_are_distinguished() {
    let place = Place::new();
    place.write("a/x.html", format!("a{OLD}")).write("b/c/x.html", format!("b{OLD}"));
    place.run("rewrite a b/c -w --backup old --portal acme").code(0);
    let [run] = runs(&place, "old").try_into().unwrap();
    assert_eq!(place.read(&format!("{run}/a/x.html")), format!("a{OLD}"));
    assert_eq!(place.read(&format!("{run}/b/c/x.html")), format!("b{OLD}"));
}

#[test]
fn no_command_takes_backups_for_templates() {
    let place = Place::new();
    let settings = "portal: acme\ndialect: connectwise\nsend: { allow: ['*@msp.example'] }\n";
    place.write("psalink.yaml", settings).write("m/a.html", OLD);
    place.run("rewrite m -w --backup m/old").code(0);
    let [run] = runs(&place, "m/old").try_into().unwrap();
    let kept = place.files();
    place.run("rewrite m --check").code(0).prints("");
    place.run("rewrite m -o out").code(0).says("1 file read");
    place.run("translate m --to autotask --check").says("1 file");
    place.run("preview m -o seen").code(0).says("1 message in `seen`");
    place.run("test m").code(1).says("1 message: 1 new");
    place.run("send m --eml mails --to me@msp.example --from me@msp.example").says("1 message");
    assert!(kept.iter().all(|name| place.exists(name)));
    let served = Served::start(&place, "m");
    let project = served.get("/api/project").is(200).json();
    assert_eq!(project["templates"].as_array().unwrap().len(), 1, "{project}");
    // A single one can be read, but is not changed.
    place.run(&format!("rewrite {run}/a.html")).code(0).prints(NEW);
    place.run(&format!("rewrite {run}/a.html -w")).code(2).says("this is a backup made by psalink");
    place.run(&format!("lint {run}/a.html --fix --select all --ignore none")).code(2);
    assert_eq!(place.read(&format!("{run}/a.html")), OLD);
}

/// A backup folder is recognized by the content of its marker file, not by the name of that file.
#[test]
fn a_file_of_that_name_alone_makes_no_backup() {
    let place = Place::new();
    place
        .write("m/a.html", OLD)
        .write("m/psalink-backup.txt", "[srnumber] Our notes")
        .write("m/n/psalink-backup.txt/x.html", OLD);
    let files = place.run("lint m --show-files").code(0).text();
    assert_eq!(files, "m/a.html\nm/n/psalink-backup.txt/x.html\nm/psalink-backup.txt\n");
}

#[cfg(unix)]
#[test]
fn a_backup_is_never_easier_to_read() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let place = Place::new();
    for (name, mode) in [("m/a.html", 0o600), ("m/b.html", 0o640), ("m/c.html", 0o644), ("m/d.html", 0o444)] {
        place.write(name, OLD);
        fs::set_permissions(place.path(name), fs::Permissions::from_mode(mode)).unwrap();
    }
    fs::set_permissions(place.path("m"), fs::Permissions::from_mode(0o700)).unwrap();
    place.run("rewrite m -w --backup old --portal acme");
    let [run] = runs(&place, "old").try_into().unwrap();
    let mode = |name: &str| fs::metadata(place.path(name)).unwrap().mode() & 0o7777;
    let modes = ["a", "b", "c"].map(|name| mode(&format!("{run}/{name}.html")));
    assert_eq!(modes, [0o600, 0o640, 0o644]);
    assert_eq!(mode(&run), 0o700, "the folder of the templates kept others out");
}

#[cfg(unix)]
#[test]
fn without_its_backup_nothing_is_changed() {
    let place = Place::new();
    place.write("m/a.html", OLD).write("m/b.html", OLD.repeat(400));
    for command in CHANGES {
        let mut shell = std::process::Command::new("sh");
        let program = env!("CARGO_BIN_EXE_psalink");
        let args = command.replace("PATHS", "m");
        // Files of more than 512 bytes cannot be written, as on a full disk.
        shell.args(["-c", &format!("trap '' XFSZ; ulimit -f 1; exec '{program}' {args} --backup old")]);
        shell.current_dir(place.path("")).env("XDG_CACHE_HOME", place.cache()).env("HOME", place.path(""));
        place.write("m/a.html", text()).write("m/b.html", text().repeat(400));
        run(shell, b"").code(2).says("b.html`: could not write the file: it is larger than");
        assert_eq!(place.read("m/b.html"), text().repeat(400), "{command}");
        let left = place
            .files()
            .into_iter()
            .any(|name| Path::new(&name).file_name().unwrap().to_string_lossy().starts_with(".psalink-"));
        assert!(!left, "{command}: {:?}", place.files());
    }
}
