//! What the workbench's server reads and writes: fixes, records and pasted text, with the same results as the commands,
//! and no file outside the folder.

use std::fs;

use serde_json::{Value, json};

use crate::cli::{Place, run};
use crate::serve::{Answer, Served};

const SETTINGS: &str = "portal: acme\ndialect: connectwise\n";
/// Two findings with a safe fix, and one without.
const BODY: &str = "<p>Gr\u{fc}\u{df}e, [SRNumber]\r\n<br>[ContactFirstName ] <img src=\"a.png\"></p>\r\n";

fn place() -> Place {
    let place = Place::new();
    place.write("psalink.yaml", SETTINGS).write("m/a.html", BODY);
    place
}

fn file(reply: &Value, name: &str) -> Value {
    let files = reply["files"].as_array().unwrap();
    files.iter().find(|file| file["name"] == name).unwrap_or_else(|| panic!("{name} in {reply}")).clone()
}

/// Requests a fix in the version of a file that the workbench shows now.
fn fix(served: &Served, path: &str, name: &str, what: &Value) -> Answer {
    let version = file(&served.template(path), name)["hash"].clone();
    served.post("fix", &json!({ "path": path, "file": name, "what": what, "version": version }))
}

/// Every file, with its content.
fn state(place: &Place) -> Vec<(String, Vec<u8>)> {
    let files = place.files().into_iter().filter(|name| !place.path(name).is_dir());
    files.map(|name| (name.clone(), place.bytes(&name))).collect()
}

#[test]
fn safe_fixes_are_those_of_lint_to_the_byte() {
    let utf16 = |text: &str, little: bool| -> Vec<u8> {
        let order = |unit: u16| if little { unit.to_le_bytes() } else { unit.to_be_bytes() };
        std::iter::once(0xFEFF).chain(text.encode_utf16()).flat_map(order).collect()
    };
    let latin: Vec<u8> = format!("<meta charset=\"windows-1252\">{BODY}").chars().map(|char| char as u8).collect();
    let bodies: [(&str, Vec<u8>); 7] = [
        ("crlf", BODY.into()),
        ("lf", BODY.replace("\r\n", "\n").into()),
        ("no-end", BODY.trim_end().into()),
        ("mark", format!("\u{feff}{BODY}").into()),
        ("utf16le", utf16(BODY, true)),
        ("utf16be", utf16(BODY, false)),
        ("latin", latin),
    ];
    let (place, other) = (place(), place());
    for (name, bytes) in &bodies {
        place.write(&format!("m/{name}.html"), bytes).write(&format!("m/{name}.txt"), "Text [SRNumber]\r\n");
        other.write(&format!("m/{name}.html"), bytes).write(&format!("m/{name}.txt"), "Text [SRNumber]\r\n");
    }
    let served = Served::start(&place, "m");
    for (name, bytes) in &bodies {
        let path = format!("m/{name}.html");
        let reply = fix(&served, &path, &path, &json!("safe")).is(200).json();
        assert_ne!(place.bytes(&path), *bytes, "{name}");
        let shown = file(&reply, &path)["text"].as_str().unwrap().to_owned();
        assert!(shown.contains("<p>Gr\u{fc}\u{df}e, [srnumber]"), "{name}: {shown}");
        assert_eq!(place.read(&format!("m/{name}.txt")), "Text [SRNumber]\r\n");
        fix(&served, &path, &format!("m/{name}.txt"), &json!("safe")).is(200);
    }
    let _ = other.run("lint m --fix");
    for (name, _) in &bodies {
        for ending in ["html", "txt"] {
            let path = format!("m/{name}.{ending}");
            assert_eq!(place.bytes(&path), other.bytes(&path), "{path}");
        }
    }
    assert_eq!(place.files(), other.files(), "nothing else is left behind");
}

#[test]
fn one_fix_changes_one_place() {
    let place = place();
    place.write("m/a.html", "<p>\u{1f600} [[srnumber]] [[srnumber]]</p>\n");
    let served = Served::start(&place, "m");
    let reply = served.template("m/a.html");
    let findings = file(&reply, "m/a.html")["findings"].clone();
    let last =
        findings.as_array().unwrap().iter().rfind(|finding| finding["rule"] == "doubled-brackets").unwrap().clone();
    assert_eq!(last["start"], json!({ "line": 1, "column": 19 }));
    let what = json!({ "rule": "doubled-brackets", "line": 1, "column": 19 });
    let wrong = json!({ "rule": "doubled-brackets", "line": 1, "column": 18 });
    let error = fix(&served, "m/a.html", "m/a.html", &wrong).is(409).error();
    assert!(error.contains("check it again"), "{error}");
    fix(&served, "m/a.html", "m/a.html", &what).is(200);
    assert_eq!(place.read("m/a.html"), "<p>\u{1f600} [[srnumber]] [srnumber]</p>\n");
}

#[test]
fn a_file_that_has_changed_since_is_left_alone() {
    let place = place();
    let served = Served::start(&place, "m");
    let old = file(&served.template("m/a.html"), "m/a.html")["hash"].clone();
    place.write("m/a.html", "<p>[SRNumber] of somebody else</p>\n");
    let before = state(&place);
    for version in [old, json!(""), json!("0".repeat(32))] {
        let wish = json!({ "path": "m/a.html", "file": "m/a.html", "what": "safe", "version": version });
        let answer = served.post("fix", &wish).is(409);
        assert!(answer.error().contains("has changed in the meantime"), "{}", answer.error());
    }
    served.post("fix", &json!({ "path": "m/a.html", "file": "m/a.html", "what": "safe" })).is(422).error();
    assert_eq!(state(&place), before);
}

#[test]
fn sources_and_layouts_are_never_written() {
    let place = Place::new();
    place
        .write("psalink.yaml", SETTINGS)
        .write("m/_layout.html.j2", "<p>[[srnumber]]</p>{% block body %}{% endblock %}\n")
        .write("m/a.html.j2", "{% extends \"_layout.html.j2\" %}{% block body %}<p>[[srnumber]]</p>{% endblock %}\n");
    let served = Served::start(&place, "m");
    let before = state(&place);
    let reply = served.template("m/a.html.j2");
    assert!(reply["problem"].is_null() && !reply["mail"].is_null(), "{reply}");
    for name in ["m/a.html.j2", "m/_layout.html.j2"] {
        assert_eq!(file(&reply, name)["can_fix"], false);
        assert!(!file(&reply, name)["findings"].as_array().unwrap().is_empty(), "{reply}");
        for what in [json!("safe"), json!({ "rule": "doubled-brackets", "line": 1, "column": 3 })] {
            let error = fix(&served, "m/a.html.j2", name, &what).is(422).error();
            assert!(error.contains("change it yourself"), "{error}");
        }
    }
    assert_eq!(state(&place), before);
}

#[test]
fn a_template_that_breaks_says_why_and_recovers() {
    let place = Place::new();
    place
        .write("psalink.yaml", SETTINGS)
        .write("m/good.html", "<p>[srnumber]</p>\n")
        .write("m/a.html.j2", "<p>\n{% if %}</p>\n");
    let served = Served::start(&place, "m");
    let reply = served.template("m/a.html.j2");
    assert_eq!(reply["problem"]["file"], "m/a.html.j2", "{reply}");
    assert_eq!(reply["problem"]["line"], 2);
    assert!(reply["mail"].is_null());
    assert_eq!(file(&reply, "m/a.html.j2")["text"], "<p>\n{% if %}</p>\n");
    let rows = served.get("/api/project").is(200).json()["templates"].clone();
    assert!(rows[0]["problem"].is_string() && rows[1]["problem"].is_null(), "{rows}");
    served.post("accept", &json!({ "path": "m/a.html.j2", "sample": "standard" })).is(422).error();
    for endless in [
        "{% for a in range(100000) %}{% for b in range(100000) %}x{% endfor %}{% endfor %}",
        "{% include \"a.html.j2\" %}",
    ] {
        place.write("m/a.html.j2", endless);
        assert!(served.template("m/a.html.j2")["problem"]["message"].is_string());
    }
    place.write("m/a.html.j2", "<p>[srnumber]</p>\n");
    let reply = served.template("m/a.html.j2");
    assert!(reply["problem"].is_null() && reply["mail"]["has_html"] == true, "{reply}");
    // Settings that break are reported as well, and can be fixed while the workbench runs.
    place.write("psalink.yaml", "portal: [\n");
    assert!(served.post("template", &json!({ "path": "m/good.html" })).error().contains("psalink.yaml"));
    assert!(served.get("/api/project").is(200).json()["problem"]["file"].as_str().unwrap().contains("psalink.yaml"));
    place.write("psalink.yaml", SETTINGS);
    assert!(served.get("/api/project").is(200).json()["problem"].is_null());
}

/// Ways to write the path of a file outside the folder.
fn ways_out(place: &Place) -> Vec<String> {
    let secret = place.path("secret.html").display().to_string();
    let mut ways: Vec<String> = [
        "../secret.html",
        "m/../secret.html",
        "m/../../secret.html",
        "./secret.html",
        "secret.html",
        "m/sub/../../secret.html",
        "..\\secret.html",
        "m\\..\\secret.html",
        "m\\a.html",
        "%2e%2e/secret.html",
        "m/%2e%2e%2fsecret.html",
        "m/..%5csecret.html",
        "m/..%252fsecret.html",
        "m/\u{2025}/secret.html",
        "m/a.html/../../secret.html",
        "m/a.html\0",
        "m/./a.html",
        "M/A.HTML",
        "/etc/passwd",
        "C:\\secret.html",
        "\\\\?\\C:\\secret.html",
        "//secret.html",
        "file:///etc/passwd",
        "~/secret.html",
        "",
        ".",
        "..",
        "m",
        "m/",
    ]
    .map(str::to_owned)
    .into();
    ways.extend([format!("file://{secret}"), format!("m/{secret}"), secret]);
    // Every spelling of two dots with every spelling of what is in between.
    for start in ["", "m/", "m/sub/", "./", "/"] {
        for dots in ["..", "%2e%2e", "%2E.", "..;", ". .", "..."] {
            for slash in ["/", "\\", "%2f", "%5C", "//", "/./", "\0/"] {
                ways.push(format!("{start}{dots}{slash}secret.html"));
            }
        }
    }
    assert!(ways.len() > 225);
    ways
}

#[test]
fn no_spelling_of_a_name_leads_out_of_the_folder() {
    let place = place();
    place.write("secret.html", "<p>[SRNumber] SECRET</p>\n").write("m/sub/b.html", "<p>x</p>\n");
    let served = Served::start(&place, "m");
    let before = state(&place);
    for way in ways_out(&place) {
        for route in ["template", "accept"] {
            let answer = served.post(route, &json!({ "path": way, "sample": "standard" }));
            assert!((400..500).contains(&answer.status) && !answer.text().contains("SECRET"), "{way}: {answer:?}");
        }
    }
    assert_eq!(state(&place), before);
}

#[test]
fn no_name_leads_out_of_the_folder() {
    let place = place();
    place
        .write("secret.html", "<p>[SRNumber] SECRET</p>\n")
        .write("secret.yaml", "values:\n  ticket.id: SECRET\n")
        .write("m/sub/b.html", "<p>x</p>\n");
    let served = Served::start(&place, "m");
    let before = state(&place);
    let version = file(&served.template("m/a.html"), "m/a.html")["hash"].clone();
    let no_secret = |answer: Answer, what: &str| {
        assert!((400..500).contains(&answer.status), "{what}: {answer:?}");
        assert!(!answer.text().contains("SECRET"), "{what}: {answer:?}");
    };
    for way in ways_out(&place).into_iter().step_by(7) {
        no_secret(served.post("template", &json!({ "path": way })), &way);
        no_secret(served.post("accept", &json!({ "path": way, "sample": "standard" })), &way);
        for (path, name) in [(&*way, &*way), ("m/a.html", &*way), (&*way, "m/a.html")] {
            let wish = json!({ "path": path, "file": name, "what": "safe", "version": version });
            no_secret(served.post("fix", &wish), &way);
        }
        for key in ["dialect", "sample"] {
            no_secret(served.post("template", &json!({ "path": "m/a.html", key: way })), &way);
            no_secret(served.post("accept", &json!({ "path": "m/a.html", key: way })), &way);
            no_secret(served.post("paste", &json!({ "html": "<p>x</p>", key: way })), &way);
        }
        no_secret(served.post("rule", &json!({ "rule": way })), &way);
        let pasted = json!({ "html": BODY, "dialect": "connectwise", "fix": { "rule": way, "file": way, "line": 1, "column": 0 } });
        assert!(!served.post("paste", &pasted).text().contains("SECRET"), "{way}");
    }
    for line in [
        "GET /assets/../guard.rs",
        "GET /assets/%2e%2e/guard.rs",
        "GET /assets/..%2fguard.rs",
        "GET /assets/..%5cguard.rs",
        "GET /assets//etc/passwd",
        "GET /assets/%2fetc%2fpasswd",
        "GET //etc/passwd",
        "GET /../../etc/passwd",
        "GET /m/a.html",
        "GET /mail/../api/project",
        "GET /mail/m1%00",
        "GET /mail/m-1",
        "GET /mail/m99999999999999999999999",
        "GET /assets/%ff",
    ] {
        let answer = served.ask(line, &served.page_headers(), b"");
        assert!([400, 404].contains(&answer.status), "{line}: {answer:?}");
    }
    assert_eq!(state(&place), before);
}

#[cfg(unix)]
#[test]
fn no_link_leads_out_of_the_folder() {
    use std::os::unix::fs::symlink;
    let place = place();
    place
        .write("out/secret.html", "<p>[SRNumber] SECRET</p>\n")
        .write("out/secret.txt", "[SRNumber] SECRET\n")
        .write("out/secret.html.j2", "<p>[SRNumber] SECRET {% if %}</p>\n")
        .write("out/old.snap", "SECRET\n")
        .write("p/psalink.yaml", SETTINGS)
        .write("p/m/linked.html", "<p>[SRNumber]</p>\n")
        .write("p/m/inside.html", "<p>[SRNumber] inside</p>\n")
        .write("p/m/companion.html", "<p>[SRNumber]</p>\n")
        .write("p/m/layout.html.j2", "<p>a</p>{% include \"_out.html.j2\" %}\n")
        .write("p/m/recorded.html", "<p>[srnumber]</p>\n")
        .write("p/m/deep/recorded.html", "<p>[srnumber]</p>\n");
    let link = |to: &str, name: &str| symlink(place.path(to), place.path(name)).unwrap();
    link("out/secret.html", "p/m/body.html");
    link("out", "p/m/folder");
    link("p/m/inside.html", "p/m/way.html");
    link("out/secret.txt", "p/m/companion.txt");
    link("out/secret.txt", "p/m/companion.subject.txt");
    link("out/secret.html.j2", "p/m/_out.html.j2");
    link("out/old.snap", "p/m/recorded.connectwise.standard.snap");
    fs::create_dir_all(place.path("p/m/deep")).unwrap();
    link("out", "p/m/deep/snapshots");
    let served = Served::start(&place, "p/m");
    let before = state(&place);
    let project = served.get("/api/project").is(200);
    assert!(!project.text().contains("SECRET"), "{}", project.text());
    let rows = project.json()["templates"].clone();
    let row = |path: &str| rows.as_array().unwrap().iter().find(|row| row["path"] == path).unwrap().clone();
    // An error about a source names its folder, which is the project's.
    let is_refused = |text: &str| text.contains("outside the folder") || text.contains("is outside the project folder");
    for path in ["p/m/body.html", "p/m/companion.html", "p/m/layout.html.j2"] {
        assert!(is_refused(row(path)["problem"].as_str().unwrap()), "{}", row(path));
        let reply = served.post("template", &json!({ "path": path })).is(200);
        assert!(!reply.text().contains("SECRET"), "{}", reply.text());
        assert!(is_refused(reply.json()["problem"]["message"].as_str().unwrap()), "{}", reply.text());
        served.post("accept", &json!({ "path": path })).is(422);
        for name in [path, "p/m/companion.txt", "p/m/companion.subject.txt", "out/secret.html"] {
            let version = reply.json()["files"][0]["hash"].clone();
            let wish = json!({ "path": path, "file": name, "what": "safe", "version": version });
            assert!((400..500).contains(&served.post("fix", &wish).status), "{wish}");
        }
    }
    for path in ["p/m/recorded.html", "p/m/deep/recorded.html"] {
        let reply = served.post("template", &json!({ "path": path })).is(200);
        assert!(!reply.text().contains("SECRET"), "{}", reply.text());
        let answer = served.post("accept", &json!({ "path": path }));
        assert!((400..500).contains(&answer.status) && answer.error().contains("outside the folder"), "{answer:?}");
    }
    served.post("template", &json!({ "path": "p/m/folder/secret.html" })).is(409);
    assert_eq!(state(&place), before);
    // A link inside the folder does not lead out, and its target is written, not the link.
    let path = rows
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["path"].as_str().unwrap())
        .find(|path| ["p/m/way.html", "p/m/inside.html"].contains(path));
    fix(&served, path.unwrap(), path.unwrap(), &json!("safe")).is(200);
    assert_eq!(place.read("p/m/inside.html"), "<p>[srnumber] inside</p>\n");
    assert!(place.path("p/m/way.html").is_symlink());
}

#[test]
fn an_accepted_mail_is_recorded_as_by_test() {
    let (place, other) = (Place::new(), Place::new());
    for place in [&place, &other] {
        place
            .write("psalink.yaml", SETTINGS)
            .write("m/a.html", "<p>Hello [contactfirstname], [dd:ticket text=\"Open it\"]</p>\n")
            .write("m/a.subject.txt", "Ticket #[srnumber]\n")
            .write("m/b.txt", "Closed: [srnumber]\r\n");
    }
    other.run("test --accept m").code(0);
    let served = Served::start(&place, "m");
    assert_eq!(served.template("m/a.html")["snapshot"]["state"], "new");
    let typed = json!({ "path": "m/a.html", "sample": "standard", "values": { "ticket.id": "7" } });
    assert!(served.post("accept", &typed).is(422).error().contains("reset the values"));
    for path in ["m/a.html", "m/b.txt"] {
        let reply =
            served.post("accept", &json!({ "path": path, "dialect": "connectwise", "sample": "standard" })).is(200);
        assert_eq!(reply.json()["snapshot"]["state"], "same");
    }
    assert_eq!(state(&place), state(&other));
    place.run("test m").code(0).says("2 messages: 2 as recorded");
    place.write("m/b.txt", "Closed at last: [srnumber]\r\n");
    let snapshot = served.template("m/b.txt")["snapshot"].clone();
    assert_eq!(snapshot["state"], "changed");
    assert!(snapshot["diff"].as_str().unwrap().contains("+  Closed at last: "), "{snapshot}");
}

#[test]
fn pasted_text_is_expanded_as_by_rewrite() {
    let place = place();
    let bodies = [
        "<p>[dd:ticket text=\"Open it\"] and [srnumber]</p>\n",
        "<a href=\"ddportal://ticketid=[srnumber]\">Open</a>\r\n<p>\u{fc}</p>",
        "<p>nothing to do</p>",
        "<p>[dd:ticket as=button]</p><p>[dd:ticket_list]</p>",
    ];
    let served = Served::start(&place, "m");
    for body in bodies {
        let mut command = place.command();
        command.args(["rewrite", "-", "--dialect", "connectwise"]);
        let expected = run(command, body.as_bytes()).text();
        let reply =
            served.post("paste", &json!({ "html": body, "dialect": "connectwise", "expand": true })).is(200).json();
        assert_eq!(reply["fixed"]["html"], expected, "{reply}");
        assert_eq!(reply["changes"].as_array().unwrap().is_empty(), body == expected, "{reply}");
    }
    let reply = served.post("paste", &json!({ "html": BODY, "subject": "[SRNumber]", "text": "[SRNumber]", "fix": "safe", "dialect": "connectwise" })).is(200).json();
    assert_eq!((&reply["fixed"]["subject"], &reply["fixed"]["text"]), (&json!("[srnumber]"), &json!("[srnumber]")));
    place.run("lint m --fix");
    assert_eq!(reply["fixed"]["html"], place.read("m/a.html"));
    assert_eq!(place.files(), ["m/a.html", "psalink.yaml"], "nothing is stored");
}

#[test]
fn hostile_values_stay_text() {
    let place = place();
    place.write(
        "m/a.html",
        "<p>Hello [contactfirstname] <a title=\"[summary]\" href=\"https://x.example/?a=[srnumber]\">x</a></p>\n",
    );
    let served = Served::start(&place, "m");
    let hostile = "\"><script>alert(1)</script><img src=x onerror=alert(1)>\u{202e}\0&#60;";
    let values = json!({ "[contactfirstname]": hostile, "[summary]": hostile, "[srnumber]": hostile });
    let reply = served.post("template", &json!({ "path": "m/a.html", "values": values })).is(200).json();
    let mail = format!("/mail/{}", reply["mail"]["id"].as_str().unwrap());
    let html = served.get(&mail).is(200).text();
    assert!(!html.contains("<script") && !html.contains("<img"), "{html}");
    assert!(reply["snapshot"].is_null());
    for key in ["", "=", "a=b", "[", "no.such.meaning", "../x", "\n", "[unknown]", "\u{feff}"] {
        for value in ["", "x=y", "{{ 7 * 7 }}", "[srnumber]", "[dd:ticket]"] {
            let answer = served.post("template", &json!({ "path": "m/a.html", "values": { key: value } }));
            assert!(
                answer.status == 200 || (answer.status == 422 && !answer.error().is_empty()),
                "{key} {value}: {answer:?}"
            );
            // The name of a message is random; everything else shows whether a value was computed.
            let id = answer.json()["mail"]["id"].as_str().unwrap_or("no id").to_owned();
            assert!(!answer.text().replace(&id, "").contains("49"), "{answer:?}");
        }
    }
    let long = json!({ "[contactfirstname]": "x".repeat(1 << 20) });
    served.post("template", &json!({ "path": "m/a.html", "values": long })).is(200);
}
