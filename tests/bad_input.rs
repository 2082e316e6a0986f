//! What psalink does with input that it cannot use: it names the mistake, continues with the other files, and leaves
//! nothing half-written.

use std::fs;
use std::time::Duration;

use crate::cli::{NEW, OLD, Place, run};

#[test]
fn broken_settings_are_reported_where_no_template_needs_them() {
    let place = Place::new();
    place.write("psalink.yaml", "portl: acme\n").write("m/readme.md", "x");
    for command in ["lint", "lint m", "rewrite . --check", "test"] {
        place.run(command).code(2).says("`psalink.yaml` line 1, column 1: unknown key `portl`");
    }
    place.run("lint --isolated").code(2).says("`.`: no templates found (.html, .htm, .txt, .j2), only `m/readme.md`");
}

#[test]
fn an_unknown_name_is_placed_and_the_nearest_named() {
    let place = Place::new();
    for (macro_, at, says) in [
        ("[dd:tikcet]", "a.html:2:11", "`[dd:ticket]`"),
        ("[dd:ticket actoin=chat]", "a.html:2:18", "`action`"),
        ("[dd:ticket action=chatt]", "a.html:2:25", "`chat`"),
        ("[dd:request_type]", "a.html:2:", "type_id"),
    ] {
        let template = format!("<p>[srnumber]</p>\r\n<p> é {macro_}</p>");
        place.write("a.html", &template);
        let ran = place.run("rewrite a.html --portal acme --bare off").code(1).says(at).says(says).says("error[");
        assert_eq!(ran.text(), template, "that macro is left unchanged");
    }
}

#[test]
fn without_a_portal_nothing_is_written() {
    let place = Place::new();
    place
        .write("m/a.html", OLD)
        .write("m/b.html", OLD)
        .write("m/c.html", "<p>Hello</p>")
        .write("m/d.txt", "[srnumber]");
    for args in ["m", "m -o out", "m -w --backup old", "m --check", "m -o out --report links.md"] {
        let ran =
            place.run(&format!("rewrite {args}")).code(2).says("portal: acme").says("--portal acme").says("--host");
        assert_eq!(ran.err.matches("no portal is set").count(), 1, "{}", ran.err);
        assert!(ran.err.contains("2 templates need one, `m/a.html` first; nothing was written"), "{}", ran.err);
        assert_eq!(ran.text(), "");
        assert_eq!(place.files(), ["m/a.html", "m/b.html", "m/c.html", "m/d.txt"]);
    }
    assert_eq!(place.read("m/a.html"), OLD);
    place.run_with("rewrite -", OLD.as_bytes()).code(2).says("`<stdin>` needs one").prints("");
    place.run("rewrite m/c.html m/d.txt -o out").code(0).says("nothing to change");
    place.run("rewrite m --portal not.a.portal").code(2).says("not the name of a portal");
    place.run("rewrite m --host https://x").code(2).says("not a valid host name");
}

#[test]
fn a_wrong_config_is_reported_with_its_line() {
    let place = Place::new();
    place.write("m/a.html", OLD).write("m/b.html", OLD);
    for (config, says) in [
        ("# ours\nportl: acme\n", "`psalink.yaml` line 2, column 1: unknown key `portl`; did you mean `portal`?"),
        (
            "portal: acme\nallowed_hosts: a.example\n",
            "`psalink.yaml` line 2, column 16: `allowed_hosts` should be a list",
        ),
        ("portal: acme\nclient: dekstop\n", "did you mean `desktop`?"),
        (
            "portal: acme\ndialect: conectwise\n",
            "`psalink.yaml` line 2, column 10: there is no dialect `conectwise`; did you mean `connectwise`?",
        ),
        (
            "portal: acme\ntemplates:\n- path: x\n  dialect: halo\n",
            "`psalink.yaml` line 4, column 12: there is no dialect `halo`; known dialects: connectwise, autotask",
        ),
        (
            "portal: acme\nvocabulary: [none.yaml]\n",
            "`psalink.yaml` line 2, column 14: could not read the vocabulary file `none.yaml`",
        ),
        ("# é\nportal: not.a.portal\n", "`psalink.yaml` line 2, column 9: `not.a.portal` is not the name of a portal"),
        ("host: 'https://x'\n", "`psalink.yaml` line 1, column 7: `https://x` is not a valid host name"),
        ("allowed_hosts:\n- a.example\n- b\n", "`psalink.yaml` line 3, column 3: `b` is not a valid host name"),
        ("host: a.example\nportal: acme\n", "`psalink.yaml` line 2, column 1: `portal` and `host` are both set"),
        ("brand:\n  color: blue\n", "`psalink.yaml` line 2, column 10: `brand.color` is `blue`"),
        ("templates: [{ path: 'a[' }]\n", "`psalink.yaml` line 1, column 21: `a[` is not a path or glob"),
        ("exclude: ['a[']\n", "`psalink.yaml` line 1, column 11: `a[` is not a path or glob"),
        (
            "commands:\n  invoice: { name: x }\n  invioce: { name: y }\n",
            "`psalink.yaml` line 3, column 3: `commands` names an unknown command `invioce`; did you mean `invoice`?",
        ),
        ("autotask: { language: fr }\n", "`psalink.yaml` line 1, column 23: `language` is `fr`"),
        ("templates:\n  - { path: a, language: fr }\n", "`psalink.yaml` line 2, column 26: `language` is `fr`"),
        (
            "autotask:\n  terms:\n    Organisation: Company\n",
            "`psalink.yaml` line 3, column 5: `terms` renames `Organisation`, which is not part of any name; did you mean",
        ),
        (
            "templates:\n  - path: a\n    terms: { Organisation: Company }\n",
            "`psalink.yaml` line 3, column 14: `terms` renames `Organisation`",
        ),
        ("portal: [acme\n", "`psalink.yaml` line "),
    ] {
        place.write("psalink.yaml", config);
        let ran = place.run("rewrite m -w").code(2).says(says);
        assert_eq!(ran.err.matches("error:").count(), 1, "once, not for each file: {}", ran.err);
        assert_eq!(place.read("m/a.html"), OLD);
    }
    place.run("rewrite m -w --config none.yaml").code(2).says("`none.yaml`").says("could not read");
    place.run("rewrite m --isolated --portal acme --check").code(1);
}

#[test]
fn a_wrong_vocabulary_is_reported_with_its_line() {
    let place = Place::new();
    place.write("a.html", OLD).write("psalink.yaml", "portal: acme\nvocabulary: [ours.yaml]\n");
    place.write("ours.yaml", "id: connectwise\nplaceholdrs: []\n");
    place
        .run("rewrite a.html")
        .code(2)
        .says("ours.yaml` line 2, column 1: unknown key `placeholdrs`")
        .says("`placeholders`");
    place.write("ours.yaml", "id: connectwise\nplaceholders: none\n");
    place.run("rewrite a.html").code(2).says("ours.yaml` line 2").says("a list");
}

#[test]
fn settings_that_are_not_a_file_are_not_ignored() {
    let place = Place::new();
    place.write("psalink.yaml", "portal: above\n").write("m/a.html", OLD);
    std::fs::create_dir_all(place.path("m/psalink.yaml")).unwrap();
    place.run("lint m").code(2).says("`m/psalink.yaml`: this is a folder, but psalink reads its settings from a file");
    std::fs::remove_dir(place.path("m/psalink.yaml")).unwrap();
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("nowhere.yaml", place.path("m/psalink.yaml")).unwrap();
        place.run("lint m").code(2).says("`m/psalink.yaml`: could not read the file: it does not exist");
        std::fs::remove_file(place.path("m/psalink.yaml")).unwrap();
        // A link to a file is a file.
        std::os::unix::fs::symlink("../psalink.yaml", place.path("m/psalink.yaml")).unwrap();
        assert_ne!(place.run("lint m").code, Some(2));
    }
}

#[test]
fn settings_that_are_not_utf_8_are_reported_as_such() {
    let place = Place::new();
    place.write("a.html", OLD).write("psalink.yaml", b"portal: caf\xE9\n");
    place
        .run("rewrite a.html")
        .code(2)
        .says("`psalink.yaml`: could not read the file: it is not valid UTF-8; save it as");
}

#[test]
fn settings_that_no_line_closes_are_reported_by_every_command() {
    let place = Place::new();
    place
        .write("psalink.yaml", "portal: acme\ndialect: connectwise\n")
        .write("a.html", format!("---\nsubject: x\n----\n{OLD}"))
        .write("b.html", "---\nsubject: x\n<p>Hello</p>\n")
        .write("c.html.j2", "<!-- ours -->\n---\nsubject: x\n---\n<p>Hello</p>\n")
        .write("d.txt", "---\nHello\n---\n");
    let never =
        "the settings at the top start with `---` but are never closed, so they are sent as part of the message";
    for command in ["lint .", "rewrite . -o out", "preview . -o shown"] {
        let ran = place.run(command).code(1);
        let output = format!("{}{}", ran.text(), ran.err);
        for message in [
            never,
            "line 3 may be meant to close them",
            "add a line with `---` after the last setting",
            "the settings do not start on the first line",
        ] {
            assert!(output.contains(message), "{command} should say: {message}\n{output}");
        }
    }
    for name in ["a.html", "b.html", "c.html.j2"] {
        place.run(&format!("rewrite {name}")).code(1);
    }
    place.run("lint d.txt").code(0);
}

#[test]
fn an_unknown_dialect_is_reported_once() {
    let place = Place::new();
    place.write("a.html", OLD).write("b.html", OLD);
    let ran = place.run("rewrite . --portal acme --dialect conectwise").code(2).says("did you mean `connectwise`?");
    assert_eq!(ran.err.matches("error").count(), 1);
    place.run("rewrite . --portal acme --dialect halo").code(2).says("connectwise, autotask");
}

#[test]
fn a_missing_file_is_reported_and_the_others_are_read() {
    let place = Place::new();
    place.write("a.html", OLD).write("b.html/c.html", OLD).write("sub/d.pdf", "");
    place
        .run("rewrite none.html a.html [x].html a.html/e.html -o out --portal acme")
        .code(2)
        .says("`none.html`: there is no file or folder with this name")
        .says("`[x].html`: there is no file with this name, and no template matches it as a pattern")
        .says("`a.html/e.html`")
        .says("1 file read, 1 changed");
    assert_eq!(place.read("out/a.html"), NEW);
    place.run("rewrite b.html --check --portal acme").code(1).prints("b.html/c.html\n");
    place
        .run("rewrite sub --portal acme")
        .code(2)
        .says("`sub`: no templates found (.html, .htm, .txt, .j2), only `d.pdf`");
}

#[test]
fn broken_front_matter_leaves_only_its_file() {
    let place = Place::new();
    place.write("a.html", "---\nsubject: x\naudiense: internal\n---\n[dd:ticket]").write("b.html", OLD);
    place.run("rewrite . -w --portal acme").code(2).says("`a.html` line 3, column 1: unknown key `audiense`");
    assert_eq!(place.read("b.html"), NEW);
    assert!(place.read("a.html").contains("[dd:ticket]"));
}

#[test]
fn an_encoding_that_cannot_be_written_leaves_only_its_file() {
    let place = Place::new();
    let shift_jis = b"<meta charset=shift_jis>\x83\x5B<p>[srnumber]</p>".to_vec();
    let untouched = b"<meta charset=shift_jis>\x83\x5B\x83\x5C<p>x</p>".to_vec();
    let lone: Vec<u8> = [0xFEFF_u16, 0x5B, 0xD83D, 0x5D].into_iter().flat_map(u16::to_le_bytes).collect();
    place.write("m/a.html", &shift_jis).write("m/b.html", &lone).write("m/c.html", OLD).write("m/d.html", &untouched);
    place
        .run("rewrite m -w --portal acme")
        .code(2)
        .says("`m/a.html`: the file is Shift_JIS text")
        .says("`m/b.html`: the file is UTF-16 with half of a surrogate pair")
        .says("4 files read, 1 changed: 1 ticket number linked; 2 failed");
    assert_eq!((place.bytes("m/a.html"), place.bytes("m/b.html")), (shift_jis, lone));
    assert_eq!(place.read("m/c.html"), NEW);
    place.run("rewrite m -o out --portal acme").code(2);
    assert_eq!(place.files(), ["m/a.html", "m/b.html", "m/c.html", "m/d.html", "out/c.html", "out/d.html"]);
    assert_eq!(place.bytes("out/d.html"), untouched, "a copy has the same bytes");
}

#[test]
fn a_wrong_encoding_name_over_utf_8_is_reported_and_no_byte_changes() {
    let place = Place::new();
    for name in ["shift_jis", "gbk", "gb18030", "big5", "euc-kr", "euc-jp", "iso-2022-jp"] {
        let page = format!("<meta charset={name}><p>工单 [srnumber] [dd:ticket]</p>");
        place.write("a.html", &page);
        place.run("rewrite a.html -w --portal acme").code(2).says("but its bytes are UTF-8; write `utf-8`");
        assert_eq!(place.read("a.html"), page);
        assert!(place.run("lint a.html").text().contains("warning[wrong-charset]"));
    }
    let gbk = b"<meta charset=gbk><p>\xB9\xA4\xB5\xA5 [srnumber] [dd:ticket]</p>".to_vec();
    place.write("a.html", &gbk);
    place.run("rewrite a.html -w --portal acme").code(2).says("the file is GBK text");
    assert_eq!(place.bytes("a.html"), gbk);
    place.write("a.html", "<meta charset=utf-16><p>工单 [srnumber] [dd:ticket]</p>");
    place.run("rewrite a.html -w --portal acme").code(0);
    assert!(place.read("a.html").starts_with("<meta charset=utf-16><p>工单 [srnumber] <a href="));
}

#[test]
fn bytes_that_are_not_text_survive() {
    let place = Place::new();
    for bytes in [
        &b"\xFF\xFE\xC3 \0[dd:ticket text=\"\xC3\x28\"]\0\x80 [srnumber]"[2..],
        b"\0\0\0\xF5[dd:ticket text=x]\xF5\0 [srnumber]",
    ] {
        place.write("a.html", bytes);
        place.run("rewrite a.html -w --portal acme").code(0);
        let new = place.bytes("a.html");
        let (start, end) = (
            bytes.iter().position(|&byte| byte == b'[').unwrap(),
            bytes.iter().position(|&byte| byte == b']').unwrap(),
        );
        assert_eq!(new[..start], bytes[..start]);
        assert!(new.ends_with(&bytes[end + 1..]));
        assert!(new[start..].starts_with(b"<a href="));
    }
    let all: Vec<u8> = (0..=255).collect();
    place.write("b.html", &all);
    assert_eq!(place.run("rewrite b.html --portal acme").code(0).out, all);
}

#[test]
fn a_large_file_is_answered() {
    let place = Place::new();
    let line = "<p style=\"color:#333\">Hello [contactfirstname], see <a href=\"https://example.com/\">this</a></p>\n";
    let mut large = OLD.to_owned();
    large.push_str(&line.repeat(50_000_000 / line.len()));
    place.write("a.html", &large);
    place.run("rewrite a.html -o out.html --portal acme").code(2).says("use `--max-size 48M` to read it anyway");
    let run = "rewrite a.html -o out.html --portal acme --max-size 48M";
    place.run(run).code(0).says("1 changed: 1 ticket number linked");
    let new = place.read("out.html");
    assert!(new.starts_with(NEW) && new[NEW.len()..] == large[OLD.len()..]);
}

#[test]
fn brackets_without_end_are_answered() {
    let place = Place::new();
    for open in ["[", "[[", "[dd:", "[sr", "&#91;", "%5B", "<a href=\"[", "<!--[if mso]>", "[srnumber "] {
        let template = format!("{OLD}{}", open.repeat(100_000));
        place.write("a.html", &template);
        let ran = place.run("rewrite a.html -q -o out.html --portal acme");
        assert!(matches!(ran.code, Some(0 | 1)), "{open}: {ran:?}");
        assert!(place.read("out.html").starts_with(NEW), "{open}");
        assert!(!ran.err.contains("panicked"));
        fs::remove_file(place.path("out.html")).unwrap();
    }
}

#[test]
fn deep_nesting_is_answered() {
    let place = Place::new();
    let deep = |open: &str, close: &str| format!("{}[srnumber]{}", open.repeat(100_000), close.repeat(100_000));
    for (name, template) in [
        ("div", deep("<div>", "</div>")),
        ("a", deep("<a name=x>", "</a>")),
        ("span", deep("<span style=\"color:red\">", "</span>")),
        ("conditional", deep("<!--[if mso]>", "<![endif]-->")),
        ("bracket", deep("[", "]")),
    ] {
        place.write("a.html", template);
        let ran = place.run("rewrite a.html -q -o out.html --portal acme");
        assert!(matches!(ran.code, Some(0 | 1)), "{name}: {ran:?}");
        assert!(place.exists("out.html") && !ran.err.contains("panicked"));
        fs::remove_file(place.path("out.html")).unwrap();
    }
    let yaml = format!("brand: {}", "[".repeat(5_000));
    place.write("psalink.yaml", yaml);
    place.run("rewrite a.html --portal acme").code(2).says("psalink.yaml");
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::os::unix::process::CommandExt;
    use std::process::{Command, Stdio};

    use super::*;

    /// Runs the program as an ordinary user, because the superuser may read everything.
    fn as_nobody(place: &Place, args: &str) -> crate::cli::Ran {
        let is_root = fs::metadata("/proc/self").is_ok_and(|me| std::os::unix::fs::MetadataExt::uid(&me) == 0);
        let mut command = if is_root {
            let program = place.path("psalink");
            if !program.exists() {
                // A program file that this process had open for writing could not be run while another test starts a
                // program.
                let copied = Command::new("cp").arg(env!("CARGO_BIN_EXE_psalink")).arg(&program).status().unwrap();
                assert!(copied.success());
                mode(place, "psalink", 0o755);
            }
            let mut command = Command::new(program);
            command.uid(65534).gid(65534).current_dir(place.path("")).env("HOME", place.path(""));
            command
        } else {
            place.command()
        };
        command.args(args.split_whitespace());
        run(command, b"")
    }

    fn mode(place: &Place, name: &str, mode: u32) {
        fs::set_permissions(place.path(name), fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn what_may_not_be_read_is_reported_and_the_others_are_read() {
        let place = Place::new();
        place.write("m/a.html", OLD).write("m/b.html", OLD).write("m/closed/c.html", OLD);
        mode(&place, "", 0o777);
        mode(&place, "m/a.html", 0);
        mode(&place, "m/closed", 0);
        let ran = as_nobody(&place, "rewrite m -o out --portal acme");
        let ran = ran.code(2).says("`m/a.html`: could not read the file: permission denied");
        let ran = ran.says("`m/closed`: could not read the folder: permission denied").says("1 file read, 1 changed");
        assert!(!ran.err.contains("os error"), "{}", ran.err);
        assert_eq!(place.read("out/b.html"), NEW);
        as_nobody(&place, "rewrite m/closed/c.html --portal acme")
            .code(2)
            .says("m/closed/c.html")
            .says("permission denied");
        mode(&place, "m/closed", 0o755);
    }

    #[test]
    fn what_may_not_be_written_is_reported_and_the_others_are_written() {
        let place = Place::new();
        place
            .write("m/a.html", OLD)
            .write("m/open/b.html", OLD)
            .write("m/open/c.html", OLD)
            .write("psalink.yaml", "portal: acme\n");
        for (name, bits) in [
            ("", 0o777),
            ("m", 0o555),
            ("m/a.html", 0o666),
            ("m/open/c.html", 0o444),
            ("m/open", 0o777),
            ("m/open/b.html", 0o666),
        ] {
            mode(&place, name, bits);
        }
        // Only the owner can keep the owner.
        let owner_run = |name: &str| {
            let is_root = fs::metadata("/proc/self").is_ok_and(|me| std::os::unix::fs::MetadataExt::uid(&me) == 0);
            if is_root {
                std::os::unix::fs::chown(place.path(name), Some(65534), Some(65534)).unwrap();
            }
        };
        owner_run("m/open/b.html");
        let ran = as_nobody(&place, "rewrite m -w").code(2);
        ran.says("`m/a.html`: could not write the file: you do not have permission to write to the folder `m`")
            .says("`m/open/c.html`: could not write the file: permission denied")
            .says("3 files read, 1 changed");
        assert_eq!((place.read("m/a.html"), place.read("m/open/b.html")), (OLD.into(), NEW.into()));
        place.write("m/open/b.html", OLD);
        as_nobody(&place, "rewrite m -w --backup m/old").code(2).says("`m/old`: could not create the folder");
        assert_eq!(place.read("m/open/b.html"), OLD, "without its backup nothing is changed");
        as_nobody(&place, "rewrite m/a.html -o m/new/a.html").code(2).says("`m/new`: could not create the folder");
        as_nobody(&place, "rewrite m/a.html --check --report m/links.md").code(2).says("`m/links.md`");
        mode(&place, "psalink.yaml", 0);
        as_nobody(&place, "rewrite m/a.html").code(2).says("`psalink.yaml`: could not read the file");
        mode(&place, "m", 0o755);
    }

    #[test]
    fn a_link_to_nothing_is_reported_and_the_others_are_read() {
        let place = Place::new();
        place.write("m/b.html", OLD);
        symlink("gone.html", place.path("m/a.html")).unwrap();
        symlink("c.html", place.path("m/c.html")).unwrap();
        let ran = place
            .run("rewrite m -w --portal acme")
            .code(2)
            .says("`m/a.html`: this is a symbolic link to `gone.html`, which does not exist");
        ran.says("`m/c.html`").says("1 file read, 1 changed");
        assert_eq!(place.read("m/b.html"), NEW);
        place.run("rewrite m/a.html --portal acme").code(2).says("this is a symbolic link to `gone.html`");
    }

    #[test]
    fn a_killed_run_leaves_each_file_old_or_new() {
        let place = Place::new();
        const FILES: usize = 120;
        let tail = "<p>Hello</p>\n".repeat(1000);
        let (old, new) = (format!("{OLD}{tail}"), format!("{NEW}{tail}"));
        let mut half_done = 0;
        for round in 0..6 {
            for number in 0..FILES {
                place.write(&format!("m/{number}.html"), &old);
            }
            let mut command = place.command();
            command.args(["rewrite", "m", "-w", "--portal", "acme", "--jobs", "2"]);
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            let mut child = command.spawn().unwrap();
            // As soon as one file is new, others have yet to follow.
            let watched = place.path(&format!("m/{}.html", round * 17 + 3));
            while fs::metadata(&watched).unwrap().len() == old.len() as u64 && child.try_wait().unwrap().is_none() {
                std::thread::sleep(Duration::from_micros(100 * (round % 3)));
            }
            child.kill().unwrap();
            child.wait().unwrap();
            let changed = (0..FILES)
                .filter(|number| {
                    let content = place.read(&format!("m/{number}.html"));
                    assert!(content == old || content == new, "{number} is neither old nor new");
                    content == new
                })
                .count();
            half_done += usize::from(changed > 0 && changed < FILES);
        }
        assert!(half_done > 0, "no run was killed in the middle");
        place.run("rewrite m -w --portal acme").code(0);
        place.run("rewrite m --check --portal acme").code(0).prints("");
    }
}

#[test]
fn names_and_hosts_that_would_break_a_link_are_refused() {
    let place = Place::new();
    place.write("a.html", "<p>[dd:invoice invoice_id=1] [dd:ticket]</p>");
    for (settings, expected) in [
        ("commands: { invoice: { name: 'a&b=c#d' } }", "`a&b=c#d` cannot be the name of a command in a link"),
        ("commands: { invoice: { name: \"a\\r\\nb\" } }", "`a  b` cannot be the name of a command"),
        ("commands: { invoice: { name: 'a b' } }", "`a b` cannot be the name"),
        ("commands: { invoice: { name: '' } }", "`` cannot be the name"),
        ("commands: { invoice: { name: 'a%26b' } }", "`a%26b` cannot be the name"),
        ("commands: { invoice: { name: '[srnumber]' } }", "`[srnumber]` cannot be the name"),
        ("commands: { invoice: { name: 'größe' } }", "`größe` cannot be the name"),
        ("host: '.'", "`.` is not a valid host name"),
        ("host: '..'", "`..` is not a valid host name"),
        ("host: 'a..b'", "`a..b` is not a valid host name"),
        ("host: '.a.b'", "`.a.b` is not a valid host name"),
        ("host: 'a.b.'", "`a.b.` is not a valid host name"),
        ("allowed_hosts: ['a..b']", "`a..b` is not a valid host name"),
    ] {
        place.write("psalink.yaml", format!("dialect: connectwise\n{settings}\n"));
        let ran = place.run("rewrite a.html");
        assert_eq!(ran.code, Some(2), "{settings}: {}", ran.err);
        assert!(ran.err.contains(expected) && ran.err.contains("psalink.yaml` line 2"), "{settings}: {}", ran.err);
        assert!(ran.out.is_empty());
    }
    place
        .write("psalink.yaml", "portal: acme\ndialect: connectwise\ncommands: { invoice: { name: my_invoice-2.0 } }\n");
    let ran = place.run("rewrite a.html");
    assert!(ran.text().contains("?name=my_invoice-2.0&amp;"), "{} {}", ran.text(), ran.err);
    // A name that only a vocabulary file can contain.
    place.write("psalink.yaml", "portal: acme\ndialect: connectwise\nvocabulary: [mine.yaml]\n");
    place.write(
        "mine.yaml",
        "id: deskdirector\ncommands:\n  note:\n    name: 'x#y'\n    text: Note\n    source: configured\n    confidence: configured\n",
    );
    let ran = place.run("rewrite a.html");
    assert_eq!(ran.code, Some(2), "{}", ran.err);
    assert!(ran.err.contains("`x#y` cannot be the name of a command in a link"), "{}", ran.err);
}
