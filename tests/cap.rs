//! Printing stops after 100 places of a rule in a file; everything else includes all of them.

use serde_json::Value;

use crate::cli::Place;
use crate::serve::Served;

/// 250 findings of one rule with a safe fix, and one of another rule.
fn many() -> Place {
    let place = Place::new();
    place.write("psalink.yaml", "portal: acme\ndialect: connectwise\n");
    place.write("a.html", format!("{}<p>[[srnumber]]</p>\n", "<p>[SRNumber]</p>\n".repeat(250)));
    place
}

fn json(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap()
}

#[test]
fn each_format_prints_100_places_and_says_how_many_more() {
    let more = "150 more places of `misspelt-case` are not shown; `--verbose` shows all";
    for (format, places, of_more) in [
        ("full", "misspelt-case]", format!("note: `a.html`: {more}")),
        ("concise", "[misspelt-case]: ", format!("a.html:101:4: note[misspelt-case]: {more}\n")),
        ("github", "title=psalink (misspelt-case)::", "::notice file=a.html,line=101,".to_owned()),
        ("gitlab", "\"check_name\": \"misspelt-case\"", format!("\"description\": \"{more}\"")),
        ("junit", "<failure ", format!("<system-out>{more}</system-out>")),
        ("sarif", "\"ruleId\": \"misspelt-case\"", format!("\"text\": \"{more}\"")),
        ("json", "\"rule\": \"misspelt-case\"", "\"count\": 150".to_owned()),
    ] {
        let place = many();
        let ran = place.run(&format!("lint --format {format} a.html")).code(1).says("251 warnings in 1 file");
        let text = ran.text();
        // A line, an issue, or an entry in the list of what is cut.
        let extra = usize::from(matches!(format, "concise" | "github" | "gitlab" | "json" | "junit"));
        assert_eq!(text.matches(places).count(), 100 + extra, "{format}: {text}");
        assert_eq!(text.matches(&*of_more).count(), 1, "{format}: {text}");
        assert!(text.contains("doubled-brackets"), "{format}");
        let all = place.run(&format!("lint --format {format} --verbose a.html")).code(1).text();
        let extra = usize::from(format == "junit");
        assert_eq!(all.matches(places).count(), 250 + extra, "{format}");
        assert!(!all.contains("more places") && !all.contains("\"cut\""), "{format}");
    }
}

#[test]
fn json_names_what_it_leaves_out_and_counts_it() {
    let place = many();
    place.write("b.html", "<p>[SRNumber]</p>\n".repeat(101)).write("c.html", "<p>[SRNumber]</p>\n".repeat(100));
    let json = json(&place.run("lint --format json a.html b.html c.html").code(1).out);
    let expected = serde_json::json!({
        "files": 3, "errors": 0, "warnings": 452, "notes": 0, "fixable": 451,
        "cut": [
            { "path": "a.html", "rule": "misspelt-case", "count": 150 },
            { "path": "b.html", "rule": "misspelt-case", "count": 1 },
        ],
    });
    assert_eq!(json["summary"], expected);
    assert_eq!(json["diagnostics"].as_array().unwrap().len(), 301);
    let schema: Value = serde_json::from_str(psalink::report::json::SCHEMA).unwrap();
    assert!(jsonschema::is_valid(&schema, &json));
}

#[test]
fn fixes_counts_baselines_comments_and_the_exit_code_see_all() {
    let place = many();
    assert_eq!(
        place.run("lint --statistics a.html").text().lines().next().unwrap().trim_start().split(' ').next(),
        Some("250")
    );
    place.run("lint --max-warnings 250 a.html").code(1);
    place.run("lint --max-warnings 251 a.html").code(0);
    place.run("lint --write-baseline a.html").code(0).says("251 findings written");
    place.run("lint --baseline psalink-baseline.json a.html").code(0).says("nothing found");
    let comments = many();
    comments.run("lint --add-allow a.html").code(0).says("251 findings allowed");
    comments.run("lint a.html").code(0);
    place.run("lint --fix a.html").code(1).says("250 findings");
    assert_eq!(place.read("a.html"), format!("{}<p>[[srnumber]]</p>\n", "<p>[srnumber]</p>\n".repeat(250)));
}

#[test]
fn a_preview_says_100_of_a_kind() {
    let place = Place::new();
    let names: String = (0..130).map(|index| format!("<p>[name{index}x]</p>\n")).collect();
    place.write("a.html", names);
    let ran = place.run("preview --dialect connectwise --portal acme -o a.eml a.html").code(0);
    assert_eq!(ran.err.matches("is not filled in").count(), 100, "{}", ran.err);
    ran.says("`a.html`: 30 more placeholders are not filled in; use `--verbose` to show all");
    let all = place.run("preview --dialect connectwise --portal acme --verbose -o a.eml a.html").code(0);
    assert_eq!(all.err.matches("is not filled in").count(), 130);
}

#[test]
fn the_workbench_shows_100_places_counts_all_and_fixes_all() {
    let place = many();
    let served = Served::start(&place, "");
    let html = place.read("a.html");
    let json = served.post("paste", &serde_json::json!({ "html": html })).is(200).json();
    let file = &json["files"][0];
    assert_eq!(file["findings"].as_array().unwrap().len(), 101);
    let cut = serde_json::json!([
        { "rule": "misspelt-case", "count": 150, "error": 0, "warning": 150, "note": 0, "safe": 150 },
    ]);
    assert_eq!(file["cut"], cut);
    let fixed = served.post("paste", &serde_json::json!({ "html": html, "fix": "safe" })).is(200).json();
    assert_eq!(fixed["fixed"]["html"], html.replace("SRNumber", "srnumber"));
    assert_eq!(fixed["files"][0]["cut"], serde_json::json!([]));
}

#[test]
fn a_mail_that_is_too_much_to_lay_out_is_text_all_the_same() {
    let place = Place::new();
    let cells = "<td>word</td>".repeat(12_000);
    place.write(
        "a.html",
        format!("<table><tr>{cells}</tr></table><a href=\"https://x.example/?a=1&amp;b=2\"><img alt=\"the end\"></a>"),
    );
    let args = "preview --isolated --dialect connectwise --portal acme --text a.html";
    let ran = place.run(args).code(0).says("too large or too deeply nested to lay out as text");
    assert_eq!(ran.text().matches("word").count(), 12_000);
    assert!(ran.text().ends_with("the end <https://x.example/?a=1&b=2>\n"), "{}", ran.text());
    place.write("a.html", "<ol start=9223372036854775807><li>x</li><li>y</li></ol>");
    assert_eq!(place.run(args).code(0).text().split_whitespace().collect::<Vec<_>>(), ["x", "y"]);
}
