//! Printing stops after 100 places of a rule in a file; everything else goes on to see all.

use serde_json::Value;

use crate::cli::Place;

/// 250 findings of one rule, which a safe fix is for, and one of another.
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
        ("github", "title=psalink (misspelt-case)::", format!("::notice file=a.html,line=101,")),
        ("gitlab", "\"check_name\": \"misspelt-case\"", format!("\"description\": \"{more}\"")),
        ("junit", "<failure ", format!("<system-out>{more}</system-out>")),
        ("sarif", "\"ruleId\": \"misspelt-case\"", format!("\"text\": \"{more}\"")),
        ("json", "\"rule\": \"misspelt-case\"", "\"count\": 150".to_owned()),
    ] {
        let place = many();
        let ran = place.run(&format!("lint --format {format} a.html")).code(1).says("251 warnings in 1 file");
        let text = ran.text();
        // A line, an issue, an entry of the list of what is cut.
        let own = usize::from(matches!(format, "concise" | "github" | "gitlab" | "json" | "junit"));
        assert_eq!(text.matches(places).count(), 100 + own, "{format}: {text}");
        assert_eq!(text.matches(&*of_more).count(), 1, "{format}: {text}");
        assert!(text.contains("doubled-brackets"), "{format}");
        let all = place.run(&format!("lint --format {format} --verbose a.html")).code(1).text();
        let own = usize::from(format == "junit");
        assert_eq!(all.matches(places).count(), 250 + own, "{format}");
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
    let names: String = (0..130).map(|it| format!("<p>[name{it}x]</p>\n")).collect();
    place.write("a.html", names);
    let ran = place.run("preview --dialect connectwise --portal acme -o a.eml a.html").code(0);
    assert_eq!(ran.err.matches("is left as it stands").count(), 100, "{}", ran.err);
    ran.says("`a.html`: 30 more placeholders are left as they are; `--verbose` shows all");
    let all = place.run("preview --dialect connectwise --portal acme --verbose -o a.eml a.html").code(0);
    assert_eq!(all.err.matches("is left as it stands").count(), 130);
}
