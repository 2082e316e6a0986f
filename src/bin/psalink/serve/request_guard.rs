//! Who may use the workbench: the browser of its owner, and no page of another site or another port.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, COOKIE, HOST, ORIGIN, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::cookie::{Cookie, SameSite};
use psalink::Error;

use super::access::PageAccess;
use super::entrance;
use super::refusal::refused;

/// What a request must present.
#[derive(Clone, Debug)]
pub struct RequestGuard {
    /// The names by which the workbench may be addressed; any, if it is open to other computers.
    hosts: Option<Arc<[String]>>,
    access: Arc<PageAccess>,
    address: SocketAddr,
}

/// What the pages may load: only their own files.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self' \
                           data:; connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; \
                           frame-ancestors 'none'";

/// The header with the key of the page.
const KEY: &str = "x-psalink";

/// Whether a connection has shown the key; if there are too many, those that have not are closed first.
#[derive(Clone, Debug, Default)]
pub struct KeyShown(pub Arc<AtomicBool>);

/// What to do with a request.
#[derive(Debug, PartialEq, Eq)]
enum RequestVerdict {
    /// Answer it; `with_key` if it presented the key.
    Pass {
        with_key: bool,
    },
    /// Let the browser in, because it opened an address that works once.
    Enter,
    /// Show how to get in.
    Locked,
    Refuse(&'static str),
}

const OTHER_SITE: &str = "this request came from another website";

impl RequestGuard {
    /// The guard for a server at an address.
    ///
    /// # Errors
    ///
    /// A system without a source of random numbers.
    pub fn new(address: SocketAddr) -> Result<RequestGuard, Error> {
        let port = address.port();
        let hosts = address.ip().is_loopback().then(|| {
            let own_host = SocketAddr::new(address.ip(), 0).to_string();
            let own_host = own_host.strip_suffix(":0").unwrap_or(&own_host);
            let names = ["127.0.0.1", "localhost", "[::1]", own_host];
            let mut hosts: Vec<String> = names.iter().map(|host| format!("{host}:{port}")).collect();
            if port == 80 {
                hosts.extend(names.map(str::to_owned)); // browsers omit the default port
            }
            hosts.into()
        });
        Ok(RequestGuard { hosts, access: Arc::new(PageAccess::new()?), address })
    }

    pub fn access(&self) -> &Arc<PageAccess> {
        &self.access
    }

    /// The name of the cookie. Browsers share cookies between ports, so it includes the port.
    fn cookie_name(&self) -> String {
        format!("psalink-{}", self.address.port())
    }

    /// The cookie that allows loading the pages: for this host only, until the browser is closed.
    fn cookie(&self) -> String {
        Cookie::build((self.cookie_name(), self.access.cookie()))
            .http_only(true)
            .same_site(SameSite::Strict)
            .path("/")
            .build()
            .to_string()
    }

    fn judge(&self, method: &Method, uri: &Uri, headers: &HeaderMap) -> RequestVerdict {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let host = text(HOST.as_str()).unwrap_or_default();
        let is_ours = |hosts: &Arc<[String]>| hosts.iter().any(|known| known.eq_ignore_ascii_case(host));
        let is_one = headers.get_all(HOST).iter().count() == 1;
        if !is_one || !self.hosts.as_ref().is_none_or(is_ours) {
            return RequestVerdict::Refuse(
                "this is not an address of the workbench; use the address that psalink printed",
            );
        }
        let is_read = method == Method::GET || method == Method::HEAD;
        let is_header = |name: &str, wanted: &str| text(name).is_none_or(|value| value.eq_ignore_ascii_case(wanted));
        // A person who opens the page in a window, according to the browser.
        let is_opened = is_read
            && uri.path() == "/"
            && is_header("sec-fetch-dest", "document")
            && is_header("sec-fetch-mode", "navigate");
        let ticket = uri.query().unwrap_or_default().split('&').find_map(|pair| pair.strip_prefix("token="));
        if let Some(ticket) = ticket.filter(|_| is_opened) {
            // Prefetching is not opening: the address must still work when a person opens it.
            let is_ahead = text("sec-purpose").or(text("purpose")).is_some();
            let is_let_in = method == Method::GET && !is_ahead && self.access.redeem(ticket);
            return if is_let_in { RequestVerdict::Enter } else { RequestVerdict::Locked };
        }
        let is_foreign = text("sec-fetch-site").is_some_and(|site| !["same-origin", "none"].contains(&site));
        let is_own = |origin: &str| origin.strip_prefix("http://").is_some_and(|name| name.eq_ignore_ascii_case(host));
        if is_foreign || text(ORIGIN.as_str()).is_some_and(|origin| !is_own(origin)) {
            return if is_opened { RequestVerdict::Locked } else { RequestVerdict::Refuse(OTHER_SITE) };
        }
        if !self.has_cookie(headers) {
            let reason = "open the address that psalink printed; to get a new one, press Enter where psalink runs";
            return if is_opened { RequestVerdict::Locked } else { RequestVerdict::Refuse(reason) };
        }
        let with_key = text(KEY).is_some_and(|key| self.access.is_key(key));
        let needs_key = !is_read || uri.path().starts_with("/api/") || uri.path() == "/events";
        let is_json = text(CONTENT_TYPE.as_str()).is_some_and(|kind| {
            kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json")
        });
        if needs_key && !with_key || !is_read && !is_json {
            return RequestVerdict::Refuse(
                "only the workbench itself can request this; to open it with a new address, press \
                                    Enter where psalink runs",
            );
        }
        RequestVerdict::Pass { with_key }
    }

    /// Whether a request has the cookie. Another port may have set one with the same name, so any match counts.
    fn has_cookie(&self, headers: &HeaderMap) -> bool {
        let name = self.cookie_name();
        let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut cookies = cookies.flat_map(Cookie::split_parse).flatten();
        cookies.any(|cookie| cookie.name() == name && self.access.is_cookie(cookie.value()))
    }
}

/// Checks every request, and adds the security headers to every answer.
pub async fn check(State(guard): State<RequestGuard>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let answer = match guard.judge(request.method(), request.uri(), request.headers()) {
        RequestVerdict::Pass { with_key } => {
            if let Some(KeyShown(known)) = request.extensions().get::<KeyShown>().filter(|_| with_key) {
                known.store(true, Ordering::Relaxed);
            }
            next.run(request).await
        }
        RequestVerdict::Enter => ([(SET_COOKIE, guard.cookie())], entrance::enter(guard.access.key())).into_response(),
        RequestVerdict::Locked => entrance::locked(),
        RequestVerdict::Refuse(reason) if path.starts_with("/api/") => refused(StatusCode::FORBIDDEN, reason),
        RequestVerdict::Refuse(reason) => (StatusCode::FORBIDDEN, reason).into_response(),
    };
    with_headers(answer)
}

fn with_headers(mut answer: Response) -> Response {
    let headers = answer.headers_mut();
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        // Without it, browsers look up the names of all servers that a message links to.
        ("x-dns-prefetch-control", "off"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(PAGE_POLICY));
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASS: RequestVerdict = RequestVerdict::Pass { with_key: true };

    fn guard(address: &str) -> RequestGuard {
        RequestGuard::new(address.parse().unwrap()).unwrap()
    }

    fn cookie(guard: &RequestGuard) -> String {
        guard.cookie().split(';').next().unwrap().to_owned()
    }

    fn judge(guard: &RequestGuard, line: &str, pairs: &[(&str, &str)]) -> RequestVerdict {
        let (method, path) = line.split_once(' ').unwrap();
        let pairs = pairs.iter().filter(|(_, value)| !value.is_empty());
        let headers = pairs.map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        guard.judge(&method.parse().unwrap(), &path.parse().unwrap(), &headers)
    }

    #[test]
    fn only_the_workbench_itself_may_ask() {
        let guard = guard("127.0.0.1:7474");
        let (cookie, key) = (cookie(&guard), guard.access.key().to_owned());
        let own_headers = [
            ("host", "localhost:7474"),
            ("content-type", "application/json; charset=utf-8"),
            ("x-psalink", &*key),
            ("cookie", &*cookie),
        ];
        for line in ["POST /api/fix", "GET /api/project", "GET /events", "PUT /nothing"] {
            assert_eq!(judge(&guard, line, &own_headers), PASS);
        }
        for (name, value, reason) in [
            ("host", "evil.example:7474", "not an address"),
            ("host", "127.0.0.1", "not an address"),
            ("content-type", "text/plain", "only the workbench"),
            ("content-type", "application/jsonp", "only the workbench"),
            ("origin", "http://evil.example", "another website"),
            ("origin", "null", "another website"),
            ("origin", "http://127.0.0.1:9999", "another website"),
            ("sec-fetch-site", "cross-site", "another website"),
            ("sec-fetch-site", "same-site", "another website"),
            ("sec-fetch-site", "future-site", "another website"),
            ("x-psalink", "1", "only the workbench"),
            ("x-psalink", "", "only the workbench"),
            ("x-psalink", guard.access.cookie(), "only the workbench"),
            ("cookie", "", "open the address"),
            ("cookie", "psalink-7474=0; a=b", "open the address"),
            ("cookie", &cookie.replace("7474", "7475"), "open the address"),
        ] {
            let mut headers = own_headers.to_vec();
            headers.retain(|(known, _)| *known != name);
            headers.push((name, value));
            let RequestVerdict::Refuse(refused) = judge(&guard, "POST /api/fix", &headers) else {
                panic!("{name} {value}")
            };
            assert!(refused.contains(reason), "{name} {value} {refused}");
        }
        // Another port of this host may have set a cookie with this name too; the right one counts.
        let both = format!("psalink-7474=tossed; {cookie}");
        assert_eq!(judge(&guard, "GET /api/project", &[own_headers[0], own_headers[2], ("cookie", &both)]), PASS);
        let mut twice: HeaderMap =
            own_headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        twice.append(HOST, "evil.example".parse().unwrap());
        assert!(matches!(
            guard.judge(&Method::GET, &"/api/project".parse().unwrap(), &twice),
            RequestVerdict::Refuse(_)
        ));
    }

    #[test]
    fn the_cookie_alone_loads_pages_and_asks_nothing() {
        let guard = guard("127.0.0.1:7474");
        let cookie = cookie(&guard);
        let stolen = [("host", "127.0.0.1:7474"), ("cookie", &*cookie)];
        for line in ["GET /", "GET /assets/app.js", "GET /mail/m1", "HEAD /"] {
            assert_eq!(judge(&guard, line, &stolen), RequestVerdict::Pass { with_key: false }, "{line}");
        }
        for line in ["GET /api/project", "GET /events", "HEAD /api/project", "POST /api/fix", "POST /"] {
            assert!(matches!(judge(&guard, line, &stolen), RequestVerdict::Refuse(_)), "{line}");
        }
    }

    #[test]
    fn an_address_lets_a_person_in_once() {
        let guard = guard("127.0.0.1:7474");
        let ticket = guard.access.hand_out().unwrap();
        let address = format!("/?token={ticket}");
        let host = ("host", "127.0.0.1:7474");
        // Prefetching it, or loading it into a frame, does not use it up.
        assert_eq!(judge(&guard, &format!("HEAD {address}"), &[host]), RequestVerdict::Locked);
        assert_eq!(
            judge(&guard, &format!("GET {address}"), &[host, ("sec-purpose", "prefetch")]),
            RequestVerdict::Locked
        );
        for dest in ["iframe", "image", "empty"] {
            let asked = [host, ("sec-fetch-dest", dest), ("sec-fetch-site", "cross-site")];
            assert_eq!(judge(&guard, &format!("GET {address}"), &asked), RequestVerdict::Refuse(OTHER_SITE));
        }
        assert!(matches!(
            judge(&guard, &format!("GET /api/project?token={ticket}"), &[host]),
            RequestVerdict::Refuse(_)
        ));
        // For a browser, a file on this computer that leads here is another site.
        let opened =
            [host, ("sec-fetch-site", "cross-site"), ("sec-fetch-dest", "document"), ("sec-fetch-mode", "navigate")];
        assert_eq!(judge(&guard, &format!("GET {address}"), &opened), RequestVerdict::Enter);
        assert_eq!(judge(&guard, &format!("GET {address}"), &opened), RequestVerdict::Locked);
        assert_eq!(judge(&guard, "GET /", &opened), RequestVerdict::Locked);
        assert_eq!(judge(&guard, "GET /?token=", &[host]), RequestVerdict::Locked);
    }

    #[test]
    fn the_printed_address_is_let_in() {
        for (address, host) in [
            ("127.0.0.2:7474", "127.0.0.2:7474"),
            ("[::1]:7474", "[::1]:7474"),
            ("127.0.0.1:80", "127.0.0.1"),
            ("127.0.0.1:80", "localhost"),
            ("0.0.0.0:7474", "192.0.2.1:7474"),
            ("[::]:7474", "[2001:db8::1]:7474"),
            ("192.0.2.1:7474", "desk.example:7474"),
        ] {
            let guard = guard(address);
            let ticket = guard.access.hand_out().unwrap();
            assert_eq!(
                judge(&guard, &format!("GET /?token={ticket}"), &[("host", host)]),
                RequestVerdict::Enter,
                "{host}"
            );
        }
        let guard = guard("127.0.0.1:7474");
        assert!(matches!(judge(&guard, "GET /", &[("host", "rebound.example:7474")]), RequestVerdict::Refuse(_)));
    }
}
