//! The output of a check in every format: one difficult template in all of them, each checked against what its readers
//! require.

use std::io;
use std::path::Path;

use psalink::lint::{Profile, RULES};
use psalink::report::{self, Format, Report, full};
use psalink::session::Overrides;
use psalink::source::edit;
use psalink::{Config, Diagnostic, Edit, Error, ErrorKind, Safety, Session, Source, SourceKind, Span, check};
use serde_json::Value;
use unicode_width::UnicodeWidthChar;

/// Accents of one and of two characters, double-width letters, an emoji of two UTF-16 units, tabs, CR LF.
const HARD: &str = "<!doctype html>\r\n<p title=\"Café 😀 e\u{301}\">\tHello 日本 [SRNumber],</p>\r\n\
    <a href=\"[dd:tikcet]\">\tOpen e\u{301}😀 it</a>\r\n<p>\t<b>\r\n\t100%</b> [SRNumber]</p>\r\n";

const NAME: &str = "./mails/grüße #1 100%.html";

const ENCODINGS: [&str; 2] = ["utf-8", "utf-16le"];

fn bytes(encoding: &str) -> Vec<u8> {
    let text = format!("\u{feff}{HARD}");
    if encoding == "utf-8" { text.into_bytes() } else { text.encode_utf16().flat_map(u16::to_le_bytes).collect() }
}

fn hard(encoding: &str) -> (Source, Vec<Diagnostic>) {
    let source = Source::read(NAME, bytes(encoding), SourceKind::Html, None).unwrap();
    let text = String::from_utf8(source.bytes().to_vec()).unwrap();
    let span = |needle: &str| {
        let at = text.find(needle).unwrap();
        Span::new(at, at + needle.len())
    };
    let last = text.rfind("[SRNumber]").unwrap();
    let case = |span: Span| {
        let edit = Edit::new(Span::new(span.start as usize + 1, span.end as usize - 1), "srnumber");
        Diagnostic::warning("misspelt-case", span, "the PSA spells this placeholder `[srnumber]`")
            .help("write `srnumber`")
            .fix("write `srnumber`", Safety::Safe, vec![edit])
    };
    let found = vec![
        case(span("[SRNumber]")),
        Diagnostic::error("unknown-macro", span("tikcet"), "there is no macro `[dd:tikcet]`")
            .with_note("known are \"ticket\", <b>ticket_list</b> & others: 100%, {0}")
            .help("did you mean `[dd:ticket]`?")
            .fix(
                "write `[dd:ticket]`",
                Safety::Suggested,
                vec![Edit::new(span("tikcet"), "ticket"), Edit::new(span("\tOpen e\u{301}😀 it"), "Öffnen 😀\r\nnow")],
            ),
        Diagnostic::note("unexpected-host", span("<b>\r\n\t100%</b>"), "<b title=\"a,b\">]]></b> &amp; 'it': 100%")
            .fix("take it out", Safety::Shown, vec![Edit::delete(span("<b>\r\n\t"))]),
        case(Span::new(last, last + "[SRNumber]".len())),
    ];
    (source, found)
}

/// The difficult template, one without findings, and a file that cannot be read.
fn hard_report(encoding: &str) -> Report {
    let mut report = Report::default();
    let (source, found) = hard(encoding);
    report.add(&source, &found);
    report.add(&Source::from_text("mails/clean.html", "<p>Hello</p>\n", SourceKind::Html), &[]);
    report.errors.push(Error::new(ErrorKind::Encoding, "the file holds half a character").at("mails/half.html"));
    report
}

/// Everything that the rules report about the templates in a folder.
fn real_report(folder: &str) -> Report {
    let overrides = Overrides { portal: Some("acme".to_owned()), ..Overrides::default() };
    let session = Session::new(Config::default(), overrides).unwrap();
    let mut parser = session.parser();
    let mut report = Report::default();
    for path in crate::templates::files(folder) {
        let name = path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap().to_str().unwrap().to_owned();
        let document = Source::read(&name, std::fs::read(&path).unwrap(), crate::templates::kind(&path), None)
            .and_then(|source| session.parse(source, &mut parser));
        let checked = document.and_then(|document| {
            let settings = session.settings(&document, &mut parser)?;
            let found = check(&document, &settings, parser.vocabulary(), &Profile::all());
            Ok((document, found))
        });
        match checked {
            Ok((document, found)) => {
                for diagnostic in &found {
                    same_change(document.source(), diagnostic, &std::fs::read(&path).unwrap());
                }
                let shown = full::write(document.source(), &found, style(false));
                let is_plain = |character: char| !character.is_control() || character == '\n';
                assert!(shown.chars().all(is_plain) && shown.is_empty() == found.is_empty(), "{shown:?}");
                report.add(document.source(), &found);
            }
            Err(error) => report.errors.push(error.at(name)),
        }
    }
    report
}

fn written(write: fn(&Report, &mut Vec<u8>) -> io::Result<()>, report: &Report) -> String {
    let mut out = Vec::new();
    write(report, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn json(report: &Report) -> Value {
    serde_json::from_str(&written(|report, out| report::json::write(report, out), report)).unwrap()
}

fn sarif(report: &Report) -> Value {
    serde_json::from_str(&written(|report, out| report::sarif::write(report, out), report)).unwrap()
}

fn gitlab(report: &Report) -> Value {
    serde_json::from_str(&written(|report, out| report::gitlab::write(report, out), report)).unwrap()
}

fn github(report: &Report) -> String {
    written(|report, out| report::github::write(report, out), report)
}

fn junit(report: &Report) -> String {
    written(|report, out| report::junit::write(report, out), report)
}

fn style(colored: bool) -> full::Style {
    full::Style { colored, width: Some(100), changes: true }
}

#[test]
fn one_hard_template_in_every_format() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("snapshots/outputs");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    for encoding in ENCODINGS {
        let (source, found) = hard(encoding);
        let report = hard_report(encoding);
        for format in Format::ALL {
            let text = match format {
                Format::Full => full::write(&source, &found, style(false)),
                Format::Concise => report::concise::write(&source, &found),
                Format::Json => format!("{:#}\n", json(&report)),
                Format::Sarif => {
                    let mut sarif = sarif(&report);
                    let driver = &mut sarif["runs"][0]["tool"]["driver"];
                    assert_eq!(driver["version"], env!("CARGO_PKG_VERSION"));
                    for (key, value) in [("version", "0"), ("semanticVersion", "0"), ("rules", "those of a release")] {
                        driver[key] = value.into();
                    }
                    // Another test compares it with the list of rules, which grows.
                    for result in sarif["runs"][0]["results"].as_array_mut().unwrap() {
                        result.as_object_mut().unwrap().remove("ruleIndex");
                    }
                    format!("{sarif:#}\n")
                }
                Format::Github => github(&report),
                Format::Gitlab => format!("{:#}\n", gitlab(&report)),
                Format::Junit => junit(&report),
            };
            settings.bind(|| insta::assert_snapshot!(format!("{encoding}.{format}"), text));
        }
    }
}

/// The change of a finding, once as a reader of the report makes it, and once as psalink does.
fn same_change(source: &Source, diagnostic: &Diagnostic, disk: &[u8]) {
    let report::Located { fix: Some(fix), .. } = &report::locate(source, std::slice::from_ref(diagnostic))[0] else {
        return;
    };
    if fix.safety == Safety::Shown {
        return;
    }
    let mut changed = disk.to_vec();
    for edit in fix.edits.iter().rev() {
        let text = match source.encoding() {
            "UTF-16LE" => edit.text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            _ => source.encode(&edit.text).into_owned(),
        };
        changed.splice(edit.start.offset..edit.end.offset, text);
    }
    let expected = edit::apply(source, &diagnostic.fix.as_ref().unwrap().edits).unwrap();
    assert!(changed == expected, "{}: {}", source.name(), diagnostic.message);
}

#[test]
fn edits_are_those_of_the_file_on_disk() {
    for encoding in ENCODINGS {
        let (source, found) = hard(encoding);
        for diagnostic in &found {
            same_change(&source, diagnostic, &bytes(encoding));
        }
    }
}

/// A report that only counts most of the findings.
fn cut_report() -> Report {
    let source = Source::from_text("a.html", "[X]".repeat(300), SourceKind::Html);
    let found: Vec<Diagnostic> =
        (0..300).map(|index| Diagnostic::error("misspelt-case", Span::new(index * 3, index * 3 + 3), "it")).collect();
    let (shown, cut) = report::first_of_each(&source, &found, report::MOST);
    let mut report = Report { cut, ..Report::default() };
    report.add(&source, &shown);
    assert_eq!((report.totals().errors, report.findings.len()), (300, 100));
    report
}

/// The errors of a document according to a schema.
fn faults(schema: &Value, document: &Value) -> Vec<String> {
    let validator = jsonschema::options().should_validate_formats(true).build(schema).unwrap();
    validator.iter_errors(document).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

fn fixture(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/schemas").join(name);
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn the_json_schema_is_the_one_of_the_types() {
    let mut schema = report::json::schema();
    let command = "UPDATE_SCHEMA=1 cargo test --test tests the_json_schema_is_the_one_of_the_types";
    schema["$comment"] = format!("made by `{command}`").into();
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/schemas/lint-report.json");
        std::fs::write(path, format!("{schema:#}\n")).unwrap();
        return;
    }
    let shipped: Value = serde_json::from_str(report::json::SCHEMA).unwrap();
    assert!(shipped == schema, "run {command}");
}

#[test]
fn json_is_as_its_schema_says() {
    let schema = fixture("lint-report.json");
    for report in [hard_report("utf-8"), hard_report("utf-16le"), real_report("broken"), Report::default()] {
        let json = json(&report);
        assert_eq!(faults(&schema, &json), Vec::<String>::new());
        assert_eq!(json["diagnostics"].as_array().unwrap().len(), report.findings.len());
    }
    // The schema would detect this.
    for (pointer, wrong) in [
        ("/version", Value::from(2)),
        ("/diagnostics/0/level", "fatal".into()),
        ("/diagnostics/0/start/line", 0.into()),
        ("/diagnostics/0/fix/edits/0/start", "3".into()),
        ("/summary", Value::Null),
    ] {
        let mut json = json(&hard_report("utf-8"));
        *json.pointer_mut(pointer).unwrap() = wrong;
        assert_ne!(faults(&schema, &json), Vec::<String>::new(), "{pointer}");
    }
}

#[test]
fn json_has_every_field() {
    let json = json(&hard_report("utf-16le"));
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ");
    assert_eq!(keys(&json), "diagnostics summary version");
    assert_eq!(json["version"], 1);
    let first = &json["diagnostics"][0];
    assert_eq!(keys(first), "end fix help level message notes path rule start");
    assert_eq!(keys(&first["start"]), "column column_utf16 line offset");
    assert_eq!(keys(&first["fix"]), "edits safety title");
    assert_eq!(keys(&first["fix"]["edits"][0]), "end start text");
    assert_eq!(first["path"], NAME);
    assert_eq!(first["fix"]["safety"], "safe");
    assert_eq!(json["diagnostics"][2]["help"], Value::Null);
    let summary = serde_json::json!({ "files": 2, "errors": 1, "warnings": 2, "notes": 1, "fixable": 2 });
    assert_eq!(json["summary"], summary);
}

#[test]
fn sarif_is_as_its_schema_says() {
    let mut schema = fixture("sarif-2.1.0.json");
    // Some engines reject the lone `]` in this pattern, which is a typo.
    for definition in schema["definitions"].as_object_mut().unwrap().values_mut() {
        if let Some(pattern) = definition.pointer_mut("/properties/language/pattern") {
            *pattern = "^[a-zA-Z]{2}(-[a-zA-Z]{2})?$".into();
        }
    }
    let broken = real_report("broken");
    assert!(broken.findings.len() > 20 && !broken.errors.is_empty());
    let cut = cut_report();
    for report in
        [hard_report("utf-8"), hard_report("utf-16le"), broken, real_report("autotask"), Report::default(), cut]
    {
        assert_eq!(faults(&schema, &sarif(&report)), Vec::<String>::new());
    }
    for (pointer, wrong) in [
        ("/version", Value::from("2.0.0")),
        ("/runs/0/results/0/level", "fatal".into()),
        ("/runs/0/results/0/locations/0/physicalLocation/region/startLine", 0.into()),
        ("/runs/0/results/0/locations/0/physicalLocation/artifactLocation/uri", "a b%.html".into()),
    ] {
        let mut sarif = sarif(&hard_report("utf-8"));
        *sarif.pointer_mut(pointer).unwrap() = wrong;
        assert_ne!(faults(&schema, &sarif), Vec::<String>::new(), "{pointer}");
    }
}

/// The byte at a line and a column in UTF-16 units, counted without psalink.
fn byte_of(text: &str, line: u64, column: u64) -> usize {
    let mut rest = text.strip_prefix('\u{feff}').unwrap_or(text);
    for _ in 1..line {
        let end = rest.find(['\r', '\n']).unwrap();
        rest = &rest[end..];
        rest = rest.strip_prefix("\r\n").unwrap_or_else(|| &rest[1..]);
    }
    let mut units = 1;
    for character in rest.chars() {
        if units >= column {
            break;
        }
        units += character.len_utf16() as u64;
        rest = &rest[character.len_utf8()..];
    }
    text.len() - rest.len()
}

#[test]
fn sarif_says_the_same_place_twice() {
    let regions = |sarif: &Value| -> Vec<Value> {
        let results = sarif["runs"][0]["results"].as_array().unwrap();
        let place = |result: &Value| result["locations"][0]["physicalLocation"]["region"].clone();
        let edits = |result: &Value| result["fixes"][0]["artifactChanges"][0]["replacements"].clone();
        let deleted = |result: &Value| -> Vec<Value> {
            edits(result).as_array().into_iter().flatten().map(|edit| edit["deletedRegion"].clone()).collect()
        };
        results.iter().map(place).chain(results.iter().flat_map(deleted)).collect()
    };
    let text = format!("\u{feff}{HARD}");
    let sixteen = regions(&sarif(&hard_report("utf-16le")));
    let eight = regions(&sarif(&hard_report("utf-8")));
    assert_eq!(eight.len(), sixteen.len());
    assert!(eight.len() > 6);
    for (eight, sixteen) in eight.iter().zip(&sixteen) {
        let number = |region: &Value, key: &str| region[key].as_u64().unwrap();
        let at = |line, column| byte_of(&text, number(eight, line), number(eight, column));
        let (start, end) = (at("startLine", "startColumn"), at("endLine", "endColumn"));
        assert_eq!(number(eight, "byteOffset"), start as u64);
        assert_eq!(number(eight, "byteLength"), (end - start) as u64);
        let units = |text: &str| text.encode_utf16().count() as u64 * 2;
        assert_eq!(number(sixteen, "byteOffset"), units(&text[..start]));
        assert_eq!(number(sixteen, "byteLength"), units(&text[start..end]));
        for key in ["startLine", "startColumn", "endLine", "endColumn"] {
            assert_eq!(eight[key], sixteen[key]);
        }
    }
}

#[test]
fn sarif_has_what_code_scanning_asks_for() {
    let sarif = sarif(&hard_report("utf-8"));
    let run = &sarif["runs"][0];
    assert_eq!(run["columnKind"], "utf16CodeUnits");
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    assert_eq!(rules.len(), RULES.len());
    for (rule, expected) in rules.iter().zip(RULES) {
        assert_eq!(rule["id"], expected.name);
        assert_eq!(rule["defaultConfiguration"]["level"], expected.level.name());
        let texts = ["/shortDescription/text", "/fullDescription/text", "/help/text", "/help/markdown"];
        for text in texts.into_iter().take(if expected.page.is_empty() { 3 } else { 4 }) {
            let value = rule.pointer(text).and_then(Value::as_str).unwrap_or_default();
            assert!(!value.is_empty() && !value.starts_with('#'), "{}: {text}", expected.name);
        }
    }
    let results = run["results"].as_array().unwrap();
    for result in results {
        let index = RULES.iter().position(|rule| result["ruleId"] == rule.name);
        assert_eq!(result["ruleIndex"].as_u64(), index.map(|index| index as u64));
        let artifact = &result["locations"][0]["physicalLocation"]["artifactLocation"];
        assert_eq!(artifact["uri"], "mails/gr%C3%BC%C3%9Fe%20%231%20100%25.html");
        assert!(run["originalUriBaseIds"].get(artifact["uriBaseId"].as_str().unwrap()).is_some());
    }
    let fixes: Vec<usize> = results.iter().map(|result| result["fixes"].as_array().map_or(0, Vec::len)).collect();
    assert_eq!(fixes, [1, 1, 0, 1], "one that is only shown is none that a program may make");
    let invocation = &run["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], false);
    let location = "/toolExecutionNotifications/0/locations/0/physicalLocation/artifactLocation/uri";
    assert_eq!(invocation.pointer(location).unwrap(), "mails/half.html");
    let mut fingerprints: Vec<String> =
        results.iter().map(|result| result["partialFingerprints"].to_string()).collect();
    fingerprints.sort();
    fingerprints.dedup();
    assert_eq!(fingerprints.len(), results.len());
}

#[test]
fn github_reads_back_what_was_meant() {
    // As github.com/actions/runner parses a command.
    let unescape = |text: &str| {
        let text = text.replace("%0D", "\r").replace("%0A", "\n").replace("%3A", ":").replace("%2C", ",");
        text.replace("%25", "%")
    };
    let report = hard_report("utf-8");
    let out = github(&report);
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(lines.len(), report.findings.len() + 1);
    for (line, found) in lines[1..].iter().zip(&report.findings) {
        let (head, data) = line.strip_prefix("::").unwrap().split_once("::").unwrap();
        let (command, properties) = head.split_once(' ').unwrap();
        assert!(["error", "warning", "notice"].contains(&command));
        let property = |key: &str| {
            let mut pairs = properties.split(',').map(|pair| pair.split_once('=').unwrap());
            pairs.find(|(name, _)| *name == key).map(|(_, value)| unescape(value))
        };
        assert_eq!(property("file").unwrap(), "mails/grüße #1 100%.html");
        assert_eq!(property("line").unwrap(), found.start.line.to_string());
        assert_eq!(property("endLine").unwrap(), found.end.line.to_string());
        assert_eq!(property("title").unwrap(), format!("psalink ({})", found.rule));
        let is_one_line = found.start.line == found.end.line;
        assert_eq!(property("col"), is_one_line.then(|| found.start.column.to_string()));
        assert_eq!(property("endColumn"), is_one_line.then(|| found.end.column.to_string()));
        assert!(unescape(data).starts_with(&found.message), "{data}");
    }
}

#[test]
fn gitlab_has_what_it_asks_for() {
    for report in [hard_report("utf-8"), real_report("broken"), real_report("connectwise")] {
        let json = gitlab(&report);
        let issues = json.as_array().unwrap();
        assert_eq!(issues.len(), report.findings.len() + report.errors.len());
        let mut fingerprints: Vec<&str> = Vec::new();
        for issue in issues {
            for key in ["description", "check_name", "fingerprint", "severity"] {
                let value = issue[key].as_str().unwrap();
                assert!(!value.is_empty() && !value.contains('\n'), "{key}: {value}");
            }
            assert!(["info", "minor", "major", "critical", "blocker"].contains(&issue["severity"].as_str().unwrap()));
            let path = issue["location"]["path"].as_str().unwrap();
            assert!(!path.starts_with(['.', '/']), "{path}");
            let line = |key: &str| issue["location"]["lines"][key].as_u64().unwrap();
            assert!(1 <= line("begin") && line("begin") <= line("end"));
            fingerprints.push(issue["fingerprint"].as_str().unwrap());
        }
        fingerprints.sort_unstable();
        fingerprints.dedup();
        assert_eq!(fingerprints.len(), issues.len(), "GitLab shows one of those that have the same");
    }
}

#[test]
fn junit_counts_what_it_holds() {
    use quick_xml::events::{BytesStart, Event};
    for report in [hard_report("utf-8"), real_report("broken"), Report::default()] {
        let out = junit(&report);
        let mut reader = quick_xml::Reader::from_str(&out);
        let (mut cases, mut failures, mut errors, mut totals) = (0, 0, 0, None);
        let value = |start: &BytesStart<'_>, key: &str| {
            let attribute =
                start.try_get_attribute(key).unwrap().unwrap_or_else(|| panic!("{key} is missing: {start:?}"));
            attribute.value.into_owned()
        };
        loop {
            match reader.read_event().unwrap() {
                Event::Start(start) | Event::Empty(start) => match start.name().as_ref() {
                    "testsuites" => {
                        totals = Some(["tests", "failures", "errors"].map(|key| value(&start, key).parse().unwrap()));
                    }
                    "testcase" => {
                        cases += 1;
                        assert_ne!(value(&start, "name"), "");
                        assert_eq!(value(&start, "classname"), value(&start, "file"));
                    }
                    "failure" => {
                        failures += 1;
                        assert_ne!(value(&start, "message"), "");
                        assert!(["error", "warning"].contains(&value(&start, "type").as_str()));
                    }
                    "error" => errors += 1,
                    "testsuite" | "system-out" => {}
                    other => panic!("{other}"),
                },
                Event::Eof => break,
                _ => {}
            }
        }
        assert_eq!(totals, Some([cases, failures, errors]));
        let counted = report.totals();
        assert_eq!(failures, counted.errors + counted.warnings);
        assert_eq!(errors, report.errors.len());
    }
}

/// The characters of a line that are above the marks of another line.
fn marked(line: &str, marks: &str) -> String {
    let columns: Vec<usize> = marks.char_indices().filter(|(_, mark)| *mark == '^').map(|(at, _)| at).collect();
    let mut column = 0;
    let mut out = String::new();
    for character in line.chars() {
        let width = character.width().unwrap_or(0);
        // A zero-width mark belongs to the character before it.
        if columns.contains(&if width == 0 { column - 1 } else { column }) {
            out.push(character);
        }
        column += width;
    }
    out
}

#[test]
fn marks_stand_under_what_they_mean() {
    let long = format!("{}[X]{}", "日é\t".repeat(90), "😀e\u{301} ".repeat(90));
    for text in ["[X]", "\t[X]\té", "日本 [X] 日本", "e\u{301}😀\t[X]", "\u{feff}é[X]\r\n", &long] {
        let source = Source::from_text("a.html", text, SourceKind::Html);
        let at = text.find("[X]").unwrap();
        let finding = Diagnostic::error("misspelt-case", Span::new(at, at + 3), "wrong");
        for width in [None, Some(80), Some(40)] {
            let out = full::write(&source, std::slice::from_ref(&finding), full::Style { width, ..style(false) });
            let lines: Vec<&str> = out.lines().collect();
            let marks = lines.iter().position(|line| line.contains('^')).unwrap();
            assert_eq!(marked(lines[marks - 1], lines[marks]), "[X]", "{out}");
        }
    }
    for encoding in ENCODINGS {
        let (source, found) = hard(encoding);
        for (finding, expected) in found.iter().zip(["[SRNumber]", "tikcet", "<b>", "[SRNumber]"]) {
            let out = full::write(&source, std::slice::from_ref(finding), style(false));
            let lines: Vec<&str> = out.lines().collect();
            let marks = lines.iter().position(|line| line.contains('^')).unwrap();
            assert_eq!(marked(lines[marks - 1], lines[marks]), expected, "{out}");
        }
    }
}

#[test]
fn changes_are_shown_whole_or_not_at_all() {
    let shown = |text: &str, edits: Vec<Edit>, safety| {
        let source = Source::from_text("a.html", text, SourceKind::Html);
        let finding = Diagnostic::error("misspelt-case", edits[0].span, "wrong").fix("fix it", safety, edits);
        full::write(&source, &[finding], style(false))
    };
    let long = format!("{}[X]{}[Y]{}", "<b>é</b>".repeat(90), "<i>日</i>".repeat(90), "z".repeat(900));
    let [x, y] = ["[X]", "[Y]"].map(|mark| Span::new(long.find(mark).unwrap(), long.find(mark).unwrap() + 3));
    let out = shown(&long, vec![Edit::new(x, "[x]"), Edit::new(y, "[y]")], Safety::Safe);
    assert!(out.contains("help: fix it (safe: `--fix` makes this change)"), "{out}");
    let removed: Vec<&str> = out.lines().filter(|line| line.starts_with("1 - …")).collect();
    let added: Vec<&str> = out.lines().filter(|line| line.starts_with("1 + …")).collect();
    assert!(removed.len() == 2 && removed[0].contains("[X]") && removed[1].contains("[Y]"), "{out}");
    assert!(added.len() == 2 && added[0].contains("[x]") && added[1].contains("[y]"), "{out}");
    assert!(added.iter().all(|line| line.chars().count() < 100), "{out}");
    let out = shown("[X]", vec![Edit::new(Span::new(1, 2), "y".repeat(4000))], Safety::Suggested);
    assert!(out.contains("(probably meant: `--unsafe-fixes` makes this change)"), "{out}");
    assert!(!out.contains("yyyy"), "{out}");
    let out = shown("a\r\n[X]\r\nb", vec![Edit::delete(Span::new(3, 8))], Safety::Shown);
    assert!(out.contains("(only a suggestion)"), "{out}");
    let out = shown("[X]", vec![Edit::new(Span::new(1, 2), "\u{1b}[31m\u{7}")], Safety::Safe);
    assert!(!out.contains(['\u{1b}', '\u{7}']), "{out:?}");
}

#[test]
fn colours_only_where_they_are_asked_for() {
    let (source, found) = hard("utf-8");
    assert!(!full::write(&source, &found, style(false)).contains('\u{1b}'));
    assert!(full::write(&source, &found, style(true)).contains("\u{1b}["));
    let report = hard_report("utf-8");
    for out in [github(&report), junit(&report), json(&report).to_string(), sarif(&report).to_string()] {
        assert!(!out.contains('\u{1b}'));
    }
}

/// A reader that takes a little at a time, and may disappear.
struct Pipe {
    taken: Vec<u8>,
    room: usize,
}

impl io::Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.taken.len() >= self.room {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let count = bytes.len().min(4093);
        self.taken.extend_from_slice(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn megabytes_go_through_a_pipe() {
    let text = "<p>é [SRNumber] 😀</p>".repeat(20_000);
    let source = Source::from_text("big.html", &text, SourceKind::Html);
    let finding =
        |(at, text): (usize, &str)| Diagnostic::warning("misspelt-case", Span::new(at, at + text.len()), "wrong");
    let mut report = Report::default();
    report.add(&source, &text.match_indices("[SRNumber]").map(finding).collect::<Vec<_>>());
    let writers: [fn(&Report, &mut Pipe) -> io::Result<()>; 5] = [
        |report, out| report::json::write(report, out),
        |report, out| report::sarif::write(report, out),
        |report, out| report::github::write(report, out),
        |report, out| report::gitlab::write(report, out),
        |report, out| report::junit::write(report, out),
    ];
    for (index, write) in writers.into_iter().enumerate() {
        let mut pipe = Pipe { taken: Vec::new(), room: usize::MAX };
        write(&report, &mut pipe).unwrap();
        let out = String::from_utf8(pipe.taken).unwrap();
        assert!(out.len() > 1_000_000 && out.ends_with('\n'), "{index}: {}", out.len());
        if index == 0 {
            assert!(out.len() > 5_000_000);
            assert_eq!(serde_json::from_str::<Value>(&out).unwrap()["summary"]["warnings"], 20_000);
        }
        let gone = write(&report, &mut Pipe { taken: Vec::new(), room: 100_000 }).unwrap_err();
        assert_eq!(gone.kind(), io::ErrorKind::BrokenPipe, "{index}");
    }
}
