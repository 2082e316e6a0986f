//! The program as people run it: input, output, messages, and the exit code.

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// A separate folder for one test, in which the program is run.
pub struct Place {
    folder: PathBuf,
}

/// The result of a run.
#[derive(Debug)]
pub struct Ran {
    pub code: Option<i32>,
    pub out: Vec<u8>,
    pub err: String,
}

impl Place {
    pub fn new() -> Place {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("psalink-test-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(name);
        fs::create_dir_all(&folder).unwrap();
        // Left by a test with the same number that was stopped.
        let _ = fs::remove_dir_all(folder.with_extension("cache"));
        Place { folder: folder.canonicalize().unwrap() }
    }

    /// A folder in it, to run the program in. It is part of this place, so it must be forgotten, not dropped.
    pub fn at(&self, name: &str) -> Place {
        Place { folder: self.folder.join(name).canonicalize().unwrap() }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> &Place {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        self
    }

    pub fn read(&self, name: &str) -> String {
        String::from_utf8(self.bytes(name)).unwrap()
    }

    pub fn bytes(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    pub fn exists(&self, name: &str) -> bool {
        self.path(name).exists()
    }

    /// Every file in the folder, sorted.
    pub fn files(&self) -> Vec<String> {
        fn visit(folder: &Path, root: &Path, files: &mut Vec<String>) {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() && !path.is_symlink() {
                    visit(&path, root, files);
                } else {
                    files.push(path.strip_prefix(root).unwrap().to_string_lossy().into_owned());
                }
            }
        }
        let mut files = Vec::new();
        visit(&self.folder, &self.folder, &mut files);
        files.sort();
        files
    }

    pub fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_psalink"));
        command.current_dir(&self.folder).env("HOME", &self.folder).env_remove("XDG_CONFIG_HOME");
        // Locks must not be among the files of a test.
        command.env("XDG_CACHE_HOME", self.cache());
        for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "CI", "DISPLAY", "WAYLAND_DISPLAY"] {
            command.env_remove(name);
        }
        command
    }

    /// The cache folder, which no list of files includes.
    pub fn cache(&self) -> PathBuf {
        self.folder.with_extension("cache")
    }

    /// Runs the program; words are separated by spaces.
    pub fn run(&self, args: &str) -> Ran {
        self.run_with(args, b"")
    }

    pub fn run_with(&self, args: &str, stdin: &[u8]) -> Ran {
        let mut command = self.command();
        command.args(args.split_whitespace());
        run(command, stdin)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
        let _ = fs::remove_dir_all(self.cache());
    }
}

/// Runs a command to its end; the time limit only keeps a broken build from hanging.
pub fn run(mut command: Command, stdin: &[u8]) -> Ran {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (mut to, mut from, mut errors) =
        (child.stdin.take().unwrap(), child.stdout.take().unwrap(), child.stderr.take().unwrap());
    std::thread::scope(|scope| {
        scope.spawn(move || {
            let _ = to.write_all(stdin); // a program that reads nothing closes the pipe
        });
        let err = scope.spawn(move || {
            let mut bytes = Vec::new();
            errors.read_to_end(&mut bytes).unwrap();
            bytes
        });
        let out = scope.spawn(move || {
            let mut bytes = Vec::new();
            from.read_to_end(&mut bytes).unwrap();
            bytes
        });
        let start = Instant::now();
        let status = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            if start.elapsed() > Duration::from_secs(120) {
                child.kill().unwrap();
            }
            std::thread::sleep(Duration::from_millis(1));
        };
        let err = String::from_utf8_lossy(&err.join().unwrap()).into_owned();
        Ran { code: status.code(), out: out.join().unwrap(), err }
    })
}

impl Ran {
    /// Standard output as text.
    pub fn text(&self) -> String {
        String::from_utf8(self.out.clone()).unwrap()
    }

    #[track_caller]
    pub fn code(self, code: i32) -> Ran {
        assert_eq!(self.code, Some(code), "{}\n{}", String::from_utf8_lossy(&self.out), self.err);
        self
    }

    #[track_caller]
    pub fn says(self, part: &str) -> Ran {
        assert!(self.err.contains(part), "should say: {part}\n{}", self.err);
        self
    }

    #[track_caller]
    pub fn prints(self, text: &str) -> Ran {
        assert_eq!(self.text(), text, "{}", self.err);
        self
    }
}

pub const OLD: &str = "<p>Ticket [srnumber] is open</p>\n";
pub const NEW: &str = "<p>Ticket <a href=\"https://acme.deskdirector.com/portal/deeplink?name=ticket&amp;\
                       ticket_id=[srnumber]\">[srnumber]</a> is open</p>\n";
const LAST: &str = "<p>[srnumber] <a href=\"https://acme.deskdirector.com/portal/deeplink?name=ticket&amp;\
                    ticket_id=[srnumber]\">Open</a></p>\n";

#[test]
fn one_file_goes_to_the_standard_output() {
    let place = Place::new();
    place.write("a.html", OLD);
    place
        .run("rewrite a.html --portal acme")
        .code(0)
        .prints(NEW)
        .says("1 file read, 1 changed: 1 ticket number linked\n");
    assert_eq!(place.read("a.html"), OLD);
}

#[test]
fn a_name_with_brackets_is_a_name() {
    let place = Place::new();
    place.write("Update [srnumber].html", OLD).write("Update s.html", LAST);
    let mut command = place.command();
    command.args(["rewrite", "--portal", "acme", "Update [srnumber].html"]);
    run(command, b"").code(0).prints(NEW);
}

#[test]
fn patterns_find_files() {
    let place = Place::new();
    place
        .write("m/a.html", OLD)
        .write("m/b.HTM", OLD)
        .write("m/c.txt", "x")
        .write("m/d.eml", OLD)
        .write("m/n/e.html", OLD);
    let check = |pattern: &str| place.run(&format!("rewrite --check --portal acme {pattern}")).text();
    assert_eq!(check("m/*.html"), "m/a.html\n");
    assert_eq!(check("m/*.eml"), "m/d.eml\n");
    assert_eq!(check("m/**/*.html"), "m/a.html\nm/n/e.html\n");
    assert_eq!(check("m/[ab].*"), "m/a.html\nm/b.HTM\n");
    assert_eq!(
        check("m/*"),
        "m/a.html\nm/b.HTM\nm/n/e.html\n",
        "a folder that fits is walked; other files are not asked for"
    );
    place.run("rewrite m/*.htm -o out --portal acme").code(2).says("no template matches it");
    place.run("rewrite m/**/*.html -o out --portal acme").code(0);
    assert_eq!((place.read("out/a.html"), place.read("out/n/e.html")), (NEW.into(), NEW.into()));
}

#[test]
fn the_standard_input_is_html_unless_its_name_says_otherwise() {
    let place = Place::new();
    place.write("auto/psalink.yaml", "portal: other\ndialect: autotask\n");
    place.run_with("rewrite - --portal acme", OLD.as_bytes()).code(0).prints(NEW);
    place.run_with("rewrite - --portal acme --stdin-filename a.txt", OLD.as_bytes()).code(0).prints(OLD);
    let ran = place.run_with("rewrite - --stdin-filename auto/new.html", b"[dd:ticket text=x]");
    let link =
        "<a href=\"https://other.deskdirector.com/portal/deeplink?name=ticket&amp;ticket_id=[Ticket: ID]\">x</a>";
    ran.code(0).prints(link);
    place
        .run_with("rewrite - --portal acme --dialect connectwise --stdin-filename auto/x.html", b"\n[dd:tikcet]")
        .code(1)
        .says("auto/x.html:2:");
    place.run_with("rewrite - --check --portal acme", OLD.as_bytes()).code(1).prints("<stdin>\n");
    place.run_with("rewrite - -w --portal acme", OLD.as_bytes()).code(2).says("cannot be changed in place");
    place.run_with("rewrite - -o out/ --portal acme", OLD.as_bytes()).code(2).says("--stdin-filename");
    place.run_with("rewrite - -o out/ --portal acme --stdin-filename q/n.html", OLD.as_bytes()).code(0);
    assert_eq!(place.read("out/n.html"), NEW);
}

#[test]
fn a_folder_is_shown_as_a_diff_and_left_alone() {
    let place = Place::new();
    place.write("m/a.html", OLD).write("m/b.html", "<p>Hello</p>\n");
    let diff = format!("--- a/m/a.html\n+++ b/m/a.html\n@@ -1 +1 @@\n-{OLD}+{NEW}");
    place
        .run("rewrite m --portal acme")
        .code(1)
        .prints(&diff)
        .says("nothing was written; use `-o DIR`")
        .says("2 files read, 1 would change: 1 ticket number to link\n");
    place.run("rewrite m --portal acme --diff").code(1).prints(&diff);
    let ran = place.run("rewrite m/a.html m/b.html --portal acme").code(1).prints(&diff);
    assert!(ran.err.contains("-o DIR"));
    assert_eq!(place.read("m/a.html"), OLD);
    place.run("rewrite m/a.html --diff --portal acme").code(1).prints(&diff);
    place.run("rewrite m/b.html --diff --portal acme").code(0).prints("").says("1 file read, nothing to change\n");
}

#[test]
fn check_lists_what_would_change() {
    let place = Place::new();
    place.write("m/b.html", OLD).write("m/a.html", OLD).write("m/c.html", NEW);
    place.run("rewrite m --check --portal acme").code(1).prints("m/a.html\nm/b.html\n");
    place.run("rewrite m/c.html --check --portal acme").code(0).prints("");
    assert_eq!(place.files(), ["m/a.html", "m/b.html", "m/c.html"]);
}

#[test]
fn a_folder_is_mirrored() {
    let place = Place::new();
    let latin = b"<meta charset=windows-1252>\r\n\xE9 <p>Hello\0";
    place
        .write("m/a.html", OLD)
        .write("m/n/b.html", latin)
        .write("m/n/c.subject.txt", "[srnumber]")
        .write("m/x.pdf", "x");
    place.run("rewrite m -o out --portal acme").code(0).says("3 files written to `out`");
    assert_eq!(place.read("out/a.html"), NEW);
    assert_eq!(place.bytes("out/n/b.html"), latin);
    assert_eq!(place.read("out/n/c.subject.txt"), "[srnumber]");
    assert!(!place.exists("out/x.pdf"));
    place.run("rewrite m/n/../a.html -o out2/ --portal acme").code(0);
    place.run("rewrite m/a.html -o result.html --portal acme").code(0);
    assert_eq!((place.read("out2/a.html"), place.read("result.html")), (NEW.into(), NEW.into()));
    fs::create_dir(place.path("there")).unwrap();
    place.run("rewrite m/a.html -o there --portal acme").code(0);
    assert_eq!(place.read("there/a.html"), NEW);
    place.run("rewrite m -o result.html --portal acme").code(2).says("`result.html`: this is a file");
}

#[test]
fn settings_on_top_become_companions() {
    let place = Place::new();
    let front = "---\nsubject: Ticket #[srnumber]: [company]\ntext: |\n  See [dd:ticket_list as=url]\n  é\n---\n";
    let allow = "<!-- psalink: allow unknown-placeholder -->\n";
    place.write("m/a.html", format!("{front}{allow}{OLD}"));
    let text = "See https://acme.deskdirector.com/portal/deeplink?name=ticket_list\né\n";
    place.run("rewrite m -o out --portal acme --dialect connectwise").code(0).says("3 files written");
    assert_eq!(place.files().iter().filter(|name| name.starts_with("out")).count(), 3);
    assert_eq!(place.read("out/a.html"), NEW);
    assert_eq!(place.read("out/a.subject.txt"), "Ticket #[srnumber]: [company]");
    assert_eq!(place.read("out/a.txt"), text);
    place.run("rewrite m/a.html --portal acme").code(0).prints(NEW);
    place.run("rewrite m/a.html --portal acme -o one.html").code(0);
    assert_eq!(place.read("one.txt"), text);
    place.run("rewrite m --portal acme -w").code(0);
    let kept = place.read("m/a.html");
    assert!(kept.starts_with("---\nsubject: Ticket #[srnumber]: [company]\ntext: |\n  See https://"), "{kept}");
    assert!(kept.ends_with(&format!("---\n{allow}{NEW}")), "{kept}");
}

#[test]
fn two_results_never_share_a_file() {
    let place = Place::new();
    place
        .write("m/a.html", format!("---\nsubject: x\n---\n{OLD}"))
        .write("m/a.subject.txt", "y")
        .write("m/b.html", OLD);
    place.run("rewrite m -o out --portal acme").code(2).says("its subject and `m/a.subject.txt` would both be written");
    assert_eq!(place.read("out/b.html"), NEW, "the others go on");
    assert!(!place.exists("out/a.html"));
    assert_eq!(place.read("out/a.subject.txt"), "y");
    place.write("p/a.html", format!("---\nsubject: x\n---\n{OLD}")).write("p/a.htm", "---\nsubject: y\n---\n");
    place.run("rewrite p -o out2 --portal acme").code(2).says("would both be written");
    place.write("q/b.html", OLD);
    place.run("rewrite m/b.html q/b.html -o out3 --portal acme").code(2).says("`m/b.html` and `q/b.html`");
    assert!(!place.exists("out3"));
}

#[test]
fn a_template_is_never_overwritten_by_a_result() {
    let place = Place::new();
    place.write("m/a.html", OLD);
    for args in ["m -o m", "m/a.html -o m", "m/a.html -o m/a.html", "m/a.html -o ./m/../m/a.html"] {
        place.run(&format!("rewrite {args} --portal acme")).code(2).says("one of the templates");
        assert_eq!(place.read("m/a.html"), OLD);
    }
    place.write("m/b.html", format!("---\ntext: |\n  x\n---\n{OLD}")).write("out/b.txt", "mine");
    place.run("rewrite m out/b.txt -o out --portal acme").code(2);
    assert_eq!(place.read("out/b.txt"), "mine");
    place.run("rewrite m --report m/a.html --portal acme -o out9").code(2).says("not a psalink report");
}

#[test]
fn what_psalink_wrote_is_not_taken_for_a_template() {
    let place = Place::new();
    place.write("m/a.html", OLD);
    for _ in 0..2 {
        place.run("rewrite m -o m/out --report m/links.html --portal acme").code(0).says("1 file read, 1 changed");
    }
    assert_eq!(place.files(), ["m/a.html", "m/links.html", "m/out/a.html"]);
    place.write("w/a.html", OLD);
    place.run("rewrite w -w --backup w/old --portal acme").code(0);
    place.run("rewrite w -w --backup w/old --portal acme").code(0).says("1 file read, nothing to change");
}

#[test]
fn in_place_changes_only_what_must_change() {
    let place = Place::new();
    let latin = b"<meta charset=windows-1252>\r\n\xE9[dd:ticket text=x]\r\n[srnumber]";
    place.write("m/a.html", OLD).write("m/b.html", NEW).write("m/c.html", latin);
    let stamp = |name: &str| fs::metadata(place.path(name)).unwrap().modified().unwrap();
    let before = stamp("m/b.html");
    place
        .run("rewrite m --in-place --portal acme")
        .code(0)
        .prints("")
        .says("3 files read, 2 changed: 1 macro expanded, 1 ticket number linked\n");
    assert_eq!(place.read("m/a.html"), NEW);
    assert!(place.bytes("m/c.html").starts_with(b"<meta charset=windows-1252>\r\n\xE9<a href="));
    assert_eq!(stamp("m/b.html"), before);
    let (before, bytes) = ((stamp("m/a.html"), stamp("m/c.html")), place.bytes("m/c.html"));
    place.run("rewrite m -w --portal acme").code(0).says("3 files read, nothing to change\n");
    assert_eq!(((stamp("m/a.html"), stamp("m/c.html")), place.bytes("m/c.html")), (before, bytes));
    assert_eq!(place.files(), ["m/a.html", "m/b.html", "m/c.html"]);
}

#[test]
fn the_report_comes_in_four_forms() {
    let place = Place::new();
    place.write("m/a.html", OLD).write("m/b.html", "<p>[srnumber]</p>\n[dd:tikcet]");
    for (name, expected) in [
        ("links.md", "## m/a.html"),
        ("links.html", "<td"),
        ("links.csv", "path,line,column,outcome,before,after,reason\r\nm/a.html,1,11,expanded,[srnumber],https://acme"),
        ("links.json", "\"version\": 1"),
    ] {
        let ran = place.run(&format!("rewrite m --check --portal acme --report {name}")).code(1);
        assert_eq!(ran.text(), "m/a.html\nm/b.html\n");
        let report = place.read(name);
        assert!(report.contains(expected), "{report}");
        assert!(report.contains("deeplink?name=ticket"), "{report}");
    }
    place.run("rewrite m -w --portal acme --report links.pdf").code(2).says(".md, .html, .csv or .json");
    place
        .run("rewrite m -w --portal acme --report no/links.md")
        .code(2)
        .says("the folder for the report does not exist");
    place.run("rewrite m -w --portal acme --report m.md/").code(2);
    assert_eq!(place.read("m/a.html"), OLD, "checked before any work");
}

#[test]
fn the_report_says_why_a_link_was_corrected_or_is_left() {
    let place = Place::new();
    let link = "https://acme.deskdirector.com/portal/deeplink?name=";
    place.write(
        "a.html",
        format!(
            "<a href=\"{link}tikcet&amp;ticket_id=[srnumber]\">a</a>\n<a href=\"ddportal://ticketid=[srnumber]\">b</a>\n\
             <a href=\"{link}ticket_list\">c</a>\n<p>[dd:tikcet] [dd:ticket actoin=chat|x]</p>\n"
        ),
    );
    for name in ["links.md", "links.html", "links.csv", "links.json"] {
        place.run(&format!("rewrite a.html --check --portal acme --report {name}")).code(1);
        let report = place.read(name);
        for part in ["DeskDirector has no page `tikcet`", "DeskDirector links have no command `tikcet`", "old portal"] {
            assert!(report.contains(part), "{name} should hold {part}: {report}");
        }
    }
    let json: serde_json::Value = serde_json::from_str(&place.read("links.json")).unwrap();
    for link in json["links"].as_array().unwrap() {
        let has_reason = link.get("reason").is_some();
        assert_eq!(has_reason, link["outcome"] == "reported" || link["outcome"] == "corrected", "{link}");
    }
    let rows = place.read("links.md");
    let columns = |row: &str| row.replace("\\|", "").matches('|').count();
    assert!(rows.lines().filter(|line| line.starts_with("| ")).all(|row| columns(row) == 6), "{rows}");
}

#[test]
fn the_report_lists_what_failed() {
    let place = Place::new();
    let shift_jis = b"<meta charset=shift_jis>\x83\x5B<p>[srnumber]</p>".to_vec();
    place.write("m/a.html", OLD).write("m/b.html", "---\naudiense: x\n---\n").write("m/c.html", shift_jis);
    for name in ["links.md", "links.html", "links.csv", "links.json"] {
        place.run(&format!("rewrite m none.html -o out --portal acme --report {name}")).code(2);
        let report = place.read(name);
        assert!(report.matches("failed").count() >= 3, "{report}");
        for part in ["m/b.html", "unknown key `audiense`", "m/c.html", "Shift_JIS", "none.html", "there is no file"] {
            assert!(report.contains(part), "{name} should hold {part}: {report}");
        }
    }
}

#[test]
fn an_encoding_can_be_named() {
    let place = Place::new();
    let utf16: Vec<u8> = OLD.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let new: Vec<u8> = NEW.encode_utf16().flat_map(u16::to_le_bytes).collect();
    place.write("a.html", &utf16).write("b.html", b"\xE9 [dd:ticket text=\"\xE9\"] [srnumber]");
    assert_eq!(place.run("rewrite a.html --portal acme --encoding utf-16le").code(0).out, new);
    let out = place.run("rewrite b.html --portal acme --encoding latin1").code(0).out;
    assert!(out.starts_with(b"\xE9 <a href=") && out.ends_with(b">\xE9</a> [srnumber]"));
    let ran = place
        .run("rewrite a.html b.html --portal acme --encoding latin-2000")
        .code(2)
        .says("not the name of an encoding");
    assert_eq!(ran.err.matches("error").count(), 1, "{}", ran.err);
}

#[test]
fn a_flag_outranks_front_matter_a_path_the_config_and_the_look() {
    let place = Place::new();
    let look = "<p>[srnumber]</p>"; // looks like ConnectWise
    let macro_ = "[dd:ticket as=url]";
    let (connectwise, autotask) = ("ticket_id=[srnumber]", "ticket_id=[Ticket: ID]");
    let dialect_of = |args: &str| {
        let out = place.run(&format!("rewrite {args} --portal acme --bare off")).text();
        match (out.contains(connectwise), out.contains(autotask)) {
            (true, false) => "connectwise",
            (false, true) => "autotask",
            _ => panic!("{out}"),
        }
    };
    place.write("a.html", format!("{look}{macro_}"));
    assert_eq!(dialect_of("a.html"), "connectwise");
    place.write("psalink.yaml", "dialect: autotask\n");
    assert_eq!(dialect_of("a.html"), "autotask");
    assert_eq!(dialect_of("a.html --isolated"), "connectwise");
    place.write("psalink.yaml", "dialect: connectwise\ntemplates:\n  - { path: \"a*\", dialect: connectwise }\n  - { path: a.html, dialect: autotask }\n");
    assert_eq!(dialect_of("a.html"), "autotask", "the later entry wins");
    place.write("a.html", format!("---\ndialect: connectwise\n---\n{look}{macro_}"));
    assert_eq!(dialect_of("a.html"), "connectwise");
    assert_eq!(dialect_of("a.html --dialect autotask"), "autotask");
    place.write("other.yaml", "dialect: autotask\n").write("b.html", macro_);
    assert_eq!(dialect_of("b.html --config other.yaml"), "autotask");
}

#[test]
fn the_nearest_config_holds_and_flags_outrank_it() {
    let place = Place::new();
    place.write("psalink.yaml", "portal: far\n").write("m/n/psalink.yaml", "host: near.example.com\nbare: off\n");
    place.write("m/a.html", OLD).write("m/n/b.html", OLD).write("m/n/o/c.html", "<p>[srnumber]</p>[dd:ticket as=url]");
    place.run("rewrite m -o out").code(0);
    assert!(place.read("out/a.html").contains("//far.deskdirector.com/"));
    assert_eq!(place.read("out/n/b.html"), OLD);
    assert!(place.read("out/n/o/c.html").contains("//near.example.com/"));
    place.run("rewrite m -o out --portal acme --bare all").code(0);
    assert_eq!(place.read("out/n/b.html"), NEW);
    place.run("rewrite m/a.html --host portal.example.com").code(0).says("1 changed");
    place.run("rewrite m -v --check").code(1).says("settings for 1 file: `psalink.yaml`").says("`m/n/psalink.yaml`");
    place
        .run("rewrite m/a.html --client desktop")
        .code(0)
        .prints("<p>Ticket <a href=\"ddportal://name=ticket&amp;ticket_id=[srnumber]\">[srnumber]</a> is open</p>\n");
}

#[test]
fn each_path_has_its_own_terms() {
    let place = Place::new();
    place.write(
        "psalink.yaml",
        "portal: acme\ndialect: autotask\nautotask: { terms: { Ticket: Case } }\ntemplates:\n\
         \x20 - { path: 'uk/**', terms: { Ticket: Job } }\n\
         \x20 - { path: 'uk/old/**', terms: {} }\n\
         \x20 - { path: '**/x.html', audience: internal }\n",
    );
    let link = |token: &str| {
        format!("<a href=\"https://acme.deskdirector.com/portal/deeplink?name=ticket&amp;ticket_id={token}\">x</a>")
    };
    for name in ["a.html", "uk/a.html", "uk/x.html", "uk/old/a.html", "uk/z.html", "z.html"] {
        place.write(name, "[dd:ticket text=x]");
    }
    for jobs in [1, 2] {
        place.run(&format!("rewrite . -o out{jobs} --jobs {jobs}")).code(0);
        for (name, token) in [
            ("a.html", "[Case: ID]"),
            ("uk/a.html", "[Job: ID]"),
            ("uk/x.html", "[Job: ID]"),
            ("uk/old/a.html", "[Ticket: ID]"),
            ("uk/z.html", "[Job: ID]"),
            ("z.html", "[Case: ID]"),
        ] {
            assert_eq!(place.read(&format!("out{jobs}/{name}")), link(token), "{name}");
        }
    }
    // A name that only this path's instance knows is fixed there.
    place.write("uk/b.html", link("%5BJob:%20ID%5D")).write("b.html", link("%5BJob:%20ID%5D"));
    place.run("rewrite uk/b.html b.html -w");
    assert_eq!(place.read("uk/b.html"), link("[Job: ID]"));
    assert_eq!(place.read("b.html"), link("%5BJob:%20ID%5D"));
}

#[test]
fn a_tie_is_an_error_that_says_so() {
    let place = Place::new();
    place.write("a.html", "<p>[srnumber] [Ticket: ID]</p>").write("b.html", OLD).write("c.html", "nothing");
    place.run("rewrite a.html --portal acme").code(2).prints("").says("cannot tell").says("`--dialect connectwise`");
    place.run("rewrite . -o out --portal acme").code(2).says("3 files read, 1 changed").says("1 failed");
    assert_eq!(place.read("out/b.html"), NEW);
    assert!(!place.exists("out/a.html"));
    place.run("rewrite c.html --portal acme").code(0).prints("nothing");
}

#[test]
fn folders_are_walked_as_git_would() {
    let place = Place::new();
    place
        .write(".gitignore", "skipped/\n*.tmp.html\n")
        .write("psalink.yaml", "portal: acme\nexclude: [\"drafts/**\", old]\n")
        .write("a.html", OLD)
        .write("b.tmp.html", OLD)
        .write("skipped/c.html", OLD)
        .write(".hidden/d.html", OLD)
        .write("drafts/e.html", OLD)
        .write("old/deep/f.html", OLD)
        .write("layout.html.j2", OLD)
        .write("layout.txt.j2", OLD);
    place
        .run("rewrite . --check")
        .code(1)
        .prints("a.html\n")
        .says("2 sources (.j2) skipped: they are built into other files; use `-o DIR`");
    place.run("rewrite drafts/e.html --check").code(1).prints("drafts/e.html\n");
    place
        .run("rewrite layout.html.j2 a.html --check")
        .code(2)
        .prints("a.html\n")
        .says("`layout.html.j2`: `--check` tells whether a template would change");
    place.run("rewrite skipped/c.html a.html ./a.html . a.html --check").code(1).prints("skipped/c.html\na.html\n");
}

#[test]
fn two_dialects_give_two_folders() {
    let place = Place::new();
    place.write("m/n/a.html", "---\nsubject: x\n---\n[dd:ticket as=url]\n");
    let ran = place.run("rewrite m -o dist --portal acme --dialect connectwise --dialect autotask").code(0);
    assert_eq!(
        place.files(),
        [
            "dist/autotask/n/a.html",
            "dist/autotask/n/a.subject.txt",
            "dist/connectwise/n/a.html",
            "dist/connectwise/n/a.subject.txt",
            "m/n/a.html"
        ]
    );
    assert!(place.read("dist/autotask/n/a.html").ends_with("ticket_id=[Ticket: ID]\n"));
    assert!(place.read("dist/connectwise/n/a.html").ends_with("ticket_id=[srnumber]\n"));
    ran.says("connectwise: 1 file read, 1 changed").says("2 files written to `dist/autotask`");
    for args in ["m", "m -w", "m --check", "m --diff", "m/n/a.html -o x.html"] {
        place
            .run(&format!("rewrite {args} --portal acme --dialect connectwise --dialect autotask"))
            .code(2)
            .says("two values of `--dialect`");
    }
    place.run("rewrite m -o one --portal acme --dialect autotask --dialect autotask").code(0);
    assert!(place.exists("one/n/a.html"));
}

#[test]
fn colours_only_where_they_are_wanted() {
    let place = Place::new();
    place.write("m/a.html", format!("{OLD}[dd:tikcet]"));
    let colored = |args: &str, no_color: bool| {
        let mut command = place.command();
        command.args(["rewrite", "m", "--portal", "acme"]).args(args.split_whitespace());
        if no_color {
            command.env("NO_COLOR", "1");
        }
        let ran = run(command, b"");
        (ran.out.contains(&0x1B), ran.err.contains('\x1B'))
    };
    assert_eq!(colored("", false), (false, false), "not a terminal");
    assert_eq!(colored("--color always", false), (true, true));
    assert_eq!(colored("--color always", true), (true, true), "a flag outranks the environment");
    assert_eq!(colored("--color auto", true), (false, false));
    assert_eq!(colored("--color never", false), (false, false));
}

#[test]
fn quiet_says_only_what_went_wrong() {
    let place = Place::new();
    place.write("a.html", "<a href=\"ddportal://name=ticket&amp;ticket_id=[srnumber]\">x</a>");
    place.run("rewrite a.html --portal acme").code(1).says("warning[desktop-link-only]").says("1 problem in 1 file");
    let summary = "1 file read, nothing to change; 1 problem in 1 file\n";
    assert_eq!(place.run("rewrite a.html --portal acme -q").code(1).err, summary);
    place.write("c.html", OLD);
    assert_eq!(place.run("rewrite c.html --portal acme -q --check").code(1).err, "");
    place.write("b.html", "[dd:tikcet] [srnumber]");
    place.run("rewrite b.html --portal acme -q").code(1).says("error[unknown-command]");
    place.run("rewrite none.html --portal acme -q").code(2).says("none.html");
    place.run("rewrite b.html --portal acme -q -v").code(2);
}

#[test]
fn notes_do_not_change_the_exit_code() {
    let place = Place::new();
    place.write("a.html", format!("{OLD}<p>[zzqxk]</p>"));
    place.run("rewrite a.html --portal acme").code(0);
}

#[test]
fn many_files_come_in_order() {
    let place = Place::new();
    for number in 0..200 {
        let macro_ = if number % 3 == 0 { "[dd:tikcet]" } else { "" };
        place.write(&format!("m/{number:03}.html"), format!("{OLD}{macro_}"));
    }
    let ran = place.run("rewrite m --check --portal acme --jobs 2").code(1);
    let expected: String = (0..200).map(|number| format!("m/{number:03}.html\n")).collect();
    assert_eq!(ran.text(), expected);
    let places: Vec<&str> = ran.err.lines().filter_map(|line| line.trim_start().strip_prefix("--> ")).collect();
    let wanted: Vec<String> = (0..200).step_by(3).map(|number| format!("m/{number:03}.html:2:5")).collect();
    assert_eq!(places, wanted);
    let summary = "200 files read, 200 would change: 200 ticket numbers to link; 67 problems in 67 files\n";
    assert!(ran.err.contains(summary), "{}", ran.err);
    assert_eq!(place.run("rewrite m --check --portal acme --jobs 1").err, ran.err);
    place.run("rewrite m -w --portal acme --jobs 2 -q").code(1);
    assert!((0..200).all(|number| place.read(&format!("m/{number:03}.html")).starts_with(NEW)));
    assert_eq!(place.files().len(), 200);
}

#[test]
fn the_summary_counts() {
    let place = Place::new();
    place
        .run("rewrite .")
        .code(2)
        .says("error: `.`: no templates found (.html, .htm, .txt, .j2); this folder is empty\n");
    place
        .write("a.html", OLD)
        .write(
            "b.html",
            "<a href=\"http://acme.deskdirector.com/portal/deeplink?name=ticket&amp;ticket_id=%5Bsrnumber%5D\">x</a>",
        )
        .write("c.html", "[dd:tikcet][dd:tikcet][srnumber]");
    place.run("rewrite . -o out --portal acme").code(1).says(
        "3 files read, 3 changed: 2 ticket numbers linked, 1 link corrected; 2 problems in 1 file; 3 files written to `out`\n",
    );
}

#[test]
fn the_other_commands_answer() {
    let place = Place::new();
    place.run("").code(2).says("Usage: psalink");
    place.run("rewrite").code(2).says("psalink rewrite mails --portal acme -o out");
    place.run("--version").code(0).prints(&format!("psalink {}\n", env!("CARGO_PKG_VERSION")));
    place.run("rewrite --bare some x.html").code(2).says("first, all, off");
    place.run("rewrite x.html --portal acme --host a.example").code(2);
    place.run("rewrite x.html --diff --check").code(2);
    place.run("rewrite x.html -w -o y").code(2);
    let schema = place.run("config schema").code(0).text();
    let schema: serde_json::Value = serde_json::from_str(&schema).unwrap();
    assert!(schema["properties"]["portal"].is_object());
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(place.run(&format!("completions {shell}")).code(0).text().contains("unsafe-fixes"));
    }
    let page = place.run("man").code(0).text();
    assert!(page.contains(".TH psalink") && page.contains("psalink man\\fR \\fIDIR\\fR writes"), "{page}");
    place.run("man pages").code(0);
    assert!(place.exists("pages/psalink-rewrite.1"));
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

    use super::*;

    #[test]
    fn permissions_are_kept() {
        let place = Place::new();
        place.write("a.html", OLD).write("b.html", OLD);
        for (name, mode) in [("a.html", 0o640), ("b.html", 0o444)] {
            fs::set_permissions(place.path(name), fs::Permissions::from_mode(mode)).unwrap();
        }
        let mode = |name: &str| fs::metadata(place.path(name)).unwrap().mode() & 0o7777;
        place.run("rewrite a.html b.html -w --portal acme --backup old").code(0);
        assert_eq!((place.read("a.html"), mode("a.html"), mode("b.html")), (NEW.into(), 0o640, 0o444));
        let [old] = crate::backup::runs(&place, "old").try_into().unwrap();
        let kept = |name: &str| mode(&format!("{old}/{name}"));
        assert_eq!((kept("a.html"), kept("b.html")), (0o640, 0o444));
        place.run(&format!("rewrite {old}/a.html -o new/a.html --portal acme")).code(0);
        assert_eq!(mode("new/a.html") & 0o600, 0o600);
        fs::set_permissions(place.path("new/a.html"), fs::Permissions::from_mode(0o604)).unwrap();
        place.run(&format!("rewrite {old}/a.html -o new/a.html --portal acme")).code(0);
        assert_eq!(mode("new/a.html"), 0o604);
    }

    #[test]
    fn a_link_that_is_named_is_followed() {
        let place = Place::new();
        place.write("real/a.html", OLD).write("m/x", "");
        symlink("../real/a.html", place.path("m/a.html")).unwrap();
        place.run("rewrite m/a.html -w --portal acme").code(0);
        assert!(place.path("m/a.html").is_symlink());
        assert_eq!(place.read("real/a.html"), NEW);
        place.run("rewrite real/a.html -o m/a.html --portal acme").code(2).says("one of the templates");
    }

    #[test]
    fn a_link_out_of_the_folder_is_read_and_not_written() {
        let place = Place::new();
        place.write("real/a.html", OLD).write("real/n/c.html", OLD).write("m/b.html", OLD);
        symlink("../real/a.html", place.path("m/a.html")).unwrap();
        symlink("../real/n", place.path("m/n")).unwrap();
        place.run("rewrite m --check --portal acme").code(1).prints("m/a.html\nm/b.html\n");
        place
            .run("rewrite m -w --portal acme")
            .code(2)
            .says("`m/a.html`: this is a symbolic link to `")
            .says("outside the folder");
        assert_eq!((place.read("real/a.html"), place.read("m/b.html")), (OLD.into(), NEW.into()));
        assert_eq!(place.read("real/n/c.html"), OLD);
        place.run("rewrite m -o out --portal acme").code(0);
        assert_eq!(place.read("out/a.html"), NEW);
        assert!(!place.path("out/a.html").is_symlink());
    }

    #[test]
    fn a_link_within_the_folder_is_done_once() {
        let place = Place::new();
        place.write("m/z.html", OLD);
        symlink("z.html", place.path("m/a.html")).unwrap();
        place.run("rewrite m -w --portal acme").code(0).says("1 file read, 1 changed");
        assert!(place.path("m/a.html").is_symlink());
        assert_eq!(place.read("m/z.html"), NEW);
        place.write("m/z.html", OLD);
        place.run("rewrite m -o out --portal acme").code(0).says("2 files read");
        assert_eq!((place.read("out/a.html"), place.read("out/z.html")), (NEW.into(), NEW.into()));
    }

    #[test]
    fn a_device_is_written_to_and_not_replaced() {
        let place = Place::new();
        place.write("a.html", OLD);
        place.run("rewrite a.html --portal acme -o /dev/null").code(0);
        assert!(!fs::metadata("/dev/null").unwrap().is_file());
    }

    #[test]
    fn a_reader_that_has_gone_is_not_an_error() {
        let place = Place::new();
        for number in 0..300 {
            place.write(&format!("m/{number:03}.html"), format!("{OLD}[dd:tikcet]{}", "\n".repeat(300)));
        }
        for closed in ["stdout", "stderr"] {
            let mut command = place.command();
            command.args(["rewrite", "m", "--diff", "--portal", "acme"]);
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
            let mut child = command.spawn().unwrap();
            let (mut out, mut err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
            let mut text = Vec::new();
            if closed == "stdout" {
                out.read_exact(&mut [0; 10]).unwrap();
                drop(out);
                err.read_to_end(&mut text).unwrap();
            } else {
                err.read_exact(&mut [0; 10]).unwrap();
                drop(err);
                out.read_to_end(&mut text).unwrap();
            }
            let text = String::from_utf8(text).unwrap();
            assert_eq!(child.wait().unwrap().code(), Some(1), "{closed}");
            assert!(!text.contains("panicked") && !text.contains("Broken pipe"), "{text}");
            assert_eq!(text.contains("300 would change"), closed == "stdout");
        }
    }

    #[test]
    fn a_full_disk_is_reported() {
        let place = Place::new();
        place.write("a.html", OLD);
        if Path::new("/dev/full").exists() {
            let mut command = place.command();
            command.args(["rewrite", "a.html", "--portal", "acme"]).stdin(Stdio::null());
            command.stdout(fs::File::options().write(true).open("/dev/full").unwrap()).stderr(Stdio::piped());
            let output = command.output().unwrap();
            let err = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(2), "{err}");
            assert!(err.contains("the disk is full"), "{err}");
            place.run("rewrite a.html --portal acme -o /dev/full").code(2).says("the disk is full");
        }
    }
}

#[test]
fn placeholders_in_macros_tell_the_psa() {
    let place = Place::new();
    place.write("a.html", b"<p>[dd:ticket text=\"Ticket [srnumber]\"]</p>");
    place.run("rewrite a.html --portal acme").code(0);
    place.write("b.html", b"<p>[dd:invoice invoice_id=[Invoice: ID] text=x]</p>");
    place.run("rewrite b.html --portal acme").code(1).says("unconfirmed-command");
}

#[test]
fn the_report_names_macros_that_stayed() {
    let place = Place::new();
    place.write("a.html", b"<p>[dd:tikcet] [srnumber]</p>");
    place.run("rewrite a.html --portal acme --check --report links.csv").code(1);
    assert!(place.read("links.csv").contains("reported,[dd:tikcet],[dd:tikcet]"), "{}", place.read("links.csv"));
}

#[test]
fn a_character_that_the_file_cannot_hold_is_refused() {
    let place = Place::new();
    place.write("a.txt", b"[dd:ticket text=\"&#10003; open\"] [srnumber]");
    let run = place.run("rewrite a.txt -w --portal acme --encoding windows-1252");
    run.code(2).says("cannot be written in windows-1252");
    assert_eq!(place.read("a.txt"), "[dd:ticket text=\"&#10003; open\"] [srnumber]");
}
