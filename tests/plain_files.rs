//! Only plain files are read, and only up to a size limit: a pipe or a device behind a name neither blocks a run nor
//! uses up memory.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::cli::{OLD, Place, Ran, run};
use crate::serve::Served;

const SETTINGS: &str = "portal: acme\ndialect: connectwise\n";
const HUGE: u64 = 6 << 30;

/// What may be where a plain file is expected.
const KINDS: [&str; 5] = ["pipe", "link to a pipe", "endless device", "socket", "6 GB"];

/// Puts something that cannot be read as a file at a path.
fn put(place: &Place, kind: &str, name: &str) {
    let path = place.path(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let _ = fs::remove_file(&path);
    let fifo = |path: &std::path::Path| assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
    match kind {
        "pipe" => fifo(&path),
        "link to a pipe" => {
            let to = place.path("the-pipe");
            if !to.exists() {
                fifo(&to);
            }
            symlink(to, path).unwrap();
        }
        "endless device" => symlink("/dev/zero", path).unwrap(),
        "socket" => drop(std::os::unix::net::UnixListener::bind(path).unwrap()),
        _ => fs::File::create(path).unwrap().set_len(HUGE).unwrap(),
    }
}

/// Runs the program with little memory and little time.
#[track_caller]
fn bounded(place: &Place, args: &str) -> Ran {
    let start = Instant::now();
    let mut command = Command::new("sh");
    let script = format!("ulimit -v 2000000; exec {} {args}", env!("CARGO_BIN_EXE_psalink"));
    command.args(["-c", &script]).current_dir(place.path("")).env("HOME", place.path("")).env_remove("CI");
    let ran = run(command, b"");
    assert!(start.elapsed() < Duration::from_secs(40), "{args} took {:?}", start.elapsed());
    assert!(matches!(ran.code, Some(0..=2)), "{args}: {ran:?}");
    assert!(!ran.err.contains("panicked"), "{args}: {}", ran.err);
    ran
}

/// Whether a command skips sources, because they would be changed into another file.
fn leaves_sources_out(command: &str) -> bool {
    command.contains("--check") || command.contains("--diff")
}

const COMMANDS: [&str; 9] = [
    "lint m",
    "lint m --fix",
    "rewrite m --check",
    "rewrite m -o out",
    "translate m --to autotask --diff",
    "preview m -o previews",
    "test m",
    "test m --accept",
    "send m --eml mails",
];

#[test]
fn a_template_that_is_not_a_plain_file_is_reported_and_stops_no_other() {
    for kind in KINDS {
        for name in ["m/b.html", "m/b.html.j2", "m/b.txt", "m/sub/b.htm"] {
            let place = Place::new();
            place.write("psalink.yaml", SETTINGS).write("m/a.html", OLD);
            put(&place, kind, name);
            for command in COMMANDS {
                let ran = bounded(&place, command);
                if name.ends_with(".j2") && leaves_sources_out(command) {
                    continue;
                }
                let ran = ran.code(2);
                let file = name.trim_end_matches(".j2");
                assert!(ran.err.contains(file), "{kind} {name} {command}: {}", ran.err);
                let says = ["reads only regular files", "the limit is 16 MB"];
                assert!(says.iter().any(|part| ran.err.contains(part)), "{kind} {name} {command}: {}", ran.err);
            }
            assert!(place.exists("out/a.html") && place.exists("previews/a.mail.html"), "{kind} {name}");
            // A named pipe is read, and these would take their time.
            if !kind.contains("pipe") {
                bounded(&place, &format!("lint {name} m/a.html")).code(2).says(name);
            }
        }
    }
}

#[test]
fn a_companion_that_is_not_a_plain_file_blocks_nothing() {
    for kind in KINDS {
        for (mail, companion) in [
            ("m/a.html", "m/a.txt"),
            ("m/a.html", "m/a.subject.txt"),
            ("m/a.html", "m/a.txt.j2"),
            ("m/a.txt", "m/a.html"),
            ("m/a.txt", "m/a.html.j2"),
            ("m/a.txt.j2", "m/a.html.j2"),
            ("m/a.subject.txt", "m/a.html"),
        ] {
            let place = Place::new();
            place.write("psalink.yaml", "portal: acme\n").write(mail, "<p>[srnumber] [contactname]</p>");
            put(&place, kind, companion);
            for command in ["lint m", "rewrite m --check", "preview m -o previews"] {
                let ran = bounded(&place, command);
                if !(companion.ends_with(".j2") && leaves_sources_out(command)) {
                    assert_eq!(ran.code, Some(2), "{kind} {mail} {companion} {command}: {}", ran.err);
                }
            }
            bounded(&place, &format!("lint {mail}"));
            bounded(&place, &format!("rewrite {mail} --dialect connectwise"));
        }
    }
}

#[test]
fn ignore_files_that_are_not_plain_files_block_nothing() {
    for kind in KINDS {
        for name in ["m/sub/.gitignore", "m/.ignore", "m/.gitignore", ".gitignore", "m/.git/info/exclude", "m/sub/.git"]
        {
            let place = Place::new();
            place.write("psalink.yaml", SETTINGS).write("m/a.html", OLD).write("m/sub/b.html", OLD);
            put(&place, kind, name);
            for command in ["lint m", "rewrite m --check", "test m", "test m --unreferenced delete"] {
                let ran = bounded(&place, command);
                // `.git` is read if it is a file.
                if kind == "6 GB" || !name.ends_with("/.git") {
                    ran.code(2).says(name).says("the folder was skipped");
                }
            }
            if name.starts_with("m/sub") && (kind == "6 GB" || !name.ends_with("/.git")) {
                let ran = bounded(&place, "rewrite m --check");
                assert_eq!(ran.text(), "m/a.html\n", "the others are looked at");
            }
        }
        let place = Place::new();
        place.write("psalink.yaml", SETTINGS).write("m/a.html", OLD).write("m/sub/b.html", OLD);
        put(&place, kind, "m/sub/index.html");
        bounded(&place, "lint m --select all").code(2).says("m/sub/index.html");
        put(&place, kind, "out/index.html");
        bounded(&place, "preview m/a.html -o out/").code(2).says("this folder contains other files");
    }
    // Good files still count.
    let place = Place::new();
    place.write("m/.gitignore", "b.html\n").write("m/a.html", OLD).write("m/b.html", OLD).write("m/c/.ignore", "*\n");
    place.write("m/c/d.html", OLD).write("m/e/.gitignore/f.html", OLD);
    let shown = place.run("lint m --show-files").code(0);
    assert_eq!(shown.text(), "m/a.html\n", "{}", shown.err);
}

#[test]
fn settings_and_what_they_name_are_plain_files() {
    for kind in KINDS {
        let new = |settings: &str| {
            let place = Place::new();
            place
                .write("p/psalink.yaml", settings)
                .write("p/m/a.html", OLD)
                .write("p/m/b.html.j2", "{% include '_x.html.j2' %}");
            place
        };
        for (settings, name, commands) in [
            (SETTINGS, "p/psalink.yaml", ["lint p/m", "init p", "lint p/m --config p/psalink.yaml"]),
            (SETTINGS, "p/m/psalink.yaml", ["lint p/m", "preview p/m -o out", "test p/m"]),
            (
                "portal: acme\ndialect: connectwise\nvocabulary: [v.yaml]\n",
                "p/v.yaml",
                ["lint p/m", "test p", "preview p/m -o o"],
            ),
            (
                "portal: acme\ndialect: connectwise\nsamples: s\n",
                "p/s/standard.yaml",
                ["test p", "preview p -o out", "send p --eml out"],
            ),
            (SETTINGS, "p/m/_x.html.j2", ["lint p/m", "rewrite p/m -o out", "preview p/m -o out"]),
        ] {
            let place = new(settings);
            put(&place, kind, name);
            for command in commands {
                // What a user names on the command line may be a pipe.
                if !(kind.contains("pipe") && command.contains("--config")) {
                    let ran = bounded(&place, command).code(2);
                    let is_reported = ran.err.contains(name) || ran.err.contains("is outside the project folder");
                    assert!(is_reported, "{kind} {name} {command}: {}", ran.err);
                }
            }
        }
    }
}

#[test]
fn what_the_command_line_names_is_read_with_a_limit() {
    for kind in KINDS.iter().filter(|kind| !kind.contains("pipe")) {
        let place = Place::new();
        place.write("psalink.yaml", "portal: acme\ndialect: connectwise\nsend: { from: a@msp.example, allow: ['*@msp.example'], smtp: { host: localhost, user: u } }\n");
        place.write("a.html", OLD);
        put(&place, kind, "it.yaml");
        for command in [
            "lint it.yaml",
            "lint a.html --baseline it.yaml",
            "lint a.html --config it.yaml",
            "preview a.html --sample ./it.yaml",
            "tokens import connectwise it.yaml",
            "tokens import autotask it.yaml",
            "send a.html --to a@msp.example --password-file it.yaml",
            "send a.html --to a@msp.example --tls-ca it.yaml",
        ] {
            let ran = bounded(&place, command).code(2).says("it.yaml");
            assert!(
                ["only regular files", "the limit is", "this is too large for a list"]
                    .iter()
                    .any(|part| ran.err.contains(part)),
                "{command}: {}",
                ran.err
            );
        }
        put(&place, kind, "report.html");
        put(&place, kind, "tokens/connectwise.yaml");
        place.write("list.json", "[]");
        if *kind == "6 GB" {
            bounded(&place, "rewrite a.html -o b.html --report report.html").code(2).says("is not a psalink report");
        }
        bounded(&place, "tokens import connectwise list.json").code(2);
    }
    let place = Place::new();
    place.write("a.html", OLD);
    bounded(&place, "lint /dev/zero").code(2).says("`/dev/zero`: could not read the file: it is a device");
    bounded(&place, "lint - < /dev/zero").code(2).says("it is larger than 16 MB, which is the limit; use `--max-size`");
    bounded(&place, "rewrite /dev/stdin --portal acme < /dev/zero").code(2).says("it is a device");
    for command in ["lint a.html --config /dev/null --dialect connectwise", "rewrite /dev/null"] {
        bounded(&place, command).code(0);
    }
}

#[test]
fn recorded_mails_are_plain_files() {
    for kind in KINDS {
        for name in [
            "m/snapshots/a.connectwise.standard.snap",
            "m/a.connectwise.standard.snap",
            "m/snapshots/a.connectwise.standard.snap.new",
            "m/snapshots/gone.connectwise.standard.snap",
        ] {
            let place = Place::new();
            place.write("psalink.yaml", SETTINGS).write("m/a.html", OLD);
            put(&place, kind, name);
            for command in ["test m", "test m --unreferenced delete", "test m --accept"] {
                bounded(&place, command);
            }
        }
    }
}

#[test]
fn the_workbench_answers_whatever_lies_in_its_folder() {
    for kind in KINDS {
        let place = Place::new();
        place
            .write("psalink.yaml", "portal: acme\ndialect: connectwise\nsamples: s\n")
            .write("s/standard.yaml", "ticket.id: 1\n");
        place
            .write("m/a.html", OLD)
            .write("m/c.html", OLD)
            .write("m/d.html.j2", "{% include '_p.html.j2' %}")
            .write("m/f.txt", "[srnumber]");
        for name in [
            "m/b.html",
            "m/c.txt",
            "m/_p.html.j2",
            "m/f.html",
            "s/other.yaml",
            "m/snapshots/a.connectwise.standard.snap",
            "m/sub/.gitignore",
            "m/sub2/index.html",
        ] {
            put(&place, kind, name);
        }
        let served = Served::start(&place, "m");
        let start = Instant::now();
        let rows = served.get("/api/project").is(200).json()["templates"].clone();
        assert!(
            rows.as_array().unwrap().iter().any(|row| row["path"] == "m/a.html" && row["problem"].is_null()),
            "{rows}"
        );
        for path in ["m/a.html", "m/b.html", "m/c.html", "m/d.html.j2", "m/f.txt", "m/f.html"] {
            for sample in ["standard", "other"] {
                let view = json!({ "path": path, "sample": sample });
                for route in ["template", "accept", "send"] {
                    assert!(served.post(route, &view).status < 500, "{kind} {path} {route}");
                }
            }
        }
        let reply = served.post("template", &json!({ "path": "m/c.html" })).is(200).json();
        assert!(reply["problem"]["file"] == "m/c.txt" && reply["files"].as_array().is_some(), "{reply}");
        assert!(start.elapsed() < Duration::from_secs(40), "{kind}: {:?}", start.elapsed());
    }
}

#[test]
fn the_size_of_a_template_has_a_limit_that_can_be_set() {
    let place = Place::new();
    place.write("a.html", OLD.repeat(100)).write("b.html", OLD).write("c.html", OLD).write("c.txt", "x".repeat(3000));
    let large =
        format!("`a.html`: could not read the file: it is {} bytes, and the limit is 2000 bytes", OLD.len() * 100);
    for command in [
        "lint",
        "rewrite --check --portal acme",
        "preview -o out --portal acme",
        "test",
        "send --eml mails --portal acme",
        "translate --to autotask --diff",
    ] {
        let ran = bounded(&place, &format!("{command} a.html b.html --dialect connectwise --max-size 2000")).code(2);
        assert!(
            ran.err.contains(&large) && ran.err.contains("use `--max-size 1M` to read it anyway"),
            "{command}: {}",
            ran.err
        );
        let ran = bounded(&place, &format!("{command} a.html b.html --dialect connectwise --max-size 10K"));
        assert!(!ran.err.contains("the limit is"), "{command}: {}", ran.err);
    }
    bounded(&place, "preview c.html -o out2 --portal acme --dialect connectwise --max-size 2K").code(2).says("c.txt");
    for (size, says) in [("0", "limit of 0"), ("5G", "largest size is 1G"), ("x", "use a size such as 16M")] {
        bounded(&place, &format!("lint b.html --max-size {size}")).code(2).says(says);
    }
    place.write("m/a.html", OLD.repeat(100)).write("m/b.html", OLD);
    let served = Served::start(&place, "m --max-size 2K --dialect connectwise");
    let rows = served.get("/api/project").is(200).json()["templates"].clone();
    assert!(
        rows[0]["problem"].as_str().unwrap().contains("the limit is 2048 bytes") && rows[1]["errors"].is_u64(),
        "{rows}"
    );
}

#[test]
fn pipes_that_are_named_are_read() {
    let place = Place::new();
    place.write("psalink.yaml", SETTINGS).write("s.yaml", "ticket.id: 4711\n").write("a.html", OLD);
    let program = env!("CARGO_BIN_EXE_psalink");
    for (script, part) in [
        (format!("{program} rewrite --bare all <(cat a.html)"), "deskdirector.com/portal"),
        (
            format!("{program} rewrite --isolated --portal acme --dialect connectwise <(cat a.html)"),
            "deskdirector.com/portal",
        ),
        (format!("cat a.html | {program} rewrite /dev/stdin"), "deskdirector.com/portal"),
        (format!("(cat a.html; sleep 1; echo more) | {program} rewrite -"), "more"),
        (format!("{program} rewrite - < a.html"), "deskdirector.com/portal"),
        (format!("{program} preview a.html --sample <(cat s.yaml)"), "4711"),
        (format!("{program} rewrite a.html --config <(echo 'portal: other')"), "other.deskdirector.com"),
        (format!("mkfifo f; cat a.html > f & {program} rewrite f"), "deskdirector.com/portal"),
    ] {
        let mut command = Command::new("bash");
        command.args(["-c", &script]).current_dir(place.path("")).stdin(Stdio::null());
        let ran = run(command, b"").code(0);
        assert!(ran.text().contains(part), "{script}: {ran:?}");
    }
    let mut command = Command::new("bash");
    command.args(["-c", &format!("{program} test <(cat a.html)")]).current_dir(place.path(""));
    run(command, b"").code(2).says("a message from a pipe cannot be recorded");
}

#[test]
fn every_file_is_opened_in_one_place() {
    fn visit(folder: &std::path::Path, found: &mut Vec<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                visit(&path, found);
                continue;
            }
            let is_test = path.file_name().is_some_and(|name| name == "tests.rs");
            if path.extension().is_none_or(|ending| ending != "rs")
                || is_test
                || path.ends_with("src/source/plain_file.rs")
            {
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]").next().unwrap();
            for (number, line) in code
                .lines()
                .enumerate()
                .filter(|(_, line)| !line.trim_start().starts_with("//") && !line.contains("folder_of("))
            {
                let opens =
                    ["fs::read(", "fs::read_to_string(", "File::open(", ".read(true)", "fs::copy(", "OpenOptions"];
                if opens.iter().any(|open| line.replace("plain_file::read", "").contains(open)) {
                    found.push(format!("{}:{}: {}", path.display(), number + 1, line.trim()));
                }
            }
        }
    }
    let mut found = Vec::new();
    visit(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    assert!(found.is_empty(), "open files by `plain_file` or `Reading`:\n{}", found.join("\n"));
}

#[test]
fn a_link_that_is_turned_around_shows_nothing_from_outside() {
    const SECRET: &str = "SECRET-91c2";
    let place = Place::new();
    place
        .write("psalink.yaml", SETTINGS)
        .write("m/other.html", "<p>[srnumber] fine</p>")
        .write("out/x.html", format!("<p>{SECRET}"));
    place
        .write("m/good/x.html", "<p>[srnumber] fine</p>")
        .write("m/a.html", "<p>[srnumber]</p>")
        .write("m/a.txt", "fine");
    let served = Served::start(&place, "m");
    let is_over = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut turn = 0;
            while !is_over.load(std::sync::atomic::Ordering::Relaxed) {
                turn += 1;
                for (name, inside) in [("m/x.html", "m/other.html"), ("m/a.txt", "m/other.html")] {
                    let to = if turn % 2 == 0 { inside } else { "out/x.html" };
                    let new = place.path("m/.new");
                    let _ = fs::remove_file(&new);
                    symlink(place.path(to), &new).unwrap();
                    fs::rename(&new, place.path(name)).unwrap();
                }
            }
        });
        let end = Instant::now() + Duration::from_secs(4);
        let (mut asked, mut answered) = (0, 0);
        while Instant::now() < end || answered == 0 && asked < 5000 {
            for path in ["m/x.html", "m/a.html"] {
                let answer = served.post("template", &json!({ "path": path }));
                asked += 1;
                answered += usize::from(answer.status == 200 && answer.text().contains("fine"));
                if answer.text().contains(SECRET) {
                    is_over.store(true, std::sync::atomic::Ordering::Relaxed);
                    panic!("after {asked}: {}", answer.text());
                }
            }
        }
        is_over.store(true, std::sync::atomic::Ordering::Relaxed);
        assert!(answered > 0);
    });
    assert_eq!(place.read("out/x.html"), format!("<p>{SECRET}"));
}
