//! The structure of the code: no file imports another in a cycle, neither in the library nor in the program, and no
//! file or function is too long to grasp.
//!
//! Names are followed through every `use`, so that a re-exported name counts for the file that defines it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// A module of a crate, as its path without `crate`.
type Name = Vec<String>;

/// What is known about one module.
struct Module {
    file: String,
    /// Names that `use` imports or re-exports, each with the path that it stands for, from the root of the crate.
    names: BTreeMap<String, Name>,
    /// The names that are only re-exported, which does not count as an import, since the module's code does not use
    /// them.
    handed_on: BTreeSet<String>,
    /// Paths in the module's code, as written.
    paths: Vec<Name>,
}

#[test]
fn no_file_imports_another_in_a_circle() {
    let mut found = Vec::new();
    for (root, folder) in [("src/lib.rs", "src"), ("src/bin/psalink/main.rs", "src/bin/psalink")] {
        let modules = modules(root, Path::new(folder));
        assert!(modules.len() > 40, "{root}: {} modules were read", modules.len());
        let arrows = arrows(&modules);
        assert!(arrows.len() > 100, "{root}: {} imports were read", arrows.len());
        found.extend(circles(&arrows));
    }
    assert!(found.is_empty(), "files that import each other in a circle:\n{}", found.join("\n"));
}

#[test]
fn no_file_is_longer_than_a_reader_can_hold() {
    const LONGEST: usize = 450;
    let mut files = BTreeMap::new();
    read_folder(Path::new("src"), &Name::new(), "", &mut files);
    read_folder(Path::new("src/bin/psalink"), &vec!["bin".to_owned()], "", &mut files);
    assert!(files.len() > 300, "{} files were read", files.len());
    for (file, _) in files.values() {
        let lines = fs::read_to_string(file).unwrap().lines().count();
        assert!(lines <= LONGEST, "{file} has {lines} lines; split it by noun, {LONGEST} is the limit");
    }
    let direct = files.values().filter(|(file, _)| file.matches('/').count() == 1).count();
    assert!(
        direct <= 10,
        "{direct} files lie directly in src/; a folder for each step of the pipeline is easier to read"
    );
}

#[test]
fn no_function_is_longer_than_a_reader_can_hold() {
    const LONGEST: usize = 75;
    let mut files = BTreeMap::new();
    for (root, folder) in [("src/lib.rs", "src"), ("src/bin/psalink/main.rs", "src/bin/psalink")] {
        files.insert(vec![root.to_owned()], (root.to_owned(), String::new()));
        read_folder(Path::new(folder), &vec![folder.to_owned()], root, &mut files);
    }
    let (mut count, mut found) = (0, Vec::new());
    for (file, _) in files.values() {
        let functions = functions(&without_tests(file));
        count += functions.len();
        let long = functions.into_iter().filter(|(_, lines)| *lines > LONGEST);
        found.extend(long.map(|(name, lines)| format!("{file}: `{name}` has {lines} lines")));
    }
    assert!(count > 2000, "{count} functions were read");
    assert!(found.is_empty(), "split by noun; {LONGEST} lines are the limit:\n{}", found.join("\n"));
}

#[test]
fn every_kind_of_function_is_measured() {
    let code = "\
fn short() {}
impl A {
    // A fn in a comment does not count.
    pub(in crate::a) async fn method(
        &self,
    ) -> B {
        fn nested<T>() -> T
        where
            T: Default,
        {
            T::default()
        }
        nested()
    }
}
trait C {
    const fn declared(
        &self,
    ) -> B;
    unsafe extern \"C\" fn given(&self) {
        let call: fn() = || {};
    }
}
";
    let expected = [("short", 1), ("method", 11), ("nested", 6), ("declared", 3), ("given", 3)];
    assert_eq!(functions(code), expected.map(|(name, lines)| (name.to_owned(), lines)));
}

#[test]
fn the_front_door_of_the_library_is_small() {
    let (uses, _) = split_uses(&code_of("src/lib.rs"));
    let names: BTreeSet<String> = uses.iter().flat_map(|(_, tree)| flat(tree)).map(|(_, name)| name).collect();
    let chapters = ["document", "link"];
    let names: Vec<&String> = names.iter().filter(|name| !chapters.contains(&name.as_str())).collect();
    assert!((15..=20).contains(&names.len()), "{} names at the root of the library: {names:?}", names.len());
}

#[test]
fn a_circle_is_found() {
    let arrow = |from: &str, to: &str| (from.to_owned(), to.to_owned());
    let arrows = BTreeSet::from([arrow("a", "b"), arrow("b", "c"), arrow("c", "a"), arrow("a", "d"), arrow("d", "e")]);
    assert_eq!(circles(&arrows), ["a -> b, b -> c, c -> a"]);
    let arrows = BTreeSet::from([arrow("a", "b"), arrow("a", "c"), arrow("b", "c")]);
    assert_eq!(circles(&arrows), Vec::<String>::new());
}

/// Reads a crate, starting from its root file.
fn modules(root: &str, folder: &Path) -> BTreeMap<Name, Module> {
    let mut texts = BTreeMap::new();
    texts.insert(Name::new(), (root.to_owned(), code_of(root)));
    read_folder(folder, &Name::new(), root, &mut texts);
    let known: BTreeSet<Name> = texts.keys().cloned().collect();
    let of_module = |(name, (file, code)): (Name, (String, String))| {
        let (uses, rest) = split_uses(&code);
        let (mut names, mut handed_on) = (BTreeMap::new(), BTreeSet::new());
        let words: BTreeSet<&str> =
            rest.split(|character: char| !character.is_alphanumeric() && character != '_').collect();
        for (is_public, text) in uses {
            for (path, alias) in flat(&text) {
                if let Some(path) = absolute(&path, &name, &known) {
                    if is_public && !words.contains(&*alias) {
                        handed_on.insert(alias.clone());
                    }
                    names.insert(alias, path);
                }
            }
        }
        (name, Module { file, names, handed_on, paths: paths_in(&rest) })
    };
    texts.into_iter().map(of_module).collect()
}

fn read_folder(folder: &Path, name: &Name, root: &str, texts: &mut BTreeMap<Name, (String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let shown = path.to_str().unwrap().replace('\\', "/");
        let inner: Name = name.iter().cloned().chain([stem.clone()]).collect();
        if path.is_dir() {
            if stem != "bin" {
                read_folder(&path, &inner, root, texts);
            }
        } else if path.extension().is_some_and(|end| end == "rs") && shown != root && stem != "tests" {
            let module = if stem == "mod" { name.clone() } else { inner };
            texts.insert(module, (shown.clone(), code_of(&shown)));
        }
    }
}

/// The code of a file without its comments and its tests.
fn code_of(file: &str) -> String {
    let is_code = |line: &&str| !line.trim_start().starts_with("//");
    without_tests(file).lines().filter(is_code).map(|line| format!("{line}\n")).collect()
}

fn without_tests(file: &str) -> String {
    let text = fs::read_to_string(file).unwrap().replace("\r\n", "\n");
    text.split("\n#[cfg(test)]\nmod tests").next().unwrap().to_owned()
}

/// Every function in a file, including those in `impl` blocks and in other functions, with its number of lines from
/// `fn` to its end. In rustfmt's layout, a function ends at the first brace with the same indentation as its start.
fn functions(code: &str) -> Vec<(String, usize)> {
    let lines: Vec<&str> = code.lines().collect();
    let mut found = Vec::new();
    for (start, line) in lines.iter().enumerate() {
        let Some(name) = function_named(line) else { continue };
        let indent = line.len() - line.trim_start().len();
        let as_far_in = |line: &str| line.len() > indent && line.trim_start().len() == line.len() - indent;
        let rest = &lines[start..];
        let head = rest.iter().position(|line| as_far_in(line) && line.ends_with(['{', ';', '}'])).unwrap();
        let body = match rest[head].ends_with('{') {
            true => rest[head + 1..].iter().position(|line| as_far_in(line) && line.trim() == "}").unwrap() + 1,
            false => 0,
        };
        found.push((name, head + body + 1));
    }
    found
}

/// The name of the function that begins on a line.
fn function_named(line: &str) -> Option<String> {
    let (before, after) = format!(" {line}").split_once(" fn ").map(|(a, b)| (a.to_owned(), b.to_owned()))?;
    let is_qualifier = |word: &str| {
        ["const", "async", "unsafe", "extern", "default", "in"].contains(&word)
            || word.starts_with("pub")
            || word.starts_with('"')
            || word.ends_with(')')
    };
    let name: String = after.chars().take_while(|character| character.is_alphanumeric() || *character == '_').collect();
    (!name.is_empty() && before.split_whitespace().all(is_qualifier)).then_some(name)
}

/// The trees of all `use` items, each with whether it re-exports, and the remaining code.
fn split_uses(code: &str) -> (Vec<(bool, String)>, String) {
    let (mut uses, mut rest) = (Vec::new(), String::new());
    let mut lines = code.lines();
    while let Some(line) = lines.next() {
        let start = line.trim_start();
        let bare = start.strip_prefix("pub").map_or(start, |after| match after.strip_prefix('(') {
            Some(inside) => inside.split_once(')').map_or(after, |(_, after)| after).trim_start(),
            None => after.trim_start(),
        });
        let Some(tree) = bare.strip_prefix("use ") else {
            rest.push_str(line);
            rest.push('\n');
            continue;
        };
        let mut tree = tree.to_owned();
        while !tree.contains(';') {
            tree.push_str(lines.next().unwrap());
        }
        let tree = tree.split(';').next().unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
        uses.push((bare.len() < start.len(), tree));
    }
    (uses, rest)
}

/// `a::{b, c::{self, d as e}}` as its paths, each with the name that it gets.
fn flat(tree: &str) -> Vec<(Name, String)> {
    let tree = tree.trim();
    let Some((before, inside)) = tree.split_once('{') else {
        let (path, alias) = tree.split_once(" as ").map_or((tree, None), |(path, alias)| (path, Some(alias)));
        let mut path: Name = path.split("::").map(|step| step.trim().to_owned()).collect();
        if path.last().is_some_and(|last| last == "self") && path.len() > 1 {
            path.pop();
        }
        let alias = alias.map_or_else(|| path.last().unwrap().clone(), str::to_owned);
        return vec![(path, alias)];
    };
    let inside = inside.strip_suffix('}').unwrap();
    let (mut depth, mut start, mut found) = (0, 0, Vec::new());
    for (at, character) in inside.char_indices().chain([(inside.len(), ',')]) {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                if !inside[start..at].trim().is_empty() {
                    found.extend(flat(&format!("{before}{}", inside[start..at].trim())));
                }
                start = at + 1;
            }
            _ => {}
        }
    }
    found
}

/// Every path of at least two segments in a text.
fn paths_in(code: &str) -> Vec<Name> {
    let is_part = |character: char| character.is_alphanumeric() || character == '_' || character == ':';
    let words = code.split(|character: char| !is_part(character)).filter(|word| word.contains("::"));
    let steps = |word: &str| word.split("::").filter(|step| !step.is_empty()).map(str::to_owned).collect();
    words.map(steps).filter(|path: &Name| path.len() > 1).collect()
}

/// A path from the root of the crate; `None` if it leads out of the crate.
fn absolute(path: &[String], module: &Name, known: &BTreeSet<Name>) -> Option<Name> {
    let (mut base, mut rest) = match path.first()?.as_str() {
        "crate" => (Name::new(), &path[1..]),
        "self" => (module.clone(), &path[1..]),
        "super" => (module[..module.len() - 1].to_vec(), &path[1..]),
        first => {
            let child: Name = module.iter().cloned().chain([first.to_owned()]).collect();
            (known.contains(&child).then(|| module.clone())?, path)
        }
    };
    while rest.first().is_some_and(|step| step == "super") {
        base.pop();
        rest = &rest[1..];
    }
    base.extend(rest.iter().cloned());
    Some(base)
}

/// Which file imports which.
fn arrows(modules: &BTreeMap<Name, Module>) -> BTreeSet<(String, String)> {
    let known: BTreeSet<Name> = modules.keys().cloned().collect();
    let mut arrows = BTreeSet::new();
    for (name, module) in modules {
        let mut add = |path: &Name| {
            // Importing a module does not count yet; using something from it does.
            if !modules.contains_key(path)
                && let Some(file) = home(modules, path, 0)
                && file != module.file
            {
                arrows.insert((module.file.clone(), file));
            }
        };
        for (_, path) in module.names.iter().filter(|(name, _)| !module.handed_on.contains(*name)) {
            add(path);
        }
        for path in &module.paths {
            let path = match module.names.get(&path[0]) {
                Some(known) => Some(known.iter().chain(&path[1..]).cloned().collect()),
                None => absolute(path, name, &known),
            };
            if let Some(path) = path {
                add(&path);
            }
        }
    }
    arrows
}

/// The file that defines what a path refers to.
fn home(modules: &BTreeMap<Name, Module>, path: &[String], depth: usize) -> Option<String> {
    assert!(depth < 20, "{path:?} leads in a circle");
    let mut module = Name::new();
    for (index, step) in path.iter().enumerate() {
        let child: Name = module.iter().cloned().chain([step.clone()]).collect();
        if modules.contains_key(&child) {
            module = child;
        } else if let Some(known) = modules[&module].names.get(step) {
            let path: Name = known.iter().chain(&path[index + 1..]).cloned().collect();
            return home(modules, &path, depth + 1);
        } else {
            break;
        }
    }
    modules.get(&module).map(|module| module.file.clone())
}

/// The cycles, each as the imports that form it.
fn circles(arrows: &BTreeSet<(String, String)>) -> Vec<String> {
    let files: BTreeSet<&String> = arrows.iter().flat_map(|(from, to)| [from, to]).collect();
    let reached: BTreeMap<&String, BTreeSet<&String>> = files.iter().map(|file| (*file, reach(arrows, file))).collect();
    let mut done: BTreeSet<&String> = BTreeSet::new();
    let mut found = Vec::new();
    for file in files.iter().filter(|file| reached[**file].contains(**file)) {
        let ring: BTreeSet<&String> =
            reached[*file].iter().filter(|other| reached[**other].contains(*file)).copied().collect();
        if done.insert(ring.first().unwrap()) {
            let ties = arrows.iter().filter(|(from, to)| ring.contains(from) && ring.contains(to));
            found.push(ties.map(|(from, to)| format!("{from} -> {to}")).collect::<Vec<_>>().join(", "));
        }
    }
    found
}

/// What can be reached from a file; the file itself only if a cycle leads back.
fn reach<'a>(arrows: &'a BTreeSet<(String, String)>, from: &String) -> BTreeSet<&'a String> {
    let mut found: BTreeSet<&String> = BTreeSet::new();
    let mut open: Vec<&String> = arrows.iter().filter(|(start, _)| start == from).map(|(_, to)| to).collect();
    while let Some(file) = open.pop() {
        if found.insert(file) {
            open.extend(arrows.iter().filter(|(start, _)| start == file).map(|(_, to)| to));
        }
    }
    found
}
