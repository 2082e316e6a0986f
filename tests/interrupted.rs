//! Runs that end early or overlap with others: nothing is half-written, nothing is lost, nothing is left behind.

#![allow(clippy::print_stderr)] // prints what is skipped, and what was measured

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime};

use serde_json::json;

use crate::backup::runs;
use crate::cli::{NEW, OLD, Place, run};
use crate::serve::Served;

/// Whether the environment asks for tests that take minutes.
fn is_long() -> bool {
    std::env::var_os("PSALINK_LONG_TESTS").is_some()
}

fn temporary(place: &Place) -> Vec<String> {
    let is_temporary = |name: &String| Path::new(name).file_name().unwrap().to_string_lossy().starts_with(".psalink-");
    place.files().into_iter().filter(is_temporary).collect()
}

#[test]
fn a_killed_run_leaves_whole_files_whole_backups_and_nothing_after_the_next() {
    let (rounds, files) = if is_long() { (60, 5_000) } else { (8, 400) };
    let place = Place::new();
    let (old, new) =
        (format!("{OLD}{}", "<p>Hello</p>\n".repeat(300)), format!("{NEW}{}", "<p>Hello</p>\n".repeat(300)));
    let name = |number: usize| format!("m/{}/{number}.html", number % 7);
    let (mut in_the_middle, mut left) = (0, 0);
    let mut took = None;
    for round in 0..rounds {
        for number in 0..files {
            place.write(&name(number), &old);
        }
        // Waiting for a quiet file would take most of the run.
        std::thread::sleep(Duration::from_millis(60));
        let mut command = place.command();
        command.args(["rewrite", "m", "-w", "--portal", "acme", "--backup", "old", "--jobs", "2"]);
        let start = Instant::now();
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        match took {
            // The first run is killed when one file is new; that duration tells when to kill the others.
            None => {
                while fs::read(place.path(&name(files / 2))).unwrap().len() == old.len()
                    && child.try_wait().unwrap().is_none()
                {
                    std::thread::sleep(Duration::from_micros(300));
                }
                took = Some(start.elapsed() * 2);
            }
            Some(took) => std::thread::sleep(took * (round + 1) / (rounds + 1)),
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let backups = runs(&place, "old");
        let mut changed = 0;
        for number in 0..files {
            let content = place.read(&name(number));
            assert!(content == old || content == new, "{} is neither old nor new", name(number));
            if content == new {
                changed += 1;
                let kept = format!("{}/{}", backups.last().unwrap(), &name(number)[2..]);
                assert_eq!(place.read(&kept), old, "{kept}");
            }
        }
        in_the_middle += usize::from(changed > 0 && changed < files);
        left += temporary(&place).len();
        place.run("rewrite m -w --portal acme --backup old").code(0);
        assert_eq!(temporary(&place), [""; 0]);
        let _ = fs::remove_dir_all(place.path("old")); // there is none if no run got that far
    }
    eprintln!("killed in the middle: {in_the_middle} of {rounds}; left and cleaned up: {left}");
    assert!(in_the_middle > 0, "no run was killed in the middle");
    place.run("rewrite m --check --portal acme").code(0).prints("");
}

#[test]
fn every_command_that_writes_removes_what_an_interrupted_run_left() {
    let place = Place::new();
    let settings = "portal: acme\ndialect: connectwise\nsend: { allow: ['*@msp.example'] }\n";
    place.write("psalink.yaml", settings).write("tokens.json", r#"[{"token":"[srnumber]"}]"#);
    for (args, folder) in [
        ("rewrite m -w", "m"),
        ("rewrite m -w --backup old", "m"),
        ("rewrite m -o out", "out"),
        ("rewrite m/a.html -o out/a.html", "out"),
        ("rewrite m --check --report out/links.md", "out"),
        ("translate m --to autotask -w", "m"),
        ("translate m --to autotask -o out", "out"),
        ("lint m --fix", "m"),
        ("lint m --add-allow", "m"),
        ("lint m --output-file out/report.txt", "out"),
        ("lint m --baseline out/b.json --write-baseline", "out"),
        ("preview m/a.html -o out/a.html", "out"),
        ("test m", "m/snapshots"),
        ("test m --accept", "m/snapshots"),
        ("init new --portal acme --dialect connectwise", "new"),
        ("tokens import connectwise tokens.json -o out/tokens.yaml", "out"),
        ("send m --eml out --to me@msp.example --from me@msp.example", "out"),
        ("man out", "out"),
    ] {
        place.write("m/a.html", format!("{OLD}<p>[SRNumber]</p>\n"));
        let at = |name: &str| format!("{folder}/{name}");
        for name in
            [".psalink-aB3dE9", ".psalink-new123", ".psalink-notes.html", ".psalink-xYz012.part", "x.psalink-aB3dE9"]
        {
            place.write(&at(name), "left");
        }
        let old = SystemTime::now() - Duration::from_secs(90_000);
        for name in [".psalink-aB3dE9", ".psalink-notes.html", "x.psalink-aB3dE9"] {
            fs::File::options().write(true).open(place.path(&at(name))).unwrap().set_modified(old).unwrap();
        }
        // A living run locks what it writes.
        place.write(&at(".psalink-Living.part"), "half");
        let held = fs::File::open(place.path(&at(".psalink-Living.part"))).unwrap();
        held.lock().unwrap();
        let ran = place.run(args);
        let ran = ran.says("removed 2 files left over from an interrupted run: `").says(&at(".psalink-aB3dE9"));
        let gone = [".psalink-aB3dE9", ".psalink-xYz012.part"].map(|name| place.exists(&at(name)));
        assert_eq!(gone, [false; 2], "{args}: {}", ran.err);
        for name in [".psalink-new123", ".psalink-notes.html", "x.psalink-aB3dE9", ".psalink-Living.part"] {
            assert!(place.exists(&at(name)), "{args}: {name}");
        }
        drop(held);
        for folder in ["m", "out", "new", "old"] {
            let _ = fs::remove_dir_all(place.path(folder));
        }
    }
    // A run that writes nothing removes nothing.
    place.write("m/a.html", OLD).write("m/.psalink-xYz012.part", "left");
    for args in ["rewrite m --check", "rewrite m --diff", "lint m", "lint m --diff", "preview m/a.html"] {
        place.run(args);
        assert!(place.exists("m/.psalink-xYz012.part"), "{args}");
    }
    let _served = Served::start(&place, "m");
    let until = Instant::now() + Duration::from_secs(20);
    while place.exists("m/.psalink-xYz012.part") && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(10));
    }
    assert!(!place.exists("m/.psalink-xYz012.part"));
}

#[cfg(unix)]
#[test]
fn what_is_not_certainly_ours_is_reported_and_left() {
    use std::os::unix::fs::{MetadataExt, chown, symlink};
    let place = Place::new();
    place.write("m/a.html", OLD).write("m/real", "mine").write("m/.psalink-Linked.part", "mine");
    symlink("real", place.path("m/.psalink-Symbol.part")).unwrap();
    fs::create_dir(place.path("m/.psalink-Folder.part")).unwrap();
    fs::hard_link(place.path("m/.psalink-Linked.part"), place.path("m/other")).unwrap();
    let is_root = fs::metadata("/proc/self").unwrap().uid() == 0;
    if is_root {
        place.write("m/.psalink-Theirs.part", "theirs");
        let old = SystemTime::now() - Duration::from_secs(90_000);
        fs::File::options().write(true).open(place.path("m/.psalink-Theirs.part")).unwrap().set_modified(old).unwrap();
        chown(place.path("m/.psalink-Theirs.part"), Some(64_001), Some(64_001)).unwrap();
    }
    let saved = "m/.psalink-Saved0.0123456789abcdef.fedcba9876543210";
    place.write(saved, "saved by an editor");
    let ran =
        place.run("rewrite m -w --portal acme").code(0).says("contains what another program saved in this folder");
    if is_root {
        ran.says("`m/.psalink-Theirs.part` appears to be left over from an interrupted run of another account");
        assert!(place.exists("m/.psalink-Theirs.part"));
    }
    for name in [saved, "m/.psalink-Linked.part", "m/.psalink-Folder.part"] {
        assert!(place.exists(name), "{name}");
    }
    assert!(place.path("m/.psalink-Symbol.part").is_symlink());
}

/// Each of these writes files of more than 512 bytes, which is impossible here.
#[cfg(unix)]
#[test]
fn a_full_disk_leaves_everything_as_it_was() {
    let place = Place::new();
    // Each has its own spelling, so that a list of all findings is long.
    let spelling = |number: usize| -> String {
        let cased = |(at, char): (usize, char)| if number >> at & 1 == 1 { char.to_ascii_uppercase() } else { char };
        "srnumber".chars().enumerate().map(cased).collect()
    };
    let part = |number| format!("{OLD}<p>[{}]</p><img src=\"https://a.example/a.png\">\n", spelling(number));
    let text: String = (1..40).map(part).collect();
    let settings = "portal: acme\ndialect: connectwise\nsend: { allow: ['*@msp.example'] }\n";
    let tokens: Vec<String> = (0..80).map(|number| format!(r#"{{"token":"[own{number}]"}}"#)).collect();
    place.write("psalink.yaml", settings).write("m/a.html", &text).write("m/b.html", "<p>[SRNumber]</p>\n".repeat(80));
    place.write("tokens.json", format!("[{}]", tokens.join(","))).write("old.json", "{}");
    place.run("test m --accept").code(0);
    place.write("m/a.html", format!("{text}<p>More</p>\n"));
    let state = || -> BTreeMap<String, Vec<u8>> {
        place
            .files()
            .into_iter()
            .filter(|name| !name.starts_with("pages/"))
            .map(|name| (name.clone(), place.bytes(&name)))
            .collect()
    };
    for args in [
        "rewrite m -w",
        "rewrite m -w --backup kept",
        "rewrite m -o out",
        "rewrite m/a.html -o old.json",
        "rewrite m --check --report links.html",
        "translate m --to autotask -w",
        "translate m --to autotask -o out",
        "lint m --fix",
        "lint m --unsafe-fixes",
        "lint m --add-allow --select all",
        "lint m --output-file old.json",
        "lint m --baseline old.json --write-baseline",
        "preview m/a.html -o seen.html",
        "preview m -o seen",
        "test m",
        "test m --accept",
        "tokens import connectwise tokens.json",
        "init new --portal acme --dialect connectwise",
        "send m --eml mails --to me@msp.example --from me@msp.example",
        "man pages",
    ] {
        let before = state();
        let mut shell = std::process::Command::new("sh");
        let program = env!("CARGO_BIN_EXE_psalink");
        shell.args(["-c", &format!("trap '' XFSZ; ulimit -f 1; exec '{program}' {args}")]).env_remove("CI");
        shell.current_dir(place.path("")).env("XDG_CACHE_HOME", place.cache()).env("HOME", place.path(""));
        let ran = run(shell, b"");
        let says = ran.err.contains("it is larger than this account is allowed to write")
            || ran.err.contains("File too large");
        assert!(ran.code == Some(2) && says, "{args}: {ran:?}");
        let after = state();
        for (name, bytes) in &before {
            assert_eq!(after.get(name), Some(bytes), "{args}: {name}");
        }
        // What is small enough was written; nothing is half-written.
        for (name, bytes) in after.iter().filter(|(name, _)| !before.contains_key(*name)) {
            assert!(bytes.len() <= 512 && !name.contains(".psalink-"), "{args}: {name} {}", bytes.len());
        }
        for folder in ["out", "kept", "seen", "mails", "new", "tokens"] {
            let _ = fs::remove_dir_all(place.path(folder));
        }
    }
}

#[test]
fn two_runs_over_one_folder_lose_nothing() {
    const FILES: usize = 300;
    for round in 0..4 {
        let place = Place::new();
        for number in 0..FILES {
            place.write(&format!("m/{number}.html"), OLD);
        }
        let start = |args: &str| {
            let mut command = place.command();
            command.args(args.split_whitespace());
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
        };
        let other = ["rewrite m", "lint m --fix --select all", "rewrite m/7.html m/8.html", "rewrite ."][round];
        let other = if other.starts_with("rewrite") { format!("{other} -w") } else { other.to_owned() };
        let both = [start("rewrite m -w --portal acme --backup old"), start(&format!("{other} --portal acme"))];
        let both = both.map(|child| child.wait_with_output().unwrap());
        for ran in &both {
            let err = String::from_utf8_lossy(&ran.stderr);
            let is_refused = ran.status.code() == Some(2) && err.contains("another psalink is changing files here");
            assert!(is_refused || matches!(ran.status.code(), Some(0 | 1)), "{err}");
        }
        place.run("rewrite m -w --portal acme").code(0);
        for number in 0..FILES {
            assert_eq!(place.read(&format!("m/{number}.html")), NEW);
        }
        assert_eq!(temporary(&place), [""; 0]);
    }
}

#[test]
fn a_run_ends_with_a_message_where_another_is_at_work() {
    let place = Place::new();
    place.write("m/a.html", OLD).write("n/a.html", OLD);
    place.run("rewrite n -w --portal acme").code(0);
    let locks = place.cache().join("psalink/locks");
    if !locks.is_dir() {
        eprintln!("left out: the folder for caches is another one here");
        return;
    }
    let held: Vec<fs::File> =
        fs::read_dir(&locks).unwrap().map(|entry| fs::File::open(entry.unwrap().path()).unwrap()).collect();
    held.iter().for_each(|file| file.lock().unwrap());
    for args in ["rewrite m -w", "lint m --fix", "rewrite m -o out", "preview m -o seen", "lint m --write-baseline"] {
        let ran = place.run(&format!("{args} --portal acme")).code(2);
        ran.says("another psalink is changing files here, so nothing was changed; wait until it finishes");
    }
    // A run that changes nothing waits for no one.
    place.run("rewrite m --check --portal acme").code(1).prints("m/a.html\n");
    assert_eq!(place.files(), ["m/a.html", "n/a.html"]);
    drop(held);
    place.run("rewrite m -w --portal acme").code(0);
}

#[cfg(unix)]
#[test]
fn without_a_folder_for_locks_a_run_says_so_and_continues() {
    let place = Place::new();
    place.write("m/a.html", OLD).write("cache", "a file");
    let mut command = place.command();
    command.args(["rewrite", "m", "-w", "--portal", "acme"]).env("XDG_CACHE_HOME", place.path("cache"));
    run(command, b"").code(0).says("cannot be used for locks").says("psalink cannot prevent two runs at once");
    assert_eq!(place.read("m/a.html"), NEW);
}

/// An editor that saves again and again, in either of the ways that editors use, while runs change the same file.
#[test]
fn no_save_of_an_editor_is_lost_beside_runs() {
    let saves: u64 = if is_long() { 5_000 } else { 200 };
    for renames in [true, false] {
        let place = Place::new();
        place.write("m/a.html", "<p>save 0 [SRNumber]</p>\n");
        let is_over = AtomicBool::new(false);
        let (changed, refused) = std::thread::scope(|scope| {
            let edit = scope.spawn(|| {
                let path = place.path("m/a.html");
                for number in 1..=saves {
                    let text = format!("<p>save {number} [SRNumber]</p>\n");
                    if renames {
                        fs::write(place.path("m/a.new"), &text).unwrap();
                        fs::rename(place.path("m/a.new"), &path).unwrap();
                    } else {
                        fs::write(&path, &text).unwrap();
                    }
                    std::thread::sleep(Duration::from_micros(number % 7 * 15_000));
                    let mark = format!("<p>save {number} ");
                    let is_there = || fs::read_to_string(&path).is_ok_and(|now| now.starts_with(&mark));
                    let until = Instant::now() + Duration::from_secs(5);
                    while !is_there() {
                        assert!(Instant::now() < until, "save {number} is lost: {:?}", fs::read_to_string(&path));
                        std::thread::yield_now();
                    }
                }
                is_over.store(true, Ordering::Relaxed);
            });
            let (mut changed, mut refused) = (0, 0);
            while !is_over.load(Ordering::Relaxed) && !edit.is_finished() {
                let ran = place.run("lint m --fix --dialect connectwise");
                changed += usize::from(ran.err.contains(" fixed in "));
                refused += usize::from(ran.err.contains("has changed in the meantime"));
            }
            edit.join().unwrap();
            (changed, refused)
        });
        eprintln!("renames: {renames}, saves: {saves}, runs that changed the file: {changed}, that left it: {refused}");
        assert!(changed > 0);
    }
}

#[test]
fn of_two_fixes_at_once_one_is_made_and_the_other_refused() {
    let rounds = if is_long() { 200 } else { 25 };
    let place = Place::new();
    place.write("psalink.yaml", "portal: acme\ndialect: connectwise\n").write("m/a.html", "");
    let served = Served::start(&place, "m");
    for round in 0..rounds {
        let text = format!("<p>{round} [[srnumber]] [[srnumber]]</p>\n");
        place.write("m/a.html", &text);
        let reply = served.template("m/a.html");
        let version = reply["files"][0]["hash"].clone();
        let column = text.find("[[").unwrap();
        let ask = |at: usize| {
            let finding = json!({ "rule": "doubled-brackets", "line": 1, "column": at });
            let request = json!({ "path": "m/a.html", "file": "m/a.html", "what": finding, "version": version });
            served.post("fix", &request)
        };
        let mut answers = std::thread::scope(|scope| {
            let both = [column, column + 13].map(|at| scope.spawn(move || ask(at)));
            both.map(|thread| thread.join().unwrap().status)
        });
        answers.sort_unstable();
        assert_eq!(answers, [200, 409], "round {round}: {}", place.read("m/a.html"));
        assert_eq!(place.read("m/a.html").matches("[[").count(), 1, "exactly one was made");
    }
    assert_eq!(temporary(&place), [""; 0]);
}
