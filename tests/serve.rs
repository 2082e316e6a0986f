//! The workbench's server without a browser: who may talk to it, what every answer contains, what it withstands.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Mutex;
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use serde_json::{Value, json};

use crate::cli::{OLD, Place};

/// A running workbench.
pub struct Served {
    child: Child,
    stdin: Option<ChildStdin>,
    /// Its output, line by line.
    said: Mutex<Receiver<String>>,
    /// The address that it printed, which works once.
    pub url: String,
    /// Its host and port.
    pub host: String,
    /// The cookie of a browser that was let in.
    pub cookie: String,
    /// The key of its page.
    pub key: String,
}

/// An answer of the server.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Served {
    /// Runs `psalink serve` in a folder, on a free port, and signs in.
    pub fn start(place: &Place, args: &str) -> Served {
        Served::start_with(place, args, &[])
    }

    /// The same with additional environment variables.
    pub fn start_with(place: &Place, args: &str, variables: &[(&str, &str)]) -> Served {
        let mut served = Served::start_locked_with(place, args, variables);
        served.enter();
        served
    }

    /// Runs it without using the address that it prints.
    pub fn start_locked(place: &Place, args: &str) -> Served {
        Served::start_locked_with(place, args, &[])
    }

    fn start_locked_with(place: &Place, args: &str, variables: &[(&str, &str)]) -> Served {
        let mut command = place.command();
        command.args(["serve", "--no-open", "--port", "0"]).args(args.split_whitespace());
        command.envs(variables.iter().copied());
        Served::run(command)
    }

    /// Runs a command that starts a server.
    pub fn run(mut command: Command) -> Served {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let errors = BufReader::new(child.stderr.take().unwrap());
        let (tell, said) = mpsc::channel();
        std::thread::spawn(move || errors.lines().map_while(Result::ok).all(|line| tell.send(line).is_ok()));
        let stdin = child.stdin.take();
        let mut served = Served {
            child,
            stdin,
            said: Mutex::new(said),
            url: String::new(),
            host: String::new(),
            cookie: String::new(),
            key: String::new(),
        };
        served.url = served.says(" is at ").rsplit(' ').next().unwrap().to_owned();
        served.host = served.url.strip_prefix("http://").unwrap().split('/').next().unwrap().to_owned();
        served
    }

    /// The next line on the terminal that contains a text.
    #[track_caller]
    pub fn says(&self, text: &str) -> String {
        loop {
            let line = self
                .said
                .lock()
                .unwrap()
                .recv_timeout(Duration::from_secs(60))
                .unwrap_or_else(|_| panic!("it never says {text:?}"));
            if line.contains(text) {
                return line;
            }
        }
    }

    /// All output that was not read yet.
    pub fn has_said(&self) -> String {
        self.said.lock().unwrap().try_iter().collect::<Vec<String>>().join("\n")
    }

    /// Presses Enter in the terminal, and returns the new address.
    pub fn new_address(&mut self) -> String {
        self.stdin.as_mut().unwrap().write_all(b"\n").unwrap();
        self.says(" is at ").rsplit(' ').next().unwrap().to_owned()
    }

    /// Opens the printed address like a browser.
    pub fn enter(&mut self) -> Answer {
        let path = self.url.strip_prefix("http://").unwrap().split_once('/').unwrap().1;
        let page = self.ask(&format!("GET /{path}"), &[("Host", &self.host)], b"").is(200);
        self.cookie = page.header("set-cookie").split(';').next().unwrap().to_owned();
        let text = page.text();
        let (_, key) = text.split_once("name=\"psalink-key\" content=\"").unwrap();
        self.key = key.split('"').next().unwrap().to_owned();
        page
    }

    /// Its process ID.
    #[cfg(target_os = "linux")]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Opens a connection, writes to it, and returns it.
    pub fn connect(&self, bytes: &[u8]) -> TcpStream {
        let mut stream = TcpStream::connect(&*self.host).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(90))).unwrap();
        stream.write_all(bytes).unwrap();
        stream
    }

    /// Sends these bytes, and reads to the end.
    pub fn send(&self, bytes: &[u8]) -> Answer {
        let mut answer = Vec::new();
        self.connect(bytes).read_to_end(&mut answer).unwrap();
        Answer::read(&answer)
    }

    /// Sends a request with only these headers.
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

    /// Sends a GET request with the headers of a page.
    pub fn get(&self, path: &str) -> Answer {
        self.ask(&format!("GET {path}"), &self.page_headers(), b"")
    }

    /// Sends a GET request with the page's own headers.
    pub fn get_own(&self, path: &str) -> Answer {
        self.ask(&format!("GET {path}"), &self.own_headers(), b"")
    }

    pub fn post(&self, name: &str, body: &Value) -> Answer {
        self.post_bytes(name, body.to_string().as_bytes())
    }

    pub fn post_bytes(&self, name: &str, body: &[u8]) -> Answer {
        self.ask(&format!("POST /api/{name}"), &self.own_headers(), body)
    }

    pub fn page_headers(&self) -> [(&str, &str); 3] {
        [("Host", &self.host), ("Cookie", &self.cookie), ("X-Psalink", &self.key)]
    }

    pub fn own_headers(&self) -> [(&str, &str); 4] {
        let [host, cookie, key] = self.page_headers();
        [host, cookie, key, ("Content-Type", "application/json")]
    }

    /// A request of the pages as text, without the empty line at its end.
    pub fn head(&self, line: &str) -> String {
        let headers = self.own_headers().map(|(name, value)| format!("{name}: {value}\r\n"));
        format!("{line} HTTP/1.1\r\n{}", headers.concat())
    }

    /// Listens for notifications: the lines of the stream.
    pub fn news(&self) -> impl Iterator<Item = String> + use<> {
        let stream = self.connect(format!("{}\r\n", self.head("GET /events")).as_bytes());
        let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
        assert!(lines.any(|line| line.is_empty()), "the headers end");
        lines
    }

    /// The template as the workbench describes it.
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

    /// The text of a refusal.
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
        assert!(served.url.starts_with(&format!("http://{}/?token=", served.host)), "{}", served.url);
        let page = served.get("/").is(200);
        assert!(page.text().starts_with("<!doctype html>"));
        assert_eq!(served.get("/api/project").is(200).json()["templates"][0]["path"], "m/a.html");
    }
}

#[test]
fn a_taken_port_and_a_folder_that_is_not_there_are_reported() {
    let place = place();
    let served = Served::start(&place, "m");
    let port = served.host.rsplit(':').next().unwrap();
    place.run(&format!("serve m --no-open --port {port}")).code(2).says("could not listen on 127.0.0.1").says("--port");
    place.run("serve nowhere --no-open --port 0").code(2).says("there is no folder with this name");
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
        with("X-Psalink", "1"),
        with("X-Psalink", served.cookie.split_once('=').unwrap().1),
        with("X-Psalink", &served.key[1..]),
        with("Cookie", ""),
        with("Cookie", "psalink=1"),
        with("Cookie", &served.cookie.replace(&port, "1")),
        with("Cookie", &served.cookie.replace(&port, &format!("{port}0"))),
    ];
    for headers in &hostile {
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (&**name, &**value)).collect();
        for name in ["template", "fix", "accept", "paste", "rule", "send"] {
            let answer = served.ask(&format!("POST /api/{name}"), &headers, body.as_bytes());
            assert!(answer.status == 403 || (answer.status == 400 && headers.len() < 4), "{headers:?}: {answer:?}");
        }
        if !headers.contains(&("Content-Type", "application/json")) {
            continue; // reading needs no type
        }
        for path in ["/api/project", "/events"] {
            let answer = served.ask(&format!("GET {path}"), &headers, b"");
            assert!([400, 403].contains(&answer.status), "{headers:?} {path}");
        }
    }
    for headers in &hostile[..14] {
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

/// What the pages may do: nothing comes from elsewhere, and no page contains a script.
const PAGES: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self' data:; \
                     connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

#[test]
fn every_answer_carries_what_keeps_it_safe() {
    let place = place();
    let served = Served::start(&place, "m");
    let reply = served.post("template", &json!({ "path": "m/a.html" })).is(200);
    let mail = format!("/mail/{}", reply.json()["mail"]["id"].as_str().unwrap());
    let events = {
        let mut bytes = [0; 4096];
        let read = served.connect(format!("{}\r\n", served.head("GET /events")).as_bytes()).read(&mut bytes).unwrap();
        Answer::read(&bytes[..read])
    };
    assert_eq!(events.header("content-type"), "text/event-stream");
    let mut all = vec![
        ("/events", events),
        ("POST template", reply),
        ("POST broken", served.post_bytes("template", b"{").is(400)),
        ("POST refused", served.post("template", &json!({ "path": "none" })).is(409)),
        ("another host", served.ask("GET /", &[("Host", "evil.example")], b"").is(403)),
        ("no cookie", served.ask("GET /assets/app.js", &[("Host", &served.host)], b"").is(403)),
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
    assert_eq!(mail_policy("?images=1"), policy(" https:"));
    served.get(&format!("{mail}?images=yes")).is(400);
    // The page itself contains no script and no style.
    let page = served.get("/").text();
    assert!(!page.contains("<style") && !page.contains(" style=") && !page.contains(" on"), "{page}");
    assert!(page.split("<script").skip(1).all(|tag| tag.starts_with(" src=\"/assets/") && tag.contains("></script>")));
}

#[test]
fn what_is_too_large_or_makes_no_sense_is_refused_in_words() {
    let place = place();
    let served = Served::start(&place, "m");
    let head = format!("{}Connection: close\r\n", served.head("POST /api/paste"));
    let answer = served.send(format!("{head}Content-Length: {}\r\n\r\n", (16 << 20) + 1).as_bytes()).is(413);
    assert!(answer.error().starts_with("this is larger than the 16 MB"), "{}", answer.error());
    // Without a length; the server closes it while bytes still arrive, so its answer may be lost.
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
        assert!(error.contains("reload the page"), "{}: {error}", String::from_utf8_lossy(body));
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
        ("template", json!({ "path": "m/none.html" }), "this template no longer exists"),
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
fn changed_files_are_news() {
    let place = place();
    let served = Served::start(&place, "m");
    let mut lines = served.news();
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
    // Files that psalink does not read cause no notification; the next one is about the folder and its content.
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
fn many_ask_at_once_and_idlers_hold_up_no_request() {
    let place = place();
    let served = Served::start(&place, "m");
    let head = served.head("POST /api/template");
    let idle: Vec<TcpStream> = (0..50).map(|_| served.connect(head.as_bytes())).collect();
    let gone = format!("{head}Content-Length: 20\r\n\r\n{{");
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

#[test]
fn what_is_pasted_is_finished_or_the_reason_is_named() {
    let place = place();
    let served = Served::start(&place, "m");
    let ask = |body: Value| served.post("paste", &body).is(200).json();
    let chat = "<p>[dd:ticket action=chat text=\"Chat with us\"]</p>";
    let reply = ask(json!({ "html": chat, "dialect": "connectwise" }));
    let found = &reply["files"][0]["findings"][0];
    assert_eq!(found["rule"], "psalink-only-syntax", "{reply}");
    assert!(!found["help"].as_str().unwrap().contains("rewrite"), "a page has buttons: {found}");

    let reply = ask(json!({ "html": chat, "dialect": "connectwise", "finish": "warning" }));
    assert_eq!((&reply["is_finished"], &reply["refused"]), (&json!(true), &Value::Null), "{reply}");
    let html = reply["fixed"]["html"].as_str().unwrap();
    assert!(html.contains("action=chat\">Chat with us</a>") && !html.contains("[dd:"), "{html}");
    assert_eq!(reply["files"][0]["findings"], json!([]));

    let broken = format!("{chat}\n<p>[dd:tikcet]</p>");
    let reply = ask(json!({ "html": broken, "dialect": "connectwise", "finish": "error" }));
    assert_eq!((&reply["is_finished"], &reply["fixed"]["html"]), (&json!(false), &json!(broken)), "{reply}");
    assert_eq!(reply["stops"][0]["findings"][0]["start"], json!({ "line": 2, "column": 3 }), "{reply}");

    // What is missing is asked for; what cannot be detected is not guessed.
    let reply = ask(json!({ "html": "<p>[dd:ticket]</p>", "finish": "warning" }));
    assert_eq!(reply["refused"]["asks"], "psa", "{reply}");
    let reply = ask(json!({ "html": "<p>[dd:ticket]</p>", "expand": true }));
    assert_eq!(reply["refused"]["asks"], "psa", "{reply}");
    let reply = ask(json!({ "html": "<p>Hello world</p>" }));
    assert_eq!((&reply["dialect"], &reply["is_guessed"]), (&Value::Null, &json!(false)), "{reply}");
    let reply = ask(json!({ "html": "<p>Hello [contactfirstname]</p>" }));
    assert_eq!((&reply["dialect"], &reply["is_guessed"]), (&json!("connectwise"), &json!(true)), "{reply}");

    let alone = Place::new();
    let served = Served::start(&alone, "");
    let wish = json!({ "html": chat, "dialect": "connectwise", "finish": "warning" });
    let reply = served.post("paste", &wish).is(200).json();
    assert_eq!((&reply["refused"]["asks"], &reply["is_finished"]), (&json!("portal"), &json!(false)), "{reply}");
    // What can be detected is reported, even if no portal is known.
    let reply = served.post("paste", &json!({ "html": "<p>[dd:ticket] [contactfirstname]</p>" })).is(200).json();
    assert_eq!((&reply["dialect"], &reply["problem"]["asks"]), (&json!("connectwise"), &json!("portal")), "{reply}");
}

#[test]
fn what_a_source_lacks_is_asked_for_without_options() {
    let place = Place::new();
    place.write("m/a.html.j2", "<p>{{ placeholder('ticket.id') }}</p>\n");
    let served = Served::start(&place, "m");
    let reply = served.post("template", &json!({ "path": "m/a.html.j2" })).is(200).json();
    assert_eq!(reply["problem"]["message"], "this depends on the PSA, and no PSA is set", "{reply}");
    assert_eq!(reply["problem"]["asks"], "psa", "{reply}");
}
