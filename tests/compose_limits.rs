//! Sources (`.j2`) that would use up the stack, the memory or the time of the process that composes them: each is an
//! error of its own file, and everything else is done as usual.

use std::time::{Duration, Instant};

use psalink::compose::Composer;
use psalink::session::Overrides;
use psalink::{Config, Session, Source, SourceKind};

use crate::cli::{Place, Ran, run};
use crate::serve::Served;

const TOO_LONG: &str = "this expression is too long: it chains more than 1000 words and symbols";
const BRACKETS: &str = "brackets are nested more than 40 levels deep here";
const BLOCKS: &str = "blocks are nested more than 50 levels deep here";
const HOLDS_ITSELF: &str = "this value contains itself, or is nested more than 100 levels deep";
const HOLDS_MANY: &str = "this value contains more than 200000 others";
const TAKES_LONG: &str = "this takes too long, so psalink stopped it";
const NO_STACK: &str = "a value here contains itself or is nested too deeply, so psalink stopped it";
const NO_END: &str = "this calls itself endlessly";

/// A `namespace()` that contains itself.
const CYCLE: &str = "{% set ns = namespace() %}{% set ns.a = ns %}";

/// A loop that builds a value on itself, and what is then done with it.
fn grown(turns: usize, step: &str, then: &str) -> String {
    format!(
        "{{% set ns = namespace() %}}{{% set ns.a = [1] %}}{{% for i in range({turns}) %}}{{% set ns.a = {step} %}}\
         {{% endfor %}}{then}"
    )
}

/// Each with part of the message about it.
fn shapes() -> Vec<(&'static str, String, &'static str)> {
    let many = 50_000;
    let chain = |before: &str, part: &str| format!("{{{{ {before}{} }}}}", part.repeat(many));
    let nested = |open: &str, close: &str| format!("{{{{ {}1{} }}}}", open.repeat(many), close.repeat(many));
    let blocks = |open: &str, close: &str| format!("{}{}", open.repeat(many), close.repeat(many));
    vec![
        ("cycle", format!("{CYCLE}{{{{ ns }}}}"), HOLDS_ITSELF),
        ("cycle-in-list", format!("{CYCLE}{{{{ [[ns]] }}}}"), HOLDS_ITSELF),
        ("cycle-in-dict", format!("{CYCLE}{{{{ {{'a': ns}} }}}}"), HOLDS_ITSELF),
        ("cycle-tojson", format!("{CYCLE}{{{{ ns | tojson }}}}"), HOLDS_ITSELF),
        ("cycle-pprint", format!("{CYCLE}{{{{ ns | pprint }}}}"), HOLDS_ITSELF),
        ("cycle-join", format!("{CYCLE}{{{{ [ns] | join }}}}"), HOLDS_ITSELF),
        ("cycle-escape", format!("{CYCLE}{{{{ ns | e }}}}"), HOLDS_ITSELF),
        ("cycle-replace", format!("{CYCLE}{{{{ 'a' | replace('a', ns) }}}}"), HOLDS_ITSELF),
        ("cycle-on-top", format!("---\nsubject: \"{CYCLE}{{{{ ns }}}}\"\n---\n<p>"), HOLDS_ITSELF),
        ("cycle-concat", format!("{CYCLE}{{{{ ns ~ '' }}}}"), NO_STACK),
        ("cycle-upper", format!("{CYCLE}{{{{ ns | upper }}}}"), NO_STACK),
        ("grown-deep", grown(90_000, "[ns.a]", "{{ ns.a }}"), HOLDS_ITSELF),
        ("grown-wide", grown(60, "[ns.a, ns.a]", "{{ ns.a }}"), HOLDS_MANY),
        ("grown-wide-tojson", grown(60, "{'a': ns.a, 'b': ns.a}", "{{ ns.a | tojson }}"), HOLDS_MANY),
        ("grown-text", grown(60, "ns.a ~ ns.a", ""), TAKES_LONG),
        ("grown-replace", grown(60, "ns.a | replace('1', '1' * 1000)", ""), TAKES_LONG),
        ("repeated-text", "{{ 'x' * 10**9 }}".to_owned(), TAKES_LONG),
        ("repeated-list", "{{ [1] * 10**9 }}".to_owned(), "repeated sequence is too large"),
        ("range", "{{ range(10**9) | list }}".to_owned(), "range has too many elements"),
        ("join", "{{ range(100000) | join('x' * 100000) }}".to_owned(), TAKES_LONG),
        ("indent", "{{ 'x\ny' | indent(10**9) }}".to_owned(), TAKES_LONG),
        ("format", "{{ '%1000000000d' | format(1) }}".to_owned(), TAKES_LONG),
        ("batch", "{{ [1] | batch(10**9, 1) }}".to_owned(), TAKES_LONG),
        ("sort", "{{ range(100000) | sort }}".to_owned(), TAKES_LONG),
        ("large", format!("{{% for i in range(100) %}}{}{{% endfor %}}", "x".repeat(300_000)), "larger than 16 MB"),
        ("huge", "x".repeat(9 << 20), "this file is larger than 8 MB"),
        ("lists", nested("[", "]"), BRACKETS),
        ("dicts", nested("{'a': ", "}"), BRACKETS),
        ("parentheses", nested("(", ")"), BRACKETS),
        ("calls-in-calls", nested("dict(", ")"), BRACKETS),
        ("plus", chain("1", "+1"), TOO_LONG),
        ("not", chain("", "not ") + "{{ 1 }}", TOO_LONG),
        ("minus", chain("", "-"), TOO_LONG),
        ("attributes", chain("brand", ".a"), TOO_LONG),
        ("items", chain("'a'", "[0]"), TOO_LONG),
        ("slices", chain("'a'", "[:1]"), TOO_LONG),
        ("calls", chain("dict", "()"), TOO_LONG),
        ("filters", chain("'a'", "|upper"), TOO_LONG),
        ("tests", chain("1", " is odd"), TOO_LONG),
        ("ternaries", chain("1", " if 1 else 1"), TOO_LONG),
        ("concats", chain("1", "~1"), TOO_LONG),
        ("comparisons", chain("1", "<1"), TOO_LONG),
        ("ands", chain("1", " and 1"), TOO_LONG),
        ("ors", chain("0", " or 0"), TOO_LONG),
        ("powers", chain("1", "**1"), TOO_LONG),
        ("strings", chain("'a'", " 'a'"), TOO_LONG),
        ("not-on-top", format!("---\nsubject: {}\n---\n<p>", chain("", "not ")), TOO_LONG),
        ("ifs", blocks("{% if 1 %}", "{% endif %}"), BLOCKS),
        ("fors", blocks("{% for i in [1] %}", "{% endfor %}"), BLOCKS),
        ("macros", blocks("{% macro a() %}", "{% endmacro %}"), BLOCKS),
        ("filter-blocks", blocks("{% filter upper %}", "{% endfilter %}"), BLOCKS),
        ("elifs", format!("{{% if 0 %}}{}{{% endif %}}", "{% elif 0 %}".repeat(many)), "more than 200 `{% elif %}`"),
        ("macro", "{% macro a() %}{{ a() }}{% endmacro %}{{ a() }}".to_owned(), NO_END),
        ("loop", "{% for i in [1] recursive %}{{ loop([1]) }}{% endfor %}".to_owned(), NO_END),
        ("itself", "{% include 'itself.html.j2' %}".to_owned(), "these files use each other in a circle"),
        ("layout", "---\nlayout: layout.html.j2\n---\n".to_owned(), "these files use each other in a circle"),
        ("divided", "{{ 1 // 0 }}".to_owned(), "unable to calculate 1 // 0"),
    ]
}

/// A template that no check detects in advance, and no fuel limits.
fn slow() -> String {
    grown(40, "ns.a + ns.a", "")
}

/// A folder with all of these, and with three correct ones.
fn place() -> Place {
    let place = Place::new();
    place.write("psalink.yaml", "portal: acme\ndialect: connectwise\n");
    for (name, text, _) in shapes() {
        place.write(&format!("m/{name}.html.j2"), text);
    }
    for name in ["aaa", "good", "zzz"] {
        place.write(
            &format!("m/{name}.html.j2"),
            "<html lang=\"en\"><p>{{ placeholder('ticket.number') }}</p></html>\n",
        );
    }
    place
}

/// Runs the program with a limit, on systems that support it: `-v` is for kilobytes of address space, `-n` for open
/// files.
fn run_within(place: &Place, limit: &str, args: &str) -> Ran {
    if !cfg!(unix) {
        return place.run(args);
    }
    let program = place.command();
    let mut shell = std::process::Command::new("sh");
    shell.arg("-c").arg(format!("ulimit {limit} && exec \"$0\" {args}")).arg(program.get_program());
    shell.current_dir(place.path(""));
    for (name, value) in program.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    run(shell, b"")
}

#[test]
fn no_source_takes_others_down() {
    let place = place();
    for command in ["lint m", "rewrite m -o out", "preview m -o pages", "test m"] {
        let start = Instant::now();
        let ran = run_within(&place, "-v 2000000", command).code(2);
        assert!(start.elapsed() < Duration::from_secs(100), "{command}");
        for (name, _, message) in shapes() {
            let of_file = format!("`m/{name}.html.j2`");
            let line = ran.err.lines().find(|line| line.starts_with("error") && line.contains(&of_file));
            let line = line.unwrap_or_else(|| panic!("{command}: nothing about {name}: {}", ran.err));
            assert!(line.contains(message), "{command}: {line}");
        }
        let errors = ran.err.lines().filter(|line| line.starts_with("error")).count();
        assert_eq!(errors, shapes().len(), "{command}: {}", ran.err);
        for bad in ["panicked", "overflowed", "allocation"] {
            assert!(!ran.err.contains(bad), "{command}: {}", ran.err);
        }
    }
    let files = place.files();
    assert_eq!(files.iter().filter(|name| name.starts_with("out/")).count(), 3, "{files:?}");
    for name in ["aaa", "good", "zzz"] {
        assert!(place.read(&format!("out/{name}.html")).contains("[srnumber]"));
        assert!(files.iter().any(|file| file.starts_with("pages/") && file.contains(name)), "{files:?}");
    }
}

#[test]
fn the_workbench_outlives_every_source() {
    let place = place();
    let served = Served::start(&place, "m");
    let rows = served.get("/api/project").is(200).json()["templates"].clone();
    let rows = rows.as_array().unwrap();
    assert_eq!(rows.len(), shapes().len() + 3);
    let shapes = shapes();
    for row in rows {
        let name = row["name"].as_str().unwrap().strip_suffix(".html.j2").unwrap();
        match shapes.iter().find(|(known, ..)| *known == name) {
            Some((_, _, message)) => assert!(row["problem"].as_str().unwrap().contains(message), "{row}"),
            None => assert!(row["problem"].is_null(), "{row}"),
        }
    }
    for (name, _, message) in &shapes {
        let reply = served.template(&format!("m/{name}.html.j2"));
        assert!(reply["problem"]["message"].as_str().unwrap().contains(message), "{name}");
        assert!(reply["mail"].is_null());
    }
    let reply = served.template("m/good.html.j2");
    assert!(reply["problem"].is_null() && reply["mail"]["has_html"] == true, "{reply}");
}

#[test]
fn what_takes_too_long_is_stopped() {
    let place = Place::new();
    place.write("psalink.yaml", "portal: acme\ndialect: connectwise\n").write("m/slow.html.j2", slow());
    place.write("m/good.html.j2", "<html lang=\"en\"><p>{{ language }}</p></html>\n");
    let start = Instant::now();
    let ran = run_within(&place, "-v 2000000", "rewrite m -o out").code(2);
    assert!(start.elapsed() < Duration::from_secs(40), "{:?}", start.elapsed());
    let errors: Vec<&str> = ran.err.lines().filter(|line| line.starts_with("error")).collect();
    // With less time to wait, it would run out of memory instead.
    let is_reported =
        |message: &str| message.contains("took longer than 5 seconds") || message.contains("needs more memory than");
    assert!(
        matches!(errors.as_slice(), [error] if error.contains("`m/slow.html.j2`") && is_reported(error)),
        "{}",
        ran.err
    );
    assert!(place.exists("out/good.html"));

    let served = Served::start(&place, "m");
    for _ in 0..2 {
        let rows = served.get("/api/project").is(200).json()["templates"].clone();
        assert!(rows[0]["problem"].is_null() && is_reported(rows[1]["problem"].as_str().unwrap()), "{rows}");
    }
    // Once it is fixed, it is treated like any other.
    place.write("m/slow.html.j2", "<p>right");
    assert!(served.template("m/slow.html.j2")["problem"].is_null());
}

#[test]
fn the_library_alone_reports_what_is_nested_too_deeply() {
    let session = Session::new(Config::default(), Overrides::default()).unwrap();
    for (name, text, message) in shapes() {
        // A stack overflow ends the process; the library explains it.
        if [NO_STACK, "these files use each other in a circle"].contains(&message) {
            continue;
        }
        let source = Source::from_text("a.html.j2", &text, SourceKind::Html);
        let error = session.compose(source, &Composer::default()).unwrap_err();
        assert!(error.detail().contains(message), "{name}: {error}");
        assert_eq!(error.path(), Some("a.html.j2"));
    }
}

#[test]
fn what_people_write_stays_as_it_is() {
    let place = Place::new();
    place.write("psalink.yaml", "portal: acme\ndialect: connectwise\n");
    let rows: String =
        (0..300).map(|row| format!("{{% set x{row} = {{'a': [{row}, 'b'], 'c': {row}}} %}}\n")).collect();
    let choices: String = (0..150).map(|row| format!("{{% elif language == '{row}' %}}{row}")).collect();
    let nested = format!("{}x{}", "{% if 1 %}".repeat(50), "{% endif %}".repeat(50));
    let list = format!("{{{{ [{}] | length }}}}", "'a', ".repeat(20_000));
    let concat = format!("{{{{ ''{} }}}}", " ~ 'a'".repeat(300));
    let text = format!(
        "{rows}{{% if 0 %}}{choices}{{% else %}}else{{% endif %}}|{nested}|{list}|{concat}|{{{{ {{'a': [1, (2, 3)]}} }}}}|\
         {{{{ [1, 2] | join(', ') }}}}|{{{{ {{'a': 1}} | tojson }}}}|{{{{ 'a-b' | replace('-', '/') }}}}|\
         {{{{ '%s!' | format('a') }}}}|{{{{ range(3) | list }}}}|{{% raw %}}{{{{ (((( }}}}{{% endraw %}}{{# {{{{ (( #}}"
    );
    place.write("a.txt.j2", text);
    let expected = format!(
        "else|x|20000|{}|{{'a': [1, (2, 3)]}}|1, 2|{{\"a\": 1}}|a/b|a!|[0, 1, 2]|{{{{ (((( }}}}",
        "a".repeat(300)
    );
    place.run("rewrite a.txt.j2").code(0).prints(&expected);
}

#[test]
fn expressions_in_a_long_file_cost_no_more_than_elsewhere() {
    let session = Session::new(Config::default(), Overrides::default()).unwrap();
    let time = |text: &str| {
        let once = || {
            let start = Instant::now();
            let source = Source::from_text("a.html.j2", text, SourceKind::Html);
            session.compose(source, &Composer::default()).unwrap();
            start.elapsed()
        };
        (0..3).map(|_| once()).min().unwrap()
    };
    let long = "x".repeat(6 << 20);
    let (alone, with) = (time(&long), time(&format!("{long}{}", "{{ 1 }}".repeat(6000))));
    // Searching the whole file for each of them took over 3 seconds more.
    assert!(with < alone * 4 + Duration::from_secs(1), "{alone:?} alone, {with:?} with expressions");
}

#[test]
fn no_help_names_the_process() {
    let place = Place::new();
    for args in ["--help", "man", "completions bash", "completions zsh", "completions powershell"] {
        let ran = place.run(args).code(0);
        assert!(!String::from_utf8_lossy(&ran.out).contains("put-templates-together"), "{args}");
    }
    // It ends if it gets no order, and other arguments after it give no access.
    place.run("__put-templates-together").code(0);
    place.run("__put-templates-together lint").code(2);
}

#[cfg(unix)]
#[test]
fn without_room_for_the_process_only_sources_fail() {
    let place = Place::new();
    place.write("psalink.yaml", "portal: acme\ndialect: connectwise\n");
    place.write("m/a.html.j2", "<p>{{ 1 }}").write("m/b.html", "<html lang=\"en\"><p>[srnumber]</p></html>\n");
    for (limit, message) in [
        ("-v 250000", "there is not enough memory to build this template"),
        ("-n 8", "psalink could not start its second process, which builds sources (.j2): "),
    ] {
        let ran = run_within(&place, limit, "rewrite m -o out -j 1").code(2);
        let errors: Vec<&str> = ran.err.lines().filter(|line| line.starts_with("error")).collect();
        let is_reported = |line: &str| line.contains("`m/a.html.j2`: ") && line.contains(message);
        assert!(matches!(errors.as_slice(), [error] if is_reported(error)), "{}", ran.err);
        assert!(place.exists("out/b.html") && !place.exists("out/a.html"));
        std::fs::remove_dir_all(place.path("out")).unwrap();
    }
}

#[cfg(target_os = "linux")]
mod processes {
    use std::process::Command;

    use super::*;

    /// The running child processes of a process.
    fn children(parent: u32) -> Vec<u32> {
        let ids = std::fs::read_dir("/proc").unwrap().flatten();
        let ids = ids.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
        let is_child = |id: &u32| {
            let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
            let says = |state: &str| status.lines().any(|line| line == state);
            says(&format!("PPid:\t{parent}")) && !says("State:\tZ (zombie)")
        };
        ids.filter(is_child).collect()
    }

    fn is_gone(id: u32) -> bool {
        let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
        status.is_empty() || status.contains("State:\tZ")
    }

    fn kill(id: u32) {
        assert!(Command::new("kill").args(["-9", &id.to_string()]).status().unwrap().success());
    }

    #[test]
    fn one_process_serves_all_and_is_started_again() {
        let place = Place::new();
        place.write("psalink.yaml", "portal: acme\ndialect: connectwise\n");
        place.write("m/a.html.j2", "<p>{% include '_b.html.j2' %}").write("m/_b.html.j2", "one");
        place.write("m/bad.html.j2", format!("{CYCLE}{{{{ ns ~ '' }}}}"));
        let served = Served::start_with(&place, "m", &[("PSALINK_SMTP_PASSWORD", "hunter2"), ("OTHER", "secret")]);
        assert!(children(served.id()).is_empty(), "nothing needs it yet");
        let text = || served.template("m/a.html.j2")["files"][1]["text"].as_str().unwrap().to_owned();
        assert_eq!(text(), "one");
        let [first] = children(served.id())[..] else { panic!("one process") };
        let environment =
            String::from_utf8_lossy(&std::fs::read(format!("/proc/{first}/environ")).unwrap()).into_owned();
        assert!(!environment.contains("hunter2") && !environment.contains("secret"), "{environment}");
        // A file that changes is read again, by the same process.
        place.write("m/_b.html.j2", "two");
        assert_eq!((text().as_str(), children(served.id())), ("two", vec![first]));
        kill(first);
        assert_eq!(text(), "two");
        let [second] = children(served.id())[..] else { panic!("one process") };
        served.template("m/bad.html.j2");
        assert!(is_gone(second));
        assert_eq!(text(), "two");
        let [third] = children(served.id())[..] else { panic!("one process") };
        drop(served); // which kills the workbench but not its child
        let start = Instant::now();
        while !is_gone(third) {
            assert!(start.elapsed() < Duration::from_secs(20), "it outlives the workbench");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    #[test]
    fn a_process_that_works_ends_with_its_parent() {
        let place = Place::new();
        place.write("psalink.yaml", "portal: acme\ndialect: connectwise\n").write("a.html.j2", slow());
        let mut asking = place.command().args(["lint", "."]).spawn().unwrap();
        let start = Instant::now();
        let child = loop {
            if let Some(child) = children(asking.id()).first() {
                break *child;
            }
            assert!(start.elapsed() < Duration::from_secs(20), "it starts no process");
        };
        std::thread::sleep(Duration::from_millis(300));
        asking.kill().unwrap();
        asking.wait().unwrap();
        let start = Instant::now();
        while !is_gone(child) {
            assert!(start.elapsed() < Duration::from_secs(3), "it works on");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    #[test]
    fn texts_and_names_of_all_kinds_cross_the_pipe_as_they_are() {
        let place = Place::new();
        place.write("psalink.yaml", "portal: acme\ndialect: connectwise\nbrand: { name: \"\\u0007\\\"\\\\ü\" }\n");
        place.write("ä \"b\".txt.j2", "\u{feff}\u{1}\u{7f}\"\\ ü \u{1f600}\r\n{{ brand.name }}\n");
        place.run("rewrite . -o out").code(0);
        assert_eq!(place.read("out/ä \"b\".txt"), "\u{1}\u{7f}\"\\ ü \u{1f600}\r\n\u{7}\"\\ü\n");
    }
}
