//! Changing a file gives no one more rights to it: mode, owner, group, access list and extended attributes stay, or the
//! file is left unchanged.

#![allow(clippy::print_stderr)] // prints what is skipped, and what was measured

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;

use crate::cli::{NEW, OLD, Place, Ran, run};
use crate::serve::Served;

const STAFF: u32 = 50;
const MEMBER: u32 = 64_001;
const OTHER: u32 = 64_002;

/// Whether accounts can be changed here; elsewhere, what needs that is skipped with a message.
fn is_root() -> bool {
    let is_root = fs::metadata("/proc/self").is_ok_and(|me| me.uid() == 0);
    if !is_root {
        eprintln!("left out: only root can take the part of other accounts");
    }
    is_root
}

/// Runs the program as another account, with an additional group if `setpriv` can add one.
fn as_user(place: &Place, user: u32, member_of: Option<u32>, args: &str) -> Option<Ran> {
    let program = place.path("psalink");
    if !program.exists() {
        // A program file that this process had open for writing could not be run while another test starts a program.
        assert!(Command::new("cp").arg(env!("CARGO_BIN_EXE_psalink")).arg(&program).status().unwrap().success());
        mode(place, "psalink", 0o755);
    }
    let mut command = match member_of {
        Some(group) => {
            if Command::new("setpriv").arg("--version").stdout(Stdio::null()).status().is_err() {
                eprintln!("left out: there is no `setpriv`");
                return None;
            }
            let mut command = Command::new("setpriv");
            command.arg(format!("--reuid={user}")).arg(format!("--regid={user}")).arg(format!("--groups={group}"));
            command.arg(program);
            command
        }
        None => {
            let mut command = Command::new(program);
            command.uid(user).gid(user);
            command
        }
    };
    let cache = place.cache().join(user.to_string());
    fs::create_dir_all(&cache).unwrap();
    chown(&cache, Some(user), Some(user)).unwrap();
    command.current_dir(place.path("")).env("HOME", place.path("")).env("XDG_CACHE_HOME", cache).env_remove("CI");
    command.args(args.split_whitespace());
    Some(run(command, b""))
}

fn mode(place: &Place, name: &str, mode: u32) {
    fs::set_permissions(place.path(name), fs::Permissions::from_mode(mode)).unwrap();
}

/// Mode, owner and group.
fn access(place: &Place, name: &str) -> (u32, u32, u32) {
    let metadata = fs::metadata(place.path(name)).unwrap();
    (metadata.mode() & 0o7777, metadata.uid(), metadata.gid())
}

/// A template in a folder that the members of `staff` share.
fn shared(owner: u32, group: u32, bits: u32) -> Place {
    let place = Place::new();
    place.write("psalink.yaml", "portal: acme\n").write("m/a.html", OLD);
    mode(&place, "", 0o755);
    chown(place.path("m"), Some(0), Some(STAFF)).unwrap();
    mode(&place, "m", 0o777);
    chown(place.path("m/a.html"), Some(owner), Some(group)).unwrap();
    mode(&place, "m/a.html", bits);
    place
}

#[test]
fn the_group_is_kept_by_a_member_whose_own_group_is_another() {
    if !is_root() {
        return;
    }
    for bits in [0o660, 0o664] {
        let place = shared(0, STAFF, bits);
        let Some(ran) = as_user(&place, MEMBER, Some(STAFF), "rewrite m -w") else { return };
        ran.code(0).says("`m/a.html` belongs to you now; it belonged to the superuser");
        assert_eq!((place.read("m/a.html"), access(&place, "m/a.html")), (NEW.into(), (bits, MEMBER, STAFF)));
        let place = shared(MEMBER, STAFF, bits);
        let ran = as_user(&place, MEMBER, Some(STAFF), "rewrite m -w").unwrap().code(0);
        assert!(!ran.err.contains("belongs to you now"), "{}", ran.err);
        assert_eq!(access(&place, "m/a.html"), (bits, MEMBER, STAFF));
    }
}

#[test]
fn what_cannot_be_kept_leaves_the_file_and_says_why() {
    if !is_root() {
        return;
    }
    let group = "its group (id 50), which you are not a member of, so the file was not changed";
    let owner = "its owner (id 64002), as it belongs to another account, so the file was not changed";
    for (owner, bits, member_of, reason) in [
        // A group that the owner is not a member of, or no longer.
        (MEMBER, 0o660, None, group),
        (MEMBER, 0o644, None, group),
        (0, 0o666, None, group),
        // A colleague's file.
        (OTHER, 0o660, Some(STAFF), owner),
        (OTHER, 0o666, Some(STAFF), owner),
        // The superuser's file, whose owner may do more than its group.
        (0, 0o760, Some(STAFF), "its owner (id 0)"),
    ] {
        for args in [
            "rewrite m -w",
            "translate m --to autotask -w",
            "lint m --fix --select all",
            "lint m --add-allow --select all",
        ] {
            let place = shared(owner, STAFF, bits);
            let text = format!("{OLD}<p>[SRNumber]</p><img src=\"https://a.example/a.png\">\n");
            fs::write(place.path("m/a.html"), &text).unwrap();
            let Some(ran) = as_user(&place, MEMBER, member_of, args) else { return };
            ran.code(2).says("`m/a.html`: psalink cannot keep").says(reason);
            assert_eq!((place.read("m/a.html"), access(&place, "m/a.html")), (text, (bits, owner, STAFF)), "{args}");
            assert_eq!(fs::read_dir(place.path("m")).unwrap().count(), 1);
        }
    }
}

#[test]
fn what_others_could_not_read_they_never_can() {
    let place = Place::new();
    const FILES: usize = 150;
    let text = format!("{OLD}{}", "<p>Hello</p>\n".repeat(500));
    for number in 0..FILES {
        place.write(&format!("m/{number}.html"), &text);
        mode(&place, &format!("m/{number}.html"), 0o640);
        if fs::metadata("/proc/self").unwrap().uid() == 0 {
            chown(place.path(&format!("m/{number}.html")), Some(OTHER), Some(STAFF)).unwrap();
        }
    }
    let (_, owner, group) = access(&place, "m/0.html");
    let is_over = AtomicBool::new(false);
    let seen = std::thread::scope(|scope| {
        let watch = scope.spawn(|| {
            let mut seen = 0;
            while !is_over.load(Ordering::Relaxed) {
                for entry in fs::read_dir(place.path("m")).unwrap().flatten() {
                    let Ok(metadata) = entry.metadata() else { continue };
                    let is_temporary = entry.file_name().to_string_lossy().starts_with(".psalink-");
                    seen += usize::from(is_temporary);
                    assert_eq!(metadata.mode() & 0o7777 & !0o640, 0, "{entry:?} {:o}", metadata.mode());
                    if metadata.gid() != group || metadata.uid() != owner {
                        assert_eq!(metadata.mode() & 0o077, 0, "{entry:?} of another group");
                    }
                }
            }
            seen
        });
        place.run("rewrite m -w --portal acme").code(0);
        is_over.store(true, Ordering::Relaxed);
        watch.join().unwrap()
    });
    eprintln!("seen while they were written: {seen}");
    for number in 0..FILES {
        assert_eq!(access(&place, &format!("m/{number}.html")), (0o640, owner, group));
    }
}

#[test]
fn a_hard_link_is_broken_with_a_message() {
    let linked = |text: &str| {
        let place = Place::new();
        place.write("psalink.yaml", "portal: acme\ndialect: connectwise\n").write("m/a.html", text);
        fs::create_dir(place.path("other")).unwrap();
        fs::hard_link(place.path("m/a.html"), place.path("other/a.html")).unwrap();
        place
    };
    let note = "`m/a.html` has another name (a hard link), which still has the old content";
    for args in ["rewrite m -w", "rewrite m -w --backup old", "translate m --to autotask -w", "lint m --fix"] {
        let text = format!("{OLD}<p>[SRNumber]</p>\n");
        let place = linked(&text);
        let ran = place.run(args).says(note);
        assert_eq!(ran.err.matches("hard link").count(), 1, "{}", ran.err);
        assert_eq!(place.read("other/a.html"), text);
        assert_ne!(place.read("m/a.html"), text);
        assert_eq!(fs::metadata(place.path("m/a.html")).unwrap().nlink(), 1);
        let ran = place.run(args);
        assert!(!ran.err.contains("hard link"), "{}", ran.err);
    }
    let place = linked("<p>[SRNumber]</p>\n");
    let served = Served::start(&place, "m");
    let reply = served.template("m/a.html");
    let version = reply["files"][0]["hash"].clone();
    let reply =
        served.post("fix", &json!({ "path": "m/a.html", "file": "m/a.html", "what": "safe", "version": version }));
    assert!(reply.is(200).json()["notes"][0].as_str().unwrap().starts_with(note));
    assert_eq!(place.read("other/a.html"), "<p>[SRNumber]</p>\n");
}

#[cfg(target_os = "linux")]
mod attributes {
    use std::collections::BTreeMap;

    use rustix::fs::{XattrFlags, getxattr, listxattr, setxattr};

    use super::*;

    const LIST: &str = "system.posix_acl_access";

    /// An access list: the rights of the owner, of some users, of the group, the mask, and of everyone else.
    fn list(owner: u16, users: &[(u32, u16)], group: u16, mask: u16, others: u16) -> Vec<u8> {
        let mut bytes = 2_u32.to_le_bytes().to_vec();
        let mut add = |tag: u16, rights: u16, id: u32| {
            bytes.extend(tag.to_le_bytes());
            bytes.extend(rights.to_le_bytes());
            bytes.extend(id.to_le_bytes());
        };
        add(1, owner, u32::MAX);
        users.iter().for_each(|&(id, rights)| add(2, rights, id));
        add(4, group, u32::MAX);
        add(0x10, mask, u32::MAX);
        add(0x20, others, u32::MAX);
        bytes
    }

    /// Sets an attribute; `false` if the file system does not support them.
    fn set(path: &Path, name: &str, value: &[u8]) -> bool {
        let is_set = setxattr(path, name, value, XattrFlags::empty()).is_ok();
        if !is_set {
            eprintln!("left out: the file system has no `{name}`");
        }
        is_set
    }

    fn all(path: &Path) -> BTreeMap<String, Vec<u8>> {
        let mut names = [0; 4096];
        let length = listxattr(path, &mut names[..]).unwrap();
        let names = String::from_utf8(names[..length].to_vec()).unwrap();
        let value = |name: &str| {
            let mut value = vec![0; 65_536];
            let length = getxattr(path, name, &mut value[..]).unwrap();
            (name.to_owned(), value[..length].to_vec())
        };
        names.split_terminator('\0').map(value).collect()
    }

    #[test]
    fn access_lists_and_attributes_are_kept() {
        for args in [
            "rewrite m -w --backup old",
            "translate m --to autotask -w",
            "lint m --fix",
            "lint m --add-allow --select all",
        ] {
            let place = Place::new();
            place.write("psalink.yaml", "portal: acme\ndialect: connectwise\n");
            place.write("m/a.html", format!("{OLD}<p>[SRNumber]</p><img src=\"https://a.example/a.png\">\n"));
            let path = place.path("m/a.html");
            let before = place.read("m/a.html");
            let large = vec![b'x'; 3_000];
            if !set(&path, LIST, &list(6, &[(OTHER, 4)], 0, 4, 0)) || !set(&path, "user.origin", b"Exchange") {
                return;
            }
            let _ = set(&path, "user.large", &large); // as much as the file system accepts
            let (attributes, rights) = (all(&path), access(&place, "m/a.html"));
            assert_eq!(rights.0, 0o640, "what looks like the group's rights is the mask");
            place.run(args);
            assert_ne!(place.read("m/a.html"), before, "{args}");
            assert_eq!((all(&path), access(&place, "m/a.html")), (attributes.clone(), rights), "{args}");
            if args.contains("backup") {
                let run =
                    fs::read_dir(place.path("old")).unwrap().flatten().find(|entry| entry.path().is_dir()).unwrap();
                assert_eq!(all(&run.path().join("a.html")), attributes);
            }
        }
    }

    #[test]
    fn what_a_folder_gives_to_new_files_does_not_widen_an_old_one() {
        let place = Place::new();
        place.write("m/a.html", OLD).write("m/b.html", OLD);
        for (name, bits) in [("m/a.html", 0o640), ("m/b.html", 0o600)] {
            mode(&place, name, bits);
        }
        if !set(&place.path("m"), "system.posix_acl_default", &list(7, &[(OTHER, 7)], 7, 7, 5)) {
            return;
        }
        let before = (access(&place, "m/a.html"), access(&place, "m/b.html"));
        place.run("rewrite m -w --portal acme").code(0).says("2 changed");
        assert_eq!((access(&place, "m/a.html"), access(&place, "m/b.html")), before);
        for name in ["m/a.html", "m/b.html"] {
            assert!(!all(&place.path(name)).contains_key(LIST), "{name}");
        }
    }

    #[test]
    fn records_and_baselines_keep_theirs() {
        let place = Place::new();
        place.write("psalink.yaml", "portal: acme\ndialect: connectwise\n").write("m/a.html", OLD);
        place.run("test m --accept").code(0);
        place.run("lint m --write-baseline --select all").code(0);
        let record = "m/snapshots/a.connectwise.standard.snap";
        place.write("m/a.html", format!("{OLD}<p>[SRNumber]</p>"));
        for name in [record, "psalink-baseline.json"] {
            let before = place.bytes(name);
            if !set(&place.path(name), LIST, &list(6, &[(OTHER, 6)], 0, 6, 0)) {
                return;
            }
            let attributes = all(&place.path(name));
            place.run(if name == record { "test m --accept" } else { "lint m --write-baseline --select all" }).code(0);
            assert_ne!(place.bytes(name), before, "{name}");
            assert_eq!(all(&place.path(name)), attributes, "{name}");
        }
    }
}
