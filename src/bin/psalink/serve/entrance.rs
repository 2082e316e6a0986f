//! The two pages for a browser without a key: the way in, and what to do without a valid address.

use axum::http::StatusCode;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

const ENTER: &str = include_str!("entrance/enter.html");
const LOCKED: &str = include_str!("entrance/locked.html");
const STYLE: &str = include_str!("entrance/style.css");

/// Gives a page its key. The page itself goes on to the address without the token, so that a browser that came from
/// elsewhere sends its cookie.
pub fn enter(key: &str) -> Response {
    page(StatusCode::OK, &ENTER.replace("{{key}}", key))
}

/// Explains how to get in.
pub fn locked() -> Response {
    page(StatusCode::FORBIDDEN, LOCKED)
}

/// These pages include their styles, because a browser without the cookie gets nothing else.
fn page(status: StatusCode, html: &str) -> Response {
    let hash = STANDARD.encode(Sha256::digest(STYLE));
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'"
    );
    let headers = [(CONTENT_TYPE, "text/html; charset=utf-8".to_owned()), (CONTENT_SECURITY_POLICY, policy)];
    (status, headers, html.replace("{{style}}", STYLE)).into_response()
}
