//! Settings that are invalid while the workbench is open: reported in the terminal and in every answer, and followed
//! wherever they are.

use serde_json::{Value, json};

use crate::cli::{OLD, Place};
use crate::serve::Served;

const VOCABULARY: &str = "id: connectwise\nplaceholders:\n  - name: ourfield\n    means: [ours.field]\n    kind: id\n";
const RIGHT: &str = "portal: acme\ndialect: connectwise\n";

fn place() -> Place {
    let place = Place::new();
    place.write("p/psalink.yaml", RIGHT).write("p/m/a.html", OLD);
    place
}

fn problem(served: &Served) -> Value {
    served.get("/api/project").is(200).json()["problem"].clone()
}

/// Waits for the notification about a file.
fn hear(news: &mut impl Iterator<Item = String>, name: &str) {
    assert!(news.any(|line| line.starts_with("data:") && line.contains(name)), "{name}");
}

#[test]
fn wrong_settings_are_reported_at_start_and_by_every_answer() {
    let place = place();
    place.write("p/psalink.yaml", "dialect: connectwise\nportl: acme\n");
    let served = Served::start(&place, "p/m");
    let line = served.says("portl");
    assert!(line.contains("unknown key `portl`; did you mean `portal`?"), "{line}");
    let shown_problem = problem(&served);
    assert!(shown_problem["file"].as_str().unwrap().ends_with("psalink.yaml"), "{shown_problem}");
    assert_eq!((&shown_problem["line"], &shown_problem["column"]), (&json!(2), &json!(1)));
    assert_eq!(shown_problem["message"], "unknown key `portl`; did you mean `portal`?");
    for (name, body) in [
        ("template", json!({ "path": "p/m/a.html" })),
        ("paste", json!({ "html": "<p>x</p>" })),
        ("send", json!({ "path": "p/m/a.html", "to": ["a@msp.example"] })),
        ("accept", json!({ "path": "p/m/a.html" })),
        ("fix", json!({ "path": "p/m/a.html", "file": "p/m/a.html", "what": "safe", "version": "" })),
    ] {
        let error = served.post(name, &body).is(422).error();
        assert!(error.contains("psalink.yaml` line 2, column 1: unknown key `portl`"), "{name}: {error}");
    }
    let mut news = served.news();
    place.write("p/psalink.yaml", RIGHT);
    hear(&mut news, "psalink.yaml");
    served.says("the settings are valid again");
    assert!(problem(&served).is_null());
    served.template("p/m/a.html");
}

/// Breaks the settings in some way.
type Break<'a> = Box<dyn Fn() + 'a>;

#[test]
fn settings_break_and_recover_in_every_way() {
    let place = place();
    let served = Served::start(&place, "p/m");
    served.says("press Enter");
    let mut news = served.news();
    let file = place.path("p/psalink.yaml");
    let mut breaks: Vec<(&str, Break<'_>)> = vec![
        (
            "unknown key",
            Box::new(|| {
                place.write("p/psalink.yaml", "portl: acme\n");
            }),
        ),
        (
            "`portal`",
            Box::new(|| {
                place.write("p/psalink.yaml", "portal: [acme]\n");
            }),
        ),
        (
            "never closed",
            Box::new(|| {
                place.write("p/psalink.yaml", "portal: \"a\n");
            }),
        ),
        (
            "UTF-8",
            Box::new(|| {
                place.write("p/psalink.yaml", b"portal: \xff\n");
            }),
        ),
        (
            "vocabulary file",
            Box::new(|| {
                place.write("p/psalink.yaml", "portal: acme\nvocabulary: [none.yaml]\n");
            }),
        ),
        (
            "this is a folder",
            Box::new(|| {
                std::fs::remove_file(&file).unwrap();
                std::fs::create_dir(&file).unwrap();
            }),
        ),
    ];
    #[cfg(unix)]
    breaks.push((
        "does not exist",
        Box::new(|| {
            std::fs::remove_file(&file).unwrap();
            std::os::unix::fs::symlink("nowhere.yaml", &file).unwrap();
        }),
    ));
    for (reason, spoil) in &breaks {
        spoil();
        hear(&mut news, "psalink.yaml");
        let line = served.says("error");
        let shown_problem = problem(&served);
        let all = format!("{line} {shown_problem} {}", served.has_said());
        assert!(shown_problem["message"].as_str().unwrap().contains(reason), "{reason}: {all}");
        let _ = std::fs::remove_file(&file).or_else(|_| std::fs::remove_dir(&file));
        place.write("p/psalink.yaml", RIGHT);
        served.says("the settings are valid again");
        assert!(problem(&served).is_null(), "{reason}");
        assert_eq!(served.get("/api/project").json()["portal"], "acme.deskdirector.com");
    }
}

#[test]
fn files_outside_the_folder_are_followed() {
    let place = place();
    place
        .write("p/psalink.yaml", "portal: acme\ndialect: connectwise\nvocabulary: [ours.yaml]\nsamples: samples\n")
        .write("p/_layout.html.j2", "<p>one</p>{% block body %}{% endblock %}\n")
        .write("p/m/b.html.j2", "{% extends \"../_layout.html.j2\" %}\n");
    std::fs::create_dir_all(place.path("p/samples")).unwrap();
    let served = Served::start(&place, "p/m");
    // A vocabulary that is missing, appears, is invalid, and is fixed.
    served.says("could not read the vocabulary file");
    let mut news = served.news();
    served.get("/api/project").is(200);
    place.write("p/ours.yaml", "id: ours\nplaceholders: 7\n");
    hear(&mut news, "ours.yaml");
    served.says("ours.yaml");
    assert!(problem(&served)["file"].as_str().unwrap().contains("ours.yaml"));
    place.write("p/ours.yaml", VOCABULARY);
    served.says("valid again");
    assert_eq!(served.template("p/m/b.html.j2")["problem"], Value::Null);
    place.write("p/_layout.html.j2", "<p>two</p>{% block body %}{% endblock %}\n");
    hear(&mut news, "_layout.html.j2");
    place.write("p/samples/vip.yaml", "values: {}\n");
    hear(&mut news, "samples");
    assert!(served.get("/api/project").json()["samples"].to_string().contains("vip"));
    // A nearer file takes over, and is removed again.
    place.write("p/psalink.yaml", RIGHT);
    hear(&mut news, "psalink.yaml");
    place.write("psalink.yaml", "portal: above\n");
    hear(&mut news, "psalink.yaml");
    assert_eq!(served.get("/api/project").json()["portal"], "acme.deskdirector.com");
    std::fs::remove_file(place.path("p/psalink.yaml")).unwrap();
    hear(&mut news, "psalink.yaml");
    assert_eq!(served.get("/api/project").json()["portal"], "above.deskdirector.com");
    std::fs::remove_file(place.path("psalink.yaml")).unwrap();
    hear(&mut news, "psalink.yaml");
    assert!(served.get("/api/project").json()["portal"].is_null());
}

#[test]
fn settings_named_on_the_command_line_are_followed() {
    let place = place();
    place.write("elsewhere/mine.yaml", RIGHT);
    for args in ["p/m --config elsewhere/mine.yaml", "--config elsewhere/mine.yaml"] {
        let served = Served::start(&place, args);
        served.says("press Enter");
        let mut news = served.news();
        assert!(problem(&served).is_null());
        place.write("elsewhere/mine.yaml", "portl: acme\n");
        hear(&mut news, "mine.yaml");
        served.says("portl");
        assert_eq!(problem(&served)["line"], 1);
        let error = served.post("paste", &json!({ "html": "<p>x</p>" })).is(422).error();
        assert!(error.contains("portl"), "{error}");
        place.write("elsewhere/mine.yaml", RIGHT);
        served.says("valid again");
        served.post("paste", &json!({ "html": "<p>x</p>" })).is(200);
    }
    // Without settings, those in parent folders do not matter.
    let served = Served::start(&place, "p/m --isolated");
    place.write("p/psalink.yaml", "portl: acme\n");
    assert!(problem(&served).is_null());
}
