//! Who gets into the workbench: the browser that opens a one-time address, and no other account or port.

use std::time::Duration;

use serde_json::json;

use crate::cli::{OLD, Place};
use crate::serve::Served;

fn place() -> Place {
    let place = Place::new();
    place.write("psalink.yaml", "portal: acme\ndialect: connectwise\n").write("m/a.html", OLD);
    place
}

fn path(url: &str) -> String {
    format!("/{}", url.strip_prefix("http://").unwrap().split_once('/').unwrap().1)
}

#[test]
fn an_address_works_once_and_enter_gives_another() {
    let place = place();
    let mut served = Served::start_locked(&place, "m");
    let address = path(&served.url);
    let token = address.split_once("?token=").unwrap().1.to_owned();
    assert_eq!(token.len(), 64);
    let host = served.host.clone();
    let host = [("Host", &*host)];
    // Nothing is shown before, and nothing else accepts the token.
    for line in ["/", "/?token=", &format!("/?token={}", &token[1..]), "/?token=x"] {
        let answer = served.ask(&format!("GET {line}"), &host, b"").is(403);
        assert!(answer.text().contains("Press <kbd>Enter</kbd>") && !answer.text().contains(&token), "{line}");
        assert_eq!(answer.header("set-cookie"), "");
    }
    for line in ["/api/project", "/events", "/assets/app.js", "/assets/key.js", "/mail/m1", "/nothing"] {
        for line in [line.to_owned(), format!("{line}?token={token}")] {
            assert!(!served.ask(&format!("GET {line}"), &host, b"").is(403).text().contains(&token));
        }
    }
    served.ask(&format!("HEAD {address}"), &host, b"").is(403);
    served.ask(&format!("POST {address}"), &host, b"").is(403);

    let page = served.enter();
    let port = served.host.rsplit(':').next().unwrap();
    let secret = served.cookie.split_once('=').unwrap().1;
    assert_eq!(page.header("set-cookie"), format!("psalink-{port}={secret}; HttpOnly; SameSite=Strict; Path=/"));
    assert!(![&*served.key, secret].contains(&&*token) && served.key != secret);
    assert_eq!((page.header("cache-control"), page.header("referrer-policy")), ("no-store", "no-referrer"));
    assert!(!page.text().contains(&token), "the page does not repeat the token");
    served.get("/api/project").is(200);
    let again = served.ask(&format!("GET {address}"), &host, b"").is(403);
    assert_eq!(again.header("set-cookie"), "");
    // Even with the cookie, an address that was used leads to the page that explains it.
    served.ask(&format!("GET {address}"), &served.page_headers(), b"").is(403);
    served.ask("GET /", &served.page_headers(), b"").is(200);

    let other = served.new_address();
    assert_ne!(path(&other), address);
    served.ask(&format!("GET {}", path(&other)), &host, b"").is(200);
    served.ask(&format!("GET {}", path(&other)), &host, b"").is(403);
    served.get("/api/project").is(200);
}

#[test]
fn a_cookie_that_another_port_has_read_is_not_enough() {
    let place = place();
    let served = Served::start(&place, "m");
    let [host, cookie, _] = served.page_headers();
    let page = served.ask("GET /", &[host, cookie], b"").is(200);
    assert!(!page.text().contains(&served.key));
    let body = json!({ "path": "m/a.html", "file": "m/a.html", "what": "safe", "version": "" }).to_string();
    for name in ["fix", "template", "paste", "send", "accept", "rule"] {
        let stolen = [host, cookie, ("Content-Type", "application/json")];
        let answer = served.ask(&format!("POST /api/{name}"), &stolen, body.as_bytes()).is(403);
        assert!(answer.error().contains("only the workbench itself"), "{answer:?}");
    }
    for path in ["/api/project", "/events", "/api/nothing"] {
        served.ask(&format!("GET {path}"), &[host, cookie], b"").is(403);
    }
    for asset in ["/assets/app.js", "/assets/enter.js", "/assets/key.js", "/assets/style.css"] {
        assert!(!served.get(asset).is(200).text().contains(&served.key));
    }
    // What frames request has a name that cannot be guessed.
    let ids: Vec<String> =
        (0..2).map(|_| served.template("m/a.html")["mail"]["id"].as_str().unwrap().to_owned()).collect();
    assert!(ids.iter().all(|id| id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit())) && ids[0] != ids[1]);
    served.ask(&format!("GET /mail/{}", ids[0]), &[host, cookie], b"").is(200);
    served.ask(&format!("GET /mail/{}", ids[0]), &[host], b"").is(403);
}

#[test]
fn another_run_knows_no_secret_of_this_one() {
    let place = place();
    let one = Served::start(&place, "m");
    let other = Served::start_locked(&place, "m");
    let port = |served: &Served| served.host.rsplit(':').next().unwrap().to_owned();
    let cookie = one.cookie.replace(&port(&one), &port(&other));
    other.ask("GET /api/project", &[("Host", &other.host), ("Cookie", &cookie), ("X-Psalink", &one.key)], b"").is(403);
    other.ask(&format!("GET {}", path(&one.url)), &[("Host", &other.host)], b"").is(403);
}

#[test]
fn other_computers_get_addresses_that_lead_here_and_need_the_token() {
    let place = place();
    let mut served = Served::start_locked(&place, "m --bind 0.0.0.0");
    let port = served.host.rsplit(':').next().unwrap().to_owned();
    let said = format!("{} {}", served.url, served.says("press Enter"));
    assert!(!said.contains("0.0.0.0"), "{said}");
    let host = served.host.clone();
    assert!(served.ask("GET /", &[("Host", &host)], b"").is(403).text().contains("Enter"));
    served.enter();
    served.get("/api/project").is(200);
    // The names by which other computers know this one are not all known here; the secrets count.
    let [_, cookie, key] = served.page_headers();
    for name in ["desk.example", "192.0.2.7", "[2001:db8::5]"] {
        let name = format!("{name}:{port}");
        served.ask("GET /", &[("Host", &name), cookie], b"").is(200);
        served.ask("GET /api/project", &[("Host", &name), cookie, key], b"").is(200);
        served.ask("GET /api/project", &[("Host", &name), cookie], b"").is(403);
    }
    let mut evil = served.own_headers().to_vec();
    evil.push(("Origin", "http://evil.example"));
    served.ask("POST /api/template", &evil, br#"{"path": "m/a.html"}"#).is(403);

    let lonely = Served::start(&place, "m --bind 127.0.0.2");
    assert!(lonely.host.starts_with("127.0.0.2:"));
    lonely.get("/api/project").is(200);
}

#[test]
fn who_can_reach_it_is_said_before_the_address() {
    let place = place();
    let launcher_arguments = |args: &str| {
        let served = Served::start_locked(&place, args);
        served.says("press Enter");
        served
    };
    let mut command = place.command();
    command.args(["serve", "m", "--no-open", "--port", "0", "--bind", "0.0.0.0"]);
    let output = {
        use std::io::Read as _;
        let mut child =
            command.stdin(std::process::Stdio::null()).stderr(std::process::Stdio::piped()).spawn().unwrap();
        std::thread::sleep(Duration::from_secs(2));
        child.kill().unwrap();
        let mut text = String::new();
        child.stderr.take().unwrap().read_to_string(&mut text).unwrap();
        child.wait().unwrap();
        text
    };
    assert!(output.starts_with("warning: everyone on your network can connect"), "{output}");
    let own = launcher_arguments("m");
    assert!(!own.has_said().contains("warning"));
}

/// Starts the workbench with a launcher that records its arguments.
#[cfg(target_os = "linux")]
#[test]
fn the_launcher_of_the_browser_does_not_see_the_token() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = place();
    let note = place.path("noted");
    let script = format!("#!/bin/sh\nprintf '%s\\n' \"$@\" > {0}.part && mv {0}.part {0}\n", note.display());
    place.write("bin/xdg-open", script);
    std::fs::set_permissions(place.path("bin/xdg-open"), std::fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = place.command();
    let path = format!("{}:/usr/bin:/bin", place.path("bin").display());
    command.args(["serve", "m", "--port", "0"]).env("PATH", path).env("DISPLAY", ":9").env_remove("BROWSER");
    let served = Served::run(command);
    let noted = (0..600).find_map(|_| {
        std::thread::sleep(Duration::from_millis(20));
        std::fs::read_to_string(&note).ok()
    });
    let file = noted.expect("the launcher was started").trim().to_owned();
    let file = file.strip_prefix("file://").unwrap_or(&file).to_owned();
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let file = std::path::Path::new(&file);
    assert_eq!((mode(file), mode(file.parent().unwrap())), (0o600, 0o700));
    let page = std::fs::read_to_string(file).unwrap();
    let url = page.split("url=").nth(1).unwrap().split('"').next().unwrap().to_owned();
    assert!(url.starts_with(&format!("http://{}/?token=", served.host)), "{url}");
    assert_ne!(url, served.url, "the printed address is there for another browser");
    // For the browser, a file is another site.
    let opened = [
        ("Host", &*served.host),
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Dest", "document"),
        ("Sec-Fetch-Mode", "navigate"),
    ];
    served.ask(&format!("GET {}", self::path(&url)), &opened, b"").is(200);
    let is_gone = (0..200).any(|_| {
        std::thread::sleep(Duration::from_millis(20));
        !file.parent().unwrap().exists()
    });
    assert!(is_gone, "the file goes when it was used");
    served.ask(&format!("GET {}", self::path(&served.url)), &[("Host", &served.host)], b"").is(200);
}
