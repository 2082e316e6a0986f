//! Who may talk to the workbench: this computer's own browser, and nobody through a page of somebody else.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, COOKIE, HOST, LOCATION, ORIGIN, SET_COOKIE,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use psalink::{Error, ErrorKind};

/// What a request must show.
#[derive(Clone, Debug)]
pub struct Guard {
    /// The names under which the workbench is asked for; any, where it is open to other computers.
    hosts: Option<Arc<[String]>>,
    /// What the address holds that is printed once; asked for where other computers can reach the workbench.
    token: Option<Arc<str>>,
    address: SocketAddr,
}

/// What the pages may load: nothing but their own files.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self' \
                           data:; connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; \
                           frame-ancestors 'none'";

/// The header that no page of another site can send without being asked first.
const OWN_HEADER: &str = "x-psalink";

impl Guard {
    /// The guard of a server at an address.
    ///
    /// # Errors
    ///
    /// A system without a source of random numbers.
    pub fn new(address: SocketAddr) -> Result<Guard, Error> {
        let port = address.port();
        if address.ip().is_loopback() {
            let own = SocketAddr::new(address.ip(), 0).to_string();
            let own = own.strip_suffix(":0").unwrap_or(&own);
            let names = ["127.0.0.1", "localhost", "[::1]", own];
            let mut hosts: Vec<String> = names.iter().map(|host| format!("{host}:{port}")).collect();
            if port == 80 {
                hosts.extend(names.map(str::to_owned)); // browsers leave out the port that is usual
            }
            return Ok(Guard { hosts: Some(hosts.into()), token: None, address });
        }
        let mut bytes = [0_u8; 24];
        getrandom::fill(&mut bytes)
            .map_err(|error| Error::new(ErrorKind::Io, format!("could not make a secret for the address: {error}")))?;
        let token: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Guard { hosts: None, token: Some(token.into()), address })
    }

    /// The address for the browser.
    pub fn url(&self) -> String {
        let mut address = self.address;
        // An address that means every network of this computer leads nowhere in a browser.
        match address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
            IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
            _ => {}
        }
        match &self.token {
            None => format!("http://{address}/"),
            Some(token) => format!("http://{address}/?token={token}"),
        }
    }

    /// The cookie that holds the secret. Browsers share cookies between ports, so its name says the port.
    fn cookie(&self) -> String {
        format!("psalink-{}=", self.address.port())
    }

    /// Why a request is refused; `None` where it is not.
    fn refuses(&self, method: &Method, headers: &HeaderMap) -> Option<&'static str> {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let host = text(HOST.as_str()).unwrap_or_default();
        if self.hosts.as_ref().is_some_and(|hosts| !hosts.iter().any(|known| known.eq_ignore_ascii_case(host))) {
            return Some("this name does not lead to the workbench; use the address that psalink has printed");
        }
        if text("sec-fetch-site").is_some_and(|site| site == "cross-site" || site == "same-site") {
            return Some("a page of another site asked for this");
        }
        if method == Method::GET || method == Method::HEAD {
            return None;
        }
        let is_own = |origin: &str| origin.strip_prefix("http://").is_some_and(|name| name.eq_ignore_ascii_case(host));
        if text(ORIGIN.as_str()).is_some_and(|origin| !is_own(origin)) {
            return Some("a page of another site asked for this");
        }
        let is_json = text(CONTENT_TYPE.as_str()).is_some_and(|kind| kind.starts_with("application/json"));
        (!is_json || !headers.contains_key(OWN_HEADER)).then_some("only the workbench itself may ask for this")
    }

    /// Whether a request has shown the secret of the address.
    fn knows_token(&self, headers: &HeaderMap) -> bool {
        let Some(token) = &self.token else { return true };
        let name = self.cookie();
        let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut values =
            cookies.flat_map(|cookies| cookies.split(';')).filter_map(|cookie| cookie.trim().strip_prefix(&*name));
        values.any(|value| is_same(value.as_bytes(), token.as_bytes()))
    }
}

/// Compares in a time that tells nothing of where two texts differ.
fn is_same(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len() && one.iter().zip(other).fold(0, |differs, (one, other)| differs | (one ^ other)) == 0
}

/// Asks every request, and gives every answer the headers that keep it safe.
pub async fn check(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    let refuse = |status: StatusCode, why: &str| with_headers((status, why.to_owned()).into_response());
    if let Some(why) = guard.refuses(request.method(), request.headers()) {
        return refuse(StatusCode::FORBIDDEN, why);
    }
    if !guard.knows_token(request.headers()) {
        let given = request.uri().query().unwrap_or_default().split('&').find_map(|pair| pair.strip_prefix("token="));
        let token = guard.token.as_deref().unwrap_or_default();
        if request.uri().path() != "/" || !given.is_some_and(|given| is_same(given.as_bytes(), token.as_bytes())) {
            return refuse(StatusCode::FORBIDDEN, "open the address that psalink has printed, with its token");
        }
        // The secret leaves the address, so that it is not copied with it.
        let cookie = format!("{}{token}; HttpOnly; SameSite=Strict; Path=/", guard.cookie());
        let answer = (StatusCode::SEE_OTHER, [(LOCATION, "/".to_owned()), (SET_COOKIE, cookie)]);
        return with_headers(answer.into_response());
    }
    with_headers(next.run(request).await)
}

fn with_headers(mut answer: Response) -> Response {
    let headers = answer.headers_mut();
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        // Without it, browsers look up the names of all servers that a mail links to.
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

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn only_the_workbench_itself_may_write() {
        let guard = Guard::new("127.0.0.1:7474".parse().unwrap()).unwrap();
        let own = [("host", "localhost:7474"), ("content-type", "application/json"), ("x-psalink", "1")];
        assert_eq!(guard.refuses(&Method::POST, &headers(&own)), None);
        for (changed, why) in [
            (("host", "evil.example:7474"), "this name"),
            (("host", "127.0.0.1"), "this name"),
            (("content-type", "text/plain"), "only the workbench"),
            (("origin", "http://evil.example"), "another site"),
            (("origin", "null"), "another site"),
            (("origin", "http://127.0.0.1:9999"), "another site"),
            (("sec-fetch-site", "cross-site"), "another site"),
        ] {
            let mut headers = headers(&own);
            headers.insert(changed.0, changed.1.parse().unwrap());
            let refused = guard.refuses(&Method::POST, &headers);
            assert!(refused.is_some_and(|text| text.contains(why)), "{changed:?} {refused:?}");
        }
        let without: Vec<(&str, &str)> = own.into_iter().filter(|(name, _)| *name != "x-psalink").collect();
        assert!(guard.refuses(&Method::POST, &headers(&without)).is_some());
        assert_eq!(guard.refuses(&Method::GET, &headers(&[("host", "127.0.0.1:7474")])), None);
        assert!(guard.refuses(&Method::GET, &headers(&[("host", "rebound.example:7474")])).is_some());
    }

    #[test]
    fn the_printed_address_is_let_in() {
        for (address, host) in [
            ("127.0.0.2:7474", "127.0.0.2:7474"),
            ("[::1]:7474", "[::1]:7474"),
            ("127.0.0.1:80", "127.0.0.1"),
            ("127.0.0.1:80", "localhost"),
        ] {
            let guard = Guard::new(address.parse().unwrap()).unwrap();
            assert_eq!(guard.refuses(&Method::GET, &headers(&[("host", host)])), None, "{address} {host}");
        }
    }

    #[test]
    fn other_computers_need_the_token() {
        let guard = Guard::new("192.0.2.1:7474".parse().unwrap()).unwrap();
        let token = guard.url().split_once("token=").unwrap().1.to_owned();
        assert_eq!(token.len(), 48);
        assert!(!guard.knows_token(&headers(&[])));
        assert!(!guard.knows_token(&headers(&[("cookie", "psalink-7474=0; a=b")])));
        assert!(guard.knows_token(&headers(&[("cookie", &format!("a=b; psalink-7474={token}"))])));
        assert!(!guard.knows_token(&headers(&[("cookie", &format!("psalink-7475={token}"))])));
        let guard = Guard::new("0.0.0.0:7474".parse().unwrap()).unwrap();
        assert!(guard.url().starts_with("http://127.0.0.1:7474/?token="), "{}", guard.url());
    }
}
