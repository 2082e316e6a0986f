//! The workbench never leaves its folder: whatever a link in it leads to, wherever it was started from, and however the
//! folder and the settings are spelled.

use std::fs;
use std::os::unix::fs::symlink;

use serde_json::json;

use crate::cli::Place;
use crate::serve::Served;

const SETTINGS: &str = "portal: acme\ndialect: connectwise\n";
const SECRET: &str = "SECRET-7f3a";

/// A project with a folder of templates, and links from it to files outside: next to the project, and inside it.
fn place() -> Place {
    let place = Place::new();
    for outside in ["outside", "project/beside"] {
        place
            .write(&format!("{outside}/secret.html"), format!("<p>[SRNumber] {SECRET}</p>\n"))
            .write(&format!("{outside}/v.txt"), format!("[SRNumber] {SECRET}\n"))
            .write(&format!("{outside}/s/x.snap"), format!("{SECRET}\n"));
    }
    place
        .write("outside/layout.html.j2", format!("<p>{SECRET}</p>\n"))
        .write("outside/mine.yaml", format!("summary: {SECRET}\n"))
        .write("project/psalink.yaml", SETTINGS)
        .write("project/_shared.html.j2", "<p>shared</p>\n")
        .write("project/mails/good.html", "<p>[SRNumber]</p>\n")
        .write("project/mails/layout.html.j2", "<p>a</p>{% include \"_shared.html.j2\" %}\n")
        .write("project/mails/bad.html.j2", "<p>a</p>{% include \"_link.html.j2\" %}\n");
    for (name, outside) in [("far", "../../outside"), ("near", "../beside")] {
        for (file, to) in [
            ("body.html", "secret.html"),
            ("text.txt", "v.txt"),
            ("text.subject.txt", "v.txt"),
            ("alone.txt", "v.txt"),
            ("source.html.j2", "secret.html"),
        ] {
            symlink(format!("{outside}/{to}"), place.path(&format!("project/mails/{name}-{file}"))).unwrap();
        }
        place.write(&format!("project/mails/{name}-text.html"), "<p>[SRNumber]</p>\n");
        place.write(&format!("project/mails/{name}/record.html"), "<p>[srnumber]</p>\n");
        symlink(format!("../{outside}/s"), place.path(&format!("project/mails/{name}/snapshots"))).unwrap();
        place.write(&format!("project/mails/{name}-own.html"), "<p>[srnumber]</p>\n");
        let record = format!("project/mails/{name}-own.connectwise.standard.snap");
        symlink(format!("{outside}/s/x.snap"), place.path(&record)).unwrap();
    }
    symlink("/etc/passwd", place.path("project/mails/pw.html")).unwrap();
    symlink("../../outside/layout.html.j2", place.path("project/mails/_link.html.j2")).unwrap();
    symlink("mails", place.path("project/way")).unwrap();
    place
}

/// Every file outside the templates, with its content; locks are in the user's cache.
fn outside(place: &Place) -> Vec<(String, Vec<u8>)> {
    let files = place
        .files()
        .into_iter()
        .filter(|name| !name.starts_with("project/mails") && !name.contains(".cache/") && !place.path(name).is_dir());
    files.map(|name| (name.clone(), place.bytes(&name))).collect()
}

/// Sends every request for every template.
fn attack(place: &Place, current: &str, args: &str) {
    let here = place.at(current);
    let served = Served::start(&here, args);
    let before = outside(place);
    let case = format!("in {current}: serve {args}");
    let project = served.get("/api/project").is(200);
    let secrets = |text: &str| text.contains(SECRET) || text.contains("root:");
    assert!(!secrets(&project.text()), "{case}: {}", project.text());
    let rows = project.json()["templates"].clone();
    let rows: Vec<String> =
        rows.as_array().unwrap().iter().map(|row| row["path"].as_str().unwrap().to_owned()).collect();
    assert!(rows.len() > 12, "{case}: {rows:?}");
    for path in &rows {
        let name = path.rsplit('/').next().unwrap();
        let answer = served.post("template", &json!({ "path": path }));
        assert!(!secrets(&answer.text()), "{case}: {path}: {}", answer.text());
        let shown = answer.json();
        let is_out = ["-body", "-text", "-alone", "-source", "pw.", "bad."].iter().any(|part| name.contains(part));
        assert_eq!(shown["problem"].is_null(), !is_out, "{case}: {path}: {shown}");
        for (route, wish) in [
            ("accept", json!({ "path": path, "sample": "standard" })),
            ("send", json!({ "view": { "path": path }, "to": ["a@msp.example"], "confirmed": [] })),
        ] {
            let answer = served.post(route, &wish);
            assert!(!secrets(&answer.text()), "{case}: {path}: {route}: {}", answer.text());
            let is_record = name.contains("record") || name.contains("-own");
            if route == "accept" && (is_out || is_record) {
                assert!((400..500).contains(&answer.status), "{case}: {path}: {answer:?}");
            }
        }
        let files: Vec<(String, String)> = shown["files"]
            .as_array()
            .unwrap()
            .iter()
            .map(|file| (file["name"].as_str().unwrap().to_owned(), file["hash"].as_str().unwrap().to_owned()))
            .collect();
        for (file, hash) in files {
            let wish = json!({ "path": path, "file": file, "what": "safe", "version": hash });
            assert!(!secrets(&served.post("fix", &wish).text()), "{case}: {path}");
        }
    }
    for sample in ["standard", "mine"] {
        let pasted =
            served.post("paste", &json!({ "html": "<p>[summary]</p>", "dialect": "connectwise", "sample": sample }));
        assert!(!secrets(&pasted.text()), "{case}: {}", pasted.text());
    }
    assert!(outside(place) == before, "{case}: something outside was written");
    // What is inside is processed, and a layout next to the settings is used.
    let good = rows.iter().find(|path| path.ends_with("good.html")).unwrap();
    assert!(place.read("project/mails/good.html").contains("[srnumber]"), "{case}");
    served.post("accept", &json!({ "path": good, "sample": "standard" })).is(200);
    place.write("project/mails/good.html", "<p>[SRNumber]</p>\n");
    drop(served);
    std::mem::forget(here);
}

#[test]
fn no_link_leads_out_from_any_current_folder() {
    let place = place();
    let absolute = place.path("project/mails").display().to_string();
    for (current, args) in [
        ("project", "mails".to_owned()),
        ("project", "./mails".to_owned()),
        ("project", "mails/".to_owned()),
        ("project", "mails/../mails".to_owned()),
        ("project", "way".to_owned()),
        ("project", absolute.clone()),
        ("project", "mails --config psalink.yaml".to_owned()),
        ("project", "mails --config ./psalink.yaml".to_owned()),
        ("project", format!("mails --config {}", place.path("project/psalink.yaml").display())),
        (".", "project/mails".to_owned()),
        (".", "project/way".to_owned()),
        (".", "project/mails --config project/psalink.yaml".to_owned()),
        ("project/mails", ".".to_owned()),
        ("project/mails", "./".to_owned()),
        ("project/mails", "../mails".to_owned()),
        ("project/mails", ". --config ../psalink.yaml".to_owned()),
        ("project/mails/far", "..".to_owned()),
        ("outside", "../project/mails".to_owned()),
        ("outside", absolute),
    ] {
        attack(&place, current, &args);
    }
}

#[test]
fn settings_lead_to_nothing_outside_either() {
    let new = |settings: &str| {
        let place = Place::new();
        place
            .write("outside/psalink.yaml", format!("portal: {SECRET}\n"))
            .write("outside/tokens.yaml", format!("{SECRET}: 1\n"))
            .write("outside/samples/mine.yaml", format!("{SECRET}: 1\n"))
            .write("project/psalink.yaml", settings)
            .write("project/mails/a.html", "<p>[srnumber]</p>\n");
        place
    };
    let answers = |place: &Place, sample: &str| {
        let here = place.at("project");
        let served = Served::start(&here, "mails");
        let view = json!({ "path": "mails/a.html", "sample": sample });
        let pasted = json!({ "html": "<p>[srnumber]</p>", "dialect": "connectwise", "sample": sample });
        let texts = [served.get("/api/project"), served.post("template", &view), served.post("paste", &pasted)]
            .map(|line| line.text());
        drop(served);
        std::mem::forget(here);
        texts
    };
    let place = new(SETTINGS);
    fs::remove_file(place.path("project/psalink.yaml")).unwrap();
    symlink("../outside/psalink.yaml", place.path("project/psalink.yaml")).unwrap();
    for text in answers(&place, "standard") {
        assert!(!text.contains(SECRET) && text.contains("outside its folder"), "{text}");
    }
    let place = new(&format!("{SETTINGS}vocabulary: [tokens.yaml]\n"));
    symlink("../outside/tokens.yaml", place.path("project/tokens.yaml")).unwrap();
    for text in answers(&place, "standard") {
        assert!(!text.contains(SECRET) && text.contains("outside the folder"), "{text}");
    }
    for (to, name) in
        [("../outside/samples", "project/samples"), ("../../outside/samples/mine.yaml", "project/samples/mine.yaml")]
    {
        let place = new(&format!("{SETTINGS}samples: samples\n"));
        if name.ends_with(".yaml") {
            place.write("project/samples/standard.yaml", "ticket.id: 1\n");
        }
        symlink(to, place.path(name)).unwrap();
        let [_, template, pasted] = answers(&place, "mine");
        for text in [template, pasted] {
            assert!(!text.contains(SECRET) && text.contains("outside the folder"), "{text}");
        }
    }
    // What the settings explicitly name is the user's own choice.
    let place = new(&format!("{SETTINGS}vocabulary: [../shared/tokens.yaml]\nsamples: ../shared/samples\n"));
    place.write(
        "shared/tokens.yaml",
        "id: connectwise\ntitle: ConnectWise PSA\nplaceholders:\n  - { name: ournumber, means: [ticket.id] }\n",
    );
    place.write("shared/samples/ours.yaml", "ticket.id: 4711\n");
    let [project, template, _] = answers(&place, "ours");
    assert!(project.contains("\"ours\"") && template.contains("4711"), "{project}\n{template}");
}
