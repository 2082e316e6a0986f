//! The workbench's server without a browser: who may talk to it, what every answer carries, what it withstands.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::process::{Child, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::cli::{OLD, Place};

/// A running workbench.
pub struct Served {
    child: Child,
    /// The address that it printed.
    pub url: String,
    /// Its host and port.
    pub host: String,
}

/// What it answered.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Served {
    /// Runs `psalink serve` in a folder, on a port that is free.
    pub fn start(place: &Place, args: &str) -> Served {
        Served::start_with(place, args, &[])
    }

    /// The same with environment variables.
    pub fn start_with(place: &Place, args: &str, environment: &[(&str, &str)]) -> Served {
        let mut command = place.command();
        command.envs(environment.iter().copied());
        command.args(["serve", "--no-open", "--port", "0"]).args(args.split_whitespace());
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let errors = BufReader::new(child.stderr.take().unwrap());
        let (tell, told) = mpsc::channel();
        std::thread::spawn(move || {
            for line in errors.lines().map_while(Result::ok) {
                if let Some((_, url)) = line.split_once(" is at ") {
                    tell.send(url.to_owned()).unwrap();
                }
            }
        });
        let url = told.recv_timeout(Duration::from_secs(60)).unwrap();
        let host = url.strip_prefix("http://").unwrap().split('/').next().unwrap().to_owned();
        Served { child, url, host }
    }

    /// Opens a connection, writes, and gives it.
    pub fn connect(&self, bytes: &[u8]) -> TcpStream {
        let mut stream = TcpStream::connect(&*self.host).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(90))).unwrap();
        stream.write_all(bytes).unwrap();
        stream
    }

    /// Sends these bytes and reads to the end.
    pub fn send(&self, bytes: &[u8]) -> Answer {
        let mut answer = Vec::new();
        self.connect(bytes).read_to_end(&mut answer).unwrap();
        Answer::read(&answer)
    }

    /// Asks with these headers alone.
    pub fn ask(&self, line: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let mut request = format!("{line} HTTP/1.1\r\nConnection: close\r\n");
        for (name, value) in headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        if !body.is_empty() {
            request.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        request.push_str("\r\n");
        self.send(&[request.as_bytes(), body].concat())
    }

    pub fn get(&self, path: &str) -> Answer {
        self.ask(&format!("GET {path}"), &[("Host", &self.host)], b"")
    }

    /// Posts as the pages do.
    pub fn post(&self, name: &str, body: &Value) -> Answer {
        self.post_bytes(name, body.to_string().as_bytes())
    }

    pub fn post_bytes(&self, name: &str, body: &[u8]) -> Answer {
        self.ask(&format!("POST /api/{name}"), &self.own_headers(), body)
    }

    fn own_headers(&self) -> [(&str, &str); 3] {
        [("Host", &self.host), ("Content-Type", "application/json"), ("X-Psalink", "1")]
    }

    /// The template as the workbench tells of it.
    #[track_caller]
    pub fn template(&self, path: &str) -> Value {
        self.post("template", &json!({ "path": path })).is(200).json()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Answer {
    fn read(bytes: &[u8]) -> Answer {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("an answer has headers");
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
        let mut lines = head.lines();
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let header = |line: &str| line.split_once(": ").map(|(name, value)| (name.to_lowercase(), value.to_owned()));
        Answer { status, headers: lines.filter_map(header).collect(), body: bytes[end + 4..].to_vec() }
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    #[track_caller]
    pub fn is(self, status: u16) -> Answer {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.body));
        self
    }

    /// The sentence of a refusal.
    #[track_caller]
    pub fn error(&self) -> String {
        assert!((400..600).contains(&self.status), "{self:?}");
        self.json()["error"].as_str().unwrap().to_owned()
    }
}

fn place() -> Place {
    let place = Place::new();
    place.write("psalink.yaml", "portal: acme\ndialect: connectwise\n").write("m/a.html", OLD);
    place
}

#[test]
fn a_free_port_is_found_and_named() {
    let place = place();
    let (one, other) = (Served::start(&place, "m"), Served::start(&place, "m"));
    assert_ne!(one.host, other.host);
    assert!(one.host.starts_with("127.0.0.1:") && !one.host.ends_with(":0"), "{}", one.url);
    for served in [one, other] {
        assert_eq!(served.url, format!("http://{}/", served.host));
        let page = served.get("/").is(200);
        assert!(page.text().starts_with("<!doctype html>"));
        assert_eq!(served.get("/api/project").is(200).json()["templates"][0]["path"], "m/a.html");
    }
}

#[test]
fn a_taken_port_and_a_folder_that_is_not_there_are_told() {
    let place = place();
    let served = Served::start(&place, "m");
    let port = served.host.rsplit(':').next().unwrap();
    place.run(&format!("serve m --no-open --port {port}")).code(2).says("could not listen on 127.0.0.1").says("--port");
    place.run("serve nowhere --no-open --port 0").code(2).says("there is none of this name");
    place.run("serve m psalink.yaml --no-open --port 0").code(2).says("the workbench shows one folder");
}

#[test]
fn pages_of_others_get_and_do_nothing() {
    let place = place();
    place.write("m/a.html", "<p>[SRNumber]</p>\n");
    let served = Served::start(&place, "m");
    let seen = served.template("m/a.html");
    let wish = json!({ "path": "m/a.html", "file": "m/a.html", "what": "safe", "version": seen["files"][0]["hash"] });
    let body = wish.to_string();
    let own = served.own_headers();
    let port = served.host.rsplit(':').next().unwrap().to_owned();
    let with = |name: &'static str, value: &str| {
        let mut headers: Vec<(String, String)> =
            own.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        headers.retain(|(known, _)| known != name);
        if !value.is_empty() {
            headers.push((name.to_owned(), value.to_owned()));
        }
        headers
    };
    let hostile = [
        with("Host", "rebound.example"),
        with("Host", &format!("rebound.example:{port}")),
        with("Host", &format!("127.0.0.1.rebound.example:{port}")),
        with("Host", &format!("evil@127.0.0.1:{port}")),
        with("Host", "127.0.0.1"),
        with("Host", "127.0.0.1:1"),
        with("Host", ""),
        with("Origin", "http://evil.example"),
        with("Origin", "null"),
        with("Origin", "http://127.0.0.1:1"),
        with("Origin", &format!("https://{}", served.host)),
        with("Origin", &format!("http://localhost:{port}")),
        with("Sec-Fetch-Site", "cross-site"),
        with("Sec-Fetch-Site", "same-site"),
        with("Content-Type", "text/plain"),
        with("Content-Type", "application/x-www-form-urlencoded"),
        with("Content-Type", "multipart/form-data"),
        with("Content-Type", ""),
        with("X-Psalink", ""),
    ];
    for headers in &hostile {
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (&**name, &**value)).collect();
        for name in ["template", "fix", "accept", "paste", "rule", "send"] {
            let answer = served.ask(&format!("POST /api/{name}"), &headers, body.as_bytes());
            assert!(answer.status == 403 || (answer.status == 400 && headers.len() < 3), "{headers:?}: {answer:?}");
        }
    }
    for headers in &hostile[..7] {
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (&**name, &**value)).collect();
        for path in ["/", "/api/project", "/events", "/mail/m1", "/assets/app.js"] {
            assert!(
                [400, 403].contains(&served.ask(&format!("GET {path}"), &headers, b"").status),
                "{headers:?} {path}"
            );
        }
    }
    for line in ["OPTIONS /api/fix", "PUT /api/fix", "DELETE /api/fix", "PATCH /api/fix", "TRACE /"] {
        let asked =
            [("Host", &*served.host), ("Origin", "http://evil.example"), ("Access-Control-Request-Method", "POST")];
        let answer = served.ask(line, &asked, b"").is(403);
        assert!(!answer.headers.iter().any(|(name, _)| name.starts_with("access-control")), "{answer:?}");
    }
    for path in ["/api/fix", "/api/template", "/api/accept", "/api/paste"] {
        served.get(path).is(405);
    }
    assert_eq!(place.read("m/a.html"), "<p>[SRNumber]</p>\n");
    served.post("fix", &wish).is(200);
    assert_eq!(place.read("m/a.html"), "<p>[srnumber]</p>\n");
}

/// What the pages may do; nothing of it comes from elsewhere, and no script stands in a page.
const PAGES: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self' data:; \
                     connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

#[test]
fn every_answer_carries_what_keeps_it_safe() {
    let place = place();
    let served = Served::start(&place, "m");
    let told = served.post("template", &json!({ "path": "m/a.html" })).is(200);
    let mail = format!("/mail/{}", told.json()["mail"]["id"].as_str().unwrap());
    let events = {
        let request = format!("GET /events HTTP/1.1\r\nHost: {}\r\n\r\n", served.host);
        let mut bytes = [0; 4096];
        let read = served.connect(request.as_bytes()).read(&mut bytes).unwrap();
        Answer::read(&bytes[..read])
    };
    assert_eq!(events.header("content-type"), "text/event-stream");
    let mut all = vec![
        ("/events", events),
        ("POST template", told),
        ("POST broken", served.post_bytes("template", b"{").is(400)),
        ("POST refused", served.post("template", &json!({ "path": "none" })).is(409)),
        ("another host", served.ask("GET /", &[("Host", "evil.example")], b"").is(403)),
    ];
    for (path, status, kind) in [
        ("/", 200, "text/html; charset=utf-8"),
        ("/assets/app.js", 200, "text/javascript; charset=utf-8"),
        ("/assets/style.css", 200, "text/css; charset=utf-8"),
        ("/assets/icon.svg", 200, "image/svg+xml"),
        ("/assets/ace/main-1.png", 200, "image/png"),
        ("/assets/ace/LICENSE", 200, "text/plain; charset=utf-8"),
        ("/api/project", 200, "application/json"),
        (&*mail, 200, "text/html; charset=utf-8"),
        ("/mail/m999", 404, "text/plain; charset=utf-8"),
        ("/mail/1", 404, "text/plain; charset=utf-8"),
        ("/assets/none.js", 404, "text/plain; charset=utf-8"),
        ("/nothing", 404, "text/plain; charset=utf-8"),
        ("/api/nothing", 404, "text/plain; charset=utf-8"),
    ] {
        let answer = served.get(path).is(status);
        assert_eq!(answer.header("content-type"), kind, "{path}");
        all.push((path, answer));
    }
    for (what, answer) in &all {
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("x-dns-prefetch-control", "off"),
        ] {
            assert_eq!(answer.header(name), value, "{what}");
        }
        assert!(!answer.headers.iter().any(|(name, _)| name.starts_with("access-control")), "{what}");
        assert_eq!(answer.headers.iter().filter(|(name, _)| name == "content-security-policy").count(), 1, "{what}");
        let kept = if what.starts_with("/assets/") && answer.status == 200 { "no-cache" } else { "no-store" };
        let kept = if *what == "/" || *what == "/events" { "no-cache" } else { kept };
        assert_eq!(answer.header("cache-control"), kept, "{what}");
        if !(what.starts_with("/mail/") && answer.status == 200) {
            assert_eq!(answer.header("content-security-policy"), PAGES, "{what}");
        }
    }
    let mail_policy =
        |query: &str| served.get(&format!("{mail}{query}")).is(200).header("content-security-policy").to_owned();
    let policy = |images: &str| {
        format!(
            "default-src 'none'; style-src 'unsafe-inline'; img-src data:{images}; base-uri 'none'; form-action 'none'; \
             frame-ancestors 'self'; sandbox allow-same-origin"
        )
    };
    for query in ["", "?images=0", "?images=2", "?image=1"] {
        assert_eq!(mail_policy(query), policy(""), "{query}");
    }
    assert_eq!(mail_policy("?images=1"), policy(" https: http:"));
    served.get(&format!("{mail}?images=yes")).is(400);
    // No script and no style stands in the page itself.
    let page = served.get("/").text();
    assert!(!page.contains("<style") && !page.contains(" style=") && !page.contains(" on"), "{page}");
    assert!(page.split("<script").skip(1).all(|tag| tag.starts_with(" src=\"/assets/") && tag.contains("></script>")));
}

#[test]
fn what_is_too_large_or_makes_no_sense_is_refused_in_words() {
    let place = place();
    let served = Served::start(&place, "m");
    let own = served.own_headers();
    let mut head = "POST /api/paste HTTP/1.1\r\nConnection: close\r\n".to_owned();
    own.iter().for_each(|(name, value)| head.push_str(&format!("{name}: {value}\r\n")));
    let answer = served.send(format!("{head}Content-Length: {}\r\n\r\n", (16 << 20) + 1).as_bytes()).is(413);
    assert!(answer.error().starts_with("this is larger than 16 MB"), "{}", answer.error());
    // Without a length; the server ends it while bytes still come, so that its answer may be lost.
    let mut stream = served.connect(format!("{head}Transfer-Encoding: chunked\r\n\r\n").as_bytes());
    let chunk = [b"100000\r\n".as_slice(), &vec![b' '; 1 << 20], b"\r\n"].concat();
    let sent = (0..64).take_while(|_| stream.write_all(&chunk).is_ok()).count();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    assert!(sent < 64 || answer.starts_with(b"HTTP/1.1 413"), "{}", String::from_utf8_lossy(&answer));
    for body in [
        b"".as_slice(),
        b"{",
        b"null",
        b"\"m/a.html\"",
        b"{\"path\": 7}",
        b"{\"path\": \"\xff\"}",
        b"{\"path\": \"m/a.html\", \"values\": {\"a\": 1}}",
        b"{\"path\": \"m/a.html\", \"client\": \"fax\"}",
        &[b"{\"path\":".as_slice(), &b"[".repeat(100_000)].concat(),
    ] {
        let answer = served.post_bytes("template", body);
        assert!([400, 422].contains(&answer.status), "{answer:?}");
        let error = answer.error();
        assert!(error.contains("load the page anew"), "{}: {error}", String::from_utf8_lossy(body));
    }
    let text = "a".repeat(2 << 20);
    let pasted = served.post("paste", &json!({ "html": text, "dialect": "connectwise" })).is(200);
    assert_eq!(pasted.json()["fixed"]["html"].as_str().unwrap().len(), text.len());
    assert_eq!(served.template("m/a.html")["path"], "m/a.html");
}

#[test]
fn unknown_words_are_refused_in_words() {
    let place = place();
    let served = Served::start(&place, "m");
    for (name, body, part) in [
        ("template", json!({ "path": "m/a.html", "dialect": "nonsense" }), "nonsense"),
        ("template", json!({ "path": "m/a.html", "sample": "nonsense" }), "there is no sample `nonsense`"),
        ("template", json!({ "path": "m/none.html" }), "there is no template of this name"),
        ("paste", json!({ "html": "<p>x</p>", "dialect": "nonsense" }), "nonsense"),
        ("paste", json!({ "html": "<p>x</p>", "host": "not a host/" }), "host"),
        ("rule", json!({ "rule": "nonsense" }), "nonsense"),
    ] {
        let answer = served.post(name, &body);
        assert!((400..500).contains(&answer.status), "{answer:?}");
        assert!(answer.error().contains(part), "{body}: {}", answer.error());
    }
    assert_eq!(served.post("rule", &json!({ "rule": "magic-token" })).is(200).json()["name"], "magic-token");
}

#[test]
fn other_computers_need_the_token() {
    let place = place();
    let served = Served::start(&place, "m --bind 0.0.0.0");
    let token = served.url.split_once("/?token=").unwrap().1.to_owned();
    assert_eq!(token.len(), 48);
    let port = served.host.rsplit(':').next().unwrap().to_owned();
    let host = ("Host", &*served.host);
    let other = if token.ends_with('0') { '1' } else { '0' };
    let wrong = format!("GET /?token={}{other}", &token[..47]);
    for line in
        ["GET /", "GET /?token=", &wrong, "GET /api/project", "GET /events", "GET /assets/app.js", "GET /mail/m1"]
    {
        let answer = served.ask(line, &[host], b"").is(403);
        assert!(answer.text().contains("with its token") && !answer.text().contains(&token), "{answer:?}");
    }
    served.ask(&format!("GET /api/project?token={token}"), &[host], b"").is(403);
    let let_in = served.ask(&format!("GET /?token={token}"), &[host], b"").is(303);
    assert_eq!(let_in.header("location"), "/");
    let cookie = let_in.header("set-cookie");
    assert_eq!(cookie, format!("psalink-{port}={token}; HttpOnly; SameSite=Strict; Path=/"));
    let cookie = cookie.split(';').next().unwrap();
    served.ask("GET /api/project", &[host, ("Cookie", cookie)], b"").is(200);
    // The name under which another computer knows this one is not known here, so any will do; the cookie counts.
    served.ask("GET /", &[("Host", &format!("desk.example:{port}")), ("Cookie", cookie)], b"").is(200);
    let own = [host, ("Content-Type", "application/json"), ("X-Psalink", "1")];
    let body = br#"{"path": "m/a.html"}"#;
    served.ask("POST /api/template", &own, body).is(403);
    let mut with_cookie = own.to_vec();
    with_cookie.push(("Cookie", cookie));
    served.ask("POST /api/template", &with_cookie, body).is(200);
    with_cookie.push(("Origin", "http://evil.example"));
    served.ask("POST /api/template", &with_cookie, body).is(403);
    let lonely = Served::start(&place, "m --bind 127.0.0.2");
    assert!(lonely.host.starts_with("127.0.0.2:"));
    lonely.get("/api/project").is(200);
}

#[test]
fn changed_files_are_news() {
    let place = place();
    let served = Served::start(&place, "m");
    let request = format!("GET /events HTTP/1.1\r\nHost: {}\r\n\r\n", served.host);
    let stream = served.connect(request.as_bytes());
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    assert!(lines.any(|line| line.is_empty()), "the headers end");
    let mut next = |path: &str| {
        let event = lines.by_ref().find(|line| line.starts_with("event:")).unwrap();
        assert_eq!(event, "event: change");
        let data: Value = serde_json::from_str(lines.next().unwrap().strip_prefix("data: ").unwrap()).unwrap();
        let paths = data["paths"].as_array().unwrap();
        assert!(paths.iter().any(|known| known.as_str().unwrap().ends_with(path)), "{path}: {data}");
        data["version"].as_u64().unwrap()
    };
    place.write("m/a.html", "<p>new</p>\n");
    let first = next("m/a.html");
    assert!(first > 1);
    assert_eq!(served.template("m/a.html")["files"][0]["text"], "<p>new</p>\n");
    // What psalink does not read is no news; what comes next is the folder with what is in it.
    place.write("m/picture.png", "x").write("m/.psalink-abcdef", "x");
    std::thread::sleep(Duration::from_millis(300));
    place.write("elsewhere/b.html", OLD);
    std::fs::rename(place.path("elsewhere"), place.path("m/sub")).unwrap();
    assert!(next("m/sub") > first);
    assert_eq!(served.template("m/sub/b.html")["path"], "m/sub/b.html");
    std::fs::rename(place.path("m/sub"), place.path("gone")).unwrap();
    next("m/sub");
    served.post("template", &json!({ "path": "m/sub/b.html" })).is(409);
    assert_eq!(served.get("/api/project").json()["templates"].as_array().unwrap().len(), 1);
}

#[test]
fn many_ask_at_once_and_idlers_hold_nobody_up() {
    let place = place();
    let served = Served::start(&place, "m");
    let head = format!("POST /api/template HTTP/1.1\r\nHost: {}\r\n", served.host);
    let idle: Vec<TcpStream> = (0..50).map(|_| served.connect(head.as_bytes())).collect();
    let gone = format!("{head}Content-Type: application/json\r\nX-Psalink: 1\r\nContent-Length: 20\r\n\r\n{{");
    for _ in 0..20 {
        served.connect(gone.as_bytes()).shutdown(Shutdown::Both).unwrap();
    }
    let (served, all) = (&served, 0..200);
    std::thread::scope(|scope| {
        let asked: Vec<_> = all
            .map(|number: u32| {
                scope.spawn(move || match number % 4 {
                    0 => served.get("/api/project").is(200).json()["templates"][0]["path"] == "m/a.html",
                    1 => served.get("/assets/app.js").is(200).body.len() > 100,
                    2 => {
                        let wish = json!({ "html": format!("<p>[srnumber] {number}</p>"), "dialect": "connectwise" });
                        let html =
                            served.post("paste", &wish).is(200).json()["mail"]["html"].as_str().unwrap().to_owned();
                        html.contains(&format!(" {number}</p>"))
                    }
                    _ => served.template("m/a.html")["mail"]["has_html"] == true,
                })
            })
            .collect();
        assert!(asked.into_iter().all(|one| one.join().unwrap()));
    });
    drop(idle);
}
