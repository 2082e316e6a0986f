#![allow(clippy::print_stderr)] // prints which tests are skipped

use std::fs;
use std::sync::RwLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use super::*;

/// How many saves happen during runs; many more if time does not matter.
fn saves() -> usize {
    if std::env::var_os("PSALINK_LONG_TESTS").is_some() { 20_000 } else { 500 }
}

fn replaced(path: &Path, old: &[u8], new: &[u8]) -> Result<Notes, Error> {
    replace(path, path, new, Before::Bytes(old), false)
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_file_is_replaced_only_if_it_holds_what_was_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.html");
    fs::write(&path, "old").unwrap();
    let error = replaced(&path, b"odd", b"new").unwrap_err().to_string();
    assert!(error.contains("has changed in the meantime"), "{error}");
    let _ = replaced(&path, b"old", b"new").unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "new");
    fs::remove_file(&path).unwrap();
    replaced(&path, b"new", b"newer").unwrap_err();
    let nothing = |bytes| replace(&path, &path, bytes, Before::Nothing, false);
    let _ = nothing(b"first").unwrap();
    nothing(b"second").unwrap_err();
    let _ = replace(&path, &path, b"third", Before::Anything, false).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "third");
    assert_eq!(names(folder.path()), ["a.html"]);
}

/// The result of a save and a run on the same file must not depend on their order.
#[test]
fn a_save_of_equal_length_and_time_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.html");
    fs::write(&path, "one").unwrap();
    let time = fs::metadata(&path).unwrap().modified().unwrap();
    fs::write(&path, "two").unwrap();
    fs::File::options().write(true).open(&path).unwrap().set_modified(time).unwrap();
    replaced(&path, b"one", b"new").unwrap_err();
    assert_eq!(fs::read_to_string(&path).unwrap(), "two");
}

/// Such a save goes to a file without a name.
#[cfg(any(target_os = "linux", target_os = "macos"))]
#[test]
fn a_save_through_a_file_opened_before_is_kept_and_reported() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for (name, save) in [("longer.html", "a save"), ("same.html", "new"), ("empty.html", "")] {
        fs::write(at(name), "old").unwrap();
        let mut opened = File::options().write(true).open(at(name)).unwrap();
        let _ = replaced(&at(name), b"old", b"psalink's").unwrap();
        opened.set_len(0).unwrap();
        opened.write_all(save.as_bytes()).unwrap();
        let error = check_no_late_save(&at(name)).unwrap_err().to_string();
        assert!(error.contains("has changed in the meantime"), "{error}");
        assert_eq!(fs::read_to_string(at(name)).unwrap(), save);
    }
    // A newer version stays.
    fs::write(at("newer.html"), "old").unwrap();
    let mut opened = File::options().write(true).open(at("newer.html")).unwrap();
    let _ = replaced(&at("newer.html"), b"old", b"psalink's").unwrap();
    opened.write_all(b"late").unwrap();
    fs::write(at("newer.html"), "newest").unwrap();
    check_no_late_save(&at("newer.html")).unwrap_err();
    assert_eq!(fs::read_to_string(at("newer.html")).unwrap(), "newest");
    // An editor that empties the file first, and takes its time to fill it.
    let slow = at("slow.html");
    fs::write(&slow, "old").unwrap();
    let mut opened = File::options().write(true).open(&slow).unwrap();
    let _ = replaced(&slow, b"old", b"psalink's").unwrap();
    opened.set_len(0).unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_millis(120));
            opened.write_all(b"at last").unwrap();
        });
        check_no_late_save(&slow).unwrap_err();
    });
    assert_eq!(fs::read_to_string(&slow).unwrap(), "at last");
    let quiet = at("quiet.html");
    fs::write(&quiet, "old").unwrap();
    let _ = replaced(&quiet, b"old", b"new").unwrap();
    check_no_late_save(&quiet).unwrap();
    assert_eq!(
        names(folder.path()),
        ["empty.html", "longer.html", "newer.html", "quiet.html", "same.html", "slow.html"]
    );
}

#[derive(Clone, Copy, Debug)]
enum Editor {
    /// Writes another file and renames it.
    Renames,
    /// Empties the file and fills it again.
    Truncates,
    /// Moves the file away first, as editors do that keep a copy.
    Moves,
}

impl Editor {
    fn save(self, path: &Path, text: &str) {
        let beside = path.with_extension("saved");
        match self {
            Editor::Renames => {
                fs::write(&beside, text).unwrap();
                fs::rename(&beside, path).unwrap();
            }
            Editor::Truncates => fs::write(path, text).unwrap(),
            Editor::Moves => {
                let _ = fs::rename(path, path.with_extension("old"));
                fs::write(path, text).unwrap();
            }
        }
    }
}

/// An editor saves without a pause while runs replace the file as fast as they can. What comes out of each exchange is
/// checked, without the wait for a quiet file that keeps the two apart most of the time.
fn saves_are_kept(editor: Editor) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.html");
    editor.save(&path, "save 0");
    let (is_over, replaced, at_work) = (AtomicBool::new(false), AtomicUsize::new(0), RwLock::new(()));
    let run = || {
        while !is_over.load(Ordering::Relaxed) {
            let _at_work = at_work.read().unwrap();
            let Ok(file) = File::open(&path) else { continue };
            let old = Version::read(&file).unwrap();
            // An editor in the middle of its work: `is_quiet` waits for it.
            if old.bytes().is_empty() || old.bytes().starts_with(b"run") {
                continue;
            }
            let new = [b"run after ", old.bytes()].concat();
            let mut made = temporary::create(folder.path(), false).unwrap();
            FileAccess::of(&file).unwrap().give(made.as_file()).unwrap();
            fill(&mut made, &new, None, false).unwrap();
            if let Ok(Exchange::Replaced(Some(displaced))) = exchange::replace(made, &new, &path, &old) {
                replaced.fetch_add(1, Ordering::Relaxed);
                std::thread::sleep(late::MOMENT);
                let _ = displaced.late_save();
            }
        }
    };
    let edit = || {
        let mut lost = Vec::new();
        for number in 1..=saves() {
            let text = format!("save {number}");
            editor.save(&path, &text);
            if number % 3 == 0 {
                std::thread::sleep(Duration::from_micros(200));
            }
            if number % 2 == 0 {
                // While a run is working, its version may briefly be there.
                let _none_at_work = at_work.write().unwrap();
                let now = fs::read_to_string(&path);
                if !now.as_ref().is_ok_and(|now| now.ends_with(&text)) {
                    lost.push((number, now));
                }
            }
        }
        is_over.store(true, Ordering::Relaxed);
        lost
    };
    let lost = std::thread::scope(|scope| {
        scope.spawn(run);
        scope.spawn(run);
        scope.spawn(edit).join().unwrap()
    });
    assert!(lost.is_empty(), "{editor:?}: {} lost: {lost:?}", lost.len());
    assert!(replaced.into_inner() > 20, "{editor:?}: no run came in between");
    let left: Vec<String> = names(folder.path()).into_iter().filter(|name| name.starts_with(PREFIX)).collect();
    assert!(left.is_empty(), "{editor:?}: {left:?}");
}

#[cfg(any(target_os = "linux", target_os = "macos"))]
#[test]
fn no_save_is_lost_to_a_run_that_replaces_the_file() {
    for editor in [Editor::Renames, Editor::Truncates, Editor::Moves] {
        saves_are_kept(editor);
    }
}

#[test]
fn what_is_left_of_an_interrupted_run_is_known_by_its_name_and_its_lock() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let both = |old: &[u8], new: &[u8]| temporary::name_of_both(&at(".psalink-aaaaaa.part"), old, new);
    let (old, new, other) = (both(b"old", b"new"), both(b"old2", b"new2"), both(b"old3", b"new3"));
    fs::write(at(".psalink-bbbbbb.part"), "half").unwrap();
    fs::write(&old, "old").unwrap();
    fs::write(&new, "new2").unwrap();
    fs::write(&other, "saved by another program").unwrap();
    for look_alike in
        [".psalink-cccccc", ".psalink-notes.html", ".psalink-ccccc.part", ".psalink-c-cccc.part", ".psalink-"]
    {
        fs::write(at(look_alike), "mine").unwrap();
    }
    fs::create_dir(at(".psalink-dddddd.part")).unwrap();
    let held = temporary::create(folder.path(), false).unwrap();
    fs::write(at(".psalink-eeeeee.part"), "half").unwrap();
    // Another name for the folder that was swept when the file above was created.
    sweep(&folder.path().join("..").join(folder.path().file_name().unwrap()));
    let expected = [
        ".psalink-",
        ".psalink-c-cccc.part",
        ".psalink-ccccc.part",
        ".psalink-cccccc",
        ".psalink-dddddd.part",
        ".psalink-notes.html",
    ];
    let is_other = |name: &String| *name != other.file_name().unwrap().to_string_lossy();
    let is_held = |name: &String| *name == held.path().file_name().unwrap().to_string_lossy();
    let left: Vec<String> = names(folder.path()).into_iter().filter(|name| is_other(name) && !is_held(name)).collect();
    assert_eq!(left, expected);
    assert!(held.path().exists() && other.exists());
}

#[test]
fn a_lock_holds_what_is_below_it_and_leaves_what_is_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir_all(at("m/n")).unwrap();
    fs::create_dir_all(at("other")).unwrap();
    let Ok(held) = lock::take([at("m").as_path()]) else { panic!("no one else is here") };
    if held.note().is_some() {
        eprintln!("left out: there is no folder for locks here");
        return;
    }
    assert!(lock::take([at("other").as_path(), &at("mails")]).is_ok());
    for part in ["m/n/a.html", "m", "m/n", ""] {
        let error = lock::take([at(part).as_path()]).unwrap_err().to_string();
        assert!(error.contains("another psalink is changing files here"), "{part}: {error}");
    }
    drop(held);
    let files = [at("m/a.html"), at("m/b.html")];
    let lock = lock::take([files[0].as_path()]).unwrap();
    let _other = lock::take([files[1].as_path()]).unwrap();
    assert!(lock::take_for_file(&at("m/c.html")).is_err(), "a file of the folder is being changed");
    drop(lock);
}
